# SPDX-License-Identifier: ISC
"""eval: tests of plugins that no stock rule uses hit the same messages here as in
SpamAssassin itself."""

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import agreement
import pytest

pytestmark = pytest.mark.once
MESSAGES = 200
PLUGINS = ("BodyEval", "FreeMail", "FromNameSpoof", "HTMLEval", "HeaderEval",
           "ImageInfo", "MIMEEval", "MIMEHeader", "PDFInfo", "RelayEval",
           "URIEval", "WLBLEval", "Check")
LINES = [
    b"%PDF-1.4", b"%\xe2\xe3\xcf\xd3", b"1 0 obj", b"<< /Type /XObject",
    b"/Subtype /Image", b"/Width 630/Height 149", b"630 0 0 149 0 0 cm",
    b"/Author (Jo\\(e\\) Miller) ",
    b"<</Producer(GPL Ghostscript 8.15) /Title(\\376\\377\\000H\\000P)",
    b"/CreationDate(D:20070703144220)/ModDate(D:20080101000000)>>",
    b"/Creator<FEFF0057006F00720064>", b"/Encrypt 4 0 R", b"stream",
    b"\x00\x01/Title(", b"endstream", b"%%EOF"]
FILE = b"\n".join(LINES) + b"\n"
TAGS = b"SubtypeWidthAuthorCreationDateCreatorEncrypt"
FUZZY = b"1 0 obj<< /Type /XObject/Subtype /Image"
GIF = b"GIF89a\x10\x00\x10\x00\x00\x00\x00,"


def hop(name="mail.example.net", address="192.0.2.7", helo="mail.example.net",
        by="mx.example.org", date="Fri, 20 Nov 2026 11:58:00 +0000"):
    return (f"Received: from {helo} ({name} [{address}])\n"
            f"\tby {by} (Postfix) with ESMTP id 4XyZ1234; {date}\n")


def letter(*fields, sender="ann@example.com", body="Hello.\n", hops=hop()):
    head = "".join(f"{line}\n" for line in fields)
    if not re.search("(?im)^from:", head):
        head += f"From: Ann <{sender}>\n"
    return f"{hops}{head}\n{body}".encode()


def named(name, address, *fields):
    return letter(f'From: "{name}" <{address}>', *fields)


def with_file(data, name, kind="application/pdf", text="See the file.\n",
              count=1, fold=" "):
    part = (f"--b\nContent-Type: {kind};{fold}name=\"{name}\"\n"
            "Content-Transfer-Encoding: base64\n\n"
            f"{base64.encodebytes(data).decode()}")
    return letter("MIME-Version: 1.0", "Subject: a file",
                  "Content-Type: multipart/mixed; boundary=b",
                  body=f"--b\nContent-Type: text/plain\n\n{text}\n"
                       f"{part * count}--b--\n")


MADE = {
    "no address in the name": named("Ann", "ann@example.com"),
    "the same": named("ann@example.com", "ann@example.com"),
    "another": named("ceo@example.com", "ann@example.com"),
    "another owner": named("ceo@bank.com", "joe@example.net"),
    "another top level": named("joe@example.org", "joe@example.net"),
    "of a subdomain": named("joe@a.example.net", "joe@example.net"),
    "one owner by a list": named("joe@gmail.com", "joe@googlemail.com"),
    "below a list's domain": named("a@x.shop.example.com",
                                   "b@y.shop.example.com"),
    "taken off a list": named("a@gone.example.com", "b@y.shop.example.com"),
    "to the same": named("bob@example.org", "ann@example.com",
                         "To: bob@example.org"),
    "answered to the same": named("ann@bank.com", "ann@example.com",
                                  "Reply-To: ann@bank.com"),
    "much around it": named("x" * 70 + " <ann@bank.com>", "ann@example.com"),
    "signs around it": named("-- ( ann@bank.com ) -- [!]", "ann@example.com"),
    "a domain that is none": named("ann@bank.nothing", "ann@example.com"),
    "a dot at its end": named("ann@bank.com.", "ann@example.com"),
    "signs before it": named("'..ann@bank.com'", "ann@example.com"),
    "two of them": named("a@b ann@bank.com", "ann@example.com"),
    "a field that is ignored": named("ceo@bank.com", "ann@example.com",
                                     "X-List-Of-Ours: yes"),
    "a file": with_file(FILE, "bill.pdf"),
    "a file of another name": with_file(FILE + b"more\n", "scan 1.pdf",
                                        "application/octet-stream"),
    "a file that is none": with_file(b"hello\n" * 9, "bill2.pdf"),
    "octets": with_file(FILE, "bill.dat", "application/octet-stream"),
    "a file alone": with_file(FILE, "x.pdf", text=""),
    "two files": with_file(FILE, "x.pdf", count=2),
    "a field that is folded": with_file(FILE, "x.pdf", fold="\n\t"),
    "with DOS line ends": with_file(FILE.replace(b"\n", b"\r\n"), "bill.pdf"),
    "large images": with_file(
        b"%PDF-1.3\n/Image\n900 0 0 800 0 0 cm\n/Image /Width 400/Height 300"
        b"\n", "y9.pdf"),
    "no magic number": with_file(FILE[5:], "bill.pdf"),
    "behind a mark": with_file(b"\xef\xbb\xbf" + FILE, "bill.pdf"),
    "an image": with_file(GIF, "logo12.gif", "image/gif"),
    "a signature": letter(body="Hello.\n-- \n" + "Ann Miller\n" * 9),
    "a short one": letter(body="Hello there.\n" * 4 + "-- \nA. Miller\n"),
    "a mark at the end": letter(body="Hello.\n-- \nAnn\n--\nx\n"),
    "needless escapes": letter(
        "MIME-Version: 1.0", "Content-Transfer-Encoding: quoted-printable",
        "Content-Type: text/plain", body="=41=42=43=44 and more\n"),
    "a page": letter("MIME-Version: 1.0", "Content-Type: text/html",
                     body="<html><title>A letter</title>x</html>\n"),
    "a page of a sale": letter(
        "MIME-Version: 1.0", "Content-Type: text/html",
        body="<html><title>The Sale</title>x</html>\n"),
    "numbers at HELO": letter(hops=hop(helo="198.51.100.4")),
    "private numbers": letter(hops=hop(helo="10.1.2.3")),
    "no name": letter(hops=hop(name="unknown")),
    "through its own hosts": letter(hops=hop(name="a.example.com",
                                             by="b.example.com")),
    "a bank's, from elsewhere": letter(sender="joe@bank.example.com"),
    "a bank's own": letter(sender="joe@bank.example.com",
                           hops=hop(name="m.bank.example.com")),
    "anybody's of the bank": letter(sender="any@bank.example.com"),
    "news from elsewhere": letter(sender="joe@news.example.com"),
    "of both lists": letter(sender="joe@both.example.com"),
    "free addresses": letter(body="Write to ann.x@gmail.com\n"),
    "another's": letter(body="Write to joe@yahoo.com now\n"),
    "a redirection": letter(
        body="http://go.example.com/?to=http://shop.example.net/\n"),
    "within one domain": letter(
        body="http://go.example.com/?to=http://www.example.com/\n"),
    "long ago": letter("Date: Fri, 20 Nov 2015 11:58:00 +0000",
                       hops=hop(date="Fri, 20 Nov 2015 11:59:00 +0000")),
    "a date long ago": letter("Date: Fri, 20 Nov 2015 11:58:00 +0000"),
}


def rules_of(folder):
    """The rules and a file that loads the plugins, each in a folder."""
    text = Path(__file__).with_name("plugins.cf").read_text()
    for mark, octets in (("@MD5@", FILE), ("@FUZZY@", FUZZY),
                         ("@TAGS@", TAGS)):
        text = text.replace(mark, hashlib.md5(octets).hexdigest())
    rules, site = folder / "rules", folder / "site"
    rules.mkdir()
    site.mkdir()
    # Which top-level domains there are.
    shutil.copy(agreement.STOCK / "20_aux_tlds.cf", rules)
    (rules / "30_plugins.cf").write_text(text)
    (site / "init.pre").write_text("".join(
        f"loadplugin Mail::SpamAssassin::Plugin::{name}\n"
        for name in PLUGINS))
    return rules, site


def unpack(folder):
    paths = []
    for number, text in enumerate(MADE.values()):
        paths.append(folder / f"made-{number}")
        paths[-1].write_bytes(text)
    if sorted(agreement.DATA.glob("corpora/*/*.tar.gz")):
        paths += agreement.unpack(folder, MESSAGES)
    return paths


@pytest.fixture(scope="module", name="answers")
def asked(tmp_path_factory):
    """{name of a message: (rules there, rules here)}."""
    if subprocess.run(["perl", "-MMail::SpamAssassin", "-e", "exit 0"],
                      check=False, capture_output=True).returncode != 0:
        pytest.skip("no Mail::SpamAssassin")
    folder = tmp_path_factory.mktemp("plugins")
    rules, site = rules_of(folder)
    paths = unpack(folder)
    theirs = agreement.ask_spamassassin(folder, paths, rules, site)
    mine = agreement.Ours(folder, rules, site).judge(map(str, paths))
    names = list(MADE) + [path.name for path in paths[len(MADE):]]
    return {name: (theirs[str(path)], mine[str(path)])
            for name, path in zip(names, paths)}


def test_each_rule_hits_the_same_messages(answers):
    differences = [f"{name}: there {sorted(there - here)}, here "
                   f"{sorted(here - there)}"
                   for name, (there, here) in answers.items() if there != here]
    assert not differences, "\n".join(differences)


def test_each_rule_is_tried(answers):
    """But those that never hit."""
    tried = set().union(*(there for there, _ in answers.values()))
    text = Path(__file__).with_name("plugins.cf").read_text()
    wanted = set(re.findall(r"(?m)^\w+\s+([A-Z]_\w+)\s", text))
    assert wanted - tried == {"R_ILLEGAL", "R_SUBJECT_ID"}
