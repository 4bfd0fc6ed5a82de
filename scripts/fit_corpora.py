# SPDX-License-Identifier: ISC
"""fit_corpora.py - sorted mail for scripts/fit-scores: halves, without doubles.

The training half is the even rows of each set's manifest, sorted by path; the
set of phishing mail is never trained on. Mail that is there twice would be
learned and then asked about, so of messages that say the same the first alone
stays: those of the training half are first, then the test half, then phishing.

Two messages say the same when their bodies are equal but for blanks, or when
three quarters of their runs of words are the same. Digits count as one digit,
for copies differ in numbers. That share is taken from the smallest hashes of
both (MinHash: Broder, "On the resemblance and containment of documents", 1997).
"""

import heapq
import re
import tarfile
import zlib
from pathlib import Path

SETS = ('csdmc2010', 'spamassassin-publiccorpus')
PHISHING = 'nazario-phishing-2005'
PARTS = ('training half', 'test half', 'phishing')
RUN = 4                 # words
SKETCH = 96             # hashes that stand for a message
ALIKE = 0.75            # the share of hashes by which two say the same
FEW = 8                 # runs; with fewer there is nothing to compare
COMMON = 40             # messages with one hash: a footer, told apart by others
LARGEST = 60_000        # octets of a body


class Message:
    """One message: of which set, and is it spam, and trained on?"""

    def __init__(self, path, corpus, is_spam, is_trained):
        self.path, self.corpus = path, corpus
        self.is_spam, self.is_trained = is_spam, is_trained
        self.hits, self.score = (), 0.0

    @property
    def part(self):
        """Which share of the mail it belongs to."""
        if self.corpus == PHISHING:
            return 'phishing'
        return 'training half' if self.is_trained else 'test half'


def read_set(data, name, folder):
    """The messages of a set, unpacked into FOLDER."""
    source = Path(data) / 'corpora' / name
    folder = Path(folder) / name
    folder.mkdir()
    for archive in sorted(source.glob('*.tar.gz')):
        with tarfile.open(archive) as tar:
            tar.extractall(folder, [member for member in tar
                                    if member.isfile()])
    rows = []
    for manifest in sorted(source.glob('*.manifest.tsv')):
        lines = manifest.read_text(encoding='utf-8').splitlines()
        head = lines[0].split('\t')
        rows += [dict(zip(head, line.split('\t'))) for line in lines[1:]]
    rows.sort(key=lambda row: row['path'])
    return [Message(folder / row['path'], name,
                    row['label'].startswith(('spam', 'phish')),
                    name != PHISHING and number % 2 == 0)
            for number, row in enumerate(rows)
            if (folder / row['path']).exists()]


def read_corpora(data, folder):
    """All messages, doubles too."""
    return [message for name in (*SETS, PHISHING)
            if (Path(data) / 'corpora' / name).is_dir()
            for message in read_set(data, name, folder)]


# --- doubles ------------------------------------------------------------------


def words_of(raw):
    """The words of a body, as they are compared."""
    raw = raw.replace(b'\r\n', b'\n')
    _, _, body = raw.partition(b'\n\n')
    body = body[:LARGEST].replace(b'=\n', b'').lower()
    return re.sub(rb'\d+', b'0', body).split()


def sketch_of(words):
    """The smallest hashes of its runs of words; None of a short text."""
    runs = {zlib.crc32(b' '.join(words[i:i + RUN]))
            for i in range(len(words) - RUN + 1)}
    return heapq.nsmallest(SKETCH, runs) if len(runs) >= FEW else None


def share(one, other):
    """Of the smallest hashes of both together, how many are in both."""
    both = set(one) & set(other)
    least = heapq.nsmallest(min(len(one), len(other)), {*one, *other})
    return sum(value in both for value in least) / len(least)


class Seen:
    """The messages that stay."""

    def __init__(self):
        self.bodies, self.sketches, self.by_hash = {}, {}, {}

    def twin(self, message):
        """Which message says the same; None: none, and this one stays."""
        words = words_of(message.path.read_bytes())
        body, sketch = b' '.join(words), sketch_of(words)
        if words and body in self.bodies:
            return self.bodies[body]
        near = self._near(sketch) if sketch is not None else None
        if near is None:
            self._keep(message, body, sketch)
        return near

    def _near(self, sketch):
        counts = {}
        for value in sketch:
            for other in self.by_hash.get(value, ()):
                counts[other] = counts.get(other, 0) + 1
        likely = sorted(counts, key=lambda one: (-counts[one], str(one.path)))
        for other in likely[:5]:
            if share(sketch, self.sketches[other]) >= ALIKE:
                return other
        return None

    def _keep(self, message, body, sketch):
        self.bodies[body] = message
        if sketch is None:
            return
        self.sketches[message] = sketch
        for value in sketch:
            holders = self.by_hash.setdefault(value, [])
            if len(holders) < COMMON:
                holders.append(message)


class Doubles:
    """What was left out: counts by (part, part of its twin), and how many were
    sorted otherwise than their twins."""

    def __init__(self):
        self.counts, self.differ = {}, 0

    def add(self, message, twin):
        pair = message.part, twin.part
        self.counts[pair] = self.counts.get(pair, 0) + 1
        self.differ += message.is_spam != twin.is_spam


def without_doubles(messages):
    """(the messages that stay, Doubles)."""
    seen, kept, doubles = Seen(), [], Doubles()
    for message in sorted(messages, key=lambda one: PARTS.index(one.part)):
        twin = seen.twin(message)
        if twin is None:
            kept.append(message)
        else:
            doubles.add(message, twin)
    return kept, doubles
