# SPDX-License-Identifier: ISC
"""Mail of a p=reject author by way of a mailing list, which breaks his
signature: junk instead of a refusal, if the list signs what it sends."""

from flow.authors import (LIST, as_list, delivered, dmarc_result, letter_of,
                          refused, words)
from flow.story import STRANGER

def author(world, subject):
    return world.reject.sign(letter_of("reject.test", subject).data)


def by_list(lab, data, client=LIST, helo="mx.list.test"):
    return lab.send(client=client, helo=helo, data=data,
                    mail_from="boats-bounces@list.test")


def test_what_the_list_signs_is_junk_at_worst(lab, world):
    data = world.list.sign(as_list(author(world, "signed")))
    sent = by_list(lab, data)
    arrived, event = delivered(lab, sent, "[boats] signed", "Junk")
    assert dmarc_result(arrived) == (
        "fail", "(p=reject dis=quarantine override=mailing_list) "
        "header.from=reject.test policy.dmarc=quarantine")
    assert event["dmarc"] == {
        "result": "fail", "domain": "reject.test", "policy": "reject",
        "disposition": "reject", "override": "mailing_list"}
    assert "boats.list.test, signed by list.test" in event["sentence"]


def test_a_list_below_the_domain_that_signs_is_the_signers(lab, world):
    data = as_list(author(world, "below"), host="lists.list.test")
    sent = by_list(lab, world.list.sign(data))
    _arrived, event = delivered(lab, sent, "[boats] below", "Junk")
    assert event["dmarc"]["override"] == "mailing_list"


def test_what_the_list_leaves_unsigned_is_refused(lab, world):
    event = refused(lab, by_list(lab, as_list(author(world, "unsigned"))))
    assert event["spf"]["result"] == "pass"     # the list's own: no evidence


def test_a_signature_of_somebody_else_is_no_evidence(lab, world):
    data = world.stranger.sign(as_list(author(world, "theirs")))
    refused(lab, by_list(lab, data))


def test_a_signature_of_the_list_that_broke_is_no_evidence(lab, world):
    data = world.list.sign(as_list(author(world, "broken")))
    refused(lab, by_list(lab, data.replace(b"the boat", b"the ship")))


def test_a_stranger_who_only_names_the_list_is_refused(lab, world):
    data = as_list(letter_of("reject.test", "spoof").data)
    refused(lab, by_list(lab, data, STRANGER, "evil.test"))


def test_a_signer_without_a_list_is_refused(lab, world):
    data = world.list.sign(letter_of("reject.test", "no list").data)
    refused(lab, by_list(lab, data))


def test_a_list_that_leaves_the_message_alone_is_no_matter(lab, world):
    data = as_list(author(world, "kept")).replace(
        b"Subject: [boats] ", b"Subject: ").partition(b"-- \r\n")[0]
    arrived, event = delivered(lab, by_list(lab, data), "kept")
    assert words(arrived)["dmarc"] == "pass"
    assert event["dmarc"]["override"] is None


def test_a_list_that_writes_its_own_from_passes_as_itself(lab, world):
    """What most lists do for such authors, RFC 7960 4.1.3.1."""
    data = world.list.sign(as_list(author(world, "munged")).replace(
        b"From: Joan <joan@reject.test>",
        b"From: Joan via Boats <boats@list.test>"))
    arrived, event = delivered(lab, by_list(lab, data), "[boats] munged")
    assert words(arrived)["dmarc"] == "none"
    assert event["dmarc"]["domain"] == "list.test"


def test_an_administrator_may_refuse_lists_too(lab, world, configure):
    configure("check dmarc { on_reject refuse; }\n")
    data = world.list.sign(as_list(author(world, "no lists")))
    refused(lab, by_list(lab, data))
