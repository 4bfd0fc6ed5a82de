# SPDX-License-Identifier: ISC
"""What rules find, in sum: refused with reasons, Junk, or the inbox."""

import subprocess

import pytest
from flow.judged import conf
from flow.ours import PROGRAM
from flow.story import Letter, arrival, event_of, field, fields, finding
from lab.places import PORT_SUBMISSION

SPAM = "buy cheap pills at http://192.0.2.99/ now\n"
PHISHING = "confirm at http://192.0.2.99/login\n"


def reply_of(lab, letter, *rcpts, **more):
    return lab.send(data=letter.data, rcpt=list(rcpts) or ["ann@lab.test"],
                    **more)


def submit(lab, subject, author):
    letter = Letter(author=author, to="x@remote.test", subject=subject,
                    body=SPAM)
    return reply_of(lab, letter, "x@remote.test", mail_from=author,
                    auth=True, port=PORT_SUBMISSION)


def test_spam_is_refused_with_its_reasons(lab):
    sent = reply_of(lab, Letter(subject="spam", body=SPAM))
    assert sent.last.code == 550
    assert "refused: score 16.0 of 15: PILLS Medicine at a price; BARE_LINK " \
        "A link to a bare address" in sent.last.text
    told = event_of(lab, sent)
    assert (told["decision"], told["score"]) == ("refuse", 16)
    assert told["without"] == "without PILLS it would be junk"
    assert told["bounds"] == {"junk": 5, "refuse": 15, "differ": False}
    assert finding(told, "PILLS")["score"] == 9
    assert finding(told, "score")["suggested"] == "refuse"


def test_phishing_goes_to_junk(lab):
    letter = Letter(subject="phishing", body=PHISHING)
    sent = reply_of(lab, letter)
    assert sent.accepted
    data = arrival(lab, "ann@lab.test", "phishing", "Junk")
    assert field(data, "X-Spam-Flag").strip() == "YES"
    assert field(data, "X-Spam-Score").strip() == "7.0"
    assert field(data, "X-Mailreeve-Verdict").strip() == "junk; score=7.0"


def test_a_newsletter_is_delivered(lab):
    letter = Letter(subject="urgent news", more="List-Unsubscribe: "
                    "<https://news.sender.test/off>\n")
    assert reply_of(lab, letter).accepted
    data = arrival(lab, "ann@lab.test", "urgent news")
    assert fields(data, "X-Spam-Flag") == []
    assert field(data, "X-Spam-Score").strip() == "-0.5"


def test_each_has_what_its_class_says(lab):
    """Who would have refused it has junk where others take it."""
    alone = reply_of(lab, Letter(subject="alone", body=PHISHING),
                     "strict@lab.test")
    assert alone.last.code == 550
    assert "score 7.0 of 6: " in alone.last.text
    both = reply_of(lab, Letter(subject="both", body=PHISHING),
                    "strict@lab.test", "ann@lab.test")
    assert both.accepted
    arrival(lab, "strict@lab.test", "both", "Junk")
    arrival(lab, "ann@lab.test", "both", "Junk")
    told = event_of(lab, both)
    assert told["exceptions"] == [{"recipient": "strict@lab.test",
                                   "decision": "junk", "asked": "refuse"}]
    assert told["bounds"] == {"junk": 3, "refuse": 6, "differ": True}


def test_a_domain_may_refuse_nothing_by_score(lab):
    sent = reply_of(lab, Letter(subject="lenient", body=SPAM),
                    "carol@second.test")
    assert sent.accepted
    arrival(lab, "carol@second.test", "lenient", "Junk")


def test_the_postmaster_is_not_refused(lab):
    sent = reply_of(lab, Letter(subject="to the master", body=SPAM),
                    "postmaster@lab.test")
    assert sent.accepted
    told = event_of(lab, sent)
    assert (told["decision"], told["score"]) == ("junk", 16)
    assert "being for a postmaster" in told["sentence"]


def test_what_is_submitted_is_told_and_not_refused_by_score(lab):
    sent = submit(lab, "submitted", "ann@lab.test")
    assert sent.accepted
    told = event_of(lab, sent)
    assert (told["score"], told["decision"]) == (16, "ham")
    assert told["bounds"] is None


def test_unless_the_senders_class_says_so(lab):
    sent = submit(lab, "watched", "bob@lab.test")
    assert sent.last.code == 550
    assert "score 16.0 of 15" in sent.last.text


def test_why_tells_score_and_what_would_have_changed_it(lab):
    sent = reply_of(lab, Letter(subject="why", body=SPAM))
    done = subprocess.run(
        [PROGRAM, "why", "--socket", lab.places.ctl_socket,
         event_of(lab, sent)["id"]], capture_output=True, text=True,
        check=True)
    text = " ".join(done.stdout.split())
    assert "refused because score: 16.0 of 15: PILLS Medicine" in text
    assert "score 16.0: junk from 5, refused from 15" in text
    assert "else without PILLS it would be junk" in text
    assert "PILLS fail Medicine at a price (score +9)" in text


@pytest.fixture
def observed(lab):
    lab.milter.configure(conf(mode="observe"))
    lab.ctl("reload")
    yield lab
    lab.milter.configure(conf())
    lab.ctl("reload")


def test_in_observe_mode_all_is_told_and_nothing_done(observed):
    sent = reply_of(observed, Letter(subject="observed", body=SPAM))
    assert sent.accepted
    assert event_of(observed, sent)["sentence"].startswith(
        "would be refused because score: 16.0 of 15: ")
    assert fields(arrival(observed, "ann@lab.test", "observed"),
                  "X-Spam-Flag") == []
