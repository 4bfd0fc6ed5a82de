# SPDX-License-Identifier: ISC
"""people.py - a directory for tests, changed by the command line.

    with People.on("sqlite") as people:
        people.apply("domain lab.test { }  user ann@lab.test { }")
        conf = policyd_conf(people.section)
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import pgsql

CHECKOUT = Path(__file__).resolve().parents[2]
MAILREEVE = Path(os.environ.get("MAILREEVE_BIN")
                 or CHECKOUT / "build" / "bin") / "mailreeve"


class People:
    """An empty directory at WHERE, with the schema of today."""

    def __init__(self, home, where, server=None):
        self.home = Path(home)
        self.server = server            # a PgsqlHost, or None
        self.section = f'directory {{ where "{where}"; }}\n'
        self.conf = self.home / "people.conf"
        self.conf.write_text(self.section)
        self.run("directory", "upgrade")

    @classmethod
    @contextlib.contextmanager
    def on(cls, database, shared=None):
        """DATABASE is "sqlite" or "pgsql": there a database of the PgsqlHost
        SHARED, or a server of its own, which may be killed."""
        with contextlib.ExitStack() as stack:
            home = tempfile.mkdtemp(prefix="mr-people-")
            stack.callback(shutil.rmtree, home)
            where, server = f"sqlite:{home}/people.db", None
            if shared is not None:
                where = stack.enter_context(shared.database())
            elif database == "pgsql":
                server = stack.enter_context(pgsql.PgsqlHost())
                where = server.where
            yield cls(home, where, server)

    def run(self, *words, input=None):
        """A command that must go well: what it printed."""
        done = subprocess.run([MAILREEVE, *words, "-c", self.conf],
                              input=input, text=True, capture_output=True,
                              check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def apply(self, text, *options):
        """Make it so."""
        return self.run("apply", *options, "-", input=text)
