# SPDX-License-Identifier: ISC
"""scanhost.py - avscan by itself, without a lab: its files in a directory.

    with ScanHost(tmp_path) as avscan:
        answer = avscan.scan(zip_of({"a.txt": b"hello"}))
        assert answer.names() == ["a.txt"]
"""

import array
import fcntl
import os
import re
import socket
import struct

from lab.host import Host, our_program
from lab.lab import CHECKOUT

LISTS = CHECKOUT / "lib" / "scan"

CONF = """\
avscan {{
	socket "{home}/s";
	ctl_admin "{home}/ctl";
	ctl_plugin "{home}/plugin";
{settings}}}
"""

SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK
TIMEOUT_MS = 60000


def names_in(file, row):
    """The first words of the rows of a list file, in their order."""
    return re.findall(rf"(?m)^{row}\((\w+)", (LISTS / file).read_text())


MARKS = names_in("marks.list", "SCAN_MARK")
UNREAD = ["read"] + names_in("unread.list", "SCAN_UNREAD")
KINDS = names_in("kinds.list", "SCAN_KIND")


class Entry:
    def __init__(self, reader):
        self.depth = reader.number()
        self.kind = KINDS[reader.number()]
        flags = reader.number()
        self.is_encrypted = bool(flags & 2)
        self.is_directory = bool(flags & 4)
        size = reader.number()
        self.size = size if flags & 1 else None
        self.name = reader.text()


class Answer:
    """An answer, from its bytes (lib/scan/answer.h)."""

    def __init__(self, data):
        self.data = data
        assert self.number() == 2, "the version"
        self.unread = UNREAD[self.number()]
        bits = self.number()
        self.marks = {name for i, name in enumerate(MARKS) if bits >> i & 1}
        self.inflated = self.number()
        self.type = self.text()
        self.entries = [Entry(self) for _ in range(self.number())]
        self.links = [self.text() for _ in range(self.number())]
        self.text_read = self.text()
        assert self.data == b""

    def number(self):
        value = shift = 0
        while True:
            byte, self.data = self.data[0], self.data[1:]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self):
        size = self.number()
        text, self.data = self.data[:size], self.data[size:]
        return text.decode()

    def names(self, depth=None):
        return [entry.name for entry in self.entries
                if depth in (None, entry.depth)]


class FastAnswer(Answer):
    """The same for large ones: bytes are not copied for each number."""

    def __init__(self, data):
        self.at = 0
        self.whole = data
        super().__init__(b"")

    def number(self):
        value = shift = 0
        while True:
            byte = self.whole[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self):
        size = self.number()
        self.at += size
        return self.whole[self.at - size:self.at].decode()


def sealed(data):
    """A memfd with these bytes that nobody can change."""
    fd = os.memfd_create("file", os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
    return fd


def request(name=b"file", timeout_ms=TIMEOUT_MS):
    return b"MRS1" + struct.pack(">IH", timeout_ms, len(name)) + name


class Asked:
    """A connection on which a file was sent."""

    def __init__(self, conn):
        self.conn = conn

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.conn.close()

    def _read(self, size):
        data = bytearray()
        while len(data) < size:
            piece = self.conn.recv(min(size - len(data), 1 << 20))
            if not piece:
                raise EOFError(bytes(data))
            data += piece
        return bytes(data)

    def answer(self):
        head = self._read(8)
        assert head[:4] == b"MRA1"
        answer = FastAnswer(self._read(struct.unpack(">I", head[4:])[0]))
        try:
            assert self.conn.recv(1) == b""
        except ConnectionResetError:
            pass    # it has not read all that we said
        return answer


class ScanHost(Host):
    """One avscan; SETTINGS are rows of its section."""

    program = our_program("mailreeve-avscan")

    def __init__(self, home, **settings):
        super().__init__(home)
        self.configure(**settings)

    def configure(self, **settings):
        self.write_conf(CONF, settings)

    def ask(self, file, data=None, fds=None):
        """Send the request; FILE is its descriptor or its bytes."""
        fd = sealed(file) if isinstance(file, (bytes, bytearray)) else file
        conn = self.open_socket()
        rights = array.array("i", [fd] if fds is None else fds)
        conn.sendmsg([data if data is not None else request()],
                     [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
                     if len(rights) else [])
        if fd is not None and fd is not file:
            os.close(fd)
        return Asked(conn)

    def scan(self, file, timeout_ms=TIMEOUT_MS):
        with self.ask(file, request(timeout_ms=timeout_ms)) as asked:
            return asked.answer()

    def workers(self):
        """Their process ids, when all are there."""
        self.wait(lambda: self.status()["workers"], "a worker")
        return self.status()["workers"]
