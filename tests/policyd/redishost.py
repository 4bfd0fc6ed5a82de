# SPDX-License-Identifier: ISC
"""redishost.py - a Redis of a test's own, and what can stand between it and us.

    with RedisHost(tmp_path) as redis, PolicyHost(tmp_path, store=redis.where):
        redis.pause()
"""

import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from lab.daemon import free_port, listens
from lab.hang import hang
from lab.patience import AT_MOST

# What it has told somebody it knows after a kill, too.
CONF = """\
unixsocket {home}/redis
port {port}
bind 127.0.0.1
dir {home}
save ""
appendonly yes
appendfsync no
"""


class RedisHost:
    """It listens on a UNIX socket, and at a port of 127.0.0.1."""

    def __init__(self, home):
        self.home = Path(home)
        self.port = free_port()
        self.process = None
        (self.home / "redis.conf").write_text(
            CONF.format(home=home, port=self.port))
        self.unix = f"where unix:{home}/redis;"
        self.tcp = f"where redis:127.0.0.1:{self.port};"

    def start(self):
        with (self.home / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", self.home / "redis.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + AT_MOST
        while self.say("ping") != "PONG":
            assert time.monotonic() < deadline, "redis does not come"
            time.sleep(0.01)

    def say(self, *words):
        """A command, by redis-cli: what was answered."""
        done = subprocess.run(["redis-cli", "-s", self.home / "redis", *words],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        hang(self.process.pid)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exc):
        self.kill()


class Relay:
    """Passes on what goes between us and Redis, and not always well.

    delay    seconds that each answer is kept
    to_lose  so many answers to scripts are not told: the connection is closed
    lost     so many were
    """

    def __init__(self, redis):
        self.delay = self.to_lose = self.lost = 0
        self.upstream = str(redis.home / "redis")
        path = redis.home / "relay"
        self.where = f"where unix:{path};"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.conns = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        assert listens(self.listener.getsockname())
        return self

    def __exit__(self, *_exc):
        for conn in (self.listener, *self.conns):
            _end(conn)

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            self.conns += [near, far]
            threading.Thread(target=self._pass_on, args=(near, far),
                             daemon=True).start()

    def _pass_on(self, near, far):
        has_script = False
        try:
            far.connect(self.upstream)
            while True:
                ready, _, _ = select.select([near, far], [], [])
                if near in ready:
                    data = near.recv(65536)
                    has_script = has_script or b"EVAL" in data
                    _forward(data, far)
                if far in ready:
                    data = far.recv(65536)
                    # It was read, so it was done.
                    if has_script and self.to_lose > 0:
                        self.to_lose -= 1
                        self.lost += 1
                        break
                    time.sleep(self.delay)
                    has_script = False
                    _forward(data, near)
        except (OSError, ValueError):   # broken, or closed by the test
            pass
        finally:
            _end(near)
            _end(far)


def _forward(data, conn):
    if not data:
        raise ConnectionError
    conn.sendall(data)


def _end(conn):
    """Close it for a thread that waits in it, too."""
    try:
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    conn.close()
