# SPDX-License-Identifier: ISC
"""What milter and policyd decide goes on to the stream mr:events: once each, in
order, while Redis and the daemons come and go, and mail does not notice."""

import signal

import pytest
from flow.story import Letter, arrival, wait_until_idle
from lab import milter_conf, policyd_conf
from lab.milter import ctl
from lab.patience import AT_MOST

CONF = milter_conf("domain lab.test { }\n", mode="enforce") + policyd_conf(
    mode="enforce", events="all")
DAEMONS = ("milter", "policyd")
# redis-cli prints a text as it is, and no event holds a newline.
ALL_ENTRIES = """\
local out = {}
for _, entry in ipairs(redis.call('XRANGE', 'mr:events', '-', '+')) do
    out[#out + 1] = entry[2][2]
end
return table.concat(out, '\\n')
"""


@pytest.fixture(name="lab", scope="module")
def lab_fixture(shared_lab_factory):
    return shared_lab_factory(milter_conf=CONF, policyd_conf=CONF)


def say(lab, *words):
    return lab.run(["redis-cli", "-s", lab.places.redis_socket, *words]
                   ).stdout.decode()


def stream(lab):
    return say(lab, "eval", ALL_ENTRIES, "0").splitlines()


def of(daemon, lines):
    return [line for line in lines if f'"daemon":"{daemon}"' in line]


def spooled(lab, daemon):
    directory = lab.dir / "spool"
    paths = [*sorted(directory.glob(f"{daemon}-*.jsonl")),
             directory / f"{daemon}.jsonl"]
    return "".join(path.read_text() for path in paths).splitlines()


def status(lab, daemon):
    return ctl(lab.places.sock / f"{daemon}.ctl", "status")


def send(lab, *subjects):
    """They are delivered, whatever Redis does."""
    for subject in subjects:
        assert lab.send(data=Letter(subject=subject).data).accepted
        arrival(lab, "ann@lab.test", subject)
    wait_until_idle(lab)


def is_all_there(lab):
    return all(status(lab, daemon)["events_waiting"] == 0
               and not status(lab, daemon)["degraded"] for daemon in DAEMONS)


def assert_all_there(lab):
    """What the files have, and that alone."""
    lab.wait(lambda: is_all_there(lab), AT_MOST, "the events to be sent")
    there = stream(lab)
    for daemon in DAEMONS:
        assert of(daemon, there) == spooled(lab, daemon)
        assert status(lab, daemon)["events_lost"] == 0
    assert sum(len(of(daemon, there)) for daemon in DAEMONS) == len(there)


def test_each_decision_of_both_daemons_is_there(lab):
    send(lab, "one", "two", "three")
    assert_all_there(lab)
    there = stream(lab)
    assert len(of("milter", there)) == 3
    assert len(of("policyd", there)) == 6       # RCPT, END-OF-MESSAGE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_daemons_restart_while_redis_is_away(lab, number):
    name = number.name
    send(lab, f"before {name}")
    assert_all_there(lab)
    say(lab, "save")                # it keeps nothing else
    lab.redis.kill()
    send(lab, f"while it is away {name}")
    for daemon in (lab.milter, lab.policyd):
        daemon.term() if number == signal.SIGTERM else daemon.kill()
        daemon.start()
    send(lab, f"still away {name}")
    for daemon in DAEMONS:
        assert status(lab, daemon)["events_waiting"] >= 2
    lab.redis.start()
    send(lab, f"after {name}")
    assert_all_there(lab)


def test_redis_hangs_and_goes_on(lab):
    send(lab, "before it hangs")
    lab.redis.pause()
    try:
        send(lab, "while it hangs")
        lab.wait(lambda: all(status(lab, daemon)["degraded"]
                             for daemon in DAEMONS), AT_MOST, "the trouble")
    finally:
        lab.redis.resume()
    send(lab, "after that")
    assert_all_there(lab)
