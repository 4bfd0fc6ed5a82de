# SPDX-License-Identifier: ISC
"""Clients that go away in the middle of things leave nothing behind."""

import pytest
from flow.story import (Letter, events, finding, has_sanitizer, rss_kb,
                        status, stops_growing, wait_until_idle)
from lab import milter_conf
from milterclient import MilterClient

LONG = Letter(body="x" * 70 + "\n").data + b"a line of the body\r\n" * 20000

# How far a client of Postfix comes before it goes.
STAGES = {
    "connected": [],
    "after EHLO": [b"EHLO mail.sender.test\r\n"],
    "after MAIL": [b"EHLO mail.sender.test\r\n",
                   b"MAIL FROM:<joan@sender.test>\r\n"],
    "after RCPT": [b"EHLO mail.sender.test\r\n",
                   b"MAIL FROM:<joan@sender.test>\r\n",
                   b"RCPT TO:<ann@lab.test>\r\n"],
}
STAGES["after DATA"] = STAGES["after RCPT"] + [b"DATA\r\n"]
CONTENT = {
    "within a header field": Letter().data[:40],
    "after the header": Letter().data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    "within the body": LONG,
    "before the final dot": LONG + b"\r\n",
}


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(milter_conf=milter_conf(
        "domain lab.test { }\n", "2s", mode="enforce"), zone=signer.zone())


def assert_serves(lab):
    """Nothing is left of those who went, and others are served."""
    wait_until_idle(lab)
    told = lab.ctl("why", {"id": lab.send(
        data=Letter(subject="still here").data).queue_id})
    assert told[0]["decision"] == "ham"
    assert status(lab)["degraded"] == []


def go_after(lab, lines, content=b""):
    with lab.smtp() as session:
        for line in lines:
            session.write(line)
            session.read_reply()
        session.write(content)


@pytest.mark.parametrize("stage", STAGES)
def test_a_client_that_goes_during_the_envelope_leaves_no_session(lab, stage):
    count = len(events(lab))
    for _ in range(10):
        go_after(lab, STAGES[stage])
    wait_until_idle(lab)
    assert len(events(lab)) == count
    assert_serves(lab)


@pytest.mark.parametrize("content", CONTENT)
def test_a_client_that_goes_during_the_message_leaves_no_session(lab,
                                                                 content):
    count = len(events(lab))
    for _ in range(10):
        go_after(lab, STAGES["after DATA"], CONTENT[content])
    wait_until_idle(lab)
    assert len(events(lab)) == count
    assert_serves(lab)


def mail_server(lab):
    mta = MilterClient(f"unix:{lab.places.milter_socket}")
    mta.connect()
    mta.helo()
    return mta


@pytest.mark.parametrize("until", ["mail", "rcpt", "data", "header", "eoh",
                                   "body", "eom"])
def test_a_mail_server_that_goes_at_any_stage_leaves_no_session(lab, signer,
                                                                until):
    """Postfix hides many of these from us: here we are asked directly."""
    data = signer.sign(LONG)
    for _ in range(10):
        with mail_server(lab) as mta:
            if until != "mail":
                mta.mail("joan@sender.test")
            if until not in ("mail", "rcpt"):
                mta.rcpt("ann@lab.test")
            if until not in ("mail", "rcpt", "data"):
                mta.message(data, until=until)
                mta.raw(b"")
    assert_serves(lab)


def test_a_mail_server_that_goes_while_we_wait_for_the_dns_leaves_nothing(
        lab, signer):
    lab.dns.fault("s1._domainkey.sender.test", "timeout")
    try:
        for _ in range(10):
            with mail_server(lab) as mta:
                mta.mail("joan@sender.test")
                mta.rcpt("ann@lab.test")
                mta.message(signer.sign(Letter().data), until="eom")
                mta.packet("E")
        wait_until_idle(lab)
    finally:
        lab.dns.fault("s1._domainkey.sender.test", None)
    lost = events(lab)[-10:]
    assert all(finding(e, "dkim")["result"] == "temperror" for e in lost)
    assert_serves(lab)


def test_a_thousand_that_go_take_no_memory_along(lab):
    def come_and_go(count):
        for n in range(count):
            with mail_server(lab) as mta:
                mta.mail("joan@sender.test")
                mta.rcpt("ann@lab.test")
                mta.message(Letter().data, until=("header", "eom")[n % 2])
                mta.raw(b"")
        wait_until_idle(lab)

    come_and_go(200)
    assert stops_growing(lambda: rss_kb(lab), lambda: come_and_go(1000),
                         2 << 10) or has_sanitizer(lab)


def test_fifty_sessions_at_once_may_all_hang_up(lab):
    wait_until_idle(lab)
    servers = [mail_server(lab) for _ in range(50)]
    for mta in servers:
        mta.mail("joan@sender.test")
    assert status(lab)["sessions"] == 50
    for mta in servers:
        mta.drop()
    assert_serves(lab)


def test_who_greets_for_ever_costs_no_memory(lab):
    with mail_server(lab) as mta:
        mta.mail("joan@sender.test")
        mta.abort()
        before = rss_kb(lab)
        for n in range(10000):      # 20 MB of names in all
            mta.helo("h" * 2000 + str(n))
        mta.helo("last.test")
        assert mta.play(Letter(subject="greeted").data).reply.kind == "accept"
        assert rss_kb(lab) - before < 4 << 10 or has_sanitizer(lab)
    assert events(lab)[-1]["client"]["helo"] == "last.test"
