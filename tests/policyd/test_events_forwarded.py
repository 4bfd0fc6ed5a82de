# SPDX-License-Identifier: ISC
"""Events go on to the stream mr:events: each once, in order, whatever becomes
of Redis or of policyd in between (DESIGN 6)."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from lab.lab import CHECKOUT
from policyhost import PolicyHost
from test_store_faults import FAULTS, hung, killed, without_rights

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))
DENY = "access stop { recipient stop@lab.test; action deny; }\n"
ALL_ENTRIES = """\
local out = {}
for _, entry in ipairs(redis.call('XRANGE', 'mr:events', '-', '+')) do
    assert(#entry[2] == 2 and entry[2][1] == 'event')
    out[#out + 1] = entry[2][2]
end
return table.concat(out, '\\n')
"""


def host(tmp_path, store, **settings):
    return PolicyHost(tmp_path, more=DENY, store=store, **settings)


def refuse(policyd, numbers):
    """So many requests that make events; the sender has the number."""
    with policyd.connect() as postfix:
        for number in numbers:
            said = postfix.ask(recipient="stop@lab.test", instance=f"i{number}",
                               sender=f"n{number}@sender.test")
            assert said.startswith("550 5.7.1"), said


def stream(redis):
    """The numbers of the events there."""
    lines = redis.say("eval", ALL_ENTRIES, "0").splitlines()
    return [number(json.loads(line)) for line in lines]


def start_again(policyd):
    (policyd.home / "log").unlink()     # it says when this one is ready
    policyd.start()


def number(event):
    return int(re.fullmatch(r"n(\d+)@sender.test", event["sender"])[1])


def is_degraded(policyd):
    """One sentence for one cause: the store's own, once that was asked."""
    told = policyd.status()
    return told["degraded"] and told["events_waiting"] > 0


def arrived(policyd, redis, count):
    """Once each and in order, and that is told."""
    policyd.wait(lambda: policyd.status()["events_waiting"] == 0 and
                 not policyd.status()["degraded"], "the events to be sent")
    assert stream(redis) == list(range(count))
    assert policyd.figure("events_lost_total") == 0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_delays_events_and_nothing_else(tmp_path, redis, relay, name):
    fault, way = FAULTS[name]
    where = {"unix": redis.unix, "tcp": redis.tcp, "relay": relay.where}[way]
    with host(tmp_path, where) as policyd:
        refuse(policyd, range(10))
        with fault(redis, relay):
            refuse(policyd, range(10, 20))
            if way != "relay":
                policyd.wait(lambda: is_degraded(policyd), "the trouble")
                assert policyd.status()["events_waiting"] > 0
            refuse(policyd, range(20, 30))
            if relay.to_lose:
                policyd.wait(lambda: relay.lost, "an answer to be lost")
        refuse(policyd, range(30, 40))
        arrived(policyd, redis, 40)
        assert policyd.status()["events_forwarded"] == 40


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("fault", [killed, hung, without_rights])
def test_what_waits_outlives_the_daemon(tmp_path, redis, fault, signum):
    with host(tmp_path, redis.unix) as policyd:
        refuse(policyd, range(10))
        with fault(redis, None):
            for first in (10, 20):
                refuse(policyd, range(first, first + 10))
                policyd.term(signum)
                start_again(policyd)
            assert policyd.status()["events_waiting"] >= 20
        refuse(policyd, range(30, 40))
        arrived(policyd, redis, 40)


def test_a_stop_sends_what_waits(tmp_path, redis):
    """Unless the machine is too busy for that: one of many tries."""
    with host(tmp_path, redis.unix) as policyd:
        for count in range(10, 210, 10):
            arrived(policyd, redis, count - 10)
            refuse(policyd, range(count - 10, count))
            assert policyd.term() == 0
            is_sent = stream(redis) == list(range(count))
            start_again(policyd)
            if is_sent:
                break
        assert is_sent
        arrived(policyd, redis, count)


def test_an_answer_that_was_lost_with_the_daemon_adds_nothing(
        tmp_path, redis, relay):
    """Redis has them, and only Redis knows."""
    with host(tmp_path, relay.where) as policyd:
        refuse(policyd, range(10))
        arrived(policyd, redis, 10)
        relay.to_lose = 1000000
        refuse(policyd, range(10, 20))
        policyd.wait(lambda: relay.lost and len(stream(redis)) == 20,
                     "the events to be there")
        assert policyd.status()["events_waiting"] == 10
        policyd.term(signal.SIGKILL)
        relay.to_lose = 0
        start_again(policyd)
        refuse(policyd, range(20, 30))
        arrived(policyd, redis, 30)


def test_many_events_come_across_all_files(tmp_path, redis):
    with host(tmp_path, redis.unix, event_spool_size="1m") as policyd:
        for first in range(0, 1500, 500):
            refuse(policyd, range(first, first + 500))
            policyd.wait(lambda: policyd.status()["events_waiting"] == 0,
                         "the events to be sent")
        arrived(policyd, redis, 1500)
    assert len(list((tmp_path / "spool").glob("policyd-*.jsonl"))) > 1


def test_what_the_spool_cannot_hold_is_counted_as_lost(tmp_path, redis):
    with host(tmp_path, redis.unix, event_spool_size="1m") as policyd:
        refuse(policyd, range(10))
        arrived(policyd, redis, 10)
        with killed(redis, None):
            refuse(policyd, range(10, 3000))
            status = policyd.status()
            lost = status["events_lost"]
            assert lost > 100
            assert status["events_waiting"] == 2990 - lost
            assert policyd.figure("events_lost_total") == lost
            assert "events are lost" in policyd.log()
        policyd.wait(lambda: policyd.status()["events_waiting"] == 0,
                     "the events to be sent")
        there = stream(redis)
        assert len(there) == 3000 - lost and there[-1] == 2999
        assert there == sorted(set(there)) and there[:10] == list(range(10))
        assert policyd.status()["events_lost"] == lost


def test_the_stream_keeps_about_as_many_as_it_may(tmp_path, redis):
    with host(tmp_path, redis.unix, event_stream=200) as policyd:
        refuse(policyd, range(1000))
        policyd.wait(lambda: policyd.status()["events_waiting"] == 0,
                     "the events to be sent")
        there = stream(redis)
        assert 200 <= len(there) <= 300
        assert there == list(range(1000 - len(there), 1000))


@pytest.mark.parametrize("store, settings", [
    ("where memory; snapshot none;", {}),
    (None, {"event_stream": 0}),
])
def test_without_a_stream_events_stay_in_their_files(tmp_path, redis, store,
                                                     settings):
    with host(tmp_path, store or redis.unix, **settings) as policyd:
        refuse(policyd, range(10))
        status = policyd.status()
        assert status["events_forwarded"] is status["events_waiting"] is None
        assert status["events_lost"] == 0
        assert "events_waiting" not in policyd.ctl("metrics")
        assert [number(event) for event in policyd.events()] == \
            list(range(10))
    assert redis.say("exists", "mr:events") == "0"
    assert not (tmp_path / "spool" / "policyd.position").exists()


def as_user(tmp_path, redis, *rights):
    """The store's settings for a user with these rights alone."""
    redis.say("acl", "setuser", "reeve", "reset", "on", ">secret", *rights)
    password = tmp_path / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    return f'{redis.unix} user reeve; password_file "{password}";'


def documented_rights():
    """As `store.user` tells the administrator."""
    told = subprocess.run([BIN / "mailreeve", "config", "explain",
                           "store.user"], capture_output=True, text=True,
                          check=True).stdout
    return re.search(r"~mr:[^;]+", " ".join(told.split()))[0].split()


def test_the_documented_rights_suffice(tmp_path, redis):
    rights = documented_rights()
    assert rights[0] == "~mr:*" and len(rights) > 3
    with host(tmp_path, as_user(tmp_path, redis, *rights)) as policyd:
        refuse(policyd, range(10))
        arrived(policyd, redis, 10)
    assert sorted(redis.say("keys", "*").split())[0] == "mr:events"


def test_a_user_who_may_only_read_is_named_and_mail_goes_on(tmp_path, redis):
    with host(tmp_path, as_user(
            tmp_path, redis, "~mr:*", "+@read", "+@scripting",
            "+@connection")) as policyd:
        refuse(policyd, range(10))
        # As the store's own trouble where it was looked for, too: it is when
        # it was not connected yet at the first look.
        policyd.wait(lambda: any(
            "ACL SETUSER" in text and (text.startswith("unix:") or
            "events wait in their files (10)" in text)
            for text in policyd.status()["degraded"]), "the trouble")
        assert policyd.status()["events_waiting"] == 10
        refuse(policyd, range(10, 20))
        redis.say("acl", "setuser", "reeve", "+@write")
        arrived(policyd, redis, 20)
