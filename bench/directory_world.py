# SPDX-License-Identifier: ISC
"""directory_world.py - directories of many users, and who answers by them.

Users, and their domains of a hundred each, are named as bench-policy-load
names them.  They are written by SQL: what the command line takes for so many
is measured on its own.
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from policy_sides import Side

from lab import pgsql   # policy_sides says where that is

RECIPIENT = "bob@elsewhere.example"

# people: number, address, domain.
SQLITE_PEOPLE = """\
CREATE TEMP TABLE people AS
WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL
    SELECT number + 1 FROM n WHERE number + 1 < {users})
SELECT number, printf('u%07d@d%05d.bench.example', number, number / 100)
    AS address, printf('d%05d.bench.example', number / 100) AS domain FROM n;
"""
# The rows are right: their foreign keys need not be looked up one by one.
PGSQL_PEOPLE = """\
SET session_replication_role = replica;
CREATE TEMP TABLE people AS
SELECT number, 'u' || lpad(number::text, 7, '0') || '@d' ||
    lpad((number / 100)::text, 5, '0') || '.bench.example' AS address,
    'd' || lpad((number / 100)::text, 5, '0') || '.bench.example' AS domain
FROM generate_series(0, {users} - 1) number;
"""
# A class and a global value for all; each tenth has a value of his own.
FILLING = """\
INSERT INTO classes VALUES ('staff', NULL);
INSERT INTO classes_setting VALUES ('staff', 'junk', 0, 'no');
INSERT INTO policies VALUES ('global');
INSERT INTO policies_setting VALUES ('global', 'greylist', 0, 'no');
INSERT INTO domains (name, role, class, status, quota, max_users)
    SELECT DISTINCT domain, 'managed', 'staff', 'active', 0, 0 FROM people;
INSERT INTO users (address, status, quota, smtp, imap, pop3, managesieve,
    domain)
    SELECT address, 'active', 0, true, true, true, true, domain FROM people;
INSERT INTO users_setting
    SELECT address, 'junk', 0, 'yes' FROM people WHERE number % 10 = 0;
"""


class Directory:
    """An empty one with its schema, on SQLite in HOME or on a PostgreSQL of
    its own."""

    def __init__(self, programs, home, server=None):
        self.command = programs / "mailreeve"
        self.home = home
        self.server = server            # a PgsqlHost, or None
        self.label = "PostgreSQL" if server else "SQLite"
        home.mkdir(parents=True)
        self.file = home / "directory.db"
        self.where = server.where if server else f"sqlite:{self.file}"
        self.conf = home / "conf"
        self.conf.write_text(f'directory {{ where "{self.where}"; '
                             'timeout 60s; }\n')
        self.run("directory", "upgrade")

    def run(self, *words, input=None):
        """A command that must go well: what it printed."""
        done = subprocess.run([self.command, *words, "-c", self.conf],
                              input=input, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def sql(self, text):
        if not self.server:
            with sqlite3.connect(self.file) as db:
                db.execute("PRAGMA synchronous = OFF")
                db.executescript(text)
            db.close()
            return
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                        self.where.removeprefix("pgsql:")], input=text,
                       text=True, check=True)

    def fill(self, users):
        people = PGSQL_PEOPLE if self.server else SQLITE_PEOPLE
        self.sql(people.format(users=users) + FILLING + "ANALYZE;")


def as_text(users):
    """The same people, as `apply` reads them: no one has his own values."""
    lines = ["class staff { junk no; }"]
    lines += [f"domain d{number:05}.bench.example {{ class staff; }}"
              for number in range((users + 99) // 100)]
    lines += [f"user u{number:07}@d{number // 100:05}.bench.example {{ }}"
              for number in range(users)]
    return "\n".join(lines) + "\n"


COMMON_CONF = """\
	mode enforce;
	listen "unix:@HOME@/s";
	max_connections 1000;
	ctl_admin "@HOME@/admin.ctl";
	ctl_plugin "@HOME@/plugin.ctl";
	event_spool "@HOME@";
}
"""
# All who are active fit, with whatever is asked about them.
DIRECTORY_CONF = 'directory {{ where "{where}"; cache_size 600000; }}\n'
POLICYD_CONF = "policyd {\n" + COMMON_CONF + """\
store { where memory; snapshot none; socket "@HOME@/store"; }
socketmap { listen "unix:@HOME@/maps"; memory {memory}; }
"""
MILTER_CONF = "milter {\n" + COMMON_CONF


class Daemon(Side):
    """One of ours on a directory."""

    def __init__(self, label, program, conf, directory):
        super().__init__()
        self.label = f"{label}, {directory.label}"
        self.name = label
        self.program = program
        self.conf = conf + DIRECTORY_CONF.format(where=directory.where)

    def files(self):
        return {"conf": self.conf}

    def commands(self):
        return {self.name: [self.program, "-c", "@HOME@/conf"]}

    @property
    def pid(self):
        return self.programs[self.name].pid


def policyd(programs, directory, map_memory="64m"):
    return Daemon("policyd", programs / "mailreeve-policyd",
                  POLICYD_CONF.replace("{memory}", map_memory), directory)


def milter(programs, directory):
    return Daemon("milter", programs / "mailreeve-milter", MILTER_CONF,
                  directory)


class PostfixMaps:
    """Postfix's own sqlite and pgsql tables, and our socketmap, all by its
    postmap."""

    kinds = {"SQLite": "sqlite", "PostgreSQL": "pgsql"}

    def __init__(self, home, folder):
        """FOLDER has postfix-sqlite.so and postfix-pgsql.so."""
        self.home = home
        self.folder = Path(folder)
        home.mkdir(parents=True)
        (home / "main.cf").write_text(f"meta_directory = {home}\n")
        (home / "dynamicmaps.cf").write_text("".join(
            f"{kind}\t{self.folder}/postfix-{kind}.so\tdict_{kind}_open\n"
            for kind in self.kinds.values() if self.why_missing(kind) is None))

    def why_missing(self, kind):
        if shutil.which("postmap") is None:
            return "there is no postmap"
        path = self.folder / f"postfix-{kind}.so"
        return None if path.exists() else f"there is no {path.name}"

    def table(self, directory):
        """TYPE:FILE of a table of all users, as an administrator writes it."""
        kind = self.kinds[directory.label]
        path = self.home / f"{kind}.cf"
        query = ("query = SELECT address FROM users WHERE address = '%s' "
                 "AND status <> 'suspended'\n")
        path.write_text(query + (
            f"dbpath = {directory.file}\n" if kind == "sqlite" else
            f"hosts = unix:{directory.server.home}\n"
            "user = mailreeve\ndbname = postgres\n"))
        return f"{kind}:{path}"

    def ask(self, table, keys):
        """(seconds, answers, CPU seconds of postmap) for KEYS, one by one."""
        before = os.times()
        done = subprocess.run(
            ["postmap", "-c", self.home, "-q", "-", table],
            input="\n".join(keys) + "\n", text=True, capture_output=True)
        after = os.times()
        if done.stderr:
            raise SystemExit(f"postmap {table}: {done.stderr}")
        return (after.elapsed - before.elapsed, len(done.stdout.splitlines()),
                after.children_user + after.children_system
                - before.children_user - before.children_system)


def why_no_pgsql():
    if shutil.which("psql") is None:
        return "there is no psql"
    return pgsql.why_impossible()
