# SPDX-License-Identifier: ISC
"""agreement.py - do SpamAssassin's own rules hit the same mail here as there?

Both judge the same messages by Debian's stock rules, without the network. A pair
is a message and a rule; agreement is the pairs that both hit over those that one
of them hits. Rules of the eval: kind are counted apart. Each difference belongs
to a class with its reason, or it is a bug.

usage: agreement.py COUNT [FOLDER...]: rules of those folders come behind the
stock rules, those of a channel for example.
"""

import csv
import functools
import json
import os
import quopri
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"
DATA = Path(os.environ.get("MAILREEVE_DATA")
            or CHECKOUT.parent / "shared" / "data")
STOCK, SITE = Path("/usr/share/spamassassin"), Path("/etc/spamassassin")
HERE = Path(__file__).parent
PROCESSES = 2

CONFIGURATION = """\
check rules {{ enabled yes; }}
rules {{
	directory "{none}";
	local "{none}";
	cache "{none}";
	spamassassin "{site}" "{stock}" "{local}";
}}
"""

# The rules of a class, and why they differ.
EXPLAINED = {
    "freemail blanks": ({"__HAS_ANY_EMAIL", "__HAS_ANY_EMAIL2",
                         "__FB_NUM_PERCNT"},
        "FreeMail.pm blanks addresses in the text that later rules read, and "
        "all of a link that has an \"@\""),
    "markup ratio": ({"__DC_IMG_HTML_RATIO"},
        "of rawbody rules image_to_text_ratio counts the rendered text here"),
}
# Faults of a message, and what each side makes of it.
FAULTS = {
    "charset": "text that is not in the charset it claims is read there as "
        "windows-1252, here as what it is",
    "boundary": "where the boundary that is named never comes, parts are found "
        "here as mail clients find them",
    "line end": "a line end within an encoded word is a blank here, as mail "
        "clients show it; there another line begins",
    "quote": "a value of a tag whose quotation mark never ends swallows the "
        "page here, as in a browser; there it is text",
    "header": "a line that is no field ends the header here, as it does for "
        "Postfix; there it is passed over",
    "follows": "an expression over rules that differ",
    "left out": "an expression over a rule that does not load here",
}
REASONS = FAULTS | {name: reason for name, (_, reason)
                    in EXPLAINED.items()}
CHARSETS = re.compile(
    rb"charset\s*=\s*[\"']?(gb|big5|euc|ks_c|iso-2022|shift|x-|chinese)", re.I)


def why_impossible():
    """What is missing for a comparison, or None."""
    if not sorted(DATA.glob("corpora/*/*.tar.gz")):
        return f"no corpora in {DATA}"
    if not STOCK.is_dir() or not SITE.is_dir():
        return f"no rules of SpamAssassin in {STOCK} and {SITE}"
    if shutil.which("perl") is None or subprocess.run(
            ["perl", "-MMail::SpamAssassin", "-e", "exit 0"], check=False,
            capture_output=True).returncode != 0:
        return "no Mail::SpamAssassin"
    return None


def unpack(folder, count):
    """COUNT messages, evenly spread over all corpora, as files with plain line
    ends: what a mail server writes."""
    found = []
    for archive in sorted(DATA.glob("corpora/*/*.tar.gz")):
        manifest = next(archive.parent.glob("*.manifest.tsv"))
        with manifest.open(encoding="utf-8", newline="") as stream:
            found += [(archive, row["path"])
                      for row in csv.DictReader(stream, delimiter="\t")]
    wanted = {found[i * len(found) // count] for i in range(count)}
    paths = []
    for archive in sorted({archive for archive, _ in wanted}):
        with tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                if (archive, name) not in wanted:
                    continue
                path = folder / f"{archive.stem}-{name.replace('/', '-')}"
                path.write_bytes(tar.extractfile(member).read()
                                 .replace(b"\r\n", b"\n"))
                paths.append(path)
    assert len(paths) == len(wanted), "a manifest names what is not there"
    return paths


def ask_spamassassin(folder, paths, rules=STOCK, site=SITE):
    """{path: set of rules}, by some processes of it at a time."""
    running = []
    # Into files: who writes into a pipe that is not read yet stands still.
    for number in range(min(PROCESSES, len(paths))):
        share = folder / f"share-{number}"
        share.write_text("".join(f"{path}\n"
                                 for path in paths[number::PROCESSES]))
        with share.open() as stream, \
                share.with_suffix(".told").open("w") as out, \
                share.with_suffix(".errors").open("w") as errors:
            running.append((share, subprocess.Popen(
                ["perl", HERE / "agreement.pl", rules, site, folder],
                stdin=stream, stdout=out, stderr=errors)))
    hits = {}
    for share, process in running:
        assert process.wait(timeout=3600) == 0, \
            share.with_suffix(".errors").read_text()
        for line in share.with_suffix(".told").read_text().splitlines():
            path, names = line.split("\t")
            hits[path] = set(names.split())
    return hits


def templates(rules):
    """Rules with %{NAME} in their pattern."""
    return {match[1] for path in rules.glob("*.cf") for match in re.finditer(
        r"(?m)^\s*\w+\s+(\w+)\s.*%\{[A-Z]", path.read_text("latin-1"))}


def proofs(rules):
    """Rules of SPF, DKIM and DMARC."""
    return {match[1] for path in rules.glob("*.cf") for match in re.finditer(
        r"(?m)^\s*\w+\s+(\w+)\s+eval:check_\w*(?:spf|dkim|dmarc)_",
        path.read_text("latin-1"))}


def ask_again(folder, theirs, mine, rules):
    """A process of SpamAssassin keeps the pattern that it made of such a rule
    for its first message (/o). Where one differs, a process of its own judges
    the message."""
    kept = templates(rules)
    for path in theirs:
        if kept & (theirs[path] ^ mine[path]):
            theirs.update(ask_spamassassin(folder, [path], rules))


class Ours:
    """The same rules, judged by `mailreeve rules test`."""

    def __init__(self, folder, rules=STOCK, site=SITE):
        none = folder / "none"
        none.mkdir()
        # There they are off, for nobody is asked; here they ask our checks.
        local = folder / "ours.cf"
        local.write_text("".join(f"score {name} 0\n" for name in
                                 proofs(rules)))
        self.conf = folder / "mailreeve.conf"
        self.conf.write_text(CONFIGURATION.format(
            none=none, site=site, stock=rules, local=local))

    def _lines(self, *words):
        ended = subprocess.run(
            [PROGRAM, "rules", *words], check=False, capture_output=True,
            text=True, timeout=3600)
        assert ended.returncode == 0, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    @functools.cached_property
    def kinds(self):
        """{rule: its kind} of those in force."""
        return {rule["rule"]: rule["kind"] for rule in
                self._lines("list", "--json", "--all", "-c", self.conf)
                if rule["in_force"]}

    def judge(self, paths):
        """{path: set of rules}."""
        answers = self._lines("test", "--json", "--inner", "--zone",
                              os.devnull, "--now", str(int(time.time())),
                              "-c", self.conf, *paths)
        return {answer["file"]: {hit["rule"] for hit in answer["hits"] +
                                 answer["inner"]} for answer in answers}


@dataclass
class Comparison:
    """What came of it: pairs by both and by either, plain and eval: rules."""

    both: Counter = field(default_factory=Counter)
    either: Counter = field(default_factory=Counter)
    classes: Counter = field(default_factory=Counter)
    unexplained: list = field(default_factory=list)
    not_loaded: Counter = field(default_factory=Counter)

    def rate(self, kind):
        return self.both[kind] / self.either[kind]

    def __str__(self):
        lines = [f"{kind} rules: {self.both[kind]} of {self.either[kind]} "
                 f"pairs, {100 * self.rate(kind):.3f} %"
                 for kind in ("plain", "eval:")]
        lines += [f"{count} x {name}" for name, count
                  in self.classes.most_common()]
        lines += [f"unexplained: {one}" for one in self.unexplained]
        return "\n".join(lines)


def fault_of(message):
    """Which of FAULTS a message has, or None."""
    head = message.partition(b"\n\n")[0]
    if not all(re.match(rb"[ \t]|[!-9;-~]+[ \t]*:", line)
               for line in head.split(b"\n")[1:]):
        return "header"
    if re.search(rb"(?i)=\?[^?\s]+\?q\?[^?]*=0[ad]", head):
        return "line end"
    boundary = re.search(rb'boundary="([^"\n]+)"', message)
    if boundary and b"\n--" + boundary.group(1) not in message:
        return "boundary"
    body = quopri.decodestring(message.partition(b"\n\n")[2])
    if re.search(rb'=\s*"[^"]*\Z', body):
        return "quote"
    return "charset" if CHARSETS.search(message) else None


def classify(rule, path):
    """The class of a difference, or None."""
    for name, (rules, _) in EXPLAINED.items():
        if rule in rules:
            return name
    return fault_of(Path(path).read_bytes())


def take_difference(found, path, theirs, ours, kinds):
    """Each rule that one side alone hits; what follows from an explained one
    by an expression is explained too."""
    rules = sorted(rule for rule in theirs ^ ours if rule in kinds)
    explained = {rule: classify(rule, path) for rule in rules}
    for rule in rules:
        name = explained[rule]
        if name is None and kinds[rule] == "expression" and any(
                explained[other] for other in rules
                if kinds[other] != "expression"):
            name = "follows"
        if name is None and kinds[rule] == "expression" and \
                rule in theirs and theirs - set(kinds):
            name = "left out"
        if name is None:
            side = "here" if rule in ours else "there"
            found.unexplained.append(f"{rule} {side} alone, {path}")
        else:
            found.classes[name] += 1


def with_more(folder, more):
    """The stock rules, and behind them all files of those folders."""
    if not more:
        return STOCK
    rules = folder / "rules"
    shutil.copytree(STOCK, rules)
    for number, source in enumerate(more):
        for path in sorted(Path(source).glob("*.cf")):
            shutil.copy(path, rules / f"99_{number}_{path.name}")
    return rules


def compare(folder, count, more=()):
    """Judge COUNT messages on both sides."""
    paths = unpack(folder, count)
    rules = with_more(folder, more)
    ours = Ours(folder, rules)
    mine = ours.judge([str(path) for path in paths])
    theirs = ask_spamassassin(folder, paths, rules)
    assert set(mine) == set(theirs)
    ask_again(folder, theirs, mine, rules)
    found = Comparison()
    for path, names in theirs.items():
        found.not_loaded.update(names - set(ours.kinds))
        for rule in (names | mine[path]) & set(ours.kinds):
            kind = "eval:" if ours.kinds[rule] == "test" else "plain"
            found.either[kind] += 1
            found.both[kind] += rule in names and rule in mine[path]
        take_difference(found, path, names, mine[path], ours.kinds)
    return found


def main():
    reason = why_impossible()
    if reason is not None:
        sys.exit(f"agreement.py: {reason}")
    with tempfile.TemporaryDirectory() as name:
        found = compare(Path(name), int(sys.argv[1]), sys.argv[2:])
    print(found)
    for name in sorted(found.classes):
        print(f"{name}: {REASONS[name]}")


if __name__ == "__main__":
    main()
