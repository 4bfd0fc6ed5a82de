# SPDX-License-Identifier: ISC
"""A process that hangs: it is there, and does nothing until SIGCONT."""

import os
import signal
import time
from pathlib import Path

from .patience import AT_MOST


def is_stopped(pid):
    """Is each of its threads?"""
    try:
        texts = [stat.read_text()
                 for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):     # one has just ended
        return False
    return all(text.rpartition(")")[2].split()[0] == "T" for text in texts)


def hang(pid):
    """Stop it, and wait: other threads run on until one has seen the signal."""
    deadline = time.monotonic() + AT_MOST
    os.kill(pid, signal.SIGSTOP)
    while not is_stopped(pid):
        assert time.monotonic() < deadline, f"process {pid} does not stop"
        time.sleep(0.001)
