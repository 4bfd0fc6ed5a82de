# SPDX-License-Identifier: ISC
"""What stands between the lab and its resolver: faults, and a query log.

unbound can fail names but not single types, and it cannot be slow on
purpose.  So a small relay listens where /etc/resolv.conf points, over UDP and
TCP; it notes every question, breaks those it was told to break, and hands the
others to unbound unread.
"""

import socket
import struct
import threading
import time

from . import dnswire
from .patience import AT_MOST

FAULTS = ("timeout", "servfail", "refused", "nxdomain")
ANY_TYPE = "ANY"


class DnsFront:
    """The relay, run by threads of the agent."""

    def __init__(self, listen, behind, log_path):
        self.behind = behind
        self.faults = {}
        self.delays = {}
        self.held = {}
        self.queries = []
        self.log = open(log_path, "a", buffering=1)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(listen)
        self.tcp = socket.create_server(listen)

    def start(self):
        for loop in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def set_fault(self, name, rrtype, fault):
        """Break NAME for RRTYPE ("ANY" for all); fault None mends it."""
        if fault not in FAULTS + (None,):
            raise ValueError(f"fault '{fault}' is not one of {FAULTS}")
        key = (dnswire.normal(name), rrtype)
        self.faults.pop(key, None)
        if fault:
            self.faults[key] = fault

    def set_delay(self, name, seconds):
        """Let every answer for NAME come late."""
        self.delays[dnswire.normal(name)] = seconds

    def hold(self, name):
        """Let every answer for NAME wait until it is released."""
        self.held.setdefault(dnswire.normal(name), threading.Event())

    def release(self, name):
        self.held.pop(dnswire.normal(name)).set()

    def relay(self, message, is_tcp):
        """The answer to one question; None for silence."""
        name, rrtype = dnswire.question(message)
        self.queries.append((name, rrtype))
        fault = self.faults.get((name, rrtype)) \
            or self.faults.get((name, ANY_TYPE))
        self.log.write(f"{time.time():.6f} {rrtype} {name} {fault or ''}\n")
        time.sleep(self.delays.get(name, 0))
        gate = self.held.get(name)
        if gate:
            gate.wait()
        if fault == "timeout":
            return None
        if fault:
            return dnswire.refusal(message, fault)
        return self.ask_tcp(message) if is_tcp else self.ask_udp(message)

    def ask_udp(self, message):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
            back.settimeout(AT_MOST)
            back.connect(self.behind)
            back.send(message)
            return back.recv(65535)

    def ask_tcp(self, message):
        with socket.create_connection(self.behind, AT_MOST) as back:
            send_tcp(back, message)
            return receive_tcp(back.makefile("rb"))

    def serve_udp(self):
        while True:
            message, client = self.udp.recvfrom(65535)
            threading.Thread(target=self.answer_udp, daemon=True,
                             args=(message, client)).start()

    def answer_udp(self, message, client):
        try:
            answer = self.relay(message, is_tcp=False)
        except (OSError, LookupError, ValueError, struct.error):
            return      # unbound is down, or no question: silence
        if answer:
            self.udp.sendto(answer, client)

    def serve_tcp(self):
        while True:
            conn, _addr = self.tcp.accept()
            threading.Thread(target=self.answer_tcp, daemon=True,
                             args=(conn,)).start()

    def answer_tcp(self, conn):
        with conn, conn.makefile("rb") as stream:
            conn.settimeout(AT_MOST)
            try:
                while message := receive_tcp(stream):
                    answer = self.relay(message, is_tcp=True)
                    if answer:
                        send_tcp(conn, answer)
            except (OSError, LookupError, ValueError, struct.error):
                return


def send_tcp(conn, message):
    conn.sendall(struct.pack("!H", len(message)) + message)


def receive_tcp(stream):
    """One message with its length in front (RFC 1035 4.2.2); b"" at end."""
    head = stream.read(2)
    return stream.read(struct.unpack("!H", head)[0]) if head else b""
