# SPDX-License-Identifier: ISC
"""milteranswers.py - what a filter answers, decoded: see milterclient.py."""

import struct
from dataclasses import dataclass, field

REPLIES = {
    "a": "accept", "c": "continue", "d": "discard", "r": "reject",
    "t": "tempfail", "s": "skip", "4": "shutdown", "f": "conn_fail",
}


class ProtocolError(Exception):
    """The filter sent something the protocol does not know."""


class FilterClosed(ConnectionError):
    """The filter closed the connection where an answer was due."""


@dataclass(frozen=True)
class Reply:
    """kind: accept, continue, ... or "reply" with an SMTP code and text."""
    kind: str
    code: str = ""
    text: str = ""

    @property
    def refuses(self):
        return self.kind in ("reject", "tempfail", "reply", "shutdown",
                             "conn_fail")


@dataclass(frozen=True)
class Modification:
    """One change request.

    kind: add_header, insert_header, change_header (value "" deletes),
    replace_body, add_rcpt, delete_rcpt, change_from, quarantine.  index is
    the place of an inserted, the occurrence of a changed header; value is
    also the address, the reason or (bytes) the body; args are ESMTP's.
    """
    kind: str
    name: str = ""
    value: "str | bytes" = ""
    index: int = 0
    args: str = ""


@dataclass
class Result:
    """The answer to END-OF-MESSAGE, or the refusal that came before it."""
    reply: Reply
    modifications: list = field(default_factory=list)
    progress: int = 0
    stage: str = "eom"

    def of_kind(self, kind):
        return [m for m in self.modifications if m.kind == kind]

    def added(self, name):
        """Values of the headers NAME that were added or inserted."""
        return [m.value for m in self.modifications
                if m.kind in ("add_header", "insert_header")
                and m.name.lower() == name.lower()]

    def deleted(self, name):
        """Occurrences of header NAME that were deleted."""
        return [m.index for m in self.modifications
                if m.kind == "change_header" and m.value in ("", " ")
                and m.name.lower() == name.lower()]

    @property
    def body(self):
        """The new body, or None when it stays as it is."""
        parts = self.of_kind("replace_body")
        return b"".join(m.value for m in parts) if parts else None


def decode(data):
    return data.decode("utf-8", "surrogateescape")


def strings(data):
    """NUL-terminated strings in DATA; a missing last NUL is an error."""
    if data and not data.endswith(b"\0"):
        raise ProtocolError(f"string without its end: {data[:80]!r}")
    return [decode(s) for s in data.split(b"\0")[:-1]]


def modification(command, data):
    if command == "h":
        name, value = strings(data)
        return Modification("add_header", name, value)
    if command in "im":
        name, value = strings(data[4:])
        kind = "insert_header" if command == "i" else "change_header"
        return Modification(kind, name, value,
                            struct.unpack("!I", data[:4])[0])
    if command == "b":
        return Modification("replace_body", value=data)
    kind = {"+": "add_rcpt", "2": "add_rcpt", "-": "delete_rcpt",
            "e": "change_from", "q": "quarantine"}[command]
    value, *args = strings(data)
    return Modification(kind, value=value, args=" ".join(args))
