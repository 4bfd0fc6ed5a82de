# SPDX-License-Identifier: ISC
"""The command line, asking the milter that serves a real Postfix."""

import json
import subprocess

import pytest
from flow.ours import PROGRAM
from flow.story import Letter, event_of
from lab import milter_conf

TWO_FROM = Letter(more="From: Boss <boss@lab.test>\n")


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    return shared_lab_factory(milter_conf=milter_conf(
        'domain lab.test { dkim_key s1 { file "@DIR@/gone.pem"; } }\n',
        mode="enforce"))


def mailreeve(lab, *argv):
    return subprocess.run(
        [PROGRAM, *argv, "-c", lab.places.milter_conf], check=False,
        capture_output=True, text=True)


def test_why_tells_a_refusal_by_the_id_of_the_reply(lab):
    event = event_of(lab, lab.send(data=TWO_FROM.data))
    done = mailreeve(lab, "why", event["id"])
    assert done.returncode == 0, done.stderr
    for part in (event["id"], event["queue_id"], "ann@lab.test", "refuse",
                 "the message has 2 From fields", "5.6.0"):
        assert part in done.stdout, part


def test_why_takes_the_queue_id_of_postfixs_log(lab):
    sent = lab.send(data=Letter(subject="queue id").data)
    done = mailreeve(lab, "why", sent.queue_id)
    assert done.returncode == 0, done.stderr
    assert event_of(lab, sent)["id"] in done.stdout


def test_why_says_when_it_does_not_know(lab):
    done = mailreeve(lab, "why", "4AAAAAAAAAzzzz")
    assert done.returncode != 0 and done.stdout == ""
    assert "4AAAAAAAAAzzzz" in done.stderr or "no message" in done.stderr


def test_the_status_shows_what_is_degraded(lab):
    done = mailreeve(lab, "status")
    assert "enforce" in done.stdout and "gone.pem" in done.stdout


def test_the_status_as_json_is_that_of_the_control_socket(lab):
    done = mailreeve(lab, "status", "--json")
    told = json.loads(done.stdout)
    told = told if isinstance(told, dict) else told[0]
    assert told["mode"] == "enforce" and told["degraded"]


def test_the_configuration_in_force_is_shown_with_its_origin(lab):
    done = mailreeve(lab, "config", "show")
    assert done.returncode == 0
    assert f"{lab.places.milter_conf}:" in done.stdout


def test_a_milter_that_does_not_run_is_named(lab):
    lab.milter.term()
    try:
        done = mailreeve(lab, "status")
        assert done.returncode != 0
        assert str(lab.places.ctl_socket) in done.stderr
    finally:
        lab.milter.start()
