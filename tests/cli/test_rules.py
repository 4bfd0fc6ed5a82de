# SPDX-License-Identifier: ISC
"""mailreeve rules: what is in force, what a rule is, what hits on a message."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from cli import PROGRAM, mailreeve, succeeds

STOCK = """\
rule CHEAP {
	describe "A price in the subject";
	group money;
	score 2.5;
	if subject '/cheap/i';
}
rule BOTH {
	describe "A price, and a link";
	score 4;
	test price subject '/cheap/i';
	test link uri '/^http:/';
	when "price and link and not CALM";
}
rule CALM {
	describe "A calm word";
	score -1.5;
	if text '/tranquil/';
}
rule TRIED {
	describe "On trial";
	score 9;
	dry_run yes;
	if subject '/trial/';
}
"""

SPAMASSASSIN = """\
header LOUD Subject =~ /[A-Z]{12}/
describe LOUD Subject is loud
score LOUD 1.5 1.6 1.7 1.8
body __GREETS /\\bdear friend\\b/i
meta LOUD_FRIEND LOUD && __GREETS
describe LOUD_FRIEND Loud, and a friend
header TWICE eval:check_for_something_nobody_has()
required_score 5.0
"""

LETTER = """\
From: Ann <ann@example.net>
To: bob@example.org
Subject: {subject}
Date: Sun, 22 Nov 2026 02:00:00 +0000
Message-ID: <1@example.net>

{text}
"""


class Ground:
    """A configuration of its own, with rules of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.stock = folder / "stock"
        self.local = folder / "local"
        self.stock.mkdir()
        self.conf = folder / "m.conf"
        self.write("stock/a.rules", STOCK)
        self.configure()

    def configure(self, more=""):
        self.conf.write_text(
            f'host {{ authserv_id mx.example.org; }}\n'
            f'rules {{ directory "{self.stock}"; local "{self.local}"; '
            f'cache "{self.folder}/cache"; {more} }}\n', encoding="utf-8")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def letter(self, subject, text="Hello"):
        return self.write("letter.eml",
                          LETTER.format(subject=subject, text=text))

    def attempt(self, *words):
        return mailreeve("rules", words[0], "-c", self.conf, *words[1:])

    def run(self, *words):
        return succeeds("rules", words[0], "-c", self.conf, *words[1:])

    def lines(self, *words):
        return [json.loads(line)
                for line in self.run(words[0], "--json", *words[1:])
                .splitlines()]

    def test(self, *words):
        """What hits on the last letter: names with scores."""
        found, = self.lines("test", "--zone", "/dev/null", *words,
                            self.folder / "letter.eml")
        return found


@pytest.fixture(name="ground")
def fixture_ground(tmp_path):
    return Ground(tmp_path)


def scores(found):
    return {hit["rule"]: hit["score"] for hit in found["hits"]}


def test_all_is_well_where_all_is_taken(ground):
    text = ground.run("check")
    assert re.search(r"rules +6 in force: 4 native, 0 of SpamAssassin's "
                     r"language, 2 for", text)
    assert text.endswith("\nok\n")
    found, = ground.lines("check")
    assert (found["in_force"], found["native"], found["dry_run"]) == (6, 4, 1)
    assert found["kinds"] == {"pattern": 5, "exists": 0, "test": 0,
                              "expression": 1}
    assert found["notes"] == []


@pytest.mark.parametrize("text, place, words", [
    ("rule A {\n\tscoer 1;\n}\n", ":2:", "did you mean 'score'?"),
    ("rule A { if subject '/(/'; }\n", ":1:", "/(/"),
    ("rule A { if subjekt '/x/'; }\n", ":1:", "did you mean 'subject'?"),
    ("rule A {\n", ":", ""),
])
def test_a_broken_file_is_named_with_line_and_remedy(ground, text, place,
                                                     words):
    path = ground.write("local/mine.rules", text)
    for command in ("check", "list", "compile"):
        ended = ground.attempt(command)
        assert (ended.status, ended.out) == (1, ""), ended
        assert f"mailreeve: rules: {path}{place}" in ended.err
        assert words in ended.err
        assert "check rules { enabled no; }" in ended.err


def test_what_is_not_taken_as_it_stands_is_named(ground):
    path = ground.write("sa.cf", SPAMASSASSIN)
    ground.configure(f'spamassassin "{path}";')
    ended = ground.attempt("check")
    assert f"{path}:7: TWICE: " in ended.out
    found = json.loads(ground.attempt("check", "--json").out)
    assert (found["spamassassin"], found["inner"]) == (2, 3)
    notes = {(note["rule"], note["line"]): note["kind"]
             for note in found["notes"]}
    assert notes["TWICE", 7] == "unsupported"
    assert sum(found["counts"].values()) == len(found["notes"])
    if found["counts"]["passed_over"]:
        assert "required_score" in ground.attempt("check", "--all").out
        assert "required_score" not in ended.out


def test_rules_that_refer_in_circles_are_named_and_left_out(ground):
    path = ground.write("sa.cf", "meta A B\nmeta B A\nmeta C D && D2\n"
                        "header D Subject =~ /x/\n")
    ground.configure(f'spamassassin "{path}";')
    ended = ground.attempt("check")
    assert re.search(rf"{path}:[12]: [AB]: .*circle", ended.out)
    names = {line["rule"] for line in ground.lines("list")}
    assert "D" in names and not names & {"A", "B"}


def test_a_path_that_is_not_there_is_an_error(ground):
    ground.configure('spamassassin "/nonexistent/rules";')
    ended = ground.attempt("check")
    assert ended.status == 1
    assert "/nonexistent/rules" in ended.err


@pytest.mark.once
def test_ten_thousand_rules(ground):
    ground.write("local/many.rules", "".join(
        f"rule MANY_{i} {{ score 0.001; if subject '/word{i}x/'; }}\n"
        for i in range(10000)))
    found, = ground.lines("check")
    assert found["native"] == 10004
    ground.letter("word7x and word9999x")
    assert set(scores(ground.test())) == {"MANY_7", "MANY_9999"}


def test_the_list_is_of_what_is_in_force(ground):
    text = ground.run("list")
    assert re.search(r"(?m)^  CHEAP +\+2\.5 +money +A price in the subject$",
                     text)
    assert re.search(r"(?m)^  TRIED +\+9 \(dry run\) ", text)
    assert "BOTH.price" not in text
    assert "BOTH.price" in ground.run("list", "--all")
    assert [line["rule"] for line in ground.lines("list", "--group",
                                                  "money")] == ["CHEAP"]
    assert [line["rule"] for line in ground.lines("list", "c*")] == \
        ["CHEAP", "CALM"]


def test_the_files_of_this_host_come_last(ground):
    ground.write("local/z.rules", "score CHEAP 1;\ndisable CALM;\n")
    found = {line["rule"]: line["score"] for line in ground.lines("list")}
    assert found["CHEAP"] == 1
    assert found.get("CALM", 0) == 0
    path = ground.write("sa.cf", SPAMASSASSIN)
    ground.configure(f'spamassassin "{path}";')
    ground.write("local/z.rules", "score LOUD 0.25;\n")
    found = {line["rule"]: line["score"] for line in ground.lines("list")}
    assert found["LOUD"] == 0.25


def test_a_rule_as_it_stands(ground):
    shown, = ground.lines("show", "BOTH")
    assert shown["kind"] == "expression"
    assert set(shown["needs"]) == {"BOTH.price", "BOTH.link", "CALM"}
    assert (Path(shown["file"]).name, shown["line"]) == ("a.rules", 7)
    calm, = ground.lines("show", "CALM")
    assert (calm["needed_by"], calm["score"]) == (["BOTH"], -1.5)
    assert "text =~ /tranquil/" in ground.run("show", "CALM")


def test_a_rule_in_plain_words(ground):
    text = " ".join(ground.run("explain", "BOTH").split())
    assert "A message that it hits gets +4." in text
    assert "BOTH.link each link and mail address" in text
    assert "CALM the text of each part as its reader sees it matches " \
        "/tranquil/" in text
    assert "on trial (dry run): it would give +9" in \
        " ".join(ground.run("explain", "TRIED").split())


def test_a_rule_that_is_not_there(ground):
    for command in ("show", "explain"):
        ended = ground.attempt(command, "CHEEP")
        assert (ended.status, ended.out, ended.err) == (
            1, "", "mailreeve: there is no rule 'CHEEP', did you mean "
            "'CHEAP'?\n")


def test_what_hits_on_a_message_and_by_what(ground):
    ground.letter("Cheap!", "see http://shop.example/")
    found = ground.test()
    assert scores(found) == {"CHEAP": 2.5, "BOTH": 4}
    assert (found["score"], found["verdict"]) == (6.5, "junk")
    assert [hit["found"] for hit in found["hits"]
            if hit["rule"] == "CHEAP"] == ["Cheap"]
    assert {hit["rule"] for hit in ground.test("--inner")["inner"]} == \
        {"BOTH.price", "BOTH.link"}
    text = " ".join(ground.run("test", "--zone", "/dev/null", ground.folder /
                               "letter.eml").split())
    assert "letter.eml: 2 rules hit, score 6.5; with the other checks 6.5: " \
        "junk" in text
    assert "CHEAP +2.5 A price in the subject, by 'Cheap'" in text


OLD = """\
{hop}From: Ann <ann@example.net>
Date: Thu, 21 Nov 2019 10:00:00 +0000

Hello
"""
HOP = "Received: from a (a [192.0.2.7]) by b with ESMTP id 1; {date}\n"


@pytest.mark.parametrize("hop, now, hits", [
    (HOP.format(date="Thu, 21 Nov 2019 10:01:00 +0000"), None, False),
    (HOP.format(date="Thu, 21 Nov 2019 10:01:00 +0000"),
     "2020-11-21T10:00:00Z", True),
    (HOP.format(date="Thu, 21 Nov 2019 10:01:00 +0000"),
     "2019-11-22T10:00:00Z", False),
    ("", None, True),
    (HOP.format(date="some day"), None, True),
    (HOP.format(date="Thu, 21 Nov 2999 10:01:00 +0000") +
     HOP.format(date="Thu, 21 Nov 2019 10:01:00 +0000"), None, True),
], ids=["as of its receipt", "later, where somebody asks", "soon after it",
        "as of now where nothing tells", "or nothing is understood",
        "or it is to come"])
def test_mail_is_judged_as_of_its_receipt(ground, hop, now, hits):
    rules = ground.write(
        "old.cf", "header OLD eval:received_within_months('6','1200')\n")
    ground.configure(f'spamassassin "{rules}";')
    ground.write("letter.eml", OLD.format(hop=hop))
    found = ground.test(*(["--now", now] if now else []))
    assert ("OLD" in scores(found)) == hits


def test_a_rule_on_trial_gives_nothing(ground):
    ground.letter("trial")
    found = ground.test()
    assert scores(found) == {"TRIED": 0}
    assert (found["score"], found["verdict"]) == (0, "ham")
    found = json.loads(succeeds("scan", "--json", "-c", ground.conf, "--zone",
                                "/dev/null", ground.folder / "letter.eml"))
    assert (found["score"], found["verdict"]) == (0, "ham")


def test_the_story_tells_what_would_have_changed_it(ground):
    ground.letter("Cheap!", "see http://shop.example/")
    text = " ".join(succeeds("scan", "--explain", "-c", ground.conf, "--zone",
                             "/dev/null", "--rcpt", "bob@example.org",
                             ground.folder / "letter.eml").split())
    assert "marked as junk because score: 6.5 of 5: BOTH A price, and a " \
        "link; CHEAP A price in the subject" in text
    assert "Score 6.5: junk from 5, refused from 15" in text
    assert "Else without BOTH it would be delivered" in text
    assert "X-Spam-Flag: YES" in text and "X-Spam-Score: 6.5" in text


PROOFS = """\
ifplugin Mail::SpamAssassin::Plugin::SPF
header SPF_PASS eval:check_for_spf_pass()
header SPF_FAIL eval:check_for_spf_fail()
tflags SPF_PASS nice net
tflags SPF_FAIL net
score SPF_PASS -0.5
score SPF_FAIL 0 0.75 0 0.25
endif
meta POSES __FROM_EXAMPLE && !SPF_PASS
header __FROM_EXAMPLE From:addr =~ /example\\.net$/
tflags POSES net
score POSES 0 2 0 2
"""


@pytest.mark.parametrize("client, hits", [
    ("192.0.2.1", {"SPF_PASS": -0.5}),
    ("192.0.2.2", {"SPF_FAIL": 0.75, "POSES": 2}),
])
def test_rules_of_the_network_know_what_the_checks_prove(ground, client, hits):
    """SpamAssassin's tests of SPF are of the network: here nobody is asked
    twice, and their scores are those with the network."""
    ground.configure(f'spamassassin "{ground.write("proofs.cf", PROOFS)}";')
    zone = ground.write("zone", "example.net\tTXT\tv=spf1 ip4:192.0.2.1 -all\n")
    ground.letter("Minutes")
    found, = ground.lines("test", "--zone", zone, "--client-ip", client,
                          "--mail-from", "ann@example.net",
                          ground.folder / "letter.eml")
    assert scores(found) == hits


def test_the_stock_rules_refuse_the_test_string():
    letter = LETTER.format(subject="test", text="XJS*C4JDBQADN1.NSBN3*2IDNEN*"
                           "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X")
    ended = subprocess.run(
        [PROGRAM, "scan", "--json", "--zone", "/dev/null", "-"],
        input=letter, capture_output=True, text=True, check=True)
    found = json.loads(ended.stdout)
    assert found["verdict"] == "refuse"
    assert "GTUBE" in {finding["check"] for finding in found["findings"]}
    assert found["reply"].startswith("550 5.7.1 [")


def many(count):
    """So many that one pass over all of them is worth its database."""
    return "".join(f"rule MANY_{i} {{ score 0.001; if subject '/w{i}xyz/'; "
                   "}\n" for i in range(count))


def test_patterns_are_compiled_into_the_cache(ground):
    ground.write("local/many.rules", many(300))
    (ground.folder / "cache").mkdir()
    text = ground.run("compile")
    if "without Hyperscan" in text:
        pytest.skip("built without Hyperscan")
    assert re.search(r"compiled in \d+\.\d s: ", text)
    assert ground.run("compile").startswith("already there: ")
    before, = (ground.folder / "cache").glob("*.lanes")
    number = before.stat().st_ino
    assert re.search(r"compiled in \d+\.\d s: ", ground.run("compile",
                                                           "--force"))
    after, = (ground.folder / "cache").glob("*.lanes")
    assert after == before and after.stat().st_ino != number
    found, = ground.lines("check")
    assert found["patterns"]["state"] == "all patterns at once"


@pytest.mark.plain     # a sanitizer has its memory mapped before the limit
def test_a_compiler_that_needs_too_much_says_so(ground):
    ground.write("local/many.rules", many(300))
    ground.conf.write_text(ground.conf.read_text(encoding="utf-8").replace(
        "rules {", "rules { compile_memory 1m;", 1), encoding="utf-8")
    ended = ground.attempt("compile", "--force")
    if "without Hyperscan" in ended.out:
        pytest.skip("built without Hyperscan")
    assert ended.status == 1
    assert "it takes more than rules { compile_memory } allows" in ended.err


def test_a_cache_that_cannot_be_written_is_named(ground):
    ground.write("local/many.rules", many(300))
    ground.write("cache", "a file, no folder")
    ended = ground.attempt("compile", "--force")
    if "without Hyperscan" in ended.out:
        pytest.skip("built without Hyperscan")
    assert ended.status == 1
    assert str(ground.folder / "cache") in ended.err


def test_rules_that_are_off_are_not_tested(ground):
    ground.conf.write_text("check rules { enabled no; }\n", encoding="utf-8")
    ground.letter("x")
    ended = ground.attempt("test", ground.folder / "letter.eml")
    assert (ended.status, ended.err) == (
        1, "mailreeve: rules are off: check rules { enabled yes; }\n")
