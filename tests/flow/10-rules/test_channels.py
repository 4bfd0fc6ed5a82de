# SPDX-License-Identifier: ISC
"""Rules of a channel: an update is taken up at once, and so is the way back; what
became of a failed one is told."""

import shutil
import subprocess

import pytest
from flow.judged import RULES, conf
from flow.ours import PROGRAM
from flow.story import Letter, event_of, status
from rules.channels import Publisher, needs_gpg

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


@pytest.fixture
def older(lab):
    """A set before the one in use."""
    lab.write("channels/sets/set.older/ours/VERSION", "99\n")
    lab.write("channels/sets/set.older/ours/a.cf",
              "body OF_CHANNEL /tranquil words/\nscore OF_CHANNEL 1.25\n")
    channels = lab.dir / "channels"
    (channels / "previous").symlink_to("sets/set.older")
    yield
    for name, target in (("current", "sets/set.first"), ("previous", None)):
        (channels / name).unlink()
        if target:
            (channels / name).symlink_to(target)
    (channels / "held").unlink(missing_ok=True)


def rules(lab, command, *words):
    return subprocess.run(
        [PROGRAM, "rules", command, "-c", lab.places.milter_conf, *words],
        capture_output=True, text=True, check=False)


def rollback(lab, *words):
    return rules(lab, "rollback", *words)


def score(lab):
    told = event_of(lab, lab.send(data=Letter(body="tranquil words\n").data))
    return sum(f["score"] for f in told["findings"])


def test_the_milter_takes_a_rollback_up(lab, older):
    assert score(lab) == 2.5
    done = rollback(lab)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("ours: version 99\n"
                           "the milter has taken them up\n")
    assert score(lab) == 1.25


def test_or_not_when_that_is_wanted(lab, older):
    done = rollback(lab, "--no-reload")
    assert done.returncode == 0
    assert "the milter takes them up at its next reload" in done.stdout
    assert score(lab) == 2.5
    lab.ctl("reload")
    assert score(lab) == 1.25


def test_a_milter_that_does_not_take_them_is_told_of(lab, older):
    lab.write("rules/local/broken.rules", "rule X {\n\tscoer 1;\n}\n")
    done = rollback(lab)
    (lab.dir / "rules" / "local" / "broken.rules").unlink()
    assert done.returncode == 1
    assert "the milter has not taken them up, what it had stays in force: " \
        in done.stderr
    assert "local/broken.rules:2:" in done.stderr
    assert score(lab) == 2.5


def test_where_none_runs(lab, older):
    lab.milter.term()
    done = rollback(lab)
    lab.milter.start()
    assert done.returncode == 0, done.stderr
    assert "no milter runs here: they count when it starts" in done.stdout
    assert score(lab) == 1.25


@pytest.fixture
def publisher(lab, tmp_path):
    """Who signs the channel from now on."""
    one = Publisher(tmp_path)
    shutil.rmtree(lab.dir / "channels")
    signed = CHANNELS.replace("@DIR@/rules/nowhere", str(one.folder)).replace(
        "\tchannels", f'\tkeyring "{one.keyring}";\n\tchannels')
    lab.milter.configure(conf().replace(RULES, signed))
    lab.ctl("reload")
    yield one
    one.stop()
    shutil.rmtree(lab.dir / "channels")


def publish(publisher, version, score):
    publisher.publish(version, a="body OF_CHANNEL /tranquil words/\n"
                      f"score OF_CHANNEL {score}\n")


@needs_gpg
def test_the_milter_takes_an_update_up(lab, publisher):
    """And the next, and no update that is not what was signed."""
    assert score(lab) == 0
    for version, points in ((100, 1.5), (101, 3.5)):
        publish(publisher, version, points)
        done = rules(lab, "update")
        assert done.returncode == 0, done.stderr
        assert "the milter has taken them up" in done.stdout
        assert score(lab) == points
    publish(publisher, 102, 9)
    archive = publisher.folder / "102.tar.gz"
    archive.write_bytes(archive.read_bytes() + b"more")
    done = rules(lab, "update")
    assert done.returncode == 1
    assert score(lab) == 3.5
    assert "the last update of rules failed" in status(lab)["degraded"][0]
    assert rollback(lab).returncode == 0
    assert score(lab) == 1.5
