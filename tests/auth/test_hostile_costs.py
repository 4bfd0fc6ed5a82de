# SPDX-License-Identifier: ISC
"""test_hostile_costs.py - records and messages made to cost: the questions of
each are counted, and bounded by what the RFCs allow."""

import pytest
from auth.judged import (CLIENT, REJECT, UNFOUNDED, USUAL, findings, judged,
                         judged_all, letter)
from auth.zone import Zone

RECORD = "example.org TXT v=spf1 "
TERMS, HOSTS, VOIDS = 10, 10, 2         # (RFC 7208 4.6.4)


def every(text, count):
    return [text.format(n) for n in range(count)]


def tree(width):
    """Records i0 to i999, each of which includes WIDTH others."""
    return [f"i{n}.example.org TXT v=spf1 " + " ".join(
        f"include:i{(n * width + k + 1) % 1000}.example.org"
        for k in range(width)) for n in range(1000)]


# (zone, result, questions beyond the usual ones)
SPF_CASES = {
    "a tree of includes":
        (tree(10) + [RECORD + "include:i1.example.org"], "permerror",
         2 * TERMS),
    "a record that includes itself":
        ([RECORD + "include:example.org"], "permerror", 0),
    "a record that redirects to itself":
        ([RECORD + "redirect=example.org"], "permerror", 0),
    "3,500 includes of nothing":
        ([RECORD + " ".join(every("include:i{}.org", 3500))], "permerror",
         TERMS),
    "3,500 names that exist for nobody":
        ([RECORD + " ".join(every("exists:i{}.org", 3500))], "permerror",
         TERMS),
    "10 mx of 10 hosts without address":
        ([RECORD + " ".join(every("mx:m{}.org", TERMS)) + " -all"]
         + [f"m{n}.org MX 10 h{n}-{k}.org" for n in range(TERMS)
            for k in range(HOSTS)], "fail", TERMS * (1 + HOSTS)),
    "an mx of eleven hosts":
        ([RECORD + "mx:m.org -all", *every("m.org MX 10 h{}.org", 11)],
         "permerror", 1),
    "an mx of 1,000 hosts":
        ([RECORD + "mx:m.org -all", *every("m.org MX 10 h{}.org", 1000)],
         "permerror", 1),
    "9 ptr of a client with 1,000 names":
        ([RECORD + "ptr " * 9 + "-all",
          *every("7.2.0.192.in-addr.arpa PTR p{}.example.org", 1000)],
         "fail", 1 + HOSTS),
    "%{p} of a client with 1,000 names":
        ([RECORD + " ".join(every("exists:%{{p}}.x{}.org", TERMS)),
          *every("7.2.0.192.in-addr.arpa PTR p{}.example.org", 1000)],
         "permerror", 1 + HOSTS + TERMS),
    "1,000 addresses":
        ([RECORD + "a -all"]
         + [f"example.org A 10.0.{n >> 8}.{n & 255}" for n in range(1000)],
         "fail", 1),
    "explanations on the way (6.2: that of the record which fails alone)":
        ([RECORD + "exp=e.org ?include:x.org redirect=r.org",
          "x.org TXT v=spf1 -all exp=no.org", "r.org TXT v=spf1 -all exp=f.org",
          "f.org TXT no"], "fail", 3),
}


@pytest.mark.parametrize("story", SPF_CASES)
def test_rfc7208_4_6_4_what_a_record_costs(tmp_path, story):
    lines, result, extra = SPF_CASES[story]
    event = judged(tmp_path, Zone.of(*lines))
    assert event["spf"]["result"] == result, findings(event, "spf")
    assert event["dns_questions"] <= USUAL + extra
    assert len(findings(event, "spf")[0][1]) <= 500


LOCALS = {
    "a word": "joan", "delimiters": "j.o-a_n", "1,000 octets": "x" * 1000,
    "a macro": "%{d}", "an empty label": "a..b", "a backslash": "a\\\\b",
    "no ASCII": "\u00e4\udcff", "a quoted string": '"a b\x01@c"',
    "a wildcard": "*", "a path": "../../etc"}


@pytest.mark.parametrize("local", LOCALS.values(), ids=LOCALS)
def test_rfc7208_11_3_a_name_for_each_sender_is_asked_for_once(tmp_path,
                                                              local):
    """%{l} lets a domain count its senders: one question, whatever octets."""
    zone = Zone.of(RECORD + "exists:%{l}.%{l1r-}.users.example.org -all")
    event = judged(tmp_path, zone, sender=f"{local}@example.org")
    assert event["spf"]["result"] in ("fail", "permerror")
    assert event["dns_questions"] <= USUAL + 1


# Signatures, and the walk for each of their domains (RFC 9989 4.10).

SIGNATURES, SIGNATURES_MAX, WALK = 100, 10, 8


def signed(signer, domain, author):
    """A letter with 100 signatures, the first ten of them good: its octets
    and the zone."""
    names = every(domain, SIGNATURES)
    good = names[:SIGNATURES_MAX]
    data = letter(f"joan@{author}", unfounded(names[SIGNATURES_MAX:]))
    fields = b"".join(signer.field(data, domain=name) for name in good)
    return fields + data, [f"s1._domainkey.{name} TXT {signer.rsa_record}"
                           for name in good]


def unfounded(names):
    return "".join(UNFOUNDED.format(name) for name in names)


@pytest.mark.parametrize("domain, boundary, result", [
    # Nothing in common with the author: no walk.
    ("a.b.c.d.e.f.g.h.s{}.org", [], "fail"),
    # Each ends its walk at an organizational domain of its own.
    ("a.b.c.d.e.f.g.h.s{}.example.org",
     every("_dmarc.s{}.example.org TXT v=DMARC1; p=none; psd=n", 100),
     "fail"),
    # The first is aligned; all are asked about at once.
    ("a.b.c.d.e.f.g.h.s{}.example.org", [], "pass")])
def test_of_100_signatures_ten_are_judged(tmp_path, signer, domain, boundary,
                                          result):
    data, lines = signed(signer, domain, "u.v.w.x.y.z.example.org")
    event = judged(tmp_path, Zone.of(REJECT, *lines, *boundary), data)
    dkim = findings(event, "dkim")
    assert [found for found, _ in dkim] \
        == ["pass"] * SIGNATURES_MAX + ["neutral"]
    assert dkim[-1][1].startswith("90 signatures below the first 10")
    assert event["dmarc"]["result"] == result
    assert event["dns_questions"] <= USUAL + SIGNATURES_MAX + WALK \
        + (SIGNATURES_MAX * WALK if "example" in domain else 0)


def test_100_signatures_without_keys_cost_ten_questions(tmp_path):
    event = judged(tmp_path, Zone.of(REJECT), letter(
        more=unfounded(every("s{}.org", SIGNATURES))))
    assert event["dmarc"]["result"] == "fail"
    assert event["dns_questions"] <= USUAL + SIGNATURES_MAX
    assert len(event["reply"]) < 1000


# Received behind a trusted relay.

RELAYS = f"host {{ trusted_relays {CLIENT}; }}\n"
FIELD = ("Received: from x (x [{}])\n\tby mx2.lab.test (Postfix) with ESMTP "
         "id 4X\n\tfor <ann@lab.test>; Fri, 20 Nov 2026 10:00:00 +0000\n")


STRANGER = "198.51.100.9"
BOMBS = {
    "800 of the relay": FIELD.format(CLIENT) * 800,
    "800 of the relay, and one of a stranger":
        FIELD.format(CLIENT) * 800 + FIELD.format(STRANGER),
    "800 of this host": FIELD.format("127.0.0.1") * 800,
    "60,000 brackets": "Received: " + "(" * 60000 + "\n",
    "8,000 times from": "Received: " + "from x " * 8000 + "\n",
    "a name of 60,000 octets":
        "Received: from " + "x" * 60000 + " by mx2.lab.test\n",
    "800 empty ones": "Received:\n" * 800,
    "none": "",
}


@pytest.mark.parametrize("more", BOMBS.values(), ids=BOMBS)
def test_a_walk_that_leads_nowhere_leaves_spf_unjudged(tmp_path, more):
    """And so nobody refused, for SPF might have passed."""
    zone = Zone.of(REJECT, RECORD + "-all")
    event = judged(tmp_path, zone, letter(more=more), more=RELAYS)
    assert event["spf"] is None
    assert event["dmarc"]["result"] == "fail"
    assert event["decision"] == "junk"
    assert event["dns_questions"] <= 2


def test_800_received_below_the_strangers_change_nothing(tmp_path):
    more = FIELD.format(STRANGER) + FIELD.format(CLIENT) * 800
    zone = Zone.of(REJECT, RECORD + f"ip4:{CLIENT} -all")
    event = judged(tmp_path, zone, letter(more=more), more=RELAYS)
    assert event["spf"]["result"] == "fail"
    assert event["decision"] == "refuse"
    assert event["dns_questions"] <= USUAL


def test_one_message_leaves_nothing_to_the_next(tmp_path):
    """The worst of all of them first; then a plain one as if alone."""
    zone = Zone.of(*tree(10), RECORD + "include:i1.example.org",
                   f"example.net TXT v=spf1 ip4:{CLIENT} -all",
                   "_dmarc.example.net TXT v=DMARC1; p=reject")
    worst = letter(", ".join(every("a@d{}.org", 1000)))
    plain = letter("joan@example.net")
    events = judged_all(tmp_path, [
        ("joan@example.org", worst), ("joan@example.net", plain)] * 3, zone)
    assert [event["dmarc"]["result"] for event in events] \
        == ["permerror", "pass"] * 3
    assert len({event["dns_questions"] for event in events[1::2]}) == 1
