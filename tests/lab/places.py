# SPDX-License-Identifier: ISC
"""Where things are in every lab: addresses, ports, users, paths.

All addresses are local to the lab's own network namespace, so every lab has
the same ones.  They come from the ranges kept for documentation (RFC 5737,
RFC 3849), and no packet to them can leave the namespace.
"""

from pathlib import Path

HOST = "192.0.2.25"             # mx.lab.test, our mail host
HOST6 = "2001:db8::25"
SINK = "192.0.2.1"              # mx.remote.test, the rest of the world
RESOLVER = "127.0.0.53"         # port 53, what /etc/resolv.conf names
UNBOUND = ("127.0.0.1", 5353)   # behind the resolver's fault injection
NSD = ("127.0.0.1", 5354)       # behind unbound, authoritative for "."
IMAP = ("127.0.0.1", 143)

PORT_MX = 25                    # milter, no login: mail from outside
PORT_SUBMISSION = 587           # milter, login required
PORT_PLAIN = 25125              # as 25, without the milter: for comparison

VMAIL = 5000                    # uid and gid that own all mailboxes
DOMAINS = ["lab.test", "second.test"]
USERS = ["ann@lab.test", "bob@lab.test", "carol@second.test"]

# sun_path holds 108 bytes, and Postfix makes the longest socket names.
LONGEST_DIR = 60


def password(user):
    """The password of ann@lab.test is pw-ann."""
    return "pw-" + user.split("@")[0]


class Places:
    """The paths below one lab directory."""

    def __init__(self, directory):
        self.dir = Path(directory)
        self.log = self.dir / "log"
        self.sock = self.dir / "sock"
        self.sink = self.dir / "sink"
        self.etc = self.dir / "etc"
        self.spool = self.dir / "spool"
        self.dns = self.dir / "dns"
        self.redis = self.dir / "redis"
        self.tls = self.dir / "tls"
        self.mail = self.dir / "mail"
        self.dovecot = self.dir / "dovecot"
        self.postfix = self.dir / "postfix"
        self.spec = self.dir / "lab.json"
        self.lock = self.dir / "lock"
        self.agent_socket = self.sock / "agent"
        self.milter_socket = self.sock / "milter"
        self.milter_conf = self.dir / "milter.conf"
        self.ctl_socket = self.sock / "milter.ctl"
        self.policyd_socket = self.sock / "policyd"
        self.policyd_conf = self.dir / "policyd.conf"
        self.policyd_ctl = self.sock / "policyd.ctl"
        self.redis_socket = self.sock / "redis"
        self.lmtp_socket = self.sock / "lmtp"
        self.auth_socket = self.sock / "auth"

    def made(self):
        """The directories that a lab makes, and that the next one replaces."""
        return [self.log, self.sock, self.sink, self.spool, self.etc,
                self.dns, self.redis, self.tls, self.mail, self.dovecot,
                self.postfix]

    def make(self):
        """Create the directories that more than one service uses."""
        for path in (self.dir, self.log, self.sock, self.sink, self.spool):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
