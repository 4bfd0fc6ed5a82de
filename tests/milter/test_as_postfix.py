# SPDX-License-Identifier: ISC
"""milterclient and bench-milter-load send what a real Postfix sends."""

import json
import re
import subprocess
import sys
import time
from typing import NamedTuple, Optional

import milterclient as mc
import pytest
import toldfilter
from lab import Lab
from lab.patience import AT_MOST
from milterclient import MilterClient
from toldfilter import ToldFilter

ANSWERED_LAST = (mc.NR_CONNECT | mc.NR_HELO | mc.NR_MAIL | mc.NR_RCPT
                 | mc.NR_DATA | mc.NR_HEADER | mc.NR_EOH | mc.NR_BODY)
OURS = (ANSWERED_LAST | mc.LEADING_SPACE) & ~mc.NR_RCPT
MORE_MACROS = {0: "{client_addr},{client_name} {client_ptr} "
                  "{client_resolve} j {if_name}",
               6: "{nothing}",
               5: "i {mail_addr} {client_addr} {client_resolve} j"}

class Case(NamedTuple):
    """What the filter negotiates, its macro lists, and who the client is."""
    steps: int
    lists: dict = {}
    login: Optional[str] = None
    addr: str = "203.0.113.7"
    name: str = "mail.sender.test"

    @property
    def sender(self):
        return self.login or "a@sender.test"


CASES = {
    "all answered": Case(0),
    "header values as they are": Case(mc.LEADING_SPACE),
    "only the end answered": Case(ANSWERED_LAST | mc.LEADING_SPACE),
    "as mailreeve does it": Case(OURS, MORE_MACROS),
    "a login": Case(OURS, login="ann@lab.test"),
    "an IPv6 client": Case(OURS, MORE_MACROS, addr="2001:db8::7"),
    "a client without a name": Case(OURS, MORE_MACROS, addr="198.51.100.9",
                                    name="unknown"),
    "no HELO, no DATA": Case(mc.NO_HELO | mc.NO_DATA),
    "no content": Case(mc.NO_HEADERS | mc.NO_EOH | mc.NO_BODY),
}

MESSAGE = b"".join(line + b"\r\n" for line in (
    b"From: a@sender.test", b"To: ann@lab.test",
    b"Date: Mon, 2 Feb 2026 10:00:00 +0000", b"Message-Id: <1@sender.test>",
    b"Subject: folded", b"\twith a tab  ", b"  and blanks ", b"X-Tab:\tv",
    b"X-Bare:v", b"X-Two:  v", b"X-Blank : v", b"X-Empty:", b"X-8bit: \xe4",
    b"", b"body", b".", b"", b"\t \x80 bytes ", b"")) + b"x" * 70000 + b"\r\n"


def normal(packets):
    """PACKETS of the last session less what differs between two runs.

    Macros are names alone where their values are the host's, or the ids.
    """
    start = max(i for i, (command, _) in enumerate(packets) if command == "O")
    kept = []
    for command, data in packets[start:]:
        if command == "D":
            names = data[1:].split("\0")[:-1]
            values = dict(zip(names[::2], names[1::2]))
            for name in values:
                if name not in ("{client_addr}", "{client_name}", "_",
                                "{client_ptr}", "{client_resolve}",
                                "{auth_authen}", "{mail_addr}",
                                "{rcpt_addr}"):
                    values[name] = "*"
            data = (data[:1], tuple(values.items()))
        elif command == "C":
            data = re.sub(r"\x00([46]).{2}", r"\0\1", data, flags=re.S)
        elif command == "M":
            data = data.split("\0")[0]      # the client's SIZE, or none
        # Postfix says ABORT once more when the session ends.
        if command != "A" or kept[-1][0] != "A":
            kept.append((command, data))
    return kept


def text(seen):
    return [(command, data.decode("latin-1")) for command, data in seen]


@pytest.fixture(scope="module", params=CASES, ids=str)
def postfix(request, lab_possible):
    """(case, the packets of a real Postfix that sent MESSAGE)."""
    case = CASES[request.param]
    with Lab(milter_argv=[
            sys.executable, toldfilter.__file__, "@DIR@/sock/milter",
            "@DIR@/packets", hex(case.steps),
            *(f"{stage}={names}" for stage, names in case.lists.items())
            ]) as lab:
        sent = lab.send(case.addr, mail_from=case.sender, data=MESSAGE,
                        auth=bool(case.login) or None,
                        port=587 if case.login else 25)
        assert sent.accepted, sent
        packets = wait_for_end(lab.dir / "packets")
    return case, normal(packets)


def wait_for_end(path):
    """The packets in PATH once a session with a message is over."""
    deadline = time.monotonic() + AT_MOST
    while True:
        packets = [json.loads(line) for line in path.open()]
        if packets[-1][0] == "Q" and any(c == "E" for c, _ in packets):
            return packets
        assert time.monotonic() < deadline, packets[-3:]
        time.sleep(0.02)


@pytest.fixture
def peer(postfix, tmp_path):
    case, _ = postfix
    told = ToldFilter(tmp_path / "s", steps=case.steps, lists=case.lists)
    yield told
    told.close()


def test_milterclient_sends_the_same(postfix, peer, tmp_path):
    case, expected = postfix
    with MilterClient(f"unix:{tmp_path}/s") as mta:
        mta.login(case.login)
        mta.connect(case.name, case.addr)
        mta.helo("mail.sender.test")
        result = mta.play(MESSAGE, case.sender, ["ann@lab.test"])
        assert result.reply.kind == "continue"
        mta.abort()
        mta.quit()
    assert normal(wait_for_quit(peer)) == expected


def wait_for_quit(peer):
    peer.wait_for_quit()
    return text(peer.seen)


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_the_load_generator_sends_the_same(postfix, peer, load, tmp_path,
                                           line_end):
    case, expected = postfix
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "1.eml").write_bytes(MESSAGE.replace(b"\r\n", line_end))
    done = subprocess.run(
        [load, "-m", "1", "--corpus", corpus, "--client", case.addr,
         "--client-name", case.name, "--helo", "mail.sender.test",
         "--sender", case.sender, "--rcpt", "ann@lab.test",
         "--login", case.login or "", f"unix:{tmp_path}/s"],
        check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["replies"] == {"continue": 1}
    assert normal(wait_for_quit(peer)) == expected
