# SPDX-License-Identifier: ISC
"""The daemon under test: mailreeve-milter, or another filter in its place."""

import json
import signal
import socket

from .daemon import Daemon, listens
from .patience import AT_MOST
from .places import RESOLVER

CONF = """\
milter {{
	listen "unix:@DIR@/sock/milter";
	listen_group postfix;
	ctl_admin "@DIR@/sock/milter.ctl";
	ctl_plugin "@DIR@/sock/milter-plugin.ctl";
	event_spool "@DIR@/spool";
{settings}}}
dns {{
	servers {resolver};
	timeout {dns_timeout};
}}
"""


# A story that is about something else does not depend on what the stock rules
# make of its letters.
NO_RULES = "check rules { enabled no; }\n"


def milter_conf(more="", dns_timeout="20s", rules=NO_RULES, **settings):
    """Configuration text for Lab: mailreeve-milter at home in the lab.

    SETTINGS go into its section "milter", RULES is what it judges by, MORE is
    what stands after both.  Where no name is silent the milter is patient: a
    busy machine is not taken for one, nor asked again.
    """
    rows = "".join(f"\t{key} {value};\n" for key, value in settings.items())
    return CONF.format(settings=rows, resolver=f"{RESOLVER}@53",
                       dns_timeout=dns_timeout) + rules + more


def _is_open(path):
    """Does it listen, and not to its owner alone?

    Between bind() and chmod() Postfix is turned away.
    """
    try:
        return listens(path) and path.stat().st_mode & 0o022 != 0
    except FileNotFoundError:
        return False


def prepare(places, spec):
    """No milter in the spec, no milter in Postfix either."""
    if not spec["milter"]:
        return []
    return [Daemon("milter", spec["milter"],
                   lambda: _is_open(places.milter_socket),
                   places.log / "milter.log", spec["milter_env"])]


class CtlError(Exception):
    """The daemon answered ERR: its code and text."""


def ctl(path, verb, argument=None, timeout=AT_MOST):
    """One request to a ctl socket: the answer, decoded if it is JSON."""
    line = verb if argument is None else f"{verb} {json.dumps(argument)}"
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(timeout)
        conn.connect(str(path))
        conn.sendall(line.encode() + b"\n")
        with conn.makefile("rb") as stream:
            head = stream.readline().decode().split(" ", 1)
            if head[0] != "OK":
                raise CtlError(head[-1].strip())
            body = stream.read(int(head[1])).decode()
    return json.loads(body) if body[:1] in ("{", "[") else body


class DaemonClient:
    """The test's side of one server: `lab.redis`, `lab.nsd`, ..."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name

    def _do(self, action, number=0):
        return self.lab.call("daemon", name=self.name, action=action,
                             signal=int(number))

    def is_running(self):
        return self.state() == "running"

    def state(self):
        """ "running", "stopped", or "died, status N"."""
        return self._do("status")["state"]

    def pid(self):
        """As seen inside the lab: good for lab.run(["kill", ...])."""
        return self._do("status")["pid"]

    def status(self):
        """Exit status, negative for a signal; None while it runs."""
        return self._do("status")["status"]

    def start(self):
        self._do("start")

    def signal(self, number):
        self._do("signal", number)

    def term(self):
        """SIGTERM, and wait: the exit status."""
        return self._do("stop", signal.SIGTERM)["status"]

    def kill(self):
        """SIGKILL, and wait: the exit status."""
        return self._do("stop", signal.SIGKILL)["status"]

    def reload(self):
        self.signal(signal.SIGHUP)

    def pause(self):
        """Hang: alive, but answering nothing until resume()."""
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)


class MilterClient(DaemonClient):
    """`lab.milter`."""

    def configure(self, text):
        """Write the configuration; reload() or restart() reads it."""
        path = self.lab.places.milter_conf
        path.write_text(self.lab.expand(text))

    def restart(self, conf=None):
        """Stop if it runs, and start, with another configuration if given."""
        if conf is not None:
            self.configure(conf)
        if self.is_running():
            self.term()
        self.start()
