# SPDX-License-Identifier: ISC
"""Fixtures of the stories."""

import os

import pytest
from flow.ours import Ours
from flow.signer import Signer

# What takes long is for `make check-long` alone.
collect_ignore = [] if os.environ.get("MAILREEVE_LONG") else ["long"]


@pytest.fixture(scope="session")
def signer():
    """sender.test, a stranger with keys of its own."""
    return Signer()


@pytest.fixture(scope="session")
def ours(tmp_path_factory):
    """Our own domains, with keys."""
    return Ours(tmp_path_factory.mktemp("keys"))
