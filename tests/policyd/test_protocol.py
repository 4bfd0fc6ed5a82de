# SPDX-License-Identifier: ISC
"""The policy protocol on one connection and on thousands: order, pieces,
garbage, those who come slowly or go."""

import contextlib
import os
import random
import resource
import socket
import time

import pytest
from lab.daemon import free_port
from lab.patience import AT_MOST
from policyhost import ECHO, Gone, PolicyHost, request


@pytest.fixture(scope="module", name="policyd")
def policyd_fixture(tmp_path_factory):
    with PolicyHost(tmp_path_factory.mktemp("p"), more=ECHO) as host:
        yield host


def answer(number):
    return f"] refused: answer {number}"


def test_a_connection_is_good_for_any_number_of_requests(policyd):
    with policyd.connect() as postfix:
        for n in range(500):
            said = postfix.ask(recipient=f"r{n % 10}@lab.test")
            assert said.startswith("550 5.7.1 [") and \
                said.endswith(answer(n % 10))
            assert postfix.ask() == "DUNNO"


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "HELO", "MAIL", "RCPT",
                                   "DATA", "END-OF-MESSAGE", "VRFY", "ETRN",
                                   "", "XYZ"])
def test_every_stage_has_an_answer(policyd, stage):
    with policyd.connect() as postfix:
        assert postfix.ask(protocol_state=stage) == "DUNNO"


def test_pipelined_requests_are_answered_in_their_order(policyd):
    order = [random.Random(1).randrange(10) for _ in range(300)]
    with policyd.connect() as postfix:
        postfix.send(b"".join(request(recipient=f"r{n}@lab.test")
                              for n in order))
        for n in order:
            assert postfix.read().endswith(answer(n))


def test_a_request_may_come_in_pieces_of_any_size(policyd):
    rng = random.Random(2)
    data = b"".join(request(recipient=f"r{n % 10}@lab.test")
                    for n in range(60))
    with policyd.connect() as postfix:
        while data:
            size = rng.choice([1, 2, 3, 50, 700])
            postfix.send(data[:size])
            data = data[size:]
            if rng.random() < 0.2:
                time.sleep(0.001)
        for n in range(60):
            assert postfix.read().endswith(answer(n % 10))


@contextlib.contextmanager
def room_for(count):
    """This process and those it starts may have so many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 500:
        pytest.skip(f"this host allows {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    conns = []
    try:
        yield conns
    finally:
        for conn in conns:
            conn.conn.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_at_once_each_with_its_own_answers(policyd):
    before = policyd.fds()
    with room_for(1000) as conns:
        conns += [policyd.connect() for _ in range(1000)]
        for step in range(3):
            for n, conn in enumerate(conns):
                conn.send(request(recipient=f"r{(n + step) % 10}@lab.test",
                                  instance=f"i{n}"))
            for n, conn in enumerate(conns):
                assert conn.read().endswith(answer((n + step) % 10))
        assert policyd.status()["connections"] == 1000
    policyd.wait(lambda: policyd.fds() <= before, "its descriptors back")


def test_ten_thousand_silent_connections_cost_little(tmp_path):
    wanted = 10000
    with room_for(wanted) as conns, \
            PolicyHost(tmp_path, more=ECHO) as policyd:
        before = policyd.kb()
        for _ in range(wanted):
            conns.append(policyd.connect())
        assert conns[0].ask(recipient="r1@lab.test").endswith(answer(1))
        assert conns[-1].ask(recipient="r2@lab.test").endswith(answer(2))
        assert policyd.status()["connections"] == wanted
        each = (policyd.kb() - before) * 1024 / wanted
        print(f"{each:.0f} bytes for each silent connection")
        assert each < 1024 or policyd.has_sanitizer()
        for conn in conns:
            conn.conn.close()
        policyd.wait(lambda: policyd.status()["connections"] == 0,
                     "the end of all connections")


GARBAGE = {
    "an empty line": b"\n",
    "HTTP": b"GET / HTTP/1.1\nHost: x\n\n",
    "no request": request().replace(b"request=smtpd_access_policy\n", b""),
    "another request": request(request="junk"),
    "a line without =": request().replace(b"sender=", b"sender"),
    "a NUL": request(sender="a\0b"),
    "a number that is none": request(size="-5"),
    "much too long": b"request=smtpd_access_policy\nx=" + b"y" * 300000
                     + b"\n\n",
    "long by many lines": request()[:-1] + b"a=b\n" * 30000 + b"\n",
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_is_answered_logged_and_harms_nobody(policyd, case):
    before = policyd.figure("unread_total")
    with policyd.connect() as postfix, policyd.connect() as neighbour:
        postfix.send(GARBAGE[case])
        assert neighbour.ask(recipient="r3@lab.test").endswith(answer(3))
        assert postfix.read() == "DUNNO"
        # The next request on the same connection is read.
        assert postfix.ask(recipient="r4@lab.test").endswith(answer(4))
    assert policyd.figure("unread_total") == before + 1
    assert "is no request of Postfix's policy protocol" in policyd.log()


def test_random_bytes_harm_nobody(policyd):
    rng = random.Random(3)
    with policyd.connect() as neighbour:
        for _ in range(50):
            with policyd.connect() as stranger:
                try:
                    stranger.send(rng.randbytes(rng.randrange(1, 40000)))
                except OSError:
                    pass
            assert neighbour.ask(recipient="r5@lab.test").endswith(answer(5))


WIRE = {
    "an = in the sender (SRS, VERP)": "SRS0=x=y=z.test=joe@sender.test",
    "UTF-8 (RFC 6531 3.3)": "jörg@sender.test",
    "blanks": "a b@sender.test",
    "a CR": "a\rb@sender.test",
    "the null sender": "",
    "no address": "@@@",
    "a very long one": "a" * 2000 + "@sender.test",
    "what looks like an attribute": "recipient=r1@lab.test",
}


@pytest.mark.parametrize("case", WIRE)
def test_what_a_stranger_can_write_stays_in_its_place(policyd, case):
    with policyd.connect() as postfix:
        said = postfix.ask(sender=WIRE[case], helo_name=WIRE[case],
                           recipient="r6@lab.test")
        assert said.endswith(answer(6))
        assert postfix.ask(sender=WIRE[case]) == "DUNNO"


def test_half_a_request_is_no_request(policyd):
    before = policyd.figure("torn_total")
    with policyd.connect() as postfix:
        postfix.send(request()[:100])
    policyd.wait(lambda: policyd.figure("torn_total") == before + 1,
                 "the torn request to be seen")


def test_who_closes_his_side_gets_the_answer(policyd):
    with policyd.connect() as postfix:
        postfix.send(request(recipient="r7@lab.test"))
        postfix.conn.shutdown(socket.SHUT_WR)
        assert postfix.read().endswith(answer(7))
        with pytest.raises(Gone):
            postfix.read()


def test_who_does_not_read_holds_up_himself_alone(policyd):
    with policyd.connect() as deaf, policyd.connect() as neighbour:
        deaf.conn.setblocking(False)
        sent = 0
        data = request(recipient="r8@lab.test")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and sent < 20_000_000:
            try:
                sent += deaf.conn.send(data[sent % len(data):])
            except BlockingIOError:
                time.sleep(0.01)
        rss = policyd.kb()
        assert sent < 20_000_000
        assert neighbour.ask(recipient="r9@lab.test").endswith(answer(9))
        deaf.conn.settimeout(AT_MOST)
        for _ in range(sent // len(data)):
            assert deaf.read().endswith(answer(8))
        assert policyd.kb() < rss + 2000 or policyd.has_sanitizer()


def test_a_silent_connection_is_closed(tmp_path):
    with PolicyHost(tmp_path, more=ECHO, idle_timeout="4s") as policyd:
        with policyd.connect() as silent, policyd.connect() as slow:
            slow.send(request()[:-1])
            assert silent.is_closed()
            assert slow.is_closed()
        assert policyd.figure("connections_idle_total") == 2


def test_beyond_max_connections_the_most_silent_one_goes(tmp_path):
    with PolicyHost(tmp_path, more=ECHO, max_connections=10) as policyd:
        conns = [policyd.connect() for _ in range(10)]
        for conn in conns:
            assert conn.ask() == "DUNNO"
        conns[0].ask()
        with policyd.connect() as new:
            assert new.ask(recipient="r1@lab.test").endswith(answer(1))
            assert conns[1].is_closed()
            assert conns[0].ask() == "DUNNO"
        for conn in conns:
            conn.conn.close()


def test_few_descriptors_mean_few_connections_and_are_told(tmp_path):
    with PolicyHost(tmp_path, more=ECHO, limits={
            resource.RLIMIT_NOFILE: 300}) as policyd:
        assert "max_connections=10000 is too many" in policyd.log()
        conns = [policyd.connect() for _ in range(250)]
        assert conns[-1].ask(recipient="r1@lab.test").endswith(answer(1))
        assert policyd.status()["connections"] <= 300 - 128
        for conn in conns:
            conn.conn.close()


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="no TCP")
def test_several_sockets_are_served_alike(tmp_path):
    port = free_port()
    with PolicyHost(tmp_path, more=ECHO, listen=f"unix:{tmp_path}/s "
                    f"unix:{tmp_path}/t inet:{port}@127.0.0.1") as policyd:
        with policyd.connect_tcp(port) as tcp, policyd.connect() as unix:
            assert tcp.ask(recipient="r1@lab.test").endswith(answer(1))
            assert unix.ask(recipient="r2@lab.test").endswith(answer(2))
        assert policyd.listens(tmp_path / "t")
    assert not (tmp_path / "s").exists() and not (tmp_path / "t").exists()
