# SPDX-License-Identifier: ISC
"""pgsql.py - a real PostgreSQL for tests, in a folder of its own.

    with PgsqlHost() as pgsql:
        conf = f'directory {{ where "{pgsql.where}"; }}'
        pgsql.kill()
        pgsql.start()
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from .patience import AT_MOST

PR_SET_PDEATHSIG = 1


def why_impossible():
    """Why there is no PostgreSQL here; None if there is."""
    return None if _programs() else "PostgreSQL is not installed"


def _programs():
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


def _die_with_us():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class PgsqlHost:
    """An empty cluster, on a UNIX socket alone.  As root it runs as the user
    postgres, for PostgreSQL does not run as root."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="mr-pgsql-"))
        self.home.chmod(0o755)
        self.where = f"pgsql:host={self.home} user=mailreeve dbname=postgres"
        self.process = None
        self.databases = 0
        self.used = []
        self.user = {}
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.home, postgres.pw_uid, postgres.pw_gid)
            self.user = {"user": postgres.pw_uid, "group": postgres.pw_gid,
                         "extra_groups": []}
        subprocess.run(
            [_programs() / "initdb", "-D", self.home / "data", "-U",
             "mailreeve", "-A", "trust", "-E", "UTF8", "--locale=C",
             "--no-sync", "--no-instructions"], check=True,
            cwd=self.home, capture_output=True, **self.user)

    def start(self):
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_programs() / "postgres", "-D", self.home / "data", "-k",
                 self.home, "-c", "listen_addresses=", "-c", "fsync=off",
                 "-c", "shared_buffers=8MB", "-c", "autovacuum=off"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.home, preexec_fn=_die_with_us, **self.user)
        deadline = time.monotonic() + AT_MOST
        while not self._is_ready():
            assert time.monotonic() < deadline, "postgres does not come"
            assert self.process.poll() is None, \
                (self.home / "log").read_text()
            time.sleep(0.02)
        return self

    def _is_ready(self):
        return subprocess.run(
            [_programs() / "pg_isready", "-q", "-h", self.home],
            check=False).returncode == 0

    def _where(self, name):
        return f"pgsql:host={self.home} user=mailreeve dbname={name}"

    def _run(self, program, *words):
        subprocess.run([_programs() / program, "-h", self.home, "-U",
                        "mailreeve", *words], check=True)

    def new_database(self):
        """An empty one; what `where` is for it."""
        self.databases += 1
        name = f"people{self.databases}"
        self._run("createdb", name)
        return self._where(name)

    @contextmanager
    def database(self):
        """An empty one for a while.  One that was used is emptied and serves
        again: a new one is a thousand files."""
        if self.used:
            where = self.used.pop()
            self._run("psql", "-qX", "-d", where.rpartition("=")[2], "-c",
                      "SET client_min_messages = error; "
                      "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        else:
            where = self.new_database()
        yield where
        self.used.append(where)

    def kill(self):
        """At once, connections and all."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home)
