# SPDX-License-Identifier: ISC
"""test_hostile_records.py - TXT records made to harm: each has one outcome,
at no more than the usual questions."""

import subprocess

import pytest
from auth.judged import (CLIENT, REJECT, UNFOUNDED, USUAL, findings, judged,
                         letter, results)
from auth.scan import PROGRAM
from auth.zone import Zone

SPF, POLICY = "example.org TXT ", "_dmarc.example.org TXT "
# The longest TXT that an answer of 64 KB has room for.
LONGEST = 65279


def filled(begin, end="", fill="x"):
    """A record of the greatest size."""
    room = LONGEST - len(begin) - len(end)
    return begin + (fill * (room // len(fill) + 1))[:room] + end


def hosts(count):
    return " ".join(f"ip4:10.{n >> 8}.{n & 255}.1" for n in range(count))


# The one of CVE-2023-42118, which overruns a buffer of libspf2.
OVERRUN = "%{d}" * 127 + "A" * 3750

SPF_CASES = {
    "a record of 4,200 addresses, the client's last":
        (f"v=spf1 {hosts(4200)} ip4:{CLIENT} -all", "pass"),
    "64 KB that are no record": (filled("x"), "none"),
    "64 KB in one name": (filled("v=spf1 a:", " -all"), "permerror"),
    "64 KB in an unknown modifier (6.1: ignored)":
        (filled("v=spf1 x=", f" ip4:{CLIENT} -all"), "pass"),
    "64 KB of a": (filled("v=spf1 ", fill="a "), "permerror"),
    "64 KB of blanks": (filled("v=spf1", "-all", " "), "fail"),
    "64 KB of digits": (filled("v=spf1 ip4:", fill="1"), "permerror"),
    "64 KB of %% (7.1: each is a %)":
        ("v=spf1 a:" + "%%" * 32000 + " ?all", "neutral"),
    "64 KB of % that nothing follows":
        ("v=spf1 a:" + "%%" * 32000 + "%z -all", "permerror"),
    "64 KB of macros (7.3: cut from the left)":
        ("v=spf1 exists:" + "%{d}" * 16000 + ".org -all", "fail"),
    "CVE-2023-42118, as it was published":
        (f"v=spf1 exists:{OVERRUN} -all", "permerror"),
    "CVE-2023-42118, in a name that ends well":
        (f"v=spf1 exists:{OVERRUN}.org -all", "fail"),
    "CVE-2023-42118, in a modifier":
        (f"v=spf1 x-y={OVERRUN} -all", "fail"),
    "NUL behind a term": (f"v=spf1 ip4:{CLIENT}\0 -all", "permerror"),
    "NUL at the end": ("v=spf1 +all\0", "permerror"),
    "NUL in the version (4.5: no record)": ("v=spf1\0 +all", "none"),
    "8 bits in a name": ("v=spf1 a:\xff\xfe.org +all", "permerror"),
    "8 bits in a modifier": ("v=spf1 x=\xe4 +all", "permerror"),
    "a line feed between terms": ("v=spf1\n+all", "none"),
    "a tab between terms": ("v=spf1 -all\t+all", "permerror"),
}


@pytest.mark.parametrize("story", SPF_CASES)
def test_spf_record(tmp_path, story):
    record, result = SPF_CASES[story]
    event = judged(tmp_path, Zone.of(SPF + record, REJECT))
    assert event["spf"]["result"] == result, findings(event, "spf")
    assert event["dmarc"]["result"] == ("pass" if result == "pass"
                                        else "fail")
    assert event["dns_questions"] <= USUAL + 2
    assert all(len(reason) <= 500 for _, reason in findings(event, "spf"))


@pytest.mark.parametrize("count", [2, 1000])
def test_rfc7208_4_5_several_records_are_a_permerror(tmp_path, count):
    lines = [f"{SPF}v=spf1 ip4:{CLIENT} x={n}" for n in range(count)]
    event = judged(tmp_path, Zone.of(*lines))
    assert findings(event, "spf")[0] == (
        "permerror", "example.org has several SPF records")
    assert event["dns_questions"] <= USUAL


def test_rfc7208_6_2_an_explanation_of_64_kb_is_cut(tmp_path):
    zone = Zone.of(SPF + "v=spf1 -all exp=e.example.org",
                   "e.example.org TXT " + filled("%{d} ", fill="%{s}"))
    event = judged(tmp_path, zone, more="check spf { on_fail refuse; }\n")
    assert event["decision"] == "refuse" and len(event["reply"]) < 1000
    assert event["dns_questions"] <= USUAL + 1


@pytest.mark.parametrize("tail", ["\0", "\xff\xfe", "\r\n550 no", "\x1b[2J"])
def test_rfc7208_6_2_an_explanation_that_is_no_ascii_is_none(tmp_path, tail):
    zone = Zone.of(SPF + "v=spf1 -all exp=e.example.org",
                   f"e.example.org TXT see us {tail}")
    event = judged(tmp_path, zone, more="check spf { on_fail refuse; }\n")
    assert event["decision"] == "refuse"
    assert all(" " <= char <= "~" for char in event["reply"])
    assert "see us" not in event["reply"]


DMARC_CASES = {
    "64 KB of an unknown tag": (filled("v=DMARC1; p=reject; x="), "fail"),
    "64 KB of unknown tags":
        (filled("v=DMARC1; p=reject;", fill="a=b;"), "fail"),
    "64 KB of addresses for reports":
        (filled("v=DMARC1; p=reject; rua=", fill="mailto:a@b.org,"), "fail"),
    "64 KB of separators": (filled("v=DMARC1;", "p=reject", ";"), "fail"),
    "64 KB of a policy": (filled("v=DMARC1; p="), "none"),
    "64 KB that are no record": (filled("x"), "none"),
    "8 bits in an unknown tag": ("v=DMARC1; p=reject; x=\xff\xfe", "fail"),
    "NUL behind the policy": ("v=DMARC1; p=reject\0; sp=none", "none"),
    "NUL in the version": ("v=DMARC1\0; p=reject", "none"),
}


@pytest.mark.parametrize("story", DMARC_CASES)
def test_dmarc_record(tmp_path, story):
    record, result = DMARC_CASES[story]
    event = judged(tmp_path, Zone.of(POLICY + record))
    assert results(event) == ("none", result), findings(event, "dmarc")
    assert event["decision"] == ("refuse" if result == "fail" else "ham")
    assert event["dns_questions"] <= USUAL


@pytest.mark.parametrize("count", [2, 1000])
def test_rfc9989_4_10_1_several_records_are_as_good_as_none(tmp_path, count):
    event = judged(tmp_path, Zone.of(*[REJECT] * count))
    assert results(event) == ("none", "none")
    assert "several DMARC records" in findings(event, "dmarc")[0][1]
    assert event["dns_questions"] <= USUAL


def test_a_key_of_64_kb_is_no_key(tmp_path):
    zone = Zone.of(REJECT, "s._domainkey.example.org TXT "
                   + filled("v=DKIM1; p=", fill="A"))
    event = judged(tmp_path, zone, letter(
        more=UNFOUNDED.format("example.org")))
    assert findings(event, "dkim") == [
        ("permerror", "example.org: the key cannot be decoded")]
    assert event["decision"] == "refuse"


def test_100_kb_have_no_room_in_the_dns_and_a_zone_file_says_so(tmp_path):
    zone = Zone.of(SPF + "v=spf1 " + "a " * 50000).write(tmp_path / "zone")
    done = subprocess.run(
        [PROGRAM, "scan", "--spf-only", "--zone", zone, "--client-ip", CLIENT,
         "--mail-from", "joan@example.org"],
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert f"zone:1: TXT over {LONGEST} bytes" in done.stderr


CHAIN = [f"c{n}.example.org CNAME c{n + 1}.example.org" for n in range(60)]
LOOP = ["a.example.org CNAME b.example.org",
        "b.example.org CNAME a.example.org"]


@pytest.mark.parametrize("first, result", [(52, "pass"), (0, "temperror")])
def test_an_include_by_way_of_aliases(tmp_path, first, result):
    zone = Zone.of(*CHAIN, "c60.example.org TXT v=spf1 +all",
                   f"{SPF}v=spf1 include:c{first}.example.org -all")
    event = judged(tmp_path, zone)
    assert event["spf"]["result"] == result
    assert event["dns_questions"] <= USUAL + 1


@pytest.mark.parametrize("record, result", [
    ("include:a.example.org", "temperror"), ("a:a.example.org", "temperror"),
    ("redirect=a.example.org", "temperror"),
    ("ip4:192.0.2.7 include:a.example.org", "pass")])
def test_aliases_in_a_circle(tmp_path, record, result):
    zone = Zone.of(*LOOP, f"{SPF}v=spf1 {record}")
    event = judged(tmp_path, zone)
    assert event["spf"]["result"] == result
    assert event["dns_questions"] <= USUAL + 1


@pytest.mark.parametrize("target, result, decision", [
    ("c52.example.org", "fail", "refuse"),
    ("c0.example.org", "temperror", "ham"),
    ("_dmarc.example.org", "temperror", "ham"),
    ("a.example.org", "temperror", "ham"),
    ("gone.example.org", "none", "ham")])
def test_a_policy_by_way_of_aliases(tmp_path, target, result, decision):
    zone = Zone.of(*CHAIN, *LOOP, f"_dmarc.example.org CNAME {target}",
                   "c60.example.org TXT v=DMARC1; p=reject")
    event = judged(tmp_path, zone)
    assert event["dmarc"]["result"] == result
    assert event["decision"] == decision
    assert event["dns_questions"] <= USUAL


@pytest.mark.parametrize("target", ["c0", "a", "s._domainkey"])
def test_a_key_by_way_of_aliases_without_end_may_yet_be_found(tmp_path,
                                                              target):
    """Who might be the author is asked to come again (RFC 9989 7.2)."""
    zone = Zone.of(*CHAIN, *LOOP, REJECT, "s._domainkey.example.org CNAME "
                   f"{target}.example.org")
    event = judged(tmp_path, zone, letter(
        more=UNFOUNDED.format("example.org")))
    assert findings(event, "dkim")[0][0] == "temperror"
    assert event["dmarc"]["result"] == "temperror"
    assert event["decision"] == "defer"
    assert event["dns_questions"] <= USUAL + 1
