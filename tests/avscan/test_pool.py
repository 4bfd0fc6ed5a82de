# SPDX-License-Identifier: ISC
"""Workers that hang, crash, eat memory or time; clients that go, lie and tear."""

import bz2
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from archives import tar_of, zip_of
from lab.crew import Crew
from lab.hang import hang
from lab.patience import AT_MOST
from scanhost import ScanHost, request, sealed

SMALL = zip_of({"a.txt": b"hello"})


def slow_file():
    """What takes seconds to unpack, whatever the machine, and none to make: the
    same stream of bzip2 again and again, an entry of an archive in each."""
    entry = tar_of({"a": os.urandom(1 << 20)})[:512 + (1 << 20)]
    return bz2.compress(entry) * 24


def state_of(pid):
    """Its letter; None: it has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()[0]


def child_of(host):
    """The only worker, when it is there."""
    [pid] = host.workers()
    return pid


def stopped_worker(host):
    """The only worker: it will not answer by itself."""
    pid = child_of(host)
    hang(pid)
    return pid


def reading(host, count=1):
    host.wait(lambda: host.status()["reading"] == count,
              f"{count} files that are read")


def test_a_worker_that_hangs_costs_one_answer(tmp_path):
    with ScanHost(tmp_path, workers=1, deadline="300ms") as avscan:
        pid = stopped_worker(avscan)
        assert avscan.scan(SMALL).unread == "late"
        avscan.wait(lambda: not Path(f"/proc/{pid}").exists(),
                    "the worker to be killed")
        avscan.configure(workers=1, deadline="60s")
        avscan.ctl("reload")
        assert avscan.scan(SMALL).names() == ["a.txt"]
        assert avscan.figure("workers_killed_total") == 1
        assert avscan.figure('unread_total{reason="late"}') == 1
        assert "is late with a file" in avscan.log()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL,
                                    signal.SIGABRT])
def test_a_worker_that_crashes_costs_one_answer(tmp_path, number):
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        assert avscan.scan(SMALL).unread == "read"
        pid = stopped_worker(avscan)
        with avscan.ask(SMALL) as asked, avscan.ask(SMALL) as behind:
            reading(avscan)
            os.kill(pid, number)
            if number != signal.SIGKILL:  # which ends a stopped one at once
                os.kill(pid, signal.SIGCONT)
            assert asked.answer().unread == "crashed"
            assert behind.answer().names() == ["a.txt"]
        assert avscan.figure("workers_crashed_total") == 1
        assert child_of(avscan) != pid


def test_a_worker_that_dies_without_a_file_is_replaced(tmp_path):
    with ScanHost(tmp_path, workers=2, deadline="60s") as avscan:
        avscan.wait(lambda: len(avscan.workers()) == 2, "both")
        old = set(avscan.workers())
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        avscan.wait(lambda: len(set(avscan.workers()) - old) == 2, "others")
        assert avscan.scan(SMALL).names() == ["a.txt"]


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        assert avscan.scan(slow_file(), timeout_ms=20).unread == "late"
        assert avscan.scan(SMALL).names() == ["a.txt"]


def test_memory_beyond_the_limit_is_told(tmp_path):
    """The file is 40 MB, and a worker may take 16."""
    with ScanHost(tmp_path, workers=1, worker_memory="16m",
                  deadline="60s") as avscan:
        if avscan.has_sanitizer():
            pytest.skip("a sanitizer has taken all that it may take")
        answer = avscan.scan(bytes(40 * 1024 * 1024))
        assert answer.unread == "memory"
        answer = avscan.scan(zip_of({"a.zip": zip_of({
            "b": bytes(8 << 20), "c.zip": bytes(30 << 20) + SMALL}) +
            os.urandom(12 << 20)}))
        assert answer.unread == "crashed" or \
            "limit_memory" in answer.marks
        assert avscan.scan(SMALL).names() == ["a.txt"]


def test_beyond_the_queue_the_answer_is_busy_at_once(tmp_path):
    with ScanHost(tmp_path, workers=1, queue=2, deadline="60s") as avscan:
        pid = stopped_worker(avscan)
        asked = [avscan.ask(SMALL)]
        reading(avscan)
        asked += [avscan.ask(SMALL) for _ in range(2)]
        avscan.wait(lambda: avscan.status()["waiting"] == 2, "a full queue")
        assert avscan.scan(SMALL).unread == "busy"
        os.kill(pid, signal.SIGCONT)
        assert [one.answer().unread for one in asked] == ["read"] * 3


def test_who_waits_too_long_for_a_worker_hears_busy(tmp_path):
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        pid = stopped_worker(avscan)
        with avscan.ask(SMALL) as first:
            reading(avscan)
            assert avscan.scan(SMALL, timeout_ms=50).unread == "busy"
            os.kill(pid, signal.SIGCONT)
            assert first.answer().unread == "read"


def test_a_client_that_goes_holds_up_nobody(tmp_path):
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        pid = stopped_worker(avscan)
        with avscan.ask(SMALL):
            reading(avscan)
            for _ in range(5):
                avscan.ask(SMALL).conn.close()
        avscan.wait(lambda: avscan.status()["connections"] == 0
                    and avscan.status()["waiting"] == 0, "them to be gone")
        os.kill(pid, signal.SIGCONT)
        assert avscan.scan(SMALL).names() == ["a.txt"]


def test_a_client_that_does_not_read_its_answer_holds_up_nobody(tmp_path):
    many = zip_of({f"{n:0200}": b"" for n in range(20000)})
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        with avscan.ask(many) as lazy:
            avscan.wait(lambda: avscan.status()["files"] == 1, "the answer")
            assert avscan.scan(SMALL).names() == ["a.txt"]
            assert len(lazy.answer().entries) == 20000


# --- what clients send ------------------------------------------------------

def test_torn_requests_end_without_a_trace(tmp_path):
    whole = request(b"name")
    with ScanHost(tmp_path, deadline="60s") as avscan:
        for size in range(len(whole)):
            with avscan.ask(SMALL, whole[:size] or b"M"):
                pass
        avscan.wait(lambda: avscan.status()["connections"] == 0, "the end")
        assert avscan.scan(SMALL).names() == ["a.txt"]
        assert avscan.figure("torn_total") == len(whole)


def test_a_request_may_come_byte_by_byte(tmp_path):
    with ScanHost(tmp_path, deadline="60s") as avscan, \
            avscan.ask(SMALL, b"M") as asked:
        for byte in request(b"name")[1:]:
            asked.conn.send(bytes([byte]))
        assert asked.answer().names() == ["a.txt"]


WRONG = {"another protocol": b"GET / HTTP/1.1\r\n\r\n",
         "another version": b"MRS2" + bytes(6),
         "a name that is too long":
             b"MRS1" + bytes(4) + b"\x01\x00" + bytes(256),
         "more behind it": request(b"name") + b"more"}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_no_request_is_told_so(tmp_path, sentence):
    with ScanHost(tmp_path) as avscan, \
            avscan.ask(SMALL, WRONG[sentence]) as asked:
        assert asked.answer().unread == "request"


def test_descriptors_of_a_wrong_kind_are_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(SMALL)
    pair = socket.socketpair()
    pipe = os.pipe()
    wrong = {
        "a socket": pair[0].fileno(), "a pipe": pipe[0],
        "a folder": os.open(tmp_path, os.O_RDONLY),
        "a device": os.open("/dev/null", os.O_RDONLY),
        "a file that can be written": os.open(path, os.O_RDWR),
        "a file that can only be written": os.open(path, os.O_WRONLY),
        "a path alone": os.open(path, os.O_PATH),
        "a memfd without seals": os.memfd_create("x"),
    }
    with ScanHost(tmp_path) as avscan:
        for sentence, fd in wrong.items():
            assert avscan.scan(fd).unread == "descriptor", sentence
        right = os.open(path, os.O_RDONLY)
        assert avscan.scan(right).names() == ["a.txt"]
        with avscan.ask(None, fds=[]) as asked:
            assert asked.answer().unread == "descriptor"
        with avscan.ask(None, fds=[right, right]) as asked:
            assert asked.answer().unread == "descriptor"
        with avscan.ask(None, fds=[right] * 9) as asked:
            assert asked.answer().unread == "descriptor"
        before = len(list(Path(f"/proc/{avscan.process.pid}/fd").iterdir()))
        for _ in range(50):
            with avscan.ask(None, fds=[right] * 9) as asked:
                asked.answer()
        assert len(list(Path(f"/proc/{avscan.process.pid}/fd")
                        .iterdir())) <= before


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with ScanHost(tmp_path, max_size="1k") as avscan:
        assert avscan.scan(bytes(1024)).unread == "read"
        assert avscan.scan(bytes(1025)).unread == "size"
        assert avscan.scan(b"").unread == "read"


# --- the daemon -------------------------------------------------------------

def test_each_file_may_have_a_worker_of_its_own(tmp_path):
    with ScanHost(tmp_path, workers=2, worker_files=1,
                  deadline="60s") as avscan:
        for _ in range(20):
            assert avscan.scan(SMALL).names() == ["a.txt"]
        assert avscan.figure("workers_started_total") >= 21
        assert avscan.figure("workers_crashed_total") == 0


class Load(Crew):
    """So many clients that ask all the time."""

    def __init__(self, host, count):
        super().__init__(self._ask, [()] * count)
        self.host = host
        self.answers = []

    def _ask(self):
        while not self.is_over.is_set():
            try:
                self.answers.append(self.host.scan(SMALL).unread)
            except (OSError, EOFError):
                time.sleep(0.01)    # the daemon is away

    def more(self, count):
        enough = len(self.answers) + count
        self.host.wait(lambda: len(self.answers) > enough, "answers")


def test_a_restart_under_load_leaves_no_worker_behind(tmp_path):
    with ScanHost(tmp_path, deadline="60s") as avscan, \
            Load(avscan, 4) as load:
        load.more(20)
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            old = avscan.workers()
            avscan.term(number)
            deadline = time.monotonic() + AT_MOST
            while any(state_of(pid) not in (None, "Z") for pid in old):
                assert time.monotonic() < deadline, "workers are left"
                time.sleep(0.01)
            avscan.start()
            load.more(20)
        assert set(load.answers) == {"read"}


def test_a_reload_changes_all_but_the_sockets_without_a_loss(tmp_path):
    with ScanHost(tmp_path, workers=2, deadline="60s") as avscan, \
            Load(avscan, 3) as load:
        for count in (4, 1, 3):
            avscan.configure(workers=count, deadline="60s")
            assert avscan.ctl("reload") == '"reloaded"\n'
            load.more(10)
            avscan.wait(lambda: len(avscan.status()["workers"]) == count,
                        "the workers")
        assert set(load.answers) == {"read"}
        avscan.configure(workers=0)
        assert "ERR" in str(avscan_error(avscan))
        assert avscan.figure("reloads_total") == 3
        assert avscan.figure("reloads_refused_total") == 1
        load.more(10)


def avscan_error(host):
    try:
        return host.ctl("reload")
    except Exception as error:      # whatever the helper raises for ERR
        return f"ERR {error}"


def test_it_stops_when_what_has_come_is_answered(tmp_path):
    with ScanHost(tmp_path, workers=1, deadline="60s") as avscan:
        pid = stopped_worker(avscan)
        with avscan.ask(SMALL) as asked:
            reading(avscan)
            avscan.process.send_signal(signal.SIGTERM)
            avscan.wait(lambda: "stopping" in avscan.log(), "it to hear")
            os.kill(pid, signal.SIGCONT)
            assert asked.answer().names() == ["a.txt"]
        assert avscan.process.wait(AT_MOST) == 0


def test_without_the_process_that_makes_workers_it_ends(tmp_path):
    with ScanHost(tmp_path) as avscan:
        [zygote] = subprocess.run(
            ["pgrep", "-P", str(avscan.process.pid)], check=True,
            capture_output=True, text=True).stdout.split()
        os.kill(int(zygote), signal.SIGKILL)
        assert avscan.process.wait(AT_MOST) == 1
    assert "the process that makes workers is gone" in avscan.log()


def test_control_says_what_there_is(tmp_path):
    with ScanHost(tmp_path, workers=3, deadline="60s") as avscan:
        fd = sealed(SMALL)
        avscan.scan(fd)
        os.close(fd)
        assert avscan.ctl("ping", path="plugin") == '"pong"\n'
        avscan.wait(lambda: len(avscan.status()["workers"]) == 3, "three")
        status = avscan.status()
        assert status["daemon"] == "avscan"
        assert status["files"] == 1
        assert status["degraded"] == []
        assert avscan.figure("files_total") == 1
        assert avscan.figure("bytes_total") == len(SMALL)
