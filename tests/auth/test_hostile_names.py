# SPDX-License-Identifier: ISC
"""test_hostile_names.py - names too long, authors too many, letters that look
like others: each has one outcome, at no more than the usual questions."""

import pytest
from auth.judged import (CLIENT, REJECT, SENDS, USUAL, findings, judged,
                         letter, results)
from auth.zone import Zone

# No names: more than 253 octets, or a label of more than 63 (RFC 1035 2.3.4).
LONG = {
    "1,000 labels": "a." * 1000 + "org",
    "10 KB": ("x" * 60 + ".") * 170 + "org",
    "a label of 64": "x" * 64 + ".org",
    "254 octets": "a." * 125 + "bcde",
    "empty labels": "a..b.org",
}
LONGEST = "a." * 125 + "org"        # 253 octets, 126 labels


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_what_is_no_name_in_mail_from_helo_and_from(tmp_path, name):
    """RFC 7208 4.3: none. There is no author: permerror, and junk."""
    event = judged(tmp_path, Zone.of(REJECT), letter(f"joan@{name}"),
                   f"joan@{name}", helo=name)
    assert results(event) == ("none", "permerror")
    assert findings(event, "helo")[0][0] == "permerror"
    assert event["decision"] == "junk"
    assert event["dns_questions"] <= 2


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_rfc9989_9_a_sender_that_is_no_name_vouches_for_nobody(tmp_path,
                                                                name):
    event = judged(tmp_path, Zone.of(REJECT), sender=f"joan@{name}")
    assert event["dmarc"]["result"] == "fail"
    assert event["decision"] == "refuse"
    assert event["dns_questions"] <= USUAL


@pytest.mark.parametrize("name", [LONG["1,000 labels"], LONG["10 KB"]],
                         ids=["1,000 labels", "10 KB"])
@pytest.mark.parametrize("term, result", [
    ("include:{}", "permerror"), ("redirect={}", "permerror"),
    ("a:{} -all", "fail"), ("exists:{} -all", "fail"), ("mx:{} -all", "fail"),
    ("-all exp={}", "fail")])
def test_rfc7208_7_3_a_name_of_a_record_is_cut_from_the_left(tmp_path, term,
                                                             result, name):
    zone = Zone.of("example.org TXT v=spf1 " + term.format(name))
    event = judged(tmp_path, zone)
    assert event["spf"]["result"] == result
    assert event["dns_questions"] <= USUAL + 1


def test_rfc9989_4_10_the_walk_from_the_longest_name_has_eight_steps(tmp_path):
    zone = Zone.of("_dmarc.org TXT v=DMARC1; p=reject")
    event = judged(tmp_path, zone, letter(f"joan@{LONGEST}"),
                   sender="joan@example.net")
    assert event["dmarc"]["result"] == "fail"
    assert event["dns_questions"] <= USUAL + 8


# RFC 9989 11.5: the authors.

def authors(count, form):
    return ",\n ".join(form.format(n) for n in range(count))


@pytest.mark.parametrize("form, questions", [
    ("a{}@example.org", USUAL), ("a@d{}.example.org", USUAL + 5),
    ("a@a.b.c.d.e.f.g.h.d{}.example.org", USUAL + 4 * 8)])
def test_of_1000_authors_four_domains_are_asked_about(tmp_path, form,
                                                      questions):
    event = judged(tmp_path, Zone.of(REJECT), letter(authors(1000, form)))
    assert event["dmarc"]["result"] == "fail"
    assert event["decision"] == "refuse"
    assert event["dns_questions"] <= questions
    assert len(event["from"]) <= 50


def test_1000_authors_without_policy_are_junk(tmp_path):
    event = judged(tmp_path, Zone.of(), letter(authors(1000, "a@d{}.org")))
    assert event["dmarc"]["result"] == "permerror"
    assert event["decision"] == "junk"
    assert event["dns_questions"] <= USUAL + 8


def test_a_pass_among_1000_authors_is_no_pass(tmp_path):
    """The first is the sender's own domain, the last is the one shown."""
    zone = Zone.of(SENDS, REJECT)
    own = "joan@example.org, " + authors(1000, "boss@bank{}.test")
    event = judged(tmp_path, zone, letter(own))
    assert results(event) == ("pass", "permerror")
    assert event["decision"] == "junk"
    assert event["dns_questions"] <= USUAL + 4


# RFC 9989 4.4.2, RFC 5891: domains in other letters.

ULABEL, ALABEL = "ex\u00e4mple.org", "xn--exmple-cua.org"


@pytest.mark.parametrize("author, sender", [
    (ULABEL, ALABEL), (ALABEL, ULABEL), (ULABEL.upper(), ALABEL),
    ("exa\u0308mple.org", ALABEL)])
def test_both_forms_of_a_domain_are_one(tmp_path, author, sender):
    zone = Zone.of(f"{ALABEL} TXT v=spf1 ip4:{CLIENT} -all",
                   f"_dmarc.{ALABEL} TXT v=DMARC1; p=reject")
    event = judged(tmp_path, zone, letter(f"joan@{author}"), f"joan@{sender}")
    assert results(event) == ("pass", "pass")
    assert event["dmarc"]["domain"] == ALABEL
    assert event["dns_questions"] <= USUAL


def test_rfc6376_3_5_a_signature_in_a_labels_vouches_for_u_labels(tmp_path,
                                                                  signer):
    zone = Zone.of(f"s1._domainkey.{ALABEL} TXT {signer.rsa_record}",
                   f"_dmarc.{ALABEL} TXT v=DMARC1; p=reject")
    event = judged(tmp_path, zone, signer.sign(letter(f"joan@{ULABEL}"),
                                               domain=ALABEL))
    assert findings(event, "dkim")[0][0] == "pass"
    assert event["dmarc"]["result"] == "pass"


def test_a_signature_of_a_lookalike_vouches_for_nobody_else(tmp_path, signer):
    """Its d= is example.org with a Cyrillic letter, as an A-label."""
    other = "xn--exmple-4nf.org"
    zone = Zone.of(f"s1._domainkey.{other} TXT {signer.rsa_record}", REJECT)
    event = judged(tmp_path, zone, signer.sign(letter(), domain=other))
    assert findings(event, "dkim")[0][0] == "pass"
    assert event["dmarc"]["result"] == "fail"
    assert event["decision"] == "refuse"


LOOKALIKES = {
    "Cyrillic e": "\u0435xample.org",
    "Cyrillic a": "ex\u0430mple.org",
    "Greek o": "example.\u03bfrg",
    "dotless i, elsewhere": "ex\u0131mple.org",
    "a mark below": "exa\u0323mple.org",
}


@pytest.mark.parametrize("name", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_lookalike_is_the_other_domain_that_it_is(tmp_path, name):
    """It gains nothing from the domain that it resembles, nor harms it."""
    event = judged(tmp_path, Zone.of(SENDS, REJECT), letter(f"joan@{name}"))
    assert results(event) == ("pass", "none")
    assert event["dmarc"]["domain"].count("xn--") == 1
    assert event["dns_questions"] <= USUAL


@pytest.mark.parametrize("name", [
    "\uff45xample.org", "example\u3002org", "example\uff0eorg",
    "ex\u00adample.org", "ex\u200bample.org", "EXAMPLE.ORG", "example.org."])
def test_what_is_mapped_to_the_domain_is_the_domain(tmp_path, name):
    """UTS 46, as browsers read it: wide letters and dots, what has no width."""
    event = judged(tmp_path, Zone.of(REJECT), letter(f"joan@{name}"))
    assert event["dmarc"]["domain"] == "example.org"
    assert event["decision"] == "refuse"
    assert event["dns_questions"] <= USUAL


@pytest.mark.parametrize("name", [
    "ex\udcffample.org", "ex\udcc0\udcaeample.org", "ex\u202eample.org",
    "xn--\u00e4.org"])
def test_what_is_no_domain_in_any_letters_is_no_author(tmp_path, name):
    """Octets that are no UTF-8, a dot in two octets, what turns the line."""
    event = judged(tmp_path, Zone.of(REJECT), letter(f"joan@{name}"))
    assert event["dmarc"]["result"] == "permerror"
    assert event["decision"] == "junk"


@pytest.mark.parametrize("name", ["xn--.org", "xn--a-ecp.org"])
def test_an_a_label_that_decodes_to_nothing_is_a_domain_of_its_own(tmp_path,
                                                                   name):
    event = judged(tmp_path, Zone.of(REJECT), letter(f"joan@{name}"))
    assert event["dmarc"]["domain"] == name
    assert event["dmarc"]["result"] == "none"
