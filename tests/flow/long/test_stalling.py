# SPDX-License-Identifier: ISC
"""Peers that stall: in the middle of a packet, or that take no answer. Each
costs a thread until idle_timeout, not a moment longer."""

import time

import pytest
from alone import MESSAGE, Alone
from lab.patience import PATIENCE


def talk_and_never_read(mta):
    """RCPT after RCPT until the milter takes no more of them."""
    mta.mail("joan@sender.test")
    mta.raw(b"")        # MAIL waits for the RCPT that has an answer
    mta.sock.setblocking(False)
    packets = mta.frame("R", b"<ann@lab.test>\0") * 100
    silent_since = time.monotonic()
    while time.monotonic() - silent_since < 1:
        try:
            mta.sock.send(packets)
            silent_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)


def stall_everywhere(milter):
    clients = [milter.client() for _ in range(5)]
    clients[1].torn("M", b"<joan@sender.test>\0", 2)
    clients[2].torn("M", b"<joan@sender.test>\0", 9)
    clients[3].mail("joan@sender.test")
    clients[3].rcpt("ann@lab.test")
    clients[3].message(MESSAGE, until="body")
    clients[3].torn("B", b"x" * 60000, 50000)
    talk_and_never_read(clients[4])
    return clients


@pytest.fixture
def milter(tmp_path):
    with Alone(tmp_path, idle_timeout="10s", deadline="500ms",
               max_rcpts="1000000") as milter:
        yield milter


def test_whoever_stalls_is_given_up(milter):
    clients = stall_everywhere(milter)
    assert milter.status()["sessions"] == 5
    with milter.client() as mta:
        assert mta.play(MESSAGE).reply.kind == "accept"
        milter.wait(lambda: milter.status()["sessions"] == 0,
                    "the end of all")
    for mta in clients:
        mta.drop()


def test_whoever_stalls_does_not_keep_it_from_ending(milter):
    clients = stall_everywhere(milter)
    start = time.monotonic()
    assert milter.term() == 0, milter.log()
    assert time.monotonic() - start < 2.5 + 5 * PATIENCE
    for mta in clients:
        mta.drop()
