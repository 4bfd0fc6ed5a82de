# SPDX-License-Identifier: ISC
"""A stranger is greylisted behind a real Postfix, comes back, and passes."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from flow.story import ULID, Letter, arrival
from lab import policyd_conf
from lab.lab import CHECKOUT
from lab.places import PORT_SUBMISSION, RESOLVER

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))
RULES = f"""\
dns {{ servers {RESOLVER}@53; timeout 8s; }}
rule greylist {{ delay 5m; passes_after 2; }}
domain lab.test {{ greylist yes; }}
domain second.test {{ }}
access friend {{ sender @friend.test; action skip-greylist; }}
"""
# Networks of their own, as each test has.
BIG_A, BIG_B, NOT_BIG = "192.88.1.20", "192.88.2.77", "192.88.3.9"
ZONE = {"big.test TXT": f"v=spf1 ip4:{BIG_A} ip4:{BIG_B} -all",
        "slow.test TXT": f"v=spf1 ip4:{BIG_A} ip4:{BIG_B} -all"}
STORES = {"redis": {}, "memory": {"store": "where memory;"}}


class Clock:
    """policyd's: it stands still but for what the test says."""

    def __init__(self, lab):
        self.lab = lab
        self.now = int(time.time())
        self.go(0)

    def go(self, seconds):
        self.now += seconds
        self.lab.policyd.ctl("clock", {"now": self.now})


@pytest.fixture(scope="module", name="lab", params=STORES)
def lab_fixture(request, shared_lab_factory):
    return shared_lab_factory(zone=ZONE, policyd_conf=policyd_conf(
        RULES, mode="enforce", events="all",
        **STORES[request.param]))


@pytest.fixture(name="clock", scope="module")
def clock_fixture(lab):
    return Clock(lab)


def send(lab, sender, rcpt="ann@lab.test", subject="hello", **more):
    return lab.send(mail_from=sender, rcpt=rcpt,
                    data=Letter(subject=subject).data, **more)


def is_put_off(sent):
    said = sent.rcpts[0]
    assert not sent.accepted
    assert said.code == 450, said
    return said.text


def told_at_rcpt(lab, sent):
    """What the rule said of a message that was taken."""
    text = (lab.dir / "spool" / "policyd.jsonl").read_text()
    stories = [json.loads(line) for line in text.splitlines()]
    ids = {story["id"] for story in stories
           if story["queue_id"] == sent.queue_id}
    return [finding for story in stories if story["id"] in ids
            and story["stage"] == "RCPT" for finding in story["findings"]
            if finding["check"] == "greylist"]


def test_a_stranger_waits_comes_back_and_passes(lab, clock):
    text = is_put_off(send(lab, "stranger@sender.test"))
    assert re.match(rf"4\.7\.1 <ann@lab\.test>: .*: \[{ULID}\] try again "
                    r"later: greylisted; next possible at .*\d\d:\d\d UTC$",
                    text), text
    clock.go(299)
    is_put_off(send(lab, "stranger@sender.test"))
    clock.go(1)
    assert send(lab, "stranger@sender.test", subject="again").accepted
    arrival(lab, "ann@lab.test", "again")
    # From now on it is known.
    assert send(lab, "stranger@sender.test").accepted


def test_each_recipient_is_judged_by_itself(lab, clock):
    client = "192.88.10.1"
    is_put_off(send(lab, "two@sender.test", client=client))
    clock.go(300)
    sent = send(lab, "two@sender.test", rcpt=["ann@lab.test", "bob@lab.test"],
                subject="both", client=client)
    assert [reply.code for reply in sent.rcpts] == [250, 450]
    assert sent.accepted
    arrival(lab, "ann@lab.test", "both")


def test_a_domain_that_does_not_want_it_gets_its_mail_at_once(lab):
    sent = send(lab, "eager@sender.test", rcpt="carol@second.test",
                client="192.88.11.1")
    assert sent.accepted, sent


def test_a_login_is_not_greylisted(lab):
    sent = send(lab, "ann@lab.test", rcpt="bob@lab.test", auth=True,
                port=PORT_SUBMISSION)
    assert sent.accepted, sent


def test_the_postmaster_is_reached_at_once(lab):
    sent = send(lab, "angry@sender.test", rcpt="postmaster@lab.test",
                client="192.88.12.1")
    assert sent.accepted, sent


def test_whom_the_lists_spare_is_not_put_off(lab):
    assert send(lab, "joe@friend.test", client="192.88.13.1").accepted
    is_put_off(send(lab, "joe@other.test", client="192.88.13.1"))


def test_the_hosts_of_a_large_sender_are_one_by_its_spf(lab, clock):
    is_put_off(send(lab, "news@big.test", client=BIG_A, helo="a.big.test"))
    clock.go(300)
    # Comes back from another network.
    sent = send(lab, "news@big.test", client=BIG_B, helo="b.big.test")
    assert sent.accepted, sent
    assert "by big.test" in str(told_at_rcpt(lab, sent))
    # A host that may not send for it is a stranger.
    is_put_off(send(lab, "news@big.test", client=NOT_BIG, helo="c.big.test"))


def test_a_slow_dns_is_no_way_around(lab_factory):
    lab = lab_factory(zone=ZONE, policyd_conf=policyd_conf(
        RULES, mode="enforce", events="all", deadline="2s"))
    lab.dns.delay("slow.test", 120)
    begun = time.monotonic()
    is_put_off(send(lab, "x@slow.test", client=BIG_A, helo="a.slow.test"))
    # The deadline holds whatever the DNS does.
    assert time.monotonic() - begun < 120
    clock = Clock(lab)
    clock.go(301)
    assert send(lab, "x@slow.test", client=BIG_A, helo="a.slow.test").accepted


def test_policy_test_says_what_would_come_of_it(lab):
    said = lab.run([BIN / "mailreeve", "policy", "test", "-c",
                    lab.places.policyd_conf, "client_address=192.0.2.99",
                    "sender=x@sender.test", "recipient=ann@lab.test"])
    assert "greylisted; next possible at" in said.stdout.decode()
