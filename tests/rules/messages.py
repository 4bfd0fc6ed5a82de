# SPDX-License-Identifier: ISC
"""messages.py - the messages by which the stock rules are tested.

A line of messages/NAME.txt is one: "+ RULE | PART | PART", which the rule must
hit, or "- RULE | ...", which it must not. A part is one of

    Name: value         a header field; empty: the field that is there by default
                        is not there
    @rcpt, @sender, @ip, @name, @helo VALUE
                        the envelope and the client
    @html TEXT          the body is a page of HTML
    @file NAME TYPE TEXT
                        a file is attached ("_" in its name is a blank)
    @sign DOMAIN        it is signed by that domain; @spoil: and changed then
    anything else       the body

with \\n, \\xNN (an octet) and \\uNNNN in it; "@@600" stands for so many letters.
What a line does not say is as in a letter among friends.
"""

import base64
import re
import subprocess
import unittest.mock
from dataclasses import dataclass, field

import dkim

FIELDS = {
    "From": "Ann Miller <ann@friend.example>",
    "To": "Bob <bob@example.org>",
    "Subject": "Lunch tomorrow",
    "Date": "Fri, 20 Nov 2026 11:58:00 +0000",
    "Message-ID": "<20261120115800.4711@mail.friend.example>",
    "MIME-Version": "1.0",
}
BODY = "Hello Bob, shall we meet for lunch tomorrow? The usual place is open."
NOW = "2026-11-20T12:00:00Z"
SIGNED = 1795175880         # two minutes before
OPTIONS = {"rcpt": "--rcpt", "sender": "--mail-from", "ip": "--client-ip",
           "name": "--client-name", "helo": "--helo"}
ZONE = {
    ("friend.example", "TXT"): "v=spf1 ip4:192.0.2.10 -all",
    ("soft.example", "TXT"): "v=spf1 ip4:192.0.2.10 ~all",
    ("other.example", "TXT"): "v=spf1 ip4:192.0.2.10 -all",
    ("watch.example", "TXT"): "v=spf1 ip4:192.0.2.10 -all",
    ("_dmarc.watch.example", "TXT"): "v=DMARC1; p=none",
    ("_dmarc.strict.example", "TXT"): "v=DMARC1; p=reject",
    ("mail.friend.example", "A"): "192.0.2.10",
    ("10.2.0.192.in-addr.arpa", "PTR"): "mail.friend.example",
}


@dataclass
class Sample:
    """One line."""
    place: str
    rule: str
    must_hit: bool
    fields: list = field(default_factory=list)
    body: bytes = BODY.encode()
    html: bool = False
    files: list = field(default_factory=list)
    options: dict = field(default_factory=dict)
    signer: str = ""
    is_spoilt: bool = False


def octets(text):
    """UTF-8, but for what was written as an octet."""
    text = re.sub(r"@@(\d+)", lambda match: "x" * int(match.group(1)), text)
    out = b""
    for piece in re.split(r"(\\(?:n|\\|x[0-9a-f]{2}|u[0-9a-f]{4}"
                          r"|U[0-9a-f]{8}))", text):
        if piece.startswith("\\x"):
            out += bytes([int(piece[2:], 16)])
        elif piece.startswith(("\\u", "\\U")):
            out += chr(int(piece[2:], 16)).encode()
        else:
            out += {"\\n": "\n", "\\\\": "\\"}.get(piece, piece).encode()
    return out


def take(sample, part):
    word, _, rest = part.partition(" ")
    named = re.match(r"([A-Z][A-Za-z-]*): ?(.*)$", part)
    if word == "@html":
        sample.html, sample.body = True, octets(rest)
    elif word == "@file":
        sample.files.append(rest.split(" ", 2))
    elif word == "@sign":
        sample.signer = rest
    elif word == "@spoil":
        sample.is_spoilt = True
    elif word.startswith("@") and word[1:] in OPTIONS:
        sample.options[word[1:]] = rest
    elif named:
        sample.fields.append((named.group(1), octets(named.group(2))))
    else:
        sample.body = octets(part)


def read(path):
    """The samples of a file."""
    samples = []
    for number, line in enumerate(
            path.read_text(encoding="utf-8").splitlines(), 1):
        sign, rule, *rest = line.split(" ", 2)
        assert sign in "+-", f"{path}:{number}: no sample"
        sample = Sample(f"{path.name}:{number}", rule, sign == "+")
        for part in (rest[0].lstrip("| ").split(" | ") if rest else []):
            take(sample, part)
        samples.append(sample)
    return samples


def attach(sample, kind):
    """(Content-Type, body) with the files behind the text."""
    parts = [b"Content-Type: " + kind + b"\n\n" + sample.body]
    for name, of_type, text in sample.files:
        title = octets(name).decode().replace("__", "  ")
        word = "=?utf-8?B?" + base64.b64encode(title.encode()).decode() + "?="
        shown = title if title.isascii() else word
        parts.append(
            f"Content-Type: {of_type}; name=\"{shown}\"\n"
            f"Content-Disposition: attachment; filename=\"{shown}\"\n"
            "Content-Transfer-Encoding: base64\n\n".encode()
            + base64.b64encode(octets(text)))
    return (b'multipart/mixed; boundary="part"',
            b"".join(b"--part\n" + part + b"\n" for part in parts)
            + b"--part--\n")


def compose(sample, key):
    """The message as octets with LF."""
    given = {name for name, _ in sample.fields}
    fields = [(name, value.encode()) for name, value in FIELDS.items()
              if name not in given]
    fields += [(name, value) for name, value in sample.fields if value]
    kind = b"text/html; charset=utf-8" if sample.html else \
        b"text/plain; charset=utf-8"
    body = sample.body
    if sample.files:
        kind, body = attach(sample, kind)
    if "Content-Type" not in given:
        fields.append(("Content-Type", kind))
    if not body.isascii() and "Content-Type" not in given:
        fields.append(("Content-Transfer-Encoding", b"8bit"))
    raw = b"".join(name.encode() + b": " + encode(value, name) + b"\n"
                   for name, value in fields) + b"\n" + body + b"\n"
    return sign(raw, sample, key) if sample.signer else raw


def encode(value, name):
    """A value beyond ASCII as an encoded word, but for octets as they are."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value
    if text.isascii():
        return value
    before, _, rest = text.partition(" <")
    word = ("=?utf-8?B?" + base64.b64encode(
        (before if name == "From" else text).encode()).decode() + "?=")
    return (word + (" <" + rest if name == "From" else "")).encode()


def sign(raw, sample, key):
    raw = raw.replace(b"\n", b"\r\n")
    with unittest.mock.patch("time.time", return_value=SIGNED):
        made = dkim.sign(raw, b"s", sample.signer.encode(), key,
                         include_headers=[b"From", b"Subject", b"Date"])
    if sample.is_spoilt:
        raw += b"and more\r\n"
    return (made + raw).replace(b"\r\n", b"\n")


def make_key(folder):
    """A key for signing, and its record."""
    path = folder / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"],
                   check=True, capture_output=True)
    der = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform",
                          "DER"], check=True, capture_output=True).stdout
    return path.read_bytes(), "v=DKIM1; p=" + base64.b64encode(der).decode()


def write_zone(path, record):
    records = dict(ZONE)
    for domain in ("friend.example", "other.example"):
        records[f"s._domainkey.{domain}", "TXT"] = record
    path.write_text("".join(f"{name}\t{kind}\t{value}\n" for (name, kind),
                            value in records.items()), encoding="utf-8")
