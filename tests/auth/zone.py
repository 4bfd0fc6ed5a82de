# SPDX-License-Identifier: ISC
"""A DNS for one test: what `mailreeve scan --zone` reads, and others ask."""


class Fault(Exception):
    """The answer does not come; its text is the word of the zone file."""


class Zone:
    """Records by name and type; values are text, TXT is bytes, an MX a pair
    (preference, host), and a Fault stands alone."""

    def __init__(self):
        self.records = {}

    def add(self, name, kind, value):
        key = name.lower().rstrip("."), kind
        self.records.setdefault(key, []).append(value)

    @classmethod
    def of(cls, *lines):
        """From lines "name TYPE value", "!WORD" for a Fault."""
        zone = cls()
        for line in lines:
            name, kind, value = line.split(" ", 2)
            if value.startswith("!"):
                value = Fault(value[1:])
            elif kind == "TXT":
                value = value.encode("latin-1")
            elif kind == "MX":
                number, host = value.split(" ")
                value = int(number), host
            zone.add(name, kind, value)
        return zone

    def text(self):
        """The zone file."""
        return "".join(f"{name}\t{kind}\t{rdata(kind, value)}\n"
                       for (name, kind), values in self.records.items()
                       for value in values)

    def write(self, path):
        path.write_text(self.text(), encoding="ascii")
        return path


def rdata(kind, value):
    if isinstance(value, Fault):
        return f"!{value}"
    if kind == "TXT":
        return "".join(escaped(byte) for byte in value)
    if kind == "MX":
        return f"{value[0]} {value[1].rstrip('.') or '.'}"
    return value


def escaped(byte):
    """Printable ASCII stands for itself, but "!" might begin a fault."""
    plain = 0x20 <= byte < 0x7f and chr(byte) not in "\\!"
    return chr(byte) if plain else f"\\x{byte:02x}"
