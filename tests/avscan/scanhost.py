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
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from lab.lab import CHECKOUT
from lab.milter import ctl
from lab.patience import AT_MOST

PROGRAM = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin")
               ) / "mailreeve-avscan"
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
        assert self.number() == 1, "the version"
        self.unread = UNREAD[self.number()]
        bits = self.number()
        self.marks = {name for i, name in enumerate(MARKS) if bits >> i & 1}
        self.inflated = self.number()
        self.type = self.text()
        self.entries = [Entry(self) for _ in range(self.number())]
        self.links = [self.text() for _ in range(self.number())]
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


class ScanHost:
    """One avscan; SETTINGS are rows of its section."""

    def __init__(self, home, **settings):
        self.home = Path(home)
        self.process = None
        self.configure(**settings)

    def configure(self, **settings):
        rows = "".join(f"\t{key} {value};\n"
                       for key, value in settings.items())
        (self.home / "conf").write_text(
            CONF.format(home=self.home, settings=rows))

    def spawn(self):
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-c", self.home / "conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        ready = self.log().count("ready version=")
        self.spawn()
        self.wait(lambda: self.log().count("ready version=") > ready,
                  "the daemon to serve")
        return self

    def term(self, number=signal.SIGTERM):
        """The exit status."""
        self.process.send_signal(number)
        return self.process.wait(AT_MOST)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        """One that is still there must end well."""
        if self.process.poll() is None and kind is None:
            assert self.term() == 0, self.log()
        elif self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert "Sanitizer" not in self.log(), self.log()

    def log(self):
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def connect(self):
        conn = socket.socket(socket.AF_UNIX)
        # First: with a time-out it fails at once where others stand in line.
        conn.connect(str(self.home / "s"))
        conn.settimeout(AT_MOST)
        return conn

    def ask(self, file, data=None, fds=None):
        """Send the request; FILE is its descriptor or its bytes."""
        fd = sealed(file) if isinstance(file, (bytes, bytearray)) else file
        conn = self.connect()
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

    def ctl(self, verb, path="ctl"):
        return ctl(self.home / path, verb)

    def status(self):
        return self.ctl("status")

    def workers(self):
        """Their process ids, when all are there."""
        self.wait(lambda: self.status()["workers"], "a worker")
        return self.status()["workers"]

    def figure(self, name):
        """A figure of the metrics, without its prefix."""
        found = re.search(rf"(?m)^mailreeve_avscan_{re.escape(name)} (\S+)$",
                          self.ctl("metrics"))
        return float(found[1])

    def wait(self, condition, what):
        deadline = time.monotonic() + AT_MOST
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.log()[-3000:]}"
            assert self.process.poll() is None, self.log()[-3000:]
            time.sleep(0.01)

    def has_sanitizer(self):
        maps = Path(f"/proc/{self.process.pid}/maps").read_text()
        return "libasan" in maps or "libtsan" in maps
