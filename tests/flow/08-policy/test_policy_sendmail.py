# SPDX-License-Identifier: ISC
"""Mail by sendmail never meets smtpd: the milter asks policyd about it."""

import json
import os
import re
from pathlib import Path

import pytest
from flow.story import ULID, Letter, arrival, departed, events, finding
from lab import milter_conf, policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

SNIPPET = CHECKOUT / "deploy" / "postfix" / "main.cf.mailreeve"
BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))

ASK = 'check submission { enabled yes; policy_service ' \
    '"unix:@DIR@/sock/policyd"; }\n'
LIMITS = """\
host { host_id mx.lab.test; recipient_delimiter +; }
domain lab.test { }
rule throttle { milter_confirms yes; }
throttle outbound { limit 2/1h; }
throttle watched { limit 3/1d; action hold; }
access shut { recipient shut@remote.test; action deny; text "not to him"; }
"""


def conf(limits=LIMITS, ask=ASK):
    return milter_conf(limits + ask, mode="enforce") + policyd_conf(
        mode="enforce", events="all")


FORGED = "From: Ann <ann@lab.test>\nFrom: Bob <bob@lab.test>\n"


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=conf(), policyd_conf=conf())


@pytest.fixture(name="lab")
def lab_fixture(shared):
    shared.run(["redis-cli", "-s", shared.places.redis_socket, "flushall"])
    yield shared
    shared.run(["postsuper", "-d", "ALL"])


def configure(lab, text):
    lab.policyd.configure(text)
    lab.policyd.ctl("reload")
    lab.milter.configure(text)
    lab.ctl("reload")


def write(lab, subject, sender="ann@lab.test", rcpts=("bob@lab.test",),
          fields="", author="ann@lab.test"):
    letter = Letter(author=author, subject=subject, more=fields)
    lab.sendmail("-f", sender, *rcpts,
                 data=letter.data.replace(b"\r\n", b"\n"))


def passes(lab, subject, **more):
    write(lab, subject, **more)
    return arrival(lab, "bob@lab.test", subject)


def maildrop(lab):
    return [entry for entry in lab.queue()
            if entry["queue_name"] == "maildrop"]


def deferrals(lab):
    return re.findall(r"(?m)milter-reject: END-OF-MESSAGE from localhost\["
                      r"127\.0\.0\.1\]: 4\.7\.1 (.*);", lab.log("mail"))


def stays(lab, subject, **more):
    """Pickup keeps it, and comes again.  The reason in Postfix's log."""
    before = len(deferrals(lab))
    write(lab, subject, **more)
    lab.wait(lambda: len(deferrals(lab)) > before, AT_MOST, "a deferral")
    assert len(maildrop(lab)) == 1
    return deferrals(lab)[-1]


def submit(lab, login="ann@lab.test"):
    return lab.send(mail_from=login, auth=True, port=PORT_SUBMISSION,
                    data=Letter(author=login).data, rcpt="bob@lab.test")


def limits(lab, *words):
    return " ".join(lab.run([BIN / "mailreeve", *words, "-c",
                             lab.places.policyd_conf]).stdout.decode().split())


def used(lab, address="ann@lab.test"):
    """Of the limit outbound, once the milter's word about all has come."""
    return int(re.search(r"(\d+) of \d+ messages per hour",
                         limits(lab, "limits", address))[1])


def becomes(lab, number, **whose):
    lab.wait(lambda: used(lab, **whose) == number, AT_MOST,
             f"{number} used, not {used(lab, **whose)}")




def test_beyond_the_limit_it_waits_in_maildrop_and_says_why(lab):
    for number in (1, 2):
        passes(lab, f"within {number}")
    said = stays(lab, "beyond")
    assert re.match(rf"\[{ULID}\] try again later: outbound limit of "
                    r"ann@lab\.test reached: 2 messages per hour, 2 used; "
                    r"next possible at ", said)
    # Pickup has come again, perhaps often: refused is not charged.
    lab.run(["postqueue", "-f"])
    lab.wait(lambda: len(deferrals(lab)) > 1, AT_MOST, "a second try")
    becomes(lab, 2)
    configure(lab, conf(LIMITS.replace("2/1h", "3/1h")))
    try:
        lab.run(["postqueue", "-f"])
        arrival(lab, "bob@lab.test", "beyond")
        becomes(lab, 3)
        assert maildrop(lab) == []
    finally:
        configure(lab, conf())


def test_after_a_reset_it_leaves(lab):
    for number in (1, 2):
        passes(lab, f"used {number}")
    stays(lab, "waits for the reset")
    assert limits(lab, "limit", "reset", "ann@lab.test") == \
        "2 counters begin at zero again"
    lab.run(["postqueue", "-f"])
    arrival(lab, "bob@lab.test", "waits for the reset")
    becomes(lab, 1)


def test_smtp_has_the_same_counter(lab):
    passes(lab, "by sendmail", sender="Ann+jobs@lab.test")
    assert submit(lab).accepted
    said = submit(lab).rcpts[0]
    assert said.code == 450 and "2 messages per hour, 2 used" in said.text
    assert "limit of ann@lab.test" in stays(lab, "by sendmail again")


def test_what_the_milter_refuses_is_returned_and_given_back(lab):
    for number in range(3):
        write(lab, f"two authors {number}", fields=FORGED)
    lab.wait(lambda: len([1 for data in lab.fetch("ann@lab.test")
                          if b"several From fields" in data]) >= 3,
             AT_MOST, "three bounces")
    becomes(lab, 0)
    passes(lab, "one author")


def test_what_the_milter_defers_is_given_back_each_time(lab_factory):
    """A domain that cannot be signed for: pickup comes again and again."""
    eve = "eve@gone.test"
    text = conf(LIMITS + "domain gone.test { dkim_key k1 { file "
                "@DIR@/keys/gone.pem; } }\n")
    lab = lab_factory(milter_conf=text, policyd_conf=text)
    stays(lab, "unsigned", sender=eve, author=eve)
    for _ in range(3):
        before = len(deferrals(lab))
        lab.run(["postqueue", "-f"])
        lab.wait(lambda: len(deferrals(lab)) > before, AT_MOST, "a try")
    assert "could not be processed now" in deferrals(lab)[-1]
    becomes(lab, 0, address=eve)


def test_who_may_not_be_written_to_stops_the_message(lab):
    """sendmail has gone: one of several cannot be told."""
    write(lab, "denied", rcpts=["bob@lab.test", "shut@remote.test"])
    lab.wait_for_log(r"status=bounced \(\[\w+\] refused: shut@remote\.test: "
                     r"not to him\)")
    assert used(lab) == 0


def test_others_pay_together(lab):
    """Senders of elsewhere, and nobody: they can be had in any number."""
    passes(lab, "from elsewhere", sender="joe@else.test")
    passes(lab, "from nobody", sender="<>")
    assert "limit of sendmail@mx.lab.test" in stays(
        lab, "from elsewhere too", sender="eve@other.test")
    becomes(lab, 2, address="sendmail@mx.lab.test")
    assert used(lab) == 0


def test_accounts_of_the_host_pay_each(lab):
    passes(lab, "from root", sender="root@mx.lab.test")
    becomes(lab, 1, address="root@mx.lab.test")
    assert used(lab, "sendmail@mx.lab.test") == 0


def test_what_is_passed_on_is_nobodys(lab):
    for number in range(3):
        passes(lab, f"redirected {number}", fields="Received: from far.test "
               "by mx.lab.test; Fri, 20 Nov 2026 10:00:00 +0000\n")
    assert used(lab) == 0


def test_sendmail_bs_pays_where_what_is_passed_on_does(lab):
    """It is an smtpd, and writes a Received field as any."""
    dialogue = ("EHLO here\r\nMAIL FROM:<ann@lab.test>\r\n"
                "RCPT TO:<bob@lab.test>\r\nDATA\r\nSubject: bs\r\n\r\n"
                "hello\r\n.\r\nQUIT\r\n")
    configure(lab, conf(ask=ASK.replace("yes;", "yes; forwarded yes;")))
    try:
        lab.sendmail("-bs", data=dialogue.encode())
        arrival(lab, "bob@lab.test", "bs")
        becomes(lab, 1)
    finally:
        configure(lab, conf())


def test_sieve_answers_on_the_hosts_account_and_passes_on_for_nothing(lab):
    home = lab.places.mail / "lab.test/bob"
    script = home / ".dovecot.sieve"
    lab.run(["install", "-d", "-o", "5000", "-g", "5000", home.parent, home])
    lab.run(["tee", script], input=b'require ["vacation", "copy"]; redirect '
            b':copy "joan@remote.test"; vacation :subject "gone" "away";\n')
    lab.run(["chown", "5000:5000", script])
    try:
        lab.send(mail_from="joan@remote.test", rcpt="bob@lab.test",
                 data=Letter(to="bob@lab.test", subject="for bob").data)
        departed(lab, "for bob")
        departed(lab, "gone")
    finally:
        lab.run(["rm", script])
    becomes(lab, 1, address="sendmail@mx.lab.test")
    assert used(lab, "bob@lab.test") == 0


def test_recipients_and_bytes_are_those_of_the_message(lab):
    more = ("throttle letters { unit recipients; limit 4/1h; }\n"
            "throttle size { unit bytes; limit 1m/1h; }\n")
    configure(lab, conf(LIMITS + more))
    try:
        passes(lab, "to three", rcpts=["bob@lab.test", "carol@second.test",
                                       "ann@lab.test"])
        told = limits(lab, "limits", "ann@lab.test")
        assert "3 of 4 recipients per hour" in told
        size = int(re.search(r"(\d+) of 1048576 bytes per hour", told)[1])
        assert len(Letter().data) / 2 < size < len(Letter().data) * 2
        assert "4 recipients per hour" in stays(
            lab, "to two", rcpts=["bob@lab.test", "carol@second.test"])
    finally:
        configure(lab, conf())


def test_a_limit_can_put_it_on_hold(lab):
    configure(lab, conf(LIMITS.replace("2/1h", "9/1h")))
    try:
        for number in range(3):
            passes(lab, f"before hold {number}")
        write(lab, "held")
        lab.wait(lambda: [entry for entry in lab.queue()
                          if entry["queue_name"] == "hold"], AT_MOST,
                 "one on hold")
        # It is taken: it counts.
        becomes(lab, 4)
    finally:
        configure(lab, conf())


def test_a_message_has_one_id_in_both_daemons(lab):
    passes(lab, "one id by sendmail")
    queue_id = re.findall(r"pickup\[\d+\]: (\w+): uid=", lab.log("mail"))[-1]
    told = lab.dir / "spool" / "policyd.jsonl"
    asked = [json.loads(line) for line in told.read_text().splitlines()]
    ids = {event["id"] for event in asked if event["queue_id"] == queue_id}
    [event] = [event for event in events(lab)
               if event["queue_id"] == queue_id]
    assert ids == {event["id"]}
    assert finding(event, "submission")["reason"] == \
        "submitted as ann@lab.test"


def test_without_policyd_it_waits_until_there_is_one(lab):
    lab.policyd.term()
    try:
        assert "could not be processed now" in stays(lab, "nobody counts")
    finally:
        lab.policyd.start()
    lab.run(["postqueue", "-f"])
    arrival(lab, "bob@lab.test", "nobody counts")
    becomes(lab, 1)


def test_without_policyd_it_passes_where_that_is_wanted(lab):
    configure(lab, conf(ask=ASK.replace("yes;", "yes; on_error pass;")))
    lab.policyd.term()
    try:
        passes(lab, "uncounted")
    finally:
        lab.policyd.start()
        configure(lab, conf())


def test_a_policyd_that_hangs_is_waited_for_until_the_deadline(lab):
    text = conf()
    configure(lab, text.replace("mode enforce;", "mode enforce; "
                                "deadline 1s;", 1))
    lab.policyd.pause()
    try:
        assert "could not be processed now" in stays(lab, "hung")
    finally:
        lab.policyd.resume()
        configure(lab, text)
    lab.run(["postqueue", "-f"])
    arrival(lab, "bob@lab.test", "hung")
    # Of the first try nothing is left but what lapses or was given back.
    becomes(lab, 1)


def test_a_user_is_held_to_his_own_sender_by_postfix(lab_factory):
    """The remedy that our snippet names (Postfix 3.7)."""
    remedy = re.search(r"(?m)^# local_login_sender_maps = (.*)$",
                       SNIPPET.read_text())[1]
    lab = lab_factory(milter_conf=conf(), policyd_conf=conf(), postfix={
        "local_login_sender_maps": remedy.replace("example.org", "lab.test")})
    done = lab.run(["sendmail", "-f", "ann@lab.test", "bob@lab.test"],
                   input=Letter().data, user="nobody", check=False)
    assert done.returncode == 75
    assert b"not authorized to use sender='ann@lab.test'" in done.stderr
    lab.run(["sendmail", "bob@lab.test"], user="nobody",
            input=Letter(subject="as himself").data)
    arrival(lab, "bob@lab.test", "as himself")
    becomes(lab, 1, address="nobody@lab.test")
    assert used(lab) == 0
