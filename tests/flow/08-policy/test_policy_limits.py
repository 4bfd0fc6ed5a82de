# SPDX-License-Identifier: ISC
"""Limits behind a real Postfix, counted in a real Redis, milter included."""

import json
import os
import re
from pathlib import Path

import pytest
from flow.story import ULID, Letter, arrival, events
from lab import milter_conf, policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))

LIMITS = """\
domain lab.test { }
domain second.test { }
rule throttle { milter_confirms yes; }
throttle outbound { limit 3/1h; }
throttle pool { per domain; unit recipients; limit 8/1h; }
throttle harm { unit refused; limit 6/1h; action reject; }
throttle strangers { direction inbound; per client; limit 4/1h; }
"""
CONF = milter_conf(LIMITS, mode="enforce") + policyd_conf(
    mode="enforce", events="all")
FORGED = "From: Ann <ann@lab.test>\nFrom: Bob <bob@lab.test>\n"


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF, policyd_conf=CONF)


def redis(lab, *command):
    return lab.run(["redis-cli", "-s", lab.places.redis_socket,
                    *command]).stdout.decode().split()


@pytest.fixture(name="lab")
def lab_fixture(shared):
    """Nothing is counted, nor by policyd while Redis was away."""
    for name in ("", "pool"):
        shared.policyd.ctl("limit-reset", {"address": "ann@lab.test",
                                           "name": name})
    redis(shared, "flushall")
    return shared


def submit(lab, login="ann@lab.test", **more):
    letter = Letter(author=login, subject=more.pop("subject", "limits"),
                    more=more.pop("fields", ""))
    return lab.send(mail_from=login, auth=True, port=PORT_SUBMISSION,
                    data=letter.data, **{"rcpt": "bob@lab.test", **more})


def passes(lab, times, **more):
    for _ in range(times):
        sent = submit(lab, **more)
        assert sent.accepted, sent


def is_refused(lab, **more):
    said = submit(lab, **more).rcpts[0]
    assert said.code == 450, said
    return said.text


def settled(lab):
    """Nothing is reserved any more: the milter's word has come."""
    names = redis(lab, "keys", "*:charge:*") + redis(
        lab, "keys", "*:refused:*")
    waits = [redis(lab, "eval", "local _, _, lapse = struct.unpack('<Bdd', "
                   "redis.call('GET', KEYS[1])) return {lapse < 2^53 and 1 "
                   "or 0}", "1", name) for name in names]
    return names and all(wait[-1] == "0" for wait in waits)


def test_a_login_runs_into_its_limit_and_is_told_when_to_come_back(lab):
    passes(lab, 3)
    assert re.match(
        rf"4\.7\.1 <bob@lab\.test>: .*: \[{ULID}\] try again later: outbound "
        r"limit of ann@lab\.test reached: 3 messages per hour, 3 used; next "
        r"possible at (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC$", is_refused(lab))
    # Others of the domain go on.
    passes(lab, 1, login="carol@second.test")


def test_case_and_a_cc_to_postmaster_change_nothing(lab):
    passes(lab, 3, rcpt=["bob@lab.test", "postmaster@lab.test"])
    is_refused(lab, rcpt=["bob@lab.test", "postmaster@lab.test"])


def test_a_pool_counts_recipients_of_all_of_its_logins(lab):
    everybody = ["ann@lab.test", "bob@lab.test", "carol@second.test",
                 "postmaster@lab.test"]
    passes(lab, 2, rcpt=everybody)
    said = is_refused(lab)
    assert "outbound limit of domain lab.test reached: 8 recipients per " \
        "hour, 8 used" in said


def test_recipients_beyond_the_pool_may_come_with_another_message(lab):
    everybody = ["ann@lab.test", "bob@lab.test", "carol@second.test"]
    passes(lab, 2, rcpt=everybody)
    sent = submit(lab, rcpt=everybody, subject="two of three")
    assert [reply.code for reply in sent.rcpts] == [250, 250, 450]
    assert sent.accepted
    arrival(lab, "bob@lab.test", "two of three")


def test_what_the_milter_refuses_is_given_back(lab):
    for _ in range(5):
        sent = submit(lab, fields=FORGED)
        assert sent.rcpts[0].code == 250 and sent.end.code == 550, sent
        lab.wait(lambda: settled(lab), AT_MOST, "the milter's word")
    passes(lab, 3)
    is_refused(lab)


def test_who_is_refused_too_often_is_stopped_early(lab):
    for _ in range(6):
        assert submit(lab, fields=FORGED).end.code == 550
        lab.wait(lambda: settled(lab), AT_MOST, "the milter's word")
    said = submit(lab).rcpts[0]
    assert said.code == 550 and "6 refusals per hour, 6 used" in said.text
    passes(lab, 1, login="carol@second.test")


def test_what_it_takes_is_confirmed(lab):
    passes(lab, 1)
    lab.wait(lambda: settled(lab), AT_MOST, "the milter's word")
    assert "mailreeve_milter_charges_lost_total 0" in lab.ctl("metrics")


def test_a_client_that_goes_away_before_the_end_is_not_charged(lab):
    for _ in range(5):
        with lab.smtp(client="203.0.113.7") as session:
            session.ehlo()
            session.mail("joe@sender.test")
            assert session.rcpt("ann@lab.test").code == 250
            session.command("DATA")
    assert not redis(lab, "keys", "*:limit:*")


def test_a_stranger_has_a_limit_too(lab):
    for _ in range(4):
        assert lab.send(data=Letter().data).accepted
    assert lab.send(data=Letter().data).rcpts[0].code == 450
    assert lab.send(client="198.51.100.9", data=Letter().data).accepted


def test_a_message_has_one_id_in_both_daemons(lab):
    sent = submit(lab, subject="one id")
    told = lab.dir / "spool" / "policyd.jsonl"
    asked = [json.loads(line) for line in told.read_text().splitlines()]
    ids = {event["id"] for event in asked
           if event["queue_id"] == sent.queue_id}
    judged = {event["id"] for event in events(lab)
              if event["queue_id"] == sent.queue_id}
    assert len(ids) == 1 and ids == judged


def test_a_limit_that_is_raised_keeps_what_was_used(lab):
    passes(lab, 3)
    is_refused(lab)
    lab.policyd.configure(CONF.replace("3/1h", "4/1h"))
    lab.policyd.ctl("reload")
    try:
        passes(lab, 1)
        is_refused(lab)
    finally:
        lab.policyd.configure(CONF)
        lab.policyd.ctl("reload")


def limits(lab, *words):
    return lab.run([BIN / "mailreeve", *words, "-c", lab.places.policyd_conf
                    ]).stdout.decode()


def test_the_administrator_sees_and_resets_what_redis_counts(lab):
    passes(lab, 3)
    told = " ".join(limits(lab, "limits", "ann@lab.test").split())
    assert "3 of 3 messages per hour, ann@lab.test; next possible at" in told
    assert "3 of 8 recipients per hour, domain lab.test" in told
    assert limits(lab, "limit", "reset", "ann@lab.test") == \
        "2 counters begin at zero again\n"
    passes(lab, 3)
    is_refused(lab)


def owed(lab):
    return int(re.search(r"(?m)^mailreeve_policyd_charges_owed (\d+)$",
                         lab.policyd.ctl("metrics"))[1])


FAULTS = {
    "out of memory": (["config", "set", "maxmemory", "1"],
                      ["config", "set", "maxmemory", "0"]),
    "read-only": (["replicaof", "127.0.0.1", "1"], ["replicaof", "no", "one"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_redis_that_will_not_is_stood_in_for_and_paid_later(lab, fault):
    away, back = FAULTS[fault]
    passes(lab, 1)
    redis(lab, *away)
    try:
        passes(lab, 3)
        # It may still answer what is only looked at: then this is the end's
        # word.
        assert submit(lab).last.code in (421, 450)
    finally:
        redis(lab, *back)
    lab.wait(lambda: owed(lab) == 0, AT_MOST, "all to be paid")
    told = " ".join(limits(lab, "limits", "ann@lab.test").split())
    assert "4 of 3 messages per hour" in told


def test_a_redis_that_forgot_all_begins_anew(lab):
    passes(lab, 3)
    is_refused(lab)
    redis(lab, "flushall")
    redis(lab, "script", "flush")
    passes(lab, 3)
    is_refused(lab)


def test_while_redis_is_away_this_host_counts_and_pays_later(lab):
    passes(lab, 1)
    lab.redis.pause()
    try:
        passes(lab, 3)
        is_refused(lab)
        assert owed(lab) > 0
    finally:
        lab.redis.resume()
    lab.wait(lambda: owed(lab) == 0, AT_MOST, "all to be paid")
    # Three passed beyond the one that Redis knew, none was counted twice.
    lab.policyd.configure(CONF.replace("3/1h", "5/1h"))
    lab.policyd.ctl("reload")
    try:
        passes(lab, 1)
        is_refused(lab)
    finally:
        lab.policyd.configure(CONF)
        lab.policyd.ctl("reload")
