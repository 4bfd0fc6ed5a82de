# SPDX-License-Identifier: ISC
"""All kinds of weather at once, for half a minute: no mail is lost."""

import random
import threading
import time

import pytest
from flow.story import Letter, fields, status, wait_until_idle
from lab import milter_conf
from lab.patience import AT_MOST

SECONDS = 30
SENDERS = 6
CONFS = [milter_conf("domain lab.test { }\n", mode=mode, deadline="1s")
         for mode in ("enforce", "observe")]
CONFS.append(CONFS[0] + "nonsense { }\n")


@pytest.fixture
def lab(lab_factory, signer):
    return lab_factory(milter_conf=CONFS[0], zone=signer.zone("k1", "k2"))


def test_what_was_accepted_arrives_once_whatever_happens(lab, signer):
    chance, replies, end = random.Random(11), {}, threading.Event()
    threads = [threading.Thread(target=keep_sending,
                                args=(lab, signer, n, replies, end))
               for n in range(SENDERS)]
    threads.append(threading.Thread(target=keep_leaving, args=(lab, end)))
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        chance.choice([change_dns, change_conf, restart, crash])(lab, chance)
        time.sleep(chance.random())
    for selector in ("s1", "k1", "k2"):
        lab.dns.fault(f"{selector}._domainkey.sender.test", None)
    end.set()
    for thread in threads:
        thread.join()
    accepted = {name for name, code in replies.items() if code == 250}
    assert set(replies.values()) <= {250, 451, 421}
    assert len(accepted) > 100
    lab.wait(lambda: lab.queue() == [], 3 * AT_MOST, "an empty queue")
    arrived = [fields(data, "Subject")[0] for data in lab.fetch(
        "ann@lab.test", count=len(accepted), timeout=3 * AT_MOST)]
    assert sorted(arrived) == sorted(accepted)
    wait_until_idle(lab)
    assert status(lab)["events_lost"] == 0


def keep_sending(lab, signer, number, replies, end):
    turn = 0
    while not end.is_set():
        turn += 1
        name = f"weather {number}.{turn}"
        letter = signer.sign(Letter(subject=name).data,
                             selector=("s1", "k1", "k2")[turn % 3])
        replies[name] = lab.send(data=letter).last.code


def keep_leaving(lab, end):
    while not end.is_set():
        with lab.smtp() as session:
            session.ehlo()
            session.mail("joan@sender.test")
            session.rcpt("bob@lab.test")
            session.write(b"DATA\r\nSubject: not to the end\r\n")
        time.sleep(0.05)


def change_dns(lab, chance):
    lab.dns.fault(f"{chance.choice(['s1', 'k1', 'k2'])}._domainkey.sender"
                  ".test", chance.choice(["timeout", "servfail", None, None]))


def change_conf(lab, chance):
    lab.milter.configure(chance.choice(CONFS))
    lab.milter.reload()


def restart(lab, chance):
    lab.milter.configure(CONFS[0])
    assert lab.milter.term() == 0
    time.sleep(chance.random() / 5)
    lab.milter.start()


def crash(lab, chance):
    lab.milter.configure(CONFS[0])
    lab.milter.kill()
    lab.milter.start()
