# SPDX-License-Identifier: ISC
"""What every scene of the demo is made of: a message, its sender, its end."""

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
    event: dict                 # the event of the daemon that decided
    remark: str = ""            # what tells more than the event's sentence


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
    """A key that sender.test and list.test publish, and who signs by it."""

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

    def sign(self, data, selector=b"s1", domain=b"sender.test"):
        field = dkim.sign(data, selector, domain, self.key,
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
