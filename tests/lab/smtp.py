# SPDX-License-Identifier: ISC
"""An SMTP client that hides nothing: every reply kept, every octet as given."""

import base64
import re
import ssl
from typing import NamedTuple, Optional


CLOSING = 421       # the server hangs up after this reply (RFC 5321 3.8)


class Reply(NamedTuple):
    """One reply: its code, and its lines joined without the codes."""
    code: int
    text: str

    def __bool__(self):
        return 200 <= self.code < 400


class Outcome:
    """The replies of one message by stage; None for a stage not reached."""

    def __init__(self):
        self.connect: Optional[Reply] = None
        self.helo: Optional[Reply] = None
        self.auth: Optional[Reply] = None
        self.mail: Optional[Reply] = None
        self.rcpts: list[Reply] = []
        self.data: Optional[Reply] = None
        self.end: Optional[Reply] = None

    @property
    def rcpt(self):
        """The reply to the only, or first, recipient."""
        return self.rcpts[0] if self.rcpts else None

    @property
    def last(self):
        """The reply that decided."""
        stages = [self.connect, self.helo, self.auth, self.mail, *self.rcpts,
                  self.data, self.end]
        return [reply for reply in stages if reply is not None][-1]

    @property
    def accepted(self):
        return bool(self.end)

    @property
    def queue_id(self):
        """From "250 2.0.0 Ok: queued as ID"; None if not accepted."""
        match = re.search(r"queued as (\w+)", self.end.text) \
            if self.end else None
        return match and match[1]

    def __repr__(self):
        return f"<Outcome {self.last.code} {self.last.text!r}>"


def encode(line):
    return line if isinstance(line, bytes) else line.encode()


def stuff(data):
    """Double leading dots (RFC 5321 4.5.2), and end the last line.

    After a bare LF too, which Postfix reads as the end of a line.
    """
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", data)


class SmtpSession:
    """One conversation over a connected socket; also a context manager.

    The greeting is read at once: `session.greeting`.  command() is enough
    for most; write() and read_reply() let a test break any rule.
    """

    def __init__(self, conn):
        self.conn = conn
        self.stream = conn.makefile("rb")
        self.greeting = self.read_reply()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        """Hang up without QUIT."""
        self.stream.close()
        self.conn.close()

    def write(self, data):
        self.conn.sendall(encode(data))

    def read_reply(self):
        lines = []
        while True:
            line = self.stream.readline().decode("utf-8", "replace")
            if not line.endswith("\n"):
                raise ConnectionError(f"server hung up after {lines}")
            lines.append(line[4:].rstrip("\r\n"))
            if line[3:4] != "-":
                return Reply(int(line[:3]), "\n".join(lines))

    def command(self, line):
        """Send one line, CRLF added; read its reply."""
        self.write(encode(line) + b"\r\n")
        return self.read_reply()

    def ehlo(self, name="mail.sender.test"):
        return self.command(f"EHLO {name}")

    def starttls(self):
        """TLS from here on, with whatever certificate; EHLO comes again."""
        reply = self.command("STARTTLS")
        if reply:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.stream.close()
            self.conn = context.wrap_socket(self.conn)
            self.stream = self.conn.makefile("rb")
        return reply

    def auth_plain(self, user, secret):
        token = base64.b64encode(f"\0{user}\0{secret}".encode()).decode()
        return self.command(f"AUTH PLAIN {token}")

    def mail(self, address, args=""):
        return self.command(mail_line(address, args))

    def rcpt(self, address, args=""):
        return self.command(rcpt_line(address, args))

    def data(self, message):
        """DATA and the message: the reply that decided."""
        go = self.command("DATA")
        return self.body(message) if go.code == 354 else go

    def body(self, message):
        """The message and the final dot, after a 354."""
        self.write(stuff(message) + b".\r\n")
        return self.read_reply()

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply

    def envelope(self, outcome, mail_line, rcpt_lines, pipelining):
        """MAIL, all RCPT and DATA, together or each after the last reply."""
        lines = [mail_line, *rcpt_lines, "DATA"]
        if pipelining:      # (RFC 2920 3.1)
            self.write(b"".join(encode(line) + b"\r\n" for line in lines))
            replies = [self.read_reply() for _ in lines]
        else:
            replies = self.one_by_one(lines)
        outcome.mail = replies[0]
        outcome.rcpts = replies[1:len(rcpt_lines) + 1]
        outcome.data = replies[-1] if len(replies) == len(lines) else None

    def one_by_one(self, lines):
        """Stops when the server must be left alone: nothing to go on with."""
        replies = [self.command(lines[0])]
        if not replies[0]:
            return replies
        for line in lines[1:-1]:
            replies.append(self.command(line))
            if replies[-1].code == CLOSING:
                return replies
        if any(replies[1:]):
            replies.append(self.command(lines[-1]))
        return replies

    def send(self, outcome, mail_line, rcpt_lines, message, pipelining):
        """One whole message on an open session."""
        self.envelope(outcome, mail_line, rcpt_lines, pipelining)
        if outcome.data and outcome.data.code == 354:
            outcome.end = self.body(message)
        return outcome


def mail_line(address, args=""):
    return f"MAIL FROM:<{address}> {args}".rstrip()


def rcpt_line(address, args=""):
    return f"RCPT TO:<{address}> {args}".rstrip()


def send(session, helo, mail_from, rcpts, data, auth=None, mail_args="",
         rcpt_args="", pipelining=False):
    """A whole session with one message, from EHLO to QUIT: its Outcome."""
    outcome = Outcome()
    with session:
        outcome.connect = session.greeting
        if not outcome.connect:
            return outcome
        outcome.helo = session.ehlo(helo)
        if not outcome.helo:
            return outcome
        if auth:
            outcome.auth = session.auth_plain(*auth)
            if not outcome.auth:
                return outcome
        session.send(outcome, mail_line(mail_from, mail_args),
                     [rcpt_line(rcpt, rcpt_args) for rcpt in rcpts],
                     data, pipelining)
        if outcome.last.code != CLOSING:
            session.quit()
    return outcome
