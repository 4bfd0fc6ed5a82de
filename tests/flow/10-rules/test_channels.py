# SPDX-License-Identifier: ISC
"""Rules of a channel: read at the reload behind the update; what became of a
failed one is told."""

import pytest
from flow.judged import RULES, conf
from flow.story import Letter, event_of, status

CHANNELS = RULES.replace("}\n", """\
	channels "ours=file:@DIR@/rules/nowhere";
	channel_directory "@DIR@/channels";
}
""")
SET = "channels/sets/set.first/ours"


@pytest.fixture(autouse=True)
def with_a_channel(lab):
    lab.write(f"{SET}/VERSION", "100\n")
    lab.write(f"{SET}/a.cf", "body OF_CHANNEL /tranquil words/\n"
              "score OF_CHANNEL 2.5\n")
    current = lab.dir / "channels" / "current"
    if not current.is_symlink():
        current.symlink_to("sets/set.first")
    lab.milter.configure(conf().replace(RULES, CHANNELS))
    lab.ctl("reload")
    yield
    (lab.dir / "channels" / "failed").unlink(missing_ok=True)
    lab.milter.configure(conf())
    lab.ctl("reload")
    assert status(lab)["degraded"] == []


def test_its_rules_judge(lab):
    told = event_of(lab, lab.send(data=Letter(body="tranquil words\n").data))
    assert {f["check"]: f["score"] for f in told["findings"]
            if f["score"]} == {"OF_CHANNEL": 2.5}


def test_a_failed_update_is_told(lab):
    assert status(lab)["degraded"] == []
    lab.write("channels/failed", "ours: its signature is wrong")
    assert status(lab)["degraded"] == [
        "the last update of rules failed: ours: its signature is wrong"]
