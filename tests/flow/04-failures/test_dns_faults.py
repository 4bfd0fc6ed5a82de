# SPDX-License-Identifier: ISC
"""DNS that is silent, fails or comes late: bounded in time, and honest."""

import threading

import pytest
from flow.story import (Letter, arrival, event_of, finding, our_results,
                        status)
from lab import milter_conf
from lab.patience import AT_MOST

DOMAIN = "domain lab.test { }\n"
TIMEOUT_MS = 4000       # how long one question is waited for

# A failure is remembered for a while (RFC 9520), so each test has a key, and a
# client, of its own.
SELECTORS = ("broken", "refusing", "w1", "w2", "w3", "w4", "haste",
             "late", "defer", "reject", "pass", "slow")


def key(selector):
    return f"{selector}._domainkey.sender.test"


def signed(signer, selector, subject=None):
    return signer.sign(Letter(subject=subject or selector).data,
                       selector=selector)


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    return shared_lab_factory(
        milter_conf=milter_conf(DOMAIN, f"{TIMEOUT_MS}ms", mode="enforce"),
        zone=signer.zone(*SELECTORS))


@pytest.fixture(scope="module")
def hasty(shared_lab_factory, signer):
    """Its milter does not wait long: where no answer comes anyway."""
    return shared_lab_factory(
        milter_conf=milter_conf(DOMAIN, "500ms", mode="enforce"),
        zone=signer.zone("silent"))


@pytest.fixture(autouse=True)
def mend(lab, signer):
    yield
    lab.dns.set_zone(signer.zone(*SELECTORS))
    configure(lab)


def configure(lab, more="", **settings):
    lab.milter.configure(milter_conf(
        DOMAIN + more, f"{TIMEOUT_MS}ms", mode="enforce", **settings))
    lab.ctl("reload")


def while_held(lab, names, data, **options):
    """The outcome of DATA, whose questions for all of NAMES are asked before
    one is answered."""
    outcome = []
    sender = threading.Thread(
        target=lambda: outcome.append(lab.send(data=data, **options)))
    lab.dns.forget_queries()
    for name in names:
        lab.dns.hold(name)
    sender.start()
    try:
        lab.wait(lambda: set(names) <= {name for name, _ in lab.dns.queries()},
                 AT_MOST, "all questions")
    finally:
        for name in names:
            lab.dns.release(name)
        sender.join()
    return outcome[0]


@pytest.mark.parametrize("fault, selector", [("servfail", "broken"),
                                             ("refused", "refusing")])
def test_a_key_that_cannot_be_asked_for_is_a_temperror(lab, signer, fault,
                                                       selector):
    lab.dns.fault(key(selector), fault)
    sent = lab.send(data=signed(signer, selector))
    assert sent.accepted
    found = finding(event_of(lab, sent), "dkim")
    assert found["result"] == "temperror" and found["failed"]
    assert "server failure" in found["reason"]
    said = our_results(arrival(lab, "ann@lab.test", selector))
    assert [result for method, result, _ in said
            if method == "dkim"] == ["temperror"]


def test_a_client_whose_name_cannot_be_asked_for_is_a_temperror(lab):
    lab.dns.fault("2.100.51.198.in-addr.arpa", "servfail")
    sent = lab.send(client="198.51.100.2", data=Letter(subject="iprev").data)
    assert sent.accepted
    assert finding(event_of(lab, sent), "iprev")["result"] == "temperror"


def test_silence_is_a_temperror_as_well(hasty, signer):
    """Postfix asks for the client's name and waits too."""
    hasty.dns.fault("1.100.51.198.in-addr.arpa", "timeout")
    hasty.dns.fault(key("silent"), "timeout")
    sent = hasty.send(client="198.51.100.1", data=signed(signer, "silent"))
    event = event_of(hasty, sent)
    # In time for the deadline of the message.
    assert sent.accepted and event["waited_ms"] < 7000
    assert finding(event, "iprev")["result"] == "temperror"
    found = finding(event, "dkim")
    assert found["result"] == "temperror" and found["failed"]
    assert "no answer in time" in found["reason"]


def test_all_that_is_slow_is_waited_for_at_once(lab, signer):
    selectors = ("w1", "w2", "w3", "w4")
    letter = Letter(subject="four keys").data
    for selector in selectors:
        letter = signer.sign(letter, selector=selector)
    assert while_held(lab, list(map(key, selectors)), letter).accepted


def test_the_deadline_of_a_message_is_kept_whatever_dns_may_take(lab,
                                                                 signer):
    configure(lab, deadline="500ms")
    lab.dns.fault(key("haste"), "timeout")
    sent = lab.send(data=signed(signer, "haste"))
    assert sent.accepted
    event = event_of(lab, sent)
    assert finding(event, "dkim")["result"] == "temperror"
    assert 0 < event["waited_ms"] < TIMEOUT_MS - 500


def test_an_answer_that_is_late_but_in_time_counts(lab, signer):
    lab.dns.delay(key("late"), 0.5)
    sent = lab.send(data=signed(signer, "late"))
    lab.dns.delay(key("late"), 0)
    event = event_of(lab, sent)
    assert finding(event, "dkim")["result"] == "pass"
    assert event["waited_ms"] > 0


@pytest.mark.parametrize("on_error, code", [("defer", 451), ("reject", 550),
                                            ("pass", 250)])
def test_what_a_check_that_could_not_run_means_is_a_setting(lab, signer,
                                                            on_error, code):
    configure(lab, f"check dkim {{ on_error {on_error}; }}\n")
    lab.dns.fault(key(on_error), "servfail")
    sent = lab.send(data=signed(signer, on_error))
    event = event_of(lab, sent)
    assert sent.end.code == code
    assert finding(event, "dkim")["failed"]
    if code != 250:
        assert sent.end.text.startswith(
            ("4.7.1 " if code == 451 else "5.7.1 ") + f"[{event['id']}] ")
        assert "_domainkey" not in sent.end.text


def test_mail_that_waits_holds_up_nobody_else(lab_factory, signer):
    """Forty messages wait for an answer; one more is served meanwhile."""
    lab = lab_factory(zone=signer.zone("slow"), milter_conf=milter_conf(
        DOMAIN, "30s", mode="enforce", deadline="120s"))
    slow = signed(signer, "slow")
    replies = []
    senders = [threading.Thread(
        target=lambda: replies.append(lab.send(data=slow, rcpt="bob@lab.test"
                                               ).last.code))
        for _ in range(40)]
    lab.dns.hold(key("slow"))
    for sender in senders:
        sender.start()
    lab.wait(lambda: status(lab)["sessions"] == 40, AT_MOST, "the senders")
    sent = lab.send(data=Letter(subject="quick").data)
    waiting = sum(sender.is_alive() for sender in senders)
    lab.dns.release(key("slow"))
    for sender in senders:
        sender.join()
    assert sent.accepted and waiting == 40
    assert replies == [250] * 40


def test_without_any_dns_mail_flows_and_says_what_is_missing(hasty, signer):
    hasty.unbound.kill()
    try:
        sent = hasty.send(client="192.0.2.99",
                          data=signer.sign(Letter(subject="none").data))
    finally:
        hasty.unbound.start()
    assert sent.accepted
    event = event_of(hasty, sent)
    for check in ("iprev", "helo", "dkim"):
        assert finding(event, check)["result"] == "temperror"
