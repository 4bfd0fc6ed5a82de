# SPDX-License-Identifier: ISC
"""Mail that another host passes on: what its signature carries survives, what
rested on SPF does not, unless the administrator trusts the forwarder."""

import pytest
from flow.authors import FORWARDER, delivered, letter_of, refused, words
from flow.story import event_of

TRUST = "host {{ trusted_forwarders {}; }}\n"
ACCEPT = "check dmarc { on_trusted_forwarder accept; }\n"


def forward(lab, data, sender="joan@reject.test", client=FORWARDER):
    """As ~/.forward does it: the envelope's sender stays, the host is new."""
    return lab.send(client=client, helo="mx.forward.test", data=data,
                    mail_from=sender)


def unsigned(subject, domain="reject.test"):
    return letter_of(domain, subject).data


def test_a_signature_survives_the_forwarder(lab, world):
    sent = forward(lab, world.reject.sign(unsigned("kept")))
    arrived, event = delivered(lab, sent, "kept")
    assert words(arrived)["spf"] == "fail"
    assert words(arrived)["dmarc"] == "pass"
    assert event["dmarc"]["override"] is None


def test_what_rested_on_spf_alone_is_refused(lab):
    event = refused(lab, forward(lab, unsigned("spf only")))
    assert event["spf"] == {"result": "fail", "domain": "reject.test"}


def test_a_forwarder_that_rewrites_the_sender_gains_nothing(lab):
    """SRS: SPF passes, for the forwarder."""
    sent = forward(lab, unsigned("srs"),
                   "SRS0=abcd=EF=reject.test=joan@forward.test")
    assert refused(lab, sent)["spf"]["result"] == "pass"


@pytest.mark.parametrize("named, because", [
    (FORWARDER, f"client {FORWARDER}"),
    ("198.51.100.0/24", f"client {FORWARDER}"),
    ("mx.forward.test", "client mx.forward.test"),
    ('"*.forward.test"', "client mx.forward.test"),
    ("forward.test", "signed by forward.test")])
def test_a_trusted_forwarder_saves_it_from_refusal(lab, world, configure,
                                                   named, because):
    configure(TRUST.format(named))
    subject = f"trusted {named}"
    data = world.forwarder.sign(unsigned(subject))
    arrived, event = delivered(lab, forward(lab, data), subject, "Junk")
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"]["override"] == "trusted_forwarder"
    assert f"trusted_forwarder: {because}" in event["sentence"]


@pytest.mark.parametrize("domain", ["reject.test", "quarantine.test"])
def test_who_trusts_him_fully_has_it_in_the_inbox(lab, configure, domain):
    configure(TRUST.format(FORWARDER) + ACCEPT)
    sent = forward(lab, unsigned(f"trust {domain}", domain))
    arrived, event = delivered(lab, sent, f"trust {domain}")
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"]["override"] == "trusted_forwarder"
    assert event["decision"] == "ham"


@pytest.mark.parametrize("named", [f'198.51.100.0/24 "!{FORWARDER}"',
                                   "192.0.2.0/24", "list.test"])
def test_who_is_not_named_is_not_trusted(lab, world, configure, named):
    configure(TRUST.format(named) + ACCEPT)
    data = world.forwarder.sign(unsigned(f"untrusted {named}"))
    refused(lab, forward(lab, data))


def test_the_name_of_the_forwarder_must_be_the_clients(lab, configure):
    """Who only says it at HELO is a stranger."""
    configure(TRUST.format("mx.forward.test") + ACCEPT)
    refused(lab, forward(lab, unsigned("liar"), client="198.51.100.61"))


def test_a_reload_changes_who_is_trusted_and_no_message_is_lost(lab,
                                                                configure):
    refused(lab, forward(lab, unsigned("before")))
    pid = lab.milter.pid()
    with lab.smtp(client=FORWARDER) as session:
        session.ehlo("mx.forward.test")
        session.mail("joan@reject.test")
        session.rcpt("ann@lab.test")
        configure(TRUST.format(FORWARDER) + ACCEPT)
        assert session.data(unsigned("under way")).code == 550
        session.mail("joan@reject.test")
        session.rcpt("ann@lab.test")
        assert session.data(unsigned("after")).code == 250
        session.quit()
    configure()
    refused(lab, forward(lab, unsigned("again")))
    assert lab.milter.pid() == pid


def test_a_trusted_forwarder_is_told_in_observe_mode_too(lab, configure):
    configure(TRUST.format(FORWARDER), mode="observe")
    sent = forward(lab, unsigned("observed"))
    event = event_of(lab, sent)
    assert (event["decision"], event["done"]) == ("junk", "ham")
    assert event["dmarc"]["override"] == "trusted_forwarder"
