# SPDX-License-Identifier: ISC
"""What is found in documents: compound files, Office's ZIP files, rich text and
PDF."""

import os
import random
import struct
import subprocess
import zlib

import pytest
from archives import zip_of
from documents import (EQUATION, cjk_font, docx_of, native, ole_of, pdf_of,
                       pdf_with_text, record, relation, stream_of, workbook)
from scanhost import ScanHost

MACROS = ole_of({"VBA": None, "dir": b"x" * 5000, "Module1": b"Sub a()"})
WORD = b"\xec\xa5" + bytes(9)


@pytest.fixture(scope="module")
def avscan(tmp_path_factory):
    with ScanHost(tmp_path_factory.mktemp("avscan"), deadline="60s") as host:
        yield host


# --- compound files ([MS-CFB]) ----------------------------------------------

OLE = {
    "a plain document": ({"WordDocument": WORD + b"\0"}, set()),
    "macros of Word": ({"Macros": None, "VBA": None}, {"macros"}),
    "names fold case": ({"_vba_project_CUR": None}, {"macros"}),
    "an encrypted document of today": (
        {"EncryptionInfo": b"x", "EncryptedPackage": b"y"},
        {"document_encrypted"}),
    "an encrypted document of Word 97": (
        {"WordDocument": WORD + b"\1"}, {"document_encrypted"}),
    "a workbook with a password": (
        {"Workbook": workbook(record(0x2f, bytes(6)))},
        {"document_encrypted"}),
    "a workbook with a sheet of macros": (
        {"Workbook": workbook(record(0x85, bytes(5) + b"\1\0x"))},
        {"macros_sheet"}),
    "a workbook with sheets": (
        {"Workbook": workbook(record(0x85, bytes(8)))}, set()),
    "what stands behind the end counts not": (
        {"Workbook": workbook() + record(0x2f, bytes(6))}, set()),
    "objects of others": ({"ObjectPool": None}, {"embedded_object"}),
    "controls": ({"\3OCXNAME": b"x"}, {"activex"}),
    "an equation by its stream": ({"Equation Native": b"x"}, {"equation"}),
}


@pytest.mark.parametrize("sentence", OLE)
def test_compound_file(avscan, sentence):
    entries, marks = OLE[sentence]
    assert avscan.scan(ole_of(entries)).marks == marks | {"document_ole"}


def test_an_equation_is_known_by_its_class(avscan):
    assert "equation" in avscan.scan(ole_of({}, clsid=EQUATION)).marks


def test_a_packed_file_is_named_and_looked_into(avscan):
    inner = zip_of({"evil.exe": b"MZ" + bytes(60)})
    answer = avscan.scan(ole_of({"\1Ole10Native": native(b"a.zip", inner)}))
    assert [(entry.depth, entry.name, entry.size, entry.kind)
            for entry in answer.entries] == [
        (1, "a.zip", len(inner), "zip"), (2, "evil.exe", 62, "dos_program")]
    assert {"embedded_file", "embedded_object", "program"} <= answer.marks


def test_chains_in_circles_and_beyond_the_file_end(avscan):
    """Every number of the table, one after another, to each of the wrong."""
    whole = bytearray(ole_of({"Workbook": workbook(), "VBA": None,
                              "\1Ole10Native": native(b"a", b"b" * 9000)}))
    fat = struct.unpack_from("<I", whole, 76)[0]
    table = (fat + 1) * 512
    for number in range(0, 40):
        for wrong in (0, number, 0x7fffffff, 0xfffffffe):
            broken = bytearray(whole)
            struct.pack_into("<I", broken, table + 4 * number, wrong)
            answer = avscan.scan(bytes(broken))
            assert answer.unread == "read"
            assert "document_ole" in answer.marks


def test_a_cut_compound_file_is_broken(avscan):
    whole = ole_of({"WordDocument": WORD + bytes(20000), "VBA": None})
    for size in (9, 512, 600, 5000):
        assert "document_broken" in avscan.scan(whole[:size]).marks


# --- documents that are ZIP files -------------------------------------------

def test_a_plain_document_has_no_marks(avscan):
    assert avscan.scan(docx_of()).marks == {"archive", "document_zip"}


OOXML = {
    "macros": ({"word/vbaProject.bin": MACROS}, "", {"macros"}),
    "macros by another name": ({"word/x.bin": MACROS}, "", {"macros"}),
    "a macro sheet": ({"xl/macrosheets/sheet1.xml": "<x/>"}, "",
                      {"macros_sheet"}),
    "paths with the other slash": ({"xl\\MacroSheets\\a.xml": "<x/>"}, "",
                                   {"macros_sheet"}),
    "controls": ({"word/activeX/activeX1.xml": "<x/>"}, "", {"activex"}),
    "objects": ({"word/embeddings/oleObject1.bin": b"x"}, "",
                {"embedded_object"}),
    "a template from elsewhere": (
        {}, relation("attachedTemplate", "http://evil.test/t.dotm"),
        {"external_template"}),
    "an object from elsewhere": (
        {}, relation("oleObject", "http://evil.test/a"), {"external_link"}),
    "a link waits for a click": (
        {}, relation("hyperlink", "http://evil.test/a"), set()),
    "what is within is no link": (
        {}, relation("oleObject", "media/a.bin", "Internal"), set()),
    "any name space, any quotes, any order": (
        {}, "<r:Relationship TargetMode='external'\n Target='http://evil."
        "test/a'  Type = 'x/frame' />", {"external_link"}),
    "OpenDocument with macros": (
        {"META-INF/manifest.xml": "<x/>", "Basic/script-lc.xml": "<x/>"}, "",
        {"macros"}),
    "OpenDocument with a password": (
        {"META-INF/manifest.xml":
         "<manifest:file-entry><manifest:encryption-data/>"}, "",
        {"document_encrypted"}),
}


@pytest.mark.parametrize("sentence", OOXML)
def test_zipped_document(avscan, sentence):
    files, relations, marks = OOXML[sentence]
    found = avscan.scan(docx_of(files, relations)).marks
    assert found - {"archive", "document_zip", "document_ole"} == marks


def test_links_are_told_as_they_are_meant(avscan):
    answer = avscan.scan(docx_of({}, "".join(
        relation("hyperlink", f"http://a.test/?x=1&amp;y={n}")
        for n in range(3))))
    assert answer.links == [f"http://a.test/?x=1&y={n}" for n in range(3)]


def test_parts_in_utf16_are_read(avscan):
    answer = avscan.scan(docx_of({}, relation("frame", "http://evil.test/"),
                                 encoding="utf-16"))
    assert answer.links == ["http://evil.test/"]
    assert "external_link" in answer.marks


def test_too_many_links_are_a_mark(avscan):
    answer = avscan.scan(docx_of({}, "".join(
        relation("hyperlink", f"http://a.test/{n}") for n in range(1100))))
    assert len(answer.links) == 1000
    assert "limit_links" in answer.marks


# --- rich text --------------------------------------------------------------

def objdata(data):
    """The object's digits as those who hide it write them."""
    digits = data.hex()
    return ("{\\rtf1{\\object\\objocx{\\*\\objdata " + " ".join(
        digits[at:at + 7] + "\n{\\*\\x0}" for at in range(0, len(digits), 7))
        + "}}}").encode()


RTF = {
    "plain": (b"{\\rtf1 hello}", set()),
    "without its last letter Word reads it": (b"{\\rt hello}", set()),
    "an object": (b"{\\rtf1{\\object\\objemb}}", {"embedded_object"}),
    "an object that is loaded at once": (
        b"{\\rtf1{\\object\\objautlink\\objupdate}}",
        {"embedded_object", "rtf_update", "external_link"}),
    "a template": (b"{\\rtf1{\\*\\template http://evil.test/}}",
                   {"external_template"}),
    "an equation by the name of its class": (
        b"{\\rtf1{\\object{\\*\\objdata " + (
            b"\1\5\0\0\2\0\0\0\x0b\0\0\0eQuatiON.3\0").hex().encode() + b"}}}",
        {"embedded_object", "equation"}),
}


@pytest.mark.parametrize("sentence", RTF)
def test_rich_text(avscan, sentence):
    data, marks = RTF[sentence]
    assert avscan.scan(data).marks == marks | {"rtf"}


def test_an_object_in_hidden_digits_is_read(avscan):
    answer = avscan.scan(objdata(b"\1\5\0\0" + MACROS))
    assert {"rtf", "embedded_object", "activex", "document_ole",
            "macros"} <= answer.marks


# --- PDF --------------------------------------------------------------------

PDF = {
    "a plain page": (pdf_of(), set()),
    "JavaScript": (pdf_of("<< /S /JavaScript /JS (app.alert(1)) >>"),
                   {"pdf_javascript"}),
    "a name in other letters (ISO 32000-1 7.3.5)": (
        pdf_of("<< /S /Java#53cript /J#53 (x) >>"), {"pdf_javascript"}),
    "an action when it is opened": (
        pdf_of("<< /S /GoTo >>", catalog="/OpenAction 4 0 R"), {"pdf_action"}),
    "a program is started": (pdf_of("<< /S /Launch /F (cmd.exe) >>"),
                             {"pdf_launch"}),
    "a form that is sent off": (pdf_of("<< /S /SubmitForm /F (x) >>"),
                                {"pdf_form"}),
    "in an array in an object": (
        pdf_of("[ 1 [ << /S /Launch >> ] ]"), {"pdf_launch"}),
    "no PDF behind its first line": (b"%PDF-1.4\nnothing", {"pdf_broken"}),
}


@pytest.mark.parametrize("sentence", PDF)
def test_pdf(avscan, sentence):
    data, marks = PDF[sentence]
    assert avscan.scan(data).marks == marks | {"pdf"}


def test_a_pdf_tells_its_links_and_files(avscan):
    answer = avscan.scan(pdf_of(
        "<< /Type /Action /S /URI /URI (https://evil.test/a?b) >>",
        "<< /Type /Filespec /F (evil.exe) /EF << /F 6 0 R >> >>",
        "<< /Type /EmbeddedFile /Length 0 >>\nstream\n\nendstream"))
    assert answer.links == ["https://evil.test/a?b"]
    assert answer.names() == ["evil.exe"]
    assert "pdf_file" in answer.marks


def test_a_pdf_without_its_table_is_repaired(avscan):
    whole = pdf_of("<< /S /JavaScript /JS (x) >>")
    answer = avscan.scan(whole[:whole.index(b"xref")])
    assert "pdf_javascript" in answer.marks or "pdf_broken" in answer.marks


def test_a_pdf_that_claims_a_million_objects_costs_little(avscan):
    data = pdf_of().replace(b"/Size 4", b"/Size 900000000")
    assert avscan.scan(data).unread == "read"


PROGRAM = b"MZ" + bytes(60)


def qpdf(folder, data, *arguments):
    """What qpdf makes of it."""
    (folder / "in.pdf").write_bytes(data)
    subprocess.run(["qpdf", folder / "in.pdf", *arguments, "--",
                    folder / "out.pdf"], check=True, cwd=folder)
    return (folder / "out.pdf").read_bytes()


def attached(folder, data, **files):
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content)
        data = qpdf(folder, data, "--add-attachment", path)
    return data


def test_the_text_of_pages_is_told(avscan):
    answer = avscan.scan(pdf_with_text(["(Dear Joan,)", "(pay \\(now\\))"],
                                       ["(The second page)"]))
    assert answer.text_read == "Dear Joan,\npay (now)\nThe second page"
    assert answer.marks == {"pdf"}


def test_letters_are_what_the_font_says(avscan):
    """ISO 32000-1 9.6.6: an encoding with differences."""
    font = ("<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding "
            "<< /Differences [65 /euro /odieresis /afii10017] >> >>")
    answer = avscan.scan(pdf_with_text(["(ABC)"], font=font))
    assert answer.text_read == "\u20ac\u00f6\u0410"


CJK = {
    "Chinese": ("GB1", "UniGB-UCS2-H", "\u4e2d\u6587"),
    "Chinese of Taiwan": ("CNS1", "UniCNS-UCS2-H", "\u4e2d\u6587"),
    "Japanese": ("Japan1", "UniJIS-UCS2-H", "\u65e5\u672c"),
    "Korean": ("Korea1", "UniKS-UCS2-H", "\ud55c\uad6d"),
}


@pytest.mark.parametrize("sentence", CJK)
def test_fonts_that_lie_in_no_pdf(avscan, sentence):
    order, encoding, text = CJK[sentence]
    answer = avscan.scan(pdf_with_text(
        ["<" + text.encode("utf-16-be").hex() + ">"],
        font=cjk_font(order, encoding)))
    assert answer.text_read == text


def test_links_in_the_text_join_the_others(avscan):
    answer = avscan.scan(pdf_with_text(
        ["(see https://evil.example.com/a?b#c, or www.example.org/x)",
         "(twice: https://evil.example.com/a?b#c)",
         "(or joan@example.org)"]))
    assert answer.links == ["https://evil.example.com/a?b#c",
                            "www.example.org/x", "mailto:joan@example.org"]


def test_text_beyond_the_limit_is_a_mark(tmp_path):
    pages = [[f"(page {number} {'x' * 50})"] for number in range(200)]
    with ScanHost(tmp_path, max_text="1k") as host:
        answer = host.scan(pdf_with_text(*pages))
    assert len(answer.text_read) == 1024
    assert answer.text_read.startswith("page 0 ")
    assert answer.marks == {"pdf", "limit_text"}


@pytest.mark.parametrize("arguments", [
    ["--object-streams=generate", "--linearize"],
    ["--qdf"],
    ["--encrypt", "", "owner", "256"],
    ["--encrypt", "", "owner", "128", "--use-aes=y"],
])
def test_pdf_as_qpdf_writes_it(avscan, tmp_path, arguments):
    data = pdf_with_text(["(for everyone)"])
    if arguments[0] == "--encrypt":
        data = qpdf(tmp_path, data, *arguments)
    else:
        data = qpdf(tmp_path, attached(tmp_path, data, a_exe=PROGRAM),
                    *arguments)
    answer = avscan.scan(data)
    assert answer.text_read == "for everyone"
    assert ("document_encrypted" in answer.marks) == (
        arguments[0] == "--encrypt")
    assert answer.names() == ([] if arguments[0] == "--encrypt"
                              else ["a.exe"])


def test_a_password_keeps_the_text(avscan, tmp_path):
    answer = avscan.scan(qpdf(tmp_path, pdf_with_text(["(secret)"]),
                              "--encrypt", "user", "owner", "256"))
    assert answer.unread == "read"
    assert answer.text_read == ""
    assert answer.marks == {"pdf", "document_encrypted"}


def test_a_page_that_a_browser_printed(avscan, tmp_path):
    """Fonts that lie in the file in part, with tables of their letters."""
    (tmp_path / "a.html").write_text(
        '<meta charset="utf-8"><p>Gr\u00fc\u00dfe, \u041c\u0438\u0440! '
        'efficient <a href="https://evil.example.com/login">click here</a>')
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu",
                    f"--user-data-dir={tmp_path}/profile",
                    "--no-pdf-header-footer",
                    f"--print-to-pdf={tmp_path}/a.pdf",
                    f"file://{tmp_path}/a.html"], check=True,
                   capture_output=True)
    answer = avscan.scan((tmp_path / "a.pdf").read_bytes())
    assert "Gr\u00fc\u00dfe, \u041c\u0438\u0440! efficient click here" in \
        answer.text_read
    assert answer.links == ["https://evil.example.com/login"]


def test_attached_files_are_looked_into(avscan, tmp_path):
    inner = attached(tmp_path, pdf_with_text(["(within)"]),
                     a_zip=zip_of({"evil.exe": PROGRAM}))
    answer = avscan.scan(attached(tmp_path, pdf_with_text(["(outside)"]),
                                  inner_pdf=inner))
    assert [(entry.depth, entry.name, entry.size, entry.kind)
            for entry in answer.entries] == [
        (1, "inner.pdf", len(inner), "pdf"),
        (2, "a.zip", len(zip_of({"evil.exe": PROGRAM})), "zip"),
        (3, "evil.exe", len(PROGRAM), "dos_program")]
    assert {"program", "pdf_file", "archive"} <= answer.marks
    assert sorted(answer.text_read.split("\n")) == ["outside", "within"]


def test_a_file_for_each_system_is_looked_into(avscan):
    """ISO 32000-1 7.11.4: readers take any of them."""
    answer = avscan.scan(pdf_of(
        "<< /Type /Filespec /F (a.txt) /EF << /F 5 0 R /UF 5 0 R "
        "/Unix 6 0 R >> >>",
        stream_of("plain"), stream_of("MZ" + "\0" * 60)))
    assert [(entry.name, entry.kind) for entry in answer.entries] == [
        ("a.txt", "unknown"), ("a.txt", "dos_program")]
    assert "program" in answer.marks


def test_attached_files_count_as_unpacked(tmp_path):
    bomb = zlib.compress(bytes(1 << 20)).decode("latin-1")
    data = pdf_of(*[f"<< /Type /Filespec /F ({n}.bin) /EF << /F 14 0 R >> >>"
                    for n in range(10)],
                  stream_of(bomb, "/Filter /FlateDecode"))
    with ScanHost(tmp_path, max_unpacked="4m") as host:
        answer = host.scan(data)
    assert "limit_unpacked" in answer.marks
    assert answer.inflated <= 6 << 20
    assert len(answer.entries) == 10


def test_forms_that_call_each_other_cost_the_text_alone(tmp_path):
    """2 to the power of 60 of them; each is small."""
    forms = [stream_of("/X Do /X Do", "/Type /XObject /Subtype /Form /BBox "
                       "[0 0 9 9] /Resources << /XObject << /X "
                       f"{5 + n} 0 R >> >>") for n in range(60)]
    page = ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R "
            "/Resources << /XObject << /X 5 0 R >> >> >>")
    data = pdf_of(stream_of("/X Do"), *[form.replace(
        f"{5 + n} 0 R", f"{6 + n} 0 R") for n, form in enumerate(forms)],
        page=page)
    with ScanHost(tmp_path, deadline="60s", workers=1) as host:
        answer = host.scan(zip_of({"a.pdf": data, "b.exe": PROGRAM}))
        assert answer.unread == "read"
        assert {"pdf", "limit_text", "program"} <= answer.marks
        assert answer.names() == ["a.pdf", "b.exe"]
        # Whoever read it has gone; the next one reads on.
        for _ in range(3):
            assert host.scan(pdf_with_text(["(next)"])).text_read == "next"


# --- chance -----------------------------------------------------------------

WHOLE = [MACROS, docx_of({"word/vbaProject.bin": MACROS}),
         objdata(MACROS[:3000]), PDF["JavaScript"][0],
         pdf_with_text(["(hello)", "(see www.example.org/a)"], ["(more)"])]


def test_broken_documents_crash_no_worker(avscan):
    """Bytes changed by chance, the same ones every time."""
    dice = random.Random(6)
    rounds = int(os.environ.get("MAILREEVE_LONG", 0)) * 2000 + 150
    for _ in range(rounds):
        data = bytearray(dice.choice(WHOLE))
        for _ in range(dice.randrange(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        assert avscan.scan(bytes(data)).unread in ("read", "late")
    assert avscan.figure("workers_crashed_total") == 0
