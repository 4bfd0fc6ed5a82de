# SPDX-License-Identifier: ISC
"""A managed host: Postfix asks policyd who exists, and delivers, relays and
refuses by it."""

import re

import pytest
from flow.story import Letter, fields
from lab import policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.pgsql import why_impossible
from lab.places import PORT_SUBMISSION, password
from lab.people import People

MANAGED = CHECKOUT / "deploy" / "postfix" / "main.cf.managed"
# The lab's mail goes to a host of its own.
RELAY = "192.0.2.1"

WORLD = f"""\
domain lab.test {{ postmaster bob@lab.test; }}
domain second.test {{ catch_all carol@second.test; }}
domain stand.test {{ role alias; alias_of lab.test; }}
domain remote.test {{ role relay; relay_to "smtp:[{RELAY}]:25"; }}
user ann@lab.test {{ }}
user bob@lab.test {{ }}
user carol@second.test {{ }}
alias sales@lab.test {{ to ann@lab.test bob@lab.test; }}
alias exact@lab.test {{ to ann@lab.test; extension no; }}
alias old@lab.test {{ to ann@lab.test; expires 2020-01-01T00:00:00Z; }}
identity ann@lab.test info@second.test {{ }}
"""

MAPS = """\
host {{ recipient_delimiter +; }}
{directory}socketmap {{
	listen "unix:@DIR@/sock/maps";
	listen_group postfix;
}}
"""


def managed():
    """The lines of our snippet, with the lab's places: what is relative to the
    queue directory stays so."""
    rows = dict(re.findall(r"(?m)^(\w+) =[ \t]*(.*)$", MANAGED.read_text()))
    del rows["virtual_transport"]       # the lab's Dovecot has its own place
    [restriction] = re.findall(r"(?m)^# +-o \{ (smtpd_sender_restrictions) = "
                               r"reject_sender_login_mismatch \}$",
                               MANAGED.read_text())
    # One smtpd for all here: who has no login is not asked for one.
    rows[restriction] = "reject_authenticated_sender_login_mismatch"
    return {name: value.replace("mailreeve/maps.sock", "../../sock/maps")
            for name, value in rows.items()}


@pytest.fixture(scope="module", name="people", params=["sqlite", "pgsql"])
def people_fixture(request):
    if request.param == "pgsql" and why_impossible():
        pytest.skip(why_impossible())
    with People.on(request.param) as people:
        people.apply(WORLD)
        yield people


@pytest.fixture(scope="module", name="lab")
def lab_fixture(people, shared_lab_factory):
    return shared_lab_factory(
        postfix=managed(),
        policyd_conf=policyd_conf(MAPS.format(directory=people.section)))


def arrives(lab, rcpt, boxes, subject, **more):
    """Sent to RCPT it comes to all of BOXES."""
    letter = Letter(subject=subject, to=rcpt)
    sent = lab.send(rcpt=rcpt, data=letter.data, **more)
    assert sent.accepted, sent
    for box in boxes:
        lab.wait(lambda box=box: any(
            fields(data, "Subject") == [subject] for data in lab.fetch(box)),
            AT_MOST, f"{subject} in {box}")


def refusal(lab, rcpt, **more):
    said = lab.send(rcpt=rcpt, data=Letter().data, **more).rcpts[0]
    return said.code, said.text


@pytest.mark.parametrize("rcpt, boxes", [
    ("ann@lab.test", ["ann@lab.test"]),
    ("Ann+News@LAB.test", ["ann@lab.test"]),
    ("sales@lab.test", ["ann@lab.test", "bob@lab.test"]),
    ("sales+autumn@lab.test", ["ann@lab.test", "bob@lab.test"]),
    ("exact@lab.test", ["ann@lab.test"]),
    ("bob@stand.test", ["bob@lab.test"]),
    ("sales@stand.test", ["ann@lab.test", "bob@lab.test"]),
    ("anybody@second.test", ["carol@second.test"]),
    ("postmaster@lab.test", ["bob@lab.test"]),
    ("abuse@stand.test", ["bob@lab.test"]),
    ("abuse@second.test", ["carol@second.test"]),
])
def test_mail_comes_to_who_has_the_address(lab, rcpt, boxes):
    arrives(lab, rcpt, boxes, f"to {rcpt}")


@pytest.mark.parametrize("rcpt, words", [
    ("nobody@lab.test", "User unknown in virtual mailbox table"),
    ("nobody@stand.test", "User unknown in virtual alias table"),
    ("old@lab.test", "User unknown"),
    ("exact+x@lab.test", "User unknown"),
    ("joe@elsewhere.test", "Relay access denied"),
    ("joe@sub.lab.test", "Relay access denied"),
    ("joe@sub.remote.test", "Relay access denied"),
])
def test_who_has_no_address_is_refused(lab, rcpt, words):
    code, text = refusal(lab, rcpt)
    assert code in (550, 554) and words in text, text


def test_mail_for_a_relay_domain_goes_to_its_server(lab):
    sent = lab.send(rcpt="joe+x@remote.test", data=Letter().data)
    assert sent.accepted, sent
    message = lab.sink.wait()[-1]
    assert "<joe+x@remote.test>" in message.rcpts[0], message


@pytest.mark.parametrize("sender, accepted", [
    ("ann@lab.test", True), ("ann+x@lab.test", True),
    ("ann@stand.test", True), ("sales@lab.test", True),
    ("info@second.test", True), ("bob@lab.test", False),
    ("carol@second.test", False), ("old@lab.test", False),
    ("ann@elsewhere.test", False)])
def test_a_login_sends_as_what_it_owns(lab, sender, accepted):
    sent = lab.send(mail_from=sender, rcpt="bob@lab.test",
                    data=Letter().data, port=PORT_SUBMISSION,
                    auth=("ann@lab.test", password("ann@lab.test")))
    assert sent.accepted == accepted, sent
    if not accepted:
        assert sent.rcpts[0].code == 553, sent
        assert "not owned by user ann@lab.test" in sent.rcpts[0].text


def test_a_change_holds_soon(lab, people):
    assert refusal(lab, "new@lab.test")[0] == 550
    people.apply("alias new@lab.test { to ann@lab.test; }")
    lab.wait(lambda: lab.send(rcpt="new@lab.test", data=Letter().data)
             .accepted, AT_MOST, "the new alias")
    people.apply("user bob@lab.test { status suspended; }")

    def said():
        return lab.send(mail_from="bob@lab.test", rcpt="ann@lab.test",
                        data=Letter().data, auth=True, port=PORT_SUBMISSION)

    lab.wait(lambda: not said().accepted, AT_MOST, "the suspension")
    assert said().rcpts[0].code == 553
    # He is not unknown. Rule recipient would refuse; in observe mode his mail
    # is kept for him.
    arrives(lab, "bob@lab.test", ["bob@lab.test"], "while he is suspended")
    arrives(lab, "sales@lab.test", ["ann@lab.test"], "not for him")
    assert not any(fields(data, "Subject") == ["not for him"]
                   for data in lab.fetch("bob@lab.test"))
    people.apply("user bob@lab.test { }")
    lab.wait(lambda: said().accepted, AT_MOST, "the user again")


def test_sending_alone_is_suspended(lab, people):
    people.apply("user bob@lab.test { status sending-suspended; }")

    def said():
        return lab.send(mail_from="bob@lab.test", rcpt="ann@lab.test",
                        data=Letter().data, auth=True, port=PORT_SUBMISSION)

    lab.wait(lambda: not said().accepted, AT_MOST, "the suspension")
    arrives(lab, "bob@lab.test", ["bob@lab.test"], "he still reads")
    people.apply("user bob@lab.test { }")
    lab.wait(lambda: said().accepted, AT_MOST, "that it is over")


def test_a_restart_of_policyd_is_not_noticed(lab):
    """Connections of running daemons end; they make new ones."""
    with lab.smtp() as session:
        session.ehlo()
        session.mail("a@sender.test")
        assert session.rcpt("ann@lab.test").code == 250
        lab.policyd.term()
        lab.policyd.start()
        assert session.rcpt("sales@lab.test").code == 250
        assert session.rcpt("nobody@lab.test").code == 550


def test_without_policyd_mail_waits(lab):
    """Nobody is refused for good because nobody can be asked."""
    lab.policyd.term()
    said = lab.send(rcpt="new-face@lab.test", data=Letter().data).last
    assert said.code == 451, said
    lab.policyd.start()
    arrives(lab, "ann@lab.test", ["ann@lab.test"], "after the pause")


def test_mail_on_its_way_waits_for_policyd(lab):
    """Its transport is looked up when it is delivered."""
    def reasons():
        return {rcpt["address"]: rcpt.get("delay_reason", "")
                for message in lab.queue() for rcpt in message["recipients"]}

    def there():
        return [data for data in lab.fetch("ann@lab.test")
                if fields(data, "Subject") == ["in between"]]

    # What is left of before would be looked up too.
    lab.wait(lambda: not lab.queue(), AT_MOST, "an empty queue")
    lab.dovecot.term()
    # Of two, for the queue manager remembers the last one that it looked up.
    sent = lab.send(rcpt=["ann@lab.test", "bob@lab.test"],
                    data=Letter(subject="in between").data)
    assert sent.accepted, sent
    lab.wait(lambda: "connect to" in reasons().get("ann@lab.test", ""), AT_MOST,
             "the queue")
    lab.policyd.term()
    lab.dovecot.start()
    lab.run(["postqueue", "-f"])
    lab.wait(lambda: "resolver failure" in reasons()["ann@lab.test"], AT_MOST,
             "that nobody can be asked")
    assert not there()
    lab.policyd.start()
    lab.run(["postqueue", "-f"])
    lab.wait(there, AT_MOST, "the letter")
    assert len(there()) == 1
