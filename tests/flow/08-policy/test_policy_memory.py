# SPDX-License-Identifier: ISC
"""Limits in policyd's own memory, which the milter behind it settles."""

import json
import re
import time

import pytest
from flow.story import Letter, events
from lab import milter_conf, policyd_conf
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION, password

STORE = ('where memory; snapshot "@DIR@/spool/store"; '
         "timeout 2s;")
LIMITS = """\
domain lab.test { }
rule throttle { milter_confirms yes; content_timeout 5m; }
throttle outbound { limit 3/1h; }
"""
CONF = milter_conf(LIMITS, mode="enforce") + policyd_conf(
    store=STORE, mode="enforce", events="all")
FORGED = "From: Ann <ann@lab.test>\nFrom: Bob <bob@lab.test>\n"
ANN = "ann@lab.test"


class Clock:
    """Of both daemons; it stands still but for what the test says."""

    def __init__(self, lab):
        self.lab = lab
        self.now = int(time.time())

    def go(self, seconds):
        self.now += seconds
        self.lab.clock(self.now)
        self.tell_policyd()

    def tell_policyd(self):
        self.lab.policyd.ctl("clock", {"now": self.now})


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF, policyd_conf=CONF)


@pytest.fixture(scope="module", name="clock")
def clock_fixture(shared):
    return Clock(shared)


@pytest.fixture(name="lab")
def lab_fixture(shared, clock):
    """Whatever was counted before is over."""
    clock.go(7200)
    is_whole(shared)
    assert used(shared) == 0
    return shared


def is_whole(lab):
    """The milter has found policyd again."""
    lab.wait(lambda: lab.ctl("status")["degraded"] == [], AT_MOST,
             "the milter's store")


def used(lab):
    """Of ann's limit, what is reserved included."""
    [told] = lab.policyd.ctl("limits", {"address": ANN})["limits"]
    return told["used"]


def figure(lab, name):
    return int(re.search(rf"(?m)^mailreeve_milter_{name} (\d+)$",
                         lab.ctl("metrics"))[1])


def submit(lab, fields=""):
    return lab.send(mail_from=ANN, rcpt="bob@lab.test", auth=True,
                    port=PORT_SUBMISSION,
                    data=Letter(author=ANN, more=fields).data)


def test_what_the_milter_refuses_is_given_back(lab):
    for _ in range(5):
        sent = submit(lab, FORGED)
        assert sent.rcpts[0].code == 250 and sent.end.code == 550, sent
        lab.wait(lambda: used(lab) == 0, AT_MOST, "the milter's word")
    for _ in range(3):
        assert submit(lab).accepted
    assert submit(lab).rcpts[0].code == 450


def test_what_it_takes_stays_charged(lab, clock):
    # Asked for the id, for the names of the charges, and to confirm one.
    done = figure(lab, "store_done_total") + 3
    assert submit(lab).accepted
    lab.wait(lambda: figure(lab, "store_done_total") == done, AT_MOST,
             "the milter's word")
    clock.go(600)
    assert used(lab) == 1
    assert figure(lab, "charges_lost_total") == 0


def test_a_message_has_one_id_in_both_daemons(lab):
    sent = submit(lab)
    told = (lab.dir / "spool" / "policyd.jsonl").read_text()
    asked = {event["id"] for event in map(json.loads, told.splitlines())
             if event["queue_id"] == sent.queue_id}
    judged = {event["id"] for event in events(lab)
              if event["queue_id"] == sent.queue_id}
    assert len(asked) == 1 and asked == judged


class Held:
    """A message of ann's that is reserved, and the milter hangs."""

    def __init__(self, lab, fields=""):
        self.lab = lab
        self.data = Letter(author=ANN, more=fields).data
        self.session = lab.smtp(port=PORT_SUBMISSION)

    def __enter__(self):
        session = self.session
        session.ehlo()
        session.auth_plain(ANN, password(ANN))
        session.mail(ANN)
        assert session.rcpt("bob@lab.test").code == 250
        assert session.command("DATA").code == 354
        self.lab.milter.pause()
        session.write(self.data + b"\r\n.\r\n")
        self.lab.wait(lambda: used(self.lab) == 1, AT_MOST, "the charge")
        return self

    def __exit__(self, *_exc):
        self.lab.milter.resume()
        self.session.close()

    def end(self):
        """The milter goes on: the reply to the message."""
        self.lab.milter.resume()
        return self.session.read_reply()


def test_a_policyd_that_restarts_in_between_is_told_all_the_same(lab, clock):
    lost = figure(lab, "charges_lost_total")
    with Held(lab, FORGED) as held:
        assert lab.policyd.term() == 0
        lab.policyd.start()
        clock.tell_policyd()
        assert used(lab) == 1
        assert held.end().code == 550
    lab.wait(lambda: used(lab) == 0, AT_MOST, "the milter's word")
    assert figure(lab, "charges_lost_total") == lost


def test_a_policyd_that_died_costs_the_settlement_and_not_the_message(
        lab, clock):
    lost = figure(lab, "charges_lost_total")
    with Held(lab) as held:
        lab.policyd.kill()
        assert held.end().code == 250
    lab.wait(lambda: figure(lab, "charges_lost_total") == lost + 1, AT_MOST,
             "the loss to be counted")
    [trouble] = lab.ctl("status")["degraded"]
    assert "is mailreeve-policyd running?" in trouble
    lab.policyd.start()
    clock.tell_policyd()
    is_whole(lab)
    # Nobody said what became of it: what is left of it lapses.
    clock.go(600)
    assert used(lab) == 0
    assert submit(lab, FORGED).end.code == 550
    lab.wait(lambda: used(lab) == 0, AT_MOST, "the milter's word")


def test_a_policyd_that_hangs_holds_up_the_milter_no_longer_than_its_time(lab):
    lost = figure(lab, "charges_lost_total")
    with Held(lab) as held:
        lab.policyd.pause()
        try:
            assert held.end().code == 250
            lab.wait(lambda: figure(lab, "charges_lost_total") == lost + 1,
                     AT_MOST, "the loss to be counted")
        finally:
            lab.policyd.resume()
    # It is believed to be well again when it has answered.
    assert submit(lab).accepted
    is_whole(lab)
