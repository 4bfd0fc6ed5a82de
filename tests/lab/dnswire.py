# SPDX-License-Identifier: ISC
"""Just enough of the DNS message format to ask, to answer, and to log."""

import struct
from typing import NamedTuple

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15,
         "TXT": 16, "AAAA": 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "noerror", 1: "formerr", 2: "servfail", 3: "nxdomain",
          4: "notimp", 5: "refused"}
RCODE_NUMBERS = {name: number for number, name in RCODES.items()}

FLAG_RESPONSE = 0x8000
FLAG_RECURSION_DESIRED = 0x0100
FLAG_RECURSION_AVAILABLE = 0x0080


class Answer(NamedTuple):
    """What came back: an rcode in words, and the raw rdata of the type."""
    rcode: str
    rdata: list


def normal(name):
    """Names compare without regard to case and final dot."""
    return name.lower().rstrip(".")


def query(ident, name, rrtype):
    head = struct.pack("!6H", ident, FLAG_RECURSION_DESIRED, 1, 0, 0, 0)
    labels = normal(name).encode("latin-1").split(b".")
    wire = b"".join(bytes([len(label)]) + label for label in labels if label)
    return head + wire + b"\0" + struct.pack("!2H", TYPES[rrtype], 1)


def read_name(message, offset):
    """A name at OFFSET: (text, offset behind it); follows compression."""
    labels, end = [], None
    for _ in range(128):
        size = message[offset]
        if size >= 0xC0:
            end = end or offset + 2
            offset = struct.unpack_from("!H", message, offset)[0] & 0x3FFF
        elif size == 0:
            return ".".join(labels), end or offset + 1
        else:
            label = message[offset + 1:offset + 1 + size]
            labels.append(label.decode("latin-1"))
            offset += 1 + size
    raise ValueError("a loop of compression pointers")


def question(message):
    """(name, type) of the first question, normalised."""
    name, offset = read_name(message, 12)
    number = struct.unpack_from("!H", message, offset)[0]
    return normal(name), TYPE_NAMES.get(number, f"TYPE{number}")


def refusal(message, rcode):
    """The answer to a query that carries RCODE and no records."""
    ident, flags = struct.unpack_from("!2H", message)
    _name, offset = read_name(message, 12)
    flags = (flags & FLAG_RECURSION_DESIRED) | FLAG_RESPONSE \
        | FLAG_RECURSION_AVAILABLE | RCODE_NUMBERS[rcode]
    head = struct.pack("!6H", ident, flags, 1, 0, 0, 0)
    return head + message[12:offset + 4]


def parse_answer(message, rrtype):
    """An Answer: the records of RRTYPE in the answer section."""
    _ident, flags, _qd, count = struct.unpack_from("!4H", message)
    _name, offset = read_name(message, 12)
    offset += 4
    found = []
    for _ in range(count):
        _name, offset = read_name(message, offset)
        number, _class, _ttl, size = struct.unpack_from(
            "!2HIH", message, offset)
        offset += 10
        if number == TYPES[rrtype]:
            found.append(message[offset:offset + size])
        offset += size
    return Answer(RCODES.get(flags & 15, str(flags & 15)), found)
