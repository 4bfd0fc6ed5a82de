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
rule OWN {
	describe "A rule with a score of its own";
	score 1.25;
	if subject '/cheap/';
}
cap signs 9;
"""


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
            path.write_text(f"From: a@example.net\nSubject: {words}\n\n.\n",
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
    scores = {name: float(score) for name, score in
              re.findall(r"^score (\w+) (\S+);", text, re.M)}
    assert set(scores) == {"SPAMMY", "BOTH", "FRIENDLY", "SELDOM"}
    assert scores["SPAMMY"] == 3.5      # the most that one rule gives
    assert -1.5 <= scores["FRIENDLY"] < 0
    assert scores["BOTH"] < 1
    assert scores["SELDOM"] == 0.05
    assert "# 20 0\n" in text           # behind SPAMMY: the trained half
    assert "SELDOM" in re.search(r".*rare$", text, re.M).group()
    assert re.search(r"good mail junked +0 of +20 ", told)
    assert (folder / "roc.svg").read_text(encoding="utf-8").startswith("<svg")


def test_without_corpora_it_says_so(folder):
    ended = subprocess.run(
        [CHECKOUT / "scripts" / "fit-scores", "--bin", BIN, "--data",
         folder / "rules"], check=False, capture_output=True, text=True,
        timeout=60)
    assert ended.returncode == 1
    assert "there are no corpora in" in ended.stderr
