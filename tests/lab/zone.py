# SPDX-License-Identifier: ISC
"""Zone text: what DNS says in a lab, in the format that `scan --zone` reads.

A line is NAME tab TYPE tab RDATA; "#" begins a comment; names are without
regard to case and final dot.  TXT is one string.  In rdata \\\\, \\t, \\n and
\\xNN are escapes.  The rdata !TIMEOUT or !SERVFAIL is a fault of that name
and type.  The lab serves it all as one root zone, so that what is absent is
NXDOMAIN, and a name that has other types, or names below it, is NODATA.
"""

import ipaddress
import re
from typing import NamedTuple

from .dnswire import normal
from .places import DOMAINS, HOST, HOST6, SINK

TYPES = ("A", "AAAA", "MX", "PTR", "CNAME", "TXT")
FAULT_WORDS = {"!TIMEOUT": "timeout", "!SERVFAIL": "servfail"}
ESCAPES = {"\\": "\\", "t": "\t", "n": "\n"}

# What every lab knows.  A test's own lines replace those of the same name
# and type.
BASE = "".join(f"""\
{domain}	MX	10 mx.lab.test
""" for domain in DOMAINS) + f"""\
mx.lab.test	A	{HOST}
mx.lab.test	AAAA	{HOST6}
{ipaddress.ip_address(HOST).reverse_pointer}	PTR	mx.lab.test
localhost	A	127.0.0.1
1.0.0.127.in-addr.arpa	PTR	localhost
sender.test	MX	10 mail.sender.test
mail.sender.test	A	203.0.113.7
mail.sender.test	AAAA	2001:db8::7
{ipaddress.ip_address("203.0.113.7").reverse_pointer}	PTR	mail.sender.test
{ipaddress.ip_address("2001:db8::7").reverse_pointer}	PTR	mail.sender.test
remote.test	MX	10 mx.remote.test
mx.remote.test	A	{SINK}
{ipaddress.ip_address(SINK).reverse_pointer}	PTR	mx.remote.test
"""


class Record(NamedTuple):
    name: str
    type: str
    rdata: str      # latin-1: a character is an octet

    def fault(self):
        return FAULT_WORDS.get(self.rdata)


def unescape(rdata):
    def one(match):
        code = match[1]
        if code[0] == "x":
            return chr(int(code[1:], 16))
        return ESCAPES[code]
    octets = rdata.encode("utf-8").decode("latin-1")
    return re.sub(r"\\(x[0-9a-fA-F]{2}|[\\tn])", one, octets)


def parse(text):
    """The records of zone text; raises ValueError with the line number."""
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t", 2)
        if len(fields) != 3 or fields[1] not in TYPES:
            raise ValueError(f"zone line {number}: not NAME tab TYPE tab "
                             f"RDATA: {line!r}")
        records.append(Record(normal(fields[0]), fields[1],
                              unescape(fields[2])))
    return records


def from_dict(entries):
    """Zone text of {"name TYPE": rdata or [rdata, ...]}, rdata unescaped."""
    lines = []
    for key, values in entries.items():
        name, rrtype = key.split()
        for value in [values] if isinstance(values, str) else values:
            value = value.replace("\\", "\\\\")
            value = value.replace("\t", "\\t").replace("\n", "\\n")
            lines.append(f"{name}\t{rrtype}\t{value}\n")
    return "".join(lines)


def with_base(text):
    """The records of TEXT, and those of the base that TEXT does not name."""
    own = parse(text)
    named = {(record.name, record.type) for record in own}
    aliases = {record.name for record in own if record.type == "CNAME"}
    base = [record for record in parse(BASE)
            if (record.name, record.type) not in named
            and record.name not in aliases]
    return base + own


def quote_name(name):
    """A name in master file form (RFC 1035 5.1): all but letters escaped."""
    return re.sub(r"[^A-Za-z0-9_.*-]",
                  lambda match: f"\\{ord(match[0]):03d}", normal(name)) + "."


def quote_text(text):
    """One TXT string as quoted pieces of at most 255 octets."""
    pieces = [text[i:i + 255] for i in range(0, len(text), 255)] or [""]
    return " ".join(
        '"' + re.sub(r'[^ !#-\[\]-~]',
                     lambda match: f"\\{ord(match[0]):03d}", piece) + '"'
        for piece in pieces)


def quote_rdata(record):
    if record.type == "TXT":
        return quote_text(record.rdata)
    if record.type == "MX":
        preference, host = record.rdata.split()
        return f"{preference} {quote_name(host)}"
    if record.type in ("CNAME", "PTR"):
        return quote_name(record.rdata)
    return record.rdata


def to_master_file(records, serial, negative_s=5):
    """The records as the root zone in master file form (RFC 1035 5).

    That a name is not there may be kept for NEGATIVE_S (RFC 2308 5).
    """
    lines = [f". {max(60, negative_s)} IN SOA ns.lab.test. root.lab.test. "
             f"{serial} 60 60 600 {negative_s}",
             ". 60 IN NS ns.lab.test."]
    lines += [f"{quote_name(r.name)} 60 IN {r.type} {quote_rdata(r)}"
              for r in records if not r.fault()]
    return "\n".join(lines) + "\n"
