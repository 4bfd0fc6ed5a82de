# SPDX-License-Identifier: ISC
"""Rules that change while mail flows: taken whole, or the old ones stay."""

import pytest
from flow.judged import STOCK, conf
from flow.metrics import Exposition
from flow.story import Letter, event_of, refusal, status

PILLS = Letter(subject="spam", body="buy cheap pills at http://192.0.2.99/\n")
CIRCLE = """\
rule ROUND { if subject '/spam/'; score 3; }
rule HERE { score 4; test a subject '/spam/'; when "a and THERE"; }
rule THERE { score 4; test a subject '/spam/'; when "a and HERE"; }
"""


def put(lab, name, text):
    lab.write(f"rules/{name}", text)


def gauge(lab, name):
    """The figures of this name, added up."""
    found = Exposition(lab.ctl("metrics")).samples
    return sum(found[f"mailreeve_milter_{name}"].values())


@pytest.fixture(autouse=True)
def begin_as_ever(lab):
    """Rules of an earlier test are gone."""
    yield
    put(lab, "stock/a.rules", STOCK)
    for path in (lab.dir / "rules" / "local").iterdir():
        path.unlink()
    lab.milter.configure(conf())
    lab.ctl("reload")
    assert status(lab)["degraded"] == []


def scores(lab):
    told = event_of(lab, lab.send(data=PILLS.data))
    return {f["check"]: f["score"] for f in told["findings"] if f["score"]}


def test_new_rules_hold_from_the_reload_on(lab):
    assert scores(lab) == {"PILLS": 9, "BARE_LINK": 7}
    put(lab, "local/own.rules", "score PILLS 1;\nrule SPAM { score 0.5; "
        "if subject '/^spam$/'; }\n")
    assert scores(lab) == {"PILLS": 9, "BARE_LINK": 7}
    lab.ctl("reload")
    assert scores(lab) == {"PILLS": 1, "BARE_LINK": 7, "SPAM": 0.5}


def test_a_broken_file_leaves_the_old_rules_in_force_and_is_named(lab):
    put(lab, "local/broken.rules", "rule X {\n\tscoer 1;\n}\n")
    said = refusal(lab, "reload")
    assert "local/broken.rules:2:" in said and "did you mean 'score'" in said
    assert scores(lab) == {"PILLS": 9, "BARE_LINK": 7}
    [degraded] = status(lab)["degraded"]
    assert "the last reload was refused" in degraded
    assert "local/broken.rules:2:" in degraded
    assert gauge(lab, "degraded") == 1


def test_a_path_that_is_gone_leaves_the_old_rules_in_force(lab):
    lab.milter.configure(conf().replace(
        "rules {", 'rules {\n\tspamassassin "/nonexistent/sa";'))
    assert "/nonexistent/sa" in refusal(lab, "reload")
    assert scores(lab) == {"PILLS": 9, "BARE_LINK": 7}


def test_rules_in_a_circle_are_left_out_and_named(lab):
    put(lab, "local/circle.rules", CIRCLE)
    lab.ctl("reload")
    assert scores(lab) == {"PILLS": 9, "BARE_LINK": 7, "ROUND": 3}
    [degraded] = status(lab)["degraded"]
    assert "local/circle.rules:" in degraded


def test_ten_thousand_rules(lab):
    put(lab, "local/many.rules", "".join(
        f"rule MANY_{i} {{ score 0.001; if subject '/word{i}x/'; }}\n"
        for i in range(10000)))
    lab.ctl("reload")
    assert status(lab)["rules"] == 10004
    assert gauge(lab, "rules") == 10004
    told = event_of(lab, lab.send(data=Letter(
        subject="word77x, word9999x").data))
    assert {f["check"] for f in told["findings"] if f["score"]} == \
        {"MANY_77", "MANY_9999"}


def test_rules_that_are_off_judge_nothing(lab):
    lab.milter.configure(conf("check rules { enabled no; }\n"))
    lab.ctl("reload")
    assert scores(lab) == {}
    assert status(lab)["rules"] == 0


def test_a_catastrophic_pattern_is_named_and_mail_goes_on(lab):
    put(lab, "local/slow.rules",
        "rule SLOW { score 3; if text '/(a+)+(b|c\\1)$/'; }\n")
    lab.ctl("reload")
    told = event_of(lab, lab.send(data=Letter(
        subject="slow", body="a" * 60 + "!\ncheap pills\n").data))
    found = {f["check"]: f for f in told["findings"]}
    assert found["PILLS"]["score"] == 9
    assert "SLOW" not in found
    assert "SLOW took too long" in found["rules"]["reason"]
