# SPDX-License-Identifier: ISC
"""The messages of the demo: what each one is, and how it must end."""

import re
import subprocess
from typing import Callable, NamedTuple

import dkim

ORIGIN = "203.0.113.7"          # mail.sender.test, with PTR and A
STRANGER = "198.51.100.9"       # an address without any name


class Scene(NamedTuple):
    """One message. play(stage) sends it and returns how it ended (Ending)."""
    title: str
    play: Callable
    announced: str              # what must come of it, for people
    is_right: Callable          # does this Ending fit?


class Ending(NamedTuple):
    """What came of a message."""
    where: str                  # "INBOX of ann@lab.test", or the SMTP reply
    message: bytes              # as it arrived; b"" when it was refused
    event: dict                 # the milter's event of it
    remark: str = ""            # what an independent verifier says


def message(author, to, subject, body, more=""):
    """A letter in octets; MORE stands above its own header fields."""
    domain = author.split("@")[1].strip(">")
    name = "-".join(re.findall(r"\w+", subject.lower()))
    text = (f"{more}From: {author}\nTo: {to}\nSubject: {subject}\n"
            f"Date: Fri, 20 Nov 2026 10:00:00 +0000\n"
            f"Message-ID: <{name}@{domain}>\n"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            f"\n{body}\n")
    return text.replace("\n", "\r\n").encode()


LETTER = """\
Dear Ann,

the boat leaves on Friday at six, weather permitting. Bring warm things;
last year somebody did not, and we still hear about it.

Joan"""


class Sender:
    """sender.test: a stranger with a DKIM key of its own."""

    def __init__(self):
        self.key = subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt",
             "rsa_keygen_bits:2048"], check=True, capture_output=True).stdout

    def record(self):
        der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"],
                             input=self.key, check=True,
                             capture_output=True).stdout
        return "v=DKIM1; k=rsa; p=" + \
            subprocess.run(["openssl", "base64", "-A"], input=der, check=True,
                           capture_output=True).stdout.decode()

    def sign(self, data, selector=b"s1"):
        field = dkim.sign(data, selector, b"sender.test", self.key,
                          canonicalize=(b"relaxed", b"relaxed"),
                          include_headers=[b"from", b"to", b"subject",
                                           b"date", b"message-id"])
        return field + data


def fields(data, name):
    """The unfolded values of a header field, top first."""
    head = data.split(b"\r\n\r\n")[0].decode("utf-8", "replace")
    unfolded = head.replace("\r\n\t", " ").replace("\r\n ", " ")
    return [line.split(":", 1)[1].strip() for line in unfolded.split("\r\n")
            if line.lower().startswith(name.lower() + ":")]


def results(ending):
    """Our Authentication-Results of an arrived message, in one text."""
    return " ".join(value for value
                    in fields(ending.message, "Authentication-Results")
                    if value.startswith("mx.lab.test"))


# The six messages.

def signed(stage):
    letter = message("Joan <joan@sender.test>", "ann@lab.test",
                     "The boat on Friday", LETTER)
    return stage.inbound("ann@lab.test", stage.sender.sign(letter))


def altered(stage):
    letter = message("Joan <joan@sender.test>", "ann@lab.test",
                     "The boat on Sunday", LETTER)
    evil = stage.sender.sign(letter).replace(b"Friday at six",
                                             b"Sunday at six")
    return stage.inbound("ann@lab.test", evil)


def forged(stage):
    lies = ("Authentication-Results: mx.lab.test; dkim=pass header.d=bank.test\n"
            "X-Mailreeve-Verdict: ham; score=-100\n"
            "X-Mailreeve-Id: 01ARZ3NDEKTSV4RRFFQ69G5FAV\n"
            "Authentication-Results: relay.other.test; spf=pass\n")
    letter = message("Your Bank <service@bank.test>", "bob@lab.test",
                     "Please confirm your account", LETTER, more=lies)
    return stage.inbound("bob@lab.test", letter, client=STRANGER,
                         mail_from="x@bank.test")


def several_authors(stage):
    letter = message("Boss <boss@lab.test>", "bob@lab.test", "Urgent payment",
                     LETTER, more="From: Joan <joan@sender.test>\n")
    return stage.inbound("bob@lab.test", stage.sender.sign(letter))


def submitted(stage):
    letter = message("Ann <ann@lab.test>", "joan@remote.test",
                     "Re: The boat on Friday", "Warm things are packed.\n\nAnn")
    return stage.outbound("ann@lab.test", "joan@remote.test", letter)


def silent_dns(stage):
    letter = message("Joan <joan@sender.test>", "carol@second.test",
                     "Can you hear me?", LETTER)
    stage.silence("quiet._domainkey.sender.test")
    return stage.inbound("carol@second.test",
                         stage.sender.sign(letter, selector=b"quiet"))


def no_lies_left(ending):
    return ("bank.test" not in results(ending)
            and "-100" not in str(fields(ending.message,
                                         "X-Mailreeve-Verdict"))
            and "relay.other.test; spf=pass" in fields(
                ending.message, "Authentication-Results")
            and fields(ending.message, "X-Mailreeve-Id")
            == [ending.event["id"]])


SCENES = [
    Scene("a signed letter", signed,
          "delivered, and its signature verified",
          lambda e: e.where.startswith("INBOX")
          and "dkim=pass" in results(e) and "iprev=pass" in results(e)),
    Scene("the same letter, changed on its way", altered,
          "delivered, but nothing vouches for it",
          lambda e: e.where.startswith("INBOX")
          and "dkim=fail" in results(e)),
    Scene("a letter that brings its own good report", forged,
          "delivered without the lies, others' headers untouched",
          lambda e: e.where.startswith("INBOX") and no_lies_left(e)),
    Scene("two authors, so that somebody is deceived", several_authors,
          "refused in the SMTP session",
          lambda e: e.where.startswith("550 ") and not e.message),
    Scene("a letter that Ann submits", submitted,
          "signed twice; a stranger's verifier agrees",
          lambda e: e.remark == "rsa-sha256 pass, ed25519-sha256 pass"),
    Scene("a signature whose key does not answer", silent_dns,
          "delivered after two seconds, honestly marked",
          lambda e: e.where.startswith("INBOX")
          and "dkim=temperror" in results(e)),
]
