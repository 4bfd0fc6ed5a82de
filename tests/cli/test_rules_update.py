# SPDX-License-Identifier: ISC
"""mailreeve rules update and rollback: channels come into use whole, or not."""

import fcntl
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cli import PROGRAM, mailreeve
from rules.channels import Publisher, needs_gpg, tar_of
from updating import MORE, RULES, refused
from updating import host, publisher    # noqa: F401 fixtures

LETTER = """\
From: Ann <ann@example.net>
To: bob@example.org
Subject: A letter
Date: Sun, 22 Nov 2026 02:00:00 +0000
Message-ID: <1@example.net>

Nothing but tranquil words.
"""

pytestmark = needs_gpg


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    one = Publisher(tmp_path_factory.mktemp("stranger"), "Stranger")
    yield one
    one.stop()


def test_a_channel_comes_into_use(host, publisher):
    publisher.publish(100, a=RULES)
    done = host.update()
    assert done.status == 0, done.err
    assert "ours: fetching version 100" in done.out
    assert "canaries" in done.out
    assert host.rules() == {"FIRST_RULE"}
    assert host.is_clean()
    told = host.run("check").out
    assert "ours: version 100" in told and "failed" not in told


def test_what_is_there_already_is_not_fetched_again(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    done = host.update()
    assert done.status == 0
    assert done.out == "ours: version 100 is in use, there is no newer\n"
    assert host.is_clean()


def test_a_newer_version_and_back_and_forth(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    publisher.publish(101, a=RULES, b=MORE)
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE", "SECOND_RULE"}
    done = host.run("rollback")
    assert done.status == 0 and "ours: version 100" in done.out
    assert host.rules() == {"FIRST_RULE"}
    # What was turned down does not come back by itself, a newer one does.
    done = host.update()
    assert done.out == ("ours: version 101 was turned down by a "
                           "rollback\n")
    assert host.rules() == {"FIRST_RULE"}
    assert host.run("rollback").status == 0
    assert host.rules() == {"FIRST_RULE", "SECOND_RULE"}
    host.run("rollback")
    publisher.publish(102, b=MORE)
    assert host.update().status == 0
    assert host.rules() == {"SECOND_RULE"}
    assert host.is_clean()


def test_no_way_back_from_the_first(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    done = host.run("rollback")
    assert done.status == 1
    assert "there is no set before this one" in done.err
    assert host.rules() == {"FIRST_RULE"}


def test_check_changes_nothing(host, publisher):
    publisher.publish(100, a=RULES)
    done = host.update("--check")
    assert done.status == 0
    assert "they would do; nothing was changed" in done.out
    assert host.rules() == set()
    assert host.is_clean()


def test_an_older_version_is_not_taken(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    for path in publisher.folder.iterdir():
        path.unlink()
    publisher.publish(99, b=MORE)
    done = host.update()
    assert done.status == 0
    assert "what is offered is older: 99" in done.out
    assert host.rules() == {"FIRST_RULE"}


def test_an_old_archive_under_a_new_number(host, publisher):
    publisher.publish(100, a="# UPDATE version 100\n" + RULES)
    assert host.update().status == 0
    for path in list(publisher.folder.iterdir()):
        path.rename(publisher.folder / path.name.replace("100", "101"))
    refused(host, "a.cf is of another version than 101")


def test_a_wrong_signature(host, publisher, stranger):
    path = publisher.publish(100, a=RULES)
    other = publisher.sign(b"something else")
    (publisher.folder / f"{path.name}.asc").write_bytes(other)
    refused(host, "its signature is wrong")
    (publisher.folder / f"{path.name}.asc").write_bytes(
        stranger.sign(path.read_bytes()))
    refused(host, "it is signed by a key that is not in the keyring")
    (publisher.folder / f"{path.name}.asc").write_text("nonsense\n")
    refused(host, "it has no signature that gpgv can read")
    (publisher.folder / f"{path.name}.asc").unlink()
    refused(host, ".asc: it is not there")


def test_a_keyring_without_armour(host, publisher, tmp_path):
    publisher.publish(100, a=RULES)
    plain = tmp_path / "plain.gpg"
    plain.write_bytes(publisher.gpg("--export"))
    host.configure(keyring=plain)
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE"}


@pytest.mark.parametrize("keyring, reason", [
    ("no.asc", "No such file"), ("half.asc", "armour is broken")])
def test_a_keyring_that_cannot_be_used(host, publisher, tmp_path, keyring,
                                       reason):
    publisher.publish(100, a=RULES)
    (tmp_path / "half.asc").write_bytes(publisher.keyring.read_bytes()[:200])
    host.configure(keyring=tmp_path / keyring)
    refused(host, reason)


def test_a_file_half_written(host, publisher):
    path = publisher.publish(100, a=RULES)
    path.write_bytes(path.read_bytes()[:-20])
    refused(host, "it is damaged, or half written")


@pytest.mark.parametrize("archive, reason", [
    (b"no archive at all", "it is no gzip file"),
    (tar_of({"../out.cf": RULES}), "whose name is no plain one"),
    (tar_of({"/tmp/out.cf": RULES}), "whose name is no plain one"),
    (tar_of({"in/side.cf": RULES}), "whose name is no plain one"),
    (tar_of({"a.cf": RULES}, [("b.cf", "/etc/passwd")]), "links or other"),
    (tar_of({"notes.txt": RULES}), "there are no rules in it"),
    (tar_of({"a.cf": "include /etc/passwd\n"}), "not beside it"),
    (tar_of({"a.cf": " lang en\tINCLUDE ../x\n"}), "not beside it"),
])
def test_archives_that_are_turned_down(host, publisher, archive, reason):
    publisher.publish(99, a=RULES)
    host.update()
    publisher.put(100, archive)
    refused(host, reason)


def test_rules_full_of_errors(host, publisher):
    publisher.publish(100, a="body FIRST_RULE /half\n" * 21)
    done = refused(host, "21 errors in the rules, 20 may be")
    assert "a.cf:1: FIRST_RULE: the pattern has no end" in done.err
    host.configure(channel_errors=21)
    assert host.update().status == 0
    assert "failed" not in host.run("check").out


def test_an_error_between_lines(host, publisher):
    publisher.publish(100, a=RULES + "trusted_networks 10/8 !10.0.0.1\n")
    assert host.update().status == 0
    assert "-: trusted_networks: !10.0.0.1 counts for nothing" in \
        host.run("check").out


def test_canaries_that_come_out_otherwise(host, publisher, tmp_path):
    publisher.publish(100, a=RULES)
    assert host.update().status == 0
    publisher.publish(101, a=RULES.replace("0.5", "50"))
    canaries = tmp_path / "canaries"
    canaries.mkdir()
    (canaries / "letter.eml").write_text(LETTER)
    host.configure(canary=canaries)
    done = refused(host, "canaries would come out otherwise, 0 may")
    assert "letter.eml is delivered with a score of 0.5" in done.err
    host.configure(canary_changes=1)
    assert host.update().status == 0


def test_canaries_that_come_with_the_program(host, publisher):
    host.configure(directory=PROGRAM.parent.parent / "share" / "mailreeve" /
                   "rules.d")
    publisher.publish(100, a="body FIRST_RULE /bridge/\n"
                      "score FIRST_RULE 50\n")
    done = refused(host, "would come out otherwise")
    assert "ham/letter.eml" in done.err


@pytest.mark.parametrize("kind, was, now, status", [
    ("ham", 0, 50, 1), ("ham", 50, 0, 0),
    ("spam", 50, 0, 1), ("spam", 0, 50, 0)])
def test_ham_may_come_out_better_and_spam_worse(host, publisher, tmp_path,
                                                kind, was, now, status):
    folder = tmp_path / "canaries" / kind
    folder.mkdir(parents=True)
    (folder / "letter.eml").write_text(LETTER)
    score = "score FIRST_RULE {}.01\n"
    publisher.publish(100, a=RULES + score.format(was))
    assert host.update().status == 0
    host.configure(canary=folder.parent)
    publisher.publish(101, a=RULES + score.format(now))
    assert host.update().status == status


def test_one_channel_fails_and_the_other_comes(host, publisher, tmp_path):
    host.configure(channels=f"ours=file:{publisher.folder}")
    publisher.publish(100, a=RULES)
    host.update()
    publisher.publish(101, a=RULES, b=MORE)
    text = host.conf.read_text().replace(
        'channels "', f'channels "gone=file:{tmp_path}/gone" "')
    host.conf.write_text(text)
    done = host.update()
    assert done.status == 1
    assert "gone: " in done.err and "No such file" in done.err
    assert host.rules() == {"FIRST_RULE", "SECOND_RULE"}


def test_two_updates_at_once(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    with open(host.store / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = host.update()
    assert done.status == 1
    assert "another update is under way" in done.err


def test_no_space_left(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    publisher.publish(101, a=RULES, b="# " + "x" * 300000 + "\n" + MORE)
    limited = subprocess.run(
        ["prlimit", "--fsize=20000", PROGRAM, "rules", "update", "-c",
         host.conf], capture_output=True, text=True, check=False)
    assert limited.returncode != 0
    assert host.rules() == {"FIRST_RULE"}
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE", "SECOND_RULE"}
    assert host.is_clean()


def test_killed_at_any_point(host, publisher):
    publisher.publish(100, a=RULES)
    host.update()
    publisher.publish(101, a=RULES, b=MORE)
    begin = time.monotonic()
    host.update("--check")
    whole = time.monotonic() - begin
    outcomes = set()
    for step in range(12):
        update = subprocess.Popen(
            [PROGRAM, "rules", "update", "-c", host.conf],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * step / 8)
        update.kill()
        update.wait()
        found = host.rules()
        assert found in ({"FIRST_RULE"}, {"FIRST_RULE", "SECOND_RULE"})
        outcomes.add(len(found))
    assert 1 in outcomes
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE", "SECOND_RULE"}
    assert host.is_clean()


STOCK = Path("/usr/share/spamassassin")


@pytest.mark.skipif(not STOCK.is_dir(),
                    reason="SpamAssassin is not installed")
def test_the_rules_that_come_with_spamassassin(host, publisher):
    publisher.put(1900000, tar_of(
        {f"./{path.name}": path.read_text("latin-1")
         for path in STOCK.iterdir() if path.is_file()}))
    host.configure(directory=PROGRAM.parent.parent / "share" / "mailreeve" /
                   "rules.d")
    done = host.update()
    assert done.status == 0, done.err
    assert ", 0 errors in the channels, 0 of " in done.out
    found = re.search(r"(\d+) rules load", done.out)
    assert int(found[1]) > 2500


def test_a_channel_that_is_none(host):
    host.configure(channels="ours=http://example.org/rules")
    done = host.update()
    assert done.status == 2
    assert "is no channel" in done.err


def test_no_channels_at_all(tmp_path):
    conf = tmp_path / "mailreeve.conf"
    conf.write_text("rules { }\n")
    done = mailreeve("rules", "update", "-c", conf)
    assert done.status == 0
    assert "there is nothing to update" in done.out
