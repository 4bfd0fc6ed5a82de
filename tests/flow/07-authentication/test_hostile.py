# SPDX-License-Identifier: ISC
"""Hostile mail and records through a real Postfix and real name servers: one
reply that fits into SMTP, and no more questions than are due."""

import pytest
from flow.authors import letter_of
from flow.story import (SENDER, STRANGER, Letter, arrival, event_of, finding,
                        our_results)

# RFC 1035 2.3.4: 253 octets, in labels that Postfix takes.
LONGEST = ".".join(["x" * 60] * 4) + ".reject.test"
LONGEST = LONGEST[len(LONGEST) - 253:]


def hosts(count):
    return " ".join(f"ip4:10.{n >> 8}.{n & 255}.1" for n in range(count))


def largest(domain, more=0):
    """A record that fills an answer of 64 KB: beside it there are header,
    question, the record's own head (RFC 1035 4.1), OPT (RFC 6891 6.1.2), and
    an octet of length for each 255 of text."""
    room = 65535 - 12 - (len(domain) + 6) - 12 - 11
    begin, end = f"v=spf1 {hosts(4200)} x=", f" ip4:{SENDER} -all"
    size = room * 255 // 256 + more
    return begin + "x" * (size - len(begin) - len(end)) + end


@pytest.fixture(scope="module")
def records():
    zone = {
        "large.test TXT": largest("large.test"),
        "_dmarc.large.test TXT": "v=DMARC1; p=reject; x=" + "y" * 60000,
        "larger.test TXT": largest("larger.test", 1),
        "nul.test TXT": f"v=spf1 ip4:{SENDER}\0 -all",
        "_dmarc.nul.test TXT": "v=DMARC1; p=reject; x=\xff\0",
        "two.test TXT": ["v=spf1 +all", "v=spf1 -all"],
        "_dmarc.two.test TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"],
        "loop.test TXT": "v=spf1 include:a.loop.test -all",
        "a.loop.test CNAME": "b.loop.test", "b.loop.test CNAME": "a.loop.test",
        "_dmarc.loop.test CNAME": "a.loop.test",
        "self.test TXT": "v=spf1 include:self.test",
        "count.test TXT": "v=spf1 exists:%{l}.%{i}.count.test -all",
        "mx.test TXT": "v=spf1 " + " ".join(
            f"mx:m{n}.mx.test" for n in range(10)) + " -all"}
    for n in range(10):
        zone[f"m{n}.mx.test MX"] = [f"10 h{n}-{k}.mx.test" for k in range(10)]
    return zone


def send(lab, domain, subject, author=None, **how):
    """(event, what the name servers were asked for it). Postfix asks too: the
    client's PTR, and its address."""
    lab.dns.forget_queries()
    sent = lab.send(mail_from=f"joan@{domain}",
                    data=letter_of(author or domain, subject).data, **how)
    assert sent.last.code in (250, 550), sent
    return event_of(lab, sent), lab.dns.queries()


def test_records_of_64_kb_come_over_tcp_and_are_judged_right(lab):
    event, asked = send(lab, "large.test", "large")
    assert event["spf"]["result"] == "pass"
    assert event["dmarc"]["result"] == "pass"
    assert asked.count(("large.test", "TXT")) == 2      # UDP, then TCP
    event, _asked = send(lab, "large.test", "large spoof", client=STRANGER)
    assert event["spf"]["result"] == "fail"
    assert event["done"] == "refuse"


def test_one_octet_more_has_no_room_and_is_a_temperror_in_time(lab):
    event, asked = send(lab, "larger.test", "larger")
    assert event["spf"]["result"] == "temperror"
    assert asked.count(("larger.test", "TXT")) <= 4
    assert event["waited_ms"] < 7000


@pytest.mark.parametrize("domain, spf, dmarc, asked_max", [
    ("nul.test", "permerror", "fail", 8),
    ("two.test", "permerror", "none", 8),
    ("loop.test", "temperror", "temperror", 12),
    ("self.test", "permerror", "none", 9),
    ("count.test", "fail", "none", 9),
    ("mx.test", "fail", "none", 120)])
def test_what_records_cost_the_name_servers(lab, domain, spf, dmarc,
                                            asked_max):
    event, asked = send(lab, domain, f"cost {domain}", client=STRANGER)
    assert event["spf"]["result"] == spf
    assert event["dmarc"]["result"] == dmarc
    assert len(asked) <= asked_max, asked
    assert event["waited_ms"] < 7000


def test_rfc7208_11_3_a_name_for_each_sender_is_asked_for_once(lab):
    _event, asked = send(lab, "count.test", "counted", client=STRANGER)
    name = f"joan.{STRANGER}.count.test"
    assert asked.count((name, "A")) == 1
    assert (name, "AAAA") not in asked


def test_rfc5321_4_5_3_1_5_a_refusal_of_the_longest_name_is_a_reply(lab):
    """Each line of it has at most 512 octets with its CRLF."""
    sent = lab.send(client=STRANGER, mail_from=f"joan@{LONGEST}",
                    data=letter_of(LONGEST, "longest").data)
    assert sent.last.code == 550
    lines = sent.last.text.split("\n")
    assert all(len(line) + len("550 \r\n") <= 512 for line in lines)
    assert f"[{event_of(lab, sent)['id']}]" in lines[0]


def test_1000_authors_are_one_refusal(lab):
    authors = ",\n ".join(f"boss{n}@a{n}.reject.test" for n in range(1000))
    lab.dns.forget_queries()
    sent = lab.send(client=STRANGER, mail_from="joan@sender.test",
                    data=Letter(author=authors).data)
    assert sent.last.code == 550
    assert len(lab.dns.queries()) <= 20
    assert event_of(lab, sent)["dmarc"]["result"] == "fail"


# The senders of such domains Postfix refuses by itself.
NO_NAMES = {"1,000 labels": "a." * 1000 + "test",
            "10 KB": ("x" * 60 + ".") * 170 + "test"}


@pytest.mark.parametrize("domain", NO_NAMES.values(), ids=NO_NAMES)
def test_an_author_whose_domain_is_no_name_is_junk(lab, domain):
    event, asked = send(lab, "sender.test", f"author {len(domain)}",
                        author=domain)
    assert event["dmarc"]["result"] == "permerror"
    assert event["done"] == "junk"
    assert len(asked) <= 8, asked


HELOS = {"300 labels": "a." * 300 + "test", "400 octets": "x" * 400,
         "an address of 300 digits": "[" + "9" * 300 + "]",
         "no ASCII": "\u00e4.test"}


@pytest.mark.parametrize("helo", HELOS.values(), ids=HELOS)
def test_a_helo_of_any_length_is_a_result(lab, helo):
    subject = f"helo {len(helo)}"
    sent = lab.send(helo=helo, data=Letter(subject=subject).data)
    assert sent.accepted, sent
    assert finding(event_of(lab, sent), "helo")["result"] == "permerror"
    assert our_results(arrival(lab, "ann@lab.test", subject))


def test_hundred_signatures_and_list_fields_leave_the_refusal(lab, world):
    """A stranger signs a hundred times, as the list that he claims to be,
    with a key that is not the list's."""
    data = ("List-Id: <boats.list.test>\r\n" * 100).encode() \
        + letter_of("reject.test", "hundred").data
    signature = world.stranger.field(data, domain="list.test")
    sent = lab.send(client=STRANGER, data=signature * 100 + data)
    assert sent.last.code == 550
    assert event_of(lab, sent)["dns_questions"] < 20


def test_after_all_that_a_plain_letter_is_a_plain_letter(lab):
    event, _asked = send(lab, "reject.test", "plain")
    assert event["dmarc"]["result"] == "pass"
    assert event["done"] == "ham"
