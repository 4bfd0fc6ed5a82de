# SPDX-License-Identifier: ISC
"""The milter client itself: against libmilter, and against a told filter."""

import struct
import subprocess
import time

import milterclient as mc
import pytest
from lab.daemon import accepts
from lab.patience import AT_MOST
from milterclient import FilterClosed, MilterClient, ProtocolError
from toldfilter import ToldFilter

MESSAGE = (b"From: alice@example.net\r\nSubject: folded\r\n\there\r\n"
           b"\r\nHello\r\n")


@pytest.fixture
def libmilter(noop, tmp_path):
    """The socket of a libmilter filter that accepts everything."""
    path = tmp_path / "n.sock"
    process = subprocess.Popen([noop[0], f"unix:{path}"])
    deadline = time.monotonic() + AT_MOST
    while not accepts(path):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    yield f"unix:{path}"
    assert process.poll() is None, "the filter died"
    process.kill()
    process.wait()


@pytest.fixture
def told(tmp_path):
    """Call it with ToldFilter's options: (filter, connected client)."""
    opened = []

    def start(**options):
        path = tmp_path / f"t{len(opened)}.sock"
        peer = ToldFilter(path, **options)
        mta = MilterClient(f"unix:{path}")
        opened.append((peer, mta))
        return peer, mta

    yield start
    for peer, mta in opened:
        mta.drop()
        peer.close()


def begin(mta):
    mta.connect()
    mta.helo()


def test_plays_many_messages_on_one_connection_of_libmilter(libmilter):
    with MilterClient(libmilter) as mta:
        assert mta.steps & mc.NR_HEADER
        begin(mta)
        for _ in range(3):
            result = mta.play(MESSAGE)
            assert result.reply.kind == "continue"
            assert result.modifications == []
            mta.abort()
        mta.quit()


def test_is_answered_at_every_stage_when_no_reply_is_not_offered(libmilter):
    with MilterClient(libmilter, steps=mc.STEPS & ~(
            mc.NR_CONNECT | mc.NR_HELO | mc.NR_MAIL | mc.NR_RCPT | mc.NR_DATA
            | mc.NR_HEADER | mc.NR_EOH | mc.NR_BODY | mc.NR_UNKNOWN)) as mta:
        replies = [mta.connect(), mta.helo(), mta.mail("a@b.test"),
                   mta.rcpt("c@d.test"), mta.data(),
                   mta.header("Subject", " x"), mta.eoh(),
                   mta.body(b"x\r\n" * 30000), mta.eom().reply]
        assert [reply.kind for reply in replies] == ["continue"] * 9


def test_libmilter_closes_on_a_packet_longer_than_it_takes(libmilter):
    with MilterClient(libmilter) as mta:
        mta.oversized("L", 0x7FFFFFFF, b"Subject\0x\0")
        assert mta.is_closed()


def test_a_torn_packet_leaves_the_filter_alive(libmilter):
    with MilterClient(libmilter) as mta:
        mta.torn("M", b"<a@b.test>\0", 7)
    with MilterClient(libmilter) as mta:
        begin(mta)
        assert mta.play(MESSAGE).reply.kind == "continue"


def test_sends_what_postfix_sends_in_postfix_order(told):
    peer, mta = told()
    begin(mta)
    assert mta.play(MESSAGE).reply.kind == "continue"
    assert peer.commands() == "O" + "DCDHDMDRDTDLDLDNDBDE"


@pytest.mark.parametrize("steps, want", [
    (0, [b"Subject\0folded\n\there\0"]),
    (mc.LEADING_SPACE, [b"Subject\0 folded\n\there\0"]),
])
def test_leading_space_of_a_header_as_negotiated(told, steps, want):
    peer, mta = told(steps=steps)
    begin(mta)
    mta.play(MESSAGE)
    assert [data for command, data in peer.seen
            if command == "L"][1:] == want


def test_unwanted_content_is_left_out_with_its_macros(told):
    peer, mta = told(steps=mc.NO_HEADERS | mc.NO_EOH | mc.NO_BODY |
                     mc.NO_HELO)
    begin(mta)
    mta.play(MESSAGE)
    assert peer.commands() == "O" + "DC" + "D" + "DMDRDTDE"


def test_skip_ends_the_body_only(told):
    peer, mta = told(answers={"B": [("s", b"")]})
    begin(mta)
    mta.mail("a@b.test")
    mta.rcpt("c@d.test")
    result = mta.message(b"Subject: x\n\n" + b"y" * 200000)
    assert result.reply.kind == "continue"
    assert peer.commands().count("B") == 1


def test_macros_are_the_filters_list_and_the_queue_id_comes_late(told):
    peer, mta = told(lists={0: "{client_addr} {nonsense}"})
    mta.login("alice")
    begin(mta)
    mta.play(MESSAGE)
    macros = {data[:1]: data[1:].split(b"\0")[:-1]
              for command, data in peer.seen if command == "D"}
    assert macros[b"C"] == [b"{client_addr}", b"203.0.113.7"]
    assert macros[b"M"][:4] == [b"{auth_type}", b"PLAIN",
                                b"{auth_authen}", b"alice"]
    assert b"i" not in macros[b"R"]
    assert macros[b"E"] == [b"i", b"4BXbQz0Rf5z1"]


def test_every_modification_is_decoded(told):
    number = struct.pack("!I", 3)
    _, mta = told(answers={"E": [
        ("h", b"X-A\0one\0"), ("i", number + b"X-B\0two\0"),
        ("m", number + b"X-C\0\0"), ("b", b"new "), ("b", b"body"),
        ("+", b"<r@s.test>\0"), ("2", b"<t@u.test>\0NOTIFY=NEVER\0"),
        ("-", b"<v@w.test>\0"), ("e", b"<x@y.test>\0"), ("p", b""),
        ("q", b"why\0"), ("y", b"550 5.7.1 no\0")]})
    begin(mta)
    result = mta.play(MESSAGE)
    assert result.added("x-a") == ["one"] and result.added("X-B") == ["two"]
    assert result.deleted("X-C") == [3]
    assert result.body == b"new body"
    assert [(m.value, m.args) for m in result.of_kind("add_rcpt")] == [
        ("<r@s.test>", ""), ("<t@u.test>", "NOTIFY=NEVER")]
    assert result.of_kind("delete_rcpt")[0].value == "<v@w.test>"
    assert result.of_kind("change_from")[0].value == "<x@y.test>"
    assert result.of_kind("quarantine")[0].value == "why"
    assert result.progress == 1
    assert (result.reply.code, result.reply.text) == ("550", "5.7.1 no")


def test_a_refusal_ends_the_message_where_it_came(told):
    peer, mta = told(answers={"R": [("y", b"452 4.5.3 later\0")]})
    begin(mta)
    result = mta.play(MESSAGE)
    assert (result.stage, result.reply.code) == ("rcpt", "452")
    assert "L" not in peer.commands()


def test_an_answer_the_protocol_does_not_know_is_an_error(told):
    _, mta = told(answers={"C": [("?", b"")]})
    with pytest.raises(ProtocolError):
        mta.connect()


def test_a_filter_that_hangs_up_is_reported(libmilter):
    with MilterClient(libmilter) as mta:
        mta.oversized("L", 0x7FFFFFFF)
        with pytest.raises(FilterClosed):
            mta.read_reply()


@pytest.mark.parametrize("raw, headers, body", [
    (b"A: 1\nB: 2\n\nx", [(b"A", b" 1"), (b"B", b" 2")], b"x\r\n"),
    (b"A:\t1\r\n \r\n2\r\n", [(b"A", b"\t1\n ")], b"2\r\n"),
    (b"A : 1\nno header\n\nx\n", [(b"A", b" 1")], b"no header\r\n\r\nx\r\n"),
    (b"A: 1\n", [(b"A", b" 1")], b""),
    (b"\nbody\n", [], b"body\r\n"),
])
def test_splits_a_message_as_postfix_does(raw, headers, body):
    assert mc.split_message(raw) == (headers, body)
