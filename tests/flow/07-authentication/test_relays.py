# SPDX-License-Identifier: ISC
"""A trusted relay: whoever gave it the message is judged (DESIGN 5.15)."""

import pytest
from flow.relay import ADDRESS, RECORDS
from flow.story import (SENDER, STRANGER, Letter, arrival, event_of, fields,
                        finding, our_results)

# What a stranger would like us to believe.
FORGED = (f"Received: from mail.sender.test (mail.sender.test [{SENDER}])\n"
          f"\tby mx2.lab.test (Postfix) with ESMTPS id 4XyZ1\n"
          f"\tfor <ann@lab.test>; Fri, 20 Nov 2026 10:00:00 +0000\n")


@pytest.fixture(scope="module")
def records():
    return {**RECORDS, "mail.sender.test TXT": "v=spf1 a -all",
            "lab.test TXT": f"v=spf1 ip4:{ADDRESS} -all",
            "mx2.lab.test TXT": "v=spf1 a -all"}


@pytest.fixture(scope="module")
def trust():
    return f"host {{ trusted_relays {ADDRESS}; }}\n"


def results(arrived):
    """The first of each method: of SPF, that of MAIL FROM."""
    return {method: (result, rest)
            for method, result, rest in reversed(our_results(arrived))}


def says(address):
    return f" (client {address}, says the trusted relay {ADDRESS})"


def test_spf_is_judged_on_the_address_that_the_relay_tells(relay):
    arrived, event = relay.deliver(Letter(subject="relayed"))
    found = results(arrived)
    assert found["spf"][0] == "pass"
    assert found["iprev"] == (
        "pass", f"(mail.sender.test) policy.iprev={SENDER}")
    assert finding(event, "helo")["reason"] == \
        "mail.sender.test has the client's address" + says(SENDER)
    assert event["direction"] == "inbound"
    assert fields(arrived, "Received")[-1].startswith(
        f"from mail.sender.test (mail.sender.test [{SENDER}])")


def test_a_stranger_fails_through_the_relay_as_he_would_here(relay):
    arrived, _event = relay.deliver(Letter(subject="strange"),
                                     client=STRANGER, helo="friend.test")
    found = results(arrived)
    assert found["spf"][0] == "fail"
    assert found["iprev"] == ("permerror", f"policy.iprev={STRANGER}")


@pytest.mark.parametrize("helo", ["mail.sender.test", f"[{SENDER}]",
                                  f"x(y[{SENDER}])"])
def test_what_he_says_at_helo_or_forges_below_gains_nothing(relay, helo):
    letter = Letter(subject=f"forged {helo}", more=FORGED)
    arrived, _event = relay.deliver(letter, client=STRANGER, helo=helo)
    found = results(arrived)
    assert found["spf"][0] == "fail"
    assert found["iprev"] == ("permerror", f"policy.iprev={STRANGER}")


def test_a_stranger_who_comes_here_with_a_forged_received_gains_nothing(lab):
    letter = Letter(subject="no relay", more=FORGED)
    event = event_of(lab, lab.send(client=STRANGER, helo="friend.test",
                                   data=letter.data))
    found = results(arrival(lab, "ann@lab.test", "no relay"))
    assert found["spf"][0] == "fail"
    assert found["iprev"] == ("permerror", f"policy.iprev={STRANGER}")
    assert "relay" not in finding(event, "iprev")["reason"]


def test_a_message_made_at_the_relay_is_the_relays_own(lab, relay):
    data = Letter(subject="made there", author="root@lab.test").data
    lab.run(["sendmail", "-C", lab.dir / "relay/etc", "-f", "root@lab.test",
             "ann@lab.test"], input=data.replace(b"\r\n", b"\n"))
    found = results(arrival(lab, "ann@lab.test", "made there"))
    assert found["spf"][0] == "pass"
    assert found["iprev"] == ("pass", f"(mx2.lab.test) policy.iprev={ADDRESS}")


def test_a_relay_that_tells_nothing_leaves_nothing_to_judge(lab):
    """A gateway that removes Received, or another host at its address."""
    letter = Letter(subject="untold")
    event = event_of(lab, lab.send(client=ADDRESS, helo="mx2.lab.test",
                                   data=letter.data))
    arrived = arrival(lab, "ann@lab.test", "untold")
    assert "iprev" not in results(arrived)
    assert "spf" not in results(arrived)
    for check in ("spf", "iprev", "helo"):
        assert finding(event, check)["result"] == "none"


def test_without_trusted_relays_the_relay_is_what_is_judged(relay, configure):
    configure()
    arrived, _event = relay.deliver(Letter(subject="plain"))
    found = results(arrived)
    assert found["spf"][0] == "fail"
    assert found["iprev"] == ("pass", f"(mx2.lab.test) policy.iprev={ADDRESS}")
