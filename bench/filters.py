# SPDX-License-Identifier: ISC
"""filters.py - the filters that stand side by side, and how each starts.

A side of a comparison is one filter or a chain of several.  Both have
start(), stop(), what the load generator wants (sockets, pids) and
is_running().
"""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from world import CHECKOUT, RESOLVER, wait_until

AUTHSERV = "mx.bench.example"

OPENDKIM_CONF = """\
Mode v
Socket local:{socket}
PidFile {home}/opendkim.pid
Background no
Syslog no
AuthservID {authserv}
AlwaysAddARHeader yes
Nameservers {resolver}
"""

OPENDMARC_CONF = """\
Socket local:{socket}
PidFile {home}/opendmarc.pid
Background no
Syslog no
AuthservID {authserv}
PublicSuffixList {home}/suffixes
"""

# As Debian sets it up, but that it does not log.
POLICYD_SPF_CONF = """\
debugLevel = -1
TestOnly = 1
HELO_reject = Fail
Mail_From_reject = Fail
PermError_reject = False
TempError_Defer = False
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1
"""


class Filter:
    """One program under load: start(), pid, stop()."""

    prefix = ""     # of its socket, for the load generator

    def __init__(self, label, program, arguments, conf=None):
        self.label = label
        self.program = program and Path(program)
        self.arguments = arguments
        self.conf = conf
        self.process = None
        self.socket = None

    def missing(self):
        """Why it cannot take part, or None."""
        if self.program is None or not self.program.exists():
            return f"{self.label}: {self.program or 'program'} is not there"
        return None

    def start(self, home, resolver=RESOLVER):
        home.mkdir(parents=True, exist_ok=True)
        self.socket = home / "s"
        self.socket.unlink(missing_ok=True)
        names = dict(home=home, socket=self.socket, authserv=AUTHSERV,
                     resolver=resolver)
        (home / "events").mkdir(exist_ok=True)
        if self.conf is not None:
            (home / "conf").write_text(self.conf.format(**names))
        log = home / "log"
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                [self.program, *(a.format(**names) for a in self.arguments)],
                stdout=stream, stderr=stream)
        wait_until(self._accepts, self.process, log)

    def _accepts(self):
        with socket.socket(socket.AF_UNIX) as conn:
            try:
                conn.connect(str(self.socket))
                return True
            except OSError:
                return False

    @property
    def pid(self):
        return self.process.pid

    @property
    def pids(self):
        return [self.pid]

    @property
    def sockets(self):
        return [f"{self.prefix}unix:{self.socket}"]

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self):
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """libmilter takes seconds to leave on SIGTERM: it has time."""
        self.ask_to_stop()
        if self.process is None:
            return
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class PolicyService(Filter):
    """A program that Postfix's spawn(8) starts for each connection."""

    prefix = "policy:"

    def __init__(self, label, program, arguments, conf=None):
        super().__init__(label, sys.executable,
                         [str(CHECKOUT / "bench" / "spawn.py"), "{socket}",
                          str(program), *arguments], conf)
        self.spawned = Path(program)

    def missing(self):
        if not self.spawned.exists():
            return f"{self.label}: {self.spawned} is not there"
        return None


class OpenDmarc(Filter):
    """It takes no name below "example" for organizational by itself: the
    list does not have it, and it does not know the list's default rule."""

    SUFFIXES = Path("/usr/share/publicsuffix/public_suffix_list.dat")

    def __init__(self):
        super().__init__("opendmarc", _find("opendmarc"),
                         ["-f", "-c", "{home}/conf"], OPENDMARC_CONF)

    def missing(self):
        if not self.SUFFIXES.exists():
            return f"{self.label}: {self.SUFFIXES} is not there"
        return super().missing()

    def start(self, home, resolver=RESOLVER):
        home.mkdir(parents=True, exist_ok=True)
        (home / "suffixes").write_text(self.SUFFIXES.read_text()
                                       + "\nexample\n")
        super().start(home, resolver)


class Chain:
    """Filters that Postfix asks in turn."""

    def __init__(self, label, members):
        self.label = label
        self.members = members

    def missing(self):
        return next(filter(None, (one.missing() for one in self.members)),
                    None)

    def start(self, home, resolver=RESOLVER):
        for one in self.members:
            one.start(home / one.label, resolver)

    @property
    def pids(self):
        return [one.pid for one in self.members]

    @property
    def sockets(self):
        return [name for one in self.members for name in one.sockets]

    def is_running(self):
        return all(one.is_running() for one in self.members)

    def ask_to_stop(self):
        for one in self.members:
            one.ask_to_stop()

    def stop(self):
        self.ask_to_stop()
        for one in self.members:
            one.stop()


def opendkim():
    return Filter("opendkim", _find("opendkim"), ["-f", "-x", "{home}/conf"],
                  OPENDKIM_CONF)


def _find(name):
    """Where Debian puts the program; the path it would have, if absent."""
    return (shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
            or f"/usr/sbin/{name}")


def debian_chain():
    """What Debian has for authentication."""
    return Chain("Debian's chain", [
        PolicyService("policyd-spf", _find("policyd-spf"), ["{home}/conf"],
                      POLICYD_SPF_CONF),
        opendkim(),
        OpenDmarc(),
    ])


def no_ops(programs):
    """What a filter takes that does nothing."""
    return [
        Filter("no-op, pool", programs / "bench-noop", ["unix:{socket}"]),
        Filter("no-op, threads", programs / "bench-noop-threads",
               ["unix:{socket}"]),
    ]
