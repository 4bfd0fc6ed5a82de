# SPDX-License-Identifier: ISC
"""What Postfix's smtp client still changes behind the milter.

It encodes bodies of 8 bits for a receiver without 8BITMIME, and breaks lines
of more than 998 octets for every receiver. So they are encoded before they are
signed; where that is switched off, what would not survive is left unsigned
where the configuration says so, and said in the event.
"""

import email
import email.policy

import pytest
from flow.ours import BOTH, USERS, conf
from flow.story import Letter, action, body_of, departed, event_of, fields

# Only known keys here: these tests reload.
DOMAIN = """\
domain lab.test {
	dkim_key rsa1 { file "@DIR@/keys/rsa.pem"; }
	dkim_key ed1 { file "@DIR@/keys/ed.pem"; }
}
"""
PLAIN = ["PIPELINING", "ENHANCEDSTATUSCODES"]       # and no 8BITMIME
MIME = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
       "Content-Transfer-Encoding: 8bit\n"
AS_IT_IS = "action encode_body { enabled no; }\n"
UMLAUTS = "Gr\u00fc\u00dfe aus M\u00fcnchen\n"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, ours):
    return shared_lab_factory(milter_conf=conf(domains=DOMAIN),
                              files=ours.files, zone=ours.zone(), users=USERS)


@pytest.fixture(autouse=True)
def usual(lab):
    yield
    lab.sink.configure()
    lab.milter.configure(conf(domains=DOMAIN))
    lab.ctl("reload")


def configure(lab, more):
    lab.milter.configure(conf(AS_IT_IS + more, domains=DOMAIN))
    lab.ctl("reload")


def submit(lab, subject, body, more=MIME, mail_args="BODY=8BITMIME"):
    """(what left, the report of dkim_sign)."""
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="joan@remote.test", mail_args=mail_args,
                    data=Letter(author="ann@lab.test", subject=subject,
                                body=body, more=more).data)
    assert sent.accepted
    return departed(lab, subject), action(event_of(lab, sent),
                                          "dkim_sign")["detail"]


@pytest.mark.parametrize("extensions", [None, PLAIN],
                         ids=["8BITMIME", "no 8BITMIME"])
@pytest.mark.parametrize("body", [
    UMLAUTS, "x" * 5000 + "\n", UMLAUTS + "y" * 999 + "\n.\n\n"],
    ids=["8 bits", "a long line", "both"])
def test_what_postfix_would_change_is_encoded_and_holds(lab, ours, body,
                                                        extensions):
    lab.sink.configure(extensions=extensions)
    subject = f"encoded {len(body)} {extensions}"
    left, _ = submit(lab, subject, body)
    assert ours.verdicts(left) == BOTH
    read = email.message_from_bytes(left, policy=email.policy.SMTP)
    assert read.get_content().replace("\r\n", "\n") == body


def test_8_bits_hold_to_a_receiver_that_takes_them(lab, ours):
    configure(lab, "action dkim_sign { eight_bit_body sign; }\n")
    left, _ = submit(lab, "8BITMIME", UMLAUTS)
    assert UMLAUTS.strip().encode() in left
    assert ours.verdicts(left) == BOTH


def test_7_bits_hold_to_a_receiver_without_8bitmime(lab, ours):
    lab.sink.configure(extensions=PLAIN)
    left, _ = submit(lab, "7 bits", "plain words\n", more="", mail_args="")
    assert ours.verdicts(left) == BOTH


@pytest.mark.parametrize("encoding, body", [
    ("quoted-printable", "Gr=C3=BC=C3=9Fe =\n soft break=20\n"),
    ("base64", "R3LDvMOfZQ==\n")])
def test_what_is_encoded_already_holds_everywhere(lab, ours, encoding, body):
    lab.sink.configure(extensions=PLAIN)
    left, _ = submit(lab, encoding, body, mail_args="",
                     more=MIME.replace("8bit", encoding))
    assert ours.verdicts(left) == BOTH


def test_8_bits_are_encoded_for_a_receiver_without_8bitmime(lab, ours):
    """The signature breaks; said beforehand, it is worth as much as none."""
    configure(lab, "action dkim_sign { eight_bit_body sign; }\n")
    lab.sink.configure(extensions=PLAIN)
    left, _ = submit(lab, "encoded", UMLAUTS)
    assert b"Gr=C3=BC=C3=9Fe" in left
    assert not any(good is True for good in ours.verdicts(left).values())
    assert len(fields(left, "DKIM-Signature")) == 2


def test_postfix_goes_by_what_it_says_not_by_what_it_is(lab, ours):
    """Plain ASCII that is said to be 8bit is encoded too."""
    configure(lab, "")
    lab.sink.configure(extensions=PLAIN)
    left, _ = submit(lab, "said to be 8bit", "a = b\n")
    assert body_of(left) == b"a =3D b\r\n"
    assert not any(good is True for good in ours.verdicts(left).values())


def test_8_bits_are_left_unsigned_and_said_so(lab, ours):
    configure(lab, "")
    lab.sink.configure(extensions=PLAIN)
    left, told = submit(lab, "left alone", UMLAUTS)
    assert fields(left, "DKIM-Signature") == []
    assert told.startswith("not signed: the body has 8-bit bytes")
    left, _ = submit(lab, "7 bits all the same", "plain\n", more="")
    assert ours.verdicts(left) == BOTH


@pytest.mark.parametrize("length, is_signed", [(998, True), (999, False),
                                               (5000, False)])
def test_lines_that_postfix_breaks_leave_unsigned_and_say_so(
        lab, ours, length, is_signed):
    """RFC 5322 2.1.1; smtp_line_length_limit is 998."""
    configure(lab, "")
    subject = f"a line of {length}"
    body = "x" * length + "\n"
    left, told = submit(lab, subject, body, more="", mail_args="")
    was_broken = body_of(left) != body.replace("\n", "\r\n").encode()
    assert was_broken == (not is_signed)
    if is_signed:
        assert ours.verdicts(left) == BOTH
    else:
        assert fields(left, "DKIM-Signature") == []
        assert told.startswith("not signed: a line has more than 998 bytes")


def test_where_postfix_breaks_no_lines_they_may_be_signed(lab, ours):
    lab.postconf(smtp_line_length_limit=0)
    configure(lab, "action dkim_sign { long_lines sign; }\n")
    left, _ = submit(lab, "unbroken", "x" * 5000 + "\n", more="",
                     mail_args="")
    assert ours.verdicts(left) == BOTH
    lab.postconf(smtp_line_length_limit=998)


@pytest.mark.parametrize("body", [
    "", "\n", "\n\n\n", "text\n\n\n", "blanks  \n\t\n end \t\n", ".\n..\n",
    "From the start\n>From\n"])
def test_bodies_of_all_kinds_hold(lab, ours, body):
    subject = f"body {body!r}"
    left, _ = submit(lab, subject, body, more="", mail_args="")
    assert ours.verdicts(left) == BOTH


def test_many_parts_and_binary_are_sent_as_they_are(lab, ours):
    more = ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n")
    body = ("--b\nContent-Type: text/plain\n\none\n--b\n"
            "Content-Type: application/octet-stream\n"
            "Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n")
    left, _ = submit(lab, "parts", body, more=more, mail_args="")
    assert ours.verdicts(left) == BOTH


@pytest.mark.parametrize("size, is_signed", [(900, True), (1100, False)])
def test_a_field_that_postfix_breaks_leaves_unsigned(lab, ours, size,
                                                     is_signed):
    """Header lines over 998 octets are broken up too, folded or not."""
    addresses = ",".join(f"a{i:04}@remote.test" for i in range(size // 18))
    data, report = submit(lab, f"reply to {size}", "Hello\n",
                          more=f"Reply-To: {addresses}\n", mail_args="")
    if is_signed:
        assert ours.verdicts(data) == BOTH
    else:
        assert not fields(data, "DKIM-Signature")
        assert report.startswith("not signed: a line has more than 998")
