# SPDX-License-Identifier: ISC
"""filters.py - the filters that stand side by side, and how each starts."""

import shutil
import signal
import socket
import subprocess
from pathlib import Path

from world import RESOLVER, wait_until

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

MAILREEVE_CONF = """\
milter {{
	mode enforce;
	listen "unix:{socket}";
	max_connections 5000;
	ctl_admin "{home}/admin.ctl";
	ctl_plugin "{home}/plugin.ctl";
	event_spool "{home}/events";
}}
host {{
	authserv_id "{authserv}";
}}
dns {{
	servers "{resolver}@53";
}}
"""


class Filter:
    """One program under load: start(), pid, stop()."""

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

    def start(self, home):
        home.mkdir(parents=True, exist_ok=True)
        self.socket = home / "s"
        self.socket.unlink(missing_ok=True)
        names = dict(home=home, socket=self.socket, authserv=AUTHSERV,
                     resolver=RESOLVER)
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


def all_filters(build):
    """Every row of the table, in its order."""
    programs = Path(build).resolve() / "bin"
    opendkim = shutil.which("opendkim",
                            path="/usr/sbin:/usr/local/sbin:/usr/bin")
    return [
        Filter("no-op, pool", programs / "bench-noop", ["unix:{socket}"]),
        Filter("no-op, threads", programs / "bench-noop-threads",
               ["unix:{socket}"]),
        Filter("mailreeve", programs / "mailreeve-milter",
               ["-c", "{home}/conf"], MAILREEVE_CONF),
        Filter("opendkim", opendkim, ["-f", "-x", "{home}/conf"],
               OPENDKIM_CONF),
    ]
