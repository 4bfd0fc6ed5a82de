# SPDX-License-Identifier: ISC
"""Signals, and an end that always comes: whatever the peers do meanwhile."""

import signal
import socket
import threading
import time

import pytest
from alone import MESSAGE, Alone
from lab.daemon import free_port
from lab.patience import AT_MOST, PATIENCE
from milteranswers import FilterClosed

# Half a second for a message and two for Postfix to read the answer; and what
# a busy machine takes.  Whoever waited for the peer would wait for hours.
BOUND = 0.5 + 2 + 20 * PATIENCE


@pytest.fixture(params=["threads", "pool"])
def milter(request, tmp_path):
    with Alone(tmp_path, deadline="500ms", sessions=request.param) as milter:
        yield milter


def talk_without_end(milter, started):
    """RCPT after RCPT, until the milter is gone."""
    with milter.client() as mta:
        mta.mail("joan@sender.test")
        try:
            while True:
                mta.rcpt("ann@lab.test")
                started.set()
        except (FilterClosed, OSError):
            pass


def test_clients_that_never_stop_talking_do_not_keep_it_from_ending(milter):
    began = [threading.Event() for _ in range(8)]
    talkers = [threading.Thread(target=talk_without_end, args=(milter, event))
               for event in began]
    for talker in talkers:
        talker.start()
    for event in began:
        assert event.wait(AT_MOST)
    start = time.monotonic()
    assert milter.term() == 0, milter.log()
    assert time.monotonic() - start < BOUND
    for talker in talkers:
        talker.join(AT_MOST)
        assert not talker.is_alive()


def test_clients_that_stall_at_every_stage_do_not_keep_it_from_ending(milter):
    clients = [milter.client() for _ in range(6)]
    clients[1].mail("joan@sender.test")
    clients[2].mail("joan@sender.test")
    clients[2].rcpt("ann@lab.test")
    for stalled, until in ((3, "header"), (4, "eoh"), (5, "body")):
        clients[stalled].mail("joan@sender.test")
        clients[stalled].rcpt("ann@lab.test")
        clients[stalled].message(MESSAGE, until=until)
        clients[stalled].torn("L", b"Subject\0x\0", 7)
    start = time.monotonic()
    assert milter.term() == 0, milter.log()
    assert time.monotonic() - start < BOUND
    for mta in clients:
        mta.drop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_changes_nothing(milter, number):
    with milter.client() as mta:
        mta.mail("joan@sender.test")
        for _ in range(5):
            milter.process.send_signal(number)
        milter.process.send_signal(signal.SIGHUP)
        assert milter.process.wait(AT_MOST) == 0, milter.log()


def test_a_storm_of_sighup_is_survived_and_the_last_one_counts(milter):
    milter.configure(deadline="500ms", max_connections="77")
    with milter.client() as mta:
        for _ in range(300):
            milter.process.send_signal(signal.SIGHUP)
        assert mta.play(MESSAGE).reply.kind == "accept"
        mta.abort()
        assert milter.status()["degraded"] in (
            [], ["the configuration chose libmilter's own workers"])
        assert mta.play(MESSAGE).reply.kind == "accept"


@pytest.mark.parametrize("after_ms", range(0, 40, 4))
def test_sigterm_during_the_start_ends_it(tmp_path, after_ms):
    milter = Alone(tmp_path)
    milter.spawn()
    time.sleep(after_ms / 1000)
    # Before main() has begun the signal kills, as it does with any program.
    assert milter.term() in (0, -signal.SIGTERM), milter.log()
    assert "Sanitizer" not in milter.log()


def test_the_deadline_of_a_reload_is_that_of_the_end(tmp_path):
    with Alone(tmp_path, deadline="120s") as milter:
        milter.configure(deadline="200ms")
        milter.ctl("reload")
        with milter.client() as mta:
            mta.mail("joan@sender.test")
            start = time.monotonic()
            assert milter.term() == 0
            # That of the start would be two minutes.
            assert time.monotonic() - start < BOUND


def test_a_message_that_waits_at_the_end_meets_nothing_that_is_freed(tmp_path):
    """It came too late for its answer; the process goes under it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with Alone(tmp_path, dns=f"servers 127.0.0.1@{port}; timeout 9s;",
                   deadline="2s") as milter, milter.client() as mta:
            mta.mail("joan@sender.test")
            mta.rcpt("ann@lab.test")
            mta.message(MESSAGE, until="body")
            mta.raw(b"")
            milter.process.send_signal(signal.SIGTERM)
            time.sleep(3)
            try:
                mta.packet("E")
            except FilterClosed:
                pass                    # a slow machine: it has ended
            assert milter.process.wait(AT_MOST) == 0, milter.log()
            assert "sessions=1 under way" in milter.log()


def test_over_tcp_it_ends_as_fast(tmp_path):
    port = free_port()
    with Alone(tmp_path, listen=f"inet:{port}@127.0.0.1") as milter:
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"
            start = time.monotonic()
            assert milter.term() == 0
            assert time.monotonic() - start < BOUND


def test_an_end_with_idle_sessions_leaves_no_memory_behind(tmp_path):
    """LeakSanitizer looks at the end; without it the status counts."""
    with Alone(tmp_path) as milter:
        clients = [milter.client() for _ in range(50)]
        for mta in clients:
            assert mta.play(MESSAGE).reply.kind == "accept"
        assert milter.term() == 0, milter.log()
        for mta in clients:
            mta.drop()
