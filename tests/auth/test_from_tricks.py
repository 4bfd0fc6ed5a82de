# SPDX-License-Identifier: ISC
"""test_from_tricks.py - ways to let a reader see bank.example, which asks for
reject, in mail that evil.example sends: none ends as ham but those that write
the bank where names or comments stand, and these pass as evil.example."""

import json
import subprocess

import pytest
from auth.scan import PROGRAM
from auth.zone import Zone

CLIENT = "203.0.113.7"
ZONE = Zone.of(
    "_dmarc.bank.example TXT v=DMARC1; p=reject",
    "_dmarc.xn--bcher-kva.example TXT v=DMARC1; p=reject",
    f"evil.example TXT v=spf1 ip4:{CLIENT} -all",
    "_dmarc.evil.example TXT v=DMARC1; p=none")


def last_of(count):
    """The bank behind many others."""
    others = [f"x{n}@evil.example" for n in range(count - 1)]
    return ", ".join([*others, "a@bank.example"])


# Whole header fields, and what bank.example or the message comes to.
REFUSED = {
    "plain": "From: a@bank.example",
    "upper case": "FROM: A@BANK.EXAMPLE",
    "a final dot": "From: a@bank.example.",
    "a blank before the colon": "From\t: a@bank.example",
    "a fold before it": "From:\n a@bank.example",
    "a fold before the second": "From: x@evil.example\n ,a@bank.example",
    "a domain that does not exist": "From: a@no.bank.example",
    "many labels": "From: a@" + "a." * 60 + "bank.example",
    "the longest label": "From: a@" + "a" * 63 + ".bank.example",
    "dots around the local part": "From: .a.@bank.example",
    "an empty local part": 'From: ""@bank.example',
    "a local part beyond ASCII": "From: \u00e4@bank.example",
    "U-labels": "From: a@b\u00fccher.example",
    "A-labels in upper case": "From: a@XN--BCHER-KVA.example",
    "an ideographic dot": "From: a@bank\u3002example",
    "letters of full width": "From: a@\uff42ank.example",
    "a soft hyphen": "From: a@ba\u00adnk.example",
    "a blank in the domain": "From: a@bank .example",
    "a comment in the domain": "From: a@bank(x).example",
    "a group": "From: bank:a@bank.example;, x@evil.example",
    "the first of two": "From: a@bank.example, <x@evil.example>",
    "the last of twenty": "From: " + last_of(20),
    "two fields": "From: x@evil.example\nFrom: a@bank.example",
    "two fields in another case": "From: x@evil.example\nfROM: a@bank.example",
    "behind a bare CR": "From: x@evil.example\rFrom: a@bank.example",
    "a blank before the second colon":
        "From: x@evil.example\nFrom : a@bank.example",
    "sent again by another": "Resent-From: x@evil.example\n"
                             "From: a@bank.example",
}
JUNK = {
    "an encoded address": "From: =?utf-8?q?a=40bank.example?=",
    "an encoded local part": "From: =?utf-8?q?a=40bank.example?=@evil.example",
    "an encoded domain": "From: a@=?utf-8?q?bank?=.example",
    "two addresses": "From: a@bank.example <x@evil.example>",
    "one behind the other": "From: <x@evil.example> <a@bank.example>",
    "one behind the other, bare": "From: <x@evil.example> a@bank.example",
    "a comment that ends late": "From: (\\) <a@bank.example> () x@evil.example",
    "a group of an address": "From: a@bank.example: x@evil.example;",
    "an empty group": "From: a.bank.example:;",
    "a source route": "From: <@bank.example:x@evil.example>",
    "a bare source route": "From: @bank.example:x@evil.example",
    "two ats": "From: a@bank.example@evil.example",
    "a quoted address as local part": 'From: "a@bank.example"@evil.example',
    "a bracket in the local part": 'From: <"a@bank.example>"@evil.example>',
    "a semicolon": "From: a@bank.example; x@evil.example",
    "NUL": "From: a@bank.example\0 <x@evil.example>",
    "NUL behind": "From: x@evil.example\0a@bank.example",
    "a CR in front": "From: \r a@bank.example <x@evil.example>",
    "Latin 1": "From: a@b\udcfcank.example",
    "two final dots": "From: a@bank.example..",
    "a dot in front": "From: a@.bank.example",
    "a label too long": "From: a@" + "a" * 64 + ".bank.example",
    "no local part": "From: <@bank.example>",
    "brackets in brackets": "From: <<a@bank.example>>",
    "a bracket that does not end": "From: a@bank.example <x@evil.example",
    "a bracket that does not begin": "From: a@bank.example> <x@evil.example>",
    "quotes that are none": 'From: \\"a@bank.example\\" <x@evil.example>',
    "a vertical tab": "From: a@bank.example\x0b<x@evil.example>",
    "backspaces": "From: x@evil.example\b\ba@bank.example",
    "an at of full width": "From: a\uff20bank.example",
    "a joiner": "From: a@ba\u200dnk.example",
    "turned text": "From: \u202eelpmaxe.knab@a <x@evil.example>",
    "the last of 257": "From: " + last_of(257),
    "Sender alone": "Sender: a@bank.example",
    "Reply-To alone": "Reply-To: a@bank.example",
    "a line without colon in front": "junk\nFrom: a@bank.example",
    "a blank in front": " From: a@bank.example\nFrom: x@evil.example",
}
OWN = {
    "a name": '"a@bank.example" <x@evil.example>',
    "a name in brackets": '"<a@bank.example>" <x@evil.example>',
    "a name with quotes": '"\\" <a@bank.example> " <x@evil.example>',
    "an encoded name": "=?utf-8?q?a=40bank.example?= <x@evil.example>",
    "an encoded name with line ends":
        "=?utf-8?q?a=40bank.example=0D=0AFrom:?= <x@evil.example>",
    "a comment": "(<a@bank.example>) x@evil.example",
    "a group's name": '"a@bank.example": x@evil.example;',
    "a percent sign": "a%bank.example@evil.example",
    "an exclamation mark": "bank.example!a@evil.example",
}
HEADERS = {**REFUSED, **JUNK,
           **{name: f"From: {text}" for name, text in OWN.items()}}


@pytest.fixture(scope="module", name="found")
def all_scanned(tmp_path_factory):
    """What is said of each, by its name."""
    folder = tmp_path_factory.mktemp("tricks")
    ZONE.write(folder / "zone")
    paths = []
    for number, header in enumerate(HEADERS.values()):
        paths.append(folder / f"{number}.eml")
        text = f"{header}\nTo: b@ours.example\nSubject: hello\n\nhello\n"
        paths[-1].write_bytes(text.encode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [PROGRAM, "scan", "--json", "--zone", folder / "zone",
         "--client-ip", CLIENT, "--helo", "evil.example",
         "--mail-from", "<x@evil.example>", *paths],
        capture_output=True, check=True, timeout=600)
    return dict(zip(HEADERS, map(json.loads, done.stdout.splitlines()),
                    strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_rfc9989_5_3_1_who_is_named_for_the_bank_is_refused(found, name):
    assert found[name]["verdict"] == "refuse"
    assert found[name]["dmarc"]["result"] in ("fail", "permerror")


@pytest.mark.parametrize("name", JUNK)
def test_rfc9989_11_5_who_may_be_read_as_the_bank_is_junk(found, name):
    assert found[name]["verdict"] == "junk"
    assert found[name]["dmarc"]["result"] == "permerror"


@pytest.mark.parametrize("name", OWN)
def test_rfc9989_11_4_a_name_proves_nothing_of_the_bank(found, name):
    assert found[name]["dmarc"]["result"] == "pass"
    assert found[name]["dmarc"]["domain"] == "evil.example"
