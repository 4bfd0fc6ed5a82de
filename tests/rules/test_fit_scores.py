# SPDX-License-Identifier: ISC
"""scripts/fit-scores on a few made messages: what it writes, and that it writes
it again."""

import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="numpy is missing: python3-numpy")
pytestmark = pytest.mark.once

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MAILREEVE_BIN") or CHECKOUT / "build" / "bin")

RULES = """\
rule SPAMMY {
	describe "A sign of spam";
	group signs;
	if subject '/cheap/';
}
rule BOTH {
	describe "A sign of nothing";
	if subject '/hello/';
}
rule FRIENDLY {
	describe "A sign of good mail";
	group good;
	if subject '/lunch/';
}
rule SELDOM {
	describe "A sign too rare to tell";
	if subject '/seldom/';
}
rule BOUNDED {
	describe "A sign of spam that honest mail has too";
	# at most 0.4: newsletters
	if subject '/cheap/';
}
rule OWN {
	describe "A rule with a score of its own";
	score 1.25;
	if subject '/cheap/';
}
cap signs 9;
"""


SCORE = r"^score (\w+) (\S+) (\S+);"
TEXT = ("We have met in the old house by the river and there was bread for "
        "all who came on that day")
# Of the halves (even and odd numbers): 6 and 7 are equal but for blanks and
# numbers, 10 and 12 but for a word.
BODIES = {6: TEXT + " at 10", 7: TEXT.replace(" ", "\n", 3) + "  at 9",
          10: "Another text of many words. " + TEXT[::-1] + TEXT,
          12: "Another text of many words, " + TEXT[::-1] + TEXT}


def own_words(number):
    """A text that no other message has."""
    return " ".join("abcdefghij"[int(digit)] * 3 for digit in f"{number:04}")


def make_corpora(folder):
    """80 messages: spam is cheap, good mail is about lunch."""
    source = folder / "corpora" / "csdmc2010"
    source.mkdir(parents=True)
    rows = ["part\tpath\tlabel\tbytes\tsha256"]
    with tarfile.open(source / "set.tar.gz", "w:gz") as tar:
        for number in range(80):
            label = "spam" if number % 4 < 2 else "ham"
            words = "cheap" if label == "spam" else "lunch"
            words += " hello" if number % 3 == 0 else ""
            words += " seldom" if number == 4 else ""
            path = folder / f"{number:02}.eml"
            path.write_text(f"From: a@example.net\nSubject: {words}\n\n"
                            f"{BODIES.get(number, own_words(number))}\n",
                            encoding="utf-8")
            tar.add(path, f"{label}/{number:02}.eml")
            rows.append(f"1\t{label}/{number:02}.eml\t{label}\t0\t0")
    (source / "set.manifest.tsv").write_text("\n".join(rows) + "\n",
                                             encoding="utf-8")


def fit(folder, out, *more):
    ended = subprocess.run(
        [CHECKOUT / "scripts" / "fit-scores", "--bin", BIN, "--data", folder,
         "--rules", folder / "rules", "--out", out, *more], check=False,
        capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(name="folder")
def made_folder(tmp_path):
    make_corpora(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.rules").write_text(RULES, encoding="utf-8")
    return tmp_path


def test_the_same_mail_gives_the_same_scores(folder):
    fit(folder, folder / "one")
    fit(folder, folder / "other")
    assert (folder / "one").read_bytes() == (folder / "other").read_bytes()


def test_signs_have_the_scores_that_they_deserve(folder):
    told = fit(folder, folder / "scores", "--report", "--roc",
               folder / "roc.svg")
    text = (folder / "scores").read_text(encoding="utf-8")
    scores = {name: float(score) for name, score, _ in
              re.findall(SCORE, text, re.M)}
    assert set(scores) == {"SPAMMY", "BOTH", "FRIENDLY", "SELDOM", "BOUNDED"}
    assert scores["SPAMMY"] == 3.5      # the most that one rule gives
    assert -1.5 <= scores["FRIENDLY"] < 0
    assert scores["BOUNDED"] == 0.4     # what the rule states
    assert scores["BOTH"] < scores["SPAMMY"] / 2
    assert scores["SELDOM"] == 0.05
    assert re.search(r"SPAMMY .*# 19 0$", text, re.M)    # trained on
    assert "SELDOM" in re.search(r".*rare$", text, re.M).group()
    assert re.search(r"good mail junked +0 of +20 ", told)
    assert (folder / "roc.svg").read_text(encoding="utf-8").startswith("<svg")


def test_with_bayes_each_rule_has_a_score_of_its_own(folder):
    told = fit(folder, folder / "scores", "--report")
    text = (folder / "scores").read_text(encoding="utf-8")
    scores = {name: (float(without), float(beside)) for name, without, beside
              in re.findall(SCORE, text, re.M)}
    assert len(scores) == 5
    assert scores["BOUNDED"] == (0.4, 0.4)
    assert scores["SELDOM"] == (0.05, 0.05)
    assert abs(scores["FRIENDLY"][1]) <= 1.5
    bands = [float(score) for score in
             re.findall(r"^#   likely spam by .*: (\S+); ", text, re.M)]
    assert len(bands) == 6
    assert all(-1.5 <= score < 0 for score in bands[:3])
    assert all(0 < score <= 3.5 for score in bands[3:])
    assert re.search(r"^test half, with the stand-in for Bayes: \d+ spam",
                     told, re.M)


def test_what_says_the_same_is_taken_once(folder):
    told = fit(folder, folder / "scores", "--report")
    assert "1 of the training half that say the same as others of the " \
        "training half" in told
    assert "1 of the test half that say the same as others of the training " \
        "half" in told
    assert "Sorted otherwise than their twins: 1." in told


def test_tables_of_a_page_are_renewed(folder):
    page = folder / "page.md"
    page.write_text("Before\n<!-- figures: scripts/fit-scores -->\nold\n"
                    "<!-- end of figures -->\nAfter\n", encoding="utf-8")
    fit(folder, folder / "scores", "--tables", page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before\n") and text.endswith("\nAfter\n")
    assert "old" not in text
    assert re.search(r"^\| test half \| \d+ \| \d+ \|", text, re.M)


def test_without_corpora_it_says_so(folder):
    ended = subprocess.run(
        [CHECKOUT / "scripts" / "fit-scores", "--bin", BIN, "--data",
         folder / "rules"], check=False, capture_output=True, text=True,
        timeout=60)
    assert ended.returncode == 1
    assert "there are no corpora in" in ended.stderr
