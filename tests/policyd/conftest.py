# SPDX-License-Identifier: ISC
"""Fixtures for tests of policyd: a store that goes and comes."""

import pytest
from redishost import RedisHost, Relay


@pytest.fixture(name="redis")
def redis_fixture(tmp_path):
    with RedisHost(tmp_path) as redis:
        yield redis


@pytest.fixture(name="relay")
def relay_fixture(redis):
    with Relay(redis) as relay:
        yield relay
