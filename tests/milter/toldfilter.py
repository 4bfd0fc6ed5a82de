# SPDX-License-Identifier: ISC
"""toldfilter.py - a filter that answers as told and keeps what it saw.

In a test: ToldFilter(path, steps=..., answers=...), then `seen`.  As a program
(for a lab's Postfix): toldfilter.py SOCKET FILE STEPS [STAGE=MACROS ...]
appends each packet to FILE as a JSON line [command, data in latin-1].
"""

import json
import os
import socket
import struct
import sys
import threading
import time

AT_MOST = 60            # seconds: only a failure waits so long


def frame(command, data=b""):
    return struct.pack("!I", len(data) + 1) + command.encode() + data


class ToldFilter:
    """Serves one connection after another until close().

    steps, actions: what it negotiates; lists: {stage number: macro names};
    answers: {command: [(reply, data), ...]} where "continue" is not wanted.
    """

    def __init__(self, path, *, steps=0, actions=0x1FF, lists=None,
                 answers=None, note=None):
        self.steps, self.actions = steps, actions
        self.lists = lists or {}
        self.answers = answers or {}
        self.note = note
        self.seen = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o777)
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve_all)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def commands(self):
        return "".join(command for command, _ in self.seen)

    def wait_for_quit(self):
        """Until it has seen the end of a session: nothing answers a QUIT."""
        deadline = time.monotonic() + AT_MOST
        while not self.seen or self.seen[-1][0] != "Q":
            assert time.monotonic() < deadline, self.seen[-3:]
            time.sleep(0.01)

    def _serve_all(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with conn, conn.makefile("rb") as stream:
                self._serve(conn, stream)

    def _serve(self, conn, stream):
        while len(head := stream.read(4)) == 4:
            packet = stream.read(struct.unpack("!I", head)[0])
            command, data = packet[:1].decode("latin-1"), packet[1:]
            self.seen.append((command, data))
            if self.note is not None:
                self.note(command, data)
            for reply, content in self._answers(command):
                conn.sendall(frame(reply, content))

    def _answers(self, command):
        if command == "O":
            return [("O", self._terms())]
        if command in "DAQ" or self._is_silent(command):
            return []
        return self.answers.get(command, [("c", b"")])

    def _is_silent(self, command):
        bits = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000,
                "T": 0x10000, "L": 0x80, "N": 0x40000, "B": 0x80000}
        return bool(self.steps & bits.get(command, 0))

    def _terms(self):
        lists = b"".join(struct.pack("!I", stage) + names.encode() + b"\0"
                         for stage, names in self.lists.items())
        return struct.pack("!III", 6, self.actions, self.steps) + lists


def main(path, record, steps, *lists):
    def note(command, data):
        with open(record, "a", encoding="ascii") as file:
            file.write(json.dumps([command, data.decode("latin-1")]) + "\n")

    ToldFilter(path, steps=int(steps, 0), note=note,
               lists={int(stage): names for stage, _, names in
                      (entry.partition("=") for entry in lists)})


if __name__ == "__main__":
    main(*sys.argv[1:])
