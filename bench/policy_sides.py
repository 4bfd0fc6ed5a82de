# SPDX-License-Identifier: ISC
"""policy_sides.py - the policy services that stand side by side.

Each has start(), stop(), programs (name: Popen), socket, and the kind of
request that makes it charge (see bench-policy-load --help).  In texts @HOME@
stands for a side's own folder.
"""

import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from world import CHECKOUT, wait_until

# Never reached, so that every request is counted, in three counters.
LIMITS = [100_000, 1_000_000, 10_000_000]
WINDOWS_S = [3600, 86400, 3600]

POLICYD_CONF = """\
policyd {
	mode enforce;
	listen "unix:@HOME@/s";
	max_connections 5000;
	ctl_admin "@HOME@/admin.ctl";
	ctl_plugin "@HOME@/plugin.ctl";
	event_spool "@HOME@";
}
throttle outbound { limit 100000/1h 1000000/1d; }
throttle pool { per domain; limit 10000000/1h; }
"""
IN_REDIS = 'store { where "unix:@HOME@/redis"; }\n'
IN_MEMORY = """\
store { where memory; snapshot none; memory_limit 8g;
	socket "@HOME@/store"; }
"""
ALL_RULES = """\
access senders { sender_map "@HOME@/senders"; action deny; }
access clients { client_map "@HOME@/clients"; action deny; }
rule greylist { spf no; }
policy { greylist yes; }
"""
MAP_LINES = 10_000

# As Debian ships it, but for the limits, the places, and that it does not
# print each request.  It knows no domains: the third limit is one more window
# of the login.
RATE_LIMIT_CONF = """\
debug: False
user: "root"
group: "root"
pidfile: "@HOME@/pid"
sqlite_config:
    database: "@DATABASE@"
backend: 0
SOCKET: "@HOME@/s"
socket_permission: 0666
limits:
    - [100000, 3600]
    - [1000000, 86400]
    - [10000000, 604800]
limits_by_id: {}
limit_by_sasl: True
limit_by_sender: False
limit_by_ip: False
limited_networks: []
success_action: "dunno"
fail_action: "defer_if_permit Rate limit reach, retry later"
db_error_action: "dunno"
report: False
report_limits: [86400]
delay_to_close: 300
"""

# The sender has the domain of the login here.
POSTFWD_RULES = """\
id=U1; action=rate(sasl_username/100000/3600/450 4.7.1 hourly limit)
id=U2; action=rate(sasl_username/1000000/86400/450 4.7.1 daily limit)
id=D1; action=rate(sender_domain/10000000/3600/450 4.7.1 domain limit)
"""


def find(name):
    """Where Debian puts the program; the path it would have, if absent."""
    return Path(shutil.which(name, path="/usr/sbin:/usr/bin")
                or f"/usr/sbin/{name}")


def _accepts(path):
    """Does a server listen there?"""
    with socket.socket(socket.AF_UNIX) as conn:
        try:
            conn.connect(str(path))
            return True
        except OSError:
            return False


class Side:
    """Programs that answer on one socket: FILES are written to their folder,
    COMMANDS (name: words) started one after the other; each is there when it
    listens on what SOCKETS says."""

    label = None
    kind = "charges"
    is_frail = False    # needs a new start before each run
    sockets = {}

    def __init__(self):
        self.programs = {}      # name: Popen
        self.home = None

    def pids(self):
        """name: pid"""
        return {name: one.pid for name, one in self.programs.items()}

    def files(self):
        return {}

    def commands(self):
        raise NotImplementedError

    def missing(self):
        """Why it cannot take part, or None."""
        for words in self.commands().values():
            if not Path(words[0]).exists():
                return f"{self.label}: {words[0]} is not there"
        return None

    def at_home(self, text):
        return str(text).replace("@HOME@", str(self.home))

    def start(self, home):
        self.home = home
        home.mkdir(parents=True)
        for name, text in self.files().items():
            (home / name).write_text(self.at_home(text))
        for name, words in self.commands().items():
            log = home / f"{name}.log"
            with log.open("ab") as stream:
                process = subprocess.Popen(
                    [self.at_home(word) for word in words],
                    stdout=stream, stderr=stream)
            self.programs[name] = process
            self.wait_for(name, process)

    def wait_for(self, name, process):
        path = self.home / self.sockets.get(name, "s")
        wait_until(lambda: _accepts(path), process,
                   self.home / f"{name}.log")

    @property
    def socket(self):
        return f"unix:{self.home}/s"

    def is_running(self):
        return all(one.poll() is None for one in self.programs.values())

    def ask_to_stop(self):
        for one in self.programs.values():
            if one.poll() is None:
                one.send_signal(signal.SIGINT)

    def stop(self):
        self.ask_to_stop()
        for one in self.programs.values():
            try:
                one.wait(5)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self.programs = {}


def redis_command():
    """A server that writes nothing to a disk."""
    return [find("redis-server"), "--port", "0", "--unixsocket",
            "@HOME@/redis", "--save", "", "--appendonly", "no", "--dir",
            "@HOME@"]


class Mailreeve(Side):
    """Ours: with limits alone, or with all rules."""

    sockets = {"redis": "redis"}

    def __init__(self, label, programs, in_redis, rules=""):
        super().__init__()
        self.label = label
        self.program = programs / "mailreeve-policyd"
        self.in_redis = in_redis
        self.rules = rules

    def files(self):
        return {
            "conf": POLICYD_CONF + self.rules
            + (IN_REDIS if self.in_redis else IN_MEMORY),
            "senders": "".join(f"spam{n}@bad{n}.example\n"
                               for n in range(MAP_LINES)),
            "clients": "".join(f"203.0.{n // 256}.{n % 256}\n"
                               for n in range(MAP_LINES)),
        }

    def commands(self):
        redis = {"redis": redis_command()} if self.in_redis else {}
        return {**redis, "policyd": [self.program, "-c", "@HOME@/conf"]}


class RateLimit(Side):
    """It counts at RCPT, each request in a transaction of SQLite: Debian has
    its database on a disk.  It ends at 1,024 descriptors, and lets go of the
    last run's only by and by."""

    kind = "asks"
    is_frail = True

    def __init__(self, label, database):
        super().__init__()
        self.label = label
        self.database = database

    def files(self):
        Path(self.at_home(self.database)).parent.mkdir(exist_ok=True)
        return {"conf.yaml": RATE_LIMIT_CONF.replace("@DATABASE@",
                                                     self.database)}

    def commands(self):
        return {"policyd-rate-limit": [find("policyd-rate-limit"), "-f",
                                       "@HOME@/conf.yaml"]}


class Postfwd(Side):
    """The edition with one process: the other one needs a process for each
    connection that Postfix keeps.  It runs as a daemon or not at all."""

    label = "postfwd"
    pid = None

    def files(self):
        return {"rules": POSTFWD_RULES}

    def commands(self):
        return {"postfwd": [find("postfwd1"), "--daemon", "--norulelog",
                            "--norulestats", "--nodns", "--proto", "unix",
                            "--port", "@HOME@/s", "--file", "@HOME@/rules",
                            "--user", "root", "--group", "root", "--umask",
                            "0000", "--pidfile", "@HOME@/pid"]}

    def wait_for(self, name, process):
        process.wait()
        give_up = time.monotonic() + 10
        while not _accepts(self.home / "s"):
            if time.monotonic() > give_up:
                raise SystemExit("postfwd is not ready")
            time.sleep(0.02)

        self.pid = int((self.home / "pid").read_text())

    def pids(self):
        return {"postfwd": self.pid}

    def is_running(self):
        return self.pid and Path(f"/proc/{self.pid}").exists()

    def ask_to_stop(self):
        if self.is_running():
            os.kill(self.pid, signal.SIGTERM)
        self.pid = None


class Ceiling:
    """redis-benchmark with our script and three counters: what the server
    does for us, asked by nobody who has anything else to do."""

    def __init__(self):
        self.side = None

    def script(self):
        """As the Makefile puts it together.  The numbers stand in front: no
        argument of redis-benchmark can hold a NUL."""
        folder = CHECKOUT / "lib" / "store"
        lines = (folder / "charge.lua").read_text().splitlines()
        numbers = "".join(f"\\{byte:03}" for byte in self.numbers())
        front = f'ARGV[2], ARGV[3] = "{numbers}", "7200000"\n'
        return front.encode() + "".join(
            (folder / line.split()[2]).read_text()
            if line.startswith("-- with ") else line + "\n"
            for line in lines).encode()

    @staticmethod
    def numbers():
        """What charge_ask() sends: now, never lapses, remembered for 2 h; of
        each counter window, slice, limit, amount."""
        now_ms = int(time.time() * 1000)
        numbers = [now_ms, 2 ** 53, now_ms + 7_200_000]
        for window_s, limit in zip(WINDOWS_S, LIMITS):
            numbers += [window_s * 1000, window_s * 1000 // 60, limit, 1]
        return struct.pack(f"<{len(numbers)}d", *numbers)

    def run(self, home, connections, pipelined, users, requests):
        """Requests a second, p50 and p99 in ms, CPU of the server in µs."""
        side = Side()
        side.label = "redis-benchmark"
        side.sockets = {"redis": "redis"}
        side.commands = lambda: {"redis": redis_command()}
        side.start(home)
        try:
            return self._run(side, connections, pipelined, users, requests)
        finally:
            side.stop()

    def _run(self, side, connections, pipelined, users, requests):
        script = self.script()
        say = ["-s", str(side.home / "redis")]
        subprocess.run(["redis-cli", *say, "-x", "script", "load"],
                       input=script, check=True, capture_output=True)
        key = "mr:{d00000.bench.example}:"
        before = cpu_seconds(side.programs["redis"].pid)
        done = subprocess.run(
            ["redis-benchmark", *say, "-c", str(connections), "-P",
             str(pipelined), "-n", str(requests), "-r", str(users), "--csv",
             "evalsha", hashlib.sha1(script).hexdigest(), "4",
             f"{key}limit:outbound/messages/0/u__rand_int__@bench.example",
             f"{key}limit:outbound/messages/1/u__rand_int__@bench.example",
             f"{key}limit:pool/messages/0/bench.example",
             f"{key}charge:bench/__rand_int__.__rand_int__/0", "charge"],
            check=True, capture_output=True)
        each = cpu_seconds(side.programs["redis"].pid) - before
        # "test","rps","avg","min","p50","p95","p99","max"
        row = done.stdout.decode().strip().splitlines()[-1].split('","')
        return {"rate": float(row[1]), "p50": float(row[4]),
                "p99": float(row[6]), "cpu_us": 1e6 * each / requests}


def cpu_seconds(pid):
    """What a process has taken of the processors, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def all_sides(programs, disk):
    """Every row of the table, in its order; DISK is a folder on one."""
    return [
        Mailreeve("mailreeve, Redis", programs, True),
        Mailreeve("mailreeve, memory", programs, False),
        Mailreeve("mailreeve, all rules, Redis", programs, True, ALL_RULES),
        RateLimit("policyd-rate-limit", f"{disk}/rate-limit/db.sqlite3"),
        RateLimit("policyd-rate-limit, no disk", "@HOME@/db.sqlite3"),
        Postfwd(),
    ]
