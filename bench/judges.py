# SPDX-License-Identifier: ISC
"""judges.py - others that judge what mail says: rspamd and SpamAssassin's spamd.

Each is a side as filters.py has them; spamd speaks no milter protocol, so its
load comes from spamc_load() here.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import filters
from world import RESOLVER, wait_until

STOCK = Path("/usr/share/spamassassin")

# What asks the network, learns or puts mail off has no part in this.
OFF = ["arc", "asn", "bimi", "clickhouse", "dcc", "elastic", "fuzzy_check",
       "greylist", "history_redis", "metric_exporter", "mx_check", "neural",
       "p0f", "ratelimit", "rbl", "replies", "reputation", "spamtrap",
       "surbl", "url_redirector", "phishing", "dkim_signing"]

OPTIONS = """\
dns { nameserver = ["%(resolver)s"]; }
local_addrs = [];
control_socket = "%(home)s/control mode=0600";
"""
PROXY = """\
bind_socket = "%(socket)s mode=0666";
milter = yes;
timeout = 120s;
count = 2;
upstream "local" { default = yes; self_scan = yes; }
"""


class Rspamd(filters.Filter):
    """Debian's default rules at its milter port; `rules`: files of
    SpamAssassin's language for its module of that name."""

    def __init__(self, label, rules=()):
        super().__init__(label, shutil.which("rspamd"), [])
        self.rules = rules

    def start(self, home, resolver=RESOLVER):
        self.socket = home / "s"
        self._configure(home, resolver)
        log = home / "log"
        names = [f"--var={name}={home}" for name in
                 ("LOCAL_CONFDIR", "RUNDIR", "DBDIR", "LOGDIR")]
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                [self.program, "-f", "-i", "-c", "/etc/rspamd/rspamd.conf",
                 *names], stdout=stream, stderr=stream)
        wait_until(self._accepts, self.process, log, seconds=120)
        self._wait_for_patterns(home)

    def _configure(self, home, resolver):
        folder = home / "override.d"
        folder.mkdir(parents=True, exist_ok=True)
        names = dict(home=home, socket=self.socket, resolver=resolver)
        (folder / "options.inc").write_text(OPTIONS % names)
        (folder / "worker-proxy.inc").write_text(PROXY % names)
        (folder / "worker-normal.inc").write_text(
            f'bind_socket = "{home}/http mode=0666";\n')
        for worker in ("controller", "fuzzy"):
            (folder / f"worker-{worker}.inc").write_text("enabled = false;\n")
        for module in OFF:
            (folder / f"{module}.conf").write_text("enabled = false;\n")
        (folder / "classifier-bayes.conf").write_text("enabled = false;\n")
        (folder / "logging.inc").write_text('level = "error";\n')
        if self.rules:
            listed = "".join(f'ruleset = "{path}";\n' for path in self.rules)
            (folder / "spamassassin.conf").write_text(listed)

    def score(self, message):
        """What it gives a message, asked by HTTP."""
        with socket.socket(socket.AF_UNIX) as conn:
            conn.settimeout(120)
            conn.connect(str(self.socket.parent / "http"))
            conn.sendall(b"POST /checkv2 HTTP/1.0\r\nContent-Length: %d\r\n"
                         b"\r\n%s" % (len(message), message))
            answer = b""
            while piece := conn.recv(65536):
                answer += piece
        return json.loads(answer.split(b"\r\n\r\n", 1)[1])["score"]

    @staticmethod
    def _wait_for_patterns(home):
        """Until its helper has compiled what Hyperscan is to find."""
        deadline = time.monotonic() + 240
        seen, since = None, time.monotonic()
        while time.monotonic() < deadline:
            # Names alone: a file that is still written has another one.
            now = sorted(path.name for path in home.glob("*.hs*"))
            if now != seen:
                seen, since = now, time.monotonic()
            if seen and time.monotonic() - since > 20:
                return
            time.sleep(0.5)


class Spamd:
    """SpamAssassin's daemon with Debian's stock rules, local tests only."""

    def __init__(self, label, children=2):
        self.label = label
        self.children = children
        self.program = shutil.which("spamd", path="/usr/sbin:/usr/bin")
        self.process = None

    def missing(self):
        if self.program is None:
            return f"{self.label}: spamd is not there"
        return None

    def start(self, home, resolver=RESOLVER):
        home.mkdir(parents=True, exist_ok=True)
        self.socket = home / "s"
        log = home / "log"
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                [self.program, "-L", "-x", "--socketpath", self.socket, "-m", str(self.children),
                 "--min-children", str(self.children),
                 "--max-conn-per-child=100000", "-s", "stderr"],
                stdout=stream, stderr=stream,
                env={**os.environ, "HOME": str(home)})
        wait_until(self._accepts, self.process, log, seconds=60)

    def _accepts(self):
        try:
            return ask_spamd(self.socket, b"Subject: x\r\n\r\nx\r\n") != b""
        except OSError:
            return False

    @property
    def pids(self):
        return [self.process.pid]

    def score(self, message):
        answer = ask_spamd(self.socket, message)
        found = re.search(rb"^Spam: \w+ ; (-?[\d.]+) /", answer, re.M)
        return float(found.group(1))

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self):
        if self.is_running():
            self.process.terminate()

    def stop(self):
        self.ask_to_stop()
        if self.process is not None:
            self.process.wait(20)


def ask_spamd(path, message, verb=b"CHECK"):
    """spamd's whole answer to one message."""
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(120)
        conn.connect(str(path))
        conn.sendall(b"%s SPAMC/1.5\r\nContent-length: %d\r\n\r\n%s"
                     % (verb, len(message), message))
        conn.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := conn.recv(65536):
            answer += piece
    return answer


def cpu_seconds(pids):
    """Of these processes and all below them, those that ended too."""
    below, total = {}, 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        below.setdefault(int(words[1]), []).append(
            (int(stat.parent.name), sum(map(int, words[11:15]))))
        if int(stat.parent.name) in pids:
            total += sum(map(int, words[11:15]))
    waiting = list(pids)
    while waiting:
        for pid, ticks in below.get(waiting.pop(), []):
            total += ticks
            waiting.append(pid)
    return total / os.sysconf("SC_CLK_TCK")


def spamc_load(side, messages, connections):
    """Each message once, over so many connections: what bench-milter-load
    says of a milter, as far as the tables need it."""
    rest, latencies = list(reversed(messages)), []
    failed = []

    def work():
        while True:
            try:
                message = rest.pop()
            except IndexError:
                return
            began = time.monotonic()
            try:
                if not ask_spamd(side.socket, message).startswith(b"SPAMD/"):
                    failed.append("no answer")
            except OSError as error:
                failed.append(str(error))
            latencies.append((time.monotonic() - began) * 1000)

    cpu, began = cpu_seconds(side.pids), time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(connections)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    took = time.monotonic() - began
    cpu = cpu_seconds(side.pids) - cpu
    if failed:
        print(f"{side.label}: {len(failed)} failed: {failed[0]}",
              file=sys.stderr)
    latencies.sort()
    count = len(latencies)
    return {
        "connections": connections, "played": count,
        "messages_per_second": count / took,
        "server": {"cpu_ms_per_message": cpu * 1000 / count,
                   "rss_kb": rss_kb(side.pids)},
        "latency_ms": {"message": {
            "p50": latencies[count // 2],
            "p99": latencies[min(count - 1, count * 99 // 100)]}},
    }


def rss_kb(pids):
    """Of these processes and all below them."""
    total, waiting, parents = 0, list(pids), {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in
                         status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        parents.setdefault(int(lines["PPid"]), []).append(
            int(status.parent.name))
        if int(status.parent.name) in pids:
            total += int(lines.get("VmRSS", "0").split()[0])
    while waiting:
        for pid in parents.get(waiting.pop(), []):
            waiting.append(pid)
            total += rss_kb_of(pid)
    return total


def rss_kb_of(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
