# SPDX-License-Identifier: ISC
"""test_e2e_milter.py - what another filter wrote into Authentication-Results
for the same messages, clients and DNS: the same words, or a reason why not."""

import csv
import json
import re

from auth.scan import DATA, need, scan
from auth.zone import Zone

RUNS = DATA / "e2e-milter/authentication_milter"
NOW = "2015-01-25T12:00:00Z"    # when most of the messages were written
METHODS = "spf", "dkim", "dmarc", "iprev"

# The other's settings that have a counterpart here.
SITES = {
    "config/dmarc_reject": "host { trusted_forwarders 99.0.0.0/8; }\n",
    "config/dmarc_reject_wl":
        "host { trusted_forwarders 99.0.0.0/8 marcbradshaw.net; }\n",
    "config/hide_none": "check iprev { enabled no; }\n",
}
# Its ip_map, which has none: the session that it makes of this client.
MAPPED = {
    "4.3.2.1": ("74.125.82.171", "mail-we0-f171.google.com"),
    "5.4.3.2": ("74.125.82.171", "mail-we0-f171.google.com"),
}

NO_PTR = "RFC 8601 2.7.3: a client without a name is a permerror; fail is " \
    "a name that leads elsewhere"
TRUSTED = "its TrustedIP asks nothing about a client but its signatures; " \
    "networks of such trust have no counterpart among strangers' clients"
DRY_RUN = "its dry run writes no field; here the words are the same in " \
    "observe mode"
TIMED_OUT = "its one handler in this configuration never answers"
SHA1 = "RFC 8301 3.1: rsa-sha1 must not be taken for valid"
BLANK = "it cuts the blank out of <marc@ marcbradshaw.net>, which is no " \
    "address (RFC 5321 4.1.2); SPF of \" marcbradshaw.net\" is none (RFC " \
    "7208 4.3), and so nothing aligned passes"
TWO_SENDERS = "the client's two addresses are no path (RFC 5321 4.1.2), it " \
    "judges HELO instead; here what stands behind the last @ is judged"
STRICTEST = "it has a word for each author; here the strictest of them is " \
    "the word for the message (RFC 9989 11.5), which from_header refuses too"

# What differs and may: (expected file, method) and the reason.
EXPLAINED = {
    ("google_apps_good.timeout.eml", "dkim"): TIMED_OUT,
    ("google_apps_good.trusted.eml", "spf"): TRUSTED,
    ("google_apps_good.trusted.eml", "dmarc"): TRUSTED,
    ("google_apps_good.trusted.eml", "iprev"): TRUSTED,
    ("google_apps_good_dryrun.eml", "spf"): DRY_RUN,
    ("google_apps_good_dryrun.eml", "dkim"): DRY_RUN,
    ("google_apps_good_dryrun.eml", "dmarc"): DRY_RUN,
    ("google_apps_good_dryrun.eml", "iprev"): DRY_RUN,
    ("google_apps_bad_space.eml", "spf"): BLANK,
    ("google_apps_bad_space.eml", "dmarc"): BLANK,
    ("dmarc_multi.eml", "dmarc"): STRICTEST,
    ("dmarc_multi_2.eml", "dmarc"): STRICTEST,
    ("dmarc_multi_2.eml", "spf"): TWO_SENDERS,
    ("dmarc_reject_wl.eml", "dkim"): SHA1,
    ("google_apps_good_spf_fail.eml", "iprev"): NO_PTR,
    ("google_apps_bad_spf_fail.eml", "iprev"): NO_PTR,
    ("google_apps_nodkim_spf_fail.eml", "iprev"): NO_PTR,
    ("dmarc_reject.eml", "iprev"): NO_PTR,
    ("dmarc_reject_case.eml", "iprev"): NO_PTR,
    ("dmarc_multi.eml", "iprev"): NO_PTR,
    ("dmarc_multi_2.eml", "iprev"): NO_PTR,
    ("dmarc_reject_hard_whitelisted.eml", "iprev"): NO_PTR,
    ("dmarc_reject_wl.eml", "iprev"): NO_PTR,
    ("google_apps_bad_spf_fail_hard.eml", "iprev"): NO_PTR,
}

# "name [TTL] [IN] TYPE [rdata]"; what begins with ";" is a remark.
LINE = re.compile(r"""(?P<name>[^\s;]+) \s+ (?:\d+ \s+)? (?:IN \s+)?
                      (?P<kind>[A-Z]+) (?:\s+ (?P<rdata>.*))?""", re.X)


def add_line(zone, name, kind, rdata):
    if rdata is None:
        zone.add(name, "SPF", "ignored")    # it exists, without such a record
    elif kind == "TXT":
        strings = re.findall(r'"([^"]*)"|([^\s()"]+)', rdata)
        zone.add(name, kind, "".join(a or b for a, b in strings).encode())
    elif kind == "MX":
        preference, host = rdata.split()
        zone.add(name, kind, (int(preference), host))
    else:
        zone.add(name, kind, rdata.strip())


def read_zone():
    zone = Zone()
    text = (RUNS / "t" / "zonefile").read_text(encoding="ascii")
    for line in text.splitlines():
        if match := LINE.fullmatch(line.strip()):
            add_line(zone, *match.group("name", "kind", "rdata"))
    return zone


def words_of(field):
    """The words of each method in Authentication-Results, sorted."""
    return {method: sorted(re.findall(rf"\s{method}=(\w+)", field))
            for method in METHODS}


def expected_of(run):
    """What the other wrote, in a field above those that came, or its
    refusal."""
    text = (RUNS / "t/data/example" / run["dest"]).read_text("latin-1")
    if text.startswith("Message rejected"):
        return {"refusal": re.findall("550 .*DMARC", text) and ["DMARC"]}
    above = re.split(r"^(?:Return-Path|Received|DKIM-Signature|From):", text,
                     maxsplit=1, flags=re.M | re.I)[0]
    field = re.search(r"^Authentication-Results:.*\n(?:[ \t].*\n)*", above,
                      re.M)
    return words_of(field.group() if field else "")


def scan_as(run, zone, conf):
    client, helo = MAPPED.get(run["ip"], (run["ip"], run["name"]))
    conf.write_text(SITES.get(run["running_config"], ""), encoding="ascii")
    return json.loads(scan(
        "--json", "--zone", zone, "--now", NOW, "--config", conf,
        "--client-ip", client, "--helo", helo,
        "--mail-from", run["from"] or "<>", "--rcpt", run["to"],
        RUNS / "t/data/source" / run["source"]))


def found_of(run, said, expected):
    """What we say, in the form of expected_of(). "none" of iprev is no word:
    it is not written, and the other's hide_none writes none of them."""
    if "refusal" in expected:
        return {"refusal": re.findall("DMARC", said["reply"] or "")}
    words = {
        "spf": [said["spf"]["result"]] if said["spf"] else [],
        "dkim": sorted(signature["result"]
                       for signature in said["dkim"]) or ["none"],
        "dmarc": [said["dmarc"]["result"]] if said["dmarc"] else [],
        "iprev": [finding["result"] for finding in said["findings"]
                  if finding["check"] == "iprev"
                  and finding["result"] != "none"],
    }
    if run["running_config"] == "config/hide_none":
        words = {method: [word for word in found if word != "none"]
                 for method, found in words.items()}
    return words


def read_runs():
    with open(need(RUNS) / "cases.tsv", encoding="ascii") as lines:
        return [run for run in csv.DictReader(lines, delimiter="\t")
                if run["mode"] == "milter_process"]


def test_33_runs_of_another_filter(tmp_path, count):
    runs = read_runs()
    zone = read_zone().write(tmp_path / "zone.tsv")
    equal, unequal = 0, {}
    for run in runs:
        expected = expected_of(run)
        found = found_of(run, scan_as(run, zone, tmp_path / "site.conf"),
                         expected)
        for method, words in expected.items():
            if words == found[method]:
                equal += len(words)
            else:
                unequal[run["dest"], method] = (words, found[method])
    explained = unequal.keys() & EXPLAINED.keys()
    count(f"e2e-milter: {len(runs)} runs, {equal} words equal, "
          f"{len(explained)} explained, {len(unequal) - len(explained)} "
          "unexplained")
    assert len(runs) == 33
    assert {key: unequal[key] for key in unequal.keys() - explained} == {}
    assert EXPLAINED.keys() - explained == set(), "explained, but equal"
