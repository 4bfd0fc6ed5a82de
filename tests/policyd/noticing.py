# SPDX-License-Identifier: ISC
"""noticing.py - a server that takes notices, and logins that come near limits."""

import email
import itertools

from lab.daemon import free_port
from lab.sink import Sink

LIMIT = "throttle outbound { limit 5/1h; soft 80; }\n"
NUMBERS = itertools.count()


class MailServer:
    """Takes notices at a port of 127.0.0.1, from start() on."""

    def __init__(self, home):
        self.home = home / "mail"
        self.home.mkdir()
        self.port = free_port()
        self.sink = None

    def start(self, **replies):
        self.sink = Sink(("127.0.0.1", self.port), self.home)
        self.sink.configure(replies=replies)
        return self

    def section(self, more=""):
        return f"notices {{ server inet:{self.port}@127.0.0.1; " \
               f"from postmaster@lab.test; {more} }}\n"

    def messages(self):
        return list(self.home.glob("*.json"))

    def message(self, number=1):
        """An envelope, and its message."""
        parts = (self.home / f"{number}.json").read_text()
        data = (self.home / f"{number}.eml").read_bytes()
        return parts, email.message_from_bytes(data)


def end(postfix, login="ann@lab.test", **more):
    """A message at its end: what is said to it."""
    return postfix.ask(**{"instance": f"i{next(NUMBERS)}",
                          "sasl_username": login,
                          "protocol_state": "END-OF-MESSAGE",
                          "sender": login, "recipient": "x@elsewhere.test",
                          "recipient_count": "1", "queue_id": "Q", **more})


def passes(postfix, times, **more):
    for _ in range(times):
        assert end(postfix, **more) == "DUNNO"


def sent(policyd, count):
    policyd.wait(lambda: policyd.figure("notices_sent_total") == count,
                 f"{count} notices to be sent")


def nothing_waits(policyd):
    policyd.wait(lambda: policyd.figure("notices_waiting") == 0,
                 "no notice to wait")
