# SPDX-License-Identifier: ISC
"""export and apply: the directory as a text, and back."""

import json
import os
import pty
import random
import signal
import subprocess
import time

import pytest
from cli import PROGRAM, mailreeve, refuses

PEOPLE = """\
# In any order, by anybody.
user ann@example.org { class staff; quota 2g; name "Ann \\"B\\" O'Neil"; }
class staff { limits outbound=500/1h; }
domain example.org { class staff; catch_all ann@example.org; }
alias info@example.org {
    to ann@example.org
       x@example.net;
}
identity ann@example.org @example.org { }
dkim_key example.org mail1 { file /etc/keys/mail1.pem; }
access friends { for @example.org; sender x@example.net; action allow; }
policy { junk no; }
"""
EXPORTED = """\
policy global {
	junk no;
}

class staff {
	limits outbound=500/1h;
}

domain example.org {
	class staff;
	catch_all ann@example.org;
}

user ann@example.org {
	name "Ann \\"B\\" O'Neil";
	class staff;
	quota 2g;
}

identity ann@example.org @example.org {
}

alias info@example.org {
	to ann@example.org x@example.net;
}

access friends {
	for @example.org;
	sender x@example.net;
	action allow;
}

dkim_key example.org mail1 {
	file /etc/keys/mail1.pem;
}
"""


@pytest.fixture(name="people")
def people_fixture(tmp_path):
    file = tmp_path / "people.conf"
    file.write_text(PEOPLE)
    return file


def apply_json(directory, *words):
    return json.loads(directory.run("apply", "--json", *words))


def test_a_text_becomes_the_directory_and_a_text_again(directory, people):
    said = directory.run("apply", people)
    assert "add user ann@example.org" in said
    assert said.endswith("8 added, 0 changed, 0 removed, 0 as they were\n")
    assert directory.run("export") == EXPORTED


def test_a_second_time_changes_nothing(directory, people):
    directory.run("apply", people)
    before = directory.audit()
    assert directory.run("apply", people) == (
        "0 added, 0 changed, 0 removed, 8 as they were\n")
    assert apply_json(directory, people)["changed"] is False
    assert directory.audit() == before


def test_a_change_is_told_value_by_value(directory, people):
    directory.run("apply", people)
    people.write_text(PEOPLE.replace("quota 2g", "quota 3g; pop3 no"))
    said = directory.run("apply", people)
    assert "set user ann@example.org\n" in said
    assert "2g -> 3g" in said and "yes -> no" in said
    assert "staff" not in said
    assert said.endswith("0 added, 1 changed, 0 removed, 7 as they were\n")


def test_a_dry_run_shows_it_and_does_nothing(directory, people):
    said = directory.run("apply", "--dry-run", people)
    assert "add user ann@example.org" in said
    assert "(nothing is done yet)" in said
    assert directory.run("export") == "" and directory.audit() == []


def test_json_says_what_changed(directory, people):
    directory.run("apply", people)
    people.write_text(PEOPLE.replace("quota 2g", "quota 3g")
                      + "class gold { }\n")
    told = apply_json(directory, "-n", people)
    assert (told["changed"], told["dry_run"]) == (True, True)
    told = apply_json(directory, people)
    assert (told["changed"], told["dry_run"]) == (True, False)
    assert [told[key] for key in ("added", "set", "removed", "unchanged")
            ] == [1, 1, 0, 7]
    assert [(change["action"], change["kind"], change["name"])
            for change in told["changes"]] == [
                ("add", "class", "gold"), ("set", "user", "ann@example.org")]
    assert "quota 2g" in told["changes"][1]["before"]
    assert "quota 3g" in told["changes"][1]["after"]


def test_prune_removes_what_is_not_named(directory, people):
    directory.run("apply", people)
    people.write_text("class staff { }\n")
    told = apply_json(directory, "--prune", "--yes", people)
    assert (told["removed"], told["set"]) == (7, 1)
    assert directory.run("export") == "class staff {\n}\n"


def test_prune_asks_and_without_a_terminal_does_nothing(directory, people):
    directory.run("apply", people)
    people.write_text("")
    ended = directory.attempt("apply", "--prune", people)
    assert ended.status == 1
    assert "delete user ann@example.org" in ended.out
    assert "--yes says so" in ended.err
    assert directory.run("export") == EXPORTED


def answer_at_a_terminal(directory, people, answer, meanwhile=()):
    """Prune as somebody at a terminal, who answers; how it ended, and what he
    has seen."""
    main, terminal = pty.openpty()
    with subprocess.Popen([PROGRAM, "apply", "--prune", people, "-c",
                           directory.conf], stdin=terminal, stdout=terminal,
                          stderr=terminal) as process:
        os.close(terminal)
        seen = b""
        while b"[y/N]" not in seen:
            seen += os.read(main, 1000)
        if meanwhile:
            directory.run(*meanwhile)
        os.write(main, answer.encode() + b"\n")
        try:
            while True:
                seen += os.read(main, 1000)
        except OSError:     # the other end is closed
            pass
        process.wait()
    os.close(main)
    return process.returncode, seen.decode()


@pytest.mark.parametrize("answer, status, left", [
    ("y", 0, ""), ("n", 1, EXPORTED), ("", 1, EXPORTED)])
def test_prune_does_as_it_is_told(directory, people, answer, status, left):
    directory.run("apply", people)
    people.write_text("")
    ended, seen = answer_at_a_terminal(directory, people, answer)
    assert "Remove 8 objects, and do the rest?" in seen
    assert ended == status
    assert directory.run("export") == left


def test_what_changes_while_somebody_thinks_is_not_overrun(directory, people):
    directory.run("apply", people)
    people.write_text("")
    ended, seen = answer_at_a_terminal(
        directory, people, "y", ["user", "add", "new@example.org"])
    assert ended == 1
    assert "the directory has changed meanwhile" in seen
    assert directory.run("export") == EXPORTED.replace(
        "\nidentity", "user new@example.org {\n}\n\nidentity")


def test_prune_of_a_domain_leaves_the_others(directory, people):
    people.write_text(PEOPLE + "domain b.example { }\n"
                      "user bob@b.example { }\nalias x@b.example { "
                      "to bob@b.example; }\n")
    directory.run("apply", people)
    people.write_text("domain b.example { }\n")
    told = apply_json(directory, "--prune", "--domain", "B.example", "--yes",
                      people)
    assert sorted(change["name"] for change in told["changes"]) == [
        "bob@b.example", "x@b.example"]
    assert directory.run("export", "--domain", "b.example") == (
        "domain b.example {\n}\n")
    assert "ann@example.org" in directory.run("export")


def test_a_domain_is_exported_with_what_belongs_to_it(directory, people):
    people.write_text(PEOPLE + "domain b.example { }\n"
                      "admin chief { domains example.org b.example; }\n"
                      "admin her { domains example.org; }\n"
                      "disclaimer d { for staff; text x; }\n")
    directory.run("apply", people)
    said = directory.run("export", "--domain", "example.org")
    for present in ("domain example.org", "user ann@", "identity ann@",
                    "alias info@", "access friends", "dkim_key", "admin her"):
        assert present in said
    for absent in ("b.example", "class staff {", "policy", "disclaimer"):
        assert absent not in said
    assert "there is no domain c.example" in directory.refuses(
        "export", "--domain", "c.example")


def test_standard_input_is_read(directory):
    ended = subprocess.run([PROGRAM, "apply", "-", "-c", directory.conf],
                           input=PEOPLE, capture_output=True, text=True,
                           check=False, timeout=600)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert directory.run("export") == EXPORTED
    ended = subprocess.run([PROGRAM, "apply", "-", "-c", directory.conf],
                           input="\nusr x { }", capture_output=True, text=True,
                           check=False, timeout=600)
    assert ended.returncode == 1
    assert ended.stderr.startswith("mailreeve: stdin:2:1: ")


def test_a_pipe_is_read(directory, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([PROGRAM, "apply", pipe, "-c", directory.conf],
                          stdout=subprocess.DEVNULL) as process:
        pipe.write_text(PEOPLE)
    assert process.returncode == 0
    assert directory.run("export") == EXPORTED


def test_includes_are_taken_in(directory, tmp_path):
    (tmp_path / "parts").mkdir()
    for i in range(3):
        (tmp_path / "parts" / f"{i}.conf").write_text(
            f"user u{i}@example.org {{ include ../common.inc; }}\n")
    (tmp_path / "common.inc").write_text("quota 1g;\n")
    main = tmp_path / "all.conf"
    main.write_text('domain example.org { }\ninclude "parts/*.conf";\n')
    assert "4 added" in directory.run("apply", main)
    assert directory.run("export").count("quota 1g") == 3
    (tmp_path / "parts" / "3.conf").write_text("user U2@example.org { }\n")
    error = directory.refuses("apply", main)
    assert "parts/3.conf:1:1: user u2@example.org stands a second time" in (
        error) and "parts/2.conf:1:1" in error


@pytest.mark.parametrize("text, told", [
    ("user x@example.org { }", "people.conf:1:1: user x@example.org: domain: "
     "there is no domain example.org"),
    ("domain d.example {\n\tclass gold;\n}", "people.conf:2:2: domain "
     "d.example: class: there is no class gold"),
    ("check spf { }", "people.conf:1:1: the directory has no objects 'check'"),
    ("domain d.example { clss x; }", "people.conf:1:20: unknown option "
     "'clss' in 'domain', did you mean 'class'?"),
])
def test_what_is_wrong_is_told_with_its_place(directory, people, text, told):
    people.write_text(text)
    assert told in directory.refuses("apply", people)
    assert directory.run("export") == ""


def test_a_file_that_is_not_there_is_told(directory, tmp_path):
    assert "nowhere.conf: No such file or directory" in directory.refuses(
        "apply", tmp_path / "nowhere.conf")


def test_options_that_make_no_sense_together(directory, people):
    for words in (["--domain", "x"], ["--prune", "--json"]):
        assert "apply: --" in refuses("apply", *words, people, "-c",
                                      directory.conf)


def test_export_replaces_a_file_when_all_is_written(directory, people,
                                                    tmp_path):
    directory.run("apply", people)
    file = tmp_path / "out" / "all.conf"
    assert "No such file or directory" in directory.refuses("export", file)
    file.parent.mkdir()
    file.write_text("old")
    assert directory.run("export", file) == ""
    assert file.read_text() == EXPORTED
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_is_told(directory, people):
    directory.run("apply", people)
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run([PROGRAM, "export", "-c", directory.conf],
                               stdout=full, stderr=subprocess.PIPE, text=True,
                               check=False, timeout=600)
    assert ended.returncode == 1
    assert "cannot write: No space left on device" in ended.stderr


def test_a_directory_without_tables_says_what_makes_them(tmp_path, people):
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/none.db; }}\n")
    for words in (["apply", people], ["export"]):
        ended = mailreeve(*words, "-c", conf)
        assert (ended.status, ended.out) == (1, "")
        assert "mailreeve directory upgrade" in ended.err


def crowd(count, quota):
    return "domain many.example {\n}\n\n" + "".join(
        f"user u{i:04}@many.example {{\n\tquota {quota}g;\n}}\n"
        for i in range(count))


@pytest.mark.once
def test_killed_at_any_moment_it_leaves_one_state_or_the_other(directory,
                                                               tmp_path):
    texts = [crowd(200, 1), crowd(150, 2)]
    files = [tmp_path / "old.conf", tmp_path / "new.conf"]
    for file, text in zip(files, texts):
        file.write_text(text)
    began = time.monotonic()
    for file, text in zip(files, texts):
        directory.run("apply", "--prune", "--yes", file)
        assert directory.run("export") == text
    lasts = (time.monotonic() - began) / 2
    chance = random.Random(5)
    killed, old = 0, 0
    for turn in range(20):
        directory.run("apply", "--prune", "--yes", files[0])
        with subprocess.Popen(
                [PROGRAM, "apply", "--prune", "--yes", files[1], "-c",
                 directory.conf], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as process:
            time.sleep(1.5 * lasts * chance.random() if turn else 0)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        left = directory.run("export")
        assert left in texts
        old += left == texts[0]
    print(f"counted: {killed} killed, {old} left the old state")
    assert killed >= 1 and old >= 1
    assert len({row["name"] for row in directory.audit()}) == 201


@pytest.mark.once
def test_ten_thousand_users(directory, tmp_path):
    file = tmp_path / "many.conf"
    file.write_text(crowd(10000, 1))
    assert directory.run("apply", file).endswith("10001 added, 0 changed, "
                                                 "0 removed, 0 as they were\n")
    assert directory.run("export") == crowd(10000, 1)
