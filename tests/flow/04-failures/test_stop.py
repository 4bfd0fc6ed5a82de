# SPDX-License-Identifier: ISC
"""SIGTERM, crashes and hangs while mail flows: none lost, none doubled."""

import threading
import time

import pytest
from flow.story import Letter, event_of, fields, status, wait_until_idle
from lab import milter_conf
from lab.patience import AT_MOST, PATIENCE

DOMAIN = "domain lab.test { }\n"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"),
                              zone=signer.zone("slow", "held"))


class Load:
    """Senders that send until told to stop, each message with its name."""

    def __init__(self, lab, senders, mailbox):
        self.lab, self.mailbox = lab, mailbox
        self.outcomes = {}              # subject: code of the last reply
        self.is_done = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,))
                        for n in range(senders)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        turn = 0
        while not self.is_done.is_set():
            turn += 1
            subject = f"load {number}.{turn}"
            sent = self.lab.send(rcpt=self.mailbox,
                                 data=Letter(subject=subject).data)
            self.outcomes[subject] = sent.last.code

    def end(self):
        self.is_done.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, count):
        """Until so many were accepted."""
        self.lab.wait(lambda: len(self.of_code(250)) >= count, 3 * AT_MOST,
                      f"{count} messages")

    def of_code(self, code):
        return {subject for subject, got in list(self.outcomes.items())
                if got == code}


def delivered(lab, mailbox, count):
    messages = lab.fetch(mailbox, count=count, timeout=3 * AT_MOST)
    return [fields(message, "Subject")[0] for message in messages]


def test_sigterm_under_load_loses_and_doubles_nothing(lab):
    """What was accepted arrives once; the rest got 4xx and would come again."""
    load = Load(lab, 6, "ann@lab.test")
    for turn in (1, 2, 3):
        load.wait_for(40 * turn)
        assert lab.milter.term() == 0
        time.sleep(0.05)
        lab.milter.start()
    load.wait_for(160)
    load.end()
    accepted = load.of_code(250)
    assert set(load.outcomes.values()) <= {250, 451, 421}
    lab.wait(lambda: lab.queue() == [], 3 * AT_MOST, "an empty queue")
    arrived = delivered(lab, "ann@lab.test", len(accepted))
    assert sorted(arrived) == sorted(accepted)


def test_a_crash_under_load_loses_and_doubles_nothing(lab):
    load = Load(lab, 6, "bob@lab.test")
    load.wait_for(40)
    lab.milter.kill()
    lab.milter.start()
    load.wait_for(90)
    load.end()
    accepted = load.of_code(250)
    assert set(load.outcomes.values()) <= {250, 451, 421}
    lab.wait(lambda: lab.queue() == [], 3 * AT_MOST, "an empty queue")
    arrived = delivered(lab, "bob@lab.test", len(accepted))
    assert sorted(arrived) == sorted(accepted)


def test_a_message_under_way_may_end_after_sigterm(lab, signer):
    lab.dns.delay("slow._domainkey.sender.test", 1)
    outcome = []
    letter = signer.sign(Letter(subject="under way").data, selector="slow")
    sender = threading.Thread(target=lambda: outcome.append(
        lab.send(data=letter)))
    sender.start()
    lab.wait(lambda: ("slow._domainkey.sender.test", "TXT")
             in lab.dns.queries(), AT_MOST, "the question")
    assert lab.milter.term() == 0
    sender.join()
    assert outcome[0].accepted
    lab.milter.start()
    assert event_of(lab, outcome[0])["decision"] == "ham"
    assert "messages under way may end" in lab.log("milter")


def test_a_client_that_is_slow_does_not_keep_the_milter_from_ending(lab):
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce", deadline="500ms"))
    lab.milter.restart()
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        start = time.monotonic()
        assert lab.milter.term() == 0
        # The deadline of a message, and two seconds for Postfix; the client
        # would take minutes.
        assert time.monotonic() - start < 30 * PATIENCE
        lab.wait_for_log(r"stopped with sessions=1 under way", "milter")
        assert session.data(Letter().data).code == 451
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce"))
    lab.milter.start()


def test_a_session_that_rests_is_cut_at_once_and_goes_on_later(lab):
    """A client of many messages, between two of them."""
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        assert session.data(Letter(subject="first").data).code == 250
        start = time.monotonic()
        assert lab.milter.term() == 0
        # Well before the ten seconds that a message might take.
        assert time.monotonic() - start < 8
        lab.milter.start()
        # Postfix has seen the end: it defers the next, and is open again
        # for a new session.
        assert session.mail("joan@sender.test").code in (250, 451, 421)
    assert lab.send(data=Letter(subject="second").data).accepted


def impatient(lab, seconds):
    """Postfix with so much patience with the milter."""
    lab.postconf(smtpd_milters=f"{{ unix:{lab.places.milter_socket}, "
                 f"command_timeout={seconds}s, content_timeout={seconds}s, "
                 "default_action=tempfail }")


def test_a_milter_that_hangs_costs_a_deferral_and_no_mail(lab):
    impatient(lab, 1)
    lab.milter.pause()
    try:
        assert lab.send(data=Letter(subject="hung").data).last.code == 451
    finally:
        lab.milter.resume()
    impatient(lab, 60)
    assert lab.send(data=Letter(subject="awake").data).accepted
    wait_until_idle(lab)


def test_the_status_is_whole_after_all_that(lab):
    told = status(lab)
    assert told["degraded"] == [] and told["events_lost"] == 0
