# SPDX-License-Identifier: ISC
"""No descriptors, no threads, too many clients: less service, never none, and
never a processor that spins."""

import os
import re
import resource
import shutil
import socket
import time
from pathlib import Path

import pytest
from alone import MESSAGE, Alone
from lab.patience import AT_MOST
from milteranswers import FilterClosed


def connect(milter, path, count):
    """Connections that say nothing; those that are cut at once included."""
    conns = []
    for _ in range(count):
        conn = socket.socket(socket.AF_UNIX)
        conn.connect(str(milter.home / path))
        conn.settimeout(AT_MOST)
        conns.append(conn)
    return conns


def close(conns):
    for conn in conns:
        conn.close()


def is_cut(conn):
    conn.setblocking(False)
    try:
        return conn.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def load_of(milter, seconds=1.0):
    """How much of a processor it takes for itself."""
    before = milter.cpu_seconds()
    time.sleep(seconds)
    return (milter.cpu_seconds() - before) / seconds


def rests(milter):
    """Whether it comes to rest: who spins takes all that it can get, always;
    who has had much to do is at work for a while."""
    return any(load_of(milter) < 0.2 for _ in range(10))


def test_sessions_beyond_the_descriptors_are_closed_at_once(tmp_path):
    with Alone(tmp_path, limits={resource.RLIMIT_NOFILE: 256}) as milter:
        conns = connect(milter, "s", 400)
        milter.wait(lambda: sum(map(is_cut, conns)) > 300, "the refusals")
        assert rests(milter)
        told = milter.status()
        assert 10 < told["sessions"] <= 128
        assert told["sessions_refused"] == 400 - told["sessions"]
        assert "descriptors" in milter.log()
        assert "a session is refused" in milter.log()
        close(conns)
        milter.wait_idle()
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"


def test_the_limit_on_descriptors_is_raised_to_what_is_allowed(tmp_path):
    milter = Alone(tmp_path)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    milter.limits = {resource.RLIMIT_NOFILE: 4096}
    milter._limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                               (64, min(hard, 4096)))
    with milter:
        conns = connect(milter, "s", 200)
        milter.wait(lambda: milter.status()["sessions"] == 200, "all")
        assert milter.status()["sessions_refused"] == 0
        close(conns)


@pytest.mark.parametrize("path", ["ctl", "plugin"])
def test_control_clients_that_say_nothing_do_not_shut_others_out(tmp_path,
                                                                 path):
    with Alone(tmp_path, limits={resource.RLIMIT_NOFILE: 256}) as milter:
        conns = connect(milter, path, 400)
        assert rests(milter)
        assert milter.ctl("ping") == milter.ctl("ping", path="plugin")
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"
        close(conns)


def test_without_any_descriptor_left_nothing_spins(tmp_path):
    """Ours are bounded: so here somebody takes the milter's away."""
    with Alone(tmp_path, limits={resource.RLIMIT_NOFILE: 256}) as milter:
        free = max(milter.fds()) + 1
        pid = milter.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, 256))
        sessions = connect(milter, "s", 20)
        controls = connect(milter, "ctl", 20)
        assert rests(milter)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (256, 256))
        milter.wait(lambda: milter.status()["sessions"] == 20, "all")
        close(sessions)
        close(controls)
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"


class Lonely(Alone):
    """A milter of a user who may have only so many threads."""

    def __init__(self, home, threads):
        super().__init__(home, limits={resource.RLIMIT_NPROC: threads})
        (home / "spool").chmod(0o777)
        home.chmod(0o777)
        for parent in (home.parent, home.parent.parent):
            parent.chmod(0o755)
        # Where it was built others need not be let in.
        self.program = Path(shutil.copy(self.program, home))

    def _limit(self):
        super()._limit()
        os.setgroups([])
        os.setgid(54321)
        os.setuid(54321)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")


@needs_root
def test_without_a_thread_of_its_own_it_says_so_and_ends(tmp_path,
                                                         monkeypatch):
    # LeakSanitizer would need one too.
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")
    milter = Lonely(tmp_path, threads=1)
    milter.spawn()
    assert milter.process.wait(AT_MOST) == 2
    assert re.search("no thread .*: Resource temporarily", milter.log())


@needs_root
def test_sessions_beyond_the_threads_are_closed_at_once(tmp_path):
    with Lonely(tmp_path, threads=12) as milter:
        conns = connect(milter, "s", 40)
        milter.wait(lambda: sum(map(is_cut, conns)) > 20, "the refusals")
        assert milter.status()["sessions"] < 12
        assert "a session is refused" in milter.log()
        assert rests(milter)
        close(conns)
        milter.wait_idle()
        with milter.client() as mta:
            assert mta.play(MESSAGE).reply.kind == "accept"


def test_a_control_client_that_never_reads_is_given_up(tmp_path):
    """It holds one answer, its requests wait in the kernel."""
    with Alone(tmp_path) as milter:
        before = milter.kb()
        conns = connect(milter, "ctl", 20)
        for conn in conns:
            conn.setblocking(False)
            try:
                while True:
                    conn.send(b"metrics\n" * 1000)
            except BlockingIOError:
                pass
        assert milter.ctl("ping") == '"pong"\n'
        assert rests(milter)
        assert milter.kb() - before < 16 << 10 or milter.has_sanitizer()
        close(conns)
        assert milter.ctl("ping") == '"pong"\n'


def test_a_client_that_is_refused_sees_an_orderly_end(tmp_path):
    with Alone(tmp_path, max_connections="1") as milter:
        with milter.client() as first:
            with pytest.raises(FilterClosed):
                milter.client(greet=False)
            assert first.play(MESSAGE).reply.kind == "accept"
