# SPDX-License-Identifier: ISC
"""policyd goes by the directory: a change by the command line holds at once.

Each time that a change took is printed; that it holds within a second is what
the numbers say on a machine that is not busy.
"""

import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from lab import pgsql
from lab.crew import Crew
from lab.milter import CtlError
from lab.patience import AT_MOST
from policyhost import PROGRAM, PolicyHost

MAILREEVE = PROGRAM.parent / "mailreeve"
RULES = """\
host {{ recipient_delimiter +; }}
directory {{ where "{where}"; {settings} }}
rule recipient {{ on_error defer; }}
{more}"""


class Directory:
    """The database of a host, by the command line."""

    def __init__(self, home, settings="", more="", where=None):
        self.home = Path(home)
        self.rules = RULES.format(
            where=where or f"sqlite:{home}/directory.db",
            settings=settings, more=more)
        self.path = self.home / "directory.db"
        (self.home / "cli").write_text(self.rules)

    def run(self, *words, status=0):
        done = subprocess.run([MAILREEVE, *words[:2], "-c",
                               self.home / "cli", *words[2:]],
                              capture_output=True, text=True, check=False,
                              timeout=AT_MOST)
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout

    def make(self, *changes):
        self.run("directory", "upgrade")
        for change in ("domain add example.org", *changes):
            self.run(*change.split())
        return self


def took(policyd, condition, what):
    """Wait until it holds, and tell how long that was."""
    start = time.monotonic()
    policyd.wait(condition, what)
    print(f"{what}: after {(time.monotonic() - start) * 1000:.0f} ms")


def submit(postfix, login, sender, rcpt="x@else.test"):
    return postfix.ask(sasl_username=login, sender=sender, recipient=rcpt)


@pytest.fixture(name="directory")
def directory_fixture(tmp_path):
    return Directory(tmp_path).make("user add ann@example.org",
                                    "user add bob@example.org")


def test_a_change_holds_for_the_next_request(tmp_path, directory):
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        assert postfix.ask(recipient="new@example.org").startswith(
            "550 5.1.1")
        directory.run("user", "add", "new@example.org")
        took(policyd, lambda: postfix.ask(recipient="new@example.org")
             == "DUNNO", "a new user")

        assert submit(postfix, "ann@example.org",
                      "sales@example.org").startswith("553 5.7.1")
        directory.run("alias", "add", "sales@example.org",
                      "to=ann@example.org")
        took(policyd, lambda: submit(postfix, "ann@example.org",
             "sales@example.org") == "DUNNO", "an alias to send as")

        directory.run("user", "suspend", "ann@example.org")
        took(policyd, lambda: submit(postfix, "ann@example.org",
             "ann@example.org").startswith("550 5.7.13"), "a suspended user")
        directory.run("user", "resume", "ann@example.org")
        took(policyd, lambda: submit(postfix, "ann@example.org",
             "ann@example.org") == "DUNNO", "one who is there again")
        assert policyd.status()["degraded"] == []
        assert policyd.figure("directory_generation") > 0


def test_access_entries_and_throttles_come_and_go(tmp_path, directory):
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:

        def to_ann():
            return postfix.ask(recipient="ann@example.org")

        def ask(number):
            return postfix.ask(
                sasl_username="bob@example.org", sender="bob@example.org",
                instance=f"1.{number}", recipient="x@else.test",
                recipient_count="1", protocol_state="END-OF-MESSAGE")

        assert to_ann() == "DUNNO"
        directory.run("access", "add", "net", "client=203.0.113.0/24",
                      "action=deny", "text=not-you")
        took(policyd, lambda: "not-you" in to_ann(), "an access entry")
        # The file is read by a reload alone.
        policyd.configure(more="access x { action nonsense; }\n")
        directory.run("access", "del", "net", "--yes")
        took(policyd, lambda: to_ann() == "DUNNO", "without it")
        assert policyd.figure("reloads_total") == 0

        directory.run("throttle", "add", "out", "limit=1/1h")
        numbers = iter(range(100000))
        took(policyd, lambda: ask(next(numbers)).startswith("4"),
             "a throttle")


def test_what_is_there_at_the_start_holds_for_the_first_request(
        tmp_path, directory):
    directory.run("access", "add", "net", "client=203.0.113.0/24",
                  "action=deny", "text=not-you")
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert "not-you" in postfix.ask(recipient="ann@example.org")
        policyd.reload()
        assert "not-you" in postfix.ask(recipient="ann@example.org")


def missing(directory):
    directory.path.rename(directory.home / "away")


def found_again(directory):
    (directory.home / "away").rename(directory.path)


def test_the_last_answers_serve_when_it_cannot_be_asked(
        tmp_path, directory):
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        assert postfix.ask(recipient="no@example.org").startswith(
            "550 5.1.1")
        missing(directory)
        policyd.wait(lambda: policyd.status()["degraded"], "degraded")
        assert "directory" in policyd.status()["degraded"][0]
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        assert postfix.ask(recipient="no@example.org").startswith(
            "550 5.1.1")
        assert policyd.figure("directory_hits_total") > 0
        # Of whom nothing is known: on_error of the rule.
        assert postfix.ask(recipient="bob@example.org").startswith("451")
        found_again(directory)
        policyd.wait(lambda: not policyd.status()["degraded"], "all well")
        policyd.wait(lambda: postfix.ask(recipient="bob@example.org")
                     == "DUNNO", "answers")


def test_the_last_answers_serve_when_it_is_corrupt(tmp_path, directory):
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        with sqlite3.connect(directory.path) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        good = directory.path.read_bytes()
        directory.path.write_bytes(bytes(len(good)))
        policyd.wait(lambda: postfix.ask(
            recipient="bob@example.org").startswith("451"), "on_error")
        policyd.wait(lambda: policyd.status()["degraded"], "degraded")
        assert "restore it from a backup" in policyd.status()["degraded"][0]
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        backup = directory.home / "backup"
        backup.write_bytes(good)
        for name in ("-wal", "-shm"):
            Path(f"{directory.path}{name}").unlink(missing_ok=True)
        backup.rename(directory.path)
        policyd.wait(lambda: postfix.ask(recipient="bob@example.org")
                     == "DUNNO", "answers")
        policyd.wait(lambda: not policyd.status()["degraded"], "all well")


def test_then_on_error_decides(tmp_path):
    directory = Directory(tmp_path, settings="stale 1s;").make(
        "user add ann@example.org")
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        missing(directory)
        policyd.wait(lambda: postfix.ask(
            recipient="ann@example.org").startswith("451"), "on_error")


def test_a_lock_keeps_nobody_waiting(tmp_path, directory):
    """In WAL mode who writes, however long, is in no reader's way."""
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        writer = sqlite3.connect(directory.path)
        writer.execute("BEGIN EXCLUSIVE")
        for address in ("ann@example.org", "bob@example.org"):
            assert postfix.ask(recipient=address) == "DUNNO"
        assert policyd.status()["degraded"] == []
        writer.rollback()
        writer.close()


class Load(Crew):
    """Four connections that ask about who is there, and who is not."""

    def __init__(self, policyd):
        super().__init__(self._ask, [()] * 4)
        self.policyd = policyd
        self.wrong, self.count = [], 0

    def _ask(self):
        with self.policyd.connect() as postfix:
            while not self.is_over.is_set():
                for rcpt, expected in (("ann@example.org", "DUNNO"),
                                       ("no@example.org", "550 5.1.1")):
                    answer = postfix.ask(recipient=rcpt)
                    if not answer.startswith(expected):
                        self.wrong.append(answer)
                self.count += 1

    def wait_for_more(self, count):
        wanted = self.count + count
        self.policyd.wait(lambda: self.count >= wanted, "the load")

    def __exit__(self, *exc):
        super().__exit__(*exc)
        assert not self.wrong, self.wrong[:3]


def test_changes_under_load(tmp_path, directory):
    """No request is answered wrongly while users come."""
    with PolicyHost(tmp_path, more=directory.rules,
                    deadline="60s") as policyd, Load(policyd), \
            policyd.connect() as postfix:
        for number in range(10):
            user = f"u{number}@example.org"
            directory.run("user", "add", user)
            policyd.wait(lambda name=user: postfix.ask(recipient=name)
                         == "DUNNO", user)


def test_postgresql_is_restarted_under_load(tmp_path):
    """Who is known is answered as before all the time, and changes come."""
    if pgsql.why_impossible():
        pytest.skip(pgsql.why_impossible())
    with pgsql.PgsqlHost() as server:
        directory = Directory(tmp_path, where=server.where).make(
            "user add ann@example.org")
        with PolicyHost(tmp_path, more=directory.rules,
                        deadline="60s") as policyd, \
                Load(policyd) as load:
            for number in range(3):
                load.wait_for_more(50)
                server.kill()
                load.wait_for_more(50)
                server.start()
                user = f"u{number}@example.org"
                directory.run("user", "add", user)
                with policyd.connect() as postfix:
                    took(policyd, lambda name=user: postfix.ask(
                        recipient=name) == "DUNNO", f"after outage {number}")
            policyd.wait(lambda: not policyd.status()["degraded"], "well")


def test_without_a_directory_the_rules_refuse_nobody(tmp_path):
    with PolicyHost(tmp_path) as policyd, policyd.connect() as postfix:
        assert postfix.ask(recipient="no@lab.test") == "DUNNO"
        assert submit(postfix, "a@lab.test", "b@else.test") == "DUNNO"


def test_limits_are_shown_as_the_directory_has_them(tmp_path, directory):
    directory.run("user", "set", "ann@example.org", "limits=out=7/1h")
    more = directory.rules + "throttle out { limit 3/1h; }\n"
    with PolicyHost(tmp_path, more=more) as policyd:
        shown = policyd.ctl("limits", {"address": "ann@example.org"})
        assert [(one["throttle"], one["limit"], one["origin"])
                for one in shown["limits"]] == [("out", 7, "user")]
        shown = policyd.ctl("limits", {"address": "bob@example.org"})
        assert [one["limit"] for one in shown["limits"]] == [3]
        with pytest.raises(CtlError, match="not-found no such limit"):
            policyd.ctl("limits", {"address": "bob@example.org",
                                   "name": "none"})
        missing(directory)
        policyd.wait(lambda: policyd.status()["degraded"], "degraded")
        with pytest.raises(CtlError, match="the directory is unavailable"):
            policyd.ctl("limits", {"address": "eve@example.org"})


def test_policy_test_goes_by_the_directory(directory):
    directory.run("access", "add", "net", "client=192.0.2.0/24",
                  "action=deny", "text=not-you")
    conf = directory.home / "cli"
    conf.write_text("policyd { mode enforce; }\n" + directory.rules)

    def tell(*words, status=0):
        return directory.run("policy", "test", "protocol_state=RCPT",
                             *words, status=status)
    assert "no@example.org does not exist" in tell(
        "recipient=no@example.org")
    assert "not-you" in tell("client_address=192.0.2.7",
                             "recipient=ann@example.org")
    missing(directory)
    tell("recipient=ann@example.org", status=1)


def test_it_starts_before_the_database_is_there(tmp_path):
    directory = Directory(tmp_path)
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert "the directory cannot be asked" in \
            policyd.status()["degraded"][0]
        assert postfix.ask(recipient="ann@example.org").startswith("451")
        directory.make("user add ann@example.org",
                       "access add net helo=mail.sender.test action=deny")
        policyd.wait(lambda: "not accepted" in postfix.ask(
            recipient="ann@example.org"), "the entry of a new directory")
        assert policyd.status()["degraded"] == []
