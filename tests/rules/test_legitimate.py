# SPDX-License-Identifier: ISC
"""Honest mail of today, as its programs write it: the checks and the stock rules
come nowhere near junk with it, from a host that is set up well and from one that
is not."""

import json
import os
import re
import subprocess
from pathlib import Path

import messages
import pytest

pytestmark = pytest.mark.once

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MAILREEVE_BIN")
               or CHECKOUT / "build" / "bin") / "mailreeve"
MAIL = sorted((Path(__file__).parent / "legitimate").glob("*.eml"))
CONF = """\
rules {{ directory "{rules}"; local ""; cache "{cache}"; }}
"""
HALF = 2.5              # of policy.junk_score's default


def author_domain(raw):
    found = re.search(rb"^From:.*?@([\w.-]+)", raw, re.M | re.S | re.I)
    return found.group(1).decode()


class Good:
    """A host with a name that leads back, SPF, DKIM and a policy of DMARC."""

    def __init__(self, record):
        self.record = record

    def zone(self, domain):
        return {("mail.well.example", "A"): "192.0.2.10",
                ("10.2.0.192.in-addr.arpa", "PTR"): "mail.well.example",
                (domain, "TXT"): "v=spf1 ip4:192.0.2.10 -all",
                ("s._domainkey." + domain, "TXT"): self.record,
                ("_dmarc." + domain, "TXT"): "v=DMARC1; p=reject"}

    @staticmethod
    def options(domain):
        return ["--client-ip", "192.0.2.10", "--client-name",
                "mail.well.example", "--helo", "mail.well.example",
                "--mail-from", "bounces@" + domain]

    @staticmethod
    def message(raw, domain, key):
        return messages.sign(raw, messages.Sample("", "", True,
                                                  signer=domain), key)


class Mediocre:
    """A rented host: its address has a name that leads elsewhere, it greets
    with one that the DNS does not know, there is no SPF and no DKIM, and the
    envelope is of the host."""

    @staticmethod
    def zone(_domain):
        return {("77.100.51.198.in-addr.arpa", "PTR"): "srv17.rented.example",
                ("srv17.rented.example", "A"): "198.51.100.1"}

    @staticmethod
    def options(_domain):
        return ["--client-ip", "198.51.100.77", "--client-name", "unknown",
                "--helo", "web17.rented.example",
                "--mail-from", "www-data@web17.rented.example"]

    @staticmethod
    def message(raw, _domain, _key):
        return raw


def judge(folder, host, paths, key):
    """{name: (score, [what gave it])} of the messages as HOST sends them."""
    (folder / "conf").write_text(CONF.format(
        rules=CHECKOUT / "milter" / "rules.d", cache=folder),
        encoding="utf-8")
    groups, records = {}, {}    # by what stands for the client; of the DNS
    for path in paths:
        raw = path.read_bytes()
        domain = author_domain(raw)
        records.update(host.zone(domain))
        sent = folder / path.name
        sent.write_bytes(host.message(raw, domain, key))
        groups.setdefault(tuple(host.options(domain)), []).append(sent)
    (folder / "zone").write_text("".join(
        f"{name}\t{kind}\t{value}\n" for (name, kind), value
        in records.items()), encoding="utf-8")
    found = {}
    for options, sent in groups.items():
        ended = subprocess.run(
            [PROGRAM, "rules", "test", "--json", "-c", folder / "conf",
             "--zone", folder / "zone", "--now", messages.NOW, "--rcpt",
             "bob@example.org", *options, *sent],
            check=False, capture_output=True, text=True, timeout=600)
        assert ended.returncode == 0, ended.stderr
        for answer in map(json.loads, ended.stdout.splitlines()):
            found[Path(answer["file"]).stem] = answer["total"], [
                f"{hit['rule']} {hit['score']:g}" for hit in answer["hits"]]
    assert len(found) == len(paths)
    return found


@pytest.fixture(scope="module", name="key")
def made_key(tmp_path_factory):
    return messages.make_key(tmp_path_factory.mktemp("key"))


def too_much(found):
    return "\n".join(f"{name}: {score:.2f}: {', '.join(hits)}"
                     for name, (score, hits) in found.items() if score > HALF)


def test_there_is_mail_of_many_kinds():
    assert len(MAIL) >= 20


def test_a_host_that_is_set_up_well(tmp_path, key):
    found = judge(tmp_path, Good(key[1]), MAIL, key[0])
    assert not too_much(found), too_much(found)
    # Its signatures were seen.
    assert all("author_proven -0.5" in hits for _, hits in found.values())


def test_a_host_that_is_set_up_badly(tmp_path, key):
    found = judge(tmp_path, Mediocre(), MAIL, key[0])
    assert not too_much(found), too_much(found)


def test_the_host_alone_says_little(tmp_path, key):
    letter = tmp_path / "letter.eml"
    letter.write_bytes(messages.compose(messages.Sample("", "", False),
                                        key[0]))
    score, hits = judge(tmp_path, Mediocre(), [letter], key[0])["letter"]
    assert 0 < score <= 2, hits
