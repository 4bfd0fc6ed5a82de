# SPDX-License-Identifier: ISC
"""test_scan_story.py - what `mailreeve scan` tells people."""

import re

import pytest
from flow.signer import Signer
from scanning import SESSION, SITE, run

RECORDS = """\
sender.example\tTXT\tv=spf1 ip4:203.0.113.7 -all
_dmarc.sender.example\tTXT\tv=DMARC1; p=reject
_dmarc.bank.example\tTXT\tv=DMARC1; p=reject
_dmarc.lame.bank.example\tTXT\t!SERVFAIL
_dmarc.soft.example\tTXT\tv=DMARC1; p=quarantine
_dmarc.test.example\tTXT\tv=DMARC1; p=reject; t=y
_dmarc.watch.example\tTXT\tv=DMARC1; p=none
_dmarc.shop.example\tTXT\tv=DMARC1; p=none; np=reject
"""
FROM_SENDER = ["--client-ip", "203.0.113.7", "--mail-from",
               "<x@sender.example>", "--rcpt", "bob@example.org"]
LIST = "List-Id: Talk <talk.club.example>\n"

# Of a letter from this author, with this header, to which this signature is
# added: in a word what becomes of it, what proves it, what follows.
STORIES = {
    "what it says": (
        "a@sender.example", "", None, "delivered",
        ["SPF pass", "DKIM none nobody has signed it",
         "DMARC pass aligned with sender.example: SPF of sender.example",
         "policy reject p=reject at _dmarc.sender.example"],
        "Verdict ham Score "),
    "a spoof": (
        "a@bank.example", "", None, "refused because dmarc",
        ["DMARC fail bank.example: neither SPF nor DKIM vouches for it (SPF "
         "passes for sender.example, no DKIM signature)"],
        "DMARC bank.example asks to reject it Verdict refuse because of dmarc"),
    "a spoof that names a list": (
        "a@bank.example", LIST, None, "refused because dmarc",
        ["List none no signature that holds is of the list that it names"],
        "DMARC bank.example asks to reject it Verdict refuse because of dmarc"),
    "a letter through a list": (
        "a@bank.example", LIST, "club.example", "marked as junk",
        ["DKIM pass club.example",
         "List pass talk.club.example, signed by club.example"],
        "DMARC bank.example asks to reject it, which is not done: it came by "
        "way of a mailing list (mailing_list) Verdict junk because of dmarc"),
    "a domain that does not exist": (
        "a@none.shop.example", "", None, "refused because dmarc: shop.example "
        "asks for reject of mail from none.shop.example",
        ["policy reject np=reject at _dmarc.shop.example, for domains below "
         "it that do not exist"],
        "DMARC shop.example asks to reject it Verdict refuse"),
    "a policy under test": (
        "a@test.example", "", None, "marked as junk",
        ["policy reject p=reject at _dmarc.test.example, under test (t=y)"],
        "DMARC test.example asks to reject it, under test (t=y): one step "
        "less is due Verdict junk"),
    "a domain that only watches": (
        "a@watch.example", "", None, "delivered",
        ["policy none p=none at _dmarc.watch.example"],
        "DMARC watch.example asks for nothing to be done Verdict ham"),
    "a domain that asks for quarantine": (
        "a@soft.example", "", None, "marked as junk",
        ["policy quarantine p=quarantine at _dmarc.soft.example"],
        "DMARC soft.example asks to treat it as suspicious Verdict junk"),
    "no answer": (
        "a@lame.bank.example", "", None, "deferred because dmarc",
        ["DMARC temperror lame.bank.example: no answer for "
         "_dmarc.lame.bank.example",
         "policy reject sp=reject at _dmarc.bank.example"],
        "DMARC bank.example asks to reject it if nothing vouches for it, "
        "which is not known now Verdict defer"),
    "no policy": (
        "a@other.example", "", None, "delivered",
        ["DMARC none no DMARC record applies to other.example"],
        "Verdict ham"),
}


def told(text):
    """The story in one line: its folds are a matter of width."""
    assert all(len(line) <= 80 for line in text.splitlines())
    return " ".join(text.split())


def chapter(story, heading, following):
    return story[story.index(heading) + len(heading):story.index(following)]


@pytest.fixture(scope="module", name="signer")
def a_signer():
    return Signer("club.example")


@pytest.fixture(scope="module", name="zone")
def a_zone(signer, tmp_path_factory):
    zone = tmp_path_factory.mktemp("zone") / "zone.tsv"
    keys = (name.replace(" ", "\t") + f"\t{text}\n"
            for name, text in signer.zone().items())
    zone.write_text(RECORDS + "".join(keys))
    return zone


@pytest.mark.parametrize("name", STORIES)
def test_the_story_says_who_vouches_and_what_follows(signer, zone, name):
    author, more, signed_by, title, proofs, follows = STORIES[name]
    letter = f"From: {author}\n{more}Subject: hello\n\nhello\n".encode()
    if signed_by is not None:
        letter = signer.sign(letter.replace(b"\n", b"\r\n"))
    status, story, err = run("--explain", "--zone", zone, *FROM_SENDER, "-",
                             stdin=letter)
    assert (status, err) == (0, "")
    story = told(story)
    assert story.startswith(f"-: {title}")
    proof = chapter(story, "What proves it ", "What follows ")
    assert [text for text in proofs if text not in proof] == [], proof
    assert chapter(story, "What follows ", "Findings ").startswith(follows)


def test_several_from_fields_are_no_list_of_authors(zone):
    status, story, _ = run("--explain", "--zone", zone, "-", stdin=b"From: "
                           b"a@bank.example\nFrom: x@sender.example\n\nhello")
    assert status == 0
    assert "From <a@bank.example>, <x@sender.example>; in 2 From fields" in \
        told(story)


def test_local_policy_is_told_by_its_cause(zone):
    status, story, _ = run("--explain", "--zone", zone, "-",
                           stdin=b"From: a@bank.example\n\nhello\n")
    assert status == 0
    assert "bank.example asks to reject it, which is not done: SPF was not " \
        "judged (local_policy) Verdict junk because of dmarc" in told(story)


def test_a_postmaster_is_told_why_he_has_what_others_have_not(zone):
    status, story, _ = run("--explain", "--zone", zone, *FROM_SENDER[:-1],
                           "<postmaster@example.org>", "-",
                           stdin=b"From: a@bank.example\n\nhello\n")
    assert status == 0
    assert "Verdict junk instead of refuse, being for a postmaster, because " \
        "of dmarc" in told(story)


def test_an_override_is_told_and_who_caused_it(tmp_path, zone):
    conf = tmp_path / "forwarder.conf"
    conf.write_text("host { trusted_forwarders 203.0.113.7; }\n")
    status, story, _ = run("--explain", "--config", conf, "--zone", zone,
                           *FROM_SENDER, "-",
                           stdin=b"From: a@bank.example\n\nhello\n")
    assert status == 0
    story = told(story)
    assert "Forwarder pass client 203.0.113.7 (trusted_forwarders)" in story
    assert "bank.example asks to reject it, which is not done: a trusted " \
        "forwarder passed it on (trusted_forwarder)" in story
    assert "junk because of dmarc" in story


def test_the_story_shows_each_signature_once_and_counts_the_rest(tmp_path):
    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=d%d.example; s=s; " \
        b"h=from; bh=; b=\n"
    file = tmp_path / "many.eml"
    file.write_bytes(b"".join(field % i for i in range(20)) +
                     b"From: a@example.net\n\nhello\n")
    status, story, _ = run("--explain", *SITE, *SESSION, file)
    assert status == 0
    proof = story[story.index("What proves it"):story.index("What follows")]
    assert len(re.findall(r"^  DKIM ", proof, re.M)) == 10
    assert "and 10 more, which were not looked at" in proof
    told(story)


def test_the_story_tells_everything_and_cannot_steer_a_terminal(tmp_path):
    evil = [arg.replace("mail.example.net", "evil\x1b[31m\x07\x9b"
                        "\u200f\u2028\u202e\u2066\u2069")
            for arg in SESSION]
    status, story, err = run("--explain", *SITE, *evil, "forged.eml")
    assert (status, err) == (0, "")
    for words in ("203.0.113.7", "<alice@example.net>", "bob@example.org",
                  "Who claims to have sent it", "What proves it",
                  "What follows", "Findings", "Actions",
                  "Changes to the message",
                  "remove Authentication-Results",
                  "insert Authentication-Results: mx.example.org"):
        assert words in story
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", story)
    assert not re.search("[\u200e\u200f\u2028-\u202e\u2066-\u2069]", story)
    assert "evil?[31m???????" in story
    told(story)


def test_the_summary_names_the_decision_and_its_cause():
    status, out, _ = run(*SITE, *SESSION, "plain.eml", "two-from.eml")
    assert status == 0
    assert out.startswith("plain.eml: delivered")
    assert re.search(r"^two-from\.eml: refused because from_header", out,
                     re.M)
