# SPDX-License-Identifier: ISC
"""mailreeve-policyd in the lab, asked by Postfix as our snippet says."""

import re
from pathlib import Path

from .daemon import Daemon, listens
from .milter import DaemonClient, ctl

SNIPPET = Path(__file__).resolve().parents[2] / "deploy" / "postfix" \
    / "main.cf.mailreeve"
SOCKET = "unix:mailreeve/policyd.sock"

CONF = """\
policyd {{
	listen "unix:@DIR@/sock/policyd";
	listen_group postfix;
	ctl_admin "@DIR@/sock/policyd.ctl";
	ctl_plugin "@DIR@/sock/policyd-plugin.ctl";
	event_spool "@DIR@/spool";
{settings}}}
store {{ socket "@DIR@/sock/store"; {store} }}
"""


# A busy machine keeps these times; by default nobody waits so long.
REDIS = "where unix:@DIR@/sock/redis; timeout 2s;"
DEADLINE = "10s"


def policyd_conf(more="", store=REDIS, **settings):
    """Configuration text for Lab: mailreeve-policyd at home in the lab.

    SETTINGS go into its section "policyd", STORE into "store" (the lab's Redis
    if not given), MORE is what stands after both.
    """
    settings = {"deadline": DEADLINE, **settings}
    rows = "".join(f"\t{key} {value};\n" for key, value in settings.items())
    return CONF.format(settings=rows, store=store) + more


def snippet(places):
    """Our lines for main.cf, and those for submission in master.cf."""
    text = SNIPPET.read_text().replace(SOCKET, f"unix:{places.policyd_socket}")
    main = re.findall(r"(?m)^(?:mailreeve_policy|smtpd_\w+_restrictions) =.*$",
                      text)
    master = re.findall(r"(?m)^# +(-o .*)$", text)
    return ("".join(f"{line}\n" for line in main),
            "".join(f"  {line}\n" for line in master))


def _is_open(path):
    """Does it listen, and may Postfix connect?  At first its owner alone."""
    try:
        return listens(path) and path.stat().st_mode & 0o020 != 0
    except FileNotFoundError:
        return False


def prepare(places, spec):
    """No policyd in the spec, no policy service in Postfix either."""
    if not spec["policyd"]:
        return []
    return [Daemon("policyd", spec["policyd"],
                   lambda: _is_open(places.policyd_socket),
                   places.log / "policyd.log")]


class PolicydClient(DaemonClient):
    """`lab.policyd`."""

    def configure(self, text):
        """Write the configuration; reload() or restart() reads it."""
        path = self.lab.places.policyd_conf
        path.write_text(self.lab.expand(text))

    def ctl(self, verb, argument=None):
        """A request to its admin ctl socket: its answer."""
        return ctl(self.lab.places.policyd_ctl, verb, argument)
