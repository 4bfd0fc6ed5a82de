# SPDX-License-Identifier: ISC
"""Held mail in a real Postfix: listed with the reason, released uncharged,
returned with a notice, by root and through the helper."""

import email
import email.policy
import json
import os
import re
from pathlib import Path

import pytest
from flow.story import ULID, Letter, arrival, departed, fields
from lab import milter_conf, policyd_conf
from lab.lab import CHECKOUT
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))

LIMIT = 2
LIMITS = f"""\
domain lab.test {{ }}
rule throttle {{ milter_confirms yes; }}
throttle outbound {{ limit {LIMIT}/1h; action hold; }}
check from_header {{ on_multiple hold; }}
"""
CONF = milter_conf(LIMITS, mode="enforce") + policyd_conf(
    mode="enforce", events="all")
REASON = "outbound limit of ann@lab.test reached: 2 messages per hour"
# What was released does not wait for Postfix's next look.
POSTFIX = {"queue_run_delay": "1000s", "minimal_backoff_time": "1000s",
           "maximal_backoff_time": "2000s"}


@pytest.fixture(scope="module", name="shared")
def shared_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF, policyd_conf=CONF,
                              postfix=POSTFIX)


def redis(lab, *command):
    return lab.run(["redis-cli", "-s", lab.places.redis_socket,
                    *command]).stdout.decode().split()


@pytest.fixture(name="lab")
def lab_fixture(shared):
    """Nothing is used, nothing is in the queue."""
    redis(shared, "flushall")
    shared.run(["postsuper", "-d", "ALL"])
    shared.sink.configure()
    return shared


def cli(lab, *words, status=0, input=b"", user=None):
    """What the command printed, and what it complained about."""
    done = lab.run([BIN / "mailreeve", *words, "-c", lab.places.policyd_conf],
                   check=False, input=input, user=user)
    assert done.returncode == status, done
    return done.stdout.decode(), done.stderr.decode()


def listed(lab):
    out, _err = cli(lab, "queue", "list", "--json")
    return {held["queue_id"]: held for held in json.loads(out)}


def submit(lab, subject, login="ann@lab.test", **more):
    letter = Letter(author=login, subject=subject)
    sent = lab.send(**{"mail_from": login, "auth": (login, "pw-ann"),
                       "port": PORT_SUBMISSION, "data": letter.data,
                       "rcpt": "bob@lab.test", **more})
    assert sent.accepted, sent
    return sent.queue_id


def over_limit(lab):
    """ann's next message is put on hold."""
    for number in range(LIMIT):
        submit(lab, f"free {number}")
    lab.wait(lambda: not lab.queue(), AT_MOST, "an empty queue")


def used(lab):
    out, _err = cli(lab, "limits", "ann@lab.test", "--json")
    [limit] = json.loads(out)["limits"]
    return limit["used"]


def decisions(lab):
    return lab.ctl("status")["decisions"]


def is_in(lab, user, subject):
    return any(fields(data, "Subject") == [subject]
               for data in lab.fetch(user))


def notice_of(lab, queue_id, user="ann@lab.test"):
    """The notice about a message, as soon as it is there."""
    def found():
        return [data for data in lab.fetch(user)
                if f"X-Postfix-Queue-ID: {queue_id}\r\n".encode() in data]

    lab.wait(found, AT_MOST, f"a notice about {queue_id}")
    [data] = found()
    return email.message_from_bytes(data, policy=email.policy.default)


def test_what_a_limit_holds_is_listed_with_the_reason(lab):
    over_limit(lab)
    queue_id = submit(lab, "held", rcpt=["bob@lab.test",
                                         "carol@second.test"])
    held = listed(lab)[queue_id]
    assert held["held_by"] == "mailreeve"
    assert held["reason"].startswith(REASON)
    assert held["sender"] == "ann@lab.test"
    assert held["recipients"] == ["bob@lab.test", "carol@second.test"]
    assert re.fullmatch(ULID, held["id"])
    [queued] = lab.queue()
    assert held["size_bytes"] == queued["message_size"]
    out, err = cli(lab, "queue", "list")
    assert not err
    told = " ".join(out.split())
    assert f"{queue_id} 20" in told and REASON in told
    assert "from <ann@lab.test> to <bob@lab.test> and 1 more" in told
    assert f"id {held['id']} 1 message on hold" in told
    # By that id the daemons say the rest.
    assert REASON in " ".join(cli(lab, "why", held["id"])[0].split())


def test_what_the_milter_holds_is_listed_with_its_reason(lab):
    letter = Letter(more="From: Bob <bob@lab.test>\n", subject="two of them")
    sent = lab.send(data=letter.data)
    assert sent.accepted
    held = listed(lab)[sent.queue_id]
    assert held["held_by"] == "mailreeve" and "From" in held["reason"]
    assert fields(lab.run(["postcat", "-qh", sent.queue_id]).stdout
                  .replace(b"\n", b"\r\n"), "X-Mailreeve-Id") == [held["id"]]
    cli(lab, "queue", "release", sent.queue_id)
    arrival(lab, "ann@lab.test", "two of them")


def test_an_empty_queue_is_listed_too(lab):
    assert cli(lab, "queue", "list") == ("0 messages on hold\n", "")
    assert listed(lab) == {}


def test_a_release_delivers_and_is_not_charged(lab):
    over_limit(lab)
    judged = decisions(lab)
    queue_id = submit(lab, "released")
    # What is held counts, once.
    assert used(lab) == LIMIT + 1
    assert decisions(lab) == judged + 1
    assert cli(lab, "queue", "release", queue_id) == (
        f"{queue_id}: released\n", "")
    data = arrival(lab, "bob@lab.test", "released")
    assert len(fields(data, "X-Mailreeve-Id")) == 1
    lab.wait(lambda: not lab.queue(), AT_MOST, "an empty queue")
    assert used(lab) == LIMIT + 1
    assert decisions(lab) == judged + 1


def test_a_dry_run_releases_nothing(lab):
    over_limit(lab)
    queue_id = submit(lab, "dry")
    out, err = cli(lab, "queue", "release", "--dry-run", queue_id)
    assert out.startswith(f"{queue_id}: would be released: 20") and not err
    assert "from <ann@lab.test> to <bob@lab.test>" in out
    _out, err = cli(lab, "queue", "release", "--dry-run", "NOSUCH1",
                    status=1)
    assert "NOSUCH1: no message with this queue id is on hold" in err
    assert set(listed(lab)) == {queue_id}


def hold_by_hand(lab, subject):
    """A message that the administrator stopped on its way."""
    lab.sink.configure(replies={"RCPT": "451 4.3.0 later"})
    queue_id = submit(lab, subject, login="carol@second.test",
                      auth=("carol@second.test", "pw-carol"),
                      rcpt="x@remote.test")
    lab.wait(lambda: [m for m in lab.queue()
                      if m["queue_name"] == "deferred"], AT_MOST,
             "it to be deferred")
    lab.run(["postsuper", "-h", queue_id])
    lab.sink.configure()
    return queue_id


def test_all_is_what_mailreeve_holds(lab):
    over_limit(lab)
    ours = [submit(lab, f"ours {number}") for number in range(2)]
    other = hold_by_hand(lab, "not ours")
    assert {queue_id: held["held_by"]
            for queue_id, held in listed(lab).items()} == {
                ours[0]: "mailreeve", ours[1]: "mailreeve", other: "others"}
    told = " ".join(cli(lab, "queue", "list")[0].split())
    assert "not held by Mailreeve: by 'postsuper -h'" in told
    # Whoever does not say yes, says no.
    out, err = cli(lab, "queue", "release", "--all", status=1, input=b"\n")
    assert not out and "Release 2 messages? [y/N]" in err
    assert "nothing was released" in err and len(listed(lab)) == 3
    out, err = cli(lab, "queue", "release", "--all", "--yes")
    assert set(out.splitlines()) == {f"{name}: released" for name in ours}
    assert "1 message is held by somebody else" in err
    for number in range(2):
        arrival(lab, "bob@lab.test", f"ours {number}")
    assert set(listed(lab)) == {other}
    # By its id it goes too.
    cli(lab, "queue", "release", other)
    departed(lab, "not ours")


def test_a_yes_that_was_typed_is_one(lab):
    over_limit(lab)
    queue_id = submit(lab, "typed yes")
    out, _err = cli(lab, "queue", "release", "--all", input=b"y\n")
    assert out == f"{queue_id}: released\n"
    arrival(lab, "bob@lab.test", "typed yes")


def test_without_a_memory_nobody_knows_why(lab):
    over_limit(lab)
    queue_id = submit(lab, "forgotten")
    known = listed(lab)[queue_id]["id"]
    for daemon in (lab.policyd, lab.milter):
        daemon.term()
        daemon.start()
    held = listed(lab)[queue_id]
    assert (held["held_by"], held["reason"]) == (None, None)
    # The message itself has its id.
    assert held["id"] == known
    told = " ".join(cli(lab, "queue", "list")[0].split())
    assert "why is not known: no daemon remembers this message" in told
    out, err = cli(lab, "queue", "release", "--all", "--yes")
    assert not out and "nobody knows why" in err
    assert set(listed(lab)) == {queue_id}


def test_a_daemon_that_is_down_is_complained_about_once(lab):
    over_limit(lab)
    ids = {submit(lab, f"down {number}") for number in range(3)}
    lab.milter.term()
    try:
        out, err = cli(lab, "queue", "list", "--json")
        held = json.loads(out)
        assert {one["queue_id"] for one in held} == ids
        assert {one["held_by"] for one in held} == {"mailreeve"}
        assert len(err.splitlines()) == 1
    finally:
        lab.milter.start()


# RFC 3464, RFC 6522.
def test_a_return_tells_the_sender_why_and_removes_it(lab):
    over_limit(lab)
    queue_id = submit(
        lab, "returned", rcpt=["bob@lab.test", "x@remote.test"],
        mail_args=" ENVID=QQ+2B314", rcpt_args=" ORCPT=rfc822;b+2Bx@lab.test")
    known = listed(lab)[queue_id]["id"]
    before = used(lab)
    assert cli(lab, "queue", "return", queue_id) == (
        f"{queue_id}: returned to <ann@lab.test>\n", "")
    assert listed(lab) == {}
    notice = notice_of(lab, queue_id)
    assert notice["Return-Path"] == "<>"
    assert notice["To"] == "ann@lab.test"
    assert notice["Auto-Submitted"] == "auto-replied"
    assert notice.get_content_type() == "multipart/report"
    assert notice.get_param("report-type") == "delivery-status"
    words, status, header = notice.iter_parts()
    assert status.get_content_type() == "message/delivery-status"
    assert header.get_content_type() == "text/rfc822-headers"
    text = words.get_content()
    assert REASON in text and known in text and "x@remote.test" in text
    about, *rcpts = status.get_payload()
    assert about["Reporting-MTA"] == "dns; mx.lab.test"
    assert about["Original-Envelope-Id"] == "QQ+314"
    assert about["X-Mailreeve-Id"] == known
    assert [rcpt["Final-Recipient"] for rcpt in rcpts] == [
        "rfc822; bob@lab.test", "rfc822; x@remote.test"]
    for rcpt in rcpts:
        assert (rcpt["Action"], rcpt["Status"]) == ("failed", "5.7.1")
        assert rcpt["Original-Recipient"] == "rfc822;b+x@lab.test"
        assert REASON in rcpt["Diagnostic-Code"]
    assert "Subject: returned\r\n" in header.get_content()
    assert "the boat leaves" not in notice.as_string()
    lab.wait(lambda: not lab.queue(), AT_MOST, "an empty queue")
    assert not is_in(lab, "bob@lab.test", "returned")
    assert used(lab) == before


def test_an_own_reason_is_told_instead(lab):
    over_limit(lab)
    queue_id = submit(lab, "own reason")
    cli(lab, "queue", "return", "--reason", "zu viel für heute", queue_id)
    words, status, _header = notice_of(lab, queue_id).iter_parts()
    assert "The reason: zu viel für heute\r\n" in words.get_content()
    assert REASON not in words.get_content()
    assert "zu viel f??r heute" in \
        status.get_payload()[1]["Diagnostic-Code"]


# RFC 3461 4.1
def test_who_wants_no_notice_gets_none(lab):
    over_limit(lab)
    quiet = submit(lab, "quiet", rcpt_args=" NOTIFY=NEVER")
    loud = submit(lab, "loud", rcpt_args=" NOTIFY=SUCCESS,FAILURE")
    out, _err = cli(lab, "queue", "return", quiet, loud)
    assert out == (f"{quiet}: removed; <ann@lab.test> wanted no notice "
                   f"(NOTIFY=NEVER)\n{loud}: returned to <ann@lab.test>\n")
    notice_of(lab, loud)
    assert not [data for data in lab.fetch("ann@lab.test")
                if quiet.encode() in data]
    lab.wait(lambda: not lab.queue(), AT_MOST, "an empty queue")


# RFC 6533
def test_a_sender_in_utf8_is_told_in_utf8(lab):
    over_limit(lab)
    queue_id = submit(lab, "öffentlich", login="änn@remote.test",
                      auth=("ann@lab.test", "pw-ann"),
                      mail_args=" SMTPUTF8")
    assert listed(lab)[queue_id]["sender"] == "änn@remote.test"
    cli(lab, "queue", "return", queue_id)
    data = departed(lab, "Undelivered mail returned to its sender")
    assert "To: <änn@remote.test>\r\n".encode() in data
    assert b"message/global-delivery-status\r\n" in data
    assert b"message/global-headers\r\n" in data
    assert "Subject: öffentlich\r\n".encode() in data
    [message] = [message for message in lab.sink.messages()
                 if message.data == data]
    assert message.mail.startswith("<>") and "SMTPUTF8" in message.mail
    assert message.rcpts[0].startswith("<änn@remote.test>")


def test_a_sender_with_a_comma_is_one_sender(lab):
    over_limit(lab)
    queue_id = submit(lab, "comma", mail_from='"x,bob"@remote.test',
                      auth=("ann@lab.test", "pw-ann"))
    cli(lab, "queue", "return", queue_id)
    lab.wait(lambda: [m for m in lab.sink.messages()
                      if queue_id.encode() in m.data], AT_MOST, "the notice")
    [message] = [m for m in lab.sink.messages() if queue_id.encode() in m.data]
    assert [rcpt.split(" ")[0] for rcpt in message.rcpts] == [
        '<"x,bob"@remote.test>']


# RFC 5321 4.5.5
def test_a_notice_itself_is_never_returned(lab):
    over_limit(lab)
    queue_id = submit(lab, "from nobody", mail_from="",
                      auth=("ann@lab.test", "pw-ann"))
    assert listed(lab)[queue_id]["sender"] == ""
    out, err = cli(lab, "queue", "return", queue_id, status=1)
    assert not out
    assert f"{queue_id}: it has the null sender: nobody can be told" in err
    assert set(listed(lab)) == {queue_id}


def test_one_that_is_not_held_is_neither_released_nor_returned(lab):
    lab.sink.configure(replies={"RCPT": "451 4.3.0 later"})
    deferred = submit(lab, "deferred", rcpt="x@remote.test")
    lab.wait(lambda: [m for m in lab.queue()
                      if m["queue_name"] == "deferred"], AT_MOST,
             "it to be deferred")
    for verb in ("release", "return"):
        for queue_id in (deferred, "4jX25N4tlYz1bZFj"):
            out, err = cli(lab, "queue", verb, queue_id, status=1)
            assert not out
            assert f"{queue_id}: no message with this queue id is on hold" \
                in err
    assert [message["queue_id"] for message in lab.queue()] == [deferred]


def test_others_are_served_when_one_is_not_there(lab):
    over_limit(lab)
    queue_id = submit(lab, "one of two")
    out, err = cli(lab, "queue", "release", "NOSUCH1", queue_id, status=1)
    assert out == f"{queue_id}: released\n" and "NOSUCH1: no message" in err
    arrival(lab, "bob@lab.test", "one of two")


def test_a_notice_that_cannot_be_sent_loses_nothing(lab):
    over_limit(lab)
    queue_id = submit(lab, "kept")

    def set_limit(size):
        lab.run(["postconf", "-e", f"message_size_limit={size}",
                 f"virtual_mailbox_limit={size}"])
        lab.run(["touch", "-d", "1 hour ago", "/etc/postfix/main.cf"])

    set_limit(1000)
    try:
        out, err = cli(lab, "queue", "return", queue_id, status=1)
    finally:
        set_limit(10240000)
    assert not out and f"{queue_id}: sendmail: " in err
    assert set(listed(lab)) == {queue_id}
    cli(lab, "queue", "return", queue_id)
    notice_of(lab, queue_id)


# What systemd does for mailreeve-queue.socket: a program for each connection.
# Then the client is run, as somebody else.
SYSTEMD = """
import json, os, pwd, socket, subprocess, sys, threading
path, user, helper, client = json.loads(sys.argv[1])

def serve():
    while True:
        conn, _addr = listener.accept()
        subprocess.run(helper, stdin=conn, stdout=conn)
        conn.close()

listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen()
threading.Thread(target=serve, daemon=True).start()
group = pwd.getpwnam(user).pw_gid
done = subprocess.run(client, user=user, group=group, extra_groups=[])
listener.close()
os.unlink(path)
sys.exit(done.returncode)
"""
UNIT = CHECKOUT / "deploy" / "systemd" / "mailreeve-queue@.service"


def sandbox():
    """The rights that the unit leaves, as far as setpriv can take them."""
    text = UNIT.read_text()
    [names] = re.findall(r"(?m)^CapabilityBoundingSet=(.+)$", text)
    assert "NoNewPrivileges=yes" in text
    rights = ",".join(name.replace("CAP_", "+").lower()
                      for name in names.split())
    return ["setpriv", "--no-new-privs", f"--bounding-set=-all,{rights}",
            "--inh-caps=-all", "--"]


def by_helper(lab, *words, status=0, user="nobody", group="nogroup"):
    """As cli(), for USER; members of GROUP may ask."""
    path = str(lab.dir / "queue.ctl")
    helper = [*sandbox(), str(BIN / "mailreeve-queue"), "-g", group]
    client = [str(BIN / "mailreeve"), "queue", *words, "--helper", path,
              "-c", str(lab.places.policyd_conf)]
    done = lab.run(["/usr/bin/python3", "-c", SYSTEMD,
                    json.dumps([path, user, helper, client])], check=False)
    assert done.returncode == status, done
    return done.stdout.decode(), done.stderr.decode()


def test_members_of_the_group_do_it_through_the_helper(lab):
    over_limit(lab)
    released, returned = [submit(lab, f"helped {n}") for n in range(2)]
    out, _err = by_helper(lab, "list", "--json")
    assert {held["queue_id"] for held in json.loads(out)} == {released,
                                                              returned}
    out, err = by_helper(lab, "release", released)
    assert out == f"{released}: released\n"
    # The administrator can see who did it.
    assert re.search(rf"asked by uid=65534 .*release .*{released}", err)
    arrival(lab, "bob@lab.test", "helped 0")
    out, _err = by_helper(lab, "return", "--reason", "not today", returned)
    assert out == f"{returned}: returned to <ann@lab.test>\n"
    words, _status, _header = notice_of(lab, returned).iter_parts()
    assert "The reason: not today\r\n" in words.get_content()
    assert listed(lab) == {}


@pytest.mark.parametrize("words", [["list"], ["release", "4jX25N4tlYz1"],
                                   ["return", "4jX25N4tlYz1"]])
def test_nobody_else_is_answered(lab, words):
    out, err = by_helper(lab, *words, status=1, group="daemon")
    assert not out
    assert "only root and members of the group daemon may ask" in err


def test_only_root_names_another_postfix(lab):
    _out, err = by_helper(lab, "list", "--postfix", "/tmp", status=1)
    assert "--postfix is for root" in err


def test_another_instance_is_named_by_its_directory(lab):
    over_limit(lab)
    queue_id = submit(lab, "named instance")
    etc = lab.places.postfix / "etc"
    out, _err = cli(lab, "queue", "list", "--json", "--postfix", etc)
    assert [held["queue_id"] for held in json.loads(out)] == [queue_id]
    cli(lab, "queue", "return", "--postfix", etc, queue_id)
    notice_of(lab, queue_id)
    _out, err = cli(lab, "queue", "list", "--postfix", "/nonexistent",
                    status=1)
    assert "postqueue: " in err and "/nonexistent" in err
