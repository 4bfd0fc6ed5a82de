# SPDX-License-Identifier: ISC
"""A stranger writes in the name of a domain: what follows is the domain's
wish, as far as the administrator goes along."""

import pytest
from flow.authors import delivered, letter_of, refused, spoof, words
from flow.story import (SENDER, STRANGER, Letter, event_of, field, fields,
                        finding)


@pytest.fixture(scope="module")
def records():
    return {"real.np.test A": SENDER}


def test_rfc9989_5_4_p_reject_is_refused_with_domain_reason_and_id(lab):
    event = refused(lab, spoof(lab, "reject.test", "spoofed"))
    assert event["reply"].startswith(
        f"550 5.7.1 [{event['id']}] refused: reject.test asks to refuse mail "
        f"that it does not authenticate (DMARC): ")
    assert event["dmarc"] == {
        "result": "fail", "domain": "reject.test", "policy": "reject",
        "disposition": "reject", "override": None}
    assert "reject.test asks for reject" in event["sentence"]


def test_rfc9989_4_10_a_subdomain_is_refused_by_the_policy_above(lab):
    event = refused(lab, spoof(lab, "pay.roll.reject.test", "below"))
    assert event["dmarc"]["domain"] == "pay.roll.reject.test"


def test_somebody_elses_pass_is_no_help(lab, world):
    """SPF and DKIM pass, each of a domain that is not the author's."""
    letter = letter_of("reject.test", "not aligned")
    sent = lab.send(mail_from="a@sender.test",
                    data=world.stranger.sign(letter.data))
    event = refused(lab, sent)
    assert event["spf"]["result"] == "pass"
    assert finding(event, "dkim")["result"] == "pass"


def test_p_quarantine_is_junk(lab):
    sent = spoof(lab, "quarantine.test", "doubtful")
    arrived, event = delivered(lab, sent, "doubtful", "Junk")
    assert field(arrived, "X-Mailreeve-Verdict").startswith("junk; ")
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"]["override"] is None


def test_rfc9989_4_7_np_is_for_names_that_do_not_exist(lab):
    refused(lab, spoof(lab, "made-up.np.test", "no such name"))
    for domain in ("np.test", "real.np.test"):
        arrived, _event = delivered(lab, spoof(lab, domain, domain), domain)
        assert words(arrived)["dmarc"] == "fail"


def test_rfc9989_4_7_a_policy_in_test_mode_is_one_step_milder(lab):
    sent = spoof(lab, "trial.test", "on trial")
    arrived, event = delivered(lab, sent, "on trial", "Junk")
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"]["policy"] == "reject"
    assert event["dmarc"]["disposition"] == "quarantine"


def test_a_postmaster_is_reached_by_those_whom_we_would_refuse(lab):
    """Or who could complain that we are wrong?"""
    sent = spoof(lab, "reject.test", "you refuse me", "postmaster@lab.test")
    _arrived, event = delivered(lab, sent, "you refuse me", "Junk")
    assert event["dmarc"]["disposition"] == "reject"
    assert "being for a postmaster" in event["sentence"]


def test_what_a_stranger_says_of_himself_is_removed(lab):
    """A field in our name that says pass, behind a p=quarantine that fails."""
    letter = letter_of("quarantine.test", "liar", more="Authentication-Results:"
                       " mx.lab.test; dmarc=pass header.from=reject.test\n")
    sent = lab.send(client=STRANGER, mail_from="a@evil.test",
                    data=letter.data)
    arrived, _event = delivered(lab, sent, "liar", "Junk")
    assert words(arrived)["dmarc"] == "fail"
    assert len(fields(arrived, "Authentication-Results")) == 1


def test_in_observe_mode_all_is_told_and_nothing_refused(lab, configure):
    configure(mode="observe")
    for domain, subject, would in (
            ("reject.test", "watched reject", "refuse"),
            ("quarantine.test", "watched quarantine", "junk")):
        sent = spoof(lab, domain, subject)
        arrived, event = delivered(lab, sent, subject)
        assert (event["decision"], event["done"]) == (would, "ham")
        assert event["dmarc"]["result"] == "fail"
        assert fields(arrived, "X-Mailreeve-Verdict") == []
        if would == "refuse":
            assert "(DMARC)" in event["reply"]


@pytest.mark.parametrize("word, code, mailbox", [
    ("quarantine", 250, "Junk"), ("refuse", 550, None)])
def test_on_reject_is_the_administrators_choice(lab, configure, word, code,
                                                mailbox):
    configure(f"check dmarc {{ on_reject {word}; }}\n")
    subject = f"on_reject {word}"
    sent = spoof(lab, "reject.test", subject)
    assert sent.last.code == code
    override = event_of(lab, sent)["dmarc"]["override"]
    assert override == ("local_policy" if mailbox else None)
    if mailbox:
        delivered(lab, sent, subject, mailbox)


def test_without_dkim_nobody_is_refused(lab, configure):
    """What was not judged might have passed."""
    configure("check dkim { enabled no; }\n")
    sent = spoof(lab, "reject.test", "half judged")
    _arrived, event = delivered(lab, sent, "half judged", "Junk")
    assert event["dmarc"]["override"] == "local_policy"


def test_a_login_is_not_judged(lab):
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="bob@lab.test",
                    data=Letter(author="joan@reject.test",
                                subject="own").data)
    assert event_of(lab, sent)["dmarc"] is None
