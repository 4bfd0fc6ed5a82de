# SPDX-License-Identifier: ISC
"""test_dns_by_chance.py - a name server whose answers are drawn by lot, right
and wrong ones: each message has its results, in time and at a bounded price."""

import random
from collections import Counter

from auth.fickle import Fickle, labels_wire, name_wire, record, txt_rdata
from auth.judged import UNFOUNDED, judged_all, letter

SEED, MESSAGES = 7208, 100
# RFC 7208 4.6.4, for two identities, and what any message asks besides.
QUESTIONS_MAX = 2 * 10 * (1 + 10) + 30
RESULTS = {"none", "neutral", "pass", "fail", "softfail", "temperror",
           "permerror"}

LABELS = ["", "a.", "b.", "_dmarc.", "s._domainkey.", "%{l}.", "%{p}.",
          "%{h}.", "x" * 63 + ".", *(f"i{n}." for n in range(60))]
TERMS = ["a", "mx", "ptr", "all", "moo", "x=y", "ip4:192.0.2.0/24", "ip6:::/0",
         "include:{}", "a:{}", "mx:{}", "ptr:{}", "exists:{}", "redirect={}",
         "exp={}"]
TAGS = ["p=reject", "p=none", "p=quarantine", "sp=reject", "np=none", "psd=y",
        "psd=n", "t=y", "adkim=s", "aspf=s", "rua=mailto:a@b.test", "p", "="]


def near(lot, name):
    """A name below the same domain of two labels."""
    return lot.choice(LABELS) + ".".join(name.split(".")[-2:])


def text(lot, name):
    if lot.random() < 0.1:
        return lot.choice(["", "v=spf1 +all\0", "v=DKIM1; p=AAAA", "x" * 999])
    if name.startswith("_dmarc"):
        return "v=DMARC1; " + "; ".join(lot.sample(TAGS, lot.randint(0, 4)))
    return "v=spf1 " + " ".join(
        lot.choice(["", "+", "-", "~", "?"])
        + lot.choice(TERMS).format(near(lot, name))
        for _ in range(lot.randint(0, 9)))


def target(lot, name):
    if lot.random() < 0.1:
        return labels_wire([lot.randbytes(9)] * lot.randint(0, 3))
    return name_wire(near(lot, name).replace("%", ""))


def rdata(lot, name, kind):
    if lot.random() < 0.04:
        return lot.randbytes(lot.randint(0, 40))
    if kind == "TXT":
        return txt_rdata(text(lot, name))
    if kind == "A":
        return lot.choice([b"\xc0\0\2\7", lot.randbytes(4)])
    return b"\0\0" * (kind == "MX") + target(lot, name)


def answer(name, kind, _number):
    """The same for the same question."""
    lot = random.Random(f"{SEED} {name} {kind}")
    if lot.random() < 0.002:
        return None
    kinds = [kind] * 20 + ["CNAME", "TXT", "MX"]
    return [record(name, each, rdata(lot, name, each)) for each in lot.choices(
        kinds, k=lot.choice([0] + [1] * 12 + [2, 3, 12]))]


def messages():
    lot = random.Random(SEED)
    for n in range(MESSAGES):
        domain = f"n{n}.test"
        author = lot.choice(["", "a.", "b.c.d."]) + domain
        more = "".join(UNFOUNDED.format(signer) for signer in lot.sample(
            [domain, f"a.{domain}", f"q{n}.test"], lot.randint(0, 3)))
        yield f"joan@{domain}", letter(f"joan@{author}", more)


def test_each_message_has_its_results_whatever_the_answers_are(tmp_path,
                                                               count):
    with Fickle(answer) as server:
        events = judged_all(
            tmp_path, list(messages()), helo="helo.n0.test", deadline="6s",
            dns=f"servers 127.0.0.1@{server.port}; timeout 1s; "
                "failure_ttl 1s;")
    found = Counter(event["spf"]["result"] for event in events)
    assert set(found) <= RESULTS and len(found) >= 5, found
    assert {event["dmarc"]["result"] for event in events} <= RESULTS
    assert max(event["waited_ms"] for event in events) < 12000
    most = max(event["dns_questions"] for event in events)
    assert most <= QUESTIONS_MAX
    count(f"DNS by chance: {len(events)} messages, {len(server.asked)} "
          f"questions, at most {most} for one")
