# SPDX-License-Identifier: ISC
"""fit_words.py - a statistical classifier of words, for scripts/fit-scores.

It stands in for the Bayes check, which is not there yet: what do the rules
deserve beside such a check? Words have the probabilities of Robinson, and those
of a message are put together by Fisher's chi-square as SpamBayes does it
("A statistical approach to the spam problem", 2003).

It looks at the words of subject and text as `mailreeve mime` shows them, alone
and in pairs of neighbours, at whom the message claims to be from, by which
program, and at the hosts of links. Other fields it does not learn from: they
say who collected the mail, and when. For the same reason it leaves out words
that the fields of recipients and lists have too, footers of lists, names of
days and months, numbers, and what collectors wrote over names.

No message is judged by what was learned from it: those trained on are dealt
into FOLDS, and each is judged by the other folds, all other mail by all of
them. The same mail in the same order gives the same.
"""

import json
import math
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy

FOLDS = 10
KNOWN = 0.45            # messages: so much weighs that a word may be either
LEAST_TOLD = 0.1        # a word nearer to 1/2 is not counted
MOST_WORDS = 150        # that are counted, those farthest from 1/2
LONGEST = 5000          # words of a text that are looked at
# What a check would find: name, from, below, and the most that it may give (below
# 1/2: take). A check that was taught less errs more than this one does.
BANDS = (('words_00', 0.0, 0.01, 1.5), ('words_01', 0.01, 0.05, 1.0),
         ('words_05', 0.05, 0.2, 0.5), ('words_80', 0.8, 0.95, 1.5),
         ('words_95', 0.95, 0.99, 2.5), ('words_99', 0.99, 1.01, 3.5))

WORD = re.compile(r"[$€£]?[^\W_][\w'’-]*[%!]?")
FOOTER = re.compile(r'\n(?:-- ?|[_=-]{20,})\n(?:[^\n]*\n){0,12}[^\n]*\Z')
LIST_TAG = re.compile(r'\[[^\]]{1,30}\]')
TIMES = frozenset(
    'mon tue wed thu fri sat sun monday tuesday wednesday thursday friday '
    'saturday sunday jan feb mar apr may jun jul aug sep sept oct nov dec '
    'january february march april june july august september october november '
    'december est edt cst cdt pst pdt gmt utc ist bst'.split())
COLLECTORS = frozenset(
    'zzzz yyyy taint csmining jmason netnoteinc lerctr lerami spamassassin '
    'example rssfeeds'.split())
OTHERS = frozenset(
    'to cc delivered-to x-original-to sender errors-to x-beenthere '
    'x-mailing-list list-id list-post'.split())


# --- words --------------------------------------------------------------------


def fields_of(raw):
    """[(name, value)] of the header."""
    head = re.split(rb'\r?\n\r?\n', raw, maxsplit=1)[0].decode('latin-1')
    head = re.sub(r'\r?\n[ \t]+', ' ', head)
    return [(name.lower(), value.strip()) for name, mark, value in
            (line.partition(':') for line in head.splitlines()) if mark]


def words_in(text):
    """Its words; digits count as one digit. Numbers are dates, but for those of
    money and shares."""
    for word in WORD.findall(text.lower()):
        word = re.sub(r'\d+', '0', word)
        if word[0] in '$€£' or word[-1] == '%' or (
                word[0] != '0' and 2 < len(word) < 25):
            yield word


def with_pairs(words, mark=''):
    """Words alone, and with their neighbours."""
    words = [mark + word for word in words]
    return {*words, *map(' '.join, zip(words, words[1:]))}


def tokens_of(told, raw):
    """What a message is known by. told: what `mailreeve mime --json` says."""
    fields = fields_of(raw)
    foreign = TIMES | COLLECTORS
    for name, value in fields:
        if name in OTHERS:
            # Without the last labels of hosts: those are everybody's.
            foreign = foreign.union(words_in(
                re.sub(r'\.\w+(?![\w.-])|[@._-]', ' ', value)))

    def own(text):
        return [word for word in words_in(text) if word not in foreign]

    tokens = with_pairs(own(LIST_TAG.sub(' ', told['subject'] or '')),
                        'subject:')
    for text in told['texts']:
        tokens |= with_pairs(own(FOOTER.sub('\n', text['text']))[:LONGEST])
    for name, value in fields:
        if name == 'from':
            tokens |= {'from:' + word for word in own(
                re.sub(r'=\?.*?\?=|[@._-]', ' ', value))}
        elif name in ('x-mailer', 'user-agent'):
            tokens |= {'mailer:' + word for word in own(value)}
    for url in told['urls']:
        host = url['registered'] or url['host'] or ''
        if host and not foreign.intersection(host.split('.')):
            tokens.add('link:' + host)
    return tokens


# --- probabilities ------------------------------------------------------------


def chi_square(value, freedom):
    """How likely chi-square is at least so high; freedom is even."""
    term = total = math.exp(-value / 2)
    for i in range(1, freedom // 2):
        term *= value / 2 / i
        total += term
    return min(total, 1.0)


def combine(probabilities):
    """Of words into one of a message (Robinson, Fisher)."""
    if len(probabilities) == 0:
        return 0.5
    freedom = 2 * len(probabilities)
    spam = 1 - chi_square(-2 * float(numpy.log1p(-probabilities).sum()),
                          freedom)
    ham = 1 - chi_square(-2 * float(numpy.log(probabilities).sum()), freedom)
    return (1 + spam - ham) / 2


class Learned:
    """In how many messages of spam and of good mail each word was."""

    def __init__(self, words, messages=()):
        self.words = words
        self.counts = numpy.zeros((2, words.count))
        self.totals = numpy.zeros(2)
        for message in messages:
            self.counts[int(message.is_spam), words.of[message]] += 1
            self.totals[int(message.is_spam)] += 1

    def without(self, other):
        rest = Learned(self.words)
        rest.counts = self.counts - other.counts
        rest.totals = self.totals - other.totals
        return rest

    def judge(self, message):
        """How likely it is spam."""
        good, bad = self.counts[:, self.words.of[message]]
        often = good + bad
        good, bad = (good / max(1, self.totals[0]),
                     bad / max(1, self.totals[1]))
        share = numpy.divide(bad, good + bad, where=often > 0,
                             out=numpy.full(len(often), 0.5))
        likely = (KNOWN * 0.5 + often * share) / (KNOWN + often)
        far = numpy.abs(likely - 0.5)
        chosen = numpy.argsort(-far, kind='stable')[:MOST_WORDS]
        return combine(likely[chosen[far[chosen] >= LEAST_TOLD]])


class Words:
    """Of all messages: the words of each, by numbers."""

    def __init__(self, tokens):
        """tokens: {message: what it is known by}."""
        numbers = {}
        self.of = {
            message: numpy.array([numbers.setdefault(token, len(numbers))
                                  for token in sorted(own)], dtype=int)
            for message, own in tokens.items()}
        self.count = len(numbers)

    def judge(self, trained, others):
        """{message: how likely it is spam}: the others by all that is trained
        on, and each of that by the folds that it is not in."""
        whole = Learned(self, trained)
        told = {message: whole.judge(message) for message in others}
        for number in range(FOLDS):
            fold = trained[number::FOLDS]
            rest = whole.without(Learned(self, fold))
            told.update((message, rest.judge(message)) for message in fold)
        return told

    def bands(self, trained, others):
        """{message: the name of its band, '' of none}."""
        return {message: band_of(likely) for message, likely
                in self.judge(trained, others).items()}


def band_of(likely):
    for name, low, high, _ in BANDS:
        if low <= likely < high:
            return name
    return ''


def read_words(mailreeve, messages):
    """The Words of messages."""
    def tokens(message):
        ended = subprocess.run([mailreeve, 'mime', '--json', message.path],
                               check=False, stdout=subprocess.PIPE)
        if ended.returncode != 0:
            sys.exit('fit-scores: a message was not read')
        return tokens_of(json.loads(ended.stdout.decode('utf-8')),
                         message.path.read_bytes())

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return Words(dict(zip(messages, pool.map(tokens, messages))))
