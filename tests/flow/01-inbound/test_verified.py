# SPDX-License-Identifier: ISC
"""Mail from strangers: what is verified, refused, removed and written."""

import re

import pytest
from flow.story import (SENDER, STRANGER, ULID, Letter, action, arrival,
                        body_of, event_of, field, fields, finding,
                        our_results, raw_fields)
from lab import milter_conf


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(milter_conf=milter_conf(
        "domain lab.test { }\n", mode="enforce"), zone=signer.zone())


def test_a_signed_letter_is_delivered_with_our_results_on_top(lab, signer):
    letter = signer.sign(Letter(subject="signed").data)
    sent = lab.send(data=letter, mail_from="joan@sender.test")
    event = event_of(lab, sent)
    arrived = arrival(lab, "ann@lab.test", "signed")
    results = our_results(arrived)
    assert [(method, result) for method, result, _ in results] == [
        ("iprev", "pass"), ("spf", "none"), ("spf", "none"),
        ("dkim", "pass"), ("dmarc", "none")]
    assert results[0][2] == "(mail.sender.test) policy.iprev=203.0.113.7"
    [rest] = [rest for method, _, rest in results if method == "dkim"]
    assert "header.d=sender.test" in rest and "header.s=s1" in rest
    assert "header.a=rsa-sha256" in rest
    assert re.search(r"header\.b=\"?\S{8}", rest)       # RFC 8601 2.7.1
    assert field(arrived, "X-Mailreeve-Id") == event["id"]
    assert field(arrived, "X-Mailreeve-Verdict") == "ham; score=0.0"
    assert fields(arrived, "X-Spam-Flag") == []
    assert event["direction"] == "inbound" and event["decision"] == "ham"


def test_our_fields_stand_above_all_that_came_and_below_postfixs_own(lab,
                                                                    signer):
    """RFC 8601 2.1: on top, so that nobody takes an older one for ours."""
    letter = signer.sign(Letter(subject="on top", more="X-First: 1\n").data)
    lab.send(data=letter)
    names = [name for name, _ in raw_fields(
        arrival(lab, "ann@lab.test", "on top"))]
    first = names.index("DKIM-Signature")
    ours = [names.index(name) for name in names
            if name.startswith(("Authentication-R", "X-Mailreeve-"))]
    assert ours and max(ours) < first
    assert names[first:] == ["DKIM-Signature", "X-First", "From", "To",
                             "Subject", "Date", "Message-ID"]


def test_what_came_arrives_octet_by_octet_below_our_fields(lab, signer):
    letter = signer.sign(Letter(subject="as it was").data)
    lab.send(data=letter)
    arrived = arrival(lab, "ann@lab.test", "as it was")
    assert arrived.endswith(letter)


@pytest.mark.parametrize("canon", ["simple/simple", "simple/relaxed",
                                   "relaxed/simple", "relaxed/relaxed"])
@pytest.mark.parametrize("selector", ["s1", "e1"])
def test_every_canonicalisation_and_algorithm_verifies(lab, signer, canon,
                                                       selector):
    letter = signer.sign(Letter(subject=canon).data, canon, selector)
    event = event_of(lab, lab.send(data=letter))
    assert finding(event, "dkim")["result"] == "pass"


def test_a_changed_body_fails_and_is_delivered(lab, signer):
    letter = signer.sign(Letter(subject="changed").data)
    sent = lab.send(data=letter.replace(b"Friday", b"Sunday"))
    assert sent.accepted
    assert finding(event_of(lab, sent), "dkim")["result"] == "fail"
    results = our_results(arrival(lab, "ann@lab.test", "changed"))
    assert [r for m, r, _ in results if m == "dkim"] == ["fail"]


def test_a_changed_field_fails(lab, signer):
    letter = signer.sign(Letter(subject="a field").data)
    sent = lab.send(data=letter.replace(b"Joan <", b"Jane <"))
    assert finding(event_of(lab, sent), "dkim")["result"] == "fail"


def test_a_broken_signature_hides_no_good_one(lab, signer):
    letter = Letter(subject="several").data
    good = signer.sign(letter)
    bad = good.replace(b"s=s1", b"s=e1", 1)[:len(good) - len(letter)]
    event = event_of(lab, lab.send(data=bad + good))
    results = [f["result"] for f in event["findings"] if f["check"] == "dkim"]
    assert "pass" in results and len(results) == 2
    said = our_results(arrival(lab, "ann@lab.test", "several"))
    assert [r for m, r, _ in said if m == "dkim"].count("pass") == 1


def test_mail_without_a_signature_says_none(lab):
    lab.send(data=Letter(subject="unsigned").data)
    said = our_results(arrival(lab, "ann@lab.test", "unsigned"))
    assert [(m, r) for m, r, _ in said] == [
        ("iprev", "pass"), ("spf", "none"), ("spf", "none"),
        ("dkim", "none"), ("dmarc", "none")]


@pytest.mark.parametrize("more, subject", [
    ("From: Boss <boss@lab.test>\n", "two"),
    ("FROM: x@y.test\nfrom: z@y.test\n", "three")])
def test_several_from_fields_are_refused_with_id_and_reason(lab, more,
                                                            subject):
    sent = lab.send(data=Letter(subject=subject, more=more).data)
    event = event_of(lab, sent)
    assert sent.end.code == 550
    assert re.fullmatch(rf"5\.6\.0 \[{ULID}\] refused: the message has "
                        r"several From fields \(RFC 5322 3\.6\)",
                        sent.end.text)
    assert event["id"] in sent.end.text and event["done"] == "refuse"
    assert event["reply"] == f"550 {sent.end.text}"
    assert event["actions"] == []
    line = lab.wait_for_log(rf".*id={event['id']}.*", "milter")[0]
    assert "decision=refuse done=refuse" in line and event["queue_id"] in line


LIES = """\
Authentication-Results: mx.lab.test; dkim=pass header.d=bank.test
Authentication-Results: mx.lab.test 1; spf=pass
Authentication-Results: MX.Lab.Test
\t; dkim=pass header.d=bank.test
Authentication-Results: (comment) mx.lab.test; dkim=pass header.d=bank.test
Authentication-Results: "mx.lab.test"; dkim=pass header.d=bank.test
Authentication-Results : mx.lab.test; dkim=pass header.d=bank.test
X-Mailreeve-Verdict: ham; score=-100
x-mailreeve-id: 01ARZ3NDEKTSV4RRFFQ69G5FAV
X-MAILREEVE-Anything: at all
X-Mailreeve-Else \t: with blanks (RFC 5322 4.5)
X-Spam-Flag: NO
X-Spam-Score: -100
"""
OTHERS = """\
Authentication-Results: relay.other.test; spf=pass
Authentication-Results: mx.lab.test.evil.test; dkim=pass header.d=bank.test
X-Mailreeves: not ours
"""


def test_forged_fields_go_and_those_of_others_stay(lab):
    sent = lab.send(client=STRANGER, data=Letter(
        subject="forged", more=LIES + OTHERS).data)
    event = event_of(lab, sent)
    arrived = arrival(lab, "ann@lab.test", "forged")
    assert our_results(arrived)[0][:2] == ("iprev", "permerror")
    assert len(fields(arrived, "Authentication-Results")) == 3
    assert [v for v in fields(arrived, "Authentication-Results")][1:] == [
        line.split(": ", 1)[1] for line in OTHERS.splitlines()[:2]]
    assert field(arrived, "X-Mailreeves") == "not ours"
    assert field(arrived, "X-Mailreeve-Id") == event["id"]
    assert "-100" not in field(arrived, "X-Mailreeve-Verdict")
    assert fields(arrived, "X-MAILREEVE-Anything") == []
    assert fields(arrived, "X-Mailreeve-Else") == []
    assert fields(arrived, "X-Spam-Flag") == []
    assert "-100" not in str(fields(arrived, "X-Spam-Score"))
    told = action(event, "remove_forged")["detail"]
    assert "6 Authentication-Results" in told and "4 X-Mailreeve-*" in told


def test_the_same_forged_field_many_times_goes_each_time(lab):
    """By their places: removing one must not shift the others."""
    more = "".join(f"Authentication-Results: mx.lab.test; x={n}\n"
                   f"Authentication-Results: a{n}.test; x={n}\n"
                   for n in range(100))
    lab.send(data=Letter(subject="many", more=more).data)
    kept = fields(arrival(lab, "ann@lab.test", "many"),
                  "Authentication-Results")
    assert kept[1:] == [f"a{n}.test; x={n}" for n in range(100)]


@pytest.mark.parametrize("client, helo, iprev, words", [
    (SENDER, "mail.sender.test", "pass", "mail.sender.test"),
    ("2001:db8::7", "mail.sender.test", "pass", "mail.sender.test"),
    (STRANGER, "whoever.test", "permerror", "no name"),
    ("198.51.100.7", "whoever.test", "fail", "another address"),
])
def test_the_clients_name_must_lead_back_to_it(lab, signer, client, helo,
                                               iprev, words):
    lab.dns.set_zone({**signer.zone(),
                      "7.100.51.198.in-addr.arpa PTR": "mx.remote.test"})
    sent = lab.send(client=client, helo=helo, data=Letter(
        subject=f"iprev {client}").data)
    found = finding(event_of(lab, sent), "iprev")
    assert found["result"] == iprev and words in found["reason"]
    [said, *_] = our_results(arrival(lab, "ann@lab.test", f"iprev {client}"))
    assert said[:2] == ("iprev", iprev)
    assert client in said[2]


@pytest.mark.parametrize("helo, result", [
    ("mail.sender.test", "pass"), ("[203.0.113.7]", "pass"),
    ("[203.0.113.8]", "fail"), ("mx.lab.test", "fail"),
    ("lab.test", "fail"), ("localhost", "permerror"),
    ("203.0.113.7", "permerror"), ("no_where.test", "neutral"),
])
def test_the_helo_name_is_judged_but_decides_nothing(lab, helo, result):
    event = event_of(lab, lab.send(helo=helo, data=Letter(
        subject="helo").data))
    assert finding(event, "helo")["result"] == result
    assert event["decision"] == "ham"
    assert event["client"]["helo"] == helo


def test_a_body_with_dots_and_8_bits_arrives_as_it_was(lab, signer):
    body = ".\n..\n.x\n\u00e4\u00f6\u00fc 8 bits\n\ttab \n"
    letter = signer.sign(Letter(subject="dots", body=body).data,
                         "simple/simple")
    event = event_of(lab, lab.send(data=letter, mail_args="BODY=8BITMIME"))
    assert finding(event, "dkim")["result"] == "pass"
    assert body_of(arrival(lab, "ann@lab.test", "dots")) == body_of(letter)
