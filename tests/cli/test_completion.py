# SPDX-License-Identifier: ISC
"""Completion in a real bash: words are typed, the tabulator is pressed."""

import os
import pty
import select
import subprocess
import threading
import time

import pytest
from cli import CHECKOUT, PROGRAM, succeeds
from lab.patience import AT_MOST

pytestmark = pytest.mark.once

SCRIPT = CHECKOUT / "deploy" / "bash-completion" / "mailreeve"


class Shell:
    """An interactive bash; a key of ours has it print the line it edits."""

    def __init__(self, folder):
        self.ours, theirs = pty.openpty()
        self.lines, line_end = os.pipe()
        rc = folder / "rc"
        rc.write_text(
            f"PATH={PROGRAM.parent}:$PATH PS1='$ '\n. {SCRIPT}\n"
            "bind 'set bell-style none'\n"
            "bind 'set enable-bracketed-paste off'\n"
            "show() { printf '%s\\n' \"<$READLINE_LINE>\" "
            f">&{line_end}; READLINE_LINE=; READLINE_POINT=0; }}\n"
            "bind -x '\"\\C-xs\": show'\n")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--rcfile", rc, "-i"], stdin=theirs,
            stdout=theirs, stderr=theirs, pass_fds=[line_end],
            start_new_session=True, cwd=folder,
            env={**os.environ, "TERM": "dumb", "LC_ALL": "C.UTF-8"})
        os.close(theirs)
        os.close(line_end)
        self.reader = threading.Thread(target=self.drain, daemon=True)
        self.reader.start()

    def drain(self):
        """What it shows is not looked at, but must not fill the terminal."""
        try:
            while os.read(self.ours, 65536):
                pass
        except OSError:
            pass

    def complete(self, text):
        """What becomes of the line when the tabulator is pressed."""
        os.write(self.ours, text.encode() + b"\t\x18s")
        line = b""
        until = time.monotonic() + AT_MOST
        while not line.endswith(b">\n"):
            assert time.monotonic() < until, line
            if select.select([self.lines], [], [], 0.1)[0]:
                line += os.read(self.lines, 65536)
        return line.decode()[1:-2]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        os.close(self.ours)
        os.close(self.lines)


@pytest.fixture(scope="module", name="shell")
def shell_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shell")
    conf = folder / "m.conf"
    conf.write_text(f"directory {{ where sqlite:{folder}/people.db; }}\n")
    for words in (["directory", "upgrade"], ["domain", "add", "example.org"],
                  ["class", "add", "staff"], ["class", "add", "guests"],
                  ["user", "add", "ann@example.org"],
                  ["user", "add", "o'neil@example.org"],
                  ["user", "add", "käthe@example.org"],
                  ["identity", "add", "ann@example.org", "sales@x.example"]):
        succeeds(*words, "-c", conf)
    shell = Shell(folder)
    yield shell
    shell.close()


@pytest.mark.parametrize("typed, line", [
    ("mailreeve stat", "mailreeve status "),
    ("mailreeve us", "mailreeve user "),
    ("mailreeve user ren", "mailreeve user rename "),
    ("mailreeve dkim-key ad", "mailreeve dkim-key add "),
    ("mailreeve user list --dom", "mailreeve user list --domain "),
    ("mailreeve user show -c m.conf an",
     "mailreeve user show -c m.conf ann@example.org "),
    ("mailreeve user show -c m.conf ann@",
     "mailreeve user show -c m.conf ann@example.org "),
    ("mailreeve user show -c m.conf ann@exa",
     "mailreeve user show -c m.conf ann@example.org "),
    ("mailreeve user show -c m.conf k",
     "mailreeve user show -c m.conf käthe@example.org "),
    ("mailreeve user show -c m.conf o",
     "mailreeve user show -c m.conf o\\'neil@example.org "),
    ("mailreeve user add -c m.conf joe@",
     "mailreeve user add -c m.conf joe@example.org "),
    ("mailreeve user set -c m.conf ann@example.org cl",
     "mailreeve user set -c m.conf ann@example.org class="),
    ("mailreeve user set -c m.conf ann@example.org class=",
     "mailreeve user set -c m.conf ann@example.org class="),
    ("mailreeve user set -c m.conf ann@example.org class=s",
     "mailreeve user set -c m.conf ann@example.org class=staff "),
    ("mailreeve user set ann@example.org status=sen",
     "mailreeve user set ann@example.org status=sending-suspended "),
    ("mailreeve user set ann@example.org dk",
     "mailreeve user set ann@example.org dkim_sign="),
    ("mailreeve user set ann@example.org greylist=y",
     "mailreeve user set ann@example.org greylist=yes "),
    ("mailreeve rules show GTU", "mailreeve rules show GTUBE "),
    ("mailreeve rules expl", "mailreeve rules explain "),
    ("mailreeve setting list junk_", "mailreeve setting list junk_score "),
    ("mailreeve setting set junk_", "mailreeve setting set junk_score="),
    ("mailreeve alias set -c m.conf x@example.org to+=a",
     "mailreeve alias set -c m.conf x@example.org to+=ann@example.org "),
    ("mailreeve identity add -c m.conf a",
     "mailreeve identity add -c m.conf ann@example.org "),
    ("mailreeve identity del -c m.conf ann@example.org ",
     "mailreeve identity del -c m.conf ann@example.org sales@x.example "),
    ("mailreeve user list -c m.conf --domain ",
     "mailreeve user list -c m.conf --domain example.org "),
    ("mailreeve audit ide", "mailreeve audit identity "),
    ("mailreeve audit -c m.conf user a",
     "mailreeve audit -c m.conf user ann@example.org "),
    ("mailreeve help dir", "mailreeve help directory "),
    ("mailreeve scan m.c", "mailreeve scan m.conf "),
    ("mailreeve user show zz", "mailreeve user show zz"),
])
def test_the_tabulator(shell, typed, line):
    assert shell.complete(typed) == line


def test_it_is_silent_where_it_has_nothing_to_offer(tmp_path):
    for words in ([""], ["user", "show", "-c", tmp_path / "none", ""],
                  ["nonsense", "more", ""], ["user", "set", "a", "=", ""],
                  ["audit", "nonsense", ""], ["-c"], ["--", ""]):
        subprocess.run([PROGRAM, "complete", "--", *words], check=True,
                       stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
