# SPDX-License-Identifier: ISC
"""Changes of the directory: asked for, tried, made by several at once, and
what the audit has of them."""

import os
import pty
import re
import select
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cli import PROGRAM, mailreeve, succeeds
from lab.patience import AT_MOST

WRITERS = 6
ROUNDS = 5


@pytest.fixture(name="people")
def people_fixture(directory):
    directory.prepare(
        ("domain", "add", "example.org"),
        ("user", "add", "ann@example.org"),
        ("user", "add", "bob@example.org"),
        ("alias", "add", "sales@example.org", "to=ann@example.org",
         "to=bob@example.org"),
        ("identity", "add", "ann@example.org", "sales@example.org"),
        ("access", "add", "hers", "for=ann@example.org",
         "sender=@example.net"))
    return directory


# What goes with ann@example.org, in the order in which it goes.
GONE = """\
delete identity ann@example.org sales@example.org
delete user ann@example.org
set alias sales@example.org
  to  ann@example.org bob@example.org -> bob@example.org
delete access hers
"""


class Terminal:
    """A command that talks to a person."""

    def __init__(self, directory, *words):
        self.ours, theirs = pty.openpty()
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [PROGRAM, *words, "-c", directory.conf], stdin=theirs,
            stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.seen = ""

    def wait_for(self, text):
        until = time.monotonic() + AT_MOST
        while text not in self.seen:
            assert time.monotonic() < until, self.seen
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 65536).decode()

    def answer(self, text):
        self.wait_for("[y/N] ")
        os.write(self.ours, text.encode() + b"\n")

    def end(self):
        """Its status; what it said is in seen."""
        try:
            while piece := os.read(self.ours, 65536):
                self.seen += piece.decode()
        except OSError:                 # EIO: it has ended
            pass
        os.close(self.ours)
        self.seen = self.seen.replace("\r\n", "\n")
        return self.process.wait()


# --- asked ---------------------------------------------------------------------

def test_what_goes_is_shown_asked_for_and_done(people):
    terminal = Terminal(people, "user", "del", "ann@example.org")
    terminal.answer("y")
    assert terminal.end() == 0
    assert terminal.seen == GONE + "Do this? [y/N] y\ndone\n"
    assert people.show("alias", "sales@example.org")["to"] == [
        "bob@example.org"]


@pytest.mark.parametrize("answer", ["", "n", "yesterday", "x" * 300])
def test_anything_but_yes_leaves_all_as_it_is(people, answer):
    before = people.run("export"), people.audit()
    terminal = Terminal(people, "user", "del", "ann@example.org")
    terminal.answer(answer)
    assert terminal.end() == 1
    assert "nothing was changed" in terminal.seen
    assert (people.run("export"), people.audit()) == before


def test_while_a_person_thinks_others_go_on_and_he_looks_again(people):
    terminal = Terminal(people, "user", "del", "ann@example.org")
    terminal.wait_for("[y/N] ")
    people.run("alias", "add", "info@example.org", "to=ann@example.org")
    before = people.run("export")
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "somebody has changed the directory meanwhile" in terminal.seen
    assert people.run("export") == before


def test_a_change_elsewhere_meanwhile_does_not_matter(people):
    terminal = Terminal(people, "user", "del", "ann@example.org")
    terminal.wait_for("[y/N] ")
    people.run("class", "add", "staff")
    terminal.answer("yes")
    assert terminal.end() == 0
    assert "there is no user" in people.refuses("user", "show",
                                                "ann@example.org")


def test_with_nobody_to_ask_it_refuses(people):
    complaint = people.refuses("user", "del", "ann@example.org", status=2)
    assert "--yes does it without a question" in complaint


def test_all_of_a_domain_goes_with_it(people):
    shown = people.run("domain", "del", "example.org", "--dry-run")
    for line in ("delete domain example.org\n", "delete access hers\n",
                 "delete user bob@example.org\n"):
        assert line in shown
    assert len(people.lines("user", "list")) == 2
    done = people.run("domain", "del", "example.org", "--yes")
    assert done + "dry run: nothing was changed\n" == shown
    for kind in ("user", "alias", "identity", "access", "domain"):
        assert people.lines(kind, "list") == []


def test_more_than_people_read_is_counted(directory):
    directory.run("domain", "add", "example.org")
    for number in range(45):
        directory.run("user", "add", f"u{number}@example.org")
    shown = directory.run("domain", "del", "example.org", "--dry-run")
    assert shown.count("delete user") == 40
    assert shown.endswith("… and 6 more\ndry run: nothing was changed\n")
    assert len(directory.lines("domain", "del", "example.org",
                               "--dry-run")) == 46


@pytest.mark.parametrize("words", [
    ["user", "add", "eve@example.org", "quota=1g"],
    ["user", "set", "ann@example.org", "quota=1g"],
    ["user", "rename", "ann@example.org", "anne@example.org"],
    ["user", "suspend", "ann@example.org"],
    ["user", "del", "ann@example.org"],
    ["setting", "set", "junk=no"],
])
def test_a_dry_run_prints_the_change_and_makes_none(people, words):
    before = people.run("export"), people.audit()
    shown = people.run(*words, "--dry-run")
    assert (people.run("export"), people.audit()) == before
    assert "dry run: nothing was changed\n" in shown
    done = people.run(*words, *(["-y"] if "del" in words else []))
    assert shown.replace("dry run: nothing was changed\n", "") == done


# --- renamed -------------------------------------------------------------------

def test_whatever_names_it_follows_and_is_told(people):
    shown = people.run("user", "rename", "ann@example.org",
                       "anne@example.org")
    assert [line.split() for line in shown.splitlines()] == [
        ["rename", "user", "ann@example.org", "->", "anne@example.org"],
        ["rename", "identity", "ann@example.org", "sales@example.org", "->",
         "anne@example.org", "sales@example.org"],
        ["set", "alias", "sales@example.org"],
        ["to", "ann@example.org", "bob@example.org", "->",
         "anne@example.org", "bob@example.org"],
        ["set", "access", "hers"],
        ["for", "ann@example.org", "->", "anne@example.org"]]
    assert [(row["action"], row["kind"]) for row in people.audit()[-4:]] == [
        ("rename", "user"), ("rename", "identity"), ("set", "alias"),
        ("set", "access")]
    assert people.show("alias", "sales@example.org")["to"] == [
        "anne@example.org", "bob@example.org"]
    assert people.show("access", "hers")["for"] == ["anne@example.org"]


def test_of_many_that_follow_the_first_are_told(people):
    for number in range(25):
        people.run("access", "add", f"of{number}", "for=bob@example.org",
                   "sender=@example.net")
    shown = people.run("user", "show", "bob@example.org")
    assert shown.count("by its 'for'") == 21
    assert re.search(r"^  access +and more +by its 'for'$", shown,
                     re.MULTILINE)
    assert len(people.show("user", "bob@example.org")["named_by"]) == 26
    shown = people.run("user", "rename", "bob@example.org",
                       "robert@example.org")
    assert shown.count("set access of") == 25


def test_the_addresses_of_a_domain_get_its_name(people):
    shown = people.run("domain", "rename", "example.org", "example.com")
    assert shown.splitlines()[0] == (
        "rename domain example.org -> example.com")
    assert "rename user ann@example.org -> ann@example.com\n" in shown
    assert [one["address"] for one in people.lines("user", "list")] == [
        "ann@example.com", "bob@example.com"]


# --- several at once -----------------------------------------------------------

@pytest.mark.once
def test_administrators_at_once_lose_nothing(people):
    """Each adds to the same list and sets a value of the same user: all of it
    is there in the end, and each change is one row of the audit."""
    start = len(people.audit())

    def work(number):
        for turn in range(ROUNDS):
            people.run("alias", "set", "sales@example.org",
                       f"to+=x{number}-{turn}@example.net")
            # There is no such throttle: that is told, and no error.
            ended = people.attempt("user", "set", "ann@example.org",
                                   f"limits+=l{number}{turn}=5/1h")
            assert ended.status == 0, ended

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    pairs = [(number, turn) for number in range(WRITERS)
             for turn in range(ROUNDS)]
    assert set(people.show("alias", "sales@example.org")["to"]) == {
        "ann@example.org", "bob@example.org",
        *(f"x{number}-{turn}@example.net" for number, turn in pairs)}
    assert set(people.show("user", "ann@example.org")["policy"]["limits"]) \
        == {f"l{number}{turn}=5/1h" for number, turn in pairs}
    rows = people.audit()[start:]
    assert len(rows) == 2 * len(pairs)
    for kind in ("alias", "user"):
        own = [row for row in rows if row["kind"] == kind]
        for earlier, later in zip(own, own[1:]):
            assert earlier["after"] == later["before"]


def test_of_two_who_add_the_same_one_is_refused(people):
    def add(number):
        return people.attempt("user", "add", "eve@example.org",
                              f"name={number}")

    with ThreadPoolExecutor(WRITERS) as pool:
        ended = list(pool.map(add, range(WRITERS)))
    assert sorted(one.status for one in ended) == [0] + [1] * (WRITERS - 1)
    assert all("user eve@example.org is there already" in one.err
               for one in ended if one.status == 1)
    assert len(people.lines("audit", "user", "eve@example.org")) == 1


def test_while_another_holds_the_directory_it_says_so(tmp_path):
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/people.db; "
                    "timeout 50ms; }\n")
    words = ["class", "add", "staff", "-c", conf]
    succeeds("directory", "upgrade", "-c", conf)
    other = sqlite3.connect(tmp_path / "people.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended = mailreeve(*words)
    assert (ended.status, ended.out) == (1, "")
    assert "locked" in ended.err or "busy" in ended.err
    assert succeeds("class", "list", "-c", conf) == "0 classes\n"
    other.execute("ROLLBACK")
    other.close()
    assert succeeds(*words) == "add class staff\n"


def test_who_changes_something_waits_for_others_longer(tmp_path):
    """Ten times the timeout of one who reads."""
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/people.db; "
                    "timeout 200ms; }\n")
    succeeds("directory", "upgrade", "-c", conf)
    other = sqlite3.connect(tmp_path / "people.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    assert mailreeve("class", "add", "staff", "-c", conf).status == 1
    assert time.monotonic() - start > 1.5
    other.close()


def test_a_server_that_is_not_there_is_named(tmp_path):
    conf = tmp_path / "main.conf"
    conf.write_text(f'directory {{ where "pgsql:host={tmp_path} dbname=x"; '
                    "}\n")
    for words in (["user", "list"], ["user", "add", "ann@example.org"],
                  ["user", "del", "-y", "ann@example.org"], ["audit"]):
        ended = mailreeve(*words, "-c", conf)
        assert (ended.status, ended.out) == (1, "")
        assert str(tmp_path) in ended.err


# --- the audit -----------------------------------------------------------------

def test_the_audit_says_who(people):
    ends = {"root(ann)": {"SUDO_USER": "ann"}, "root": {"SUDO_USER": ""}}
    if os.geteuid() != 0:
        pytest.skip("only root is believed what sudo says")
    for who, variables in ends.items():
        people.run("user", "set", "bob@example.org", f"name={who}",
                   env={**os.environ, **variables})
        assert people.audit()[-1]["who"] == who
    people.run("user", "set", "bob@example.org", "name=x",
               env={**os.environ, "SUDO_USER": "ann\nroot"})
    assert people.audit()[-1]["who"] == "root"


def test_the_audit_for_people(people):
    people.run("user", "set", "ann@example.org", "quota=1g", "junk=no")
    text = people.run("audit", "user", "ANN@example.org", "--limit", "1")
    assert text.splitlines()[0].endswith(": set user ann@example.org")
    assert text.splitlines()[1:] == ["  quota  0 -> 1g",
                                     "  junk   (inherited) -> no"]
    assert len(people.lines("audit", "user", "ann@example.org")) == 2
    assert len(people.lines("audit")) == 7
    newest, older = people.lines("audit", "--limit", "2")
    assert newest["id"] > older["id"]
    assert newest["before"] == "user ann@example.org {\n}\n"
    assert newest["after"] == (
        "user ann@example.org {\n\tquota 1g;\n\tjunk no;\n}\n")


@pytest.mark.parametrize("words, complaint", [
    (["audit", "usr"], "there is no kind of objects 'usr'"),
    (["audit", "user"], "the name is missing"),
    (["audit", "identity", "ann@example.org"], "the name is missing"),
    (["audit", "user", "ann"], "'ann' is no address"),
    (["audit", "--limit", "0"], "--limit takes a number from 1 on"),
])
def test_what_the_audit_refuses(people, words, complaint):
    assert complaint in people.refuses(*words, status=2)
