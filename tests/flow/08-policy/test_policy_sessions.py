# SPDX-License-Identifier: ISC
"""Sessions that try to get around a limit: each message counts, and once."""

import itertools

import pytest
from flow.story import Letter
from lab import policyd_conf

CONF = policyd_conf("""\
domain lab.test { }
throttle strangers { direction inbound; per client; limit 3/1h; }
throttle bytes { direction inbound; per client; unit bytes; limit 100k/1h; }
""", mode="enforce")
LETTER = Letter().data
BIG = LETTER + b"\r\n" + (b"x" * 70 + b"\r\n") * 1000
NUMBERS = itertools.count(20)


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(policyd_conf=CONF)


@pytest.fixture(name="client")
def client_fixture():
    """Who has sent nothing yet."""
    return f"203.0.113.{next(NUMBERS)}"


@pytest.fixture(name="session")
def session_fixture(shared, client):
    with shared.smtp(client=client) as session:
        session.ehlo()
        yield session


def begin(session, rcpt="ann@lab.test"):
    session.mail("joe@sender.test")
    return session.rcpt(rcpt)


def test_messages_of_one_session_count_each(session):
    for _ in range(3):
        assert begin(session)
        assert session.data(LETTER)
    assert begin(session).code == 450


def test_what_is_reset_does_not_count(session):
    for _ in range(5):
        assert begin(session)
        assert session.command("RSET")
    for _ in range(3):
        assert begin(session)
        assert session.command("RSET")
        assert begin(session)
        assert session.data(LETTER)
    assert begin(session).code == 450


def test_messages_that_are_pipelined_count_each(session):
    """RFC 2920: the next envelope comes with the end of the message."""
    envelope = (b"MAIL FROM:<joe@sender.test>\r\nRCPT TO:<ann@lab.test>\r\n"
                b"DATA\r\n")
    session.write(envelope)
    ends = []
    for _ in range(4):
        codes = [session.read_reply().code for _ in range(3)]
        if codes[-1] != 354:
            break
        session.write(LETTER + b"\r\n.\r\n" + envelope)
        ends.append(session.read_reply().code)
    assert ends == [250] * 3 and codes[1] == 450


def test_chunks_count_as_one_message(session):
    """RFC 3030 2: BDAT, the last one empty."""
    for _ in range(3):
        assert begin(session)
        session.write(b"BDAT %d\r\n" % len(LETTER) + LETTER)
        assert session.read_reply()
        assert session.command("BDAT 0 LAST")
    assert begin(session).code == 450


def test_a_size_that_was_not_told_counts(session, shared, client):
    assert begin(session)
    assert session.data(BIG)
    assert begin(session)
    said = session.data(BIG)
    assert said.code == 421 and "102400 bytes per hour" in said.text
    # It was refused: what is smaller has room.
    assert shared.send(client=client, data=LETTER).accepted


def test_who_goes_on_after_a_refusal_at_the_end_finds_smtpd_gone(session):
    """Without 421 its next MAIL is nested, and DATA ends smtpd by a signal."""
    for _ in range(2):
        assert begin(session)
        said = session.data(BIG)
    assert said.code == 421
    with pytest.raises(ConnectionError):
        session.mail("joe@sender.test")
