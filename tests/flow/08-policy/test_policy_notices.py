# SPDX-License-Identifier: ISC
"""A login near its limit is told by mail: once, wherever it is counted."""

import email
import os
import re
import socket
from pathlib import Path

import pytest
from flow.story import ULID, Letter
from lab import milter_conf, policyd_conf
from lab.lab import CHECKOUT
from lab.milter import ctl
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))

# Whoever writes to ann is limited, but our own notice is not counted.
LIMITS = """\
domain lab.test { }
rule throttle { milter_confirms yes; }
throttle outbound { limit 5/1h; soft 80; }
throttle arriving { direction internal; per recipient; limit 1/1d; }
notices { server inet:25@127.0.0.1; from postmaster@lab.test; }
"""
CONF = milter_conf(LIMITS, mode="enforce") + policyd_conf(
    mode="enforce", events="all")
# A second host's: its own sockets, the same store.
OTHER = {'"unix:@DIR@/sock/policyd"': '"unix:@DIR@/sock/other"',
         "policyd.ctl": "other.ctl", "policyd-plugin.ctl": "other-plugin.ctl",
         "@DIR@/spool": "@DIR@/other-spool"}


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF, policyd_conf=CONF)


@pytest.fixture(name="lab")
def lab_fixture(shared):
    shared.run(["redis-cli", "-s", shared.places.redis_socket, "flushall"])
    return shared


def passes(lab, times, login="ann@lab.test"):
    for _ in range(times):
        sent = lab.send(mail_from=login, auth=True, port=PORT_SUBMISSION,
                        rcpt="x@remote.test",
                        data=Letter(author=login, subject="limits").data)
        assert sent.accepted, sent


def notices(lab, user):
    found = [email.message_from_bytes(octets) for octets in lab.fetch(user)]
    return [message for message in found
            if "limit is" in message["Subject"]]


def told(lab, user, count=1):
    lab.wait(lambda: len(notices(lab, user)) >= count, AT_MOST,
             f"{count} notices to {user}")
    return notices(lab, user)


def figure_of(metrics, name):
    return int(re.search(rf"(?m)^mailreeve_policyd_{name} (\d+)$",
                         metrics)[1])


def figure(lab, name):
    return figure_of(lab.policyd.ctl("metrics"), name)


def test_the_notice_is_in_the_mailbox_once(lab):
    before = len(notices(lab, "ann@lab.test"))
    passes(lab, 4)
    notice = told(lab, "ann@lab.test", before + 1)[before]
    assert notice["Subject"] == "Your mail limit is 80 % used"
    assert notice["Return-Path"] == "<>"
    assert notice["Auto-Submitted"] == "auto-generated"
    # It passed the milter as our own mail, which gave it its id.
    assert re.fullmatch(ULID, notice["X-Mailreeve-Id"])
    assert "5 messages per hour" in notice.get_payload()
    # Neither itself nor what follows makes another one.
    passes(lab, 1)
    lab.wait(lambda: figure(lab, "notices_waiting") == 0, AT_MOST,
             "no notice to wait")
    assert len(notices(lab, "ann@lab.test")) == before + 1
    told_to = re.findall(r"(?m)to=<(\S+)>.*status=sent", lab.log("mail"))
    assert set(told_to) <= {"ann@lab.test", "x@remote.test"}
    assert not lab.run(["redis-cli", "-s", lab.places.redis_socket, "keys",
                        "*:limit:arriving*"]).stdout.strip()


def test_dovecot_takes_it_by_lmtp_without_postfix(lab):
    before = len(notices(lab, "ann@lab.test"))
    lab.policyd.configure(CONF.replace(
        "server inet:25@127.0.0.1;",
        'server "unix:@DIR@/sock/lmtp"; protocol lmtp;'))
    lab.policyd.ctl("reload")
    try:
        passes(lab, 4)
        notice = told(lab, "ann@lab.test", before + 1)[before]
    finally:
        lab.policyd.configure(CONF)
        lab.policyd.ctl("reload")
    assert "Received" in notice and "postfix" not in str(notice).lower()
    # No milter gave it an id: it has that of the message that it is about.
    assert f"the id {notice['X-Mailreeve-Id']}." in notice.get_payload()


def test_it_arrives_when_postfix_is_back(lab):
    before = len(notices(lab, "bob@lab.test"))
    passes(lab, 3, login="bob@lab.test")
    # Postfix has all but the last one's answer, and goes.
    with socket.socket(socket.AF_UNIX) as conn:
        conn.connect(str(lab.places.policyd_socket))
        lab.postfix.term()
        try:
            ask(conn, "bob@lab.test")
            lab.wait(lambda: figure(lab, "notices_retries_total") >= 1,
                     AT_MOST, "an attempt that fails")
            # Nobody listens, or an smtpd that goes hangs up.
            assert "notices cannot be sent: " in lab.log("policyd")
        finally:
            lab.postfix.start()
    told(lab, "bob@lab.test", before + 1)


def ask(conn, login, instance="first"):
    """The end of a message, as smtpd would tell it."""
    conn.settimeout(AT_MOST)
    conn.sendall(f"request=smtpd_access_policy\n"
                 f"protocol_state=END-OF-MESSAGE\ninstance={login}.{instance}\n"
                 f"sender={login}\nsasl_username={login}\n"
                 f"client_address=203.0.113.7\nrecipient_count=1\n"
                 f"recipient=x@remote.test\n\n".encode())
    answer = b""
    while not answer.endswith(b"\n\n"):
        answer += conn.recv(4096)
    assert answer == b"action=DUNNO\n\n"


def start_other(lab):
    """A second policyd beside the lab's own."""
    text = CONF
    for name, other in OTHER.items():
        assert name in text
        text = text.replace(name, other)
    path = lab.write("other.conf", text)
    (lab.dir / "other-spool").mkdir(exist_ok=True)
    lab.run(["sh", "-c", f"setsid {BIN}/mailreeve-policyd -c {path} "
             f">>{lab.places.log}/other.log 2>&1 & echo $! "
             f">{lab.dir}/other.pid"])
    lab.wait_for_log("ready version=", "other")
    return (lab.dir / "other.pid").read_text().strip()


def test_two_hosts_on_one_redis_send_one(lab):
    login = "carol@second.test"
    pid = start_other(lab)
    try:
        with socket.socket(socket.AF_UNIX) as conn:
            conn.connect(str(lab.dir / "sock" / "other"))
            passes(lab, 2, login=login)
            ask(conn, login)
            passes(lab, 1, login=login)
            told(lab, login)
            # The mark is passed again, on the other host.
            lab.run([BIN / "mailreeve", "limit", "reset", login, "-c",
                     lab.places.policyd_conf])
            passes(lab, 3, login=login)
            ask(conn, login, "second")
            lab.wait(lambda: figure_of(ctl(lab.dir / "sock/other.ctl",
                                           "metrics"),
                                       "notices_waiting") == 0,
                     AT_MOST, "no notice to wait on the other host")
    finally:
        lab.run(["kill", pid])
    lab.wait_for_log("stopped", "other")
    assert "limit is near" in lab.log("other")
    assert "are not sent" not in lab.log("other")
    assert len(notices(lab, login)) == 1
