# SPDX-License-Identifier: ISC
"""The lab from inside: sets the namespaces up, runs the servers, obeys.

`lab.py` starts this program as pid 1 of fresh namespaces.  Pid 1 itself only
reaps; its one child, the worker, starts every server and answers requests on
the socket sock/agent (wire.py).  When the worker ends, pid 1 ends, and with
it the kernel ends all that lives in the lab.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import dns, dovecot, milter, policyd, postfix, redis, wire
from .places import HOST, HOST6, RESOLVER, SINK, Places
from .sink import Sink

# Of both families; <linux/in.h>: bind to an address the host does not have.
IP_FREEBIND = 15

RESOLV_CONF = f"nameserver {RESOLVER}\noptions timeout:5 attempts:1\n"
HOSTS = f"127.0.0.1 localhost\n::1 localhost\n{HOST} mx.lab.test\n"
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"


def command(*argv):
    subprocess.run([str(arg) for arg in argv], check=True)


def set_up_network(has_ipv6):
    """Make every address in the world local, so that nothing can leave.

    With a local route to everything, a test may come from any address without
    it being configured first.  Postfix alone insists on having its own.
    """
    lines = ["link set lo up", "route add local 0.0.0.0/0 dev lo",
             f"addr add {HOST}/32 dev lo"]
    if has_ipv6:
        lines += ["route add local ::/0 dev lo",
                  f"addr add {HOST6}/128 dev lo nodad"]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines),
                   text=True, check=True)
    socket.sethostname("mx.lab.test")


def set_up_files(places):
    """Hide what would lead out: the host's sockets in /run, its resolver."""
    command("mount", "-t", "tmpfs", "-o", "mode=755", "lab", "/run")
    files = {"/etc/resolv.conf": RESOLV_CONF, "/etc/hosts": HOSTS,
             "/etc/nsswitch.conf": NSSWITCH}
    places.etc.mkdir()
    for name, text in files.items():
        own = places.etc / Path(name).name
        own.write_text(text)
        target = Path(name).resolve()
        if target.is_relative_to("/run"):   # systemd-resolved's link
            target.parent.mkdir(parents=True)
            target.touch()
        command("mount", "--bind", own, target)


def make_certificate(places):
    places.tls.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "365",
         "-subj", "/CN=mx.lab.test", "-addext",
         "subjectAltName=DNS:mx.lab.test", "-keyout", places.tls / "key.pem",
         "-out", places.tls / "cert.pem"], check=True, capture_output=True)


class Agent:
    """The worker: owns the servers, carries out requests."""

    def __init__(self, places, spec):
        self.places = places
        self.dns = dns.Dns(places, spec)
        self.sink = Sink((SINK, 25), places.sink)
        self.daemons = {"nsd": self.dns.nsd, "unbound": self.dns.unbound}
        self.start_servers(spec)

    def start_servers(self, spec):
        """Prepare and start all at once, but ours when their store answers:
        after a refusal they wait before they try again. The first failure is
        raised."""
        def prepare_and_start(service, first=None):
            if first is not None:
                first.result()
            for daemon in service.prepare(self.places, spec):
                self.daemons[daemon.name] = daemon
                daemon.start()

        with ThreadPoolExecutor() as pool:
            jobs = [pool.submit(self.dns.nsd.start),
                    pool.submit(self.dns.unbound.start)]
            store = pool.submit(prepare_and_start, redis)
            jobs += [store, pool.submit(prepare_and_start, postfix),
                     pool.submit(prepare_and_start, dovecot),
                     pool.submit(prepare_and_start, milter, store),
                     pool.submit(prepare_and_start, policyd, store)]
        for job in jobs:
            job.result()

    # Requests.  Each takes the fields of the request and the files that came
    # along, and returns (answer, files).

    def do_ping(self, request, fds):
        return {"daemons": {name: daemon.state()
                            for name, daemon in self.daemons.items()}}, []

    def do_socket(self, request, fds):
        """A socket of the lab's network, bound to "source" if given."""
        is_ipv6 = request["ipv6"]
        conn = socket.socket(
            socket.AF_INET6 if is_ipv6 else socket.AF_INET,
            socket.SOCK_DGRAM if request["kind"] == "udp"
            else socket.SOCK_STREAM)
        if request.get("source"):
            conn.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
            conn.bind((request["source"], 0))
        return {}, [conn.detach()]

    def do_run(self, request, fds):
        """Run a command on the three files that came along."""
        try:
            process = subprocess.run(
                request["argv"], stdin=fds[0], stdout=fds[1], stderr=fds[2],
                timeout=request["timeout"], user=request["user"],
                cwd="/", start_new_session=True)
        except subprocess.TimeoutExpired:
            raise OSError(f"{request['argv'][0]} ran for more than "
                          f"{request['timeout']} s") from None
        return {"status": process.returncode}, []

    def do_daemon(self, request, fds):
        """start, stop, signal or status of one server."""
        daemon = self.daemons[request["name"]]
        action = request["action"]
        if action == "start":
            daemon.start()
        elif action == "stop":
            daemon.stop(request["signal"])
        elif action == "signal":
            daemon.send_signal(request["signal"])
        pid = daemon.process.pid if daemon.process else None
        return {"state": daemon.state(), "status": daemon.status(),
                "pid": pid}, []

    def do_zone(self, request, fds):
        self.dns.replace_zone(request["text"])
        return {}, []

    def do_fault(self, request, fds):
        self.dns.front.set_fault(request["name"], request["rrtype"],
                                 request["kind"])
        return {}, []

    def do_delay(self, request, fds):
        self.dns.front.set_delay(request["name"], request["seconds"])
        return {}, []

    def do_hold(self, request, fds):
        front = self.dns.front
        act = front.hold if request["is_held"] else front.release
        act(request["name"])
        return {}, []

    def do_queries(self, request, fds):
        asked = self.dns.front.queries
        answer = {"queries": list(asked)}
        if request.get("forget"):
            asked.clear()
        return answer, []

    def do_sink(self, request, fds):
        self.sink.configure(request["extensions"], request["replies"])
        return {}, []

    def serve(self, listener):
        while True:
            conn, _addr = listener.accept()
            threading.Thread(target=self.answer, args=(conn,),
                             daemon=True).start()

    def answer(self, conn):
        with conn:
            request, fds = wire.receive(conn)
            if request is None:
                return
            try:
                do = getattr(self, "do_" + request["verb"])
                answer, out = do(request, fds)
            except Exception as error:
                traceback.print_exc()
                answer, out = {"error": f"{error or type(error)}"}, []
            try:
                wire.send(conn, answer, out)
            except BrokenPipeError:
                pass        # whoever asked has gone
            wire.close_all(fds + out)


def end_with_parent():
    """A test that dies takes its lab along: its end of the pipe closes."""
    sys.stdin.buffer.read()
    os._exit(0)


def work(places):
    """The worker: says "ready SECONDS", or "failed" and why, on stdout."""
    began = time.monotonic()
    os.umask(0o022)             # servers of several users read the files
    spec = json.loads(places.spec.read_text())
    if not spec["detached"]:
        threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        set_up_network(spec["ipv6"])
        set_up_files(places)
        make_certificate(places)
        agent = Agent(places, spec)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(places.agent_socket))
        listener.listen(1024)
    except Exception as error:
        traceback.print_exc()
        print("failed", error, flush=True)
        return
    print(f"ready {time.monotonic() - began:.2f}", flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    agent.serve(listener)


def main(directory):
    """Pid 1: reap everyone's orphans until the worker ends."""
    worker = os.fork()
    if worker == 0:
        work(Places(directory))
        os._exit(1)
    while os.wait()[0] != worker:
        pass


if __name__ == "__main__":
    main(sys.argv[1])
