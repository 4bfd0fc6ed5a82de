# SPDX-License-Identifier: ISC
"""import: people of other systems, from samples of what these write."""

import sqlite3
import subprocess

import pytest
from cli import CHECKOUT, mailreeve, refuses, succeeds

SAMPLES = CHECKOUT / "tests" / "data" / "import"
SYSTEMS = {
    "postfixadmin-sql": ("postfixadmin.sql", "postfixadmin.conf"),
    "mailcow-sql": ("mailcow.sql", "mailcow.conf"),
    "postfix-virtual": ("virtual", "virtual.conf"),
    "passwd-file": ("passwd-file", "passwd-file.conf"),
}
EACH = pytest.mark.parametrize("system", SYSTEMS)


def objects_of(text):
    return [line for line in text.splitlines() if line
            and not line.startswith("#")]


@EACH
def test_what_would_be_made_is_printed(system):
    source, expected = SYSTEMS[system]
    assert succeeds("import", "--from", system, SAMPLES / source) == (
        (SAMPLES / expected).read_text())


@EACH
def test_it_is_put_into_the_directory(directory, system, tmp_path):
    source, expected = SYSTEMS[system]
    text = (SAMPLES / expected).read_text()
    ended = directory.attempt("import", "--from", system, "--apply",
                              SAMPLES / source)
    assert ended.status == 0
    assert ended.out.endswith("0 changed, 0 removed, 0 as they were\n")
    assert ended.err.splitlines() == [
        line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert sorted(objects_of(directory.run("export"))) == sorted(
        objects_of(text))
    # What was printed is a text for apply, and says the same.
    printed = tmp_path / "printed.conf"
    printed.write_text(text)
    assert "0 added, 0 changed, 0 removed" in directory.run("apply", printed)


def test_postfix_admin_on_sqlite_is_asked_itself(tmp_path):
    database = sqlite3.connect(tmp_path / "pa.db")
    database.executescript("""
        CREATE TABLE domain (domain, description, mailboxes, quota, transport,
            backupmx, active);
        CREATE TABLE mailbox (username, name, quota, active);
        CREATE TABLE alias (address, "goto", active);
        INSERT INTO domain VALUES ('ALL', '', 0, 0, '', 0, 1),
            ('a.example', 'It''s A', 5, 1, 'virtual', 0, 1);
        INSERT INTO mailbox VALUES ('ann@a.example', 'Ann', 1024, 1);
        INSERT INTO alias VALUES ('ann@a.example', 'ann@a.example', 1),
            ('all@a.example', 'ann@a.example,x@y.example', 0);
    """)
    database.close()
    before = (tmp_path / "pa.db").read_bytes()
    said = succeeds("import", "--from", "postfixadmin-sql",
                    f"sqlite:{tmp_path}/pa.db")
    assert objects_of(said) == [
        "domain a.example {", "\tquota 1m;", "\tmax_users 5;",
        "\tdescription \"It's A\";", "}", "user ann@a.example {", "\tname Ann;",
        "\tquota 1k;", "}", "alias all@a.example {",
        "\tto ann@a.example x@y.example;", "\tstatus suspended;", "}"]
    assert (tmp_path / "pa.db").read_bytes() == before


def test_postfix_admin_on_postgresql_is_asked_itself(server):
    where = server.new_database()
    script = """
        CREATE TABLE domain (domain text, description text, mailboxes int,
            quota bigint, transport text, backupmx boolean, active boolean);
        CREATE TABLE mailbox (username text, name text, quota bigint,
            active boolean);
        CREATE TABLE alias (address text, goto text, active boolean);
        INSERT INTO domain VALUES ('a.example', '', 0, 0, 'virtual', false,
            true), ('r.example', '', 0, 0, 'smtp:[x.example]', true, false);
        INSERT INTO mailbox VALUES ('ann@a.example', 'Ann', 0, false);
        INSERT INTO alias VALUES ('i@a.example', 'ann@a.example', true);
    """
    subprocess.run(["psql", "-q", "-c", script, where.removeprefix("pgsql:")],
                   check=True)
    assert objects_of(succeeds("import", "--from", "postfixadmin-sql",
                               where)) == [
        "domain a.example {", "}", "domain r.example {", "\trole relay;",
        "\trelay_to smtp:[x.example];", "\tstatus suspended;", "}",
        "user ann@a.example {", "\tname Ann;", "\tstatus suspended;", "}",
        "alias i@a.example {", "\tto ann@a.example;", "}"]


def test_a_database_of_something_else_is_told(tmp_path):
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE domain (domain, description)")
    ended = mailreeve("import", "--from", "postfixadmin-sql",
                      f"sqlite:{tmp_path}/x.db")
    assert (ended.status, ended.out) == (1, "")
    assert "no such column" in ended.err


def test_a_dump_of_sqlite_is_read(tmp_path):
    database = sqlite3.connect(":memory:")
    database.executescript("""
        CREATE TABLE domain (domain TEXT PRIMARY KEY, description TEXT,
            mailboxes INT, quota INT, transport TEXT, backupmx INT,
            active INT);
        CREATE TABLE mailbox (username, name, quota, active);
        INSERT INTO domain VALUES ('a.example', 'a\\b''c"', 0, 0, '', 0, 1);
        INSERT INTO mailbox VALUES ('ann@a.example', NULL, 0, 1);
    """)
    dump = tmp_path / "dump.sql"
    dump.write_text("\n".join(database.iterdump()))
    database.close()
    assert objects_of(succeeds("import", "--from", "postfixadmin-sql",
                               dump)) == [
        "domain a.example {", '\tdescription "a\\\\b\'c\\"";', "}",
        "user ann@a.example {", "}"]


@pytest.mark.parametrize("text, told", [
    ("", "there is no table domain: is it of Postfix Admin?"),
    ("CREATE TABLE `domain` (`domain` int", "dump:1: a statement does not "
     "end"),
    ("\nINSERT INTO `domain` VALUES ('x');", "dump:2: which columns this "
     "table has is not said"),
    ("CREATE TABLE `domain` (`domain` text);\nINSERT INTO `domain` VALUES "
     "('a','b');", "dump:2: a row has more values than the table has"),
    ("CREATE TABLE `domain` (`domain` text, `b` int);\nINSERT INTO `domain` "
     "VALUES ('a');", "dump:2: a row has fewer values than the table has"),
    ("CREATE TABLE `domain` (`domain` text);\nINSERT INTO `domain` VALUES "
     "('a", "dump:2: a text in quotes does not end"),
    ("CREATE TABLE `domain` (`domain` text);\nINSERT INTO `domain` VALUES "
     "(concat('a','b'));", "dump:2: this is no plain value"),
    ("CREATE TABLE public.domain (domain text);\nCOPY public.domain FROM "
     "stdin;", "dump:2: COPY: make the dump with pg_dump --inserts"),
    ("/* no end", "dump:1: a comment does not end"),
])
def test_a_dump_that_is_wrong_is_told_with_its_line(tmp_path, text, told):
    dump = tmp_path / "dump"
    dump.write_text(text)
    ended = mailreeve("import", "--from", "postfixadmin-sql", dump)
    assert (ended.status, ended.out) == (1, "")
    assert told in ended.err


def test_one_refusal_leaves_the_directory_as_it_was(directory, tmp_path):
    source = tmp_path / "virtual"
    source.write_text("b@a.example c@a.example\nc@a.example b@a.example\n")
    error = directory.refuses("import", "--from", "postfix-virtual", "--apply",
                              source)
    assert "leads back to itself" in error
    assert directory.run("export") == ""


def test_what_cannot_be_read_is_told(tmp_path):
    ended = mailreeve("import", "--from", "passwd-file", tmp_path / "no")
    assert (ended.status, ended.out) == (1, "")
    assert "no: No such file or directory" in ended.err
    ended = mailreeve("import", "--from", "mailcow-sql", "sqlite:/x.db")
    assert ended.status == 1 and "reads a file, not a database" in ended.err


def test_the_systems_are_named():
    for words in ([], ["--from", "sendmail"]):
        error = refuses("import", *words, "x")
        assert all(system in error for system in SYSTEMS)


def test_text_that_is_not_utf8_is_left_and_told(tmp_path):
    source = tmp_path / "passwd"
    source.write_bytes(b"ann@a.example:x:::J\xf6rg::\n")
    said = succeeds("import", "--from", "passwd-file", source)
    assert "user ann@a.example: name: it is not UTF-8" in said
    assert objects_of(said) == ["domain a.example {", "}",
                                "user ann@a.example {", "}"]
