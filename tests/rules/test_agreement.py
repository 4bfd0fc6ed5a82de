# SPDX-License-Identifier: ISC
"""SpamAssassin's stock rules hit the same mail here as in SpamAssassin itself.
More messages: make bench-rules-agreement."""

import agreement
import pytest

pytestmark = pytest.mark.once
MESSAGES = 200


@pytest.fixture(scope="module", name="found")
def compared(tmp_path_factory):
    reason = agreement.why_impossible()
    if reason is not None:
        pytest.skip(reason)
    found = agreement.compare(tmp_path_factory.mktemp("agreement"), MESSAGES)
    print(found)
    return found


def test_rules_hit_the_same_messages(found):
    assert found.either["plain"] > 10000
    assert found.rate("plain") > 0.995, str(found)


def test_eval_rules_hit_the_same_messages(found):
    assert found.either["eval:"] > 800
    # Few hit a message, so one message with a fault of its own counts more.
    assert found.rate("eval:") > 0.985, str(found)


def test_each_difference_has_its_reason(found):
    assert not found.unexplained, str(found)


def test_what_hits_there_is_loaded_here(found):
    """Rules that are left out answer by the network, or hit nothing."""
    assert not found.not_loaded
