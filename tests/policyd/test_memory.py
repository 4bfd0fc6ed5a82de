# SPDX-License-Identifier: ISC
"""policyd's own memory: what it keeps, and who else may use it."""

import itertools
import os
import socket
import stat
import struct
import threading
import time

from lab.patience import AT_MOST
from policyhost import PolicyHost

LIMIT = "throttle outbound { limit 3/1h; }\n"
NUMBERS = itertools.count()
HOUR_MS = 3600 * 1000
GREETING = b"*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n"
WELCOME = b"*1\r\n$9\r\nmailreeve\r\n"


def store(home, more):
    return f'snapshot "{home}/store"; {more}'


def send(policyd):
    """A message of ann's at its end: what is said to it."""
    with policyd.connect() as postfix:
        return postfix.ask(instance=f"m{next(NUMBERS)}",
                           sasl_username="ann@lab.test",
                           protocol_state="END-OF-MESSAGE", recipient="",
                           sender="ann@lab.test", recipient_count="1",
                           queue_id="Q")


def used(policyd):
    """By ann, of outbound."""
    [told] = policyd.ctl("limits", {"address": "ann@lab.test"})["limits"]
    return told["used"]


# --- snapshots ---------------------------------------------------------------

def test_a_killed_daemon_remembers_its_last_snapshot(tmp_path):
    policyd = PolicyHost(tmp_path, more=LIMIT,
                         store=store(tmp_path, "snapshot_every 1s;")).start()
    assert send(policyd) == "DUNNO"
    # Nothing is written before something is counted.
    policyd.wait(lambda: (tmp_path / "store").exists(), "the snapshot")
    policyd.process.kill()
    policyd.process.wait()
    (tmp_path / "log").unlink()
    with policyd:
        assert used(policyd) == 1


def test_snapshots_go_on_being_written(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT,
                    store=store(tmp_path, "snapshot_every 1s;")) as policyd:
        for _ in range(3):
            before = time.time_ns()
            send(policyd)
            policyd.wait(lambda: (tmp_path / "store").exists() and
                         (tmp_path / "store").stat().st_mtime_ns > before,
                         "another snapshot")
        assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o600


def test_a_stop_forgets_nothing(tmp_path):
    policyd = PolicyHost(tmp_path, more=LIMIT,
                         store=store(tmp_path, "snapshot_every 1h;"))
    with policyd:
        assert [send(policyd) for _ in range(3)] == ["DUNNO"] * 3
        assert not (tmp_path / "store").exists()
    (tmp_path / "log").unlink()
    with policyd:
        assert used(policyd) == 3
        assert send(policyd).startswith("421 4.7.1 [")


# --- the socket --------------------------------------------------------------

def frame(*words):
    """As remote.h describes it."""
    words = [word if isinstance(word, bytes) else str(word).encode()
             for word in words]
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Client:
    """Another daemon on the store's socket."""

    def __init__(self, home):
        self.conn = socket.socket(socket.AF_UNIX)
        self.conn.connect(str(home / "memory"))
        self.conn.settimeout(AT_MOST)
        self.stream = self.conn.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stream.close()
        self.conn.close()

    def send(self, data):
        self.conn.sendall(data)

    def read(self):
        """The words of an answer, or the line of a refusal."""
        head = self.stream.readline()
        if head[:1] == b"-":
            return head.decode().strip()
        assert head[:1] == b"*", head
        words = []
        for _ in range(int(head[1:])):
            size = int(self.stream.readline()[1:])
            words.append(self.stream.read(size + 2)[:-2].decode())
        return words

    def charge(self, name, limit):
        now = int(time.time() * 1000)
        terms = struct.pack("<7d", now, 2 ** 53, now + 2 * HOUR_MS, HOUR_MS,
                            HOUR_MS // 60, limit, 1)
        self.send(frame("OP", "charge", 2, "mr:{t}:count:c",
                        f"mr:{{t}}:charge:{name}", "charge", terms))
        return self.read()


def race(home, number, admitted):
    with Client(home) as client:
        for i in range(40):
            if client.charge(f"{number}/{i}", 100)[0] == "charged":
                admitted.append((number, i))


def test_sixteen_clients_never_get_one_more(tmp_path):
    with PolicyHost(tmp_path) as policyd:
        admitted = []
        racers = [threading.Thread(target=race,
                                   args=(tmp_path, number, admitted))
                  for number in range(16)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert len(admitted) == 100
        assert policyd.figure("store_client_requests_total") == 640
        policyd.wait(lambda: policyd.figure("store_clients") == 0, "the end")


def test_its_group_may_use_it_and_nobody_else(tmp_path):
    with PolicyHost(tmp_path):
        assert stat.S_IMODE((tmp_path / "memory").stat().st_mode) == 0o660
    assert not (tmp_path / "memory").exists()


def test_whoever_sends_nonsense_or_stops_in_between_disturbs_nobody(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT) as policyd, \
            Client(tmp_path) as half, Client(tmp_path) as browser:
        half.send(GREETING[:7])
        browser.send(b"GET / HTTP/1.0\r\n\r\n")
        assert browser.read().startswith("-REFUSED what came is no array")
        assert browser.stream.read() == b""
        assert send(policyd) == "DUNNO" and used(policyd) == 1
        half.send(GREETING[7:])
        assert half.read() == ["mailreeve"]
        assert policyd.figure("store_clients_unread_total") == 1


def test_a_client_that_reads_nothing_keeps_nobody_waiting(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT) as policyd, \
            Client(tmp_path) as deaf, Client(tmp_path) as other:
        deaf.conn.setblocking(False)
        try:
            while True:
                deaf.conn.send(GREETING * 1000)
        except BlockingIOError:
            pass
        other.send(GREETING)
        assert other.read() == ["mailreeve"]
        assert send(policyd) == "DUNNO"


def fill(client, home):
    """Entries until there is no room: the refusal."""
    for number in itertools.count():
        now = int(time.time() * 1000)
        client.send(b"".join(
            frame("OP", "greylist", 2, f"mr:{{t}}:grey:{number}/{i}",
                  "mr:{t}:client:c", now, 1000, HOUR_MS, HOUR_MS, 0)
            for i in range(100)))
        answers = [client.read() for _ in range(100)]
        if isinstance(answers[-1], str):
            return answers[-1]
    return home


def test_a_memory_that_is_full_says_so_and_limits_go_by_on_error(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT,
                    store=store(tmp_path, "memory_limit 1m;")) as policyd, \
            Client(tmp_path) as client:
        assert policyd.status()["degraded"] == []
        assert "the memory for counters is full" in fill(client, tmp_path)
        [trouble] = policyd.status()["degraded"]
        assert trouble.startswith("the memory for counters is full")
        assert send(policyd) == "DUNNO"
        assert policyd.figure("store_refused_total") > 1


def test_who_waits_for_a_milter_that_is_not_there_is_told(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT + "rule throttle { milter_confirms "
                    "yes; }\n") as policyd:
        [trouble] = policyd.status()["degraded"]
        assert trouble.startswith("milter_confirms says yes, but no milter")
        with Client(tmp_path) as milter:
            milter.send(GREETING)
            assert milter.read() == ["mailreeve"]
            assert policyd.status()["degraded"] == []
        policyd.configure(more=LIMIT)
        policyd.reload()
        assert policyd.status()["degraded"] == []


def test_two_daemons_do_not_share_a_socket(tmp_path):
    (tmp_path / "two").mkdir()
    with PolicyHost(tmp_path):
        second = PolicyHost(tmp_path / "two")
        conf = tmp_path / "two" / "conf"
        conf.write_text(conf.read_text().replace(
            f"{tmp_path}/two/memory", f"{tmp_path}/memory"))
        second.spawn()
        assert second.process.wait(AT_MOST) == 2
        assert "another process listens here" in second.log()
        assert os.path.exists(tmp_path / "memory")
