# SPDX-License-Identifier: ISC
"""directory_change.py - how soon a change by the command line shows in daemons.

A user is suspended and taken back in turn.  Time runs from the end of the
command, when the change is in the database, until each of three has answered by
it: policyd a request of smtpd, its socketmap a look-up, and the milter, which
says in its metrics by which generation of the directory it answers.
"""

import random
import re
import socket
import time

import world    # says where lab is
from lab.milter import ctl

AT_MOST = 60            # seconds
PAUSE = 0.002           # between two looks
# A change comes at any time of the quarter of a second between two looks of
# ours at a file.
LOOK = 0.25
REQUEST = """\
request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
client_address={client}
client_name={name}
helo_name={name}
sender={user}
recipient=bob@elsewhere.example
recipient_count=0
instance=1.{number}
sasl_username={user}

"""


class Conn:
    """A connection on which one question has one answer."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(AT_MOST)
        self.socket.connect(str(path))

    def ask(self, text, is_whole):
        self.socket.sendall(text.encode())
        answer = ""
        while not is_whole(answer):
            data = self.socket.recv(4096)
            if not data:
                raise SystemExit("a daemon closed its connection")
            answer += data.decode()
        return answer


class Policyd:
    def __init__(self, side, user):
        self.conn = Conn(side.home / "s")
        self.user = user
        self.asked = 0

    def look(self):
        """Is the user suspended, as far as it knows?"""
        self.asked += 1
        answer = self.conn.ask(REQUEST.format(
            client=world.CLIENT, name=world.CLIENT_NAME, user=self.user,
            number=self.asked), lambda text: text.endswith("\n\n"))
        return answer.startswith("action=550 5.7.13")


class Socketmap:
    def __init__(self, side, user):
        self.conn = Conn(side.home / "maps")
        self.question = f"logins {user}"

    def look(self):
        answer = self.conn.ask(f"{len(self.question)}:{self.question},",
                               lambda text: text.endswith(","))
        return ":NOTFOUND" in answer


class Milter:
    def __init__(self, side, _user):
        self.path = side.home / "admin.ctl"
        self.before = self.generation()
        self.is_suspended = False

    def generation(self):
        return re.search(r"^mailreeve_milter_directory_generation (\d+)$",
                         ctl(self.path, "metrics"), re.MULTILINE)[1]

    def look(self):
        """Each change is a generation."""
        now = self.generation()
        if now != self.before:
            self.before = now
            self.is_suspended = not self.is_suspended
        return self.is_suspended


def wait_for(watched, is_suspended):
    """Until all say so: {name: ms}."""
    began = time.monotonic()
    took = {}
    while len(took) < len(watched):
        for name, one in watched.items():
            if name not in took and one.look() == is_suspended:
                took[name] = 1000 * (time.monotonic() - began)
        if time.monotonic() - began > AT_MOST:
            raise SystemExit(f"a change shows in {sorted(took)} alone")
        time.sleep(PAUSE)
    return took


def measure(directory, policyd, milter, user, count):
    """{name: [ms, ...]} of COUNT changes, of an even number."""
    watched = {"policyd": Policyd(policyd, user),
               "socketmap": Socketmap(policyd, user),
               "milter": Milter(milter, user)}
    wait_for(watched, False)
    took = {name: [] for name in watched}
    for number in range(count):
        time.sleep(random.uniform(0, LOOK))
        directory.run("user", "resume" if number % 2 else "suspend", user)
        for name, ms in wait_for(watched, number % 2 == 0).items():
            took[name].append(ms)
    return took
