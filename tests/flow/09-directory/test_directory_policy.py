# SPDX-License-Identifier: ISC
"""Behind a real Postfix: who is refused, and who is signed for, by the directory.

What the command line changes holds in policyd and in the milter; how long that
took is printed.
"""

import os
import subprocess
import time
from pathlib import Path

import pytest
from flow.ours import BOTH, USERS, Ours, conf
from flow.story import Letter, action, departed, event_of
from lab import policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

MAILREEVE = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin")
                 ) / "mailreeve"
JOAN = "joan@remote.test"


class Directory:
    """A database beside the lab, by the command line."""

    def __init__(self, home):
        self.conf = home / "directory.conf"
        self.rules = f'directory {{ where "sqlite:{home}/directory.db"; }}\n'
        self.conf.write_text(self.rules)
        home.chmod(0o755)

    def run(self, line):
        words = line.split()
        subprocess.run([MAILREEVE, *words[:2], "-c", self.conf, *words[2:]],
                       check=True, capture_output=True, timeout=AT_MOST)


@pytest.fixture(scope="module", name="directory")
def directory_fixture(tmp_path_factory):
    directory = Directory(tmp_path_factory.mktemp("directory"))
    for line in ("directory upgrade", "domain add lab.test",
                 "user add ann@lab.test", "user add bob@lab.test"):
        directory.run(line)
    return directory


@pytest.fixture(scope="module", name="ours")
def ours_fixture(tmp_path_factory):
    return Ours(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module", name="lab")
def lab_fixture(shared_lab_factory, ours, directory):
    return shared_lab_factory(
        milter_conf=conf(directory.rules), files=ours.files,
        zone={**ours.zone(), "_dmarc.bank.test TXT": "v=DMARC1; p=reject"},
        users=[*USERS, "eve@lab.test"],
        policyd_conf=policyd_conf(
            directory.rules + "rule greylist { enabled no; }\n",
            mode="enforce", events="all"))


def submit(lab, subject="hello", author="ann@lab.test", rcpt=JOAN):
    return lab.send(port=PORT_SUBMISSION, auth=True, mail_from="ann@lab.test",
                    rcpt=rcpt, data=Letter(author=author, to=rcpt,
                                           subject=subject).data)


def said(sent):
    """What the client was told about its first recipient."""
    return f"{sent.rcpts[0].code} {sent.rcpts[0].text}"


def wait(lab, condition, what):
    start = time.monotonic()
    lab.wait(condition, AT_MOST, what)
    print(f"{what}: after {(time.monotonic() - start) * 1000:.0f} ms")


def test_who_is_not_there_is_refused_at_once(lab, directory):
    def ask():
        return said(lab.send(mail_from="joan@sender.test",
                             rcpt="eve@lab.test", data=Letter().data))
    # Postfix has her mailbox; the directory decides.
    assert ask().startswith("550 5.1.1"), ask()
    directory.run("user add eve@lab.test")
    wait(lab, lambda: ask().startswith("250"), "a new user")
    directory.run("user del eve@lab.test --yes")
    wait(lab, lambda: ask().startswith("550 5.1.1"), "a user less")


def test_who_is_suspended_while_sending_sends_no_more(lab, directory):
    assert said(submit(lab)).startswith("250")
    directory.run("user suspend ann@lab.test")
    wait(lab, lambda: said(submit(lab)).startswith("550 5.7.13"),
         "a suspended user")
    directory.run("user resume ann@lab.test")
    wait(lab, lambda: said(submit(lab)).startswith("250"),
         "one who is there again")


def test_who_has_no_service_smtp_sends_nothing(lab, directory):
    directory.run("user set ann@lab.test smtp=no")
    wait(lab, lambda: said(submit(lab)).startswith("550 5.7.13"),
         "a login that is not for sending")
    assert "not for sending mail" in said(submit(lab))
    directory.run("user set ann@lab.test smtp=")
    wait(lab, lambda: said(submit(lab)).startswith("250"), "one that is")


def test_mail_to_who_is_suspended_is_refused_with_a_reason_or_kept(
        lab, directory):
    def ask():
        return said(lab.send(mail_from="joan@sender.test",
                             rcpt="bob@lab.test", data=Letter().data))
    directory.run("user suspend bob@lab.test")
    wait(lab, lambda: ask().startswith("550 5.2.1"), "a suspended recipient")
    assert "takes no mail" in ask()
    directory.run("domain set lab.test on_suspended=defer")
    wait(lab, lambda: ask().startswith("450 4.2.1"), "the domain puts it off")
    directory.run("user set bob@lab.test on_suspended=keep")
    wait(lab, lambda: ask().startswith("250"), "his own is kept")
    directory.run("domain set lab.test on_suspended=")
    directory.run("user set bob@lab.test on_suspended= status=active")
    wait(lab, lambda: ask().startswith("250"), "one who is there again")


def spoof(lab, *rcpts):
    """Somebody at sender.test says he is a bank that asks for reject."""
    return lab.send(mail_from="joan@sender.test", rcpt=list(rcpts),
                    data=Letter(author="service@bank.test").data)


def test_each_recipient_says_what_dmarc_does(lab, directory):
    ann, bob = "ann@lab.test", "bob@lab.test"
    assert spoof(lab, ann).last.code == 550
    directory.run("class add mild dmarc_on_reject=quarantine")
    directory.run(f"user set {bob} class=mild")
    wait(lab, lambda: spoof(lab, bob).accepted, "a class that is milder")
    assert spoof(lab, ann).last.code == 550
    # DESIGN 5.17: one header for both, and never her inbox.
    both = spoof(lab, ann, bob)
    assert both.accepted
    event = event_of(lab, both)
    assert (event["decision"], event["exceptions"]) == ("junk", [
        {"recipient": ann, "decision": "junk", "asked": "refuse"}])
    assert "1 of 2 recipients refuse it" in event["sentence"]
    directory.run("domain set lab.test dmarc_on_reject=quarantine")
    wait(lab, lambda: spoof(lab, ann).accepted, "a domain that is milder")
    directory.run(f"user set {ann} dmarc_on_reject=refuse")
    wait(lab, lambda: spoof(lab, ann).last.code == 550, "her own word")
    directory.run(f"user set {ann} dmarc_on_reject=")
    directory.run(f"user set {bob} class=")
    directory.run("domain set lab.test dmarc_on_reject=")
    wait(lab, lambda: spoof(lab, bob).last.code == 550, "as it was")


def test_a_domain_that_is_not_managed_is_postfix_s(lab):
    assert said(lab.send(mail_from="joan@sender.test",
                         rcpt="carol@second.test",
                         data=Letter().data)).startswith("250")


def test_the_milter_signs_for_whom_the_login_owns(lab, directory, ours):
    def signing(subject):
        sent = submit(lab, subject, author="bob@lab.test")
        return action(event_of(lab, sent), "dkim_sign")
    submit(lab, "own")
    assert ours.verdicts(departed(lab, "own")) == BOTH
    assert "does not own" in str(signing("not-own"))
    directory.run("identity add ann@lab.test bob@lab.test")
    numbers = iter(range(100000))
    wait(lab, lambda: "rsa1" in str(signing(f"try-{next(numbers)}")),
         "an identity to sign for")
    submit(lab, "granted", author="bob@lab.test")
    assert ours.verdicts(departed(lab, "granted")) == BOTH


def test_a_key_of_the_directory_signs_for_its_domain(lab, directory):
    def signing(subject):
        sent = submit(lab, subject, author="ann@keys.test")
        return str(action(event_of(lab, sent), "dkim_sign"))
    directory.run("domain add keys.test")
    directory.run("identity add ann@lab.test @keys.test")
    directory.run(f"dkim-key add keys.test new file={lab.dir}/keys/rsa.pem")
    numbers = iter(range(100000))
    wait(lab, lambda: "new (rsa-sha256)" in signing(f"k-{next(numbers)}"),
         "a key")
    directory.run("dkim-key set keys.test new state=retired")
    wait(lab, lambda: "has no key" in signing(f"k-{next(numbers)}"),
         "a key less")


def test_the_directory_is_not_degraded(lab):
    for ctl in (lab.ctl, lab.policyd.ctl):
        assert not [text for text in ctl("status")["degraded"]
                    if "the directory cannot" in text]
