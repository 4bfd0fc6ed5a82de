# SPDX-License-Identifier: ISC
"""verdicts.py - what a side says of a message: spf, dkim and dmarc words."""

import re
import socket

import world

import milterclient

MECHANISMS = ("spf", "dkim", "dmarc")


def _words(fields):
    """{"spf": word, ...} of the header fields that a side has added."""
    found = {}
    for name, text in fields:
        if name.lower() == "received-spf":
            found["spf"] = text.split()[0].lower()
        elif name.lower() == "authentication-results":
            for mechanism in MECHANISMS:
                for word in re.findall(rf";\s*{mechanism}=(\w+)", text):
                    found.setdefault(mechanism, word)
    return {name: found.get(name, "none") for name in MECHANISMS}


def _ask_policy(path, letter, recipient):
    """The header that a policy service wants above the message."""
    lines = {"request": "smtpd_access_policy", "protocol_state": "RCPT",
             "client_address": world.CLIENT,
             "client_name": world.CLIENT_NAME,
             "helo_name": world.CLIENT_NAME,
             "sender": letter.domain.sender, "recipient": recipient,
             "instance": f"compare.{letter.domain.name}"}
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    with socket.socket(socket.AF_UNIX) as conn:
        conn.connect(path)
        conn.sendall(text.encode() + b"\n")
        with conn.makefile() as stream:
            answer = stream.readline().strip()
    action, _, header = answer.removeprefix("action=").partition(" ")
    is_one = action.upper() == "PREPEND"
    return [tuple(header.split(":", 1))] if is_one else []


def _ask_milter(address, letter, raw, recipient):
    with milterclient.MilterClient(address) as mta:
        mta.connect(world.CLIENT_NAME, world.CLIENT)
        mta.helo(world.CLIENT_NAME)
        result = mta.play(raw, letter.domain.sender, [recipient])
        mta.quit()
    return [("Authentication-Results", value)
            for value in result.added("Authentication-Results")]


def _ask_each(side, letter, recipient):
    """The fields that the members of SIDE add; each sees those before it."""
    added = []
    for name in side.sockets:
        if name.startswith("policy:"):
            added += _ask_policy(name.removeprefix("policy:unix:"), letter,
                                 recipient)
            continue
        above = "".join(f"{field}:{value}\r\n" for field, value in added)
        added += _ask_milter(name, letter, above.encode() + letter.raw,
                             recipient)
    return added


def ask(side, letter, recipient):
    """{"spf": word, ...} of a message by SIDE."""
    try:
        return _words(_ask_each(side, letter, recipient))
    except OSError as error:
        raise SystemExit(f"{side.label} failed: {error}") from error
