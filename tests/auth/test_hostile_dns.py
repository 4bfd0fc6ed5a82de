# SPDX-License-Identifier: ISC
"""test_hostile_dns.py - name servers that change their mind, lie or lead on:
one message sees one DNS, asks each question once, and ends in time."""

import re

import pytest
from auth.fickle import TRUNCATED, Fickle, cname, labels_wire, record, txt
from auth.judged import (CLIENT, USUAL, findings, judged, judged_all, letter,
                         results)

POLICY = "_dmarc.example.org"
YES, NO = f"v=spf1 ip4:{CLIENT} -all", "v=spf1 -all"
TERMS = 10                      # (RFC 7208 4.6.4)


def asks(server, timeout="30s"):
    """Who is patient is not taken for one who asks twice."""
    return (f"servers 127.0.0.1@{server.port}; timeout {timeout}; "
            "failure_ttl 1s;")


def test_records_that_change_are_the_same_for_all_of_one_message(tmp_path):
    """MAIL FROM, HELO and an include ask for one record; TTL 0 lets the next
    message see another."""
    def answer(name, kind, number):
        if kind != "TXT" or name not in ("example.org", POLICY):
            return []
        if name == POLICY:
            return [txt(name, f"v=DMARC1; p={('reject', 'none')[number % 2]}")]
        return [txt(name, (YES, NO)[number % 2])]

    with Fickle(answer) as server:
        events = judged_all(tmp_path, [("joan@example.org", letter())] * 4,
                            helo="example.org", dns=asks(server))
    for event in events:
        assert len({found for found, _ in findings(event, "spf")}) == 1
    # The odd questions are answered by NO and p=none.
    assert [event["spf"]["result"] for event in events] \
        == ["fail", "pass"] * 2
    assert [event["dmarc"]["policy"] for event in events] \
        == ["none", "reject"] * 2
    assert server.counts["example.org", "TXT"] == 4
    assert server.counts[POLICY, "TXT"] == 4


def test_a_policy_that_changes_within_the_walk_is_what_was_first_seen(
        tmp_path):
    """Author and signer lead to one name above; it is asked about once."""
    def answer(name, kind, number):
        if (name, kind) == (POLICY, "TXT"):
            return [txt(name, f"v=DMARC1; p=reject; x={number}")]
        if (name, kind) == ("a.example.org", "TXT"):
            return [txt(name, YES)]
        return []

    with Fickle(answer) as server:
        event = judged(tmp_path, data=letter("joan@b.example.org"),
                       sender="joan@a.example.org", dns=asks(server))
    assert event["dmarc"]["result"] == "pass"
    assert server.counts[POLICY, "TXT"] == 1


def test_rfc7208_4_6_4_a_tree_of_includes_is_not_asked_for_ahead(tmp_path):
    """All names of a record are asked for at once, while answers are awaited;
    yet for no more than twice the terms of one evaluation."""
    def answer(name, kind, _number):
        label, _, rest = name.partition(".")
        if kind != "TXT" or (name != "example.org" and rest != "t"):
            return []
        includes = " ".join(f"include:{label}{n}.t" for n in range(8))
        return [txt(name, f"v=spf1 {includes}")]

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server))
    assert event["spf"]["result"] == "permerror"
    assert event["dns_questions"] <= USUAL + 2 * TERMS
    assert len(set(server.asked)) <= event["dns_questions"]


def test_aliases_without_end_are_a_temperror(tmp_path):
    """Each name leads to a new one."""
    def answer(name, kind, number):
        return [cname(name, f"x{len(name) % 50}{number}.{name}"[-200:])]

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server, "1s"))
    assert results(event) == ("temperror", "temperror")
    assert event["dns_questions"] <= USUAL
    assert len(set(server.asked)) <= event["dns_questions"] * 15
    assert event["waited_ms"] < 6000


# For a question of each type, what no record of it may hold, or hardly.
RDATA = {
    "a string that breaks off": ("TXT", b"\xc8v=spf1 +all", "temperror"),
    "octets behind the last string":
        ("TXT", b"\x0bv=spf1 +all\xff", "temperror"),
    "3,000 octets of 255": ("TXT", b"\xff" * 3000, "temperror"),
    "no string at all": ("TXT", b"", "none"),
    "200 empty strings": ("TXT", b"\0" * 200, "none"),
    "an address of three octets": ("A", b"\xc0\0\2", "temperror"),
    "an address of five octets": ("A", b"\xc0\0\2\7\7", "temperror"),
    "an mx without a name": ("MX", b"\0\x0a", "temperror"),
    "an mx whose name lies behind the end":
        ("MX", b"\0\x0a\xff\xff", "temperror"),
    "an mx that is the root (RFC 7505)": ("MX", b"\0\0\0", "fail"),
    "an mx that is the question": ("MX", b"\0\x0a\xc0\x0c", "fail"),
}


@pytest.mark.parametrize("story", RDATA)
def test_an_answer_that_cannot_be_read_is_a_temperror(tmp_path, story):
    wrong, rdata, result = RDATA[story]

    def answer(name, kind, _number):
        if kind == wrong:
            return [record(name, kind, rdata)]
        if (name, kind) == ("example.org", "TXT"):
            return [txt(name, f"v=spf1 {wrong.lower()} -all")]
        return []

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server))
    assert event["spf"]["result"] == result
    assert event["dmarc"]["result"] == (result if wrong == "TXT" else "none")
    assert event["dns_questions"] <= USUAL + 2


@pytest.mark.parametrize("rcode", [1, 2, 4, 5, 6, 9, 15])
def test_rfc7208_4_4_any_other_rcode_is_a_temperror(tmp_path, rcode):
    with Fickle(lambda *_: [], rcode) as server:
        event = judged(tmp_path, dns=asks(server))
    assert results(event) == ("temperror", "temperror")
    assert event["dns_questions"] <= USUAL
    assert set(server.counts) == set(server.asked)
    assert len(server.counts) <= USUAL


def methods(event):
    """Those of our Authentication-Results, by its grammar: nothing leaves a
    comment (RFC 5322 3.2.2)."""
    [field] = event["written"]
    field = re.sub(r"\((?:[^()\\]|\\.)*\)", "", field)
    assert not re.search(r"[()\\\r]|\n[^\t]", field), event["written"]
    return [part.split("=")[0].strip() for part in field.split(";")[1:]]


LABELS = {
    "a NUL": b"a\0b", "a line": b"a\r\nX: y", "8 bits": b"\xff\xc3\xa4",
    "the end of a comment": b'a) b=c; "', "a backslash": b"a\\",
    "a dot": b"a.b",
    "blanks": b"  ", "63 octets": b"x" * 63}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_client_whose_name_has_any_octets_writes_no_results(tmp_path, label):
    """The same name stands behind an mx."""
    def answer(name, kind, _number):
        if kind == "PTR":
            return [record(name, kind, labels_wire([label, b"org"]))]
        if kind == "MX":
            return [record(name, kind, b"\0\0" + labels_wire([label]))]
        if (name, kind) == ("example.org", "TXT"):
            return [txt(name, "v=spf1 mx exists:%{p}.x.org -all exp=%{p}.org")]
        return []

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server))
    assert event["spf"]["result"] == "fail"
    assert methods(event) == ["iprev", "spf", "spf", "dkim", "dmarc"]
    assert event["dns_questions"] <= USUAL + 5


def test_an_answer_for_another_name_is_none(tmp_path):
    """Whoever is asked about one name cannot speak for another."""
    def answer(name, kind, _number):
        if kind != "TXT":
            return []
        return [txt("other.test", YES), txt("_dmarc.other.test",
                                            "v=DMARC1; p=reject")]

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server))
    assert results(event) == ("none", "none")


def test_always_too_long_for_udp_and_no_tcp_is_a_temperror_in_time(tmp_path):
    with Fickle(lambda *_: [], TRUNCATED) as server:
        event = judged(tmp_path, dns=asks(server, "1s"))
    assert results(event) == ("temperror", "temperror")
    assert event["waited_ms"] < 6000


def test_answers_that_lead_on_are_waited_for_until_the_deadline(tmp_path):
    """Each comes in time, and asks for one more."""
    def answer(name, kind, _number):
        if kind != "TXT" or name.startswith("_dmarc"):
            return []
        return [txt(name, f"v=spf1 include:x{name.split('.')[0]}.test -all")]

    with Fickle(answer, late_s=0.7) as server:
        event = judged(tmp_path, dns=asks(server), deadline="1500ms")
    assert event["spf"]["result"] == "temperror"
    assert event["dns_questions"] <= USUAL + TERMS
    assert 0 < event["waited_ms"] < 6000        # all would take seven seconds


def test_silence_ends_in_time(tmp_path):
    with Fickle(lambda *_: None) as server:
        event = judged(tmp_path, dns=asks(server, "1s"))
    assert results(event) == ("temperror", "temperror")
    assert event["waited_ms"] < 6000


def test_a_server_that_has_all_types_in_one_answer_gives_the_one_asked_for(
        tmp_path):
    """TXT of every kind, and an address, for each question."""
    def answer(name, kind, _number):
        return [txt(name, "hello"), txt(name, YES),
                txt(name, "v=DMARC1; p=reject"),
                record(name, "A", b"\xc0\0\2\7")]

    with Fickle(answer) as server:
        event = judged(tmp_path, dns=asks(server))
    assert results(event) == ("pass", "pass")
