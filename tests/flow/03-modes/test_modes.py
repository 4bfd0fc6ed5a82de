# SPDX-License-Identifier: ISC
"""observe and enforce, dry runs, junk and hold: who does what to which mail."""

import pytest
from flow.story import (Letter, action, arrival, departed, event_of, field,
                        fields, finding, status)
from flow.ours import BOTH, conf
from lab.places import password

TWO = "From: Boss <boss@lab.test>\n"
LIES = "Authentication-Results: mx.lab.test; dkim=pass header.d=bank.test\n" \
       "X-Mailreeve-Verdict: ham; score=-100\n"
DOMAIN = """\
domain lab.test {
	dkim_key rsa1 { file "@DIR@/keys/rsa.pem"; }
	dkim_key ed1 { file "@DIR@/keys/ed.pem"; }
}
domain second.test { junk no; }
"""


@pytest.fixture(scope="module")
def lab(shared_lab_factory, ours, signer):
    return shared_lab_factory(
        milter_conf=text(), files=ours.files,
        zone={**ours.zone(), **signer.zone("b0", "b1", "b2", "b3")},
        aliases={"abuse@lab.test": "ann@lab.test"})


def text(more="", mode="enforce"):
    return conf(more, domains=DOMAIN).replace("mode enforce", f"mode {mode}")


def configure(lab, more="", mode="enforce"):
    lab.milter.configure(text(more, mode))
    lab.ctl("reload")


# observe

@pytest.fixture
def observing(lab):
    configure(lab, mode="observe")
    yield lab
    configure(lab)


def test_observing_refuses_nothing_but_says_what_it_would(observing):
    sent = observing.send(data=Letter(subject="observed", more=TWO).data)
    event = event_of(observing, sent)
    assert sent.accepted
    assert (event["mode"], event["decision"], event["done"]) \
        == ("observe", "refuse", "ham")
    assert event["reply"].startswith("550 5.6.0 ")
    assert event["sentence"].startswith("would be refused because ")
    assert event["sentence"].endswith("(observe mode: delivered)")
    assert arrival(observing, "ann@lab.test", "observed")
    line = observing.wait_for_log(rf".*id={event['id']}.*", "milter")[0]
    assert "decision=refuse done=ham" in line


def test_observing_changes_not_an_octet(observing, signer):
    letter = signer.sign(Letter(subject="untouched", more=LIES).data)
    event = event_of(observing, observing.send(data=letter))
    arrived = arrival(observing, "ann@lab.test", "untouched")
    assert arrived.endswith(letter)
    assert fields(arrived, "X-Mailreeve-Id") == []
    assert len(fields(arrived, "Authentication-Results")) == 1
    assert finding(event, "dkim")["result"] == "pass"
    told = {a["action"]: a for a in event["actions"]}
    assert {"remove_forged", "authentication_results", "mark"} <= set(told)
    assert all(a["dry_run"] and "failed" not in a for a in told.values())


def test_observing_signs_nothing_and_says_what_it_would(observing):
    sent = observing.send(port=587, auth=True, mail_from="ann@lab.test",
                          rcpt="joan@remote.test", data=Letter(
                              author="ann@lab.test", subject="plain").data)
    assert fields(departed(observing, "plain"), "DKIM-Signature") == []
    told = action(event_of(observing, sent), "dkim_sign")
    assert told["dry_run"] and "d=lab.test" in told["detail"]


def test_observing_defers_nothing(observing, signer):
    configure(observing, "check dkim { on_error defer; }\n", mode="observe")
    observing.dns.fault("b0._domainkey.sender.test", "servfail")
    sent = observing.send(data=signer.sign(Letter(
        subject="not deferred").data, selector="b0"))
    event = event_of(observing, sent)
    assert sent.accepted
    assert (event["decision"], event["done"]) == ("defer", "ham")


# enforce

def test_enforcing_is_shown_by_the_status(lab):
    assert status(lab)["mode"] == "enforce"
    configure(lab, mode="observe")
    assert status(lab)["mode"] == "observe"
    configure(lab)


def test_junk_is_marked_and_lands_in_junk(lab):
    configure(lab)
    letter = Letter(author="nobody", subject="junk")
    event = event_of(lab, lab.send(data=letter.data))
    arrived = arrival(lab, "ann@lab.test", "junk", mailbox="Junk")
    assert (event["decision"], event["done"]) == ("junk", "junk")
    assert field(arrived, "X-Spam-Flag") == "YES"
    assert field(arrived, "X-Mailreeve-Verdict").startswith("junk; score=")
    assert float(field(arrived, "X-Spam-Score")) == event["score"]


def test_who_wants_no_junk_marked_gets_it_as_any_mail(lab):
    configure(lab)
    letter = Letter(author="nobody", subject="unmarked")
    lab.send(rcpt="carol@second.test", data=letter.data)
    arrived = arrival(lab, "carol@second.test", "unmarked")
    assert fields(arrived, "X-Spam-Flag") == []
    assert field(arrived, "X-Mailreeve-Verdict").startswith("junk; ")


def test_what_is_held_lands_in_postfixs_hold_queue(lab):
    configure(lab, "check from_header { on_malformed hold; }\n")
    sent = lab.send(data=Letter(author="nobody", subject="held").data)
    event = event_of(lab, sent)
    assert sent.accepted
    assert (event["decision"], event["done"]) == ("hold", "hold")
    assert event["sentence"].startswith("held because from_header: ")
    [held] = [m for m in lab.queue() if m["queue_id"] == sent.queue_id]
    assert held["queue_name"] == "hold"
    text = lab.run(["postcat", "-qh", sent.queue_id]).stdout
    assert b"X-Mailreeve-Verdict: hold; score=" in text
    assert action(event, "hold")["detail"]
    lab.run(["postsuper", "-H", sent.queue_id])
    lab.run(["postqueue", "-i", sent.queue_id])
    assert arrival(lab, "ann@lab.test", "held")


def test_observing_holds_nothing(lab):
    configure(lab, "check from_header { on_malformed hold; }\n", "observe")
    sent = lab.send(data=Letter(author="nobody", subject="flows").data)
    assert event_of(lab, sent)["decision"] == "hold"
    assert arrival(lab, "ann@lab.test", "flows")
    configure(lab)


# dry runs

def test_a_check_in_dry_run_shows_but_decides_nothing(lab):
    configure(lab, "check from_header { dry_run yes; }\n")
    sent = lab.send(data=Letter(subject="dry check", more=TWO).data)
    event = event_of(lab, sent)
    assert sent.accepted and event["decision"] == "ham"
    found = finding(event, "from_header")
    assert found["dry_run"] and found["suggested"] == "refuse"
    assert "without its dry run it would be refused" in event["sentence"]


def test_a_check_in_dry_run_writes_no_results(lab, signer):
    configure(lab, "check dkim { dry_run yes; }\n")
    lab.send(data=signer.sign(Letter(subject="dry dkim").data))
    [said] = fields(arrival(lab, "ann@lab.test", "dry dkim"),
                    "Authentication-Results")
    assert "iprev=pass" in said and "dkim" not in said


def test_an_action_in_dry_run_leaves_the_message_as_it_is(lab):
    configure(lab, "action dkim_sign { dry_run yes; }\n")
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="joan@remote.test", data=Letter(
                        author="ann@lab.test", subject="dry action").data)
    left = departed(lab, "dry action")
    assert fields(left, "DKIM-Signature") == []
    assert len(fields(left, "X-Mailreeve-Id")) == 1
    assert action(event_of(lab, sent), "dkim_sign")["dry_run"]


def test_a_check_that_is_switched_off_says_nothing(lab):
    configure(lab, "check helo { enabled no; }\n")
    event = event_of(lab, lab.send(data=Letter(subject="off").data))
    assert [f for f in event["findings"] if f["check"] == "helo"] == []


# Who is never refused, and who decides.

@pytest.mark.parametrize("rcpt", ["postmaster@lab.test", "abuse@lab.test",
                                  "Postmaster@Lab.Test"])
def test_a_postmaster_is_reached_by_whom_we_would_refuse(lab, rcpt):
    configure(lab)
    subject = f"please help {rcpt}"
    sent = lab.send(rcpt=rcpt, data=Letter(subject=subject, more=TWO).data)
    event = event_of(lab, sent)
    assert sent.accepted, sent
    assert (event["decision"], event["done"]) == ("junk", "junk")
    assert "instead of refused, being for a postmaster" in event["sentence"]
    assert arrival(lab, "ann@lab.test", subject, mailbox="Junk")


def test_a_postmaster_among_others_saves_nobody(lab):
    configure(lab)
    sent = lab.send(rcpt=["postmaster@lab.test", "ann@lab.test"],
                    data=Letter(more=TWO).data)
    assert sent.end.code == 550


@pytest.mark.parametrize("selector, on_error, mail, code", [
    ("b1", "defer", "ann@lab.test", 451),
    ("b2", "reject", "ann@lab.test", 550),
    ("b3", "reject", "postmaster@lab.test", 451)])
def test_what_a_check_that_could_not_run_means(lab, signer, selector,
                                               on_error, mail, code):
    """A postmaster's mail may have to come again, but is not refused."""
    configure(lab, f"check dkim {{ on_error {on_error}; }}\n")
    lab.dns.fault(f"{selector}._domainkey.sender.test", "servfail")
    sent = lab.send(rcpt=mail, data=signer.sign(
        Letter(subject=f"servfail {selector}").data, selector=selector))
    assert sent.end.code == code
    assert f"[{event_of(lab, sent)['id']}] " in sent.end.text


def test_our_own_people_are_asked_to_write_a_from_too(lab, ours):
    configure(lab)
    sent = lab.send(port=587, auth=("ann@lab.test", password("ann@lab.test")),
                    mail_from="ann@lab.test", rcpt="joan@remote.test",
                    data=Letter(author="ann@lab.test", more=TWO).data)
    assert sent.end.code == 550
    assert event_of(lab, sent)["direction"] == "outbound"
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="joan@remote.test", data=Letter(
                        author="ann@lab.test", subject="one From").data)
    assert ours.verdicts(departed(lab, "one From")) == BOTH
