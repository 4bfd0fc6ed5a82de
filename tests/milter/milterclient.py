# SPDX-License-Identifier: ISC
"""milterclient.py - Postfix's side of the milter protocol, one step a call.

    with MilterClient("unix:/run/x.sock") as mta:
        mta.connect("mail.example.net", "203.0.113.7")
        mta.helo("mail.example.net")
        mta.mail("alice@example.net")
        mta.rcpt("bob@example.org")
        result = mta.message(b"From: alice@example.net\\r\\n\\r\\nHello\\r\\n")
        assert result.reply.kind == "accept"
        assert result.added("Authentication-Results")

Each event returns a Reply, or None when the filter declined to answer it or
does not want it (then nothing, or the macros alone, are sent, as Postfix
does).  Macros are Postfix's default lists, or what the filter asked for.
Anything can be done out of order, torn or oversized: `packet`, `raw`, `torn`,
`drop`.  A filter that closes the connection raises FilterClosed.
"""

import socket
import struct

from milteranswers import (REPLIES, FilterClosed, ProtocolError, Reply,
                           Result, decode, modification)

VERSION = 6
ACTIONS = 0x1FF
STEPS = 0x1FFFFF
BODY_CHUNK = 65535

NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT = 0x1, 0x2, 0x4, 0x8
NO_BODY, NO_HEADERS, NO_EOH, NR_HEADER = 0x10, 0x20, 0x40, 0x80
NO_UNKNOWN, NO_DATA, SKIP, RCPT_REJECTED = 0x100, 0x200, 0x400, 0x800
NR_CONNECT, NR_HELO, NR_MAIL, NR_RCPT = 0x1000, 0x2000, 0x4000, 0x8000
NR_DATA, NR_UNKNOWN, NR_EOH, NR_BODY = 0x10000, 0x20000, 0x40000, 0x80000
LEADING_SPACE = 0x100000

# Command: the stage number of its macros, "not wanted", "not answered".
EVENTS = {
    "C": (0, NO_CONNECT, NR_CONNECT),
    "H": (1, NO_HELO, NR_HELO),
    "M": (2, NO_MAIL, NR_MAIL),
    "R": (3, NO_RCPT, NR_RCPT),
    "T": (4, NO_DATA, NR_DATA),
    "L": (6, NO_HEADERS, NR_HEADER),
    "N": (6, NO_EOH, NR_EOH),
    "B": (5, NO_BODY, NR_BODY),
    "E": (5, 0, 0),
    "U": (None, NO_UNKNOWN, NR_UNKNOWN),
}

DEFAULT_MACROS = {
    0: "j {daemon_name} {daemon_addr} v _",
    1: "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
    2: "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} "
       "{mail_mailer}",
    3: "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
    4: "i",
    5: "i",
    6: "i",
}

# Content comes from Postfix's cleanup, which does not know these.
SMTPD_ONLY = {"{client_resolve}", "{client_connections}", "{tls_version}",
              "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}",
              "{mail_addr}", "{mail_host}", "{mail_mailer}", "{rcpt_addr}",
              "{rcpt_host}", "{rcpt_mailer}"}


def split_message(raw):
    """([(name, value with its leading blank, folds as LF)], body in CRLF).

    RAW has LF or CRLF line ends; the header ends at an empty line or at the
    first line that is no header, as in Postfix.
    """
    raw = raw.replace(b"\r\n", b"\n")
    headers, at = [], 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        end = len(raw) if end < 0 else end
        line = raw[at:end]
        if headers and line[:1] in (b" ", b"\t"):
            headers[-1][1] += b"\n" + line
        else:
            name, colon, value = line.partition(b":")
            bare = name.rstrip(b" \t")
            if not colon or not bare or any(c <= 32 or c > 126 for c in bare):
                break
            headers.append([bare, value])
        at = end + 1
    body = raw[at + 1:] if raw[at:at + 1] == b"\n" else raw[at:]
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return [tuple(h) for h in headers], body.replace(b"\n", b"\r\n")


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8",
                                                            "surrogateescape")


class MilterClient:
    """One connection to a filter; negotiates at once unless told not to."""

    def __init__(self, address, *, timeout=60.0, version=VERSION,
                 actions=ACTIONS, steps=STEPS, negotiate=True):
        self.sock = self._dial(address, timeout)
        self.offer = (version, actions, steps)
        self.version = self.actions = self.steps = 0
        self.macro_lists = dict(DEFAULT_MACROS)
        self.macros = {"j": "mx.example.org", "v": "Postfix 3.7.11",
                       "{daemon_name}": "mx.example.org",
                       "{daemon_addr}": "192.0.2.25", "{daemon_port}": "25",
                       "{client_connections}": "0"}
        self._received = b""
        self._pending = []       # packets that wait for one that is answered
        self._skipped = None     # command the filter wants no more of
        self._modifications = []
        self._progress = 0
        if negotiate:
            self.negotiate()

    @staticmethod
    def _dial(address, timeout):
        if address.startswith(("inet:", "inet6:")):
            port, _, host = address.partition(":")[2].partition("@")
            return socket.create_connection((host or "localhost", int(port)),
                                            timeout)
        path = address.partition(":")[2] if address.startswith(
            ("unix:", "local:")) else address
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        try:
            sock.connect(path)
        except OSError:
            sock.close()
            raise
        return sock

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    # --- the wire ---------------------------------------------------------

    def raw(self, data):
        """Sends bytes as they are, after what was held back."""
        self._flush()
        self._send(data)

    def _send(self, data):
        try:
            self.sock.sendall(data)
        except ConnectionError as error:
            raise FilterClosed(str(error)) from error

    @staticmethod
    def frame(command, data=b""):
        return struct.pack("!I", len(data) + 1) + _bytes(command) + data

    def packet(self, command, data=b""):
        """Sends one well-formed packet, wanted or not; reads nothing."""
        self.raw(self.frame(command, data))

    def torn(self, command, data, sent):
        """Sends only the first SENT bytes of a packet."""
        self.raw(self.frame(command, data)[:sent])

    def oversized(self, command, length, data=b""):
        """Sends a packet that claims LENGTH bytes and brings only DATA."""
        self.raw(struct.pack("!I", length) + _bytes(command) + data)

    def _flush(self):
        data = b"".join(self._pending)
        self._pending.clear()
        if data:
            self._send(data)

    def _take(self, count):
        while len(self._received) < count:
            try:
                got = self.sock.recv(65536)
            except ConnectionError as error:
                raise FilterClosed(str(error)) from error
            if not got:
                raise FilterClosed("closed by the filter")
            self._received += got
        taken, self._received = (self._received[:count],
                                 self._received[count:])
        return taken

    def read_packet(self):
        """(command, data): the next packet from the filter."""
        length = struct.unpack("!I", self._take(4))[0]
        if not 0 < length <= 1 << 24:
            raise ProtocolError(f"packet of {length} bytes")
        data = self._take(length)
        return chr(data[0]), data[1:]

    def read_reply(self):
        """The next decision; change requests before it are collected."""
        self._flush()
        while True:
            command, data = self.read_packet()
            if command == "p":
                self._progress += 1
            elif command in "+-2bemhiq":
                self._modifications.append(modification(command, data))
            elif command == "y":
                line = decode(data.rstrip(b"\0"))
                return Reply("reply", line[:3], line[4:])
            elif command in REPLIES:
                return Reply(REPLIES[command])
            else:
                raise ProtocolError(f"answer {command!r} {data[:80]!r}")

    def is_closed(self):
        """Has the filter closed? Waits for the timeout of the socket."""
        try:
            self._flush()
            return self.sock.recv(1, socket.MSG_PEEK) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    # --- events -----------------------------------------------------------

    def negotiate(self):
        """Makes the offer and takes the filter's terms."""
        self.packet("O", struct.pack("!III", *self.offer))
        command, data = self.read_packet()
        if command != "O" or len(data) < 12:
            raise ProtocolError(f"offer answered by {command!r}")
        self.version, self.actions, self.steps = struct.unpack("!III",
                                                               data[:12])
        for name, mine, theirs in (
                ("actions", self.offer[1], self.actions),
                ("steps", self.offer[2], self.steps)):
            if theirs & ~mine:
                raise ProtocolError(f"{name} {theirs:#x} of {mine:#x} offered")
        at = 12
        while at < len(data):
            stage = struct.unpack("!I", data[at:at + 4])[0]
            end = data.index(b"\0", at + 4)
            self.macro_lists[stage] = decode(data[at + 4:end])
            at = end + 1

    def _macro_packet(self, command, macros):
        stage = EVENTS[command][0]
        if stage is None:
            return b""
        values = {**self.macros, **self._client_addr(command),
                  **(macros or {})}
        names = self.macro_lists[stage].replace(",", " ").split()
        if command in "LNBE":
            names = [name for name in names if name not in SMTPD_ONLY]
        # What a test names is sent whether the filter asked for it or not.
        names += [name for name in macros or {} if name not in names]
        data = b""
        for name in names:
            if values.get(name) is not None:
                data += _bytes(name) + b"\0" + _bytes(values[name]) + b"\0"
        return self.frame("D", _bytes(command) + data)

    def _client_addr(self, command):
        """Postfix's smtpd spells it as SMTP does, cleanup does not."""
        addr = self.macros.get("{client_addr}") or ""
        if ":" in addr and command not in "LNBE":
            return {"{client_addr}": f"IPv6:{addr}"}
        return {}

    def event(self, command, data=b"", macros=None):
        """Sends an event as negotiated; its Reply, or None."""
        _, unwanted, unanswered = EVENTS[command]
        if self._skipped == command:
            return None
        self._skipped = None
        # Postfix leaves out the macros too when it leaves out content.
        if self.steps & unwanted and command in "LNB":
            return None
        self._pending.append(self._macro_packet(command, macros))
        if self.steps & unwanted:
            return None
        self._pending.append(self.frame(command, data))
        if self.steps & unanswered:
            return None
        reply = self.read_reply()
        if reply.kind == "skip":
            self._skipped = command
        return reply

    def connect(self, name="mail.example.net", addr="203.0.113.7", port=54321,
                macros=None):
        """NAME "unknown" is a client whose name does not resolve."""
        family = (b"U" if addr is None else b"6" if ":" in addr else
                  b"L" if "/" in addr else b"4")
        known = name != "unknown"
        self.macros.update({
            "_": f"{name} [{addr}]", "{client_name}": name,
            "{client_addr}": addr, "{client_port}": str(port),
            "{client_ptr}": name,
            "{client_resolve}": "OK" if known else "FAIL"})
        data = _bytes(name if known or addr is None else f"[{addr}]") + b"\0"
        data += family
        if addr is not None:
            data += struct.pack("!H", port) + _bytes(addr) + b"\0"
        return self.event("C", data, macros)

    def helo(self, name="mail.example.net", macros=None):
        return self.event("H", _bytes(name) + b"\0", macros)

    def login(self, user, method="PLAIN"):
        """From now on the client is authenticated; None ends that."""
        self.macros["{auth_authen}"] = user
        self.macros["{auth_type}"] = method if user is not None else None

    @staticmethod
    def _address(address, args):
        bracketed = address if address.startswith("<") else f"<{address}>"
        return b"".join(_bytes(a) + b"\0" for a in (bracketed, *args))

    def mail(self, sender, *args, macros=None):
        """SENDER gets its <>, "" is the null sender; ARGS like SIZE=100."""
        self._modifications, self._progress = [], 0
        self.macros.update({"i": None, "{mail_addr}": sender.strip("<>"),
                            "{mail_host}": "mx.example.org",
                            "{mail_mailer}": "smtp"})
        return self.event("M", self._address(sender, args), macros)

    def rcpt(self, recipient, *args, queue_id="4BXbQz0Rf5z1", macros=None):
        """The queue id is known from the first accepted recipient on."""
        self.macros.update({"{rcpt_addr}": recipient.strip("<>"),
                            "{rcpt_host}": "example.org",
                            "{rcpt_mailer}": "local"})
        reply = self.event("R", self._address(recipient, args), macros)
        if reply is None or not reply.refuses:
            self.macros["i"] = queue_id
        return reply

    def data(self, macros=None):
        return self.event("T", macros=macros)

    def header(self, name, value, macros=None):
        """VALUE with its leading blank, folds as LF."""
        value = _bytes(value)
        if not self.steps & LEADING_SPACE and value.startswith(b" "):
            value = value[1:]
        return self.event("L", _bytes(name) + b"\0" + value + b"\0", macros)

    def eoh(self, macros=None):
        return self.event("N", macros=macros)

    def body(self, data, macros=None):
        """Sends DATA (CRLF) in chunks; the last chunk's Reply or None."""
        reply = None
        for at in range(0, len(data), BODY_CHUNK):
            reply = self.event("B", data[at:at + BODY_CHUNK], macros)
            if reply is not None and reply.kind != "continue":
                break
        return reply

    def eom(self, macros=None):
        """END-OF-MESSAGE: the decision and every change request."""
        reply = self.event("E", macros=macros)
        return Result(reply, self._modifications, self._progress)

    def unknown(self, line):
        return self.event("U", _bytes(line) + b"\0")

    def abort(self):
        """Ends the transaction; it is held back as Postfix holds it back."""
        self._skipped = None
        self.macros["i"] = None
        self._pending.append(self.frame("A"))

    def quit(self):
        self.packet("Q")
        self.drop()

    def drop(self):
        """Closes the socket without a word."""
        self.sock.close()

    # --- whole messages ---------------------------------------------------

    def message(self, raw, until="eom"):
        """DATA, headers, body, END-OF-MESSAGE of a message in bytes.

        Stops at the first answer that is not "continue" (or "skip"), and
        before the stage UNTIL ("header", "eoh", "body", "eom") if that is
        not "eom".  Returns a Result; its reply is None when stopped.
        """
        headers, body = split_message(raw)
        steps = [("data", self.data)]
        steps += [("header", lambda n=n, v=v: self.header(n, v))
                  for n, v in headers]
        steps += [("eoh", self.eoh), ("body", lambda: self.body(body))]
        for stage, step in steps:
            if stage == until:
                return Result(None, [], 0, stage)
            reply = step()
            if reply is not None and reply.kind not in ("continue", "skip"):
                return Result(reply, self._modifications, self._progress,
                              stage)
        return self.eom()

    def play(self, raw, sender="alice@example.net",
             recipients=("bob@example.org",), mail_args=()):
        """MAIL, RCPT and the message; Result of what decided it."""
        reply = self.mail(sender, *mail_args)
        if reply is not None and reply.kind != "continue":
            return Result(reply, stage="mail")
        replies = [self.rcpt(recipient) for recipient in recipients]
        if replies and all(r is not None and r.refuses for r in replies):
            return Result(replies[-1], stage="rcpt")
        for reply in replies:
            if reply is not None and reply.kind in ("accept", "discard"):
                return Result(reply, stage="rcpt")
        return self.message(raw)
