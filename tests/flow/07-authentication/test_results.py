# SPDX-License-Identifier: ISC
"""What SPF and DMARC say, and where it can be read: in the message that was
delivered, in the event, and by `mailreeve why`."""

import subprocess

import pytest
from flow.authors import delivered, dmarc_result, letter_of, words
from flow.ours import PROGRAM
from flow.story import SENDER, STRANGER, Letter, our_results

RECORDS = {
    "pass": f"v=spf1 ip4:{SENDER} -all",
    "fail": "v=spf1 ip4:192.0.2.200 -all",
    "softfail": "v=spf1 ip4:192.0.2.200 ~all",
    "neutral": "v=spf1 ?all",
    "permerror": "v=spf1 moo",
    "temperror": "!SERVFAIL",
}


@pytest.fixture(scope="module")
def records():
    """A domain spf-WORD.test for each result, and its HELO name."""
    return {**{f"spf-{word}.test TXT": record
               for word, record in RECORDS.items()},
            "mail.sender.test TXT": "v=spf1 a -all"}


def why(lab, event):
    return subprocess.run(
        [PROGRAM, "why", event["id"], "-c", lab.places.milter_conf],
        check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("word", [*RECORDS, "none"])
def test_rfc8601_2_7_2_each_result_of_spf_is_told(lab, word):
    subject, domain = f"spf {word}", f"spf-{word}.test"
    sent = lab.send(mail_from=f"joan@{domain}",
                    data=Letter(subject=subject).data)
    arrived, event = delivered(lab, sent, subject)
    [(found, rest)] = [(result, rest)
                       for method, result, rest in our_results(arrived)
                       if method == "spf" and "smtp.mailfrom" in rest]
    assert found == word
    assert rest.endswith(f"smtp.mailfrom=joan@{domain}")
    assert event["spf"] == {"result": word, "domain": domain}
    assert f"spf {word} " in " ".join(why(lab, event).split())


def test_rfc7208_2_4_the_null_sender_is_judged_by_helo(lab):
    sent = lab.send(mail_from="", data=Letter(subject="bounce").data)
    arrived, event = delivered(lab, sent, "bounce")
    [(found, rest)] = [(result, rest)
                       for method, result, rest in our_results(arrived)
                       if method == "spf"]
    assert found == "pass" and rest.endswith("smtp.helo=mail.sender.test")
    assert event["spf"] == {"result": "pass", "domain": "mail.sender.test"}


@pytest.mark.parametrize("typed, meant, result", [
    ("a@spf-fail.test(x.spf-pass.test", "a@spf-fail.test", "fail"),
    ("(a@spf-pass.test", "", "pass"),
])
def test_rfc7208_2_4_the_sender_is_who_postfix_takes_it_for(lab, typed, meant,
                                                            result):
    """Postfix passes on what was typed, and goes on with what it meant."""
    sent = lab.send(mail_from=typed, data=Letter(subject=typed).data)
    arrived, event = delivered(lab, sent, typed)
    assert f"Return-Path: <{meant}>".encode() in arrived
    assert event["spf"]["result"] == result
    assert event["spf"]["domain"] == (meant.partition("@")[2]
                                      or "mail.sender.test")


def check_pass(lab, sent, subject, domain):
    arrived, event = delivered(lab, sent, subject)
    assert dmarc_result(arrived) == (
        "pass", f"(sp=reject dis=none) header.from={domain} policy.dmarc=none")
    assert event["dmarc"]["result"] == "pass"
    assert event["dmarc"]["domain"] == domain
    assert event["dmarc"]["override"] is None
    assert "dmarc pass " in " ".join(why(lab, event).split())


def test_rfc9989_4_4_2_an_aligned_spf_pass_is_a_pass(lab):
    sent = lab.send(mail_from="joan@news.reject.test",
                    data=letter_of("reject.test", "no spf").data)
    assert sent.end.code == 550     # news.reject.test has no record of its own
    sent = lab.send(mail_from="joan@reject.test",
                    data=letter_of("news.reject.test", "by spf").data)
    check_pass(lab, sent, "by spf", "news.reject.test")


def test_rfc9989_4_4_1_an_aligned_signature_is_a_pass(lab, world):
    letter = letter_of("news.reject.test", "by dkim")
    sent = lab.send(client=STRANGER, mail_from="a@evil.test",
                    data=world.reject.sign(letter.data))
    check_pass(lab, sent, "by dkim", "news.reject.test")


def test_rfc9989_5_4_a_fail_of_p_none_is_told_and_delivered(lab):
    sent = lab.send(client=STRANGER, mail_from="a@evil.test",
                    data=letter_of("none.test", "p=none").data)
    arrived, event = delivered(lab, sent, "p=none")
    assert words(arrived)["dmarc"] == "fail"
    assert event["dmarc"] == {
        "result": "fail", "domain": "none.test", "policy": "none",
        "disposition": "none", "override": None}


def test_an_author_without_policy_has_none(lab):
    sent = lab.send(mail_from="a@evil.test",
                    data=letter_of("sender.test", "no policy").data)
    arrived, event = delivered(lab, sent, "no policy")
    assert words(arrived)["dmarc"] == "none"
    assert event["dmarc"]["policy"] is None
