# SPDX-License-Identifier: ISC
"""test_dmarc_model.py - policy and alignment of RFC 9989 4.10, written down a
second time, as plainly as the RFC says it, and compared on trees of records
made at random."""

import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from auth.scan import NO_RULES, PROGRAM
from auth.zone import Zone

pytestmark = pytest.mark.once

CASES = 600
SEED = 4102
CLIENT = "203.0.113.7"
WORDS = {"reject", "quarantine", "none"}
MILDER = {"reject": "quarantine", "quarantine": "none", "none": "none"}
SUFFIXES = {"example", "uk", "co.uk", "com", "io", "github.io"}


# --- the model --------------------------------------------------------------

@dataclass
class Record:
    """What counts of a text (4.7, 4.10.1)."""

    psd: str
    is_strict: bool
    is_test: bool
    policies: dict | None       # of p, sp, np; None: it cannot be applied

    @classmethod
    def of(cls, text):
        tags = dict(tag.split("=") for tag in text.split("; "))
        own = tags.get("p")
        below = tags.get("sp", own)
        policies = {"p": own, "sp": below, "np": tags.get("np", below)}
        if not set(policies.values()) <= WORDS:
            policies = dict.fromkeys(policies, "none") if "rua" in tags \
                else None
        return cls(tags.get("psd", "u"), tags.get("aspf") == "s",
                   tags.get("t") == "y", policies)


@dataclass
class Tree:
    """The texts at the _dmarc names of domains, and the domains that exist."""

    texts: dict
    existing: set

    def record(self, name):
        """The one record of a name; None: there is not one."""
        texts = self.texts.get(name, [])
        return Record.of(texts[0]) if len(texts) == 1 else None

    def walk(self, name):
        """Step by step, [(name, record)] (4.10)."""
        steps = []
        labels = name.split(".")
        while labels:
            at = ".".join(labels)
            steps.append((at, self.record(at)))
            if steps[-1][1] and steps[-1][1].psd in ("y", "n"):
                break
            labels = labels[1:][-7:]
        return steps

    def chosen(self, name):
        """The organizational domain by records (4.10.2)."""
        chosen = None
        for at, record in self.walk(name):
            if record is None:
                continue
            if record.psd == "y" and at != name:
                return ".".join(name.split(".")[-at.count(".") - 2:])
            if record.psd in ("y", "n"):
                return at
            if record.policies is not None:
                chosen = at
        return chosen

    def organization(self, name):
        return self.chosen(name) or registrable(name)

    def policy(self, author):
        """(record, tag) that apply (4.10.1), or None."""
        last, record = self.walk(author)[-1]
        places = [author, self.chosen(author)]
        if record is not None and record.psd == "y":
            places.append(last)
        for place in places:
            if not self.texts.get(place):
                continue
            record = self.record(place)
            if record is None or record.policies is None:
                return None
            if place == author:
                return record, "p"
            return record, "sp" if author in self.existing else "np"
        return None

    def judge(self, author, sender):
        """The result of DMARC, the policy, is SPF aligned, the disposition."""
        found = self.policy(author)
        if found is None:
            return "none", None, False, "none"
        record, tag = found
        policy = record.policies[tag]
        if sender == author or (not record.is_strict and self.organization(
                sender) == self.organization(author)):
            return "pass", policy, True, "none"
        return ("fail", policy, False,
                MILDER[policy] if record.is_test else policy)


def above(name):
    """The name, and all that it is below of."""
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


def registrable(name):
    """By the suffixes above: one label more, or the name itself."""
    names = above(name)
    first = next(i for i, at in enumerate(names) if at in SUFFIXES)
    return names[max(first - 1, 0)]


# --- cases at random ----------------------------------------------------------

def record_text(chance):
    tags = ["v=DMARC1"]
    for tag, likely, values in (
            ("p", .85, "reject reject quarantine none bogus"),
            ("sp", .3, "reject quarantine none none bogus"),
            ("np", .3, "reject quarantine none bogus"),
            ("psd", .35, "y y n n u"), ("t", .2, "y n"),
            ("aspf", .25, "s r"), ("rua", .15, "mailto:a@b.example")):
        if chance.random() < likely:
            tags.append(f"{tag}={chance.choice(values.split())}")
    return "; ".join(tags)


def case(number):
    """(author, sender, tree): the sender's SPF passes."""
    chance = random.Random(SEED + number)
    base = chance.choice("xy") + "." + chance.choice(
        ["example", "co.uk", "com", "github.io"])

    def below(name):
        depth = chance.choice([0, 0, 1, 1, 2, 3, 7, 9])
        return ".".join([*chance.choices("abc", k=depth), name])

    author = below(base)
    sender = chance.choice([author, below(base), below(base), "a." + author,
                            chance.choice(above(author)[:-1])])
    texts = {name: [record_text(chance)
                    for _ in range(chance.choice([1] * 9 + [2]))]
             for name in sorted({*above(author), *above(sender)})
             if chance.random() < .35}
    existing = {name for at in (sender, *texts) for name in above(at)}
    if chance.random() < .5:
        existing.update(above(author))
    return author, sender, Tree(texts, existing)


def ours(folder, number, author, sender, tree):
    """What scan says, as Tree.judge() does."""
    zone = Zone.of(f"{sender} TXT v=spf1 ip4:{CLIENT} -all",
                   *(f"_dmarc.{name} TXT {text}"
                     for name, texts in tree.texts.items() for text in texts),
                   *([f"{author} A 192.0.2.1"]
                     if author in tree.existing else []))
    zone.write(folder / f"{number}")
    done = subprocess.run(
        [PROGRAM, "scan", "--json", *NO_RULES, "--zone", folder / f"{number}",
         "--client-ip", CLIENT, "--mail-from", f"<x@{sender}>", "-"],
        input=f"From: a@{author}\n\nhello\n".encode(), check=True,
        capture_output=True, timeout=60)
    found = json.loads(done.stdout)
    assert found["spf"]["result"] == "pass"
    said = found["dmarc"]
    return (said["result"], said["policy"], said["alignment"]["spf"],
            said["disposition"])


def test_rfc9989_4_10_both_say_the_same_of_any_tree(tmp_path, count):
    cases = [case(number) for number in range(CASES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(
            lambda number: ours(tmp_path, number, *cases[number]),
            range(CASES)))
    meant = [tree.judge(author, sender) for author, sender, tree in cases]
    others = [(cases[i], said[i], meant[i]) for i in range(CASES)
              if said[i] != meant[i]]
    assert others == []
    words = [result for result, *_ in meant]
    assert min(words.count(word) for word in ("none", "pass", "fail")) > 50
    count(f"DMARC: {CASES} trees of records made at random, judged like a "
          "second model of RFC 9989 4.10")
