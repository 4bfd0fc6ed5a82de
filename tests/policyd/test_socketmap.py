# SPDX-License-Identifier: ISC
"""Postfix's tables: its own programs ask, and so do strangers who do not know
how; changes, faults of the database, thousands of clients."""

import contextlib
import os
import socket
import subprocess

import pytest
from lab import pgsql
from lab.hang import hang
from lab.patience import AT_MOST
from lab.people import MAILREEVE, People
from policyhost import PolicyHost
from test_many_clients import as_many_as_allowed

MANY = 4000

WORLD = """\
domain one.example { postmaster ann@one.example; }
domain two.example { catch_all bob@one.example; }
domain stand.example { role alias; alias_of one.example; }
domain relay.example { role relay; relay_to "smtp:[mail.relay.example]:26"; }
user ann@one.example { }
user bob@one.example { }
user gone@one.example { status suspended; }
alias sales@one.example { to ann@one.example joe@else.example; }
identity ann@one.example joan@else.example { }
"""

LOOKUPS = [
    ("domains", "one.example", "one.example"),
    ("domains", "relay.example", None),
    ("alias_domains", "stand.example", "stand.example"),
    ("alias_domains", "one.example", None),
    ("relay_domains", "relay.example", "relay.example"),
    ("relay_domains", "two.example", None),
    ("mailboxes", "ann@one.example", "ann@one.example"),
    ("mailboxes", "Ann+News@One.Example", "ann@one.example"),
    ("mailboxes", "gone@one.example", "gone@one.example"),
    ("mailboxes", "nobody@one.example", None),
    ("mailboxes", "@one.example", None),
    ("aliases", "sales@one.example", "ann@one.example, joe@else.example"),
    ("aliases", "sales+x@one.example", "ann+x@one.example, joe@else.example"),
    ("aliases", "anybody@two.example", "bob@one.example"),
    ("aliases", "ann@stand.example", "ann@one.example"),
    ("aliases", "abuse@one.example", "ann@one.example"),
    ("aliases", "abuse@two.example", "bob@one.example"),
    ("aliases", "ann@one.example", None),
    ("aliases", "@two.example", None),
    ("logins", "joan@else.example", "ann@one.example"),
    ("logins", "sales@one.example", "ann@one.example"),
    ("logins", "gone@one.example", None),
    ("relay_recipients", "joe@relay.example", "joe@relay.example"),
    ("relay_recipients", "joe@sub.relay.example", None),
    ("transport", "relay.example", "smtp:[mail.relay.example]:26"),
    ("transport", "one.example", None),
    ("transport", "*", None),
]


class MapHost(PolicyHost):
    """A policyd that answers at HOME/maps."""

    def __init__(self, home, people, more="", **options):
        super().__init__(home, more=(
            "host { recipient_delimiter +; }\n" + people.section +
            f"socketmap {{ listen unix:{home}/maps; {more} }}\n"), **options)

    def client(self):
        conn = socket.socket(socket.AF_UNIX)
        conn.connect(str(self.home / "maps"))
        conn.settimeout(AT_MOST)
        return MapConn(conn)


class MapConn:
    """One connection, as a daemon of Postfix keeps it."""

    def __init__(self, conn):
        self.conn = conn
        self.file = conn.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.file.close()
        self.conn.close()

    def send(self, content):
        data = content.encode()
        self.conn.sendall(b"%d:%s," % (len(data), data))

    def read(self):
        """(status, text) of the next answer; None at the end."""
        digits = b""
        while not digits.endswith(b":"):
            byte = self.file.read(1)
            if not byte:
                assert not digits
                return None
            digits += byte
        content = self.file.read(int(digits[:-1]))
        assert self.file.read(1) == b","
        status, _, text = content.decode().partition(" ")
        return status, text

    def ask(self, content):
        self.send(content)
        return self.read()


@pytest.fixture(scope="module", name="server")
def server_fixture():
    if pgsql.why_impossible():
        pytest.skip(pgsql.why_impossible())
    with pgsql.PgsqlHost() as server:
        yield server


@pytest.fixture(name="people", params=["sqlite", "pgsql"])
def people_fixture(request):
    server = request.getfixturevalue("server") \
        if request.param == "pgsql" else None
    with People.on(request.param, server) as people:
        people.apply(WORLD)
        yield people


@pytest.fixture(name="sqlite")
def sqlite_fixture():
    with People.on("sqlite") as people:
        people.apply(WORLD)
        yield people


def postmap(host, *words, stdin=None):
    """Postfix's own look-up, with nothing of the host's configuration."""
    etc = host.home / "postfix"
    if not etc.exists():
        etc.mkdir()
        (etc / "main.cf").write_text("compatibility_level = 3.6\n")
        (etc / "master.cf").write_text("")
    return subprocess.run(
        ["postmap", "-c", etc, *words], input=stdin, text=True, check=False,
        capture_output=True, cwd=host.home,
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))


def test_postfix_finds_in_each_map_what_is_there(people, tmp_path):
    with MapHost(tmp_path, people) as host:
        for name, key, value in LOOKUPS:
            # A relative path, as main.cf has it.
            done = postmap(host, "-q", key, f"socketmap:unix:maps:{name}")
            expected = (1, "") if value is None else (0, value + "\n")
            assert (done.returncode, done.stdout) == expected, (name, key)
            assert done.stderr == "", done.stderr


def test_postfix_asks_many_keys_on_one_connection(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host:
        keys = "".join(f"{key}\n" for name, key, _ in LOOKUPS
                       if name == "aliases")
        found = "".join(f"{key}\t{value}\n" for name, key, value in LOOKUPS
                        if name == "aliases" and value)
        done = postmap(host, "-q", "-", "socketmap:unix:maps:aliases",
                       stdin=keys)
        assert (done.stdout, done.stderr) == (found, "")
        assert host.figure("lookup_connections_total") == 1


def test_the_command_line_says_what_postfix_gets(people, tmp_path):
    with MapHost(tmp_path, people) as host:
        for name, key, value in LOOKUPS:
            for options in ([], ["--running"]):
                done = subprocess.run(
                    [MAILREEVE, "map", "query", name, key, *options,
                     "-c", host.home / "conf"],
                    capture_output=True, text=True, check=False)
                assert (done.returncode, done.stdout, done.stderr) == (
                    (1, "", f"mailreeve: {key} is not in {name}\n")
                    if value is None else (0, value + "\n", ""))


def test_a_change_is_found_soon(people, tmp_path):
    with MapHost(tmp_path, people) as host, host.client() as postfix:
        assert postfix.ask("mailboxes new@one.example") == ("NOTFOUND", "")
        people.apply("user new@one.example { }")
        host.wait(lambda: postfix.ask("mailboxes new@one.example") ==
                  ("OK", "new@one.example"), "the new user")
        assert postfix.ask("logins new@one.example") == (
            "OK", "new@one.example")
        people.apply("user new@one.example { status suspended; }")
        host.wait(lambda: postfix.ask("logins new@one.example") ==
                  ("NOTFOUND", ""), "the suspension")


def test_requests_of_one_connection_are_answered_in_order(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host, host.client() as postfix:
        for number in range(100):
            postfix.send(f"aliases x{number}@two.example" if number % 3
                         else f"mailboxes ann+{number}@one.example")
        answers = [postfix.read() for _ in range(100)]
        assert answers == [("OK", "bob@one.example" if number % 3
                            else "ann@one.example") for number in range(100)]


def test_what_is_asked_again_is_known(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host, host.client() as postfix:
        for _ in range(50):
            assert postfix.ask("domains ONE.example") == (
                "OK", "one.example")
        assert host.figure("lookups_cached_total") == 49
        assert host.figure('lookups_total{result="ok"}') == 50


def test_a_request_may_come_a_byte_at_a_time(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host, host.client() as slow, \
            host.client() as quick:
        for byte in b"19:domains one.example,":
            slow.conn.sendall(bytes([byte]))
            assert quick.ask("domains two.example") == ("OK", "two.example")
        assert slow.read() == ("OK", "one.example")


@pytest.mark.parametrize("content, answer", [
    ("nothing one.example", ("PERM", "there is no map of this name")),
    ("domains", ("PERM", "there is no map of this name")),
    (" one.example", ("PERM", "there is no map of this name")),
    ("", ("PERM", "there is no map of this name")),
    ("x" * 4096, ("PERM", "there is no map of this name")),
    ("domains ", ("NOTFOUND", "")),
    ("domains one.example ", ("NOTFOUND", "")),
    ("domains one\0example", ("NOTFOUND", "")),
    ("mailboxes " + "x" * 4000 + "@one.example", ("NOTFOUND", "")),
    ("mailboxes " + "x" * 240 + "@one.example", ("NOTFOUND", "")),
    ("mailboxes ' OR 1=1; --@one.example", ("NOTFOUND", "")),
    ("mailboxes jürg@one.example", ("NOTFOUND", "")),
    ("mailboxes \x7f\x01\n@one.example", ("NOTFOUND", "")),
])
def test_odd_keys_have_an_answer(sqlite, tmp_path, content, answer):
    with MapHost(tmp_path, sqlite) as host, host.client() as postfix:
        assert postfix.ask(content) == answer
        assert postfix.ask("domains one.example") == ("OK", "one.example")


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.0\r\n\r\n", b"4097:", b"99999999999999999999:", b"07:",
    b"3:abcd", b":", b"-1:,", b"\0\0\0", b"EHLO x\r\n" * 1000])
def test_what_is_no_request_ends_the_connection(sqlite, tmp_path, data):
    with MapHost(tmp_path, sqlite) as host, host.client() as stranger:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stranger.conn.sendall(data)
            assert stranger.read() == ("PERM", "this is no netstring")
            assert stranger.read() is None
        assert host.figure("lookups_unread_total") == 1
        with host.client() as postfix:
            assert postfix.ask("domains one.example") == (
                "OK", "one.example")


def test_bytes_that_are_no_text_are_no_keys(people, tmp_path):
    with MapHost(tmp_path, people) as host, host.client() as postfix:
        postfix.conn.sendall(b"19:mailboxes \xff\xfe@one.ex,")
        assert postfix.read() == ("NOTFOUND", "")
        assert postfix.ask("domains one.example") == ("OK", "one.example")


def test_who_does_not_read_holds_up_nobody(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host, host.client() as deaf, \
            host.client() as postfix:
        deaf.conn.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                deaf.conn.send(b"19:domains one.example," * 100)
        for _ in range(100):
            assert postfix.ask("domains two.example") == ("OK", "two.example")


def test_a_silent_connection_is_closed(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite, more="idle_timeout 1s;") as host, \
            host.client() as silent:
        assert silent.ask("domains one.example") == ("OK", "one.example")
        assert silent.read() is None


def test_of_too_many_the_longest_silent_goes(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite, more="max_connections 10;") as host, \
            contextlib.ExitStack() as stack:
        clients = [stack.enter_context(host.client()) for _ in range(10)]
        for client in clients:
            assert client.ask("domains one.example")[0] == "OK"
        last = stack.enter_context(host.client())
        assert last.ask("domains one.example")[0] == "OK"
        assert clients[0].read() is None
        assert clients[1].ask("domains one.example")[0] == "OK"


def test_thousands_of_connections_ask_at_once(sqlite, tmp_path):
    with as_many_as_allowed(MANY) as count, \
            MapHost(tmp_path, sqlite, more="deadline 60s;") as host, \
            contextlib.ExitStack() as stack:
        clients = [stack.enter_context(host.client()) for _ in range(count)]
        for number, client in enumerate(clients):
            client.send(f"aliases x{number}@two.example")
        for client in clients:
            assert client.read() == ("OK", "bob@one.example")
        assert host.figure("lookup_connections") == count


def test_a_stop_answers_what_has_come(sqlite, tmp_path):
    with MapHost(tmp_path, sqlite) as host, host.client() as postfix:
        assert postfix.ask("domains one.example")[0] == "OK"
        hang(host.process.pid)      # it comes meanwhile
        for _ in range(20):
            postfix.send("domains two.example")
        host.process.send_signal(15)
        host.process.send_signal(18)
        assert [postfix.read() for _ in range(20)] == 20 * [
            ("OK", "two.example")]
        assert postfix.read() is None
        assert host.process.wait(AT_MOST) == 0


def test_without_the_database_the_last_answers_serve(tmp_path):
    if pgsql.why_impossible():
        pytest.skip(pgsql.why_impossible())
    with People.on("pgsql") as people:
        people.apply(WORLD)
        with MapHost(tmp_path, people) as host, host.client() as postfix:
            assert postfix.ask("mailboxes ann@one.example")[0] == "OK"
            people.server.kill()
            for _ in range(20):
                assert postfix.ask("mailboxes ann@one.example")[0] == "OK"
            status, reason = postfix.ask("mailboxes bob@one.example")
            assert status in ("TEMP", "TIMEOUT")
            assert "the directory is unavailable" in reason
            host.wait(lambda: host.status()["degraded"], "that it is told")
            people.server.start()
            host.wait(lambda: postfix.ask("mailboxes bob@one.example")[0] ==
                      "OK", "the database again")
            host.wait(lambda: not host.status()["degraded"],
                      "that it is well")


def test_the_last_answers_serve_for_a_time(tmp_path):
    if pgsql.why_impossible():
        pytest.skip(pgsql.why_impossible())
    with People.on("pgsql") as people:
        people.apply(WORLD)
        people.section = people.section.replace("; }", "; stale 1s; }")
        with MapHost(tmp_path, people) as host, host.client() as postfix:
            assert postfix.ask("mailboxes ann@one.example")[0] == "OK"
            people.server.kill()
            host.wait(lambda: postfix.ask("mailboxes ann@one.example")[0] in
                      ("TEMP", "TIMEOUT"), "the end of that time")


def test_a_socketmap_needs_a_directory(tmp_path):
    host = PolicyHost(tmp_path, more=f"socketmap {{ listen unix:{tmp_path}"
                                     "/maps; }\n")
    host.spawn()
    assert host.process.wait(AT_MOST) != 0
    assert "socketmap.listen is of no use without a directory" in host.log()


def test_postfix_sees_that_it_must_wait(tmp_path, sqlite):
    database = sqlite.home / "people.db"
    database.rename(sqlite.home / "away.db")
    with MapHost(tmp_path, sqlite) as host:
        done = postmap(host, "-q", "two.example",
                       "socketmap:unix:maps:domains")
        assert done.returncode == 1 and done.stdout == ""
        assert "temporary error" in done.stderr, done.stderr
        (sqlite.home / "away.db").rename(database)
        with host.client() as postfix:
            host.wait(lambda: postfix.ask("domains two.example")[0] == "OK",
                      "the database")
