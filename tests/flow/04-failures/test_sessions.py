# SPDX-License-Identifier: ISC
"""How sessions run: their bound, their end, and libmilter's own workers."""

import time

import pytest
from flow.metrics import Exposition
from flow.story import (Letter, event_of, finding, has_sanitizer, rss_kb,
                        status, wait_until_idle)
from lab import milter_conf
from lab.patience import AT_MOST
from milterclient import MilterClient

DOMAIN = "domain lab.test { }\n"
OWN_WORKERS = "the configuration chose libmilter's own workers"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"),
                              zone=signer.zone())


def test_sessions_beyond_the_bound_get_451_and_those_before_are_served(lab):
    lab.milter.restart(milter_conf(DOMAIN, mode="enforce",
                                   max_connections="5"))
    sessions = [lab.smtp() for _ in range(5)]
    for session in sessions:
        session.ehlo()
        assert session.mail("joan@sender.test").code == 250
    for _ in range(3):
        refused = lab.send(data=Letter().data)
        assert refused.last.code == 451
    assert status(lab)["sessions"] == 5
    assert status(lab)["sessions_refused"] == 3
    figures = Exposition(lab.ctl("metrics"))
    assert figures.get("mailreeve_milter_sessions_refused_total") == 3
    for session in sessions:
        session.rcpt("ann@lab.test")
        assert session.data(Letter(subject="served").data).code == 250
        session.quit()
    wait_until_idle(lab)
    assert lab.send(data=Letter(subject="room again").data).accepted


def resting(lab, count, has_message):
    """So many sessions that say nothing any more."""
    servers = []
    for n in range(count):
        mta = MilterClient(f"unix:{lab.places.milter_socket}")
        mta.connect()
        mta.helo()
        if has_message:
            mta.play(Letter(subject=f"{n}").data)
            mta.abort()
        mta.raw(b"")
        servers.append(mta)
    return servers


@pytest.mark.parametrize("has_message, kb_each", [(False, 24), (True, 32)])
def test_three_hundred_sessions_that_rest_take_little_memory(lab, has_message,
                                                             kb_each):
    """The budget is 12 KB, which bench measures; measured here are 8 to 17."""
    lab.milter.restart(milter_conf(DOMAIN, mode="enforce"))
    servers = resting(lab, 100, has_message)
    time.sleep(1.5)         # a session rests when it was silent for a second
    before = rss_kb(lab)
    servers += resting(lab, 300, has_message)
    assert status(lab)["sessions"] == 400
    if not has_sanitizer(lab):
        lab.wait(lambda: rss_kb(lab) - before < 300 * kb_each, AT_MOST,
                 "the rest")
    for mta in servers:
        mta.drop()
    wait_until_idle(lab)


def test_with_the_librarys_workers_mail_flows_and_the_status_says_so(lab,
                                                                     signer):
    lab.milter.restart(milter_conf(DOMAIN, mode="enforce", sessions="pool"))
    try:
        for n in range(5):
            sent = lab.send(data=signer.sign(Letter(subject=f"{n}").data))
            assert sent.accepted
            assert finding(event_of(lab, sent), "dkim")["result"] == "pass"
        two = Letter(more="From: Boss <boss@lab.test>\n")
        assert lab.send(data=two.data).last.code == 550
        assert status(lab)["degraded"] == [OWN_WORKERS]
        figures = Exposition(lab.ctl("metrics"))
        assert figures.get("mailreeve_milter_degraded") == 1
        assert lab.milter.term() == 0
    finally:
        if lab.milter.is_running():
            lab.milter.term()
        lab.milter.configure(milter_conf(DOMAIN, mode="enforce"))
        lab.milter.start()


def test_without_the_milter_postfix_defers(lab):
    lab.milter.term()
    try:
        assert lab.send(data=Letter(subject="alone").data).last.code == 451
    finally:
        lab.milter.start()
    assert lab.send(data=Letter(subject="together").data).accepted
