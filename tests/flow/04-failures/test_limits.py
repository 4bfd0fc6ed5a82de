# SPDX-License-Identifier: ISC
"""Messages beyond all measure: each limit has an outcome, and a finding."""

import pytest
from flow.story import (Letter, arrival, cpu_seconds, event_of, field, finding,
                        has_sanitizer, our_results, rss_kb, status,
                        wait_until_idle)
from lab import milter_conf
from lab.patience import PATIENCE

DOMAIN = "domain lab.test { }\n"
MB = 1 << 20
POSTFIX = {"message_size_limit": 100 * MB, "header_size_limit": 10 * MB,
           "virtual_mailbox_limit": 0, "mailbox_size_limit": 0,
           "smtpd_recipient_limit": 10000}


@pytest.fixture(scope="module")
def lab(shared_lab_factory, signer):
    made = shared_lab_factory(milter_conf=milter_conf(DOMAIN, mode="enforce"),
                              zone=signer.zone(), postfix=POSTFIX)
    made.sink.configure()
    return made


def configure(lab, mode="enforce", **settings):
    lab.milter.configure(milter_conf(DOMAIN, mode=mode, **settings))
    lab.ctl("reload")


@pytest.fixture(autouse=True)
def usual_limits(lab):
    configure(lab)


def test_a_message_of_50_mb_is_verified_in_little_memory(lab, signer):
    """Bodies beyond spool_memory lie in a memfd; three copies would show."""
    letter = signer.sign(Letter(subject="50 MB", body="0123456789abcde\n"
                                * (50 * MB // 17)).data)
    used, before = cpu_seconds(lab), rss_kb(lab)
    sent = lab.send(data=letter)
    assert sent.accepted
    assert cpu_seconds(lab) - used < 10 * PATIENCE
    event = event_of(lab, sent)
    assert finding(event, "dkim")["result"] == "pass"
    assert event["size_bytes"] > 49 * MB
    wait_until_idle(lab)
    assert rss_kb(lab) - before < 20 << 10 or has_sanitizer(lab)


def test_with_a_spool_directory_large_bodies_wait_there_and_leave(lab,
                                                                  signer):
    (lab.dir / "bodies").mkdir(exist_ok=True)
    configure(lab, spool_directory='"@DIR@/bodies"', spool_memory="4k")
    sent = lab.send(data=signer.sign(Letter(subject="spooled", body="line\n"
                                            * 100000).data))
    assert finding(event_of(lab, sent), "dkim")["result"] == "pass"
    assert list((lab.dir / "bodies").iterdir()) == []


def many_fields(count, more=b""):
    return b"".join(b"X-%d: v\r\n" % n for n in range(count)) + more


def test_a_message_of_20000_fields_is_refused_by_default_and_says_so(lab):
    sent = lab.send(data=many_fields(20000) + Letter(subject="20000").data)
    event = event_of(lab, sent)
    assert sent.end.code == 552 and f"[{event['id']}]" in sent.end.text
    limit = finding(event, "limits")
    assert limit["reason"] == "more than 10000 header fields"
    assert limit["suggested"] == "refuse"


def test_20000_fields_are_taken_when_they_are_allowed(lab, signer):
    """And quickly: no step of ours goes over all fields for each field."""
    configure(lab, max_headers="30000")
    letter = signer.sign(Letter(subject="allowed").data)
    used = cpu_seconds(lab)
    sent = lab.send(data=many_fields(20000) + letter)
    assert sent.accepted
    assert cpu_seconds(lab) - used < 5 * PATIENCE
    assert finding(event_of(lab, sent), "dkim")["result"] == "pass"
    arrived = arrival(lab, "ann@lab.test", "allowed")
    assert arrived.count(b"\r\nX-") >= 20000
    assert [r for m, r, _ in our_results(arrived) if m == "dkim"] == ["pass"]


@pytest.mark.parametrize("on_limit, code", [("pass", 250), ("defer", 451),
                                            ("reject", 552)])
def test_what_is_too_large_is_judged_by_on_limit(lab, signer, on_limit, code):
    """It was not read whole, so nothing that needs all of it may say pass."""
    configure(lab, on_limit=on_limit, max_message_size="64k")
    sent = lab.send(data=signer.sign(Letter(
        subject=f"large {on_limit}", body="line\n" * 20000).data))
    event = event_of(lab, sent)
    assert sent.end.code == code
    assert finding(event, "limits")["reason"] \
        == "a message of more than 65536 bytes"
    assert finding(event, "dkim")["result"] == "temperror"
    assert finding(event, "from_header")["result"] == "pass"


def test_fields_beyond_their_total_size_are_not_read(lab):
    """Postfix keeps 60,000 octets of a single field, and cuts the rest."""
    configure(lab, max_header_size="64k")
    long = b"X-Long: a\r\n" + b" yyyyyy\r\n" * 4000
    sent = lab.send(data=long * 3 + Letter(subject="long").data)
    assert sent.end.code == 552
    assert finding(event_of(lab, sent), "limits")["reason"] \
        == "more than 65536 bytes of header fields"


def test_5000_recipients_of_one_message_are_all_served(lab, signer):
    rcpts = [f"ann+{n}@lab.test" for n in range(5000)]
    used = cpu_seconds(lab)
    sent = lab.send(rcpt=rcpts, data=signer.sign(Letter(subject="5k").data),
                    pipelining=True)
    assert sent.accepted
    assert cpu_seconds(lab) - used < 10 * PATIENCE
    event = event_of(lab, sent)
    assert event["recipient_count"] == 5000
    assert finding(event, "dkim")["result"] == "pass"
    lab.run(["postsuper", "-d", sent.queue_id], check=False)


def test_recipients_beyond_their_number_get_452_and_the_rest_the_mail(lab):
    configure(lab, max_rcpts="100")
    rcpts = [f"bob+{n}@lab.test" for n in range(103)]
    sent = lab.send(rcpt=rcpts, data=Letter(subject="103").data)
    assert [r.code for r in sent.rcpts] == [250] * 100 + [452] * 3
    assert sent.rcpts[-1].text.startswith("4.5.3 ")
    assert sent.accepted
    assert event_of(lab, sent)["recipient_count"] == 100


def test_in_observe_mode_no_recipient_is_turned_away(lab):
    configure(lab, mode="observe", max_rcpts="100")
    rcpts = [f"bob+{n}@lab.test" for n in range(103)]
    sent = lab.send(rcpt=rcpts, data=Letter(subject="observed").data)
    assert {r.code for r in sent.rcpts} == {250} and sent.accepted
    event = event_of(lab, sent)
    assert finding(event, "limits")["reason"] == "more than 100 recipients"
    assert event["done"] == "ham"


def test_a_line_without_colon_ends_the_header(lab):
    """Postfix says where: what follows is body to it, and so to us."""
    letter = Letter(subject="no colon")
    head, _, body = letter.data.partition(b"\r\n\r\n")
    sent = lab.send(data=head + b"\r\nno colon here\r\nSubject: not this\r\n"
                    b"\r\n" + body)
    assert sent.accepted
    arrived = arrival(lab, "ann@lab.test", "no colon")
    head, _, body = arrived.partition(b"\r\n\r\n")
    assert body.startswith(b"no colon here\r\nSubject: not this\r\n")
    assert field(arrived, "X-Mailreeve-Id") == event_of(lab, sent)["id"]


def test_a_message_without_any_header_is_judged(lab):
    sent = lab.send(data=b"\r\njust a body\r\n")
    event = event_of(lab, sent)
    assert finding(event, "from_header")["reason"] == "the message has no From"
    assert event["decision"] == "junk"


def test_after_all_that_it_serves_on(lab):
    wait_until_idle(lab)
    assert status(lab)["degraded"] == [] and status(lab)["events_lost"] == 0
