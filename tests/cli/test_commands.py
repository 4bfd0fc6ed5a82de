# SPDX-License-Identifier: ISC
"""The frame of the command line: commands found, options read, trouble told."""

import os
import pty
import re
import subprocess

import pytest
from cli import PROGRAM, mailreeve, refuses, succeeds

pytestmark = pytest.mark.once


def listed_commands():
    listing = succeeds("help").split("Commands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+(?: \S+)*)  ", listing, re.MULTILINE)


def test_the_overview_lists_commands_but_not_hidden_ones():
    commands = listed_commands()
    assert {"config check", "config show", "version"} <= set(commands)
    assert "config man" not in commands
    assert succeeds("--help") == succeeds("-h") == succeeds("help")


def test_every_command_explains_itself():
    for command in listed_commands():
        text = succeeds(*command.split(), "--help")
        assert text.startswith(f"Usage: mailreeve {command}")
        assert "--help" in text.split("Options:\n")[1]
        assert max(map(len, text.splitlines())) <= 80
        assert succeeds("help", *command.split()) == text


def test_without_a_command_the_overview_is_an_error():
    ended = mailreeve()
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == succeeds("help")


def test_a_family_lists_its_commands():
    text = succeeds("config", "--help")
    assert "config show" in text
    assert "version" not in text
    assert refuses("config") == text


def test_the_version_is_one_line():
    assert re.fullmatch(r"mailreeve \d+\.\d+\.\d+\n", succeeds("version"))
    assert succeeds("--version") == succeeds("-V") == succeeds("version")


@pytest.mark.parametrize("words, complaint", [
    (["confgi"], "unknown command 'confgi', did you mean 'config'?"),
    (["config", "shwo"],
     "unknown command 'config shwo', did you mean 'config show'?"),
    (["xyzzy"], "unknown command 'xyzzy', 'mailreeve help' lists them"),
    (["config", "show", "--chnaged"], "config show: unknown option "
     "'--chnaged', did you mean '--changed'?"),
    (["config", "show", "-x"], "config show: unknown option '-x'"),
    (["config", "show", "--config"],
     "config show: option '--config' needs a value: --config FILE"),
    (["config", "show", "-c"],
     "config show: option '--config' needs a value: --config FILE"),
    (["config", "show", "--changed=yes"],
     "config show: option '--changed' takes no value"),
    (["config", "show", "-c", "a", "--config=b"],
     "config show: option '--config' is given twice"),
    (["config", "check", "x"], "config check: unexpected argument 'x'"),
    (["config", "explain"], "config explain: an argument is missing: "
     "mailreeve config explain KEY..."),
])
def test_a_wrong_command_line_is_told_with_the_remedy(words, complaint):
    assert refuses(*words).splitlines()[0] == f"mailreeve: {complaint}"


@pytest.mark.parametrize("form", [
    ["-c", "@", "dns"], ["-c@", "dns"], ["--config", "@", "dns"],
    ["--config=@", "dns"], ["dns", "--config=@"],
    ["--config=@", "--", "dns"]])
def test_options_have_their_usual_forms(tmp_path, form):
    conf = tmp_path / "a b.conf"
    conf.write_text("dns { timeout 1234ms; }")
    words = [word.replace("@", str(conf)) for word in form]
    assert re.search(r"timeout +1234ms;", succeeds("config", "show", *words))


def test_a_full_disk_is_no_success():
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run([PROGRAM, "version"], stdout=full, text=True,
                               stderr=subprocess.PIPE, check=False)
    assert ended.returncode == 1
    assert "cannot write the output: No space left" in ended.stderr


def on_terminal(*words, **variables):
    """What a command prints when standard output is a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([PROGRAM, *words], stdout=theirs,
                          env={**environment, **variables}) as process:
        os.close(theirs)
        out = b""
        try:
            while piece := os.read(ours, 65536):
                out += piece
        except OSError:                 # EIO: the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0
    return out


def test_colour_is_for_terminals_that_want_it():
    words = ("config", "explain", "dns")
    assert b"\033[1m" in on_terminal(*words)
    assert b"\033[1m" in on_terminal(*words, NO_COLOR="")
    assert b"\033" not in on_terminal(*words, NO_COLOR="1")
    assert b"\033" not in on_terminal(*words, TERM="dumb")
    assert "\033" not in succeeds(*words)
