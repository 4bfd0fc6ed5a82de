# SPDX-License-Identifier: ISC
"""world.py - a network of our own for a run, with its DNS in it.

The run re-starts itself in new namespaces (network, mounts, processes), so
nothing it asks can leave the host and everything it started ends with it.
nsd holds the records, unbound with a warm cache stands before it on
127.0.0.53 port 53, which is also what resolv.conf says in there, until a
FarDns takes its place.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "tests"), str(CHECKOUT / "tests" / "milter")]

from lab import zone  # noqa: E402
from lab.dns import NSD_CONF  # noqa: E402

MARK = "MAILREEVE_BENCH_INSIDE"
RESOLVER = "127.0.0.53"
FAR_RESOLVER = "127.0.0.54"
NSD_PORT = 5354
# RFC 2544's range for measurements: no resolver keeps a built-in zone for it.
CLIENT = "198.18.0.7"
CLIENT_NAME = "mail.sender.example"

# min-ttl: the cache stays warm for the whole run.
UNBOUND_CONF = """\
server:
  directory: "{home}"
  chroot: ""
  username: ""
  pidfile: "{home}/unbound.pid"
  use-syslog: no
  verbosity: 0
  num-threads: 1
  interface: {resolver}@53
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "iterator"
  cache-min-ttl: 3600
  unblock-lan-zones: yes
remote-control:
  control-enable: yes
  control-interface: "{home}/unbound.ctl"
  control-use-cert: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{port}
"""


def enter():
    """Come back from here inside the namespaces, in a new process."""
    if os.environ.get(MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.environ[MARK] = "1"
    os.execvp("unshare", [
        "unshare", *user, "--net", "--mount", "--pid", "--fork",
        "--kill-child", "--mount-proc", "--propagation", "private",
        sys.executable, *sys.argv])


def wait_until(ready, process, log, seconds=10):
    """Until READY() is true; how LOG ends is told when that never comes."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{process.args[0]} is not ready (status "
                             f"{process.poll()}):\n"
                             f"{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _answers(address, port):
    """Does a name server answer a question for the root's SOA?"""
    question = bytes.fromhex("000101000001000000000000" "00" "00060001")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as conn:
        conn.settimeout(0.2)
        try:
            conn.connect((address, port))
            conn.send(question)
            return len(conn.recv(512)) > 12
        except OSError:
            return False


class Dns:
    """The two servers, from the side of those who ask."""

    def __init__(self, home):
        self.home = home

    def asked(self):
        """How many questions unbound was asked so far."""
        done = subprocess.run(
            ["unbound-control", "-c", self.home / "unbound.conf",
             "stats_noreset"], check=True, capture_output=True, text=True)
        found = dict(line.split("=") for line in done.stdout.splitlines())
        return int(found["total.num.queries"])

    def point_at(self, address):
        """Who reads resolv.conf from now on asks ADDRESS."""
        (self.home / "resolv.conf").write_text(f"nameserver {address}\n")


class FarDns:
    """nsd behind a delay, without a cache: `with FarDns(...) as dns`."""

    def __init__(self, dns, program, delay_ms):
        self.dns = dns
        self.command = [program, FAR_RESOLVER, "53", str(NSD_PORT),
                        str(delay_ms)]
        self.process = None

    def __enter__(self):
        log = self.dns.home / "far.log"
        with log.open("ab") as stream:
            self.process = subprocess.Popen(self.command, stderr=stream)
        wait_until(lambda: _answers(FAR_RESOLVER, 53), self.process, log)
        self.dns.point_at(FAR_RESOLVER)
        return self

    def __exit__(self, *_):
        self.dns.point_at(RESOLVER)
        self.process.terminate()
        self.process.wait()

    def asked(self):
        """How many questions came so far."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as conn:
            conn.settimeout(5)
            conn.connect((FAR_RESOLVER, 53))
            conn.send(b"?")
            return int(conn.recv(64))


def start_dns(home, records):
    """Serve RECORDS (lab.zone.Record): Dns.  The servers live as we do."""
    home.mkdir(parents=True)
    base = zone.parse(f"{CLIENT_NAME}\tA\t{CLIENT}\n"
                      f"7.0.18.198.in-addr.arpa\tPTR\t{CLIENT_NAME}\n"
                      f"sender.example\tMX\t10 {CLIENT_NAME}\n")
    # Caches stay warm: who asks for no record asks once, too.
    (home / "root.zone").write_text(zone.to_master_file(base + records, 1,
                                                        negative_s=3600))
    names = dict(home=home, nsd=("127.0.0.1", NSD_PORT), port=NSD_PORT,
                 resolver=RESOLVER)
    for name, text, address, port in (
            ("nsd", NSD_CONF, "127.0.0.1", NSD_PORT),
            ("unbound", UNBOUND_CONF, RESOLVER, 53)):
        conf = home / f"{name}.conf"
        conf.write_text(text.format(**names))
        log = home / f"{name}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen([name, "-d", "-c", conf],
                                       stdout=stream, stderr=stream)
        wait_until(lambda: _answers(address, port), process, log)
    dns = Dns(home)
    dns.point_at(RESOLVER)
    subprocess.run(["mount", "--bind", home / "resolv.conf",
                    os.path.realpath("/etc/resolv.conf")], check=True)
    return dns
