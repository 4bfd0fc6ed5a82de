# SPDX-License-Identifier: ISC
"""policyd behind a real Postfix, set up by the lines that we install."""

import json
import os
import re
from pathlib import Path

import pytest
from flow.story import ULID, Letter, arrival
from lab import milter_conf, policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))
RULES = """\
domain lab.test { }
domain second.test { }
access net {
	client 198.51.100.0/24;
	action deny;
	text "no mail from your network";
}
access later {
	sender @later.test;
	action defer;
	text "come back later";
}
access bob { recipient bob@lab.test; sender @noisy.test; action deny; }
access login { login carol@second.test; action deny; text "ask us"; }
"""
STRANGER = "198.51.100.9"


@pytest.fixture(scope="module", name="lab")
def lab_fixture(shared_lab_factory):
    return shared_lab_factory(
        policyd_conf=policyd_conf(RULES, mode="enforce", events="all"),
        postfix={"smtpd_data_restrictions": "$mailreeve_policy"})


def stories(lab):
    """All events of policyd, oldest first."""
    text = (lab.dir / "spool" / "policyd.jsonl").read_text()
    # A line that is being written is none yet.
    return [json.loads(line) for line in text.split("\n")[:-1]]


def stories_of(lab, before):
    return stories(lab)[before:]


def count(lab):
    path = lab.dir / "spool" / "policyd.jsonl"
    return len(stories(lab)) if path.exists() else 0


def test_a_message_is_asked_about_at_each_stage_under_one_id(lab):
    before = count(lab)
    data = Letter(subject="stages").data
    sent = lab.send(rcpt=["ann@lab.test", "bob@lab.test"], data=data)
    assert sent.accepted, sent
    asked = stories_of(lab, before)
    assert [(a["stage"], a["recipients"], a["declared_rcpts"]) for a in asked
            ] == [("RCPT", ["ann@lab.test"], 0),
                  ("RCPT", ["bob@lab.test"], 0),
                  ("DATA", ["ann@lab.test", "bob@lab.test"], 2),
                  ("END-OF-MESSAGE", ["ann@lab.test", "bob@lab.test"], 2)]
    assert len({a["id"] for a in asked}) == 1
    assert len({a["instance"] for a in asked}) == 1
    assert [a["queue_id"] for a in asked] == [None] + [sent.queue_id] * 3
    assert len(data) * 0.9 < asked[-1]["declared_size"] < len(data) * 1.2
    assert {a["action"] for a in asked} == {"DUNNO"}
    assert asked[0]["client"] == {
        "address": "203.0.113.7", "name": "mail.sender.test",
        "helo": "mail.sender.test", "tls": None, "is_local": False}
    arrival(lab, "ann@lab.test", "stages")


def test_two_messages_of_a_session_are_told_apart(lab):
    before = count(lab)
    with lab.smtp() as session:
        session.ehlo()
        for subject in ("first", "second"):
            session.mail("a@sender.test")
            session.rcpt("ann@lab.test")
            assert session.data(Letter(subject=subject).data).code == 250
    asked = stories_of(lab, before)
    assert [a["stage"] for a in asked] == ["RCPT", "DATA",
                                           "END-OF-MESSAGE"] * 2
    assert len({a["id"] for a in asked}) == 2


def test_who_is_denied_reads_code_id_and_text(lab):
    sent = lab.send(client=STRANGER, data=Letter().data)
    said = sent.rcpts[0]
    assert said.code == 550
    assert re.match(rf"5\.7\.1 <ann@lab\.test>: .*: \[{ULID}\] refused: "
                    "no mail from your network$", said.text), said


def test_who_is_deferred_reads_code_id_and_text(lab):
    sent = lab.send(mail_from="joe@later.test", data=Letter().data)
    said = sent.rcpts[0]
    assert said.code == 450
    assert re.match(rf"4\.7\.1 <ann@lab\.test>: .*: \[{ULID}\] try again "
                    "later: come back later$", said.text), said


def test_one_recipient_is_refused_and_the_other_gets_the_message(lab):
    before = count(lab)
    sent = lab.send(mail_from="joe@noisy.test", data=Letter(
        subject="noisy").data, rcpt=["ann@lab.test", "bob@lab.test"])
    assert [reply.code for reply in sent.rcpts] == [250, 550]
    assert sent.accepted
    # Who was refused is not among those of the end.
    assert stories_of(lab, before)[-1]["recipients"] == ["ann@lab.test"]
    arrival(lab, "ann@lab.test", "noisy")


def test_the_postmaster_is_reached_all_the_same(lab):
    sent = lab.send(client=STRANGER, rcpt="postmaster@lab.test",
                    data=Letter(subject="complaint").data)
    assert sent.accepted
    arrival(lab, "ann@lab.test", "complaint")


def test_our_dunno_lets_postfix_refuse_what_it_would_refuse(lab):
    before = count(lab)
    relay = lab.send(rcpt="joe@elsewhere.test", data=Letter().data)
    unknown = lab.send(rcpt="nobody@lab.test", data=Letter().data)
    assert (relay.rcpts[0].code, unknown.rcpts[0].code) == (554, 550)
    # We stand last: what is refused before costs us nothing.
    assert count(lab) == before


def test_a_login_is_known_and_can_be_refused(lab):
    before = count(lab)
    data = Letter(author="ann@lab.test").data
    ours = lab.send(mail_from="ann@lab.test", auth=True, data=data,
                    port=PORT_SUBMISSION, rcpt="bob@lab.test")
    assert ours.accepted
    hers = lab.send(mail_from="carol@second.test", auth=True, data=data,
                    port=PORT_SUBMISSION, rcpt="bob@lab.test")
    assert hers.rcpts[0].code == 550 and "ask us" in hers.rcpts[0].text
    asked = stories_of(lab, before)
    assert [a["login"] for a in asked] == ["ann@lab.test"] * 3 \
        + ["carol@second.test"]
    assert {a["direction"] for a in asked} == {"internal"}


SENDERS = {
    "SRS0=x=y=z.test=joe@sender.test": "SRS0=x=y=z.test=joe@sender.test",
    '"a b"@sender.test': '"a b"@sender.test',
    '"a@b"@sender.test': '"a@b"@sender.test',
    '"a\\"b"@sender.test': '"a\\"b"@sender.test',
    "@x.test:joe@sender.test": "joe@sender.test",
    "Joe@Sender.TEST": "Joe@sender.test",
    "joe@[192.0.2.1]": "joe@[192.0.2.1]",
    "": "",
}


@pytest.mark.parametrize("sender", SENDERS)
def test_a_sender_comes_to_us_as_it_was_written(lab, sender):
    before = count(lab)
    with lab.smtp() as session:
        session.ehlo()
        assert session.mail(sender), sender
        assert session.rcpt("ann@lab.test")
    [asked] = stories_of(lab, before)
    assert asked["sender"] == SENDERS[sender]


def test_a_restart_of_ours_is_not_noticed(lab):
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joe@later.test")
        assert session.rcpt("ann@lab.test").code == 450
        assert lab.policyd.term() == 0
        lab.policyd.start()
        # smtpd kept its connection, which is gone; it makes another.
        assert session.rcpt("bob@lab.test").code == 450


def test_a_reload_holds_at_once_for_kept_connections(lab):
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joe@later.test")
        assert session.rcpt("ann@lab.test").code == 450
        lab.policyd.configure(policyd_conf(RULES, mode="observe",
                                           events="all"))
        lab.policyd.ctl("reload")
        assert session.rcpt("bob@lab.test").code == 250
        lab.policyd.configure(policyd_conf(RULES, mode="enforce",
                                           events="all"))
        lab.policyd.ctl("reload")
        assert session.rcpt("bob@lab.test").code == 450


def test_when_it_is_down_mail_passes_and_submission_waits(lab):
    """As the lines that we install say."""
    lab.policyd.kill()
    try:
        sent = lab.send(data=Letter(subject="down").data)
        assert sent.accepted, sent
        ours = lab.send(mail_from="ann@lab.test", auth=True,
                        data=Letter().data, port=PORT_SUBMISSION)
        assert ours.rcpts[0].code == 451
        assert "Please try again later" in ours.rcpts[0].text
    finally:
        lab.policyd.start()
    arrival(lab, "ann@lab.test", "down")
    assert lab.send(data=Letter().data, mail_from="ann@lab.test", auth=True,
                    port=PORT_SUBMISSION).accepted


def test_when_it_hangs_postfix_does_not_hang_with_it(lab_factory):
    """The lines that we install, with less patience."""
    lab = lab_factory(policyd_conf=policyd_conf(RULES))
    lab.postconf(smtpd_recipient_restrictions="check_policy_service "
                 f"{{ unix:{lab.places.policyd_socket}, timeout=1s, "
                 "default_action=DUNNO }", smtpd_end_of_data_restrictions="")
    lab.policyd.pause()
    try:
        assert lab.send(data=Letter(subject="hung").data).accepted
    finally:
        lab.policyd.resume()
    arrival(lab, "ann@lab.test", "hung")


def test_why_tells_what_both_daemons_decided(lab_factory):
    milter = milter_conf("domain lab.test { }\n", mode="enforce")
    policy = policyd_conf("access ok { client 192.0.2.99; action deny; }\n",
                          mode="enforce")
    lab = lab_factory(milter_conf=milter + policy,
                      policyd_conf=milter + policy)
    sent = lab.send(data=Letter(subject="both").data)
    assert sent.accepted
    arrival(lab, "ann@lab.test", "both")

    def told():
        return json.loads(lab.run([
            BIN / "mailreeve", "why", "--json", "-c", lab.places.policyd_conf,
            sent.queue_id]).stdout)

    lab.wait(lambda: len(told()) == 3, AT_MOST, "three events")
    assert sorted((event["daemon"], event.get("stage", ""))
                  for event in told()) == [
        ("milter", ""), ("policyd", "END-OF-MESSAGE"), ("policyd", "RCPT")]
    text = lab.run([BIN / "mailreeve", "why", "-c", lab.places.policyd_conf,
                    sent.queue_id]).stdout.decode()
    # As it happened; what was not declared is not told.
    assert re.findall(r"(\w+) on mx\.lab\.test|stage +(\S+)", text) == [
        ("policyd", ""), ("", "RCPT"), ("policyd", ""),
        ("", "END-OF-MESSAGE"), ("milter", "")]
    assert len(re.findall(r"declared size +[1-9]", text)) == 1
    assert text.count("declared size") == 1
    status = lab.run([BIN / "mailreeve", "status", "-c",
                      lab.places.policyd_conf]).stdout.decode()
    assert "milter  enforce" in status and "policyd  enforce" in status
