# SPDX-License-Identifier: ISC
"""scripts/fit_words.py: what a message is known by, how words are put together,
and that nothing is judged by what was learned from it."""

import importlib
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

numpy = pytest.importorskip("numpy",
                            reason="numpy is missing: python3-numpy")
pytestmark = pytest.mark.once

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
fit_words = importlib.import_module("fit_words")


class Letter(SimpleNamespace):
    """A message: a key by what it is, not by what it says."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def letters(*words):
    """[Letter] and Words: the spam among them has "spam" in front."""
    tokens = {Letter(is_spam=own.startswith("spam")): set(own.split()[1:])
              for own in words}
    return list(tokens), fit_words.Words(tokens)


# --- probabilities ------------------------------------------------------------


@pytest.mark.parametrize("value, freedom, likely", [
    (0, 2, 1),
    (2, 2, math.exp(-1)),
    (2, 4, 2 * math.exp(-1)),                   # e^-1 (1 + 1)
    (6, 6, math.exp(-3) * (1 + 3 + 4.5)),
    (2000, 300, 0),                             # e^-1000 is none
])
def test_chi_square_is_that_of_the_closed_form(value, freedom, likely):
    assert fit_words.chi_square(value, freedom) == pytest.approx(likely)


def test_words_are_put_together_as_by_hand():
    def of(*probabilities):
        return fit_words.combine(numpy.array(probabilities))

    # One word of 0.9: 1 - 0.1 that it is spam, 1 - 0.9 that it is not.
    assert of(0.9) == pytest.approx((1 + 0.9 - 0.1) / 2)
    # Two: of 0.01, with e^(ln 0.01) (1 - ln 0.01); and of 0.81.
    spam = 1 - 0.01 * (1 - math.log(0.01))
    ham = 1 - 0.81 * (1 - math.log(0.81))
    assert of(0.9, 0.9) == pytest.approx((1 + spam - ham) / 2)
    assert of() == 0.5
    assert of(0.9, 0.1) == pytest.approx(0.5)
    assert of(*[0.99] * 150) == pytest.approx(1)
    assert of(*[0.01] * 150) == pytest.approx(0)


def test_a_word_is_likely_by_how_often_it_was_there():
    trained, words = letters("spam cheap", "spam cheap", "spam else",
                             "good lunch")
    learned = fit_words.Learned(words, trained)
    # In 2 of 3 spam, in no good mail: 1, drawn to 1/2 as if by 0.45 messages.
    likely = (0.45 * 0.5 + 2) / (0.45 + 2)
    assert learned.judge(trained[0]) == pytest.approx(likely)


def test_what_was_never_seen_tells_nothing():
    (one, other, asked), words = letters("spam a", "good b", "spam c")
    assert words.judge([one, other], [asked])[asked] == 0.5


# --- what is learned ----------------------------------------------------------


def test_no_message_is_judged_by_itself():
    """A word that one message alone has tells nothing about it; to others it
    tells what it is."""
    texts = [f"{'spam' if number % 2 else 'good'} own{number}"
             for number in range(40)]
    every, words = letters(*texts, *texts)
    trained, others = every[:40], every[40:]
    told = words.judge(trained, others)
    assert {told[one] for one in trained} == {0.5}
    assert all(told[one] > 0.5 if one.is_spam else told[one] < 0.5
               for one in others)


def test_a_fold_is_judged_by_all_other_folds_alone(monkeypatch):
    monkeypatch.setattr(fit_words, "FOLDS", 4)
    trained, words = letters(*[
        f"{'spam' if number % 3 else 'good'} w{number % 5} w{number % 7}"
        for number in range(21)])
    told = words.judge(trained, [])
    for number, one in enumerate(trained):
        rest = [other for place, other in enumerate(trained)
                if place % 4 != number % 4]
        assert told[one] == pytest.approx(
            fit_words.Learned(words, rest).judge(one))


def test_what_others_are_judged_by_is_not_theirs():
    every, words = letters("spam a b", "good c d", "spam c d", "good a b")
    told = words.judge(every[:2], every[2:])
    assert told[every[2]] < 0.5 < told[every[3]]


@pytest.mark.parametrize("likely, band", [
    (0.0, "words_00"), (0.01, "words_01"), (0.1, "words_05"), (0.2, ""),
    (0.5, ""), (0.8, "words_80"), (0.95, "words_95"), (0.99, "words_99"),
    (1.0, "words_99")])
def test_bands_begin_where_they_say(likely, band):
    assert fit_words.band_of(likely) == band


# --- what a message is known by -----------------------------------------------


HEADER = b"""\
Received: from collector.example by hidden.example
Date: Fri, 20 Nov 2026 11:00:00 +0000
Message-ID: <secret@id.test>
From: Ann Lee
 <ann@friends.test>
To: The Walkers <walkers@hills.test>
List-Id: <walkers.hills.test>
X-Mailer: Pigeon 3.1
X-Spam-Status: Yes

"""
TOLD = {
    "subject": "[Walkers] Cheap bread",
    "texts": [{"text": "Dear walkers, on Monday 12 loaves cost $50\n"
                       "and 20% less\n-- \nThe list of hills\n"}],
    "urls": [{"registered": "bakers.test", "host": "www.bakers.test"},
             {"registered": "hills.test", "host": "hills.test"},
             {"registered": None, "host": None}],
}


def test_a_message_is_known_by_what_its_author_says():
    tokens = fit_words.tokens_of(TOLD, HEADER)
    assert {"subject:cheap", "subject:bread", "subject:cheap subject:bread",
            "dear", "loaves", "loaves cost", "$0", "0%", "from:ann",
            "from:friends", "mailer:pigeon", "link:bakers.test"} <= tokens


def test_what_tells_the_collector_is_left_out():
    told = " ".join(fit_words.tokens_of(TOLD, HEADER))
    for word in ("walkers", "hills", "monday", "12", "list", "collector",
                 "hidden", "secret", "nov", "2026", "yes", "link: "):
        assert word not in told, word
