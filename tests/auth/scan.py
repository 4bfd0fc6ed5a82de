# SPDX-License-Identifier: ISC
"""What `mailreeve scan` says, SPF of many cases at once, and others' data."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"
DATA = Path(os.environ.get("MAILREEVE_DATA")
            or CHECKOUT.parent / "shared" / "data")
NOW = 1795255200        # 2026-11-21, 10:00 UTC
# What the checks say by themselves; a message alone is sooner judged than the
# stock rules are read.
NO_RULES = ["--config", CHECKOUT / "tests" / "data" / "no_rules.conf"]


@dataclass(frozen=True)
class Session:
    """What an SMTP client did."""

    client: str
    helo: str
    mail_from: str


@dataclass(frozen=True)
class Judgement:
    result: str
    explanation: str | None


def need(path):
    """Skip the test where this part of DATA is absent."""
    if not path.exists():
        pytest.skip(f"{path} is absent: the folder of others' test data is "
                    "that in MAILREEVE_DATA")
    return path


def scan(*words, message=b""):
    """Its output. It may warn of a sender that is no address; a sanitizer may
    not."""
    ended = subprocess.run([PROGRAM, "scan", *words], input=message,
                           check=False, capture_output=True, timeout=600)
    assert ended.returncode == 0 and b"anitizer" not in ended.stderr, ended
    return ended.stdout.decode("utf-8")


def judge(zone_file, session):
    """What we say of this session in this DNS."""
    said = json.loads(scan(
        "--spf-only", "--json", "--zone", zone_file, "--now", str(NOW),
        "--client-ip", session.client, "--helo", session.helo,
        "--mail-from", session.mail_from))["spf"]
    if said is None:
        return Judgement("not judged", None)
    return Judgement(said["result"], said.get("explanation"))


def judge_all(cases):
    """The Judgement of each (zone file, Session), all cores at work."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda case: judge(*case), cases))
