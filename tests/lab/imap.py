# SPDX-License-Identifier: ISC
"""What lies in a mailbox, read by IMAP over a socket of the lab."""

import imaplib


class ImapError(Exception):
    """The server answered NO or BAD."""


class ImapSession(imaplib.IMAP4):
    """imaplib on a connection that exists already."""

    def __init__(self, conn):
        self.conn = conn
        super().__init__()

    def _create_socket(self, timeout):
        return self.conn


def check(answer):
    status, data = answer
    if status != "OK":
        raise ImapError(data)
    return data


class Mailbox:
    """One selected mailbox, looked at as often as needed."""

    def __init__(self, conn, user, secret, name):
        self.session = ImapSession(conn)
        check(self.session.login(user, secret))
        self.name = name

    def messages(self):
        """All messages as raw octets, oldest first; [] if no such mailbox."""
        status, _data = self.session.select(self.name, readonly=True)
        if status != "OK":
            return []
        found = []
        for number in check(self.session.search(None, "ALL"))[0].split():
            data = check(self.session.fetch(number, "(BODY.PEEK[])"))
            found.append(data[0][1])
        return found

    def close(self):
        self.session.logout()
