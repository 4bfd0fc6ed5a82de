# SPDX-License-Identifier: ISC
"""DMARC behind a trusted relay: the author is judged as if his client had
come to us, and so are lists and forwarders."""

import pytest
from flow.authors import FORWARDER, World, letter_of, reverse, words
from flow.relay import ADDRESS, ZONE, Relay
from flow.story import SENDER, STRANGER, arrival, events, field, finding
from lab import milter_conf
from lab.zone import from_dict

# A second backup MX, which passes on to the first.
FAR, FAR_NAME = "198.51.100.31", "mx3.lab.test"
HOST = f"""\
host {{
	trusted_relays {ADDRESS} {FAR};
	trusted_forwarders {FORWARDER};
}}
domain lab.test {{ }}
"""


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def lab(shared_lab_factory, world):
    zone = world.zone(**{
        f"{FAR_NAME} A": FAR, f"{reverse(FAR)} PTR": FAR_NAME,
        "inside.test TXT": f"v=spf1 ip4:{ADDRESS} -all",
        "_dmarc.inside.test TXT": "v=DMARC1; p=reject"})
    return shared_lab_factory(milter_conf=milter_conf(HOST, mode="enforce"),
                              zone=ZONE + from_dict(zone))


@pytest.fixture(scope="module")
def relay(lab):
    return Relay(lab).start()


def relayed(lab, relay, subject, data, mailbox="INBOX", **how):
    """Through the relay: what arrived, and its event."""
    relay.send(data=data, **how)
    arrived = arrival(lab, "ann@lab.test", subject, mailbox)
    [event] = [event for event in events(lab)
               if event["id"] == field(arrived, "X-Mailreeve-Id")]
    return arrived, event


def by_far(client, name):
    """The field that the far relay wrote about its client."""
    return (f"Received: from {name} ({name} [{client}])\n"
            f"\tby {FAR_NAME} (Postfix) with ESMTP id 4XyZ1\n"
            f"\tfor <ann@lab.test>; Fri, 20 Nov 2026 10:00:00 +0000\n")


def refusals(lab, subject):
    """The events of messages that never arrived, by Message-ID's letter."""
    return [event for event in events(lab)
            if event["done"] == "refuse" and subject in event["sender"]]


def wait_for_refusal(lab, sender):
    lab.wait(lambda: refusals(lab, sender), 10, f"the refusal of {sender}")
    [event] = refusals(lab, sender)
    return event


def test_an_author_who_rests_on_spf_passes_through_the_relay(lab, relay):
    arrived, event = relayed(
        lab, relay, "by spf", letter_of("reject.test", "by spf").data,
        mail_from="joan@reject.test")
    assert words(arrived)["dmarc"] == "pass"
    assert event["dmarc"]["result"] == "pass"
    assert finding(event, "dmarc")["reason"].endswith("SPF of reject.test")


def test_a_spoof_through_the_relay_is_refused_to_the_relay(lab, relay):
    relay.send(client=STRANGER, helo="evil.test", mail_from="s1@evil.test",
               data=letter_of("reject.test", "spoof").data)
    event = wait_for_refusal(lab, "s1@evil.test")
    assert event["reply"].startswith("550 5.7.1 ")
    assert event["client"]["address"] == ADDRESS


def test_an_spf_record_that_has_the_relay_is_not_asked_about_it(lab, relay):
    """inside.test lets the relay send: a stranger behind it is not it."""
    relay.send(client=STRANGER, helo="evil.test", mail_from="s2@inside.test",
               data=letter_of("inside.test", "spoof").data)
    assert wait_for_refusal(lab, "s2@inside.test")["spf"]["result"] == "fail"


def test_a_signature_holds_through_the_relay(lab, relay, world):
    data = world.reject.sign(letter_of("reject.test", "by dkim").data)
    arrived, _event = relayed(lab, relay, "by dkim", data, client=STRANGER,
                              helo="mx.other.test", mail_from="")
    assert words(arrived)["dmarc"] == "pass"


def test_a_trusted_forwarder_behind_the_relay_is_one(lab, relay):
    _arrived, event = relayed(
        lab, relay, "forwarded", letter_of("reject.test", "forwarded").data,
        "Junk", client=FORWARDER, helo="mx.forward.test",
        mail_from="joan@reject.test")
    assert event["dmarc"]["override"] == "trusted_forwarder"
    assert f"client {FORWARDER}" in finding(event, "dmarc")["reason"]


def test_two_relays_in_a_row_lead_to_the_client(lab, relay):
    letter = letter_of("reject.test", "two relays",
                       more=by_far(SENDER, "mail.sender.test"))
    arrived, event = relayed(lab, relay, "two relays", letter.data,
                             client=FAR, helo=FAR_NAME,
                             mail_from="joan@reject.test")
    assert words(arrived)["spf"] == "pass"
    assert words(arrived)["dmarc"] == "pass"
    assert f"client {SENDER}" in finding(event, "iprev")["reason"]


def test_a_stranger_behind_two_relays_is_the_stranger(lab, relay):
    letter = letter_of("reject.test", "spoof", more=by_far(
        STRANGER, "unknown") + by_far(SENDER, "mail.sender.test"))
    relay.send(client=FAR, helo=FAR_NAME, mail_from="s3@reject.test",
               data=letter.data)
    assert wait_for_refusal(lab, "s3@reject.test")["spf"]["result"] == "fail"


def test_who_is_no_relay_cannot_have_one_believed_behind_him(lab, relay):
    """The stranger's own Received, by the far relay's name."""
    letter = letter_of("reject.test", "spoof",
                       more=by_far(SENDER, "mail.sender.test"))
    relay.send(client=STRANGER, helo=FAR_NAME, mail_from="s4@reject.test",
               data=letter.data)
    assert wait_for_refusal(lab, "s4@reject.test")["spf"]["result"] == "fail"


def test_what_goes_in_circles_among_the_relays_is_not_judged(lab, relay):
    """Of fifty fields Postfix takes no more (hopcount_limit)."""
    letter = letter_of("reject.test", "circles",
                       more=by_far(FAR, FAR_NAME) * 45)
    arrived, event = relayed(lab, relay, "circles", letter.data, "Junk",
                             client=FAR, helo=FAR_NAME,
                             mail_from="joan@reject.test")
    assert finding(event, "spf")["result"] == "none"
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"]["override"] == "local_policy"
    assert event["dns_questions"] < 10


def test_a_stranger_gains_nothing_by_such_circles(lab, relay):
    letter = letter_of("reject.test", "spoof",
                       more=by_far(FAR, FAR_NAME) * 45)
    relay.send(client=STRANGER, helo=FAR_NAME, mail_from="s5@reject.test",
               data=letter.data)
    assert wait_for_refusal(lab, "s5@reject.test")["spf"]["result"] == "fail"


def test_a_reload_changes_the_relays(lab, relay):
    lab.milter.configure(milter_conf("domain lab.test { }\n", mode="enforce"))
    lab.ctl("reload")
    try:
        relay.send(mail_from="joan@reject.test", data=letter_of(
            "reject.test", "no relay").data)
        event = wait_for_refusal(lab, "joan@reject.test")
    finally:
        lab.milter.configure(milter_conf(HOST, mode="enforce"))
        lab.ctl("reload")
    assert event["spf"]["result"] == "fail"
    arrived, _event = relayed(
        lab, relay, "relay", letter_of("reject.test", "relay").data,
        mail_from="joan@reject.test")
    assert words(arrived)["dmarc"] == "pass"
