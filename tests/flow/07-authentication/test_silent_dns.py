# SPDX-License-Identifier: ISC
"""DNS that does not say what SPF and DMARC need to know: nobody is refused for
it, and nobody gets in by it whom an answer would keep out."""

import threading
import time

import pytest
from flow.authors import delivered, letter_of, refused, spoof, words
from flow.story import STRANGER, event_of, finding, our_results
from lab import milter_conf
from lab.patience import AT_MOST

DOMAIN = "domain lab.test { }\n"
# One question is waited for half as long as a message.
CONF = milter_conf(DOMAIN, "4s", mode="enforce", deadline="8s").replace(
    "dns {", "dns {\n\tfailure_ttl 1s;")

# A failure is remembered for a while (RFC 9520): names of their own for each.
SILENT = ("policy", "key", "gone", "pass", "spf", "two")


@pytest.fixture(scope="module")
def lab(shared_lab_factory, world):
    """NAME.silent.test: p=reject, and the keys of reject.test."""
    zone = world.zone()
    for name in SILENT:
        domain = f"{name}.silent.test"
        zone[f"{domain} TXT"] = "v=spf1 ip4:203.0.113.7 -all"
        zone[f"_dmarc.{domain} TXT"] = "v=DMARC1; p=reject; psd=n"
        zone[f"s1._domainkey.{domain} TXT"] = world.reject.rsa_record
    return shared_lab_factory(milter_conf=CONF, zone=zone)


def signed(world, domain, subject):
    """As the owner of the domain signs."""
    return world.reject.sign(letter_of(domain, subject).data, domain=domain)


def send(lab, data):
    """From a stranger's host: only the signature can vouch for it."""
    return lab.send(client=STRANGER, helo="mx.other.test",
                    mail_from="a@other.test", data=data)


def test_a_policy_that_cannot_be_asked_for_is_a_temperror(lab):
    domain = "policy.silent.test"
    lab.dns.fault(f"_dmarc.{domain}", "servfail")
    sent = spoof(lab, domain, domain)
    arrived, event = delivered(lab, sent, domain)
    assert words(arrived)["dmarc"] == "temperror"
    assert finding(event, "dmarc")["failed"]
    assert event["dmarc"]["policy"] is None
    lab.dns.fault(f"_dmarc.{domain}", None)


def test_rfc9989_7_2_who_might_be_the_author_is_asked_to_come_again(lab,
                                                                    world):
    """The policy is known, the key is not."""
    name = "s1._domainkey.key.silent.test"
    lab.dns.fault(name, "servfail")
    data = signed(world, "key.silent.test", "come again")
    sent = send(lab, data)
    event = event_of(lab, sent)
    assert sent.end.code == 451
    assert sent.end.text.startswith(f"4.7.1 [{event['id']}] ")
    assert event["dmarc"]["result"] == "temperror"
    assert event["dmarc"]["policy"] == "reject"
    lab.dns.fault(name, None)

    attempts = []

    def is_accepted():
        """The failure is forgotten in its time."""
        time.sleep(0.5)
        attempts.append(send(lab, data))
        return attempts[-1].accepted

    lab.wait(is_accepted, AT_MOST, "an attempt that is accepted")
    arrived, _event = delivered(lab, attempts[-1], "come again")
    assert words(arrived)["dmarc"] == "pass"


def test_who_can_wait_is_the_administrators_choice(lab, world):
    lab.milter.configure(CONF + "check dmarc { on_temperror pass; }\n")
    lab.ctl("reload")
    lab.dns.fault("s1._domainkey.pass.silent.test", "servfail")
    try:
        sent = send(lab, signed(world, "pass.silent.test", "let in"))
    finally:
        lab.milter.configure(CONF)
        lab.ctl("reload")
    arrived, _event = delivered(lab, sent, "let in")
    assert words(arrived)["dmarc"] == "temperror"


def test_who_has_no_signature_has_nothing_to_wait_for(lab):
    """SPF is known to fail: the silent key is nobody's."""
    lab.dns.fault("s1._domainkey.gone.silent.test", "timeout")
    refused(lab, spoof(lab, "gone.silent.test", "unsigned"))


def test_an_aligned_pass_needs_no_other_answer(lab, world):
    """SPF of the same domain is silent, its signature stands."""
    lab.dns.fault("spf.silent.test", "servfail", "TXT")
    sent = lab.send(client=STRANGER, mail_from="joan@spf.silent.test",
                    data=signed(world, "spf.silent.test", "one is enough"))
    arrived, event = delivered(lab, sent, "one is enough")
    assert event["spf"]["result"] == "temperror"
    assert words(arrived)["dmarc"] == "pass"
    lab.dns.fault("spf.silent.test", None, "TXT")


def test_messages_that_wait_do_not_wait_for_each_other(lab_factory, world):
    """Eight of them, each for two answers of its own, and one that needs
    neither: it is served while they wait."""
    lab = lab_factory(zone=world.zone(), milter_conf=milter_conf(
        DOMAIN, "30s", mode="enforce", deadline="120s"))
    domains = [f"m{n}.silent.test" for n in range(8)]
    held = [f"{below}.{domain}" for domain in domains
            for below in ("s1._domainkey", "_dmarc")]
    outcomes = []
    threads = [threading.Thread(target=lambda data=data: outcomes.append(
        send(lab, data))) for data in
        [signed(world, domain, "slow") for domain in domains]]
    for name in held:
        lab.dns.hold(name)
    for thread in threads:
        thread.start()
    lab.wait(lambda: set(held) <= {name for name, _ in lab.dns.queries()},
             AT_MOST, "the questions of all")
    quick = send(lab, letter_of("none.test", "quick").data)
    waiting = sum(thread.is_alive() for thread in threads)
    for name in held:
        lab.dns.release(name)
    for thread in threads:
        thread.join()
    assert quick.accepted and waiting == 8
    assert [sent.last.code for sent in outcomes] == [250] * 8


def test_all_silent_answers_of_one_message_are_waited_for_at_once(lab, world):
    """SPF of both identities, PTR, key and policy: the patience for one."""
    names = ("two.silent.test", "helo.silent.test", "_dmarc.two.silent.test",
             "s1._domainkey.two.silent.test")
    for name in names:
        lab.dns.fault(name, "timeout")
    sent = lab.send(client=STRANGER, helo="helo.silent.test",
                    mail_from="joan@two.silent.test",
                    data=signed(world, "two.silent.test", "all silent"))
    arrived, event = delivered(lab, sent, "all silent")
    said = {(method, result) for method, result, _ in our_results(arrived)}
    assert {("spf", "temperror"), ("dkim", "temperror"),
            ("dmarc", "temperror")} <= said
    assert event["dmarc"]["policy"] is None
    # One after the other would be until the deadline.
    assert event["waited_ms"] < 7000
