# SPDX-License-Identifier: ISC
"""Mail to users who are near a limit: once in its window, whatever happens."""

import re
import subprocess
import time

import pytest
from lab.patience import AT_MOST
from noticing import LIMIT, MailServer, end, nothing_waits, passes, sent
from policyhost import PROGRAM, PolicyHost
from redishost import RedisHost


@pytest.fixture(name="server")
def server_fixture(tmp_path):
    return MailServer(tmp_path)


def test_who_is_near_the_limit_is_told_once(tmp_path, server):
    server.start()
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 3)
        assert policyd.figure("notices_waiting") == 0
        passes(postfix, 2)
        sent(policyd, 1)
        assert end(postfix).startswith("421 4.7.1")
        nothing_waits(policyd)
        assert len(server.messages()) == 1
        assert policyd.log().count("limit is near:") == 1
        id_of = re.search(r"id=(\w+) queue_id=Q limit is near",
                          policyd.log())[1]
    envelope, told = server.message()
    assert '"mail": "<>' in envelope
    assert '"rcpts": ["<ann@lab.test>"]' in envelope
    assert told["From"] == "postmaster@lab.test"
    assert told["To"] == "ann@lab.test"
    assert told["Auto-Submitted"] == "auto-generated"
    # The milter behind the server writes it.
    assert told["X-Mailreeve-Id"] is None
    text = told.get_payload()
    assert "Mail of ann@lab.test is limited to\n5 messages per hour (the " \
        'limit "outbound").\n4 are used now: 80 %.' in \
        text.replace("\r\n", "\n")
    assert f"the message with the id {id_of}." in text
    assert re.search(r"free again at (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC", text)


def test_limits_tell_when_a_notice_comes(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT) as policyd:
        told = subprocess.run(
            [PROGRAM.parent / "mailreeve", "limits", "ann@lab.test", "-c",
             policyd.home / "conf"], capture_output=True, text=True,
            check=True).stdout
    assert told == "  outbound  0 of 5 messages per hour, ann@lab.test, " \
        "notice at 80 %\n"


WRONG = {
    "another host": (LIMIT + "notices { server inet:25@192.0.2.1; }",
                     "with an address of this host alone"),
    "no address": (LIMIT + "notices { from postmaster; }",
                   "'postmaster' is not an address"),
    "nor one here": (LIMIT + "notices { shared_to @lab.test; }",
                     "'@lab.test' is not an address"),
    "who is refused": ("throttle x { unit refused; limit 1/1h; soft 80; }",
                       "who is refused is told so already"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_makes_no_sense_is_found_at_the_start(tmp_path, case):
    more, complaint = WRONG[case]
    policyd = PolicyHost(tmp_path, more=more + "\n")
    policyd.spawn()
    assert policyd.process.wait(AT_MOST) == 2
    assert complaint in policyd.log()


def test_who_goes_back_and_forth_over_the_mark_is_told_once(tmp_path, server):
    """What the milter refuses is given back: the mark is passed again."""
    server.start()
    with PolicyHost(tmp_path, more=LIMIT + server.section(),
                    args=["--test-clock"]) as policyd, \
            policyd.connect() as postfix:
        now = int(time.time())
        policyd.ctl("clock", {"now": now})
        passes(postfix, 2)
        policyd.ctl("clock", {"now": now + 1800})
        passes(postfix, 2)
        sent(policyd, 1)
        # The first two have left the window, and two more come.
        policyd.ctl("clock", {"now": now + 3700})
        passes(postfix, 2)
        assert policyd.log().count("limit is near:") == 2
        nothing_waits(policyd)
        assert len(server.messages()) == 1
        # So has what was told.
        policyd.ctl("clock", {"now": now + 6000})
        passes(postfix, 2)
        sent(policyd, 2)


def test_a_restart_does_not_repeat_it(tmp_path, server):
    server.start()
    with PolicyHost(tmp_path, more=LIMIT + server.section(),
                    args=["--test-clock"]) as policyd:
        now = int(time.time())
        policyd.ctl("clock", {"now": now})
        with policyd.connect() as postfix:
            passes(postfix, 2)
            policyd.ctl("clock", {"now": now + 1800})
            passes(postfix, 2)
            sent(policyd, 1)
        assert policyd.term() == 0
        policyd.spawn()
        policyd.wait(policyd.listens, "the daemon to serve again")
        policyd.ctl("clock", {"now": now + 3700})
        with policyd.connect() as postfix:
            passes(postfix, 2)
            assert policyd.log().count("limit is near:") == 2
            nothing_waits(policyd)
        assert len(server.messages()) == 1


def test_two_hosts_with_one_store_tell_it_once(tmp_path, server):
    server.start()
    homes = [tmp_path / "one", tmp_path / "two"]
    more = 'host {{ host_id {0}.lab.test; }}\n' + LIMIT.replace(
        "5/1h", "10/1h 10/2h") .replace("{", "{{").replace("}", "}}")
    for home in homes:
        home.mkdir()
    with RedisHost(tmp_path) as redis, \
            PolicyHost(homes[0], store=redis.unix, deadline="10s",
                       more=more.format("one") + server.section()) as one, \
            PolicyHost(homes[1], store=redis.unix, deadline="10s",
                       more=more.format("two") + server.section()) as two, \
            one.connect() as first, two.connect() as second:
        for _ in range(4):
            passes(first, 1)
            passes(second, 1)
        # One for each of the two windows.
        one.wait(lambda: len(server.messages()) == 2, "both notices")
        redis.say("del", *redis.say("keys", "*:limit:*").split())
        for _ in range(4):
            passes(first, 1)
            passes(second, 1)
        # Past the mark again, and asked about by whoever passed it.
        one.wait(lambda: (one.log() + two.log()).count("limit is near") == 4,
                 "the mark to be passed again")
        for host in (one, two):
            nothing_waits(host)
        assert len(server.messages()) == 2


@pytest.mark.parametrize("mode, throttle, common", [
    ("observe", "", ""), ("enforce", "dry_run yes;", ""),
    ("enforce", "", "rule throttle { dry_run yes; }\n")])
def test_what_is_only_tried_out_is_only_logged(tmp_path, server, mode,
                                               throttle, common):
    more = LIMIT.replace("soft", f"{throttle} soft") + common
    with PolicyHost(tmp_path, more=more + server.section(),
                    mode=mode) as policyd, policyd.connect() as postfix:
        passes(postfix, 5)
        assert policyd.log().count("limit is near:") == 1
        assert policyd.figure("notices_waiting") == 0
        assert policyd.figure("notices_retries_total") == 0


def test_without_a_server_it_is_only_logged(tmp_path):
    with PolicyHost(tmp_path, more=LIMIT) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 5)
        assert policyd.log().count("limit is near:") == 1
        assert policyd.figure("notices_waiting") == 0


def test_what_is_refused_by_another_rule_warns_nobody(tmp_path, server):
    more = LIMIT + "throttle other { limit 3/1h; }\n" + server.section()
    with PolicyHost(tmp_path, more=more) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 3)
        assert end(postfix).startswith("421")
        assert "limit is near" not in policyd.log()


def test_limits_of_many_are_told_to_who_answers_for_them(tmp_path, server):
    server.start()
    more = "throttle pool { per domain; limit 5/1h; soft 50; }\n" \
        "throttle host { per client; limit 5/1h; soft 50; }\n" \
        + server.section("shared_to chief@lab.test;")
    with PolicyHost(tmp_path, more=more) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 4)
        sent(policyd, 1)
        # Of a client nobody is told but the log.
        assert policyd.log().count("limit is near:") == 2
    envelope, told = server.message()
    assert '"rcpts": ["<chief@lab.test>"]' in envelope
    assert told["Subject"] == "A shared mail limit is 60 % used"
    assert "Mail of domain lab.test is limited to" in told.get_payload()


# Sizes of messages, and behind which of them a line is logged.
MARKS = {
    "a limit of one is near with its first": ("limit 1/1h; soft 80;", [1], 1),
    "the mark is not less than was said": ("limit 3/1h; soft 50;",
                                           [1, 1, 1], 2),
    "all of it": ("limit 3/1h; soft 100;", [1, 1, 1], 3),
    "one step over all": ("limit 10/1h; unit bytes; soft 50;", [10], 1),
    "up to the mark": ("limit 10/1h; unit bytes; soft 50;", [4, 1, 5], 2),
    "only short of it": ("limit 10/1h; unit bytes; soft 50;", [4], 0),
    "never, where it is off": ("limit 3/1h;", [1, 1, 1], 0),
}


@pytest.mark.parametrize("case", MARKS)
def test_the_mark_is_passed_once_and_exactly(tmp_path, case):
    limit, sizes, marked = MARKS[case]
    with PolicyHost(tmp_path, more=f"throttle x {{ {limit} }}\n"
                    ) as policyd, policyd.connect() as postfix:
        for number, size in enumerate(sizes, 1):
            passes(postfix, 1, size=str(size))
            assert policyd.log().count("limit is near:") == \
                (0 < marked <= number)


WORDS = {
    "defer": ("limit 50/2h;", "40 are used now", "counts for 2 hours.",
              "not taken for the time being", "once per 2 hours."),
    "reject": ("limit 1000/1d; unit recipients;", "800 are used now",
               "counts for one day.", "are refused", "once per day."),
    "hold": ("limit 100/30m; unit bytes;", "limited to\n100 bytes per 30 "
             "minutes", "counts for 30 minutes.", "put on hold",
             "once per 30 minutes."),
}


@pytest.mark.parametrize("action", WORDS)
def test_the_words_are_those_of_the_limit(tmp_path, server, action):
    server.start()
    limit, *words = WORDS[action]
    more = f"throttle x {{ {limit} action {action}; soft 80; }}\n"
    with PolicyHost(tmp_path, more=more + server.section()) as policyd, \
            policyd.connect() as postfix:
        for _ in range(40):
            passes(postfix, 1, recipient_count="20", size="2")
        sent(policyd, 1)
    text = server.message()[1].get_payload().replace("\r\n", "\n")
    for word in words:
        assert word in text


def test_a_login_without_a_domain_has_that_of_from(tmp_path, server):
    server.start()
    with PolicyHost(tmp_path, more=LIMIT + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 4, login="joe", sender="joe@lab.test")
        sent(policyd, 1)
    assert '"rcpts": ["<joe@lab.test>"]' in server.message()[0]


def test_an_alias_is_told_as_its_owner(tmp_path, server):
    server.start()
    more = LIMIT + "alias boss@lab.test { to ann@lab.test; }\n"
    with PolicyHost(tmp_path, more=more + server.section()) as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 2, login="Boss@Lab.test")
        passes(postfix, 2)
        sent(policyd, 1)
    assert '"rcpts": ["<ann@lab.test>"]' in server.message()[0]
