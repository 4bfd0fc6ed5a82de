# SPDX-License-Identifier: ISC
"""Settings of SpamAssassin's language that are no rules: each that is kept has
somebody who reads it, and rules answer by it as in SpamAssassin itself."""

import re
import shutil
import subprocess
from pathlib import Path

import agreement
import pytest
from test_plugins import hop, letter

RULES = Path(__file__).resolve().parents[2] / "lib" / "rules"
KEEP = re.compile(r"sa_(keep\w*|take_for_rule)")
DROP = re.compile(r"sa_(drop\w*|clear)")

# --- somebody reads them ------------------------------------------------------

# These keep lines: that they name an option says nothing.
KEEPERS = {"sa_read_option.c", "sa_read_value.c", "sa_read_attribute.c"}


def directives():
    """(word, who takes the line, for that one)."""
    text = (RULES / "sa_directives.list").read_text()
    return re.findall(r'DIRECTIVE\("(\w+)",\s+(\w+),\s+"([^"]*)"\)', text)


def kept():
    """The names under which lines are kept."""
    names = set()
    for word, taker, argument in directives():
        if taker == "sa_keep_listed" and argument:
            names.add("enlist_uri_host")
        elif KEEP.fullmatch(taker):
            names.add(argument if re.fullmatch("[a-z_]+", argument) else word)
    return names


def test_what_is_kept_is_read():
    sources = "".join(path.read_text() for path in sorted(RULES.rglob("*.c"))
                      if path.name not in KEEPERS)
    unread = {name for name in kept() if f'"{name}"' not in sources}
    assert not unread, (
        "these are kept, and nobody reads them; honour them, or let the row "
        f"say why not (sa_pass): {sorted(unread)}")


def test_what_is_taken_back_was_kept():
    gone = {name for _, taker, argument in directives()
            if DROP.fullmatch(taker) for name in argument.split()}
    assert gone and gone <= kept()


def test_all_rows_are_seen():
    text = (RULES / "sa_directives.list").read_text()
    assert len(directives()) == len(re.findall(r"(?m)^DIRECTIVE\(", text))


# --- the same as there ----------------------------------------------------------

CONF = r"""
body     L_BODY       eval:check_for_faraway_charset()
header   L_HEADERS    eval:check_for_faraway_charset_in_headers()
body     L_PAGE       eval:html_charset_faraway()
rawbody  L_PART       eval:check_for_mime('mime_faraway_charset')

freemail_domains      gmail.com yahoo.com
header   F_BODY       eval:check_freemail_body()
header   F_FROM       eval:check_freemail_from()
header   F_REPLYTO    eval:check_freemail_replyto('replyto')

body     S_BODY       /\bfarbody\b/
rawbody  S_RAW        /\bfarraw\b/
uri      S_LINK       /deep\.example/

enlist_uri_host (D)   signer.example.com
header   D_LISTED     eval:check_uri_host_listed('D')
uri_detail D_TYPE     type =~ /^domainkeys$/
uri_detail D_DOMAIN   domain =~ /^example\.com$/ type =~ /domainkeys/
uri_detail D_HOST     host =~ /^other\.example\.org$/
uri_detail D_RAW      raw =~ /^domainkeys:sig/
uri_detail D_CLEANED  cleaned =~ /signer/
uri      D_URI        /signer/

header   W_WELCOME    eval:check_subject_in_welcomelist()
header   W_BLOCKED    eval:check_subject_in_blacklist()
header   W_RCVD       eval:check_from_in_welcomelist()

header   E_FROM       EnvelopeFrom =~ /^own@/
header   E_PATH       EnvelopeFrom =~ /^path@/
header   E_NONE       EnvelopeFrom =~ /^unset@/ [if-unset: unset@x]
"""

SETS = {
    "nothing said": "",
    "one language": "ok_locales en\n",
    "others": "ok_locales all\nok_locales zh_TW ja\n",
    "all": "ok_locales en\nok_locales en all ru\n",
    "the East": "ok_locales ru\n",
    "many addresses": "freemail_max_body_emails 8\n"
        "freemail_max_body_freemails 6.0\n",
    "few": "freemail_max_body_emails 2\nfreemail_max_body_freemails 1\n",
    "no bounds": "freemail_skip_when_over_max 0\n"
        "freemail_skip_bulk_envfrom 0\n",
    "0 is none": "freemail_max_body_emails 0\n"
        "freemail_max_body_freemails +0\n",
    "people": "freemail_import_whitelist_auth 1\n"
        "welcomelist_auth ann*@gmail.com\ndef_welcomelist_auth bob@yahoo.com\n",
    "other people": "freemail_import_def_welcomelist_auth 1\n"
        "welcomelist_auth ann*@gmail.com\ndef_welcomelist_auth bob@yahoo.com\n",
    "less is looked at": "body_part_scan_size 1000\n"
        "rawbody_part_scan_size 2000\n",
    "all is looked at": "body_part_scan_size 0\nrawbody_part_scan_size 0\n",
    "no domains that sign": "parse_dkim_uris no\n",
    "a field": "envelope_sender_header X-Own-From\n",
    "subjects": "whitelist_subject Two words\nwelcomelist_subject [offer]\n"
        "blocklist_subject b?d n*s\n",
    "relays": "whitelist_from_rcvd joe@example.com example.net\n",
    "relays, and half a line": "whitelist_from_rcvd anybody@example.net\n"
        "whitelist_from_rcvd joe@example.com example.net\n",
    "what is wrong is not taken": "ok_locales en\nparse_dkim_uris maybe\n"
        "freemail_max_body_emails many\nbody_part_scan_size 1k\n",
}


def signed(*tags, sign="DKIM-Signature"):
    return letter(*(f"{sign}: v=1; a=rsa-sha256; {tag}; b=x" for tag in tags))


def in_charset(charset, octets, *fields, kind="text/plain"):
    head = letter("MIME-Version: 1.0", f"Content-Type: {kind}; {charset}",
                  "Content-Transfer-Encoding: 8bit", *fields, body="")
    return head + octets


def write_to(*addresses, sender="joe@example.com", fields=(), hops=hop()):
    return letter(*fields, sender=sender, hops=hops,
                  body="".join(f"Write to {who} now.\n" for who in addresses))


FREE = [f"a{number}@gmail.com" for number in range(7)]
PAID = [f"b{number}@shop.example.com" for number in range(7)]
KOI8 = "Привет, как дела? Приезжайте!\n" * 3
META = "<html><meta http-equiv=Content-Type content='text/html;{}'>x</html>\n"
LINE = "word " * 15 + "\n"

MADE = {
    "Western": in_charset("charset=iso-8859-1", b"\xe4\xf6\xfc" * 9),
    "Russian": in_charset('charset="koi8-r"', KOI8.encode("koi8-r")),
    "Russian in name": in_charset("charset=koi8-r", b"Hello there\n"),
    "Russian, Windows": in_charset("charset=windows-1251",
                                   KOI8.encode("cp1251")),
    "Russian, DOS": in_charset("charset='cp866'", KOI8.encode("cp866")),
    "Japanese": in_charset("charset=Shift_JIS; x=y",
                           "これはテスト".encode("shift_jis") * 4),
    "Chinese": in_charset("charset=big5", "你好嗎這是".encode("big5") * 4),
    "simplified": in_charset("charset=3Dgb2312",
                             "你好这是".encode("gb2312") * 4),
    "nobody's": in_charset("charset=x-nobody", b"\xc3\xa4" * 20),
    "empty": in_charset('charset=""', b"\xc3\xa4" * 20),
    "a page": in_charset("charset=utf-8", META.format(
        " charset=big5").encode(), kind="text/html"),
    "a page of two": in_charset("charset=utf-8", META.format(
        "charset = koi8-r utf-8 utf-8").encode(), kind="text/html"),
    "a page of ours": in_charset("charset=utf-8", META.format(
        "charset=utf-8").encode(), kind="text/html"),
    "a subject": letter("Subject: =?utf-8?Q?a?= =?koi8-r?B?8PLp?="),
    "an author": letter("From: =?ISO-2022-JP?B?GyRCJDMbKEI=?= <a@b.com>"),
    "a subject that is cut": letter("Subject: =?koi8-r?Q?a\n\tb?="),
    "a second one": letter("Subject: =?utf-8?Q?a?=",
                           "Subject: =?big5?Q?b?="),

    "words": letter("Subject: are two words one"),
    "one of them": letter("Subject: words"),
    "an offer": letter("Subject: An [Offer]"),
    "its letters": letter("Subject: offer"),
    "bad news": letter("Subject: Very bad news indeed"),
    "bd news": letter("Subject: bd news"),
    "no subject": letter("Subject: "),

    "one provider's": write_to(FREE[0]),
    "two": write_to(*FREE[:2]),
    "three": write_to(*FREE[:3]),
    "five": write_to(*FREE[:5]),
    "seven": write_to(*FREE),
    "one of five": write_to(FREE[0], *PAID[:4]),
    "one of eight": write_to(FREE[0], *PAID),
    "answers elsewhere": write_to(sender="joe@gmail.com", fields=[
        "Reply-To: sue@yahoo.com"]),
    "of a list": write_to(sender="joe@gmail.com", fields=[
        "Reply-To: sue@yahoo.com"],
        hops="Return-Path: <news-bounces@gmail.com>\n"),
    "who is welcome": write_to("ann.x@gmail.com", sender="anna@gmail.com"),
    "the other": write_to("bob@yahoo.com", sender="bob@yahoo.com"),

    "at the start": letter(body=f"farbody farraw\n{LINE * 20}"),
    "further on": letter(body=f"{LINE * 20}\n\nfarbody farraw "
                              "http://deep.example.net/\n"),
    "far on": letter(body=f"{LINE * 2000}\n\nfarbody farraw\n"),
    "too far": letter(body=f"{LINE * 8000}\n\nfarbody farraw\n"),

    "signed": signed("d=signer.example.com; s=x"),
    "with blanks": signed("s=x; d = signer.\n\t example.com ; q=dns"),
    "by two": signed("d=other.example.org", "d=sub.signer.example.com"),
    "by no domain": signed("d=signer"),
    "the old way": signed("d=signer.example.com", sign="DomainKey-Signature"),
    "no tag of its own": signed("bd=signer.example.com"),
    "signs and links": signed("d=signer.example.com").replace(
        b"Hello.", b"http://signer.example.com/x"),

    "told by Return-Path": letter(hops="Return-Path: <path@a.example>\n"),
    "by a field": letter(hops="X-Own-From: <own@a.example>\n"
                              "Return-Path: <path@a.example>\n"),
    "by two fields": letter(hops="X-own-from: own@a.example\n"
                                 "X-Own-From: <path@a.example>\n"),
    "by one that is empty": letter(hops="X-Own-From: <>\n"
                                        "Return-Path: <path@a.example>\n"),
    "by one that is none": letter(hops="X-Own-From: nobody\n"
                                       "Return-Path: <path@a.example>\n"),
}

PLUGINS = ("BodyEval", "FreeMail", "HTMLEval", "HeaderEval", "MIMEEval",
           "URIDetail", "WLBLEval", "WelcomeListSubject", "Check")


def write_rules(folder, options):
    rules, site = folder / "rules", folder / "site"
    rules.mkdir(parents=True)
    site.mkdir()
    # Which top-level domains there are.
    shutil.copy(agreement.STOCK / "20_aux_tlds.cf", rules)
    (rules / "30_options.cf").write_text(CONF + options)
    (site / "init.pre").write_text("".join(
        f"loadplugin Mail::SpamAssassin::Plugin::{name}\n"
        for name in PLUGINS))
    return rules, site


def judge(folder, options):
    """{name of a message: (rules there, rules here)}."""
    rules, site = write_rules(folder, options)
    paths = {}
    for number, (name, text) in enumerate(MADE.items()):
        paths[name] = folder / f"made-{number}"
        paths[name].write_bytes(text)
    theirs = agreement.ask_spamassassin(folder, list(paths.values()), rules,
                                        site)
    mine = agreement.Ours(folder, rules, site).judge(map(str, paths.values()))
    return {name: (theirs[str(path)], mine[str(path)])
            for name, path in paths.items()}


@pytest.fixture(scope="module", name="answers")
def asked(tmp_path_factory):
    """{name of settings: answers}."""
    if subprocess.run(["perl", "-MMail::SpamAssassin", "-e", "exit 0"],
                      check=False, capture_output=True).returncode != 0:
        pytest.skip("no Mail::SpamAssassin")
    folder = tmp_path_factory.mktemp("options")
    return {name: judge(folder / str(number), options)
            for number, (name, options) in enumerate(SETS.items())}


@pytest.mark.once
def test_each_setting_does_the_same(answers):
    differences = [f"{settings}: {name}: there {sorted(there - here)}, here "
                   f"{sorted(here - there)}"
                   for settings, all_of_it in answers.items()
                   for name, (there, here) in all_of_it.items()
                   if there != here]
    assert not differences, "\n".join(differences)


@pytest.mark.once
def test_each_setting_makes_a_difference(answers):
    usual = answers["nothing said"]
    assert {name for name in SETS if answers[name] == usual} == {
        "nothing said", "all"}


@pytest.mark.once
def test_each_rule_is_tried(answers):
    """But the one whose facts SpamAssassin loses."""
    tried = set().union(*(there for all_of_it in answers.values()
                          for there, _ in all_of_it.values()))
    assert set(re.findall(r"\b[A-Z]_[A-Z]+\b", CONF)) - tried == {"L_PAGE"}
