# SPDX-License-Identifier: ISC
"""A DNS server that answers as no server may: each question by a function.

    with Fickle(answer) as server:
        ...servers f"127.0.0.1@{server.port}"...
    server.asked            # [(name, type), ...]

answer(name, type, number) gives the records of the answer, for the question
of that number about (name, type), or None for silence; see txt().
"""

import socket
import struct
import threading
from collections import Counter

from lab import dnswire

TTL_S = 0
RESPONSE = dnswire.FLAG_RESPONSE | dnswire.FLAG_RECURSION_AVAILABLE \
    | dnswire.FLAG_RECURSION_DESIRED
TRUNCATED = 0x0200


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


class Fickle:
    """Over UDP alone, in a thread of its own; answers come LATE_S later."""

    def __init__(self, answer, flags=0, late_s=0):
        self.answer = answer
        self.flags = RESPONSE | flags
        self.late_s = late_s
        self.late = []
        self.asked = []
        self.counts = Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
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
            message, client = self.socket.recvfrom(65535)
            if not message:
                return
            reply = self.reply_to(message)
            if reply is not None:
                self.send(reply, client)

    def send(self, reply, client):
        if not self.late_s:
            self.socket.sendto(reply, client)
            return
        self.late.append(threading.Timer(self.late_s, self.socket.sendto,
                                         (reply, client)))
        self.late[-1].start()

    def reply_to(self, message):
        question = dnswire.question(message)
        self.asked.append(question)
        self.counts[question] += 1
        records = self.answer(*question, self.counts[question])
        if records is None:
            return None
        _name, end = dnswire.read_name(message, 12)
        count = len(records)
        head = message[:2] + struct.pack("!5H", self.flags, 1, count, 0, 0)
        return head + message[12:end + 4] + b"".join(records)
