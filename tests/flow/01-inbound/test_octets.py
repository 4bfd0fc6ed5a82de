# SPDX-License-Identifier: ISC
"""Every octet of a message reaches the verifier as Postfix passed it.

Signatures of c=simple/simple cover octets as they are: python3-dkim makes
them over what is sent, and they verify only when not one is lost on the way.
What Postfix changes before any milter sees it stands at the end.
"""

import re

import pytest
from flow.story import (Letter, arrival, body_of, event_of, finding,
                        raw_fields)
from flow.signer import COVERED
from lab import milter_conf

CASES = {
    "folded": b"X-Test: one\r\n two\r\n\tthree\r\n",
    "a tab behind the colon": b"X-Test:\tvalue\r\n",
    "nothing behind the colon": b"X-Test:value\r\n",
    "two blanks behind the colon": b"X-Test:  value\r\n",
    "blanks at its end": b"X-Test: value \t \r\n",
    "blanks at a fold": b"X-Test: value \t\r\n \t next \r\n",
    "tabs within": b"X-Test: a\tb\t\tc\r\n",
    "empty": b"X-Test:\r\n",
    "a blank only": b"X-Test: \r\n",
    "folded at once": b"X-Test:\r\n value\r\n",
    "a line of blanks within": b"X-Test: a\r\n \r\n\t\r\n b\r\n",
    "a line of blanks at its end": b"X-Test: a\r\n \r\n",
    "8 bits": b"X-Test: \xe4\xff\x80 \xc3\xa4\r\n",
    "control characters": b"X-Test: \x01\x08\x0b\x0c\x7f v\r\n",
    "per cent and backslash": b"X-Test: %s %n 100% \\r\\n \\0\r\n",
    "a name in other letters": b"x-TEST: value\r\n",
    "a name of odd characters": b"X-T!#$%&'*+/=?^`{|}~_: v\r\n",
    "a line of 2,100 octets": b"X-Test: " + b"x" * 2092 + b"\r\n",
    "a line of 9,000 octets": b"X-Test: " + b"ab " * 3000 + b"\r\n",
    "many folds": b"X-Test: a\r\n" + b" word\r\n" * 2000,
    "twice": b"X-Test: first\r\nX-Test: second\r\n",
}

BODIES = {
    "none": b"",
    "an empty line": b"\r\n",
    "empty lines at its end": b"text\r\n\r\n\r\n\r\n",
    "blanks at line ends": b"text  \r\n\t\r\n text \t\r\n",
    "NUL": b"a\0b\r\n\0\r\n\0\0c\r\n",
    "8 bits": bytes(range(128, 256)) + b"\r\n",
    "all control characters": bytes(set(range(1, 32)) - {10, 13}) + b"\r\n",
    "leading dots": b".\r\n..\r\n.a\r\n",
    "a line of 999 octets": b"x" * 999 + b"\r\n",
    "a line of 9,000 octets": b"x" * 9000 + b"\r\n",
    "a line of 70,000 octets": b"x" * 70000 + b"\r\n",
    "many chunks": b"0123456789\r\n" * 30000,
    "From at the start of a line": b"From here on\r\n>From there\r\n",
}


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(milter_conf=milter_conf(
        "domain lab.test { }\n", mode="enforce"), zone=signer.zone(),
        postfix={"header_size_limit": 1 << 20})


def judged(lab, signer, data, subject, sent_as=None, covered=()):
    """dkim's finding of DATA, signed simple/simple; what arrived of it."""
    field = signer.field(data, "simple/simple", covered=[*COVERED, *covered])
    sent = lab.send(data=field + (data if sent_as is None else sent_as))
    assert sent.accepted, sent
    found = finding(event_of(lab, sent), "dkim")
    return found, arrival(lab, "ann@lab.test", subject)


def has_long_line(data):
    """Behind the milter Postfix breaks those, by LMTP too; and Dovecot's IMAP
    shows a NUL as 0x80."""
    return max(map(len, data.split(b"\r\n"))) > 998


@pytest.mark.parametrize("case", CASES)
def test_a_field_reaches_the_verifier_octet_by_octet(lab, signer, case):
    field = CASES[case]
    name = field.partition(b":")[0].lower()
    data = field + Letter(subject=case).data
    found, arrived = judged(lab, signer, data, case,
                            covered=[name] * (2 if case == "twice" else 1))
    assert found["result"] == "pass", found
    assert arrived.endswith(data) or has_long_line(data)


@pytest.mark.parametrize("case", BODIES)
def test_a_body_reaches_the_verifier_octet_by_octet(lab, signer, case):
    letter = Letter(subject=f"body: {case}", body="").data
    found, arrived = judged(lab, signer, letter + BODIES[case],
                            f"body: {case}")
    assert found["result"] == "pass", found
    if "NUL" not in case and not has_long_line(BODIES[case]):
        assert body_of(arrived) == BODIES[case]


def test_the_order_and_the_number_of_fields_are_those_that_came(lab, signer):
    more = b"".join(b"X-%d: %d\r\n" % (n % 7, n) for n in range(200))
    data = more + Letter(subject="order").data
    found, arrived = judged(lab, signer, data, "order",
                            covered=[b"x-%d" % n for n in range(7)])
    assert found["result"] == "pass" and arrived.endswith(data)


# What Postfix 3.7 changes before any milter sees it.

def test_postfix_takes_a_bare_lf_for_the_end_of_a_line(lab, signer):
    data = b"X-Test: a\r\n b\r\n" + Letter(subject="LF").data
    found, arrived = judged(lab, signer, data, "LF", covered=[b"x-test"],
                            sent_as=data[:-2].replace(b"\r\n", b"\n")
                            + b"\r\n")
    assert found["result"] == "pass" and arrived.endswith(data)


def test_postfix_drops_the_blanks_between_name_and_colon(lab, signer):
    data = b"X-Blank: v\r\n" + Letter(subject="blank").data
    found, arrived = judged(lab, signer, data, "blank", covered=[b"x-blank"],
                            sent_as=data.replace(b"ank:", b"ank \t:"))
    assert found["result"] == "pass" and arrived.endswith(data)


def test_postfix_ends_the_header_at_a_line_that_is_none(lab, signer):
    """It puts the empty line there; what follows is body to the verifier."""
    letter = Letter(subject="no colon", body="").data
    head = letter.removesuffix(b"\r\n")
    rest = b"this is no field\r\nX-Test: body\r\n\r\nbody\r\n"
    found, arrived = judged(lab, signer, head + b"\r\n" + rest, "no colon",
                            sent_as=head + rest)
    assert found["result"] == "pass"
    assert body_of(arrived) == rest


def test_postfix_cuts_a_field_of_more_than_60000_octets(lab, signer):
    data = b"X-Test: a\r\n" + b" 12345\r\n" * 9000 \
        + Letter(subject="cut").data
    found, arrived = judged(lab, signer, data, "cut", covered=[b"x-test"])
    [kept] = [value for name, value in raw_fields(arrived)
              if name == "X-Test"]
    assert 59000 < len(kept.replace(b"\r", b"")) <= 60000
    assert found["result"] == "fail"


def test_postfix_makes_a_field_of_a_line_of_a_mailbox_file(lab, signer):
    data = Letter(subject="mbox").data
    lab.send(data=b"From joan Fri Nov 20 10:00:00 2026\r\n"
             + signer.sign(data, "simple/simple"))
    arrived = arrival(lab, "ann@lab.test", "mbox")
    assert re.search(rb"(?m)^X-Mailbox-Line: From joan Fri", arrived)
    assert arrived.endswith(data)
