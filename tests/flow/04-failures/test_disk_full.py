# SPDX-License-Identifier: ISC
"""A disk that is full: mail waits outside, or flows without its events."""

import pytest
from flow.story import (Letter, event_of, events, finding, status)
from lab import milter_conf

DOMAIN = "domain lab.test { }\n"
LARGE = Letter(subject="large", body="a line of text\n" * 20000)


def small_disk(lab, path, size):
    """A file system of SIZE octets at PATH, inside the lab only."""
    lab.run(["mkdir", "-p", path])
    lab.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "small",
             path])


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    made = shared_lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"))
    small_disk(made, made.dir / "bodies", "64k")
    made.milter.configure(milter_conf(
        DOMAIN, mode="enforce", spool_directory='"@DIR@/bodies"',
        spool_memory="4k"))
    made.ctl("reload")
    return made


def test_a_body_that_cannot_be_stored_gets_452_and_the_client_comes_again(
        lab):
    sent = lab.send(data=LARGE.data)
    event = event_of(lab, sent)
    assert sent.end.code == 452
    assert sent.end.text.startswith(f"4.3.1 [{event['id']}] ")
    assert "insufficient system storage" in sent.end.text
    assert (event["decision"], event["done"]) == ("defer", "defer")
    assert "No space left" in finding(event, "spool")["reason"]
    assert "No space" not in sent.end.text


def test_a_message_that_fits_passes_meanwhile(lab):
    assert lab.send(data=Letter(subject="small").data).accepted


def test_when_there_is_room_again_the_same_message_passes(lab):
    lab.run(["mount", "-o", "remount,size=10m", lab.dir / "bodies"])
    assert lab.send(data=LARGE.data).accepted
    assert lab.run(["ls", lab.dir / "bodies"]).stdout == b""


def test_a_spool_directory_that_is_gone_is_no_crash(lab):
    lab.milter.configure(milter_conf(
        DOMAIN, mode="enforce", spool_directory='"@DIR@/gone"',
        spool_memory="4k"))
    lab.ctl("reload")
    assert lab.send(data=LARGE.data).end.code == 452
    assert lab.send(data=Letter(subject="still").data).accepted


@pytest.fixture
def full(lab_factory):
    """A lab whose events have no room."""
    lab = lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"))
    lab.milter.term()
    small_disk(lab, lab.dir / "spool", "8k")
    lab.milter.start()
    return lab


def in_spool(lab):
    return lab.run(["cat", lab.dir / "spool/milter.jsonl"]).stdout.split(
        b"\n")


def test_events_that_cannot_be_written_are_counted_and_mail_flows(full):
    sent = [full.send(data=Letter(subject=f"{n}").data) for n in range(15)]
    assert all(s.accepted for s in sent)
    told = status(full)
    written = in_spool(full)
    assert told["events_lost"] > 0 and told["decisions"] == 15
    assert len(written) - 1 + told["events_lost"] == 15
    # No half line, and `why` knows them all.
    assert written[-1] == b"" and all(line.endswith(b"}")
                                      for line in written[:-1])
    for s in sent:
        assert full.ctl("why", {"id": s.queue_id})
    assert full.log("milter").count("events are lost") == 1
    assert any("events" in text for text in told["degraded"])


def test_when_there_is_room_again_events_are_written_again(full):
    for n in range(15):
        full.send(data=Letter(subject=f"{n}").data)
    lost = status(full)["events_lost"]
    full.run(["mount", "-o", "remount,size=1m", full.dir / "spool"])
    last = full.send(data=Letter(subject="last").data)
    assert last.queue_id.encode() in in_spool(full)[-2]
    assert status(full)["events_lost"] == lost
    assert status(full)["degraded"] == []


def test_nothing_of_the_events_of_the_shared_lab_is_lost(lab):
    assert status(lab)["events_lost"] == 0 and len(events(lab)) >= 4
