# SPDX-License-Identifier: ISC
"""The world of these stories, and a lab in it."""

import pytest
from flow.authors import World
from flow.relay import Relay
from lab import milter_conf

DOMAIN = "domain lab.test { }\n"


@pytest.fixture(scope="session")
def world():
    return World()


@pytest.fixture(scope="module")
def records():
    """What a file of stories has in its DNS beside the world."""
    return {}


@pytest.fixture(scope="module")
def trust():
    """Whom its host trusts: a section of the configuration."""
    return ""


@pytest.fixture(scope="module")
def lab(shared_lab_factory, world, records, trust):
    return shared_lab_factory(
        milter_conf=milter_conf(DOMAIN + trust, mode="enforce"),
        zone=world.zone(**records))


@pytest.fixture(scope="module")
def relay(lab):
    return Relay(lab).start()


@pytest.fixture
def configure(lab, trust):
    """configure(more, mode): until the test ends, with MORE for TRUST."""
    def reload(more="", mode="enforce"):
        lab.milter.configure(milter_conf(DOMAIN + more, mode=mode))
        lab.ctl("reload")

    yield reload
    reload(trust)
