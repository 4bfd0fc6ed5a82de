# SPDX-License-Identifier: ISC
"""Start, reload and stop of policyd, and what it tells."""

import re
import signal
import stat
import subprocess

import pytest
from lab.crew import Crew
from lab.hang import hang
from lab.patience import AT_MOST
from policyhost import ECHO, PROGRAM, Gone, PolicyHost, request

DENY = 'access all { client 0.0.0.0/0; action deny; text "no"; }\n'


class Askers(Crew):
    """So many connections that ask all the time: every answer is kept."""

    def __init__(self, policyd, count):
        super().__init__(self._ask, [(policyd,)] * count)
        self.answers = []
        self.faults = []

    def _ask(self, policyd):
        try:
            with policyd.connect() as postfix:
                while not self.is_over.is_set():
                    self.answers.append(postfix.ask())
        except (OSError, Gone) as error:
            self.faults.append(error)


def test_reloads_lose_no_request_and_no_connection(tmp_path):
    with PolicyHost(tmp_path) as policyd:
        with Askers(policyd, 8) as askers:
            for n in range(10):
                policyd.configure(more=DENY if n % 2 == 0 else "")
                policyd.reload()
                # Some have asked since: one that was under way counts not.
                enough = len(askers.answers) + 20
                policyd.wait(lambda: len(askers.answers) > enough
                             or askers.faults, "answers")
        assert askers.faults == []
        assert {re.sub(r"\[\w+\]", "[]", said) for said in askers.answers} \
            == {"DUNNO", "550 5.7.1 [] refused: no"}
        assert policyd.figure("connections_total") == 8
        assert policyd.figure("reloads_total") == 10


def test_a_reload_holds_for_connections_that_are_open(tmp_path):
    with PolicyHost(tmp_path) as policyd, policyd.connect() as postfix:
        assert postfix.ask() == "DUNNO"
        policyd.configure(more=DENY)
        assert policyd.ctl("reload") == '"reloaded"\n'
        assert postfix.ask().endswith("refused: no")
        policyd.configure(more=DENY, mode="observe")
        policyd.reload()
        assert postfix.ask() == "DUNNO"


def test_a_wrong_configuration_is_refused_and_the_old_one_stays(tmp_path):
    with PolicyHost(tmp_path, more=DENY) as policyd, \
            policyd.connect() as postfix:
        policyd.configure(more="access x { action deny; }\n")
        policyd.reload()
        assert "the new configuration is refused" in policyd.log()
        assert "it names nobody" in policyd.log()
        assert postfix.ask().endswith("refused: no")
        assert policyd.figure("reloads_refused_total") == 1


def test_what_holds_after_a_restart_only_is_said(tmp_path):
    with PolicyHost(tmp_path) as policyd:
        policyd.configure(instance_memory="16m")
        policyd.reload()
        assert "instance_memory" in policyd.log()


def test_a_stop_answers_everything_that_was_asked(tmp_path):
    policyd = PolicyHost(tmp_path, more=ECHO).start()
    conns = [policyd.connect() for _ in range(100)]
    for conn in conns:
        conn.send(request(recipient="r1@lab.test") * 20)
    assert policyd.term() == 0, policyd.log()
    for conn in conns:
        for _ in range(20):
            assert conn.read().endswith("answer 1")
        assert conn.is_closed()
        conn.conn.close()
    assert not (tmp_path / "s").exists()


def test_who_stands_in_line_at_a_stop_is_answered(tmp_path):
    """Connected and asked while the daemon could not look."""
    policyd = PolicyHost(tmp_path, more=ECHO).start()
    hang(policyd.process.pid)
    conns = [policyd.connect() for _ in range(50)]
    for conn in conns:
        conn.send(request(recipient="r2@lab.test"))
    policyd.process.send_signal(signal.SIGTERM)
    policyd.process.send_signal(signal.SIGCONT)
    for conn in conns:
        assert conn.read().endswith("answer 2")
        conn.conn.close()
    assert policyd.process.wait(AT_MOST) == 0, policyd.log()


def test_a_request_that_never_ends_does_not_keep_it_from_stopping(tmp_path):
    policyd = PolicyHost(tmp_path).start()
    with policyd.connect() as postfix:
        postfix.send(b"request=smtpd_access_policy\n")
        policyd.wait(lambda: policyd.status()["connections"] == 1, "it")
        assert policyd.term() == 0


def test_a_restart_takes_the_place_of_one_that_was_killed(tmp_path):
    policyd = PolicyHost(tmp_path).start()
    policyd.process.kill()
    policyd.process.wait()
    assert (tmp_path / "s").exists()
    (tmp_path / "log").unlink()
    with policyd, policyd.connect() as postfix:
        assert postfix.ask() == "DUNNO"


def test_a_second_one_is_told_that_the_place_is_taken(tmp_path):
    with PolicyHost(tmp_path) as policyd:
        done = subprocess.run([PROGRAM, "-c", tmp_path / "conf"], timeout=AT_MOST,
                              capture_output=True, text=True)
        assert done.returncode == 2
        assert "another process listens here" in done.stderr
        with policyd.connect() as postfix:
            assert postfix.ask() == "DUNNO"


def test_the_group_may_connect_and_nobody_else(tmp_path):
    with PolicyHost(tmp_path):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o660
        assert stat.S_IMODE((tmp_path / "ctl").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "plugin").stat().st_mode) == 0o660


@pytest.mark.parametrize("settings, words", [
    ({"listen_group": "nobody-has-this"}, "there is no group"),
    ({"deadline": "1h"}, "deadline"),
    ({"listne": "x"}, "did you mean 'listen'"),
])
def test_what_cannot_work_is_said_at_the_start(tmp_path, settings, words):
    PolicyHost(tmp_path, **settings)
    done = subprocess.run([PROGRAM, "-c", tmp_path / "conf"], timeout=AT_MOST,
                          capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_status_and_metrics_tell_what_it_does(tmp_path):
    with PolicyHost(tmp_path, more=DENY) as policyd, \
            policyd.connect() as postfix:
        postfix.ask()
        postfix.ask(protocol_state="DATA")
        status = policyd.status()
        assert (status["daemon"], status["mode"]) == ("policyd", "enforce")
        assert (status["connections"], status["decisions"]) == (1, 2)
        assert status["degraded"] == []
        assert policyd.figure(
            'decisions_total{stage="rcpt",decision="refuse"}') == 1
        assert policyd.figure(
            'decisions_total{stage="data",decision="ham"}') == 1
        assert policyd.figure(
            'rule_results_total{rule="access",result="fail"}') == 1
        assert policyd.figure("instances") == 1
        assert policyd.figure('request_seconds_count') == 2


def test_why_knows_every_answer_and_events_the_decisions(tmp_path):
    with PolicyHost(tmp_path, more=ECHO) as policyd, \
            policyd.connect() as postfix:
        said = postfix.ask(recipient="r1@lab.test")
        postfix.ask(recipient="ann@lab.test")
        postfix.ask(protocol_state="END-OF-MESSAGE", recipient="",
                    recipient_count="1", queue_id="4QxYz")
        ident = re.search(r"\[(\w+)\]", said)[1]
        stories = policyd.ctl("why", {"id": ident})
        assert [(story["stage"], story["decision"], story["recipients"])
                for story in stories] == [
                    ("END-OF-MESSAGE", "ham", ["ann@lab.test"]),
                    ("RCPT", "ham", ["ann@lab.test"]),
                    ("RCPT", "refuse", ["r1@lab.test"])]
        assert policyd.ctl("why", {"id": "4QxYz"}) == stories[:1]
        assert policyd.events() == stories[2:]
        assert policyd.log().count("decision=refuse") == 1
        assert "decision=ham" not in policyd.log()


def test_events_all_are_all(tmp_path):
    with PolicyHost(tmp_path, more=ECHO, events="all") as policyd, \
            policyd.connect() as postfix:
        postfix.ask()
        assert [event["action"] for event in policyd.events()] == ["DUNNO"]


def test_a_clock_can_be_set_in_tests_only(tmp_path):
    with PolicyHost(tmp_path, args=["--test-clock"], events="all") as host, \
            host.connect() as postfix:
        host.ctl("clock", {"now": "2026-11-20T10:00:00Z"})
        postfix.ask()
        assert host.events()[0]["time"] == "2026-11-20T10:00:00.000Z"


def test_a_store_in_memory_is_read_and_written(tmp_path):
    with PolicyHost(tmp_path, store=f'snapshot "{tmp_path}/store"; '
                    "snapshot_every 1s;") as policyd:
        assert policyd.status()["degraded"] == []
        assert policyd.figure("store_under_way") == 0
    (tmp_path / "store").write_text("this is somebody else's file\n")
    done = subprocess.run([PROGRAM, "-c", tmp_path / "conf"], timeout=AT_MOST,
                          capture_output=True, text=True)
    assert done.returncode == 2 and "no snapshot of ours" in done.stderr
    assert (tmp_path / "store").read_text().startswith("this is somebody")


def test_without_a_store_it_serves_and_says_what_does_not_work(tmp_path):
    """It begins without one, and an unreachable one keeps nobody waiting."""
    with PolicyHost(tmp_path, more=ECHO, store=f'where "unix:{tmp_path}/no";'
                    ) as policyd, policyd.connect() as postfix:
        policyd.wait(lambda: policyd.status()["degraded"], "the trouble")
        assert f"{tmp_path}/no" in policyd.status()["degraded"][0]
        assert postfix.ask(recipient="r1@lab.test").endswith("answer 1")
        assert policyd.figure("degraded") >= 1
