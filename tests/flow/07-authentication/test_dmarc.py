# SPDX-License-Identifier: ISC
"""p=reject is a wish: a spoof is refused, what came by a list is not (RFC 9989
7.4, DESIGN 5.6)."""

import pytest
from flow.signer import Signer
from flow.story import STRANGER, Letter, arrival, event_of, our_results
from lab import milter_conf

LIST = "198.51.100.25"
FORWARDER = "198.51.100.40"

POLICIES = {
    "_dmarc.sender.test TXT": "v=DMARC1; p=reject",
    "list.test TXT": f"v=spf1 ip4:{LIST} -all",
    "stranger.test TXT": f"v=spf1 ip4:{STRANGER} -all",
}

HOST = (f"host {{ trusted_forwarders {FORWARDER}; }}\n"
        f"domain lab.test {{ }}\n")
LIST_ID = "List-Id: Friends <friends.list.test>\r\n"
FOOTER = b"-- \r\nfriends mailing list\r\n"


@pytest.fixture(scope="module")
def friends():
    """list.test, which signs what it sends."""
    return Signer("list.test")


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer, friends):
    zone = {**POLICIES, **signer.zone(), **friends.zone()}
    return shared_lab_factory(milter_conf=milter_conf(HOST, mode="enforce"),
                              zone=zone)


def posted(signer, subject):
    """Joan's letter as the list makes it: her signature is broken."""
    return (LIST_ID.encode() + signer.sign(Letter(subject=subject).data)
            + FOOTER)


def dmarc(arrived):
    [(result, rest)] = [(result, rest)
                        for method, result, rest in our_results(arrived)
                        if method == "dmarc"]
    return f"{result} {rest}"


def test_a_plain_spoof_is_refused_with_domain_reason_and_id(lab):
    sent = lab.send(client=STRANGER, helo="stranger.test",
                    mail_from="x@stranger.test",
                    data=Letter(subject="spoof").data)
    event = event_of(lab, sent)
    assert sent.last.text.startswith(
        f"5.7.1 [{event['id']}] refused: sender.test asks to refuse mail that "
        f"it does not authenticate (DMARC): ")
    assert sent.last.code == 550
    assert event["decision"] == event["done"] == "refuse"
    assert event["spf"] == {"result": "pass", "domain": "stranger.test"}
    assert event["dmarc"] == {
        "result": "fail", "domain": "sender.test", "policy": "reject",
        "disposition": "reject", "override": None}


def test_the_author_is_delivered_when_the_signature_stands(lab, signer):
    sent = lab.send(client=STRANGER, helo="stranger.test",
                    mail_from="x@stranger.test",
                    data=signer.sign(Letter(subject="signed").data))
    arrived = arrival(lab, "ann@lab.test", "signed")
    assert dmarc(arrived) == ("pass (p=reject dis=none) "
                              "header.from=sender.test policy.dmarc=none")
    assert event_of(lab, sent)["dmarc"]["result"] == "pass"


def test_a_list_that_signs_is_junk_at_worst(lab, signer, friends):
    sent = lab.send(client=LIST, helo="list.test",
                    mail_from="friends-bounces@list.test",
                    data=friends.sign(posted(signer, "by a list")))
    arrived = arrival(lab, "ann@lab.test", "by a list", "Junk")
    assert dmarc(arrived) == (
        "fail (p=reject dis=quarantine override=mailing_list) "
        "header.from=sender.test policy.dmarc=quarantine")
    event = event_of(lab, sent)
    assert event["decision"] == "junk"
    assert event["dmarc"]["override"] == "mailing_list"
    assert "list friends.list.test, signed by list.test" in event["sentence"]


def test_a_list_id_is_not_believed_without_its_signature(lab, signer):
    sent = lab.send(client=LIST, helo="list.test",
                    mail_from="friends-bounces@list.test",
                    data=posted(signer, "says it is a list"))
    assert sent.last.code == 550
    assert event_of(lab, sent)["dmarc"]["override"] is None


def test_a_broken_signature_of_the_list_is_none(lab, signer, friends):
    sent = lab.send(client=LIST, helo="list.test",
                    mail_from="friends-bounces@list.test",
                    data=friends.sign(posted(signer, "changed again"))
                    + b"buy more\r\n")
    assert sent.last.code == 550


def test_a_trusted_forwarder_is_junk_at_worst(lab, signer):
    sent = lab.send(client=FORWARDER, helo="alumni.test",
                    mail_from="joan@sender.test",
                    data=signer.sign(Letter(subject="forwarded").data)
                    + FOOTER)
    arrival(lab, "ann@lab.test", "forwarded", "Junk")
    event = event_of(lab, sent)
    assert event["dmarc"]["override"] == "trusted_forwarder"
    assert f"trusted_forwarder: client {FORWARDER}" in event["sentence"]


def test_postmaster_is_reached_by_those_whom_dmarc_refuses(lab):
    sent = lab.send(client=STRANGER, helo="stranger.test",
                    mail_from="x@stranger.test", rcpt="postmaster@lab.test",
                    data=Letter(subject="your filter").data)
    assert sent.last.code == 250
    event = event_of(lab, sent)
    assert (event["decision"], event["dmarc"]["result"]) == ("junk", "fail")


def test_observe_mode_says_it_and_delivers(lab):
    lab.milter.configure(milter_conf(HOST, mode="observe"))
    lab.ctl("reload")
    try:
        sent = lab.send(client=STRANGER, helo="stranger.test",
                        mail_from="x@stranger.test",
                        data=Letter(subject="watched").data)
        assert sent.last.code == 250
        event = event_of(lab, sent)
        assert (event["decision"], event["done"]) == ("refuse", "ham")
        assert event["dmarc"]["disposition"] == "reject"
    finally:
        lab.milter.configure(milter_conf(HOST, mode="enforce"))
        lab.ctl("reload")
