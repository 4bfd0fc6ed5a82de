# SPDX-License-Identifier: ISC
"""test_from_differential.py - whom we take for the author is whom other readers
see: headers made at random, against Python's two parsers."""

import email
import email.policy
import email.utils
import json
import os
import random
import subprocess

import pytest
from auth.scan import PROGRAM

pytestmark = pytest.mark.once

COUNT = 6000
SEED = 9989

# What people write, and what is put into it at any place.
PLAIN = ["Bank <a@bank.example>", "<x@evil.example>",
         '"Bank" <x@evil.example>', "a@bank.example", "(c) x@evil.example",
         "g: a@bank.example;", "x@evil.example (Bank)",
         "<@bank.example:x@evil.example>", '"a b"@bank.example']
PIECES = ["a@bank.example", "<a@bank.example>", "x@evil.example",
          "<x@evil.example>", "\r\n ", "=?utf-8?q?", "?=", "=40", "xn--",
          "bank.example", "evil.example", "\x0b", "\x7f", "\t",
          *" <>,;:\"\\()@.[]%!=_`'|"]


NAMES = ["From", "from", "FROM", "From ", "From\t", "From \t ", "X", "Subject",
         "X-From", "From-", "Fro", "Sender", "Resent-From", "'From"]
BLANKS = ["", " ", "\t", "\r", "\x0b"]
ENDS = ["\r\n"] * 5 + ["\n", "\r\r\n", "\r", "\r\n ", "\n\t", "\r\n\t\r\n "]


def author(chance):
    text = chance.choice(PLAIN)
    for _ in range(chance.randint(0, 4)):
        at = chance.randint(0, len(text))
        cut = chance.choice((0, 0, 0, 1, 3))
        text = text[:at] + chance.choice(PIECES) + text[at + cut:]
    return f"From: {text}\r\n"


def fields(chance):
    lines = (chance.choice(("From", chance.choice(NAMES))) + ":" +
             chance.choice(BLANKS) + chance.choice(PLAIN[:4] + ["text"]) +
             chance.choice(ENDS) for _ in range(chance.randint(1, 4)))
    return "X: first\r\n" + "".join(lines) + "\r\nX: last\r\n"


def ours(folder, headers):
    """For each the domain that DMARC would judge, or None: it is in doubt."""
    paths = []
    for number, text in enumerate(headers):
        paths.append(folder / f"{number}.eml")
        paths[-1].write_bytes(f"{text}\r\nhello\r\n".encode())
    done = subprocess.run(
        [PROGRAM, "scan", "--json", "--zone", os.devnull, *paths],
        capture_output=True, check=True, timeout=600)
    found = [json.loads(line)["dmarc"] for line in done.stdout.splitlines()]
    return [dmarc["domain"] if dmarc["result"] == "none" else None
            for dmarc in found]


def by_utils(text):
    message = email.message_from_bytes(f"{text}\r\n".encode())
    values = [str(value) for value in message.get_all("From", [])]
    return [address.rpartition("@")[2]
            for _, address in email.utils.getaddresses(values)
            if "@" in address]


def by_policy(text):
    message = email.message_from_bytes(f"{text}\r\n".encode(),
                                       policy=email.policy.default)
    try:
        return [address.domain for value in message.get_all("From", [])
                for address in value.addresses if address.domain]
    except Exception:       # it stumbles over some, in several ways
        return []


@pytest.mark.parametrize("make, least", [(author, COUNT // 5),
                                         (fields, COUNT // 10)])
def test_rfc5322_3_4_no_reader_sees_another_domain_than_was_judged(
        tmp_path, count, make, least):
    chance = random.Random(SEED)
    headers = [make(chance) for _ in range(COUNT)]
    compared, others = 0, []
    for text, domain in zip(headers, ours(tmp_path, headers), strict=True):
        if domain is None:
            continue
        compared += 1
        seen = {name.lower().rstrip(".")
                for name in (*by_utils(text), *by_policy(text))}
        if seen - {domain}:
            others.append((text, domain, seen))
    assert others == []
    assert compared > least
    count(f"From: {compared} of {COUNT} headers made at random name one "
          "author, the same for Python's readers")
