# SPDX-License-Identifier: ISC
"""A new configuration while mail flows: taken whole, or not at all."""

import threading

import pytest
from flow.metrics import Exposition
from flow.story import (Letter, event_of, finding, refusal, status,
                        wait_until_idle)
from lab import milter_conf
from lab.milter import CtlError
from lab.patience import AT_MOST

DOMAIN = "domain lab.test { }\n"
TWO_FROM = Letter(more="From: Boss <boss@lab.test>\n")
REFUSED = r"the new configuration is refused, the old one stays in force: "


@pytest.fixture(scope="module")
def lab(shared_lab_factory):
    return shared_lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"))


@pytest.fixture(autouse=True)
def begin_as_ever(lab):
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce"))
    lab.ctl("reload")


def reload_by_signal(lab, text):
    """SIGHUP, and wait until the milter has done it."""
    def figure():
        found = Exposition(lab.ctl("metrics")).samples
        return sum(sum(found[name].values()) for name in found
                   if name.startswith("mailreeve_milter_reload"))

    before = figure()
    lab.milter.configure(text)
    lab.milter.reload()
    lab.wait(lambda: figure() > before, AT_MOST, "the reload")


def test_sighup_puts_the_new_settings_in_force(lab):
    assert lab.send(data=TWO_FROM.data).last.code == 550
    reload_by_signal(lab, milter_conf(DOMAIN, mode="observe"))
    assert status(lab)["mode"] == "observe"
    assert lab.send(data=TWO_FROM.data).accepted
    lab.wait_for_log("the new configuration is in force", "milter")


def test_a_bad_configuration_is_refused_with_the_reason_and_the_old_one_stays(
        lab):
    reload_by_signal(lab, milter_conf("dns2 { }\n", mode="observe"))
    lab.wait_for_log(REFUSED + r".*milter.conf:\d+:1: unknown section "
                     r"'dns2', did you mean 'dns'\?", "milter")
    assert status(lab)["mode"] == "enforce"
    assert lab.send(data=TWO_FROM.data).last.code == 550


def test_the_control_socket_says_why_a_configuration_is_refused(lab):
    lab.milter.configure(milter_conf("domain lab.test {\n"))
    said = refusal(lab, "reload")
    assert said.startswith("refused ") and "milter.conf:" in said
    assert lab.send(data=TWO_FROM.data).last.code == 550


def test_a_configuration_that_has_gone_is_refused_too(lab):
    lab.places.milter_conf.unlink()
    assert "No such file" in refusal(lab, "reload")
    assert lab.send(data=TWO_FROM.data).last.code == 550


def test_a_key_that_has_gone_is_an_error_at_reload(lab):
    lab.milter.configure(milter_conf(
        'domain lab.test { dkim_key s1 { file "@DIR@/none.pem"; } }\n'))
    assert "none.pem" in refusal(lab, "reload")
    assert status(lab)["mode"] == "enforce"
    [degraded] = status(lab)["degraded"]
    assert "the last reload was refused" in degraded
    assert "none.pem" in degraded
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce"))
    lab.ctl("reload")
    assert status(lab)["degraded"] == []


def test_a_message_under_way_keeps_the_configuration_it_began_with(lab):
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        lab.milter.configure(milter_conf(DOMAIN, mode="observe"))
        lab.ctl("reload")
        assert session.data(TWO_FROM.data).code == 550
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        assert session.data(TWO_FROM.data).code == 250
        session.quit()


def test_a_session_that_began_without_bodies_gets_them_when_they_are_wanted(
        lab, signer):
    """What is not wanted need not be sent; but now a signature is judged."""
    nobody = "check dkim { enabled no; }\naction dkim_sign { enabled no; }\n"
    lab.dns.set_zone(signer.zone())
    lab.milter.configure(milter_conf(DOMAIN + nobody, mode="enforce"))
    lab.ctl("reload")
    with lab.smtp() as session:
        session.ehlo()
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        assert session.data(Letter().data).code == 250
        lab.milter.configure(milter_conf(DOMAIN, mode="enforce"))
        lab.ctl("reload")
        session.mail("joan@sender.test")
        session.rcpt("ann@lab.test")
        reply = session.data(signer.sign(Letter(subject="signed").data))
        session.quit()
    [event] = lab.ctl("why", {"id": reply.text.split()[-1]})
    assert finding(event, "dkim")["result"] == "pass"


def test_what_holds_from_the_start_is_named_when_it_changed(lab):
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce",
                                     idle_timeout="1h"))
    lab.ctl("reload")
    lab.wait_for_log(r"'idle_timeout' in 'milter' is 2h until the daemon "
                     r"restarts", "milter")
    assert "'listen' in" not in lab.log("milter")


def test_the_bound_on_connections_is_that_of_the_new_configuration(lab):
    lab.milter.configure(milter_conf(DOMAIN, mode="enforce",
                                     max_connections="1"))
    lab.ctl("reload")
    wait_until_idle(lab)
    with lab.smtp() as first:
        first.ehlo()
        first.mail("joan@sender.test")
        refused = lab.send(data=Letter().data)
        assert refused.last.code == 451, refused
        assert status(lab)["sessions_refused"] >= 1
        assert first.rcpt("ann@lab.test").code == 250
    wait_until_idle(lab)
    assert lab.send(data=Letter().data).accepted


def test_no_connection_is_lost_by_reloads_under_load(lab):
    """Every message of every session is taken, whatever is reloaded."""
    texts = [milter_conf(DOMAIN, mode=mode) for mode in
             ("enforce", "observe")]
    replies, done = [], threading.Event()

    def keep_sending():
        with lab.smtp() as session:
            session.ehlo()
            for n in range(25):
                session.mail("joan@sender.test")
                session.rcpt("bob@lab.test")
                replies.append(session.data(Letter(subject=f"{n}").data))
            session.quit()

    def keep_reloading():
        for n in range(1000):
            lab.milter.configure(texts[n % 2])
            try:
                lab.ctl("reload")
            except CtlError as error:
                replies.append(error)
            if done.wait(0.01):
                return

    senders = [threading.Thread(target=keep_sending) for _ in range(8)]
    reloader = threading.Thread(target=keep_reloading)
    for thread in [*senders, reloader]:
        thread.start()
    for thread in senders:
        thread.join()
    done.set()
    reloader.join()
    assert len(replies) == 200
    assert all(reply.code == 250 for reply in replies)
    assert lab.log("milter").count("the new configuration is in force") > 20
    told = event_of(lab, lab.send(data=Letter(subject="and on").data))
    assert told["done"] == "ham"
