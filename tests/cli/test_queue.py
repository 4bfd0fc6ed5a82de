# SPDX-License-Identifier: ISC
"""mailreeve queue without a queue, and the helper that root runs for others.

What they do to held mail is told in tests/flow/08-policy."""

import grp
import os
import socket
import subprocess

import pytest
from cli import PROGRAM, mailreeve, refuses

HELPER = PROGRAM.parent / "mailreeve-queue"
MESSAGE = '{"queue_id":"4jX25N4tlYz1"}'
LINE_MAX = 65536


@pytest.fixture(name="conf")
def conf_fixture(tmp_path):
    """No daemon is there to be asked."""
    path = tmp_path / "conf"
    path.write_text(f'milter {{ ctl_admin "{tmp_path}/ctl"; }}\n')
    return path


@pytest.mark.parametrize("words, complaint", [
    ([], "queue release: name queue ids, or --all"),
    (["--all", "4jX25N4tlYz1"], "queue release: name queue ids, or --all"),
    (["ALL"], "'ALL' is no queue id"),
    (["../../etc/passwd"], "'../../etc/passwd' is no queue id"),
    (["4jX25N4tlYz1", "a b c d e"], "'a b c d e' is no queue id"),
    (["\x1b[31mRED"], "'?[31mRED' is no queue id"),
    (["--al"], "unknown option '--al', did you mean '--all'?"),
])
def test_what_release_does_not_take_it_refuses(words, complaint):
    assert complaint in refuses("queue", "release", *words)


@pytest.mark.parametrize("words, complaint", [
    ([], "an argument is missing"),
    (["-"], "'-' is no queue id"),
    (["ABC"], "'ABC' is no queue id"),
    (["--reason", "", "4jX25N4tlYz1"], "a reason is one line of UTF-8"),
    (["--reason", "two\nlines", "4jX25N4tlYz1"], "a reason is one line"),
    (["--reason", "x" * 601, "4jX25N4tlYz1"], "of at most 600 bytes"),
    (["--all"], "unknown option '--all'"),
])
def test_what_return_does_not_take_it_refuses(words, complaint):
    assert complaint in refuses("queue", "return", *words)


def test_a_configuration_that_is_wrong_ends_it(tmp_path):
    (tmp_path / "conf").write_text("milter { colour red; }\n")
    assert "unknown option 'colour'" in refuses("queue", "list", "-c",
                                                tmp_path / "conf")


@pytest.mark.parametrize("words", [["list"], ["release", "4jX25N4tlYz1"]])
def test_where_no_helper_listens_it_says_what_to_do(conf, tmp_path, words):
    ended = mailreeve("queue", *words, "-c", conf, "--helper",
                      tmp_path / "nobody")
    assert (ended.status, ended.out) == (1, "")
    assert f"{tmp_path}/nobody: No such file" in ended.err
    assert "held mail is for root, and with mailreeve-queue.socket started " \
        "for the group mailreeve-admin" in ended.err


def converse(request, *options, shut=True):
    """The helper's answer to these bytes, and its exit status."""
    ours, theirs = socket.socketpair()
    with ours:
        process = subprocess.Popen([HELPER, *options], stdin=theirs,
                                   stdout=theirs, stderr=subprocess.PIPE)
        theirs.close()
        try:
            ours.sendall(request)
            if shut:
                ours.shutdown(socket.SHUT_WR)
        except BrokenPipeError:
            pass                    # it did not want to hear more
        answer = b""
        try:
            while chunk := ours.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        said = process.communicate()[1].decode()
        assert "Sanitizer" not in said and "runtime error" not in said, said
        return answer.decode(), process.returncode


def own_group():
    return ["--group", grp.getgrgid(os.getegid()).gr_name]


@pytest.mark.parametrize("request_line, answer", [
    ("", "ERR bad-request empty line"),
    ("delete ALL", "ERR bad-request the verbs are list, release and return"),
    ("LIST", "ERR bad-request a verb has small letters"),
    ("list all", "ERR bad-request this verb takes nothing"),
    ("release", "ERR bad-request"),
    ("release 4jX25N4tlYz1", "ERR bad-request"),
    ("release {\"messages\":[]}", "ERR bad-request 'messages' must be"),
    ('release {"messages":[{"queue_id":"ALL"}]}',
     "ERR bad-request 'queue_id' must be a queue id"),
    ('release {"messages":[{"queue_id":"-d"}]}',
     "ERR bad-request 'queue_id' must be a queue id"),
    ('return {"messages":[{"queue_id":"$(id)id"}]}',
     "ERR bad-request 'queue_id' must be a queue id"),
    ('return {"messages":[{"queue_id":"ABCDEF","reason":"a\\nb"}]}',
     "ERR bad-request 'reason' must be one line"),
    pytest.param('return {"messages":[' + ",".join([MESSAGE] * 1001) + "]}",
                 "ERR bad-request 'messages' must be a list of 1 to 1000",
                 id="too many"),
])
def test_the_helper_refuses_what_it_does_not_know(request_line, answer):
    said, status = converse(request_line.encode() + b"\n", *own_group())
    assert said.startswith(answer) and said.count("\n") == 1, said
    assert status == 0


def test_the_helper_says_what_postfix_complains_of():
    said, _status = converse(b"list\n", "--postfix", "/nonexistent",
                             *own_group())
    assert said.startswith("ERR failed postqueue: ") and "\n" not in said[:-1]


@pytest.mark.parametrize("request_bytes", [
    b"", b"list", b"x" * (LINE_MAX + 8192), b"\0" * 70000 + b"\n"],
    ids=["nothing", "half a line", "no end", "too long"])
def test_the_helper_answers_no_half_and_no_endless_line(request_bytes):
    assert converse(request_bytes, *own_group()) == ("", 1)


def test_only_the_first_line_counts():
    said, _status = converse(b"ping\nrelease {}\nlist\n", *own_group())
    assert said.count("ERR") == 1 and "the verbs are" in said


def test_the_helper_speaks_to_a_socket_alone():
    done = subprocess.run([HELPER], input=b"list\n", capture_output=True,
                          check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"must be a connected UNIX socket" in done.stderr


@pytest.mark.parametrize("words, status", [
    (["--version"], 0), (["--help"], 0), (["--all"], 2), (["list"], 2)])
def test_the_command_line_of_the_helper(words, status):
    done = subprocess.run([HELPER, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    assert done.returncode == status
    assert (b"mailreeve-queue" in (done.stderr if status else done.stdout))
