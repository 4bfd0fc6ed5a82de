# SPDX-License-Identifier: ISC
"""One of our daemons by itself, without a lab: its files in a directory."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

from .lab import CHECKOUT
from .milter import ctl
from .patience import AT_MOST

# A sanitizer's notes on memory take more of the address space than any
# machine has memory: a terabyte.
SHADOW_KB = 1 << 30


def our_program(name):
    return Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin")
                ) / name


class Host:
    """A daemon; LIMITS are resource.RLIMIT_...: number.

    Whoever derives from it names the program, and writes HOME/conf, where the
    sockets are "s", "ctl" and "plugin". What the daemon says is in HOME/log.
    """

    program = None

    def __init__(self, home, limits=None, args=()):
        self.home = Path(home)
        self.limits = limits or {}
        self.args = args
        self.process = None

    def write_conf(self, text, settings, **words):
        """TEXT with {home}, the rows of {settings}, and WORDS."""
        rows = "".join(f"\t{key} {value};\n"
                       for key, value in settings.items())
        (self.home / "conf").write_text(
            text.format(home=self.home, settings=rows, **words))

    def spawn(self):
        """Start without waiting."""
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.home / "conf", *self.args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environment(), preexec_fn=self._limit)

    def _environment(self):
        return None

    def _limit(self):
        for name, number in self.limits.items():
            resource.setrlimit(name, (number, number))

    def start(self):
        ready = self.log().count("ready version=")
        self.spawn()
        self.wait(lambda: self.log().count("ready version=") > ready,
                  "the daemon to serve")
        return self

    def term(self, number=signal.SIGTERM, timeout=AT_MOST):
        """The exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout)

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

    def open_socket(self):
        """A connection to HOME/s."""
        conn = socket.socket(socket.AF_UNIX)
        # First: with a time-out it fails at once where others stand in line.
        conn.connect(str(self.home / "s"))
        conn.settimeout(AT_MOST)
        return conn

    def ctl(self, verb, argument=None, path="ctl"):
        return ctl(self.home / path, verb, argument)

    def status(self):
        return self.ctl("status")

    def figure(self, name):
        """A figure of the metrics, without its prefix."""
        prefix = self.program.name.replace("-", "_")
        found = re.search(rf"(?m)^{prefix}_{re.escape(name)} (\S+)$",
                          self.ctl("metrics"))
        return float(found[1])

    def wait(self, condition, what, timeout=AT_MOST):
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.log()[-3000:]}"
            assert self.process.poll() is None, self.log()[-3000:]
            time.sleep(0.01)

    # What the kernel says of it.

    def kb(self, name="VmRSS"):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", text)[1])

    def has_sanitizer(self):
        return self.kb("VmSize") > SHADOW_KB
