# SPDX-License-Identifier: ISC
"""alone.py - the milter by itself, without a lab: its files in a directory,
its DNS from a zone file, its limits as a test wants them.

    with Alone(tmp_path, idle_timeout="10s") as milter:
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"
        assert milter.status()["sessions"] == 0
"""

import os
import re
from pathlib import Path

from lab.daemon import listens
from lab.host import Host, our_program
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from milterclient import MilterClient

PROGRAM = our_program("mailreeve-milter")

CONF = """\
milter {{
	mode enforce;
	listen "{listen}";
	ctl_admin "{home}/ctl";
	ctl_plugin "{home}/plugin";
	event_spool "{home}/spool";
{settings}}}
dns {{
	{dns}
}}
check rules {{ enabled no; }}
domain lab.test {{ }}
{more}"""

ZONE = """\
7.113.0.203.in-addr.arpa\tPTR\tmail.sender.test
mail.sender.test\tA\t203.0.113.7
"""

MESSAGE = (b"From: Joan <joan@sender.test>\r\nTo: ann@lab.test\r\n"
           b"Subject: hello\r\nMessage-ID: <1@sender.test>\r\n"
           b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\nDear Ann\r\n")


class Alone(Host):
    """One milter; LIMITS are resource.RLIMIT_...: number, DNS stands in the
    section of that name, MORE behind all."""

    program = PROGRAM

    def __init__(self, home, limits=None, dns=None, more="",
                 listen=None, **settings):
        super().__init__(home, limits)
        self.more = more
        self.listen = listen or f"unix:{home}/s"
        self.dns = dns or f'zone_file "{home}/zone";'
        self.settings = settings
        (self.home / "spool").mkdir(exist_ok=True)
        (self.home / "zone").write_text(ZONE)

    def configure(self, **settings):
        self.write_conf(CONF, settings, dns=self.dns, more=self.more,
                        listen=self.listen)

    def spawn(self):
        """Start without waiting."""
        self.configure(**self.settings)
        super().spawn()

    def _environment(self):
        """At the end of a stop libmilter's own workers use a mutex that its
        listener has destroyed; they have no names that tests/tsan.supp could
        give. With them, and only with them, the library is passed over."""
        env = dict(os.environ)
        if self.settings.get("sessions") == "pool":
            usual = CHECKOUT / "tests" / "tsan.supp"
            path = self.home / "tsan.supp"
            path.write_text(usual.read_text() + "mutex:libmilter.so\n")
            env["TSAN_OPTIONS"] = f"suppressions={path}"
        return env

    def start(self):
        self.spawn()
        self.wait(lambda: self.listens() and self.answers(),
                  "the milter to serve")
        return self

    def listens(self):
        port, _, address = self.listen.removeprefix("inet:").partition("@")
        return listens((address, int(port)) if address else self.home / "s")

    def answers(self):
        """Its loop is the last that begins."""
        try:
            return self.ctl("ping") == '"pong"\n'
        except OSError:
            return False

    def client(self, timeout=AT_MOST, greet=True):
        mta = MilterClient(self.listen, timeout=timeout)
        if greet:
            mta.connect("mail.sender.test", "203.0.113.7")
            mta.helo("mail.sender.test")
        return mta

    def wait_idle(self):
        self.wait(lambda: self.status()["sessions"] == 0, "no session")

    # What the kernel says of it.

    def cpu_seconds(self):
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        ticks = text.rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def fds(self):
        """{number: what it is} without the three of everybody."""
        found = {}
        for path in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                found[int(path.name)] = os.readlink(path)
            except FileNotFoundError:
                pass                    # closed meanwhile
        return {fd: what for fd, what in found.items() if fd > 2}

    def is_cloexec(self, fd):
        """Whether a child would be spared it; one closed by now, always."""
        try:
            text = Path(f"/proc/{self.process.pid}/fdinfo/{fd}").read_text()
        except OSError:
            return True
        return int(re.search(r"flags:\s+(\d+)", text)[1], 8) & os.O_CLOEXEC
