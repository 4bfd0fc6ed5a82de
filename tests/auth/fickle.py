# SPDX-License-Identifier: ISC
"""A DNS server that answers as no server may: each question by a function.

    with Fickle(answer) as server:
        ...servers f"127.0.0.1@{server.port}"...
    server.asked            # [(name, type), ...]

answer(name, type, number) gives the records of the answer, for the question
of that number about (name, type), or None for silence; see txt().

On a busy machine a resolver may lose patience before the answer is sent, and
ask again: that has no number of its own.
"""

import socket
import struct
import threading
import time
from collections import Counter

from lab import dnswire

TTL_S = 0
RESPONSE = dnswire.FLAG_RESPONSE | dnswire.FLAG_RECURSION_AVAILABLE \
    | dnswire.FLAG_RECURSION_DESIRED
TRUNCATED = 0x0200
SO_TIMESTAMPNS = 35         # Linux; Python has no name for it
IMPATIENT_S = 0.04          # no resolver asks again sooner


def labels_wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def name_wire(name):
    return labels_wire(name.encode("latin-1").split(b"."))


def record(owner, kind, rdata):
    return name_wire(owner) + struct.pack(
        "!2HIH", dnswire.TYPES[kind], 1, TTL_S, len(rdata)) + rdata


def txt_rdata(text):
    """In strings of at most 255 octets."""
    octets = text.encode("latin-1")
    return b"".join(
        bytes([len(piece)]) + piece for piece in
        [octets[i:i + 255] for i in range(0, len(octets), 255)] or [b""])


def txt(owner, text):
    return record(owner, "TXT", txt_rdata(text))


def cname(owner, target):
    return record(owner, "CNAME", name_wire(target))


def came_at(told):
    """When the kernel had a datagram, by what it tells beside it."""
    [(_, _, stamp)] = told
    seconds, nanoseconds = struct.unpack("@ll", stamp)
    return seconds + nanoseconds / 1e9


class Fickle:
    """Over UDP alone, in a thread of its own; answers come LATE_S later."""

    def __init__(self, answer, flags=0, late_s=0):
        self.answer = answer
        self.flags = RESPONSE | flags
        self.late_s = late_s
        self.late = []
        self.asked = []
        self.counts = Counter()
        self.came = {}          # question: when, what has its number
        self.sent = {}          # question: when it was answered
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        for timer in self.late:
            timer.cancel()
            timer.join()
        self.socket.close()

    def serve(self):
        while True:
            message, told, _, client = self.socket.recvmsg(65535, 64)
            if not message:
                return
            question = dnswire.question(message)
            self.count(question, came_at(told))
            reply = self.reply_to(message, question)
            if reply is not None:
                self.send(reply, client, question)

    def send(self, reply, client, question):
        if not self.late_s:
            self.socket.sendto(reply, client)
            self.sent[question] = time.time()
            return
        self.late.append(threading.Timer(self.late_s, self.socket.sendto,
                                         (reply, client)))
        self.late[-1].start()

    def count(self, question, came):
        before = self.came.get(question)
        if before is not None and came - before > IMPATIENT_S \
                and came < self.sent.get(question, 0):
            return
        self.came[question] = came
        self.asked.append(question)
        self.counts[question] += 1

    def reply_to(self, message, question):
        records = self.answer(*question, self.counts[question])
        if records is None:
            return None
        _name, end = dnswire.read_name(message, 12)
        count = len(records)
        head = message[:2] + struct.pack("!5H", self.flags, 1, count, 0, 0)
        return head + message[12:end + 4] + b"".join(records)
