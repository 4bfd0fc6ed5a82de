# SPDX-License-Identifier: ISC
"""What the milter says when it cannot start, and that it then does not."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from lab.daemon import accepts
from lab.lab import CHECKOUT
from lab.milter import milter_conf
from lab.patience import AT_MOST

PROGRAM = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin")
               ) / "mailreeve-milter"
REFUSED = 2


@pytest.fixture
def home(tmp_path):
    """A directory for a milter of its own, without Postfix."""
    for name in ("sock", "spool"):
        (tmp_path / name).mkdir()
    return tmp_path


def conf_of(home, more="", **settings):
    text = milter_conf(more, **settings).replace("@DIR@", str(home))
    # Whoever runs the test need not be of Postfix's group.
    text = text.replace("\tlisten_group postfix;\n", "")
    path = home / "milter.conf"
    path.write_text(text)
    return path


def start(*argv):
    return subprocess.Popen([PROGRAM, *argv], stderr=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


def end_of(*argv):
    """(exit status, standard error) of a milter that ends by itself."""
    with start(*argv) as process:
        try:
            _, said = process.communicate(timeout=AT_MOST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, said


@pytest.mark.parametrize("more, line, column, said", [
    ("milter2 { }\n", 1, 1, r"unknown section 'milter2', did you mean "
     r"'milter'\?"),
    ("dns2 { timeout 1s; }\n", 1, 1, r"unknown section 'dns2', did you mean "
     r"'dns'\?"),
    ("check helo {\n\ton_invalit refuse;\n}\n", 2, 2,
     r"unknown option 'on_invalit' in 'check helo', did you mean 'on_invalid'\?"),
    ("check helo {\n\ton_invalid refuze;\n}\n", 2, 13, r"'refuze' is not one "
     r"of accept, junk, hold, refuse, did you mean 'refuse'\?"),
    ("check helo {\n\tscore_missing 101;\n}\n", 2, 16,
     r"'101' is out of range, allowed is -100 to 100"),
    ("check helo {\n\tenabled yes;\n\tenabled no;\n}\n", 3, 2,
     r"repeated option 'enabled', first set at \S+:\d+"),
    ("check helo { enabled yes; }\ncheck helo { }\n", 2, 1,
     r"section 'check helo' stands a second time, first at \S+:\d+"),
    ("check helo {\n", 2, 1, r"missing '}'"),
    ("check nosuch { }\n", 1, 7, r"nosuch"),
    ("include \"no/such/file.conf\";\n", 1, 9, r"no/such/file"),
])
def test_a_fault_of_the_configuration_is_named_with_place_and_remedy(
        home, more, line, column, said):
    path = conf_of(home, more)
    offset = path.read_text().count("\n") - more.count("\n")
    status, stderr = end_of("-c", path)
    assert status == REFUSED
    place = re.search(rf"{re.escape(str(path))}:(\d+):(\d+): (.*)", stderr)
    assert place, stderr
    assert re.search(said, place[3]), place[3]
    assert int(place[1]) == offset + line, stderr
    assert int(place[2]) == column, stderr
    assert not accepts(home / "sock/milter")


def test_a_configuration_that_is_not_there_is_named(home):
    status, stderr = end_of("-c", home / "none.conf")
    assert status == REFUSED
    assert f"{home}/none.conf" in stderr and "No such file" in stderr


@pytest.mark.parametrize("argv", [["--nonsense"], ["-c"], ["extra"]])
def test_a_wrong_argument_shows_the_usage(argv):
    status, stderr = end_of(*argv)
    assert status == REFUSED and "usage: mailreeve-milter" in stderr


@pytest.mark.parametrize("settings, said", [
    ({"listen": '"unix:@DIR@/none/milter"'}, r"/none/milter.*directory exist"),
    ({"listen": '"nonsense"'}, r"unix:/PATH nor inet:PORT@ADDRESS"),
    ({"listen": '"inet:8894"'}, r"lacks a port or an address"),
    ({"listen": '"unix:/' + "x" * 120 + '"'}, r"at most 107 bytes"),
    ({"listen_group": "nosuchgroup"}, r"there is no group 'nosuchgroup'"),
    ({"ctl_admin": '"@DIR@/none/ctl"'}, r"/none/ctl.*directory exist"),
    ({"event_spool": '"@DIR@/none"'}, r"/none/milter.jsonl.*directory exist"),
])
def test_a_place_that_cannot_be_is_named(home, settings, said):
    path = conf_of(home)
    text = path.read_text()
    for key, value in settings.items():
        value = value.replace("@DIR@", str(home))
        text, count = re.subn(rf"(?m)^\t{key} .*;$", f"\t{key} {value};",
                              text)
        if count == 0:
            text = text.replace("milter {\n", f"milter {{\n\t{key} {value};\n")
    path.write_text(text)
    status, stderr = end_of("-c", path)
    assert status == REFUSED and re.search(said, stderr), stderr


@pytest.fixture
def running(home):
    """(configuration, process) of a milter that serves."""
    path = conf_of(home)
    with start("-c", path) as process:
        for line in process.stderr:
            if "ready " in line:
                break
        yield path, process
        if process.poll() is None:
            process.terminate()
            process.wait(AT_MOST)


def test_a_second_milter_on_one_socket_is_refused_and_the_first_serves_on(
        running, home):
    path, process = running
    status, stderr = end_of("-c", path)
    assert status == REFUSED
    assert re.search(rf"{home}/sock/\S+: another process listens here",
                     stderr), stderr
    assert process.poll() is None
    assert accepts(home / "sock/milter") and accepts(home / "sock/milter.ctl")


def test_with_control_sockets_of_its_own_it_is_the_milter_socket_that_is_taken(
        running, home):
    path, process = running
    other = home / "other.conf"
    other.write_text(path.read_text().replace("milter.ctl", "other.ctl")
                     .replace("milter-plugin.ctl", "other-plugin.ctl"))
    status, stderr = end_of("-c", other)
    assert status == REFUSED
    assert f"{home}/sock/milter: another process listens here" in stderr
    assert process.poll() is None and accepts(home / "sock/milter")


def test_a_socket_that_a_killed_milter_left_is_taken_over(running, home):
    path, process = running
    process.kill()
    process.wait()
    assert (home / "sock/milter").is_socket()
    with start("-c", path) as second:
        for line in second.stderr:
            if "ready " in line:
                break
        assert accepts(home / "sock/milter")
        second.terminate()
        assert second.wait(AT_MOST) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_leaves_no_socket(running, home, number):
    _, process = running
    process.send_signal(number)
    assert process.wait(AT_MOST) == 0
    assert list((home / "sock").iterdir()) == []


def test_a_file_in_the_place_of_the_socket_is_not_removed(home):
    path = conf_of(home)
    precious = home / "sock/milter"
    precious.write_text("precious")
    status, stderr = end_of("-c", path)
    assert status == REFUSED and str(precious) in stderr
    assert precious.read_text() == "precious"


def test_it_says_its_version_and_how_to_use_it():
    for option, said in (("--version", r"mailreeve-milter \d+\.\d+"),
                         ("--help", r"usage: mailreeve-milter")):
        done = subprocess.run([PROGRAM, option], capture_output=True,
                              text=True, check=True)
        assert re.match(said, done.stdout) and done.stderr == ""


def test_without_a_group_only_the_daemons_own_may_connect(running, home):
    """Whoever may connect may have mail signed."""
    assert (home / "sock/milter").stat().st_mode & 0o777 == 0o660


def test_it_may_be_stopped_as_soon_as_it_is_ready(home):
    path = conf_of(home)
    for _ in range(40):
        with start("-c", path) as process:
            for line in process.stderr:
                if "ready " in line:
                    break
            process.terminate()
            assert process.wait(AT_MOST) == 0
        assert not (home / "sock/milter").exists()
