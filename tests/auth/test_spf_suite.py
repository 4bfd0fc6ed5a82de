# SPDX-License-Identifier: ISC
"""test_spf_suite.py - the openspf suites, case by case: RFC 7208, RFC 4408
(which leaves open what RFC 7208 has changed), and what pyspf has of its own."""

from dataclasses import dataclass

import pytest
import yaml
from auth.scan import DATA, Session, judge_all, need
from auth.zone import Fault, Zone

# What SPF asks the DNS for.
QUESTIONS = {"A", "AAAA", "MX", "PTR", "TXT"}

# Cases of pyspf that ask for what no RFC has, and why.
BEYOND_THE_RFC = {
    "localhost":
        "mail of this host itself is not judged: it has come from us",
    "default-modifier":
        "lax mode takes default=, which is no modifier of RFC 7208 6 and is "
        "ignored as unknown",
    "default-modifier-harsh":
        "harsh mode has a result of its own, \"ambiguous\"",
}


@dataclass
class Case:
    name: str
    session: Session
    zone: Zone
    results: list
    explanation: str | None     # "DEFAULT": the domain has none

    def accepts(self, judgement):
        if judgement.result not in self.results:
            return False
        if self.explanation is None or judgement.result != "fail":
            return True
        said = judgement.explanation
        return said == (None if self.explanation == "DEFAULT"
                        else self.explanation)


def as_bytes(value):
    """The strings of a TXT record, joined (RFC 7208 3.3)."""
    return "".join([value] if isinstance(value, str) else value).encode()


def add_record(zone, name, kind, value):
    if kind == "TXT":
        zone.add(name, kind, as_bytes(value))
    elif kind == "MX":
        zone.add(name, kind, tuple(value))
    elif not (kind == "CNAME" and value == ""):     # no such thing on the wire
        zone.add(name, kind, value)


def add_name(zone, name, entries):
    """One name of the suite. SPF (type 99) stands for a TXT of the same text
    where the name has no TXT of its own, "NONE" is the want of one, and TIMEOUT
    is what becomes of every type the name does not have."""
    records = [pair for entry in entries if isinstance(entry, dict)
               for pair in entry.items()]
    kinds = {kind for kind, value in records if value != "NONE"}
    if "TXT" not in {kind for kind, _ in records}:
        records = [("TXT" if kind == "SPF" else kind, value)
                   for kind, value in records]
        kinds = {kind for kind, _ in records}
    for kind, value in records:
        if value == "TIMEOUT":
            zone.add(name, kind, Fault("TIMEOUT"))
        elif kind != "SPF" and value != "NONE":
            add_record(zone, name, kind, value)
        else:
            zone.add(name, "SPF", "ignored")    # but the name exists
    if "TIMEOUT" in entries:
        for kind in QUESTIONS - kinds:
            zone.add(name, kind, Fault("TIMEOUT"))


def read_suite(name):
    """The cases of one file, each with the zone of its scenario."""
    path = need(DATA / "spf/pyspf/test") / name
    cases = []
    for scenario in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        zone = Zone()
        for owner, entries in scenario["zonedata"].items():
            add_name(zone, owner, entries)
        cases += [read_case(key, test, zone)
                  for key, test in scenario["tests"].items()]
    return cases


def read_case(name, test, zone):
    results = test["result"]
    return Case(name, Session(test["host"], test["helo"],
                              test["mailfrom"] or "<>"), zone,
                [results] if isinstance(results, str) else results,
                test.get("explanation"))


def judge_suite(cases, tmp_path):
    """Pairs of case and what we say."""
    files = {}
    for case in cases:
        if id(case.zone) not in files:
            path = tmp_path / f"{len(files)}.zone"
            files[id(case.zone)] = case.zone.write(path)
    return list(zip(cases, judge_all([(files[id(case.zone)], case.session)
                                      for case in cases]), strict=True))


def wrong_of(judged):
    return {case.name: (said, case.results, case.explanation)
            for case, said in judged if not case.accepts(said)}


@pytest.mark.parametrize("suite, name, total, beyond", [
    ("rfc7208-tests.yml", "RFC 7208", 203, {}),
    ("rfc4408-tests.yml", "RFC 4408", 191, {}),
    ("test.yml", "pyspf", 16, BEYOND_THE_RFC)])
def test_all_of_a_suite(tmp_path, count, suite, name, total, beyond):
    cases = read_suite(suite)
    wrong = wrong_of(judge_suite(cases, tmp_path))
    more = f", {len(beyond)} beyond the RFC" if beyond else ""
    count(f"SPF: {name} {len(cases) - len(wrong)} of {len(cases)}{more}")
    assert wrong.keys() == beyond.keys(), wrong
    assert len(cases) == total
