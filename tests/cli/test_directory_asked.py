# SPDX-License-Identifier: ISC
"""scan and config check ask the directory that the configuration names."""

import json
import re
import sqlite3

import pytest
from cli import mailreeve, refuses, succeeds
from scanning import DATA, finding

WORLD = DATA / "zone.tsv"
NOW = "2026-11-20T13:00:00Z"
SPOOF = ("From: service@bank.example\r\nTo: ann@example.org\r\n"
         "Subject: x\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
         "Message-ID: <1@bank.example>\r\n\r\nhello\r\n")


@pytest.fixture(name="ground")
def ground_fixture(directory):
    directory.prepare(
        ("class", "add", "mild", "dmarc_on_reject=quarantine"),
        ("domain", "add", "example.org"),
        ("user", "add", "ann@example.org"),
        ("user", "add", "bob@example.org", "class=mild"),
        ("alias", "add", "sales@example.org", "to=ann@example.org"))
    with directory.conf.open("a") as conf:
        conf.write("host { authserv_id mx.example.org; }\n"
                   "milter { mode enforce; }\n")
    return directory


@pytest.fixture(name="scan")
def scan_fixture(ground, tmp_path):
    zone = tmp_path / "zone"
    zone.write_text("_dmarc.bank.example\tTXT\tv=DMARC1; p=reject\n")
    letter = tmp_path / "letter"

    def scan(*words, text=SPOOF):
        letter.write_text(text, newline="")
        return json.loads(succeeds(
            "scan", "--json", "-c", ground.conf, "--zone", zone, "--now",
            NOW, "--client-ip", "192.0.2.7", "--mail-from",
            "<x@evil.example>", *words, letter))
    return scan


def test_each_recipient_has_the_policy_of_the_directory(scan, ground):
    assert scan("--rcpt", "ann@example.org")["verdict"] == "refuse"
    assert scan("--rcpt", "bob@example.org")["verdict"] == "junk"
    both = scan("--rcpt", "ann@example.org", "--rcpt", "bob@example.org")
    assert both["verdict"] == "junk"
    assert [one["verdict"] for one in both["recipients"]] == ["junk", "junk"]
    ground.run("setting", "set", "dmarc_on_reject=quarantine")
    assert scan("--rcpt", "ann@example.org")["verdict"] == "junk"
    assert scan()["verdict"] == "junk"


def test_the_story_tells_who_would_have_refused_it(scan, ground, tmp_path):
    scan("--rcpt", "ann@example.org")
    story = succeeds(
        "scan", "--explain", "-c", ground.conf, "--zone", tmp_path / "zone",
        "--now", NOW, "--client-ip", "192.0.2.7", "--mail-from",
        "<x@evil.example>", "--rcpt", "ann@example.org", "--rcpt",
        "bob@example.org", tmp_path / "letter")
    assert re.search(r"(?m)^ +junk +for ann@example\.org, refuse were it for "
                     r"nobody else$", story), story
    assert "for bob@example.org" not in story


def test_its_keys_sign_for_whom_the_login_owns(scan, ground, tmp_path):
    def signed(author, login):
        found = scan("--auth-user", login, "--rcpt", "joe@else.example",
                     text=SPOOF.replace("service@bank.example", author))
        return next(one["detail"] for one in found["actions"]
                    if one["action"] == "dkim_sign")
    succeeds("dkim", "keygen", "--selector", "s1", "--directory", tmp_path,
             "example.org")
    [key] = tmp_path.glob("**/*s1*.pem")
    ground.run("dkim-key", "add", "example.org", "s1", f"file={key}")
    assert "s1 (rsa-sha256)" in signed("sales@example.org",
                                       "ann@example.org")
    assert "does not own" in signed("bob@example.org", "ann@example.org")


def test_mail_to_ourselves_is_internal_by_the_directory(scan):
    text = SPOOF.replace("service@bank.example", "ann@example.org")
    found = scan("--auth-user", "ann@example.org", "--rcpt",
                 "bob@example.org", text=text)
    assert finding(found, "dmarc")["reason"] == "the message is our own"


def test_spf_alone_needs_no_directory(tmp_path):
    conf = tmp_path / "conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/none.db; }}\n")
    assert json.loads(succeeds(
        "scan", "--spf-only", "--client-ip", "192.0.2.7", "--helo",
        "x.example", "-c", conf, "--zone", WORLD))["spf"]["result"] == "none"


def make_older(database):
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM schema")


def make_a_list(database):
    """With what SQLite keeps beside it."""
    for path in database.parent.glob("people.db*"):
        path.unlink()
    database.write_text("a list\n" * 999)


TROUBLES = [
    ("a database that is not there", lambda path: path.unlink(),
     "mailreeve directory upgrade"),
    ("one of an older schema", make_older, "mailreeve directory upgrade"),
    ("no database", make_a_list, "not a database"),
]


@pytest.mark.parametrize("harm, words", [row[1:] for row in TROUBLES],
                         ids=[row[0] for row in TROUBLES])
def test_a_directory_that_cannot_be_asked_is_told(tmp_path, harm, words):
    conf = tmp_path / "conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/people.db; }}\n")
    succeeds("directory", "upgrade", "-c", conf)
    assert succeeds("config", "check", "-c", conf) == "ok\n"
    harm(tmp_path / "people.db")

    checked = mailreeve("config", "check", "-c", conf)
    assert (checked.status, checked.err) == (0, "")
    [told] = re.findall(r"(?m)^degraded: (.*)$", checked.out)
    assert words in told, told
    assert checked.out.endswith("ok, with 1 warning\n")
    assert words in refuses("scan", "-c", conf, "--zone", WORLD,
                            DATA / "plain.eml")


def test_limits_for_a_throttle_that_nobody_knows_are_told(ground):
    told = "there is no throttle late"
    ground.run("throttle", "add", "late", "limit=none")
    ground.run("user", "set", "ann@example.org", "limits=out=1/1h",
               "limits=late=5/1h")
    assert told not in succeeds("config", "check", "-c", ground.conf)
    ground.run("throttle", "del", "late", "--yes")
    checked = succeeds("config", "check", "-c", ground.conf)
    assert f"warning: user ann@example.org: limits: {told}\n" in checked
    ended = ground.attempt("user", "set", "ann@example.org", "junk=no")
    assert (ended.status, ended.err) == (
        0, f"mailreeve: warning: user ann@example.org: limits: {told}\n")
    ground.attempt("user", "add", "eve@example.org", "limits=late=6/1h")
    assert f"user ann@example.org and 1 more: limits: {told}\n" in succeeds(
        "config", "check", "-c", ground.conf)


def test_a_key_of_the_directory_that_is_gone_is_told(ground, tmp_path):
    added = ground.attempt("dkim-key", "add", "example.org", "s1",
                           f"file={tmp_path}/gone.pem")
    assert (added.status, added.err) == (
        0, f"mailreeve: warning: dkim-key example.org s1: {tmp_path}/gone.pem:"
        " No such file or directory; nothing is signed with it on this host "
        "until that can be read\n")
    checked = succeeds("config", "check", "-c", ground.conf)
    assert re.search(r"(?m)^degraded: .*gone\.pem", checked), checked
