# SPDX-License-Identifier: ISC
"""What policyd says while its Redis is away, slow, deaf, full or forgetful, and
what is counted afterwards: each message that passed, once (DESIGN 7)."""

import contextlib
import itertools
import re
import shutil
import subprocess
import time

import pytest
from lab.crew import Crew
from lab.patience import PATIENCE
from policyhost import PROGRAM, Gone, PolicyHost

LIMIT = 10
# One user for each on_error; dave has no limit, and asks no store.
RULES = f"""\
throttle easy {{ limit none; on_error pass; }}
throttle careful {{ limit none; on_error defer; }}
throttle strict {{ limit none; on_error reject; }}
user ann@lab.test {{ limits easy={LIMIT}/1h; }}
user bob@lab.test {{ limits careful={LIMIT}/1h; }}
user carol@lab.test {{ limits strict={LIMIT}/1h; }}
"""
# The deadline is 250 ms. A busy machine may wake us later, but not by this.
LATE_MS = 1000 * PATIENCE
NUMBERS = itertools.count()


def send(postfix, login="ann@lab.test"):
    """A message at its end: what is said to it."""
    number = next(NUMBERS)
    return postfix.ask(instance=f"i{number}", sasl_username=login,
                       protocol_state="END-OF-MESSAGE", sender=login,
                       recipient="x@elsewhere.test", recipient_count="1",
                       queue_id=f"Q{number}")


def passes(postfix, times, login="ann@lab.test"):
    """How many of them passed; who did not ran into the limit."""
    said = [send(postfix, login) for _ in range(times)]
    passed = said.count("DUNNO")
    assert all(f"{LIMIT} messages per hour" in one for one in said
               if one != "DUNNO"), said
    return passed


def used(policyd, login="ann@lab.test"):
    [limit] = policyd.ctl("limits", {"address": login})["limits"]
    return limit["used"]


def status(policyd):
    """What the administrator reads."""
    return subprocess.run(
        [PROGRAM.parent / "mailreeve", "status", "-c", policyd.home / "conf"],
        capture_output=True, text=True, check=False).stdout


def is_well(policyd):
    return policyd.figure("charges_owed") == 0 and \
        not policyd.status()["degraded"]


def connected(policyd):
    """It is asked from the first message on."""
    policyd.wait(lambda: policyd.figure("store_connects_total") > 0,
                 "the store")
    return policyd


# --- one fault, all of it -----------------------------------------------------

@contextlib.contextmanager
def killed(redis, _relay):
    redis.kill()
    yield
    redis.start()


@contextlib.contextmanager
def hung(redis, _relay):
    redis.pause()
    try:
        yield
    finally:
        redis.resume()


@contextlib.contextmanager
def a_replica(redis, _relay):
    redis.say("replicaof", "127.0.0.1", "1")
    yield
    redis.say("replicaof", "no", "one")


@contextlib.contextmanager
def without_rights(redis, _relay):
    redis.say("acl", "setuser", "default", "-@write")
    yield
    redis.say("acl", "setuser", "default", "+@write")


@contextlib.contextmanager
def out_of_memory(redis, _relay):
    redis.say("config", "set", "maxmemory-policy", "noeviction")
    redis.say("config", "set", "maxmemory", "1")
    yield
    redis.say("config", "set", "maxmemory", "0")


@contextlib.contextmanager
def slow(_redis, relay):
    relay.delay = 0.2
    yield
    relay.delay = 0


@contextlib.contextmanager
def acting_without_a_word(_redis, relay):
    relay.to_lose = 1000000
    yield
    relay.to_lose = 0
    assert relay.lost > 0


FAULTS = {
    "killed": (killed, "unix"),
    "killed, over TCP": (killed, "tcp"),
    "hung": (hung, "unix"),
    "hung, over TCP": (hung, "tcp"),
    "read-only": (a_replica, "unix"),
    "read-only for us": (without_rights, "unix"),
    "out of memory": (out_of_memory, "unix"),
    "slow": (slow, "relay"),
    "acting, its answers lost": (acting_without_a_word, "relay"),
}


def slowest_ms(policyd, logins, first):
    """By policyd's own clock, of the events since."""
    return max(event["total_ms"] for event in policyd.events()[first:]
               if event["login"] in logins)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_redis(tmp_path, redis, relay, name):
    fault, link = FAULTS[name]
    store = {"unix": redis.unix, "tcp": redis.tcp, "relay": relay.where}[link]
    with PolicyHost(tmp_path, more=RULES, store=store, events="all",
                    args=["--test-clock"]) as policyd, \
            connected(policyd).connect() as postfix:
        passed = {"ann": passes(postfix, 4), "bob": 0, "carol": 0}
        for login in ("bob", "carol"):
            passed[login] += send(postfix, f"{login}@lab.test") == "DUNNO"
        first = len(policyd.events())
        with fault(redis, relay):
            told = {"ann": passes(postfix, LIMIT + 2)}
            for login in ("bob", "carol", "dave"):
                said = [send(postfix, f"{login}@lab.test") for _ in range(2)]
                told[login] = {one[:9] for one in said}
                if login in passed:
                    passed[login] += said.count("DUNNO")
            passed["ann"] += told["ann"]
            # Each by the on_error of its rule; a slow one may be in time.
            maybe = {"DUNNO"} if fault is slow else set()
            assert told["bob"] <= {"421 4.7.1"} | maybe
            assert told["carol"] <= {"521 5.7.1"} | maybe
            assert told["dave"] == {"DUNNO"}
            # The store and this host alone: the limit once more, no more.
            assert passed["ann"] <= 2 * LIMIT
            assert told["ann"] == LIMIT or fault is slow
            # It can be seen.
            policyd.wait(lambda: policyd.status()["degraded"], "the trouble")
            assert policyd.figure("degraded") >= 1
            assert policyd.figure('rule_failed_total{rule="throttle"}') > 0
            assert "\n  degraded\n" in status(policyd)
            limited = slowest_ms(policyd, {f"{who}@lab.test" for who in
                                           passed}, first)
            free = slowest_ms(policyd, {"dave@lab.test"}, first)
            print(f"the slowest answer: {limited} ms; {free} ms without limit")
            assert limited < LATE_MS
        policyd.wait(lambda: is_well(policyd), "it to be well again")
        # What was reserved for a refused one, and whose release went astray,
        # lapses in a minute.
        policyd.ctl("clock", {"now": str(int(time.time()) + 120)})
        assert {who: used(policyd, f"{who}@lab.test") for who in passed} == \
            passed


# --- moments ------------------------------------------------------------------

def test_an_answer_that_is_lost_is_asked_for_again(tmp_path, redis, relay):
    """It acted before the connection broke: asked again, it counts once."""
    with PolicyHost(tmp_path, more=RULES, store=relay.where + " timeout 5s;",
                    deadline="10s") as policyd, \
            connected(policyd).connect() as postfix:
        for n in range(LIMIT):
            relay.to_lose = 1
            assert send(postfix) == "DUNNO"
            assert relay.lost == n + 1
        assert "limit of ann@lab.test reached" in send(postfix)
        assert policyd.figure("store_repeated_total") >= LIMIT
        assert used(policyd) == LIMIT and is_well(policyd)


def test_a_redis_that_is_flushed_begins_anew(tmp_path, redis):
    with PolicyHost(tmp_path, more=RULES, store=redis.unix) as policyd, \
            connected(policyd).connect() as postfix:
        passes(postfix, 7)
        redis.say("flushall")
        redis.say("script", "flush")
        passed = passes(postfix, 12)
        policyd.wait(lambda: is_well(policyd), "it to be well")
        assert used(policyd) == passed >= LIMIT


def test_a_start_while_redis_hangs_serves_at_once(tmp_path, redis):
    with contextlib.ExitStack() as stack:
        with hung(redis, None):
            policyd = stack.enter_context(PolicyHost(
                tmp_path, more=RULES, store=redis.unix))
            postfix = stack.enter_context(policyd.connect())
            assert passes(postfix, LIMIT + 2) == LIMIT
            assert send(postfix, "bob@lab.test").startswith("421 4.7.1")
            assert policyd.status()["degraded"]
        policyd.wait(lambda: is_well(policyd), "it to be well")
        assert used(policyd) == LIMIT


def test_a_stop_while_redis_hangs_ends_and_tells_what_is_lost(
        tmp_path, redis):
    with PolicyHost(tmp_path, more=RULES, store=redis.unix) as policyd, \
            connected(policyd).connect() as postfix:
        passes(postfix, 2)
        with hung(redis, None):
            assert passes(postfix, 3) == 3
            assert policyd.term() == 0
        lost = re.search(r"never came to the store: (\d+)", policyd.log())
        assert int(lost[1]) == 3


def test_a_disk_that_takes_no_snapshot_is_told_and_hurts_nobody(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    with PolicyHost(tmp_path, more=RULES, store=f'snapshot "{place}/store"; '
                    "snapshot_every 1s;") as policyd, \
            policyd.connect() as postfix:
        passes(postfix, 1)
        policyd.wait((place / "store").exists, "a snapshot")
        shutil.rmtree(place)
        passes(postfix, 1)
        policyd.wait(lambda: policyd.status()["degraded"], "the trouble")
        assert str(place) in policyd.status()["degraded"][0]
        assert passes(postfix, 2) == 2
        place.mkdir()
        policyd.wait(lambda: is_well(policyd), "it to be well")
        assert policyd.term() == 0
        policyd.spawn()
        policyd.wait(policyd.listens, "it to serve again")
        assert used(policyd) == 4


class Senders(Crew):
    """Logins that send all the time, each on a connection of its own. Answers
    that begin with MAY_BE are no fault, and count as tries."""

    def __init__(self, policyd, logins, may_be="DUNNO"):
        super().__init__(self._send, [(policyd, one) for one in logins])
        self.passed = dict.fromkeys(logins, 0)
        self.tries = dict.fromkeys(logins, 0)
        self.may_be = ("DUNNO", may_be)
        self.others = []

    def _send(self, policyd, login):
        try:
            with policyd.connect() as postfix:
                while not self.is_over.is_set():
                    said = send(postfix, login)
                    if not said.startswith(self.may_be):
                        self.others.append(said)
                        return
                    self.passed[login] += said == "DUNNO"
                    self.tries[login] += 1
                    time.sleep(0.001)
        except (OSError, Gone) as error:
            self.others.append(error)

    def more(self, policyd, count=5):
        """Until each has sent so many more."""
        enough = {who: n + count for who, n in self.tries.items()}
        policyd.wait(lambda: self.others or all(
            self.tries[who] >= enough[who] for who in enough), "messages")


MANY = "throttle many { limit 1000000/1d; }\n"
LOGINS = [f"user{n}@lab.test" for n in range(8)]


def test_what_is_sent_while_redis_comes_and_goes_is_counted_once(
        tmp_path, redis):
    """Killed and hung amid traffic of many."""
    with PolicyHost(tmp_path, more=MANY, store=redis.unix) as policyd:
        connected(policyd)
        with Senders(policyd, LOGINS) as senders:
            for turn in range(4):
                senders.more(policyd)
                with (killed, hung)[turn % 2](redis, None):
                    senders.more(policyd)
                policyd.wait(lambda: is_well(policyd), "it to be well")
        assert senders.others == []
        policyd.wait(lambda: is_well(policyd), "it to be well")
        assert policyd.figure("charges_lost_total") == 0
        assert {who: used(policyd, who) for who in LOGINS} == senders.passed


def test_what_is_reserved_while_redis_comes_and_goes_is_counted_once(
        tmp_path, redis):
    """Who is refused meanwhile is reserved first, and settled at the answer:
    any of the three may be lost."""
    with PolicyHost(tmp_path, more=MANY.replace("; }", "; on_error defer; }"),
                    store=redis.unix, args=["--test-clock"]) as policyd:
        connected(policyd)
        with Senders(policyd, LOGINS, may_be="421 4.7.1") as senders:
            for _ in range(4):
                senders.more(policyd)
                with killed(redis, None):
                    senders.more(policyd)
                policyd.wait(lambda: is_well(policyd), "it to be well")
            senders.more(policyd)
        assert senders.others == []
        policyd.wait(lambda: is_well(policyd), "it to be well")
        policyd.ctl("clock", {"now": str(int(time.time()) + 120)})
        assert {who: used(policyd, who) for who in LOGINS} == senders.passed
        assert senders.passed != senders.tries


def test_a_redis_that_is_flushed_amid_traffic_refuses_nobody(tmp_path, redis):
    with PolicyHost(tmp_path, more=MANY, store=redis.unix) as policyd:
        connected(policyd)
        with Senders(policyd, LOGINS) as senders:
            for _ in range(5):
                senders.more(policyd)
                redis.say("flushall")
                redis.say("script", "flush")
            senders.more(policyd)
        assert senders.others == []
        policyd.wait(lambda: is_well(policyd), "it to be well")
        assert all(0 < used(policyd, who) < senders.passed[who]
                   for who in LOGINS)


# --- how much too much --------------------------------------------------------

def test_a_redis_that_flaps_lets_pass_the_limit_once_more(tmp_path, redis):
    with PolicyHost(tmp_path, more=RULES, store=redis.unix) as policyd, \
            connected(policyd).connect() as postfix:
        passed = 0
        for _ in range(5):
            passed += passes(postfix, 3)
            with killed(redis, None):
                passed += passes(postfix, 4)
            policyd.wait(lambda: is_well(policyd), "it to be well")
        assert LIMIT < passed <= 2 * LIMIT
        assert used(policyd) == passed


def test_each_host_lets_pass_the_limit_once_while_redis_is_away(
        tmp_path, redis):
    """DESIGN 7: hosts times the limit, and what the store had admitted."""
    with contextlib.ExitStack() as stack:
        hosts, postfixes = [], []
        for n in range(3):
            (tmp_path / f"h{n}").mkdir()
            host = stack.enter_context(PolicyHost(
                tmp_path / f"h{n}", store=redis.unix,
                more=RULES + f"host {{ host_id mx{n}; }}\n"))
            hosts.append(connected(host))
            postfixes.append(stack.enter_context(host.connect()))
        passed = passes(postfixes[0], 2)
        with hung(redis, None):
            away = [passes(one, LIMIT + 3) for one in postfixes]
        assert away == [LIMIT] * 3
        for host in hosts:
            host.wait(lambda: is_well(host), "it to be well")
        assert [used(host) for host in hosts] == [passed + 3 * LIMIT] * 3
        # They agree again.
        assert [passes(one, 1) for one in postfixes] == [0] * 3


# --- clocks -------------------------------------------------------------------

NOON = 1795176000               # 2026-11-20T12:00:00Z
HOUR = 3600


@pytest.mark.parametrize("where", ["memory", "redis"])
def test_a_clock_that_steps_lets_nobody_pass_and_locks_nobody_out(
        tmp_path, redis, where):
    """An hour forth and back: at worst a window more is waited for."""
    store = redis.unix + " timeout 5s;" if where == "redis" else None
    with PolicyHost(tmp_path, more=RULES, store=store, deadline="10s",
                    args=["--test-clock"]) as policyd, \
            policyd.connect() as postfix:
        def at(seconds):
            policyd.ctl("clock", {"now": str(NOON + seconds)})
            return passes(postfix, LIMIT + 1)

        assert at(0) == LIMIT
        assert at(HOUR - 1) == 0
        # An hour ahead: the window is over by that clock.
        assert at(HOUR + 120) == LIMIT
        # Back: what was counted ahead counts as counted now.
        assert at(120) == 0
        assert at(HOUR + 119) == 0
        assert at(HOUR + 240) == LIMIT
        assert policyd.figure("late_total") == 0 and is_well(policyd)


def test_a_clock_that_steps_ends_no_request_and_no_connection(
        tmp_path, redis):
    """Deadlines and idle times are measured by a clock that does not step."""
    with PolicyHost(tmp_path, more=MANY, store=redis.unix + " timeout 5s;",
                    deadline="10s", args=["--test-clock"]) as policyd:
        connected(policyd)
        with Senders(policyd, LOGINS) as senders:
            for step in (HOUR, -HOUR, 30 * 24 * HOUR, 0):
                policyd.ctl("clock", {"now": str(NOON + step)})
                senders.more(policyd)
        assert senders.others == []
        assert policyd.figure("late_total") == 0
        assert policyd.figure("connections_idle_total") == 0
        assert policyd.figure("connections_total") == len(LOGINS)
