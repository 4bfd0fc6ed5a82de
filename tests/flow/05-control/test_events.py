# SPDX-License-Identifier: ISC
"""The event files: one JSON line a decision, and never more than allowed."""

import json

import pytest
from flow.story import (Letter, event_of, events, finding, raw_fields, status,
                        wait_until_idle)
from lab import milter_conf
from milterclient import MilterClient

CONF = milter_conf("domain lab.test { }\n", mode="enforce",
                   event_spool_size="1m")
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF)


def test_an_event_tells_the_whole_story(lab):
    letter = Letter(subject="the story")
    sent = lab.send(data=letter.data, rcpt=["ann@lab.test", "bob@lab.test"],
                    mail_from="joan@sender.test")
    event = event_of(lab, sent)
    named = dict(raw_fields(letter.data))
    assert event["queue_id"] == sent.queue_id
    assert event["daemon"] == "milter" and event["host"] == "mx.lab.test"
    assert event["direction"] == "inbound" and event["login"] is None
    assert event["client"] == {
        "address": "203.0.113.7", "name": "mail.sender.test",
        "helo": "mail.sender.test", "tls": None, "is_local": False}
    assert event["sender"] == "joan@sender.test"
    assert event["recipients"] == ["ann@lab.test", "bob@lab.test"]
    assert event["recipient_count"] == 2
    assert event["from"] == ["joan@sender.test"]
    assert event["message_id"] == named["Message-ID"].decode().strip()
    assert 0 < event["size_bytes"] <= len(letter.data)
    assert (event["decision"], event["done"]) == ("ham", "ham")
    assert event["reply"] is None and event["sentence"].startswith("delivered")
    assert finding(event, "from_header")["result"] == "pass"
    assert event["total_ms"] >= event["waited_ms"] >= 0


def test_the_log_line_of_a_decision_names_the_same(lab):
    sent = lab.send(data=Letter(subject="logged").data)
    event = event_of(lab, sent)
    line = lab.wait_for_log(rf".*queue_id={sent.queue_id}.*", "milter")[0]
    for part in (f"id={event['id']}", "decision=ham", "done=ham",
                 "client=203.0.113.7", "sender=a@sender.test", "rcpts=1",
                 f'why="{event["sentence"]}"'):
        assert part in line


def test_a_session_without_a_message_leaves_no_event(lab):
    count = len(events(lab))
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        session.command("RSET")
        session.quit()
    assert len(events(lab)) == count


def test_what_a_stranger_writes_is_cut_and_stays_one_line_of_json(lab):
    """In the event whole characters up to a length, in the log no control."""
    letter = Letter(author='"\x01\x7f\\"\u2028\udcff" <joan@sender.test>',
                    more="Message-ID: <" + "\u00e4" * 900 + ">\n")
    event = event_of(lab, lab.send(
        helo="h" * 300, data=letter.data, rcpt_args="", rcpt=[
            f"ann+{n}@lab.test" for n in range(60)]))
    assert event["recipient_count"] == 60 and len(event["recipients"]) == 50
    assert len(event["message_id"]) <= 500
    line = lab.wait_for_log(rf".*{event['id']}.*", "milter")[0]
    assert all(c.isprintable() for c in line)


def play(lab, count):
    with MilterClient(f"unix:{lab.places.milter_socket}") as mta:
        mta.connect("unknown", "198.51.100.9")
        mta.helo("[198.51.100.9]")
        for n in range(count):
            assert not mta.play(Letter(subject=f"{n}").data).reply.refuses
            mta.abort()
        mta.quit()
    wait_until_idle(lab)


def fill(lab):
    """Until the files have lost their oldest event: that one."""
    oldest = events(lab)[0]
    for _ in range(20):
        play(lab, 150)
        sizes = [path.stat().st_size for path in (lab.dir / "spool").iterdir()]
        # A file is changed when it is full: each may have one event more.
        assert sum(sizes) <= MEGABYTE + len(sizes) * 2500
        if events(lab)[0] != oldest:
            return oldest
    pytest.fail("nothing is lost of files that are full")


def test_the_files_never_take_more_than_they_may(lab):
    fill(lab)
    assert 2 < len(list((lab.dir / "spool").iterdir())) <= 8
    times = [event["time"] for event in events(lab)]
    assert times == sorted(times)
    assert status(lab)["events_lost"] == 0


def test_why_still_knows_what_the_files_have_lost(lab):
    lost = fill(lab)
    assert lab.ctl("why", {"id": lost["id"]}) == [lost]


def test_after_a_restart_the_events_go_on_in_the_same_file(lab):
    lab.milter.restart()
    count = len((lab.dir / "spool/milter.jsonl").read_text().splitlines())
    lab.send(data=Letter(subject="after").data)
    lines = (lab.dir / "spool/milter.jsonl").read_text().splitlines()
    assert len(lines) in (count + 1, 1)
    assert json.loads(lines[-1])["from"] == ["joan@sender.test"]
