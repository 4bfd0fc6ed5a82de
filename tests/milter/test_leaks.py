# SPDX-License-Identifier: ISC
"""What sessions, messages and reloads leave behind: nothing.

AddressSanitizer looks for lost memory at the end; without it figures must not
grow. The numbers are ten times as large in `make check-long`.
"""

import os
import threading

import pytest
from alone import MESSAGE, Alone
from flow.story import stops_growing

TIMES = 10 if os.environ.get("MAILREEVE_LONG") else 1
STAGES = ["connect", "helo", "mail", "rcpt", "data", "header", "eoh", "body",
          "message"]


def go_at(milter, stage):
    """One session that breaks off after a stage, with half a packet."""
    with milter.client(greet=False) as mta:
        mta.connect("mail.sender.test", "203.0.113.7")
        if stage != "connect":
            mta.helo("mail.sender.test")
        if stage not in ("connect", "helo"):
            mta.mail("joan@sender.test")
        if stage in STAGES[3:]:
            mta.rcpt("ann@lab.test")
        if stage in STAGES[4:]:
            mta.message(MESSAGE, until=stage)
        mta.torn("L", b"Subject\0 x\0", 7)


def kept_kb(milter):
    """What it has in memory, without the decisions it remembers for `why`."""
    return milter.kb() - 2 * milter.status()["decisions"]


def keep_sending(milter, done, failed):
    """Messages in one session after another, until told to stop."""
    while not done.is_set():
        with milter.client() as mta:
            for _ in range(20):
                if mta.play(MESSAGE).reply.kind != "accept":
                    failed.append(milter.log()[-500:])
                mta.abort()


@pytest.fixture(params=["threads", "pool"])
def milter(request, tmp_path):
    with Alone(tmp_path, sessions=request.param, log_level="warn") as milter:
        yield milter


def test_descriptors_are_closed_and_none_would_be_inherited(milter):
    with milter.client() as mta:
        assert mta.play(MESSAGE).reply.kind == "accept"
    milter.wait_idle()
    before = milter.fds()
    for n in range(1000 * TIMES):
        with milter.client() as mta:
            if n % 2:
                assert mta.play(MESSAGE).reply.kind == "accept"
    milter.wait(lambda: len(milter.fds()) <= len(before), "closed sessions")
    own = {fd: what for fd, what in milter.fds().items()
           if not what.startswith("pipe:")}     # of libmilter's workers
    assert [what for fd, what in own.items()
            if not milter.is_cloexec(fd)] == []


@pytest.mark.parametrize("stage", STAGES)
def test_sessions_that_break_off_leave_nothing(milter, stage):
    def break_off():
        for _ in range(100 * TIMES):
            go_at(milter, stage)
        milter.wait_idle()

    break_off()
    fds = len(milter.fds())
    assert stops_growing(lambda: kept_kb(milter), break_off, 1 << 10) \
        or milter.has_sanitizer()
    milter.wait(lambda: len(milter.fds()) <= fds + 1, "closed sessions")


def test_reloads_under_load_keep_no_old_configuration(tmp_path):
    """Each is some hundred KB: one that stayed would show."""
    more = "".join(f"domain d{n}.test {{ }}\n" for n in range(500))
    with Alone(tmp_path, more=more, log_level="warn") as milter:
        def reload(times):
            for _ in range(times):
                milter.ctl("reload")

        done, failed = threading.Event(), []
        load = [threading.Thread(target=keep_sending,
                                 args=(milter, done, failed))
                for _ in range(4)]
        for thread in load:
            thread.start()
        try:
            reload(20)
            is_bounded = stops_growing(lambda: kept_kb(milter),
                                       lambda: reload(50 * TIMES), 6 << 10)
        finally:
            done.set()
            for thread in load:
                thread.join()
        assert failed == []
        assert is_bounded or milter.has_sanitizer()
        milter.wait_idle()
