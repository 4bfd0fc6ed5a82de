# SPDX-License-Identifier: ISC
"""documents.py - Office documents, rich text and PDF, made at the time of the
test."""

import struct

from archives import zip_of

SECTOR = 512
FREE, END, FAT = 0xffffffff, 0xfffffffe, 0xfffffffd
STORAGE, STREAM, ROOT = 1, 2, 5
EQUATION = bytes.fromhex("02ce020000000000c000000000000046")


def utf16(text):
    return text.encode("utf-16-le")


def sectors(data):
    return [data[at:at + SECTOR].ljust(SECTOR, b"\0")
            for at in range(0, len(data), SECTOR)]


def directory_entry(name, kind, start=END, size=0, clsid=bytes(16)):
    """[MS-CFB] 2.6.1."""
    own = utf16(name)
    return own.ljust(64, b"\0") + struct.pack(
        "<HBBIII", len(own) + 2, kind, 1, FREE, FREE, FREE) + clsid + \
        struct.pack("<IQQIQ", 0, 0, 0, start, size)


def ole_of(entries, clsid=bytes(16)):
    """{name: bytes, or None for a storage}; every stream in large sectors."""
    body, fat, rows = [], [], []

    def add(data):
        pieces = sectors(data)
        start = len(body)
        fat.extend(range(start + 1, start + len(pieces)))
        fat.append(END)
        body.extend(pieces)
        return start

    for name, data in entries.items():
        if data is None:
            rows.append(directory_entry(name, STORAGE))
        elif data == b"":
            rows.append(directory_entry(name, STREAM))
        else:
            padded = data.ljust(4096, b"\0")
            rows.append(directory_entry(name, STREAM, add(padded),
                                        len(padded)))
    root = directory_entry("Root Entry", ROOT, clsid=clsid)
    table = b"".join([root, *rows])
    at = add(table)
    # The table lists itself: so many sectors that it does.
    count = 1
    while (len(fat) + count) > count * (SECTOR // 4):
        count += 1
    places = list(range(len(body), len(body) + count))
    fat.extend([FAT] * count)
    fat_bytes = struct.pack(f"<{len(fat)}I", *fat).ljust(
        count * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + bytes(6) + struct.pack(
        "<IIIIIIIII", 0, count, at, 0, 4096, END, 0, END, 0)
    assert count <= 109
    difat = places + [FREE] * (109 - count)
    return head + struct.pack("<109I", *difat) + b"".join(body) + fat_bytes


def native(label, content):
    """The stream of a packed file."""
    path = b"C:\\" + label
    inner = struct.pack("<H", 2) + label + b"\0" + path + b"\0" + \
        struct.pack("<II", 0x30000, len(path) + 1) + path + b"\0" + \
        struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(inner)) + inner


def record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def workbook(*records):
    """A stream that begins as Excel's: BOF, records, EOF."""
    return record(0x809, bytes(16)) + b"".join(records) + record(0x0a, b"")


TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def relation(kind, target, mode="External"):
    return (f'<Relationship Id="rId1" Type="{TYPES}{kind}" '
            f'Target="{target}" TargetMode="{mode}"/>')


def docx_of(files=None, relations="", encoding="utf-8"):
    xml = ('<?xml version="1.0"?><Relationships xmlns="x">' + relations +
           "</Relationships>")
    return zip_of({"[Content_Types].xml": "<Types/>",
                   "word/document.xml": "<w:document/>",
                   "word/_rels/document.xml.rels": xml.encode(encoding),
                   **(files or {})})


PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


def pdf_of(*objects, catalog="", page=PAGE, pages="[3 0 R] /Count 1"):
    """Objects from number 4 on; the catalog gets what is said."""
    all_objects = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
                   f"<< /Type /Pages /Kids {pages} >>", page, *objects]
    out, places = b"%PDF-1.7\n", []
    for number, text in enumerate(all_objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    at = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\n"
                  f"startxref\n{at}\n%%EOF\n").encode()


def stream_of(text, more=""):
    return f"<< /Length {len(text)} {more} >>\nstream\n{text}\nendstream"


HELVETICA = ("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
             "/Encoding /WinAnsiEncoding >>")


def pdf_with_text(*pages, font=HELVETICA):
    """A page for each; a text in (…) or <…> is a line."""
    first = 5
    numbers = [first + 2 * at for at in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in [3, *numbers])
    objects = [font]
    for number, lines in zip(numbers, pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Contents {number + 1} 0 R "
            "/Resources << /Font << /F 4 0 R >> >> >>")
        objects.append(stream_of(
            "BT /F 12 Tf 14 TL 50 750 Td " + "".join(
                f"{line} Tj T* " for line in lines) + "ET"))
    return pdf_of(*objects, pages=f"[{kids}] /Count {len(pages) + 1}")


def cjk_font(order, encoding):
    """A font that lies in no PDF."""
    return (f"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /{encoding} "
            "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 "
            "/BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering "
            f"({order}) /Supplement 0 >> /FontDescriptor << /Type "
            "/FontDescriptor /FontName /A /Flags 4 >> >>] >>")
