# SPDX-License-Identifier: ISC
"""Running the command line, with what it printed and how it ended."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"


@dataclass
class Ended:
    status: int
    out: str
    err: str


def mailreeve(*words, **options):
    """One run; options are subprocess.run's."""
    ended = subprocess.run([PROGRAM, *map(str, words)], check=False,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=600, **options)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def succeeds(*words):
    """What it printed; it must have gone well and without complaint."""
    ended = mailreeve(*words)
    assert (ended.status, ended.err) == (0, ""), ended
    return ended.out


def refuses(*words):
    """What it complained about; it must have done nothing."""
    ended = mailreeve(*words)
    assert (ended.status, ended.out) == (2, ""), ended
    return ended.err
