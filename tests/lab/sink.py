# SPDX-License-Identifier: ISC
"""The rest of the world: an SMTP server that keeps what Postfix sends out.

It is the MX of remote.test, and the extensions it announces are the test's
choice, because Postfix rewrites what it sends to a server without 8BITMIME.
Each message becomes two files in the lab's sink directory: N.eml, the octets
as received with only the dots unstuffed, and N.json, the envelope.
"""

import itertools
import json
import socket
import threading
from typing import NamedTuple

from .patience import AT_MOST

EXTENSIONS = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 104857600",
              "ENHANCEDSTATUSCODES", "DSN"]


class SinkMessage(NamedTuple):
    """One mail that left: arguments of MAIL and RCPT as sent, and the data."""
    helo: str
    mail: str
    rcpts: list
    data: bytes


class Sink:
    """The server, run by threads of the agent."""

    def __init__(self, address, directory):
        self.directory = directory
        self.extensions = EXTENSIONS
        self.replies = {}
        self.numbers = itertools.count(1)
        self.listener = socket.create_server(address)
        threading.Thread(target=self.serve, daemon=True).start()

    def configure(self, extensions=None, replies=None):
        """What to announce, and replies by verb ({"RCPT": "550 no"})."""
        self.extensions = EXTENSIONS if extensions is None else extensions
        self.replies = replies or {}

    def serve(self):
        while True:
            conn, _addr = self.listener.accept()
            threading.Thread(target=self.session, daemon=True,
                             args=(conn,)).start()

    def session(self, conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with conn, conn.makefile("rb") as lines:
            try:
                SinkSession(self, conn, lines).run()
            except OSError:
                return      # the client has gone; what it finished is kept

    def keep(self, session, data):
        """Write the envelope last: whoever sees it finds the data there."""
        number = next(self.numbers)
        (self.directory / f"{number}.eml").write_bytes(data)
        envelope = {"helo": session.helo, "mail": session.mail,
                    "rcpts": session.rcpts}
        part = self.directory / f"{number}.part"
        part.write_text(json.dumps(envelope))
        part.rename(self.directory / f"{number}.json")


class SinkSession:
    """One SMTP conversation (RFC 5321 4.1)."""

    def __init__(self, sink, conn, lines):
        self.sink = sink
        self.conn = conn
        self.lines = lines
        self.helo = ""
        self.reset()

    def reset(self):
        self.mail = None
        self.rcpts = []

    def reply(self, text):
        self.conn.sendall(text.encode() + b"\r\n")

    def run(self):
        self.reply("220 mx.remote.test ESMTP")
        for line in self.lines:
            verb, _, rest = line.decode("utf-8", "replace").rstrip(
                "\r\n").partition(" ")
            verb = verb.upper()
            if verb in self.sink.replies:
                self.reply(self.sink.replies[verb])
            else:
                self.command(verb, rest)
            if verb == "QUIT":
                return

    def command(self, verb, rest):
        if verb in ("HELO", "EHLO"):
            self.greet(verb, rest)
        elif verb == "MAIL":
            self.mail = rest.partition(":")[2]
            self.reply("250 2.1.0 ok")
        elif verb == "RCPT":
            self.rcpts.append(rest.partition(":")[2])
            self.reply("250 2.1.5 ok")
        elif verb == "DATA":
            self.reply("354 go ahead")
            self.sink.keep(self, self.read_data())
            self.reset()
            self.reply("250 2.0.0 kept")
        elif verb in ("RSET", "NOOP", "QUIT"):
            self.reset()
            self.reply("221 2.0.0 bye" if verb == "QUIT" else "250 2.0.0 ok")
        else:
            self.reply("502 5.5.1 unknown command")

    def greet(self, verb, name):
        self.helo = name
        names = ["mx.remote.test"]
        if verb == "EHLO":
            names += self.sink.extensions
        lines = ["250-" + text for text in names[:-1]] + ["250 " + names[-1]]
        self.reply("\r\n".join(lines))

    def read_data(self):
        """Up to the line with a single dot (RFC 5321 4.5.2)."""
        kept = []
        for line in self.lines:
            if line == b".\r\n":
                return b"".join(kept)
            kept.append(line[1:] if line.startswith(b".") else line)
        raise ConnectionError("the client left within DATA")


class SinkClient:
    """The test's side: `lab.sink`."""

    def __init__(self, lab):
        self.lab = lab

    def configure(self, extensions=None, replies=None):
        """Announce these EXTENSIONS (None: all it has); see Sink."""
        self.lab.call("sink", extensions=extensions, replies=replies)

    def messages(self):
        """All SinkMessages so far, in the order of arrival."""
        found = []
        paths = self.lab.places.sink.glob("*.json")
        for path in sorted(paths, key=lambda path: int(path.stem)):
            envelope = json.loads(path.read_text())
            data = path.with_suffix(".eml").read_bytes()
            found.append(SinkMessage(data=data, **envelope))
        return found

    def wait(self, count=1, timeout=AT_MOST):
        """The messages, as soon as there are COUNT of them."""
        self.lab.wait(lambda: len(self.messages()) >= count, timeout,
                      f"{count} message(s) in the sink")
        return self.messages()
