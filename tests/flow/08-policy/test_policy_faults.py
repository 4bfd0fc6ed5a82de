# SPDX-License-Identifier: ISC
"""What clients of a real Postfix notice when policyd, the milter or Redis goes
in the middle of their mail: nothing, and each message counts once."""

import re
import threading

import pytest
from flow.story import Letter
from lab import milter_conf, policyd_conf
from lab.crew import Crew
from lab.milter import CtlError
from lab.patience import AT_MOST
from lab.places import PORT_SUBMISSION

LIMITS = """\
domain lab.test { }
rule throttle { milter_confirms yes; }
throttle outbound { unit recipients; limit 1000000/1d; }
throttle inbound { direction inbound; per recipient; limit 100/1h; }
"""
CONF = policyd_conf(LIMITS.replace("milter_confirms yes; ", ""),
                    mode="enforce")
CONFIRMED = milter_conf(LIMITS, mode="enforce") + policyd_conf(
    mode="enforce")
NOON = 1795176000               # 2026-11-20T12:00:00Z
CONTENT_TIMEOUT = 300
SENDERS = 5
TURNS = 3


def used(lab, address="ann@lab.test"):
    told = lab.policyd.ctl("limits", {"address": address})["limits"]
    return {limit["throttle"]: limit["used"] for limit in told}


def figure(lab, name):
    return int(re.search(rf"(?m)^mailreeve_policyd_{name} (\d+)$",
                         lab.policyd.ctl("metrics"))[1])


def is_well(lab):
    return figure(lab, "charges_owed") == 0 and \
        not lab.policyd.ctl("status")["degraded"]


# --- policyd goes -------------------------------------------------------------

class Traffic(Crew):
    """Ann sends all the time, in several sessions with many messages each."""

    def __init__(self, lab):
        super().__init__(self._send, [()] * SENDERS)
        self.lab = lab
        self.accepted = 0
        self.others = []
        self.lock = threading.Lock()

    def _send(self):
        data = Letter(author="ann@lab.test").data
        try:
            while not self.is_over.is_set():
                sent = self.lab.send(
                    mail_from="ann@lab.test", auth=True, data=data,
                    port=PORT_SUBMISSION, rcpt=["bob@lab.test",
                                                "carol@second.test"])
                with self.lock:
                    self.accepted += sent.accepted
                if not sent.accepted:
                    self.others.append(sent)
                    return
        except OSError as error:
            self.others.append(error)

    def more(self, count=10):
        enough = self.accepted + count
        self.lab.wait(lambda: self.accepted >= enough or self.others, AT_MOST,
                      "more messages")


def restart(lab):
    assert lab.policyd.term() == 0
    lab.policyd.start()


def crash(lab):
    lab.policyd.kill()
    lab.policyd.start()


def reload(lab):
    lab.policyd.ctl("reload")


@pytest.fixture(scope="module", name="busy")
def busy_fixture(shared_lab_factory):
    # By default Postfix tries twice, with a second between, which a restart
    # keeps; a machine that is busy with other tests need not.
    return shared_lab_factory(policyd_conf=CONF, postfix={
        "smtpd_policy_service_try_limit": "30"})


@pytest.mark.parametrize("event", [restart, reload, crash])
def test_amid_traffic_policyd_goes_and_nobody_notices(busy, event):
    """No request stays unanswered: Postfix asks again where its connection was
    closed, and that is the same charge; submission would be told 451."""
    before = used(busy)["outbound"]
    with Traffic(busy) as traffic:
        for _ in range(TURNS):
            traffic.more()
            event(busy)
        traffic.more()
    assert traffic.others == []
    print(f"{traffic.accepted} messages")
    assert used(busy)["outbound"] - before == 2 * traffic.accepted
    assert is_well(busy)


# --- the milter goes ----------------------------------------------------------

def at(lab, seconds):
    """policyd's clock."""
    lab.policyd.ctl("clock", {"now": str(NOON + seconds)})


@pytest.fixture(name="lab")
def lab_fixture(lab_factory):
    lab = lab_factory(milter_conf=CONFIRMED, policyd_conf=CONFIRMED)
    lab.clock(str(NOON))
    at(lab, 0)
    return lab


def send_to_the_end(session, lab):
    """All of a message, to a milter that does not hear it; policyd has been
    asked about its end, and has reserved."""
    session.ehlo()
    assert session.mail("joe@sender.test")
    assert session.rcpt("ann@lab.test")
    assert session.command("DATA").code == 354
    lab.milter.pause()
    session.write(Letter().data + b"\r\n.\r\n")
    lab.wait(lambda: used(lab)["inbound"] == 1, AT_MOST, "the reservation")


def test_a_milter_that_dies_at_the_end_of_a_message_leaves_no_charge(lab):
    with lab.smtp() as session:
        send_to_the_end(session, lab)
        lab.milter.kill()
        assert session.read_reply().code == 451
    at(lab, CONTENT_TIMEOUT - 1)
    assert used(lab)["inbound"] == 1
    at(lab, CONTENT_TIMEOUT + 10)
    assert used(lab)["inbound"] == 0
    # It comes again, and Joe's message with it.
    lab.milter.start()
    lab.clock(str(NOON + CONTENT_TIMEOUT + 10))
    assert lab.send(data=Letter().data).accepted
    assert used(lab)["inbound"] == 1


def test_a_milter_that_hangs_for_too_long_counts_what_it_takes_at_last(lab):
    with lab.smtp() as session:
        send_to_the_end(session, lab)
        at(lab, CONTENT_TIMEOUT + 10)
        assert used(lab)["inbound"] == 0
        lab.milter.resume()
        assert session.read_reply().code == 250
    lab.wait(lambda: used(lab)["inbound"] == 1, AT_MOST, "its word")


# --- Redis goes ---------------------------------------------------------------

def test_a_redis_that_is_killed_is_noticed_by_no_client(lab):
    """Milter and policyd alike go on, and find the new one."""
    assert lab.send(data=Letter().data).accepted
    lab.wait(lambda: used(lab)["inbound"] == 1, AT_MOST, "the first one")
    lab.redis.kill()
    for _ in range(3):
        assert lab.send(data=Letter().data).accepted
    assert lab.policyd.ctl("status")["degraded"]
    with pytest.raises(CtlError, match="store"):
        used(lab)
    lab.redis.start()
    lab.wait(lambda: is_well(lab), AT_MOST, "it to be well again")
    # It kept nothing on disk: what passed meanwhile is all that it knows.
    assert used(lab)["inbound"] == 3
    assert lab.send(data=Letter().data).accepted
    lab.wait(lambda: used(lab)["inbound"] == 4, AT_MOST, "the next one")
