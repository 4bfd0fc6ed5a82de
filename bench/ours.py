# SPDX-License-Identifier: ISC
"""ours.py - our milter beside others: with a part of its checks, or with all.

Who is compared with authentication alone does authentication alone.
"""

import subprocess

import filters
import world

CONF = """\
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

OFF = "check %s {{ enabled no; }}\n"

RULES_CONF = """\
rules {{
	directory "%(stock)s";
	cache "%(cache)s";
	%(more)s
}}
"""

# What is not authentication.
BEYOND = ("mime", "rules")


def _programs(options):
    return options.build.resolve() / "bin"


def without(options, label, *checks):
    """Our milter, these CHECKS switched off."""
    return filters.Filter(label, _programs(options) / "mailreeve-milter",
                          ["-c", "{home}/conf"],
                          CONF + "".join(OFF % name for name in checks))


def authentication(options, label):
    """Our milter, which reads no message and asks no rule."""
    return without(options, label, *BEYOND)


def scan(options, path):
    """A command that scans files alike; its configuration is written to
    PATH."""
    path.write_text("".join(OFF.format() % name for name in BEYOND))
    return [_programs(options) / "mailreeve", "scan", "-c", path]


class Whole(filters.Filter):
    """Our milter with all it does, its patterns compiled before it starts;
    MORE settings of its rules."""

    def __init__(self, options, home, label, more=""):
        names = {"stock": world.CHECKOUT / "milter" / "rules.d",
                 "cache": home / "cache", "more": more}
        (home / "cache").mkdir(exist_ok=True)
        super().__init__(label, _programs(options) / "mailreeve-milter",
                         ["-c", "{home}/conf"], CONF + RULES_CONF % names)
        self.compiler = _programs(options) / "mailreeve"

    def start(self, home, resolver=world.RESOLVER):
        home.mkdir(parents=True, exist_ok=True)
        conf = home / "compile.conf"
        conf.write_text(self.conf.format(
            home=home, socket=home / "s", authserv=filters.AUTHSERV,
            resolver=resolver))
        subprocess.run([self.compiler, "rules", "compile", "-c", conf],
                       check=True, stdout=subprocess.DEVNULL)
        super().start(home, resolver)
