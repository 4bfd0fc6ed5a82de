# SPDX-License-Identifier: ISC
"""DMARC behind a trusted relay: the author is judged as if his client had
come to us, and so are lists and forwarders."""

import pytest
from flow.authors import FORWARDER, letter_of, reverse, words
from flow.relay import ADDRESS, RECORDS
from flow.story import SENDER, STRANGER, events, finding
from lab.patience import AT_MOST

# A second backup MX, which passes on to the first.
FAR, FAR_NAME = "198.51.100.31", "mx3.lab.test"
TRUST = f"""\
host {{
	trusted_relays {ADDRESS} {FAR};
	trusted_forwarders {FORWARDER};
}}
"""


@pytest.fixture(scope="module")
def records():
    return {**RECORDS, f"{FAR_NAME} A": FAR, f"{reverse(FAR)} PTR": FAR_NAME,
            "inside.test TXT": f"v=spf1 ip4:{ADDRESS} -all",
            "_dmarc.inside.test TXT": "v=DMARC1; p=reject"}


@pytest.fixture(scope="module")
def trust():
    return TRUST


def by_far(client, name):
    """The field that the far relay wrote about its client."""
    return (f"Received: from {name} ({name} [{client}])\n"
            f"\tby {FAR_NAME} (Postfix) with ESMTP id 4XyZ1\n"
            f"\tfor <ann@lab.test>; Fri, 20 Nov 2026 10:00:00 +0000\n")


def wait_for_refusal(lab, sender):
    """The event of what the relay could not pass on."""
    def refusals():
        return [event for event in events(lab)
                if event["done"] == "refuse" and sender in event["sender"]]

    lab.wait(refusals, AT_MOST, f"the refusal of {sender}")
    [event] = refusals()
    return event


def test_an_author_who_rests_on_spf_passes_through_the_relay(relay):
    arrived, event = relay.deliver(letter_of("reject.test", "by spf"),
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


def test_a_signature_holds_through_the_relay(relay, world):
    letter = letter_of("reject.test", "by dkim")
    arrived, _event = relay.deliver(
        letter, data=world.reject.sign(letter.data), client=STRANGER,
        helo="mx.other.test", mail_from="")
    assert words(arrived)["dmarc"] == "pass"


def test_a_trusted_forwarder_behind_the_relay_is_one(relay):
    _arrived, event = relay.deliver(
        letter_of("reject.test", "forwarded"), "Junk", client=FORWARDER,
        helo="mx.forward.test", mail_from="joan@reject.test")
    assert event["dmarc"]["override"] == "trusted_forwarder"
    assert f"client {FORWARDER}" in finding(event, "dmarc")["reason"]


def test_two_relays_in_a_row_lead_to_the_client(relay):
    letter = letter_of("reject.test", "two relays",
                       more=by_far(SENDER, "mail.sender.test"))
    arrived, event = relay.deliver(letter, client=FAR, helo=FAR_NAME,
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


def test_what_goes_in_circles_among_the_relays_is_not_judged(relay):
    """Of fifty fields Postfix takes no more (hopcount_limit)."""
    letter = letter_of("reject.test", "circles",
                       more=by_far(FAR, FAR_NAME) * 45)
    arrived, event = relay.deliver(letter, "Junk", client=FAR, helo=FAR_NAME,
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


def test_a_reload_changes_the_relays(lab, relay, configure):
    configure()
    relay.send(mail_from="joan@reject.test", data=letter_of(
        "reject.test", "no relay").data)
    event = wait_for_refusal(lab, "joan@reject.test")
    assert event["spf"]["result"] == "fail"
    configure(TRUST)
    arrived, _event = relay.deliver(letter_of("reject.test", "relay"),
                                    mail_from="joan@reject.test")
    assert words(arrived)["dmarc"] == "pass"
