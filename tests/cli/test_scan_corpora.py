# SPDX-License-Identifier: ISC
"""test_scan_corpora.py - mailreeve scan over the mail of others: what is honest
arrives, and whatever it is has an outcome in the shape of the contract."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from cli import CHECKOUT, PROGRAM
from scanning import check_shape

DATA = Path(os.environ.get("MAILREEVE_DATA")
            or CHECKOUT.parent / "shared" / "data")

# Without From: two messages that a mail program had put its own lines on top
# of. Nothing else stands against honest mail where the DNS knows nobody.
HAM = Counter({"ham": 7344, "junk": 2})
NO_FROM = {"the message has no From"}

# What checks say by themselves.
NO_RULES = ["--config", str(CHECKOUT / "tests" / "data" / "no_rules.conf")]
# What the stock rules may cost: of a hundred letters of honest mail.
JUNKED_MAX = 0.5


@pytest.fixture(scope="module", name="mail")
def unpacked():
    """A folder of the corpora."""
    archives = sorted(DATA.glob("corpora/*/*.tar.gz"))
    if not archives:
        pytest.skip(f"no corpora in {DATA}")
    with tempfile.TemporaryDirectory() as name:
        for archive in archives:
            folder = Path(name, archive.parent.name)
            folder.mkdir()
            subprocess.run(["tar", "xzf", archive, "-C", folder], check=True)
        yield Path(name)


def scan_all(paths, *session):
    """What is said of each file, in its shape, by one process."""
    done = subprocess.run(
        [PROGRAM, "scan", "--json", "--zone", os.devnull, *session, *paths],
        capture_output=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, b"")
    found = [check_shape(json.loads(line))
             for line in done.stdout.decode().splitlines()]
    assert [one["file"] for one in found] == [str(path) for path in paths]
    return found


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


# Where nothing is known of the client, and where it is known and has no name.
@pytest.mark.once
@pytest.mark.parametrize("session", [
    [], ["--client-ip", "203.0.113.7", "--helo", "mail.example.net",
         "--mail-from", "<a@example.net>", "--rcpt", "bob@example.org"]],
    ids=["no client", "a client"])
def test_honest_mail_arrives(mail, session):
    ham = [path for path in files(mail) if "ham" in path.parent.name]
    found = scan_all(ham, *NO_RULES, *session)
    assert Counter(one["verdict"] for one in found) == HAM
    reasons = {entry["reason"] for one in found if one["verdict"] == "junk"
               for entry in one["findings"]
               if entry["check"] in ("from_header", "dmarc")}
    assert reasons == NO_FROM


@pytest.mark.once
def test_nothing_is_refused_for_what_the_dns_does_not_know(mail):
    found = scan_all([path for path in files(mail)
                      if "ham" not in path.parent.name], *NO_RULES)
    assert len(found) > 4000
    assert {one["verdict"] for one in found} == {"ham", "junk"}


@pytest.mark.once
def test_the_stock_rules_refuse_no_honest_mail_and_junk_little_of_it(mail):
    ham = [path for path in files(mail) if "ham" in path.parent.name]
    counts = Counter(one["verdict"] for one in scan_all(ham))
    print(f"honest mail by the stock rules: {dict(counts)}")
    assert counts["refuse"] == counts["defer"] == counts["hold"] == 0
    assert counts["junk"] <= len(ham) * JUNKED_MAX / 100


@pytest.mark.once
def test_the_stock_rules_find_spam(mail):
    spam = [path for path in files(mail) if "spam" in path.parent.name]
    counts = Counter(one["verdict"] for one in scan_all(spam))
    print(f"spam by the stock rules: {dict(counts)}")
    assert counts["ham"] < len(spam) / 2


def test_any_file_is_a_message_with_an_outcome():
    """Signatures, trees of MIME, attacks, archives, tables: bytes."""
    if not DATA.is_dir():
        pytest.skip(f"no data of others in {DATA}")
    found = scan_all(files(DATA), "--client-ip", "203.0.113.7")
    assert len(found) > 1000
