# SPDX-License-Identifier: ISC
"""A real PostgreSQL in a folder of its own, on a UNIX socket."""

import glob
import os
import pwd
import subprocess
import tempfile
import time
from pathlib import Path

from lab.patience import AT_MOST


def why_impossible():
    """Why it cannot run here, or None."""
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        return "PostgreSQL is not installed"
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return "there is no user postgres"
    return None


class Postgres:
    """Runs until it is closed; as root it belongs to the user postgres."""

    def __init__(self):
        self.programs = Path(
            glob.glob("/usr/lib/postgresql/*/bin/initdb")[0]).parent
        self.home = tempfile.TemporaryDirectory(prefix="mailreeve-pgsql-")
        self.folder = Path(self.home.name)
        self.folder.chmod(0o755)
        self.rights = {}
        if os.geteuid() == 0:
            self.rights = {"user": "postgres", "group": "postgres",
                           "extra_groups": []}
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        self.count = 0
        self.run("initdb", "-D", self.folder / "data", "-U", "mailreeve",
                 "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", "-k",
             self.folder, "-c", "listen_addresses=", "-c", "fsync=off",
             "-c", "shared_buffers=8MB", "-c", "autovacuum=off"],
            cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **self.rights)
        self.wait()

    def run(self, program, *words, check=True):
        return subprocess.run(
            [self.programs / program, *map(str, words)], check=check,
            cwd=self.folder, capture_output=True, text=True, **self.rights)

    def wait(self):
        until = time.monotonic() + AT_MOST
        while self.run("pg_isready", "-h", self.folder,
                       check=False).returncode != 0:
            assert self.process.poll() is None, "PostgreSQL has ended"
            assert time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.02)

    def new_database(self):
        """An empty one; its connection string."""
        self.count += 1
        name = f"people{self.count}"
        self.run("createdb", "-h", self.folder, "-U", "mailreeve", name)
        return f"host={self.folder} user=mailreeve dbname={name}"

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.home.cleanup()
