# SPDX-License-Identifier: ISC
"""Notices to servers that do not take them, or not at once; and our own mail."""

import json
import socket

import pytest
from lab.daemon import free_port
from lab.patience import AT_MOST
from noticing import LIMIT, MailServer, nothing_waits, passes, sent
from policyhost import PolicyHost
from redishost import RedisHost


@pytest.fixture(name="server")
def server_fixture(tmp_path):
    return MailServer(tmp_path)


# --- servers that do not take it ---------------------------------------------

def test_it_arrives_when_the_server_is_back(tmp_path, server):
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 5)
        policyd.wait(lambda: policyd.figure("notices_retries_total") >= 2,
                     "a second attempt")
        # Told once, however many attempts fail.
        assert policyd.log().count("notices cannot be sent: cannot connect: "
                                   "Connection refused") == 1
        server.start()
        sent(policyd, 1)
        assert "notices can be sent again" in policyd.log()
        assert len(server.messages()) == 1


def test_what_fails_often_degrades_it_until_one_is_sent(tmp_path, server):
    server.start(RCPT="450 4.2.0 greylisted")
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        for number in range(4):
            passes(postfix, 4, login=f"u{number}@lab.test")
        policyd.wait(lambda: "notices cannot be sent: 450" in
                     str(policyd.status()["degraded"]), "it to be degraded")
        server.sink.configure()
        sent(policyd, 4)
        assert policyd.status()["degraded"] == []


FAULTS = {
    "a refusal for a time": ({"MAIL": "452 4.3.1 full"}, '452 "4.3.1 full"'),
    "a refusal of the recipient": ({"RCPT": "450 4.2.0 greylisted"},
                                   '450 "4.2.0 greylisted"'),
    "a closing server": ({"RCPT": "421 4.3.2 going"}, '421 "4.3.2 going"'),
    "garbage": ({"MAIL": "\x00\x1b[2Jwhat?"}, "what it says is no reply"),
    "a huge reply": ({"EHLO": "250-x\r\n" * 5000 + "250 x"},
                     "its reply is too long"),
    "no service": ({"EHLO": "554 no"}, "554 no"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_for_a_time_is_tried_again(tmp_path, server, fault):
    replies, told = FAULTS[fault]
    server.start(**replies)
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 5)
        policyd.wait(lambda: policyd.figure("notices_retries_total") >= 1,
                     "an attempt that fails")
        assert f"notices cannot be sent: {told}; to=ann@lab.test; trying " \
            "again" in policyd.log()
        server.sink.configure()
        sent(policyd, 1)


def test_what_is_refused_for_good_is_not_tried_again(tmp_path, server):
    server.start(RCPT="550 5.1.1 unknown")
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 5)
        nothing_waits(policyd)
        assert policyd.figure("notices_refused_total") == 1
        assert 'cannot be sent: 550 "5.1.1 unknown"; to=ann@lab.test\n' in \
            policyd.log()
        assert policyd.status()["degraded"] == []


def test_a_login_cannot_write_what_is_sent(tmp_path, server):
    server.start()
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 4, login="joe\rBcc: eve@lab.test")
        sent(policyd, 1)
    envelope, told = server.message()
    assert json.loads(envelope)["rcpts"] == \
        ['<"joe?bcc: eve@lab.test"@lab.test>']
    assert told["To"] == '"joe?bcc: eve@lab.test"@lab.test'
    assert told["Bcc"] is None


def test_a_server_that_says_nothing_is_left(tmp_path, server):
    """And nobody waits for it meanwhile."""
    with socket.create_server(("127.0.0.1", server.port)), \
            PolicyHost(tmp_path, more=LIMIT + server.section("timeout 1s;")
                       ) as policyd, policyd.connect() as postfix:
        passes(postfix, 5)
        passes(postfix, 5, login="joe@lab.test")
        policyd.wait(lambda: policyd.figure("notices_retries_total") == 1,
                     "an attempt that fails")
        assert "notices cannot be sent: it does not greet" in policyd.log()


def test_so_many_wait_and_no_more(tmp_path, server):
    with PolicyHost(tmp_path, more=LIMIT + server.section("queue 3;")
                    ) as policyd, policyd.connect() as postfix:
        for number in range(6):
            passes(postfix, 4, login=f"u{number}@lab.test")
        assert policyd.figure("notices_waiting") == 3
        assert policyd.figure("notices_dropped_total") == 3
        assert policyd.log().count("notices=3 wait: more are not sent") == 1
        assert policyd.term() == 0
        assert "stopping: notices=3 are not sent" in policyd.log()


def test_what_waits_for_too_long_is_given_up(tmp_path, server):
    with PolicyHost(tmp_path, more=LIMIT + server.section("keep 1s;")
                    ) as policyd, policyd.connect() as postfix:
        passes(postfix, 4)
        nothing_waits(policyd)
        assert "the notice to=ann@lab.test is given up" in policyd.log()
        assert policyd.figure("notices_dropped_total") == 1


def test_a_reload_turns_it_off_and_names_another_server(tmp_path, server):
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 4)
        assert policyd.figure("notices_waiting") == 1
        old, server.port = server.section(), free_port()
        assert old != server.section()
        server.start()
        policyd.configure(more=LIMIT + server.section())
        policyd.reload()
        sent(policyd, 1)
        server.sink.configure(replies={"MAIL": "450 later"})
        passes(postfix, 4, login="joe@lab.test")
        policyd.configure(more=LIMIT)
        policyd.reload()
        nothing_waits(policyd)
        assert "no server for notices is configured any more: notices=1" in \
            policyd.log()


def test_while_the_store_is_away_it_waits(tmp_path, server):
    server.start()
    with RedisHost(tmp_path) as redis, \
            PolicyHost(tmp_path, more=LIMIT + server.section(),
                       store=redis.unix, deadline="300ms") as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 1)
        redis.pause()
        try:
            passes(postfix, 4)
            assert policyd.log().count("limit is near:") == 1
            assert server.messages() == []
            assert policyd.figure("notices_waiting") == 1
        finally:
            redis.resume()
        sent(policyd, 1)


# --- our own mail -------------------------------------------------------------

def test_our_own_notice_is_neither_counted_nor_refused(tmp_path, server):
    """The server asks about it while it takes it."""
    more = LIMIT + "throttle local { direction internal; " \
        "per recipient; limit 1/1d; }\naccess no { client 127.0.0.1; action deny; }\n" \
        + server.section()
    about = {"client_address": "127.0.0.1", "sender": "",
             "recipient": "ann@lab.test", "sasl_username": ""}
    answers = {}

    with PolicyHost(tmp_path, more=more) as policyd, \
            policyd.connect() as postfix, policyd.connect() as asker:
        assert asker.ask(**about, instance="before").startswith("5")
        held = Held(server.port)
        passes(postfix, 4)
        with held.client():
            for name, change in {
                    "rcpt": {}, "end": {"protocol_state": "END-OF-MESSAGE"},
                    "again": {"protocol_state": "END-OF-MESSAGE"}, "joe": {"recipient": "joe@lab.test"},
                    "sender": {"sender": "a@b.test"},
                    "login": {"sasl_username": "bob@lab.test"},
                    "elsewhere": {"client_address": "203.0.113.7"}}.items():
                answers[name] = asker.ask(**{**about, **change},
                                          instance=name)
    ours = {name for name, answer in answers.items() if answer == "DUNNO"}
    # The stranger is not denied, but then, nor is he us.
    assert ours == {"rcpt", "end", "again", "elsewhere"}


class Held:
    """A server that has a client and lets it wait behind its RCPT."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(AT_MOST)

    def client(self):
        conn, _ = self.listener.accept()
        conn.settimeout(AT_MOST)
        lines = conn.makefile("rb")
        conn.sendall(b"220 held\r\n")
        for line in lines:
            if line.startswith(b"RCPT"):
                break
            conn.sendall(b"250 ok\r\n")
        self.listener.close()
        return conn
