# SPDX-License-Identifier: ISC
"""A lab that judges by rules."""

import pytest
from flow.judged import FILES, USERS, conf


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    return shared_lab_factory(milter_conf=conf(), users=USERS, files=FILES)
