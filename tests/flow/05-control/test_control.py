# SPDX-License-Identifier: ISC
"""The control sockets: what the running milter tells, and to whom."""

import json
import socket
import stat

import pytest
from flow.metrics import Exposition
from flow.story import Letter, event_of, refusal, status, wait_until_idle
from lab import milter_conf
from lab.milter import ctl
from lab.patience import AT_MOST

TWO_FROM = Letter(more="From: Boss <boss@lab.test>\n")


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    return shared_lab_factory(milter_conf=milter_conf(
        "domain lab.test { }\n", mode="enforce"))


def plugin(lab, verb, argument=None):
    return ctl(lab.places.sock / "milter-plugin.ctl", verb, argument)


def figures(lab):
    return Exposition(lab.ctl("metrics"))


def test_it_answers_a_ping(lab):
    assert json.loads(lab.ctl("ping")) == "pong"


def test_the_status_tells_how_it_is(lab):
    told = status(lab)
    assert told["daemon"] == "milter" and told["mode"] == "enforce"
    assert told["configuration"] == str(lab.places.milter_conf)
    assert told["listen"] == f"unix:{lab.places.milter_socket}"
    assert told["degraded"] == [] and told["events_lost"] == 0
    assert told["uptime_s"] >= 0 and told["pid"] == lab.milter.pid()


def test_the_status_counts_sessions_and_decisions(lab):
    wait_until_idle(lab)
    before = status(lab)["decisions"]
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        assert status(lab)["sessions"] == 1
        session.rcpt("ann@lab.test")
        assert session.data(Letter().data).code == 250
        assert status(lab)["decisions"] == before + 1
        session.quit()
    wait_until_idle(lab)


def test_why_finds_a_message_by_its_id_and_by_its_queue_id(lab):
    event = event_of(lab, lab.send(data=Letter(subject="why").data))
    assert lab.ctl("why", {"id": event["id"]}) == [event]
    assert lab.ctl("why", {"id": event["id"].lower()}) == [event]
    assert lab.ctl("why", {"id": event["queue_id"]}) == [event]
    assert plugin(lab, "why", {"id": event["id"]}) == [event]


def test_why_finds_a_refused_message_by_the_id_in_the_reply(lab):
    sent = lab.send(data=TWO_FROM.data)
    assert sent.last.code == 550
    [told] = lab.ctl("why", {"id": event_of(lab, sent)["id"]})
    assert told["decision"] == told["done"] == "refuse"
    assert told["id"] in sent.last.text
    assert told["reply"].endswith(sent.last.text.partition("] ")[2])


@pytest.mark.parametrize("verb, argument, code", [
    ("nonsense", None, "unknown-verb"),
    ("why", {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "not-found"),
    ("why", {"id": ""}, "not-found"),
    ("why", {}, "bad-request"),
    ("why", {"id": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]}, "bad-request"),
    ("why", None, "bad-request"),
    ("clock", {"now": "yesterday"}, "bad-request"),
    ("PING", None, "bad-request"),
])
def test_a_request_that_makes_no_sense_gets_a_code(lab, verb, argument, code):
    assert refusal(lab, verb, argument).split(" ")[0] == code


@pytest.mark.parametrize("line", [b"\n", b" \n", b"why {\n", b"why {\"id\"\n",
                                  b"why \x00\xff\n", b"\xff\xfe\n", b"\r\n"])
def test_a_line_of_garbage_gets_an_answer(lab, line):
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(AT_MOST)
        conn.connect(str(lab.places.ctl_socket))
        conn.sendall(line)
        assert conn.recv(4096).startswith(b"ERR bad-request ")
    assert json.loads(lab.ctl("ping")) == "pong"


def test_a_line_without_end_is_hung_up_on(lab):
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(AT_MOST)
        conn.connect(str(lab.places.ctl_socket))
        with pytest.raises(ConnectionError):
            for _ in range(1024):
                conn.sendall(b"x" * 65536)
    assert json.loads(lab.ctl("ping")) == "pong"


def test_several_requests_on_one_connection_are_answered_in_order(lab):
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(AT_MOST)
        conn.connect(str(lab.places.ctl_socket))
        conn.sendall(b"ping\nnonsense\nping\n")
        with conn.makefile("rb") as stream:
            assert stream.readline() == b"OK 7\n"
            assert stream.readline() == b'"pong"\n'
            assert stream.readline().startswith(b"ERR unknown-verb ")
            assert stream.readline() == b"OK 7\n"


def test_the_sockets_are_open_to_whom_they_are_for(lab):
    sock = lab.places.sock
    modes = {name: stat.S_IMODE((sock / name).stat().st_mode)
             for name in ("milter.ctl", "milter-plugin.ctl", "milter")}
    assert modes == {"milter.ctl": 0o600, "milter-plugin.ctl": 0o660,
                     "milter": 0o660}


def test_the_plugins_socket_knows_no_verb_of_the_administrator(lab):
    for verb in ("reload", "clock"):
        with pytest.raises(Exception, match="unknown-verb"):
            plugin(lab, verb, {"now": "0"})


def test_the_metrics_are_prometheus_text(lab):
    now = figures(lab)
    assert now.types["mailreeve_milter_message_seconds"] == "histogram"
    assert {"mailreeve_milter_decisions_total", "mailreeve_milter_sessions",
            "mailreeve_milter_degraded"} <= set(now.types)
    assert all(text.endswith(".") for text in now.help.values())


def test_the_metrics_count_decisions_and_results(lab):
    def counts():
        now = figures(lab)
        return [now.get("mailreeve_milter_decisions_total",
                        direction="inbound", decision=word)
                for word in ("ham", "refuse")] + [
            now.get("mailreeve_milter_check_results_total",
                    check="from_header", result=word)
            for word in ("pass", "permerror")] + [
            now.get("mailreeve_milter_message_seconds_count")]

    before = counts()
    assert lab.send(data=Letter(subject="counted").data).accepted
    assert lab.send(data=TWO_FROM.data).last.code == 550
    assert [now - was for now, was in zip(counts(), before)] == [1, 1, 1, 1, 2]


def test_the_metrics_count_what_broke_off(lab):
    name = "mailreeve_milter_aborts_total"
    before = figures(lab).get(name)
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
    lab.wait(lambda: figures(lab).get(name) == before + 1, AT_MOST,
             "the abort")


def test_the_clock_of_a_test_is_that_of_the_events(lab):
    lab.clock("2031-05-06T07:08:09Z")
    event = event_of(lab, lab.send(data=Letter(subject="later").data))
    assert event["time"].startswith("2031-05-06T07:08:09")


def test_a_reload_is_counted(lab):
    name = "mailreeve_milter_reloads_total"
    before = figures(lab).samples[name]
    assert json.loads(lab.ctl("reload")) == "reloaded"
    after = figures(lab).samples[name]
    assert sum(after.values()) == sum(before.values()) + 1
