# SPDX-License-Identifier: ISC
"""test_why.py - mailreeve why and status, asking a running milter."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "milter"))
from milterclient import MilterClient  # noqa: E402

BIN = Path(os.environ.get("MAILREEVE_BIN", TESTS.parent / "build" / "bin"))
CONF = """
milter {{
	listen unix:{dir}/milter.sock;
	ctl_admin {dir}/admin.ctl;
	ctl_plugin {dir}/plugin.ctl;
	event_spool {dir}/events;
	mode enforce;
}}
dns {{ zone_file {zone}; }}
domain example.org {{ dkim_key gone {{ file {dir}/gone.pem; }} }}
user mild@example.org {{ dmarc_on_reject quarantine; }}
"""


class Host:
    """A milter of its own, and the command line that asks it."""

    def __init__(self, directory):
        self.directory = Path(directory)
        (self.directory / "events").mkdir()
        self.conf = self.directory / "mailreeve.conf"
        zone = self.directory / "zone"
        zone.write_text(
            (TESTS / "data" / "scan" / "zone.tsv").read_text()
            + "_dmarc.bank.example\tTXT\tv=DMARC1; p=reject\n")
        self.conf.write_text(CONF.format(dir=directory, zone=zone))
        self.log = open(self.directory / "log", "w+")
        self.milter = subprocess.Popen(
            [BIN / "mailreeve-milter", "-c", self.conf], stderr=self.log)

    def cli(self, *args):
        done = subprocess.run([BIN / "mailreeve", *args], timeout=600,
                              capture_output=True, text=True)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def ask(self, verb, *args):
        return self.cli(verb, "-c", self.conf, *args)

    def wait(self):
        for _ in range(1000):
            if self.ask("status")[0] == 0:
                return
            time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError(self.log.read())

    def send(self, name="203.0.113.7"):
        with MilterClient(f"unix:{self.directory}/milter.sock") as mta:
            mta.connect("mail.example.net", name)
            mta.helo("mail.example.net")
            mta.mail("alice@example.net")
            for i in range(60):
                mta.rcpt(f"user{i}@example.org")
            return mta.message(
                b"From: alice@example.net\r\nFrom: boss@example.org\r\n"
                b"Message-ID: <evil\x1b[31m@example.net>\r\n\r\nPay\r\n")

    def spoof(self, *rcpts):
        with MilterClient(f"unix:{self.directory}/milter.sock") as mta:
            mta.connect("mail.example.net", "203.0.113.7")
            mta.helo("mail.example.net")
            mta.mail("alice@example.net")
            for rcpt in rcpts:
                mta.rcpt(rcpt)
            return mta.message(
                b"From: service@bank.example\r\n"
                b"Message-ID: <1@bank.example>\r\n\r\nPay\r\n")

    def event(self):
        """The newest event of the spool."""
        lines = [line for file in sorted((self.directory / "events")
                 .iterdir()) for line in file.read_text().splitlines()]
        return json.loads(lines[-1])

    def stop(self):
        self.milter.terminate()
        assert self.milter.wait(60) == 0
        self.log.close()


@pytest.fixture(scope="module")
def host():
    with tempfile.TemporaryDirectory(prefix="mr") as directory:
        started = Host(directory)
        try:
            started.wait()
            yield started
        finally:
            started.stop()


@pytest.fixture(scope="module")
def event(host):
    assert host.send().reply.kind == "reply"
    return host.event()


def test_why_tells_the_decision_its_cause_and_the_message(host, event):
    status, out, err = host.ask("why", event["id"])
    assert (status, err) == (0, "")
    for words in (event["id"], event["queue_id"], "refused because "
                  "from_header", "203.0.113.7", "<alice@example.net>",
                  "user0@example.org", "and 10 more", "550 5.6.0",
                  "boss@example.org"):
        assert re.search(r"\s+".join(map(re.escape, words.split())), out)
    assert re.search(r"^ +from_header +permerror .*→ +refuse", out,
                     re.M | re.S)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)


def test_why_takes_the_queue_id_too(host, event):
    assert host.ask("why", event["queue_id"]) == host.ask("why", event["id"])


def test_why_gives_the_events_as_they_are_in_json(host, event):
    status, out, _ = host.ask("why", "--json", event["id"])
    assert status == 0
    assert json.loads(out) == [event]


def test_why_tells_for_whom_something_else_was_decided(host):
    host.spoof("ann@example.org", "mild@example.org")
    told = host.event()
    assert told["decision"] == "junk"
    status, out, _ = host.ask("why", told["id"])
    assert status == 0
    assert re.search(r"^ +exceptions +junk for ann@example\.org, refuse were "
                     r"it for nobody\s+else$", out, re.M), out


@pytest.mark.parametrize("name", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense",
                                  "\"}\n", "ä"])
def test_why_of_an_unknown_message_ends_with_1(host, name):
    status, out, err = host.ask("why", name)
    assert (status, out) == (1, "")
    assert err.startswith("mailreeve: no message with this id")


def test_status_tells_how_the_milter_is_and_what_does_not_work(host):
    status, out, err = host.ask("status")
    assert (status, err) == (0, "")
    assert out.startswith("milter  enforce mode\n")
    assert str(host.conf) in out
    assert re.search(r"^ +degraded$", out, re.M)
    assert "gone.pem" in out.replace("\n", " ")


def test_status_in_json_is_the_daemons_own(host):
    status, out, _ = host.ask("status", "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["daemon"], found["mode"]) == ("milter", "enforce")
    assert found["pid"] == host.milter.pid


def test_a_socket_may_be_named_instead_of_a_configuration(host):
    socket = host.directory / "plugin.ctl"
    assert host.cli("status", "--socket", socket)[0] == 0


@pytest.mark.parametrize("verb", [["status"], ["why", "X"]])
def test_a_daemon_that_is_not_there_ends_with_1(host, verb):
    status, out, err = host.cli(*verb, "--socket", "/nonexistent/ctl")
    assert (status, out) == (1, "")
    assert "/nonexistent/ctl" in err


@pytest.mark.parametrize("args", [
    ["status", "-c", "/nonexistent.conf"], ["why", "-c", "/nonexistent.conf",
     "X"], ["why"], ["why", "X", "Y"], ["status", "X"]])
def test_wrong_usage_or_configuration_ends_with_2(host, args):
    status, out, err = host.cli(*args)
    assert (status, out) == (2, "")
    assert err.startswith("mailreeve: ")
