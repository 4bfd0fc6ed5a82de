# SPDX-License-Identifier: ISC
"""Ten thousand clients that all ask; those who write a byte at a time, those
who go without a word, and their neighbours, who notice nothing."""

import contextlib
import os
import resource
import socket
import struct

import pytest
from lab.crew import Crew
from lab.daemon import free_port
from policyhost import ECHO, PolicyHost, request
from redishost import RedisHost

MANY = 10000
OTHERS = 500                    # descriptors that are no connections
LIMIT = "throttle all { limit 1000000/1d; }\n"
# linux/tcp.h
TCP_REPAIR = 19


def end_of(login, number):
    return request(sasl_username=login, protocol_state="END-OF-MESSAGE",
                   sender=login, recipient="x@elsewhere.test",
                   recipient_count="1", instance=f"many.{number}",
                   queue_id=f"Q{number}")


@contextlib.contextmanager
def as_many_as_allowed(wanted):
    """How many connections this process and its children may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(wanted, hard - OTHERS)
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (max(soft, count + OTHERS), hard))
    try:
        yield count
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("where", ["memory", "redis"])
def test_ten_thousand_connections_ask_at_once(tmp_path, where):
    """Each is answered, and each of them counts."""
    with contextlib.ExitStack() as stack:
        count = stack.enter_context(as_many_as_allowed(MANY))
        store = stack.enter_context(RedisHost(tmp_path)).unix \
            if where == "redis" else None
        policyd = stack.enter_context(PolicyHost(
            tmp_path, more=LIMIT, store=store and store + "timeout 10s;",
            deadline="60s"))
        conns = [stack.enter_context(policyd.connect())
                 for _ in range(count)]
        for number, conn in enumerate(conns):
            conn.send(end_of("ann@lab.test", number))
        assert {conn.read() for conn in conns} == {"DUNNO"}
        print(f"{count} connections")
        assert policyd.status()["connections"] == count
        [limit] = policyd.ctl("limits", {"address": "ann@lab.test"})["limits"]
        assert limit["used"] == count
        # They stay good.
        conns[0].send(end_of("ann@lab.test", MANY))
        assert conns[0].read() == "DUNNO"


class Trickle(Crew):
    """Clients that write a byte at a time, and never a whole request."""

    def __init__(self, policyd, count, pause):
        super().__init__(self._write, [()])
        self.conns = [policyd.connect() for _ in range(count)]
        self.pause = pause
        self.written = 0

    def _write(self):
        data = request()
        while not self.is_over.wait(self.pause):
            for conn in self.conns:
                with contextlib.suppress(OSError):      # it was closed
                    conn.send(data[self.written:self.written + 1])
            self.written += 1

    def __exit__(self, *exc):
        super().__exit__(*exc)
        for conn in self.conns:
            conn.conn.close()


def test_slow_clients_keep_nobody_waiting_and_are_closed(tmp_path):
    """A byte now and then is no sign of life: a whole request is."""
    with PolicyHost(tmp_path, more=ECHO, idle_timeout="3s") as policyd, \
            Trickle(policyd, 200, 0.5) as slow, \
            policyd.connect() as neighbour:
        policyd.wait(lambda: slow.written >= 3, "some bytes")
        for _ in range(100):
            assert neighbour.ask(recipient="r1@lab.test").endswith("answer 1")

        def all_are_closed():
            neighbour.ask()
            return policyd.figure("connections_idle_total") == 200

        policyd.wait(all_are_closed, "the slow ones to be closed")
        assert policyd.status()["connections"] == 1


def vanish(conn):
    """Gone without a FIN, as a host that lost its power."""
    conn.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    conn.close()


def reset(conn):
    """A RST, whatever is still to be read."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    conn.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can vanish")
def test_half_open_connections_are_closed_in_time(tmp_path):
    """The other side is gone and nobody has told: silent, and in the middle of
    a request."""
    port = free_port()
    with PolicyHost(tmp_path, more=ECHO, idle_timeout="3s",
                    listen=f"unix:{tmp_path}/s inet:{port}@127.0.0.1"
                    ) as policyd, policyd.connect() as neighbour:
        conns = [policyd.connect_tcp(port) for _ in range(20)]
        for n, conn in enumerate(conns):
            conn.ask()
            if n % 2 == 0:
                conn.send(request()[:100])
        for conn in conns:
            vanish(conn.conn)
        assert policyd.status()["connections"] == len(conns) + 1

        def is_alone():
            assert neighbour.ask(recipient="r2@lab.test").endswith("answer 2")
            return policyd.status()["connections"] == 1

        policyd.wait(is_alone, "the half-open ones to be closed")


def test_who_resets_harms_nobody(tmp_path):
    """Before the answer, amid a request, with answers unread."""
    port = free_port()
    with PolicyHost(tmp_path, more=ECHO, listen=f"unix:{tmp_path}/s "
                    f"inet:{port}@127.0.0.1") as policyd, \
            policyd.connect() as neighbour:
        neighbour.ask(recipient="r3@lab.test")
        before = policyd.fds()
        for data in (request(), request()[:50], request() * 50, b"") * 25:
            conn = policyd.connect_tcp(port)
            conn.send(data)
            reset(conn.conn)
            assert neighbour.ask(recipient="r3@lab.test").endswith("answer 3")
        policyd.wait(lambda: policyd.fds() <= before, "its descriptors back")
        assert policyd.status()["connections"] == 1
