# SPDX-License-Identifier: ISC
"""mailreeve rules list --hits: what has hit, how often, on what kind of mail."""

import json
import subprocess

import pytest
from flow.judged import conf
from flow.metrics import Exposition
from flow.ours import PROGRAM
from flow.story import Letter

LETTERS = [Letter(subject="spam", body="buy cheap pills at "
                  "http://192.0.2.99/ now\n"),
           Letter(subject="link", body="see http://192.0.2.99/\n"),
           Letter(subject="plain")]


def run(lab, *words):
    return subprocess.run(
        [PROGRAM, "rules", "list", "--hits", "-c", lab.places.milter_conf,
         *words], capture_output=True, text=True, check=False)


def figures(lab):
    """Of each rule, how often, and the sum of the scores it was in."""
    lines = [json.loads(line) for line in run(lab, "--json").stdout
             .splitlines()]
    return {row["rule"]: (row["hits"], row["hits"] * row["mean_score"])
            for row in lines}, lines


def messages(lab):
    return Exposition(lab.ctl("metrics")).get(
        "mailreeve_milter_rules_messages_total")


@pytest.fixture(scope="module")
def sent(lab):
    """What three letters have changed, and a reload between them."""
    before, _ = figures(lab)
    count = messages(lab)
    for letter in LETTERS:
        lab.send(data=letter.data)
        lab.ctl("reload")
    after, lines = figures(lab)
    assert messages(lab) == count + len(LETTERS)
    return {name: (after[name][0] - before[name][0],
                   round(after[name][1] - before[name][1], 3))
            for name in after}, lines


def test_hits_and_the_scores_of_their_messages(sent):
    """A letter with both is worth 16, one with the link alone 7."""
    changes, _ = sent
    assert changes == {"PILLS": (1, 16), "BARE_LINK": (2, 23),
                       "URGENT": (0, 0), "NEWSLETTER": (0, 0)}


def test_the_most_come_first_with_their_share(lab, sent):
    _, lines = sent
    hits = [line["hits"] for line in lines]
    assert hits == sorted(hits, reverse=True)
    for line in lines:
        assert line["share"] == pytest.approx(line["hits"] / messages(lab))


def test_as_people_read_it(lab, sent):
    done = run(lab, "PILLS", "BARE_LINK")
    assert done.returncode == 0, done.stderr
    first, titles, *rows = done.stdout.splitlines()
    assert first == f"{messages(lab):.0f} messages since the milter began"
    assert titles.split() == ["rule", "gives", "hits", "of", "all", "mean",
                              "score"]
    assert [row.split()[0] for row in rows] == ["BARE_LINK", "PILLS"]


def test_the_metric_says_the_same(lab, sent):
    found = Exposition(lab.ctl("metrics"))
    for line in sent[1]:
        if line["hits"] > 0:
            assert found.get("mailreeve_milter_rule_hits_total",
                             rule=line["rule"]) == line["hits"]


def test_nobody_is_there_to_ask(lab):
    lab.milter.term()
    try:
        done = run(lab)
        assert (done.returncode, done.stdout) == (1, "")
        assert "the milter does not tell what has hit" in done.stderr
        assert "is the daemon running?" in done.stderr
    finally:
        lab.milter.restart(conf())
