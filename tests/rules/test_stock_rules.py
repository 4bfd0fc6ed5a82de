# SPDX-License-Identifier: ISC
"""The stock rules: each hits a message that it is for, and not one like it."""

import json
import os
import re
import subprocess
from pathlib import Path

import messages
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"
RULES = CHECKOUT / "milter" / "rules.d"
SAMPLES = [sample for path in
           sorted((Path(__file__).parent / "messages").glob("*.txt"))
           for sample in messages.read(path)]
# What lies in archives and documents is told by mailreeve-avscan:
# tests/unit/test_rules_stock_files.c.
BY_FILES = {"file_macros", "file_program_inside", "file_encrypted",
            "file_nested", "file_bomb", "file_loads"}


def rule_bodies():
    return {match.group(1): match.group(2)
            for path in sorted(RULES.glob("*.rules"))
            for match in re.finditer(r"^rule (\w+) \{\n(.*?)^\}",
                                     path.read_text(encoding="utf-8"),
                                     re.M | re.S)}


def shown_bodies():
    """Without those that are for the "when" of others."""
    return {name: body for name, body in rule_bodies().items()
            if "\tinner yes;" not in body}


def judge(folder, conf, zone, samples, key):
    """{file name: names of the rules that hit} of messages with one
    envelope."""
    options = {"rcpt": "bob@example.org", **samples[0][1].options}
    paths = []
    for number, sample in samples:
        path = folder / f"{number}.eml"
        path.write_bytes(messages.compose(sample, key))
        paths.append(path)
    words = [word for name, value in options.items()
             for word in (messages.OPTIONS[name], value)]
    ended = subprocess.run(
        [PROGRAM, "rules", "test", "--json", "-c", conf, "--zone", zone,
         "--now", messages.NOW, *words, *paths], check=False,
        capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stderr
    return {Path(answer["file"]).name: {hit["rule"] for hit
                                        in answer["hits"]}
            for answer in map(json.loads, ended.stdout.splitlines())}


@pytest.fixture(scope="module")
def hits(tmp_path_factory):
    """The rules that hit each sample, by its number."""
    folder = tmp_path_factory.mktemp("samples")
    key, record = messages.make_key(folder)
    zone, conf = folder / "zone", folder / "mailreeve.conf"
    messages.write_zone(zone, record)
    conf.write_text(f'rules {{ directory "{RULES}"; local ""; '
                    f'cache "{folder}"; }}\n', encoding="utf-8")
    groups, found = {}, {}
    for number, sample in enumerate(SAMPLES):
        groups.setdefault(tuple(sorted(sample.options.items())),
                          []).append((number, sample))
    for samples in groups.values():
        told = judge(folder, conf, zone, samples, key)
        for number, _ in samples:
            found[number] = told[f"{number}.eml"]
    return found


def test_each_rule_has_a_message_that_it_hits_and_one_that_it_does_not():
    rules = set(shown_bodies()) - BY_FILES
    for must_hit in (True, False):
        named = {sample.rule for sample in SAMPLES
                 if sample.must_hit == must_hit}
        assert named == rules
    assert len(rules) >= 100


def test_every_message_is_judged_as_it_must_be(hits):
    wrong = [f"{sample.place}: {sample.rule} "
             f"{'does not hit' if sample.must_hit else 'hits'}"
             for number, sample in enumerate(SAMPLES)
             if (sample.rule in hits[number]) != sample.must_hit]
    assert not wrong, "\n".join(wrong)


def test_a_letter_among_friends_is_clean(hits):
    # "- id_missing" has nothing of its own.
    for number, sample in enumerate(SAMPLES):
        if not sample.must_hit and sample.rule == "id_missing":
            assert hits[number] == set()


def test_each_rule_is_described_for_who_reads_a_reply():
    for name, body in rule_bodies().items():
        found = re.search(r'^\tdescribe "([^"]+)";$', body, re.M)
        assert found, name
        words = found.group(1)
        assert words[0].isupper() and not words.endswith("."), name
        assert len(words) <= 100, name


def test_each_rule_has_one_score():
    scored = set(re.findall(r"^score (\w+) ",
                            (RULES / "scores.rules").read_text(
                                encoding="utf-8"), re.M))
    own = {name for name, body in shown_bodies().items()
           if re.search(r"^\tscore ", body, re.M)}
    assert scored & own == set()
    assert scored | own == set(shown_bodies())


def test_scores_keep_to_the_bounds_that_rules_state():
    scores = {name: (float(without), float(beside)) for name, without, beside
              in re.findall(r"^score (\w+) (\S+) (\S+);",
                            (RULES / "scores.rules").read_text(
                                encoding="utf-8"), re.M)}
    bodies = shown_bodies()
    bounds = {name: float(found.group(1)) for name, body in bodies.items()
              if (found := re.search(r"^\t# at most ([\d.]+): \w", body, re.M))}
    assert len(bounds) >= 100
    assert set(bounds) <= set(scores)
    assert [name for name, bound in bounds.items()
            if max(map(abs, scores[name])) > bound] == []
