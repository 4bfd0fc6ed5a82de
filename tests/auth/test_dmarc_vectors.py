# SPDX-License-Identifier: ISC
"""test_dmarc_vectors.py - DMARC vectors of others as real messages: what they
presume is brought about by signatures, SPF records and a From, and the whole
of `mailreeve scan` judges. What they say of records and walks besides, the unit
test of the same name looks at."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import dkim
import pytest
from auth.scan import DATA, need, scan
from auth.zone import Fault, Zone
from flow.signer import new_rsa

CLIENT = "203.0.113.7"
OTHERS = "bounce.test"          # a bounce domain that has nothing to say

# What scan does not show: records, walks, and its own interface.
INSIDE = {"domain", "p", "sp", "pct", "rr", "[]", "error", "info",
          "alignment.spf.strict", "alignment.dkim.strict",
          "alignment.dkim.underSized", "status.comment",
          "status.header.from", "status.header.d"}


@pytest.fixture(scope="module")
def key():
    """(private key as PEM, DNS record)."""
    return new_rsa()


def vectors(name):
    path = need(DATA / "dmarc/vectors") / name
    return json.loads(path.read_text(encoding="utf-8"))


def domains(listed):
    return [item if isinstance(item, str) else item["domain"]
            for item in listed]


def make_zone(given, signers, bouncer, record):
    """The vector's DNS, with what lets its identifiers pass."""
    zone = Zone()
    for name, types in given.items():
        if "error" in types:
            zone.add(name, "TXT", Fault("TIMEOUT"))
        for strings in types.get("TXT", []):
            zone.add(name, "TXT", "".join(strings).encode())
        for address in types.get("A", []):
            zone.add(name, "A", address)
        for host in types.get("MX", []):
            zone.add(name, "MX", (host["priority"], host["exchange"]))
    for signer in signers:
        zone.add(f"s._domainkey.{signer}", "TXT", record.encode())
    zone.add(OTHERS, "TXT", b"v=spf1 -all")
    if bouncer:
        zone.add(bouncer, "TXT", f"v=spf1 ip4:{CLIENT} -all".encode())
    return zone


def make_message(authors, signers, private):
    authors = [author if "@" in author else f"user@{author}"
               for author in authors]
    message = (f"From: {', '.join(authors)}\r\nSubject: a vector\r\n"
               "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
               "Message-ID: <vector@example.com>\r\n\r\nHello.\r\n").encode()
    for signer in signers:
        message = dkim.sign(message, b"s", signer.encode(), private,
                            include_headers=[b"from", b"subject"]) + message
    return message


def dmarc_of(zone, message, bouncer, folder):
    """The member dmarc of what scan says."""
    folder.mkdir()
    said = json.loads(scan(
        "--json", "--zone", zone.write(folder / "zone"), "--now",
        str(int(time.time())), "--client-ip", CLIENT, "--helo", OTHERS,
        "--mail-from", f"<b@{bouncer or OTHERS}>", "-", message=message))
    assert (said["spf"]["result"] == "pass") == bool(bouncer), said
    assert all(one["result"] == "pass" for one in said["dkim"]), said
    return said["dmarc"]


def look_up(said, path):
    """Our word for the place that a vector looks at."""
    if path == "status.result":
        return said["result"]
    if path == "policy":    # theirs is the one that takes effect
        return said["disposition"] if said["result"] == "fail" \
            else said["policy"]
    _, method, _ = path.split(".")
    return said["alignment"][method]


def holds(said, path, op, value):
    if op == "not.property":
        return said["policy"] is None if value == ["policy"] \
            else value[0] not in said
    ours = look_up(said, path)
    if path.startswith("alignment."):   # theirs names the organization
        return ours is (op == "equal")
    assert op == "equal", op
    return ours == value[0]


def judge(step, key, folder):
    """What does not hold, and how many words were compared."""
    private, record = key
    given = step["input"]
    signers = domains(given["dkimDomains"])
    bouncer = (domains(given["spfDomains"]) or [None])[0]
    authors = given["headerFrom"]
    if isinstance(authors, str):
        authors = [authors]
    said = dmarc_of(make_zone(step["zone"], signers, bouncer, record),
                    make_message(authors, signers, private), bouncer, folder)
    asked = [(one["path"], one["op"], one.get("value"))
             for one in step["expect"] if one["path"] not in INSIDE]
    if len(authors) > 1:    # of one domain: judged (RFC 9989 5.3.1)
        asked = [("status.result", "equal", ["pass"])]
    return [(one, said) for one in asked if not holds(said, *one)], len(asked)


@pytest.mark.parametrize("rfc, file, total, shown, words", [
    ("9989", "mailauth-rfc9989-compliance.json", 29, 27, 40),
    ("7489", "mailauth-dmarc-verify.json", 34, 26, 31),
])
def test_a_message_made_of_each_vector(rfc, file, total, shown, words, key,
                                       tmp_path, count):
    steps = [(vector["test"], step) for vector in vectors(file)
             for step in vector["steps"]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = list(pool.map(
            lambda job: judge(job[1][1], key, tmp_path / str(job[0])),
            enumerate(steps)))
    compared = {}
    wrong = {}
    for (test, _), (faults, number) in zip(steps, judged):
        compared[test] = compared.get(test, 0) + number
        if faults:
            wrong.setdefault(test, []).extend(faults)
    asked = sum(number > 0 for number in compared.values())
    count(f"DMARC: RFC {rfc} (mailauth, {len(compared)}), made signed messages "
          f"for scan: {asked - len(wrong)} of {asked} whose words it shows")
    assert wrong == {}
    assert (len(compared), asked, sum(compared.values())) == \
        (total, shown, words)
