# SPDX-License-Identifier: ISC
"""test_espoofer.py - 22 ways to let a reader see an author that no check saw
(Chen, Paxson, Jiang: "Composition Kills", 2020), and what becomes of each."""

import json
import re
from dataclasses import dataclass

import pytest
from auth.scan import DATA, need, scan
from auth.zone import Zone
from flow.signer import new_rsa

CASES = DATA / "attacks/espoofer-cases"
VICTIM = "legitimate.com"
ATTACKER = "203.0.113.66"
PROVIDER = "192.0.2.25"         # of example.com, whose account is misused

# Where the attacker lets his address send, and publishes his key.
OWN = ["attack.com", "a.attack.com", "33.attack.com", "any.attack.com",
       "helo.attack.com", "legitimate.com(a.attack.com",
       "legitimate.com'a.attack.com"]

# So that the field is written which a refusal leaves out.
DELIVER = """\
check from_header { on_missing junk; on_multiple junk; on_malformed junk; }
check dmarc { on_reject quarantine; }
"""


@dataclass(frozen=True)
class Outcome:
    """What becomes of it, by whom; the words of spf and dmarc; and why."""

    fate: str
    spf: str
    dmarc: str
    why: str


REFUSED = "refused by dmarc"
SEVERAL = "refused by from_header"
JUNK = "junk by from_header"

# "Reader" is what a mail program shows of the message as Postfix delivers it.
OUTCOMES = {
    "server_a1": Outcome(
        REFUSED, "none", "fail", "a subdomain that does not exist has no SPF"),
    "server_a2": Outcome(
        REFUSED, "fail", "fail", "Postfix takes <(any@legitimate.com> for the "
        "null sender; here what stands behind the @ is judged"),
    "server_a3": Outcome(
        REFUSED, "pass", "fail", "a NUL cannot stand in a signature (RFC 6376 "
        "3.2): the name of its key is never asked for"),
    "server_a4": Outcome(
        REFUSED, "pass", "fail", "d= with a quote is no domain name"),
    "server_a5": Outcome(
        REFUSED, "none", "fail", "Postfix takes the sender for "
        "any@legitimate.com; legitimate.com(a.attack.com is no domain name, "
        "what it publishes does not count"),
    "server_a6": Outcome(
        REFUSED, "none", "fail", "for Postfix the sender is of "
        "any.attack.com; of two @ in what is no address readers may take the "
        "first"),
    "server_a7": Outcome(
        REFUSED, "pass", "fail", "the source route is cut (RFC 5321 3.3), the "
        "sender is of attack.com"),
    "server_a8": Outcome(SEVERAL, "pass", "fail", "every From counts"),
    "server_a9": Outcome(
        JUNK, "pass", "permerror", "Postfix ends the header before a first "
        "line that begins with a blank: no reader sees an author"),
    "server_a10": Outcome(
        SEVERAL, "pass", "fail", "Postfix cuts the blank before the colon"),
    "server_a11": Outcome(
        JUNK, "pass", "permerror", "Postfix ends the header before a line "
        "without colon: no reader sees an author"),
    "server_a12": Outcome(JUNK, "pass", "permerror", "as server_a11"),
    "server_a13": Outcome(JUNK, "pass", "permerror", "as server_a11"),
    "server_a14": Outcome(
        REFUSED, "pass", "fail", "of several authors the strictest counts "
        "(RFC 9989 11.5)"),
    "server_a15": Outcome(
        JUNK, "pass", "permerror", "an author without domain, which a reader "
        "decodes to the victim, beside the attacker"),
    "server_a16": Outcome(
        REFUSED, "pass", "fail", "behind the source route stands the author"),
    "server_a17": Outcome(
        JUNK, "pass", "permerror", "what one reader takes for two authors "
        "and another for one cannot be read"),
    "server_a18": Outcome(
        REFUSED, "pass", "fail", "two authors, the strictest counts"),
    "server_a19": Outcome(
        JUNK, "pass", "permerror", "text behind an address cannot be read"),
    # Sent by an account of the provider itself, whom example.com lets send:
    # what the provider lets its accounts write, only the provider can tell.
    "client_a1": Outcome(
        SEVERAL, "pass", "permerror", "which From is shown is not plain"),
    "client_a2": Outcome(
        "ham", "pass", "pass", "both authors are of the domain that vouches"),
    "client_a3": Outcome(
        "ham", "pass", "pass", "the author's domain vouches"),
}


@pytest.fixture(scope="module", name="cases")
def all_cases():
    return json.loads((need(CASES) / "cases.json").read_text("ascii"))


@pytest.fixture(scope="module", name="zone")
def zone_file(cases, tmp_path_factory):
    del cases       # skips without the data
    key = (CASES / "dkim-key.txt").read_text(encoding="ascii")
    key = key.splitlines()[1].split("\t")[1].encode()
    zone = Zone()
    zone.add(VICTIM, "A", "192.0.2.80")
    zone.add(VICTIM, "TXT", b"v=spf1 -all")
    zone.add("_dmarc." + VICTIM, "TXT", b"v=DMARC1; p=reject")
    for name in OWN:
        zone.add(name, "TXT", f"v=spf1 ip4:{ATTACKER} -all".encode())
        zone.add("selector._domainkey." + name, "TXT", key)
    zone.add("attack.com", "A", ATTACKER)
    zone.add("_dmarc.attack.com", "TXT", b"v=DMARC1; p=none")
    zone.add("66.113.0.203.in-addr.arpa", "PTR", "attack.com")
    zone.add("example.com", "TXT", f"v=spf1 ip4:{PROVIDER} -all".encode())
    zone.add("_dmarc.example.com", "TXT", b"v=DMARC1; p=reject")
    return zone.write(tmp_path_factory.mktemp("espoofer") / "zone.tsv")


def run(case, zone, *args):
    return scan("--zone", zone, "--now", "2026-01-01T00:00:10Z",
                "--helo", case["helo"], "--mail-from", case["mail_from"],
                "--rcpt", case["rcpt_to"], *args, CASES / case["file"])


def receive(case, zone, *args):
    client = PROVIDER if case["id"].startswith("client") else ATTACKER
    return run(case, zone, "--client-ip", client, *args)


def fate(said):
    """The verdict, and the check that it is due to."""
    if said["verdict"] == "ham":
        return "ham"
    faults = {finding["check"] for finding in said["findings"]
              if finding["check"] == "from_header"
              and finding["result"] != "pass"}
    if said["verdict"] == "junk":
        return "junk by " + faults.pop()
    return "refused by " + ("dmarc" if "DMARC" in said["reply"]
                            else faults.pop())


def results_of(story):
    """The results of the field that we write, by the grammar: what is quoted
    or in a comment is no more than text (RFC 8601 2.2)."""
    field = re.search(r"insert Authentication-Results: (.*\n(?: {3}.*\n)*)",
                      story)[1]
    field = re.sub(r'"(?:[^"\\]|\\.)*"', '"quoted"', field)
    while (bare := re.sub(r"\((?:[^()\\]|\\.)*\)", "", field)) != field:
        field = bare
    assert not re.search(r'[()\\]', field), field
    return [part.split() for part in field.split(";")[1:]]


def test_none_passes_as_the_victim_and_each_outcome_is_named(cases, zone,
                                                             count):
    found = {}
    for case in cases:
        said = json.loads(receive(case, zone, "--json"))
        dmarc = said["dmarc"]
        assert (dmarc["result"], dmarc["domain"]) != ("pass", VICTIM)
        assert not (any(dmarc["alignment"].values())
                    and VICTIM in dmarc["domain"])
        found[case["id"]] = (fate(said), said["spf"]["result"],
                             dmarc["result"])
    assert found == {name: (outcome.fate, outcome.spf, outcome.dmarc)
                     for name, outcome in OUTCOMES.items()}
    fates = [each[0].split()[0] for each in found.values()]
    count(f"espoofer: {len(found)} cases, {fates.count('refused')} refused, "
          f"{fates.count('junk')} junk, {fates.count('ham')} of the "
          "provider's own, 0 pass as the victim")
    assert len(found) == 22


def test_no_result_is_injected_into_the_field_that_we_write(cases, zone,
                                                            tmp_path):
    conf = tmp_path / "deliver.conf"
    conf.write_text(DELIVER, encoding="ascii")
    for case in cases:
        story = receive(case, zone, "--explain", "--config", conf)
        results = results_of(story)
        methods = [result[0].split("=")[0] for result in results]
        assert methods == sorted(methods, key=["iprev", "spf", "dkim",
                                               "dmarc"].index), story
        assert methods.count("dmarc") == methods.count("dkim") == 1, story
        for word, *properties in results:
            if word.endswith("=pass"):
                assert VICTIM not in " ".join(properties), story


@pytest.mark.parametrize("name, login, is_signed", [
    ("client_a1", "attacker", False), ("client_a2", "attacker", False),
    ("client_a3", "attacker", False), ("client_a3", "admin", True)])
def test_an_account_of_ours_gets_no_signature_for_another(
        cases, zone, name, login, is_signed, tmp_path):
    """The provider's side: a signature would vouch for the author."""
    case = next(case for case in cases if case["id"] == name)
    key, logins = tmp_path / "key.pem", tmp_path / "logins"
    key.write_bytes(new_rsa()[0])
    key.chmod(0o600)
    logins.write_text("attacker@example.com attacker@example.com\n"
                      "admin@example.com admin@example.com\n")
    conf = tmp_path / "provider.conf"
    conf.write_text(f"host {{ login_map {logins}; }}\n"
                    f"domain example.com {{ dkim_key own {{ file {key}; }} }}")
    said = json.loads(run(case, zone, "--json", "--config", conf,
                          "--client-ip", "198.51.100.9",
                          "--auth-user", f"{login}@example.com"))
    details = [action["detail"] for action in said["actions"]
               if action["action"] == "dkim_sign"]
    assert any("d=example.com" in detail for detail in details) == is_signed
