# SPDX-License-Identifier: ISC
"""metrics.py - the Prometheus text format 0.0.4, read without mercy."""

import re

TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (\S+)")


class Exposition:
    """samples: {name: {frozenset of (label, value): number}}; types, help."""

    def __init__(self, text):
        self.types, self.help, self.samples = {}, {}, {}
        self.done, self.current = set(), None
        assert text.endswith("\n"), "the last line must end"
        for line in text[:-1].split("\n"):
            self.take(line)
        for name, kind in self.types.items():
            if kind == "histogram":
                self.check_histogram(name)
            if kind == "counter":
                assert name.endswith("_total"), f"{name}: a counter's name"

    def take(self, line):
        if line.startswith("#"):
            self.take_comment(line)
            return
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        name, labels, number = match[1], match[2] or "", float(match[7])
        family = self.family(name)
        assert family == self.current, f"{name} is not of {self.current}"
        pairs = re.findall(LABEL, labels)
        key = frozenset(pairs)
        assert len(key) == len(dict(pairs)) == len(pairs), line
        rows = self.samples.setdefault(name, {})
        assert key not in rows, f"twice: {line}"
        rows[key] = number

    def take_comment(self, line):
        _, word, name, rest = line.split(" ", 3)
        if name != self.current:
            assert name not in self.done, f"{name} is in two places"
            self.done.add(name)
            self.current = name
        table = {"HELP": self.help, "TYPE": self.types}[word]
        assert name not in table, f"{word} twice for {name}"
        assert word == "HELP" or rest in TYPES, line
        table[name] = rest

    def family(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        family = base if self.types.get(base) == "histogram" else name
        assert family in self.types and family in self.help, \
            f"{name} has no TYPE or no HELP before it"
        return family

    def check_histogram(self, name):
        buckets = {dict(key)["le"]: number for key, number
                   in self.samples[name + "_bucket"].items()}
        edges = sorted(buckets, key=float)
        counts = [buckets[edge] for edge in edges]
        assert edges[-1] == "+Inf" and counts == sorted(counts), buckets
        assert counts[-1] == self.get(name + "_count")
        assert self.get(name + "_sum") >= 0

    def get(self, name, **labels):
        return self.samples[name][frozenset(labels.items())]
