# SPDX-License-Identifier: ISC
"""The lab keeps what it promises (lab.py)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from lab import Lab
from lab.lab import CHECKOUT, remove
from lab.patience import AT_MOST

pytestmark = pytest.mark.once

MESSAGE = b"From: a@sender.test\r\nSubject: hello\r\n\r\nbody\r\n"
COMMAND = CHECKOUT / "tests" / "lab" / "lab"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, noop):
    return shared_lab_factory(milter_argv=noop)


def count(lab, user, mailbox="INBOX"):
    return len(lab.fetch(user, mailbox))


def processes_of(directory):
    """Host pids whose command line names the directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(directory).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass        # it ended while we looked
    return found


# Mail in.

def test_a_message_is_delivered_and_fetched(lab):
    before = count(lab, "ann@lab.test")
    sent = lab.send(data=MESSAGE)
    assert sent.accepted, sent
    assert re.fullmatch(r"\w{12,}", sent.queue_id)
    message = lab.fetch("ann@lab.test", count=before + 1)[-1]
    assert message.endswith(MESSAGE)


def test_it_says_how_long_the_start_took(lab):
    assert 0 < lab.seconds < AT_MOST


def test_the_octets_of_a_body_arrive_as_given(lab):
    body = b".\r\n..\r\n.x\r\n\x80\xff 8bit\r\n\ttab \r\n\r\n\r\n"
    before = count(lab, "bob@lab.test")
    sent = lab.send(rcpt=["bob@lab.test"], data=b"Subject: x\r\n\r\n" + body,
                    mail_args="BODY=8BITMIME")
    assert sent.accepted, sent
    message = lab.fetch("bob@lab.test", count=before + 1)[-1]
    assert message.split(b"\r\n\r\n", 1)[1] == body


@pytest.mark.parametrize("client, name", [
    ("203.0.113.7", "mail.sender.test"),
    ("203.0.113.99", "unknown"),
    ("2001:db8::7", "mail.sender.test"),
])
def test_the_client_address_is_real_and_its_name_looked_up(lab, client, name):
    sent = lab.send(client=client, data=MESSAGE)
    lab.wait_for_log(rf"{sent.queue_id}: client={name}\[{client}\]")


def test_every_stage_has_its_reply(lab):
    sent = lab.send(rcpt=["nobody@lab.test", "ann@lab.test"], data=MESSAGE)
    assert [sent.connect.code, sent.helo.code, sent.mail.code] \
        == [220, 250, 250]
    assert [reply.code for reply in sent.rcpts] == [550, 250]
    assert [sent.data.code, sent.end.code] == [354, 250]
    refused = lab.send(rcpt="x@elsewhere.test", data=MESSAGE)
    assert refused.last.code == 554 and refused.data is None
    assert not refused.accepted


def test_commands_may_be_pipelined(lab):
    sent = lab.send(rcpt=["ann@lab.test", "bob@lab.test"], data=MESSAGE,
                    pipelining=True)
    assert sent.accepted and len(sent.rcpts) == 2


def test_a_session_may_break_off_at_any_stage(lab):
    with lab.smtp() as session:
        assert session.ehlo().code == 250
        assert session.mail("a@sender.test").code == 250
    lab.wait_for_log(r"lost connection after MAIL from mail.sender.test")
    with lab.smtp() as session:
        session.write(b"NONSENSE\r\n")
        assert session.read_reply().code == 500


def test_a_session_may_be_encrypted(lab):
    with lab.smtp() as session:
        assert "STARTTLS" in session.ehlo().text
        assert session.starttls().code == 220
        assert "STARTTLS" not in session.ehlo().text
        session.mail("a@sender.test")
        session.rcpt("ann@lab.test")
        assert session.data(MESSAGE).code == 250
        assert session.quit().code == 221


def test_marked_mail_is_delivered_to_junk(lab):
    before = count(lab, "ann@lab.test", "Junk")
    lab.send(data=b"X-Spam-Flag: YES\r\n" + MESSAGE)
    [message] = lab.fetch("ann@lab.test", "Junk", count=before + 1)
    assert b"X-Spam-Flag: YES" in message


def test_local_submission_goes_through_the_milter_port_too(lab):
    before = count(lab, "carol@second.test")
    lab.sendmail("-f", "ann@lab.test", "carol@second.test", data=MESSAGE)
    message = lab.fetch("carol@second.test", count=before + 1)[-1]
    assert b"Return-Path: <ann@lab.test>" in message


# Mail out.

def test_submission_needs_a_login(lab):
    sent = lab.send(port=587, mail_from="ann@lab.test", rcpt="x@remote.test",
                    data=MESSAGE)
    assert sent.last.code == 554
    sent = lab.send(port=587, mail_from="ann@lab.test", rcpt="x@remote.test",
                    data=MESSAGE, auth=("ann@lab.test", "wrong"))
    assert sent.last == sent.auth and sent.auth.code == 535


def test_the_sink_gets_an_8bit_body_as_it_was_submitted(lab):
    before = len(lab.sink.messages())
    data = b"Subject: x\r\n\r\n\xc3\xa4.\r\n.\r\n"
    lab.sink.configure()
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="x@remote.test", data=data,
                    mail_args="BODY=8BITMIME")
    assert sent.accepted, sent
    message = lab.sink.wait(before + 1)[-1]
    assert message.mail.startswith("<ann@lab.test>")
    assert "BODY=8BITMIME" in message.mail
    assert message.rcpts[0].startswith("<x@remote.test>")
    assert message.data.endswith(b"\r\n\r\n\xc3\xa4.\r\n.\r\n")


def test_without_8bitmime_postfix_encodes_what_it_sends(lab):
    before = len(lab.sink.messages())
    lab.sink.configure(extensions=["PIPELINING"])
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="x@remote.test", mail_args="BODY=8BITMIME",
                    data=b"MIME-Version: 1.0\r\nContent-Type: text/plain; "
                    b"charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
                    b"\r\n\xc3\xa4\r\n")
    assert sent.accepted, sent
    message = lab.sink.wait(before + 1)[-1]
    assert b"=C3=A4" in message.data and b"\xc3" not in message.data
    lab.sink.configure()


def test_what_the_sink_refuses_waits_in_the_queue(lab):
    lab.sink.configure(replies={"RCPT": "450 4.2.0 later"})
    sent = lab.send(port=587, auth=True, mail_from="bob@lab.test",
                    rcpt="later@remote.test", data=MESSAGE)
    lab.wait_for_log(rf"{sent.queue_id}: .*status=deferred")
    [entry] = [e for e in lab.queue() if e["queue_id"] == sent.queue_id]
    assert entry["sender"] == "bob@lab.test"
    assert "4.2.0 later" in entry["recipients"][0]["delay_reason"]
    lab.sink.configure()
    lab.run(["postsuper", "-d", sent.queue_id])


# Isolation.

def test_two_labs_run_at_once_and_do_not_meet(lab, lab_factory):
    other = lab_factory(users=["ann@lab.test"])
    before = count(lab, "ann@lab.test")
    assert other.send(data=MESSAGE).accepted
    assert len(other.fetch("ann@lab.test", count=1)) == 1
    assert count(lab, "ann@lab.test") == before


def test_stop_leaves_no_process_no_mount_and_no_directory():
    with Lab() as lab:
        assert processes_of(lab.dir)
        directory = lab.dir
    assert not processes_of(directory)
    assert not directory.exists()
    assert str(directory) not in Path("/proc/self/mountinfo").read_text()


def test_the_command_starts_uses_and_stops_a_lab():
    directory = Path(tempfile.gettempdir()) / f"mr-cli-{os.getpid()}"

    def command(*argv, **options):
        return subprocess.run([COMMAND, *argv], capture_output=True,
                              text=True, check=False, **options)

    try:
        started = command("start", directory)
        assert started.returncode == 0, started.stderr
        assert "runs there" in command("start", directory).stderr
        assert "postfix   running" in command("status", directory).stdout
        hello = command("exec", directory, "cat", input="hello")
        assert hello.stdout == "hello"
        assert command("exec", directory, "false").returncode == 1
    finally:
        stopped = command("stop", directory)
    assert stopped.returncode == 0, stopped.stderr
    assert not processes_of(directory)
    assert command("status", directory).returncode == 1
    remove([directory])


def test_a_lab_ends_with_the_test_that_started_it():
    code = "import os, sys; sys.path.insert(0, sys.argv[1]); " \
           "from lab import Lab; lab = Lab().start(); " \
           "print(lab.dir, flush=True); os.kill(os.getpid(), 9)"
    died = subprocess.run(["/usr/bin/python3", "-c", code,
                           CHECKOUT / "tests"], capture_output=True,
                          text=True, check=False)
    directory = died.stdout.strip()
    assert died.returncode == -9 and Path(directory).name.startswith("mr-")
    lab = Lab(dir=directory)
    lab.stop()                  # waits until the last process has ended
    assert not processes_of(directory)
    remove([lab.dir])


# What an ordinary user needs is a line in /etc/subuid; here on a copy that
# only the trial sees.

TRIAL = """
from lab import Lab
with Lab() as lab:
    assert lab.send(data=b"Subject: x\\r\\n\\r\\nx\\r\\n").accepted
    assert len(lab.fetch("ann@lab.test", count=1)) == 1
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="x@remote.test", data=b"Subject: x\\r\\n\\r\\n")
    assert sent.accepted
    assert len(lab.sink.wait(1)) == 1
print("worked", lab.seconds, lab.dir.exists())
"""


def test_an_ordinary_user_has_a_lab():
    if os.geteuid() != 0:
        pytest.skip("every test here runs as an ordinary user already")
    if not shutil.which("newuidmap"):
        pytest.skip("newuidmap is not installed: apt-get install uidmap")
    home = Path(tempfile.mkdtemp(prefix="mr-user-"))
    try:
        home.chmod(0o755)
        shutil.copytree(CHECKOUT / "tests" / "lab", home / "lab")
        (home / "ids").write_text("nobody:200000:65536\n")
        script = 'mount --bind "$0/ids" /etc/subuid && ' \
                 'mount --bind "$0/ids" /etc/subgid && ' \
                 'exec setpriv --reuid=nobody --regid=nogroup ' \
                 '--clear-groups --reset-env /usr/bin/python3 -B -c "$1"'
        trial = f"import sys; sys.path.insert(0, {str(home)!r})\n{TRIAL}"
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, home, trial],
            capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(home)
    if "unshare:" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"worked [0-9.]+ False\n", done.stdout)
