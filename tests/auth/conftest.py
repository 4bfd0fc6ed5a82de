# SPDX-License-Identifier: ISC
"""The counts of the suites, shown also when everything passed; and keys."""

import pytest
from flow.signer import Signer

COUNTS = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[COUNTS] = []


@pytest.fixture(scope="session")
def count(request):
    """count(text): a line for the end of the run."""
    return request.config.stash[COUNTS].append


@pytest.fixture(scope="session")
def signer():
    """Signs for any domain."""
    return Signer("example.org")


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash[COUNTS]:
        terminalreporter.write_line(line)
