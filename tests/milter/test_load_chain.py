# SPDX-License-Identifier: ISC
"""bench-milter-load asks several servers in turn, as Postfix does."""

import json
import socket
import struct
import subprocess
import threading

import pytest
from toldfilter import ToldFilter

MESSAGE = (b"From: a@sender.test\r\nX-Old: 1\r\nX-Old: 2\r\nX-Old: 3\r\n"
           b"\r\nbody\r\n")
OLD = [("X-Old", " 1"), ("X-Old", " 2"), ("X-Old", " 3")]
ALL = [("From", " a@sender.test"), *OLD]
LEADING_SPACE = 0x100000


class ToldPolicy:
    """A policy service that gives one answer; what it was asked: `seen`."""

    def __init__(self, path, answer):
        self.answer = answer
        self.seen = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        conn, _ = self.listener.accept()
        with conn, conn.makefile("r") as stream:
            for line in stream:
                self.seen.append(line.rstrip("\n"))
                if line == "\n":
                    conn.sendall(self.answer.encode() + b"\n\n")


def strings(*texts, index=None):
    number = b"" if index is None else struct.pack("!I", index)
    return number + b"".join(text.encode() + b"\0" for text in texts)


def headers(told):
    """What the filter saw as header fields, in order."""
    return [tuple(data.decode().split("\0")[:2])
            for command, data in told.seen if command == "L"]


class Chain:
    """A policy service (or none) and two filters, ready to be played to."""

    def __init__(self, load, folder, policy=None, first=()):
        self.load = load
        self.corpus = folder / "corpus"
        self.corpus.mkdir()
        (self.corpus / "1.eml").write_bytes(MESSAGE)
        self.sockets = [f"unix:{folder}/1", f"unix:{folder}/2"]
        self.policy = None
        if policy is not None:
            self.policy = ToldPolicy(folder / "p", policy)
            self.sockets.insert(0, f"policy:unix:{folder}/p")
        self.filters = [
            ToldFilter(folder / "1", steps=LEADING_SPACE,
                       answers={"E": list(first)} if first else None),
            ToldFilter(folder / "2", steps=LEADING_SPACE)]

    def play(self, *options):
        done = subprocess.run(
            [self.load, "-m", "1", "--corpus", self.corpus, "--timeout", "60",
             "--sender", "a@sender.test", "--rcpt", "ann@lab.test",
             *options, *self.sockets], capture_output=True, text=True)
        assert done.stderr == ""
        return json.loads(done.stdout)

    def close(self):
        for told in self.filters:
            told.close()


@pytest.fixture
def chain(load, tmp_path):
    made = []

    def make(**told):
        made.append(Chain(load, tmp_path, **told))
        return made[-1]
    yield make
    for one in made:
        one.close()


def test_each_filter_sees_the_whole_message(chain):
    it = chain()
    result = it.play()
    assert result["replies"] == {"continue": 1}
    assert result["messages"] == result["played"] == 1
    for told in it.filters:
        told.wait_for_quit()
        assert told.commands().replace("D", "") == "OCHMRTLLLLNBEAQ"
        assert headers(told) == ALL


# Answer of the first filter at the end of the message: what the second sees.
EDITS = {
    "inserted above all": (
        [("i", strings("X-New", " n", index=0))], [("X-New", " n"), *ALL]),
    "inserted below Postfix's Received, which is not shown": (
        [("i", strings("X-New", " n", index=1))], [("X-New", " n"), *ALL]),
    "inserted below the first": (
        [("i", strings("X-New", " n", index=2))],
        [ALL[0], ("X-New", " n"), *OLD]),
    "inserted far below the last": (
        [("i", strings("X-New", " n", index=99))], [*ALL, ("X-New", " n")]),
    "added": (
        [("h", strings("X-New", " n"))], [*ALL, ("X-New", " n")]),
    "changed": (
        [("m", strings("x-old", " new", index=2))],
        [ALL[0], OLD[0], ("X-Old", " new"), OLD[2]]),
    "deleted": (
        [("m", strings("X-Old", "", index=2))], [ALL[0], OLD[0], OLD[2]]),
    "deleted, but there is none": (
        [("m", strings("X-Old", "", index=4))], ALL),
    "several, and those that do not concern headers": (
        [("+", strings("<bob@lab.test>")), ("h", strings("X-1", " a")),
         ("b", b"new body"), ("i", strings("X-2", " b", index=0))],
        [("X-2", " b"), *ALL, ("X-1", " a")]),
    "added without a value": (
        [("h", strings("X-New", ""))], [*ALL, ("X-New", "")]),
    "broken": ([("i", b"\0\0\0\1X"), ("h", b"X-New"), ("m", b"")], ALL),
}


@pytest.mark.parametrize("case", EDITS)
def test_the_next_filter_sees_what_the_first_made_of_the_header(chain, case):
    edits, seen = EDITS[case]
    it = chain(first=[*edits, ("c", b"")])
    result = it.play()
    assert result["replies"] == {"continue": 1}
    assert headers(it.filters[0]) == ALL
    assert headers(it.filters[1]) == seen


def test_edits_of_one_message_are_not_those_of_the_next(chain):
    it = chain(first=[("h", strings("X-New", " n")), ("c", b"")])
    assert it.play("-m", "3")["messages"] == 3
    assert headers(it.filters[0]) == 3 * ALL
    assert headers(it.filters[1]) == 3 * [*ALL, ("X-New", " n")]


def test_a_policy_service_is_asked_first_and_may_prepend(chain):
    it = chain(policy="action=prepend Received-SPF: pass (x: y)")
    result = it.play("--client", "203.0.113.9", "--client-name", "mail.test",
                     "--helo", "helo.test")
    assert result["replies"] == {"continue": 1}
    asked = dict(line.split("=", 1) for line in it.policy.seen if line)
    assert it.policy.seen[-1] == ""
    assert (asked["request"], asked["protocol_state"]) == (
        "smtpd_access_policy", "RCPT")
    assert (asked["client_address"], asked["client_name"],
            asked["helo_name"]) == ("203.0.113.9", "mail.test", "helo.test")
    assert (asked["sender"], asked["recipient"]) == ("a@sender.test",
                                                     "ann@lab.test")
    for told in it.filters:
        assert headers(told) == [("Received-SPF", " pass (x: y)"), *ALL]


def test_each_message_has_an_instance_of_its_own(chain):
    it = chain(policy="action=DUNNO")
    it.play("-m", "3")
    instances = [line for line in it.policy.seen if line[:9] == "instance="]
    assert len(set(instances)) == len(instances) == 3


@pytest.mark.parametrize("answer, reply", [
    ("action=REJECT no", "reply_5xx"), ("action=550 5.7.1 no", "reply_5xx"),
    ("action=DEFER_IF_PERMIT later", "reply_4xx"),
    ("action=450 4.7.1 later", "reply_4xx")])
def test_what_the_policy_service_refuses_no_filter_sees(chain, answer, reply):
    it = chain(policy=answer)
    result = it.play()
    assert (result["replies"], result["ended_at"]) == ({reply: 1},
                                                       {"rcpt": 1})
    assert all("M" not in told.commands() for told in it.filters)


def test_what_one_filter_refuses_the_next_does_not_see(chain):
    it = chain(first=[("r", b"")])
    assert it.play()["replies"] == {"reject": 1}
    assert "E" in it.filters[0].commands()
    assert "M" not in it.filters[1].commands()


def test_an_accepting_filter_does_not_spare_the_next(chain):
    it = chain(first=[("a", b"")])
    assert it.play()["replies"] == {"continue": 1}
    assert "E" in it.filters[1].commands()


def test_an_answer_without_action_is_an_error(chain):
    it = chain(policy="what?")
    result = it.play()
    assert result["messages"] == 0
    assert result["errors"]["protocol"] > 0
    assert "action" in result["errors"]["trouble"]


def test_counting_begins_when_every_connection_had_an_answer(chain):
    it = chain(policy="action=DUNNO")
    result = it.play("-m", "5", "-w", "0.01", "-W")
    assert 1 <= result["played"] - result["messages"] <= 5


@pytest.mark.parametrize("sockets", [
    [], ["policy:unix:/nowhere"], 5 * ["unix:/nowhere"]])
def test_the_last_server_is_a_milter_and_four_are_enough(load, sockets):
    done = subprocess.run([load, *sockets], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "SOCKET" in done.stderr
