# SPDX-License-Identifier: ISC
"""What no mail server sends: the milter serves the next one all the same."""

import random
import socket
import struct

import milterclient as mc
import pytest
from alone import MESSAGE, Alone
from milteranswers import FilterClosed, ProtocolError

ADDRESS = b"4" + struct.pack("!H", 25) + b"203.0.113.7\0"
OFFER = struct.pack("!III", mc.VERSION, mc.ACTIONS, mc.STEPS)

# A packet of each command that makes sense in its place.
GOOD = {
    "O": OFFER, "D": b"Mi\0queue-id\0", "C": b"mail.sender.test\0" + ADDRESS,
    "H": b"mail.sender.test\0", "M": b"<joan@sender.test>\0SIZE=10\0",
    "R": b"<ann@lab.test>\0", "T": b"", "L": b"From\0 joan@sender.test\0",
    "N": b"", "B": b"body\r\n", "E": b"", "A": b"", "U": b"NONSENSE\0",
    "Q": b"", "K": b"",
}

BAD = {
    "an empty connect": ("C", b""),
    "a connect without family": ("C", b"name\0"),
    "a connect of no family": ("C", b"name\0X"),
    "a connect without port": ("C", b"name\x004\0"),
    "a connect of a bad address": ("C", b"name\x004\0\x19999.1.2.3\0"),
    "a connect of a bad IPv6 address": ("C", b"name\x006\0\x19:::::\0"),
    "a connect whose end is missing": ("C", b"name\x004\0\x19203.0.113.7"),
    "an empty HELO": ("H", b""),
    "a HELO whose end is missing": ("H", b"name"),
    "a HELO of 60,000 octets": ("H", b"h" * 60000 + b"\0"),
    "an empty MAIL": ("M", b""),
    "a MAIL of nothing": ("M", b"\0"),
    "a MAIL whose end is missing": ("M", b"<joan@sender.test>"),
    "a MAIL that is no address": ("M", b"\xff<<@>@\x01\0"),
    "a MAIL of 5,000 arguments": ("M", b"<a@b.test>\0" + b"X=1\0" * 5000),
    "an empty RCPT": ("R", b""),
    "a RCPT of nothing": ("R", b"\0"),
    "a RCPT of 60,000 octets": ("R", b"<" + b"r" * 60000 + b"@b.test>\0"),
    "a field without value": ("L", b"Name\0"),
    "a field without anything": ("L", b""),
    "a field without name": ("L", b"\0 value\0"),
    "a field whose end is missing": ("L", b"Name\0 value"),
    "a field with more than a value": ("L", b"Name\0 value\0more\0"),
    "a field of odd octets": ("L", b"\xff\x01:\n\0\r\n\r\n\x80\0"),
    "a From of odd octets": ("L", b"From\0 \"\\\0"),
    "a signature that is none": ("L", b"DKIM-Signature\0 ;=;;==\xff;b\0"),
    "macros of nobody": ("D", b""),
    "macros of an unknown command": ("D", b"Zx\0y\0"),
    "macros without value": ("D", b"Mi\0"),
    "macros whose end is missing": ("D", b"Mi\0x\0{auth_authen}"),
    "macros of 60,000 octets": ("D", b"Mi\0" + b"q" * 60000 + b"\0"),
    "an unknown command": ("?", b"data"),
    "the command NUL": ("\0", b""),
    "a body of nothing": ("B", b""),
    "an argument for DATA": ("T", b"argument\0"),
    "an argument for the end": ("E", b"x" * 1000),
    "another offer": ("O", OFFER),
    "an offer that is short": ("O", OFFER[:5]),
}


@pytest.fixture(scope="module")
def milter(tmp_path_factory):
    with Alone(tmp_path_factory.mktemp("garbage")) as alone:
        yield alone


@pytest.fixture(autouse=True)
def serves_on(milter):
    """After each test nothing is left, and a message is taken."""
    yield
    with milter.client() as mta:
        assert mta.play(MESSAGE).reply.kind == "accept"
        mta.quit()
    milter.wait_idle()


def drain(mta):
    """Read what comes until there is silence or the end."""
    mta.sock.settimeout(0.02)
    try:
        while True:
            mta.read_packet()
    except (TimeoutError, FilterClosed, ProtocolError, OSError):
        pass


def say(mta, command, data=b""):
    """False when the milter has hung up."""
    try:
        mta.sock.sendall(mta.frame(command.encode("latin-1"), data))
        return True
    except OSError:
        return False


def up_to(mta, stage):
    """Say all that comes before a stage, as one would."""
    for command in "CHMRTLNBE":
        if command == stage:
            return
        say(mta, command, GOOD[command])


@pytest.mark.parametrize("stage", "CHMRTLNBE")
def test_a_packet_that_is_wrong_in_itself_at_any_stage(milter, stage):
    for command, data in BAD.values():
        with milter.client(greet=False) as mta:
            up_to(mta, stage)
            say(mta, command, data)
            say(mta, "E")
            mta.sock.shutdown(socket.SHUT_WR)
            drain(mta)


@pytest.mark.parametrize("first", GOOD)
def test_any_command_behind_any_other(milter, first):
    for second in GOOD:
        for stage in "CMLE":
            with milter.client(greet=False) as mta:
                up_to(mta, stage)
                say(mta, first, GOOD[first])
                say(mta, second, GOOD[second])
                say(mta, "E")
                mta.sock.shutdown(socket.SHUT_WR)
                drain(mta)


def raw(milter, data):
    """Bytes as they are, on a connection without negotiation."""
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(10)
        conn.connect(str(milter.home / "s"))
        try:
            conn.sendall(data)
            conn.shutdown(socket.SHUT_WR)
            while conn.recv(65536):
                pass
        except OSError:
            pass


@pytest.mark.parametrize("command", GOOD)
def test_any_command_without_negotiation(milter, command):
    raw(milter, mc.MilterClient.frame(command, GOOD[command]) * 2)


@pytest.mark.parametrize("version, actions, steps", [
    (0, 0, 0), (1, mc.ACTIONS, mc.STEPS), (2, mc.ACTIONS, 0x7F),
    (6, 0, 0), (6, 0, mc.STEPS), (6, mc.ACTIONS, 0), (6, 1, 0), (6, 0x10, 1),
    (7, 0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)])
def test_any_offer_is_answered_or_hung_up_on(milter, version, actions, steps):
    with mc.MilterClient(f"unix:{milter.home}/s", negotiate=False) as mta:
        mta.offer = (version, actions, steps)
        try:
            mta.negotiate()
            mta.connect()
            mta.helo()
            reply = mta.play(MESSAGE).reply
            assert reply.kind in ("accept", "continue", "reply", "tempfail")
        except (FilterClosed, ProtocolError, OSError):
            pass


@pytest.mark.parametrize("length", [0, 1, 0xFFFF, 0x10000, 0x100001,
                                    0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_packet_of_any_length(milter, length):
    for command in "OCMLBE":
        for data in (b"", b"x" * 100):
            raw(milter, struct.pack("!I", length) + command.encode() + data)
            with milter.client() as mta:
                mta.mail("joan@sender.test")
                mta.oversized(command, length, data)
                mta.sock.shutdown(socket.SHUT_WR)
                drain(mta)


def test_a_conversation_that_ends_at_any_octet(milter):
    frame = mc.MilterClient.frame
    whole = b"".join(frame(command, GOOD[command])
                     for command in "OCHMRTLNBE")
    for end in range(len(whole)):
        raw(milter, whole[:end])


def test_a_conversation_octet_by_octet_is_understood(milter):
    with milter.client(greet=False) as mta:
        for command in "CHMRTLNBE":
            for octet in mta.frame(command, GOOD[command]):
                mta.sock.sendall(bytes([octet]))
        replies = [mta.read_reply().kind for _ in "RE"]
    assert replies == ["continue", "accept"]


def test_octets_by_chance(milter):
    chance = random.Random(5)
    for _ in range(200):
        raw(milter, chance.randbytes(chance.randrange(400)))
        raw(milter, mc.MilterClient.frame("O", OFFER)
            + chance.randbytes(chance.randrange(400)))


def changed(chance, data):
    """DATA with some of it changed, or left out, or twice."""
    octets = bytearray(data)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(octets) + 1)
        octets[at:at + chance.randrange(3)] = chance.randbytes(
            chance.randrange(3))
    return bytes(octets)


def test_commands_by_chance_with_content_by_chance(milter):
    chance = random.Random(7)
    for _ in range(300):
        with milter.client(greet=False) as mta:
            up_to(mta, chance.choice("CHMRTLNBE"))
            for _ in range(chance.randrange(1, 25)):
                command = chance.choice("DDHMMRRTLLLLNBEEA")
                if not say(mta, command, changed(chance, GOOD[command])):
                    break
            try:
                mta.sock.shutdown(socket.SHUT_WR)
            except OSError:
                continue
            drain(mta)


def test_two_messages_without_an_end_between_are_two(milter):
    with milter.client() as mta:
        mta.mail("first@sender.test")
        mta.mail("second@sender.test")
        mta.rcpt("ann@lab.test")
        assert mta.message(MESSAGE).reply.kind == "accept"
