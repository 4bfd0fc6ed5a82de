# SPDX-License-Identifier: ISC
"""policyhost.py - policyd by itself, without a lab: its files in a directory.

    with PolicyHost(tmp_path, more=DENY) as policyd:
        with policyd.connect() as postfix:
            assert postfix.ask(recipient="ann@lab.test") == "DUNNO"
"""

import json
import re
import signal
import socket
from pathlib import Path

from lab.daemon import listens
from lab.host import Host, our_program
from lab.patience import AT_MOST

PROGRAM = our_program("mailreeve-policyd")

CONF = """\
policyd {{
	mode {mode};
	listen {listen};
	ctl_admin "{home}/ctl";
	ctl_plugin "{home}/plugin";
	event_spool "{home}/spool";
{settings}}}
domain lab.test {{ }}
store {{ socket "{home}/memory"; {store} }}
{more}"""

# Who is refused says so, so that answers can be told apart.
ECHO = "".join(f"access r{n} {{ recipient r{n}@lab.test; action deny; "
               f'text "answer {n}"; }}\n' for n in range(10))

RCPT = {"request": "smtpd_access_policy", "protocol_state": "RCPT",
        "protocol_name": "ESMTP", "client_address": "203.0.113.7",
        "client_name": "mail.sender.test",
        "reverse_client_name": "mail.sender.test",
        "helo_name": "mail.sender.test", "sender": "a@sender.test",
        "recipient": "ann@lab.test", "recipient_count": "0",
        "queue_id": "", "instance": "1f2e.5b.0", "size": "12345",
        "etrn_domain": "", "stress": "", "sasl_method": "",
        "sasl_username": "", "sasl_sender": "", "ccert_subject": "",
        "ccert_issuer": "", "ccert_fingerprint": "",
        "ccert_pubkey_fingerprint": "", "encryption_protocol": "",
        "encryption_cipher": "", "encryption_keysize": "0",
        "policy_context": "", "server_address": "192.0.2.25",
        "server_port": "25", "compatibility_level": "3.6",
        "mail_version": "3.7.11"}


def request(**attributes):
    """The bytes of a request as smtpd writes it."""
    return "".join(f"{name}={value}\n" for name, value in
                   {**RCPT, **attributes}.items()).encode() + b"\n"


class Gone(Exception):
    """The daemon has closed the connection."""


class PolicyConn:
    """One connection, as smtpd keeps it."""

    def __init__(self, conn):
        self.conn = conn
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.conn.close()

    def send(self, data):
        self.conn.sendall(data)

    def read(self):
        """What stands behind action=."""
        while b"\n\n" not in self.rest:
            data = self.conn.recv(65536)
            if not data:
                raise Gone(self.rest)
            self.rest += data
        answer, _, self.rest = self.rest.partition(b"\n\n")
        assert answer.startswith(b"action="), answer
        return answer.removeprefix(b"action=").decode()

    def ask(self, **attributes):
        self.send(request(**attributes))
        return self.read()

    def is_closed(self):
        """Does nothing come but the end?"""
        return self.conn.recv(1) == b""


class PolicyHost(Host):
    """One policyd; LIMITS are resource.RLIMIT_...: number, STORE stands in the
    section of that name, MORE behind all."""

    program = PROGRAM

    def __init__(self, home, limits=None, more="", mode="enforce",
                 listen=None, args=(), store=None, **settings):
        super().__init__(home, limits, args)
        self.listen = listen or f"unix:{home}/s"
        (self.home / "spool").mkdir(exist_ok=True)
        self.configure(more, mode, store, **settings)

    def configure(self, more="", mode="enforce", store=None, **settings):
        store = store or f'snapshot "{self.home}/store";'
        self.write_conf(CONF, settings, mode=mode, more=more,
                        listen=self.listen, store=store)

    def reload(self):
        """SIGHUP, and wait until it was heard."""
        done = len(re.findall(r"configuration is", self.log()))
        self.process.send_signal(signal.SIGHUP)
        self.wait(lambda: len(re.findall(r"configuration is", self.log()))
                  > done, "the reload")

    def connect(self):
        return PolicyConn(self.open_socket())

    def connect_tcp(self, port):
        return PolicyConn(socket.create_connection(
            ("127.0.0.1", port), AT_MOST))

    def events(self):
        path = self.home / "spool" / "policyd.jsonl"
        text = path.read_text() if path.exists() else ""
        # A line that is being written is none yet.
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def listens(self, address=None):
        return listens(address or self.home / "s")

    # What the kernel says of it.

    def fds(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
