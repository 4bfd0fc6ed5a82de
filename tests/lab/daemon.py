# SPDX-License-Identifier: ISC
"""One server of the lab, kept as a foreground child of the agent."""

import os
import random
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from .hang import hang
from .patience import AT_MOST

# As /proc/net/tcp and /proc/net/unix have it.
TCP_LISTENS = "0A"
UNIX_LISTENS = "00010000"


class DaemonError(Exception):
    """A server that would not start, with what it said."""


class Daemon:
    """A server: its command line, and how to tell that it serves.

    `ready` is called until it returns true; it must not block for long.
    `diagnose` is a command that says what is wrong if it does not start.
    """

    def __init__(self, name, argv, ready, log, env=None, diagnose=None):
        self.name = name
        self.argv = [str(arg) for arg in argv]
        self.ready = ready
        self.log = log
        self.diagnose = diagnose
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.is_wanted = False

    def start(self, timeout=AT_MOST):
        """Start and wait until it serves; raises DaemonError."""
        if self.is_running():
            raise DaemonError(f"{self.name} runs already")
        self.is_wanted = True
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.env, start_new_session=True)
        deadline = time.monotonic() + timeout
        while not self.ready():
            if not self.is_running():
                raise DaemonError(self.complaint("ended at once"))
            if time.monotonic() > deadline:
                raise DaemonError(self.complaint("does not answer"))
            time.sleep(0.005)

    def complaint(self, what):
        with open(self.log, "ab") as log:
            if self.diagnose:
                subprocess.run(self.diagnose, stderr=log, check=False)
        with open(self.log, "rb") as log:
            tail = log.read()[-2000:].decode(errors="replace")
        return f"{self.name} {what} (status {self.status()}):\n{tail}"

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def count_processes(self):
        """It and its children, as many as live: they are a session."""
        found = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue            # it ended while we looked
            found += fields[0] != "Z" and fields[3] == str(self.process.pid)
        return found

    def state(self):
        """In a word, or a few if it ended by itself."""
        if self.is_running():
            return "running"
        return f"died, status {self.status()}" if self.is_wanted else "stopped"

    def status(self):
        """Exit status, negative for a signal; None while it runs."""
        return self.process.poll() if self.process else None

    def send_signal(self, number):
        if not self.is_running():
            raise DaemonError(f"{self.name} is not running")
        if number == signal.SIGSTOP:
            hang(self.process.pid)
        else:
            self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=AT_MOST):
        """Signal, and wait for the end: the exit status."""
        self.is_wanted = False
        self.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise DaemonError(
                f"{self.name} still runs {timeout} s after "
                f"{signal.Signals(number).name}") from None


def free_port():
    """A port of 127.0.0.1 for a server that comes later.  The kernel gives none
    of these to clients, so nobody takes it by chance meanwhile."""
    while True:
        port = random.randrange(10000, 30000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            pass                    # somebody serves there


def listens(address):
    """Does a server listen at ("IPv4", port), or at the UNIX socket PATH?

    Asked of the kernel: a connection made to find out would be a session in
    the server's log, and in the milter's.
    """
    if isinstance(address, tuple):
        [number] = struct.unpack("=I", socket.inet_aton(address[0]))
        local = f"{number:08X}:{address[1]:04X}"
        return any(row[1] == local and row[3] == TCP_LISTENS
                   for row in rows("/proc/net/tcp"))
    return any(row[-1] == str(address) and row[3] == UNIX_LISTENS
               for row in rows("/proc/net/unix"))


def rows(path):
    with open(path) as table:
        return [line.split() for line in table]


def accepts(path):
    """Does a server accept a connection at the UNIX socket PATH?"""
    with socket.socket(socket.AF_UNIX) as conn:
        return conn.connect_ex(str(path)) == 0
