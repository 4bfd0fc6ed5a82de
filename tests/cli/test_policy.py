# SPDX-License-Identifier: ISC
"""mailreeve policy test, and why and status of two daemons."""

import json
import re
import sys
from pathlib import Path

import pytest
from cli import mailreeve, refuses, succeeds

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "policyd"))
from policyhost import PolicyHost  # noqa: E402

RULES = """\
access net { client 192.0.2.0/24; action deny; text "go away"; }
access ours { login @lab.test; action allow; }
"""
DENIED = ["client_address=192.0.2.1", "recipient=ann@lab.test"]


@pytest.fixture(scope="module", name="policyd")
def policyd_fixture(tmp_path_factory):
    with PolicyHost(tmp_path_factory.mktemp("p"), more=RULES) as host:
        yield host


def words(text):
    return " ".join(text.split())


def test_a_request_is_judged_without_a_daemon(tmp_path):
    PolicyHost(tmp_path, more=RULES)
    told = succeeds("policy", "test", "-c", tmp_path / "conf", *DENIED)
    assert "refused because access: access net: deny" in words(told)
    assert re.search(r"550 5\.7\.1 \[\w{26}\] refused: go away", words(told))
    assert "Rules access fail access net: deny → refuse" in words(told)


def test_in_json_it_is_the_event(tmp_path):
    PolicyHost(tmp_path, more=RULES, mode="observe")
    event = json.loads(succeeds("policy", "test", "--json", "-c",
                                tmp_path / "conf", *DENIED))
    assert (event["daemon"], event["stage"]) == ("policyd", "RCPT")
    assert (event["decision"], event["done"], event["action"]) \
        == ("refuse", "ham", "DUNNO")


def test_attributes_are_postfix_s(tmp_path):
    PolicyHost(tmp_path, more=RULES)
    event = json.loads(succeeds(
        "policy", "test", "--json", "-c", tmp_path / "conf", *DENIED,
        "sasl_username=ann@lab.test", "sender=SRS0=a=b@lab.test",
        "protocol_state=RCPT", "size=7", "future=x"))
    assert event["action"] == "DUNNO"
    assert (event["login"], event["sender"], event["declared_size"]) \
        == ("ann@lab.test", "SRS0=a=b@lab.test", 7)


def test_the_running_daemon_is_asked_as_postfix_would(policyd):
    before = policyd.status()["decisions"]
    told = succeeds("policy", "test", "--running", "-c",
                    policyd.home / "conf", *DENIED)
    assert "refused: go away" in words(told)
    assert policyd.status()["decisions"] == before + 1


@pytest.mark.parametrize("args, says", [
    ([], "policy test"),
    (["sender"], "is not NAME=VALUE"),
    (["client_adress=192.0.2.1"], "did you mean 'client_address'?"),
    (["request=junk"], "Postfix asks nothing like that"),
    (["size=x"], "Postfix asks nothing like that"),
    (["sender=a\nb=c"], "is not NAME=VALUE"),
    (["sender=" + "x" * 20000], "longer than 16 KB"),
    (["-c", "/nonexistent.conf", "sender=a"], "/nonexistent.conf"),
    (["--running", "queue_id=1"], "queue id is ours"),
])
def test_what_cannot_be_asked_is_refused(tmp_path, args, says):
    PolicyHost(tmp_path)
    if "-c" not in args:
        args = ["-c", tmp_path / "conf", *args]
    assert says in refuses("policy", "test", *args)


def test_a_daemon_that_is_not_there_ends_with_1(tmp_path):
    PolicyHost(tmp_path)
    ended = mailreeve("policy", "test", "--running", "-c", tmp_path / "conf",
                      *DENIED)
    assert ended.status == 1 and "is the daemon running?" in ended.err


def test_why_finds_what_policyd_decided(policyd):
    with policyd.connect() as postfix:
        said = postfix.ask(client_address="192.0.2.1", instance="why-1")
        postfix.ask(protocol_state="DATA", instance="why-1", recipient="",
                    recipient_count="2", queue_id="4QwHy")
    ident = re.search(r"\[(\w+)\]", said)[1]
    by_id = succeeds("why", "-c", policyd.home / "conf", ident)
    assert "policyd on" in by_id and "stage RCPT" in words(by_id)
    # A queue id leads to what was asked before there was one.
    by_queue = succeeds("why", "-c", policyd.home / "conf", "4QwHy")
    assert by_queue == by_id
    events = json.loads(succeeds("why", "--json", "-c",
                                 policyd.home / "conf", "4QwHy"))
    assert [event["stage"] for event in events] == ["DATA", "RCPT"]


def test_status_tells_of_the_daemons_that_the_configuration_names(policyd):
    told = succeeds("status", "-c", policyd.home / "conf")
    assert told.startswith("policyd enforce") or \
        told.startswith("policyd  enforce")
    assert "milter" not in told.replace(str(policyd.home), "")
    assert json.loads(succeeds("status", "--json", "-c",
                               policyd.home / "conf"))["daemon"] == "policyd"


def test_status_of_two_tells_of_the_one_that_answers_and_ends_with_1(policyd):
    conf = policyd.home / "both"
    conf.write_text((policyd.home / "conf").read_text()
                    + f"milter {{ ctl_admin {policyd.home}/none; }}\n")
    ended = mailreeve("status", "-c", conf)
    assert ended.status == 1
    assert ended.out.startswith("policyd") and "/none" in ended.err
