# SPDX-License-Identifier: ISC
"""What takes as long as it takes: sessions that say nothing."""

import time

import pytest
from flow.story import Letter, status
from lab import milter_conf
from lab.patience import AT_MOST
from milterclient import FilterClosed, MilterClient


@pytest.fixture
def lab(lab_factory):
    return lab_factory(milter_conf=milter_conf(
        "domain lab.test { }\n", mode="enforce", idle_timeout="10s"))


def test_a_connection_that_is_silent_for_too_long_is_closed(lab):
    with MilterClient(f"unix:{lab.places.milter_socket}") as mta:
        mta.connect()
        mta.helo()
        assert mta.play(Letter().data).reply.kind == "accept"
        start = time.monotonic()
        assert mta.is_closed()
        assert 9 < time.monotonic() - start < 30
    assert status(lab)["sessions"] == 0


def test_a_packet_that_never_ends_is_given_up(lab):
    with MilterClient(f"unix:{lab.places.milter_socket}") as mta:
        mta.connect()
        mta.helo()
        mta.torn("M", b"<joan@sender.test>\0", 9)
        start = time.monotonic()
        with pytest.raises(FilterClosed):
            mta.read_packet()
        assert time.monotonic() - start < 40
    lab.wait(lambda: status(lab)["sessions"] == 0, AT_MOST,
             "the end")


def test_a_session_with_pauses_below_the_bound_lives_on(lab):
    with MilterClient(f"unix:{lab.places.milter_socket}") as mta:
        mta.connect()
        mta.helo()
        for _ in range(3):
            time.sleep(6)
            assert mta.play(Letter().data).reply.kind == "accept"
            mta.abort()
