# SPDX-License-Identifier: ISC
"""What people read before they know anything: examples that work, and errors
that say what to do."""

import re
import shlex

import pytest
from cli import mailreeve, succeeds

pytestmark = pytest.mark.once

KINDS = ("class", "domain", "user", "identity", "alias", "access", "throttle",
         "dkim-key", "disclaimer", "header-rule", "admin")


def examples_of(command):
    """The words of each example of a command, without the program's name."""
    text = succeeds(*command.split(), "--help")
    found = re.search(r"\nExamples?:\n((?:  mailreeve .*\n)+)\Z", text)
    if found is None:
        assert "xample" not in text.split("Options:\n")[1]
        return []
    assert max(map(len, text.splitlines())) <= 80
    lines = [shlex.split(line) for line in found[1].splitlines()]
    assert all(" ".join(line).startswith(f"mailreeve {command}")
               for line in lines)
    return [line[1:] for line in lines]


def commands():
    listing = succeeds("help").split("Commands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+(?: \S+)*)  ", listing, re.MULTILINE)


def test_every_example_is_a_command_line():
    """Its options are known; nothing is done, for --help comes last."""
    seen = 0
    for command in commands():
        for words in examples_of(command):
            seen += 1
            assert "Usage: mailreeve " + command in succeeds(*words, "--help")
    assert seen >= 20


def goes_well(directory, *words):
    """What it printed; it may have warned of what is not there yet."""
    ended = directory.attempt(*words)
    assert ended.status == 0, ended
    assert all(line.startswith("mailreeve: warning: ")
               for line in ended.err.splitlines()), ended
    return ended.out


def test_the_examples_of_objects_work_one_after_the_other(directory):
    for verb in ("add", "set"):
        for kind in KINDS:
            words, = examples_of(f"{kind} {verb}")
            assert goes_well(directory, *words).startswith(
                f"{verb} {kind} ")
    words, = examples_of("setting set")
    directory.run(*words)


def test_what_holds_for_all_is_told_without_a_name(directory):
    assert directory.run("setting", "set", "greylist=yes") == \
        "add setting\n  greylist  yes\n"
    assert directory.run("setting", "set", "greylist=no") == \
        "set setting\n  greylist  yes -> no\n"
    assert re.search(r"^  setting +1$", directory.run("directory", "status"),
                     re.MULTILINE)


def test_what_is_in_no_map_is_told_beside_the_output(directory):
    ended = directory.attempt("map", "query", "mailboxes", "nix@example.org")
    assert (ended.status, ended.out, ended.err) == (
        1, "", "mailreeve: nix@example.org is not in mailboxes\n")


@pytest.mark.parametrize("words, status, complaint", [
    (["user", "xyzzy"], 2,
     "unknown command 'user xyzzy', 'mailreeve user --help' lists them"),
    (["config", "explain", "check"], 1,
     "'check' begins several sections, name one of them: check iprev, "
     "check helo, "),
])
def test_errors_say_where_to_look(words, status, complaint):
    ended = mailreeve(*words)
    assert (ended.status, ended.out) == (status, "")
    assert ended.err.startswith(f"mailreeve: {complaint}")


def test_dkim_check_knows_the_keys_of_the_directory(directory, tmp_path):
    made = succeeds("dkim", "keygen", "example.org", "-s", "s1", "--ed25519",
                    "--directory", tmp_path)
    record = re.search(r'"(v=DKIM1[^"]*)"', made)[1]
    command = re.search(r"mailreeve (dkim-key add .*) \\\n +(file=.*)\n", made)
    zone = tmp_path / "zone"
    zone.write_text(f"s1._domainkey.example.org\tTXT\t{record}\n")
    check = ["dkim", "check", "example.org", "s1", "--zone", zone]
    directory.run("domain", "add", "example.org")
    assert "neither the directory nor the configuration signs" in \
        directory.run(*check)
    directory.run(*command[1].split(), command[2])
    assert "is its other half, and signs" in \
        " ".join(directory.run(*check).split())
    directory.run("dkim-key", "set", "example.org", "s1", "state=prepared")
    assert "does not sign, for its state in the directory is prepared" in \
        " ".join(directory.run(*check).split())
    goes_well(directory, "dkim-key", "set", "example.org", "s1",
              "file=/nowhere", "state=active")
    ended = directory.attempt(*check)
    assert ended.status == 1
    assert "/nowhere cannot be read" in ended.out
