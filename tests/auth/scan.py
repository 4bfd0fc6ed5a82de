# SPDX-License-Identifier: ISC
"""`mailreeve scan --spf-only`, for many cases at once."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"
NOW = 1795255200        # 2026-11-21, 10:00 UTC


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


def judge(zone_file, session):
    """What we say of this session in this DNS."""
    ended = subprocess.run(
        [PROGRAM, "scan", "--spf-only", "--json", "--zone", zone_file,
         "--now", str(NOW), "--client-ip", session.client,
         "--helo", session.helo, "--mail-from", session.mail_from],
        check=False, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60)
    # It may warn of a sender that is no address; a sanitizer may not.
    assert ended.returncode == 0 and b"anitizer" not in ended.stderr, \
        (session, ended)
    said = json.loads(ended.stdout)["spf"]
    if said is None:
        return Judgement("not judged", None)
    return Judgement(said["result"], said.get("explanation"))


def judge_all(cases):
    """The Judgement of each (zone file, Session), all cores at work."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda case: judge(*case), cases))
