# SPDX-License-Identifier: ISC
"""What encode_body makes of our mail: signatures that hold on every way.

Each letter goes through Postfix to a receiver with 8BITMIME and to one
without; python3-dkim judges what arrives, python's email package reads it.
"""

import email

import pytest
from flow.ours import BOTH, USERS, conf
from flow.story import (Letter, action, body_of, departed, event_of, field,
                        fields)

# Only known keys here: these tests reload.
DOMAIN = """\
domain lab.test {
	dkim_key rsa1 { file "@DIR@/keys/rsa.pem"; }
	dkim_key ed1 { file "@DIR@/keys/ed.pem"; }
}
"""
PLAIN = ["PIPELINING", "ENHANCEDSTATUSCODES"]       # and no 8BITMIME
WIDE = ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"]
UMLAUTS = "Gr\u00fc\u00dfe = aus M\u00fcnchen \n.\n\n-- \nAnn\n"
GREETINGS = "Gr\u00fc\u00dfe " * 200
BINARY = "".join(map(chr, range(0xa0, 0x100)))
MIME = "MIME-Version: 1.0\n"
TEXT = MIME + "Content-Type: text/plain; charset=utf-8\n"
PARTS = f"""\
For readers without MIME.
--outer
Content-Type: multipart/alternative; boundary="in ner"

--in ner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{UMLAUTS}
--in ner
Content-Type: text/html; charset=utf-8

<p>{GREETINGS}</p>
--in ner--

--outer
Content-Type: application/octet-stream
Content-Transfer-Encoding: binary
Content-Disposition: attachment; filename=x

{BINARY}
--outer
Content-Type: text/plain
Content-Transfer-Encoding: base64

SGVsbG8=
--outer--
the end
"""


class Case:
    """A letter's own fields and body, and how the event tells of it."""

    def __init__(self, more, body, told):
        self.more, self.body, self.told = more, body, told


CASES = {
    "a letter": Case(TEXT + "Content-Transfer-Encoding: 8bit\n", UMLAUTS,
                     "1 part as quoted-printable"),
    "a letter that says 7bit": Case(TEXT, UMLAUTS,
                                    "1 part as quoted-printable"),
    "a letter without MIME": Case("", UMLAUTS, "1 part as quoted-printable"),
    "parts": Case(MIME + "Content-Type: multipart/mixed; boundary=outer\n"
                  "Content-Transfer-Encoding: 8bit\n", PARTS,
                  "2 parts as quoted-printable, 1 part as base64"),
    "long lines": Case(TEXT, ("x y=" * 1250 + "\n") * 3,
                       "1 part as quoted-printable"),
    "long lines without MIME": Case("", "x" * 5000 + "\n",
                                    "1 part as quoted-printable"),
    "long lines of no text": Case(MIME + "Content-Type: application/x\n",
                                  "x" * 5000 + "\n", "1 part as base64"),
    "8bit that is none": Case(TEXT + "Content-Transfer-Encoding: 8bit\n",
                              "a = b\n", "parts without 8-bit bytes said to "
                              "be 8bit are 7bit now"),
    "parts that say 8bit, which none has": Case(
        MIME + "Content-Type: multipart/mixed; boundary=b\n",
        "--b\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\na = b\n--b--\n",
        "parts without 8-bit bytes said to be 8bit are 7bit now"),
}
PGP = ("--p\nContent-Type: text/plain; charset=utf-8\n"
       "Content-Transfer-Encoding: 8bit\n\n" + UMLAUTS + "--p\n"
       "Content-Type: application/pgp-signature\n\n"
       "-----BEGIN PGP SIGNATURE-----\n\niQ==\n"
       "-----END PGP SIGNATURE-----\n--p--\n")


@pytest.fixture(scope="module")
def lab(shared_lab_factory, ours):
    return shared_lab_factory(milter_conf=conf(domains=DOMAIN),
                              files=ours.files, zone=ours.zone(), users=USERS)


@pytest.fixture(autouse=True)
def usual(lab):
    yield
    lab.sink.configure()


@pytest.fixture
def configure(lab):
    """Other settings for one test."""
    def set_to(more="", mode="enforce"):
        lab.milter.configure(conf(more, domains=DOMAIN).replace(
            "mode enforce", f"mode {mode}"))
        lab.ctl("reload")

    yield set_to
    set_to()


def submit(lab, letter, mail_args="BODY=8BITMIME"):
    """(what left, its event)."""
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="joan@remote.test", mail_args=mail_args,
                    data=letter.data)
    assert sent.accepted
    return departed(lab, letter.subject), event_of(lab, sent)


def own(subject, case):
    return Letter(author="ann@lab.test", to="joan@remote.test",
                  subject=subject, body=case.body, more=case.more)


def content(data):
    """What a reader has: [(type, parameters, decoded octets)] of all parts."""
    return [(part.get_content_type(), part.get_content_charset(),
             None if part.is_multipart() else part.get_payload(decode=True))
            for part in email.message_from_bytes(data).walk()]


def octets(parts):
    return [payload for _type, _charset, payload in parts]


@pytest.mark.parametrize("extensions", [WIDE, PLAIN],
                         ids=["8BITMIME", "7 bits"])
@pytest.mark.parametrize("name", CASES)
def test_it_is_signed_and_the_signature_holds(lab, ours, name, extensions):
    lab.sink.configure(extensions=extensions)
    letter = own(f"{name} {len(extensions)}", CASES[name])
    left, event = submit(lab, letter)
    assert ours.verdicts(left) == BOTH
    assert action(event, "encode_body")["detail"] == CASES[name].told
    assert body_of(left).isascii()
    assert max(map(len, body_of(left).split(b"\r\n"))) <= 998
    assert octets(content(left)) == octets(content(letter.data))


def test_the_reader_sees_types_and_text_as_they_were(lab):
    letter = own("the same", CASES["parts"])
    left, _ = submit(lab, letter)
    assert content(left) == content(letter.data)
    assert field(left, "Content-Transfer-Encoding") == "7bit"
    assert body_of(left).startswith(b"For readers without MIME.\r\n--outer")
    assert body_of(left).endswith(b"\r\n--outer--\r\nthe end\r\n")


def test_what_nobody_named_is_of_an_unknown_charset(lab):
    """RFC 1428 3."""
    left, _ = submit(lab, own("unknown", CASES["a letter without MIME"]))
    assert field(left, "MIME-Version") == "1.0"
    assert field(left, "Content-Type") == "text/plain; charset=unknown-8bit"
    assert field(left, "Content-Transfer-Encoding") == "quoted-printable"


def test_a_megabyte_of_text_arrives_whole(lab, ours, configure):
    configure("action encode_body { max_growth 1m; }\n")
    case = Case(TEXT, "\u00fcber alle Berge " * 60000 + "\n", "")
    letter = own("a megabyte", case)
    left, event = submit(lab, letter)
    assert ours.verdicts(left) == BOTH
    assert octets(content(left)) == [
        case.body.replace("\n", "\r\n").encode()]
    assert abs(event["size_bytes"] - len(letter.data)) < 1000


def test_what_would_grow_beyond_postfixs_limit_is_still_delivered(lab):
    """Postfix refuses with 552 what becomes larger than its limit."""
    lab.postconf(message_size_limit=1500000)
    letter = own("large", Case(TEXT, ("\u00fc" * 80 + "\n") * 6000, ""))
    left, event = submit(lab, letter)
    lab.postconf(message_size_limit=10240000)
    assert body_of(left) == body_of(letter.data)
    assert action(event, "encode_body")["detail"] == (
        "not encoded: it would grow by more than max_growth")
    assert fields(left, "DKIM-Signature") == []


def test_pgp_stays_as_it_is_and_is_not_signed(lab):
    case = Case(MIME + "Content-Type: multipart/signed; boundary=p; "
                "protocol=\"application/pgp-signature\"\n", PGP, "")
    letter = own("PGP", case)
    left, event = submit(lab, letter)
    assert body_of(left) == body_of(letter.data)
    assert fields(left, "DKIM-Signature") == []
    assert action(event, "encode_body")["detail"] == (
        "not encoded: multipart/signed must stay as it is")
    assert action(event, "dkim_sign")["detail"].startswith(
        "not signed: the body has 8-bit bytes")


def test_plain_mail_and_mail_of_others_is_not_touched(lab):
    letter = own("plain", Case(TEXT, "a = b\n", ""))
    left, event = submit(lab, letter, mail_args="")
    assert body_of(left) == body_of(letter.data)
    assert action(event, "encode_body") is None
    letter = Letter(author="carol@second.test", subject="other",
                    body=UMLAUTS, more=TEXT)
    left, event = submit(lab, letter)
    assert body_of(left) == body_of(letter.data)
    assert action(event, "encode_body") is None


@pytest.mark.parametrize("mode, more", [
    ("observe", ""), ("enforce", "action encode_body { dry_run yes; }\n"),
    ("enforce", "action dkim_sign { dry_run yes; }\n")])
def test_where_it_only_shows_what_it_would_do(lab, configure, mode, more):
    configure(more, mode=mode)
    letter = own(f"shown in {mode} {len(more)}", CASES["a letter"])
    left, event = submit(lab, letter)
    assert body_of(left) == body_of(letter.data)
    assert field(left, "Content-Transfer-Encoding") == "8bit"
    assert fields(left, "DKIM-Signature") == []
    told = action(event, "encode_body")
    assert told["dry_run"] and told["detail"] == "1 part as quoted-printable"


def test_where_nothing_is_signed_nothing_is_encoded(lab, configure):
    configure("action dkim_sign { enabled no; }\n", mode="enforce")
    letter = own("nobody signs", CASES["a letter"])
    left, event = submit(lab, letter)
    assert body_of(left) == body_of(letter.data)
    assert action(event, "encode_body") is None
