# SPDX-License-Identifier: ISC
"""What is listed of archives of every kind, and what a bomb costs."""

import functools
import lzma
import os
import struct
import zipfile
from pathlib import Path

import pytest
from archives import (ALL, SINGLE, cab_of, encrypted_zip_of, gz_of,
                      nested_zips, overlapping_zip, rar4_of, tar_of, zip_of)
from scanhost import ScanHost

FILES = {"letter.txt": b"Dear Ann,\n" * 20, "setup.exe": b"MZ" + bytes(500),
         "sub/notes.rtf": b"{\\rtf1 hello}"}
# No path in these.
FLAT = {"letter.txt": FILES["letter.txt"], "setup.exe": FILES["setup.exe"]}
EICAR = Path(os.environ.get("MAILREEVE_DATA", "/nonexistent")
             ) / "antivirus" / "eicar"


@pytest.fixture(scope="module")
def avscan(tmp_path_factory):
    with ScanHost(tmp_path_factory.mktemp("avscan"), worker_files=7,
                  deadline="60s") as host:
        yield host


def told(answer):
    """name: (size, kind) of the files."""
    return {entry.name.lstrip("/").lower(): (entry.size, entry.kind)
            for entry in answer.entries if not entry.is_directory}


@pytest.mark.parametrize("kind", ALL)
def test_every_archive_lists_names_sizes_and_kinds(avscan, kind):
    files = FLAT if kind in ("ar", "lha", "iso") else FILES
    answer = avscan.scan(ALL[kind](files))
    assert answer.unread == "read"
    kinds = {"letter.txt": "unknown", "setup.exe": "dos_program",
             "sub/notes.rtf": "rtf"}
    assert told(answer) == {name: (len(data), kinds[name])
                            for name, data in files.items()}
    assert {"archive", "program"} <= answer.marks
    assert not {"archive_broken", "archive_nested"} & answer.marks
    assert ("rtf" in answer.marks) == ("sub/notes.rtf" in files)


@pytest.mark.parametrize("kind", ALL)
def test_an_archive_within_each_kind_is_listed_below_it(avscan, kind):
    inner = zip_of({"inner.exe": b"MZ" + bytes(50)})
    answer = avscan.scan(ALL[kind]({"a.zip": inner, "z.txt": b"end"}))
    assert [(entry.depth, entry.name.lstrip("/").lower())
            for entry in answer.entries if not entry.is_directory] == \
        [(1, "a.zip"), (2, "inner.exe"), (1, "z.txt")]
    assert {"archive_nested", "program"} <= answer.marks


@pytest.mark.parametrize("kind", SINGLE)
def test_a_packed_file_is_looked_into(avscan, kind):
    answer = avscan.scan(SINGLE[kind](zip_of({"x.exe": b"MZ" + bytes(60)})))
    assert answer.names(2) == ["x.exe"]
    assert [entry.kind for entry in answer.entries] == ["zip", "dos_program"]


def test_gzip_tells_the_name_that_it_keeps(avscan):
    """RFC 1952 2.3."""
    assert avscan.scan(gz_of("report.txt", b"x")).names() == ["report.txt"]


@pytest.mark.parametrize("kind, make", [
    ("zip", lambda: encrypted_zip_of({"a.txt": b"secret" * 50})),
    ("rar 4", lambda: rar4_of({"a.txt": b"secret" * 50}, encrypted=True)),
])
def test_an_encrypted_entry_is_named_and_marked(avscan, kind, make):
    answer = avscan.scan(make())
    assert "archive_encrypted" in answer.marks, kind
    assert [(entry.name, entry.is_encrypted) for entry in answer.entries] \
        == [("a.txt", True)]


@pytest.mark.parametrize("kind", ["zip", "7z", "tar", "cab", "rar 5"])
def test_names_are_utf8_whatever_their_archive_says(avscan, kind):
    """Controls and bytes that are no UTF-8 become U+FFFD."""
    name = "Grüße ☃.txt" if kind != "cab" else "a.txt"
    assert avscan.scan(ALL[kind]({name: b"x"})).names() == [name]
    bad = b"a\x01\xff\xe2\x80b.txt"
    raw = tar_of({"x" * len(bad): b"x"}).replace(b"x" * len(bad), bad, 1)
    checksum = sum(raw[:148]) + 8 * 32 + sum(raw[156:512])
    raw = raw[:148] + b"%06o\0 " % checksum + raw[156:]
    assert avscan.scan(raw).names() == ["a\ufffd\ufffd\ufffd\ufffdb.txt"]


def test_a_name_without_end_is_cut(avscan):
    answer = avscan.scan(zip_of({"n" * 60000: b"x"}))
    assert answer.names() == ["n" * 512]


def test_a_cut_archive_lists_what_is_left_and_says_so(avscan):
    whole = tar_of({f"{n}.txt": b"x" * 2000 for n in range(50)})
    answer = avscan.scan(whole[:30000])
    assert "archive_broken" in answer.marks
    assert answer.names()[:3] == ["0.txt", "1.txt", "2.txt"]


def test_a_zip_behind_a_program_is_found(avscan):
    answer = avscan.scan(b"MZ" + os.urandom(5000) +
                         zip_of({"payload.js": b"eval()"}))
    assert answer.names() == ["payload.js"]
    assert {"program", "archive"} <= answer.marks


def test_a_program_is_no_broken_archive(avscan):
    answer = avscan.scan(b"MZ" + bytes(5000))
    assert answer.marks == {"program"}


def renamed(data, old, new, which):
    """One of the places of a name in a ZIP file: its head, its row."""
    places = [at for at in range(len(data)) if data.startswith(old, at)]
    at = places[which]
    return data[:at] + new + data[at + len(old):]


def test_a_zip_that_has_two_names_for_an_entry_shows_both(avscan):
    plain = zip_of({"letter.txt": b"x", "other.txt": b"y"})
    assert "archive_hidden" not in avscan.scan(plain).marks
    for which in (0, 1):
        answer = avscan.scan(renamed(plain, b"letter.txt", b"letter.exe",
                                     which))
        assert "archive_hidden" in answer.marks
        assert {"letter.txt", "letter.exe", "other.txt"} == \
            set(answer.names())


def test_a_zip_whose_rows_share_a_head_shows_all_their_names(avscan):
    """Two rows, one file."""
    data = bytearray(zip_of({"a.txt": b"x", "b.exe": b"x"}))
    row = data.rindex(b"PK\1\2")
    data[row + 42:row + 46] = bytes(4)
    answer = avscan.scan(bytes(data))
    assert "archive_hidden" in answer.marks
    assert {"a.txt", "b.exe"} <= set(answer.names())
    assert "archive_hidden" in avscan.scan(
        b"MZ" + bytes(600) + bytes(data)).marks


NAMES = {
    "UTF-8 without the flag": ("Gr\u00fc\u00dfe \u4f60.txt", "utf-8"),
    "code page 437 (APPNOTE appendix D.1)": ("\u00dcbersicht \u00bd.txt", "cp437"),
    "code page 437: a currency": ("100 \u20a7.txt", "cp437"),
    "code page 850": ("\u00d8re og \u00c5, \u00c1\u00c3.txt", "cp850"),
    "letters that both have": ("caf\u00e9 \u00e0 \u00f1.exe", "cp850"),
}


@pytest.mark.parametrize("sentence", NAMES)
def test_names_in_a_zip_without_its_flag(avscan, sentence):
    name, charset = NAMES[sentence]
    raw = name.encode(charset)
    data = zip_of({"x" * len(raw): b"MZ" + bytes(60)}).replace(
        b"x" * len(raw), raw)
    answer = avscan.scan(data)
    assert answer.names() == [name]
    assert "archive_hidden" not in answer.marks


def test_hidden_names_are_in_the_same_code_page(avscan):
    plain = zip_of({"lettxr.txt": b"x"})
    answer = avscan.scan(renamed(plain, b"lettxr.txt", b"lett\x82r.exe", 1))
    assert set(answer.names()) == {"lettxr.txt", "lett\u00e9r.exe"}


def test_a_limit_that_is_met_to_the_byte_is_a_mark(tmp_path):
    """What follows is not looked into."""
    files = {"a.bin": b"a" * 32768, "b.bin": b"b" * 32768}
    with ScanHost(tmp_path, max_unpacked="64k") as host:
        assert "limit_unpacked" not in host.scan(zip_of(files)).marks
        answer = host.scan(zip_of({**files, "c.exe": b"MZ" + bytes(60)}))
    assert answer.names() == ["a.bin", "b.bin", "c.exe"]
    assert "limit_unpacked" in answer.marks


@pytest.fixture(name="large_zips")
def fixture_large_zips(monkeypatch):
    """Python writes the large form for each archive."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)


@pytest.mark.usefixtures("large_zips")
@pytest.mark.parametrize("before", [b"", b"MZ" + bytes(600)],
                         ids=["plain", "program"])
def test_hidden_names_in_the_large_form(avscan, before):
    """APPNOTE 4.3.14, 4.5.3: ZIP64, behind a program too."""
    plain = zip_of({"first.txt": b"w" * 40, "letter.txt": b"x" * 40,
                    "other.txt": b"y" * 40})
    assert b"PK\6\6" in plain and b"PK\6\7" in plain
    answer = avscan.scan(before + plain)
    # libarchive does not find the larger end behind a program.
    assert answer.names() == (["first.txt", "letter.txt", "other.txt"]
                              if before == b"" else [])
    assert "archive_hidden" not in answer.marks
    for which in (0, 1):
        answer = avscan.scan(before + renamed(plain, b"letter.txt",
                                              b"letter.exe", which))
        assert "archive_hidden" in answer.marks
        assert {"letter.txt", "letter.exe"} <= set(answer.names())


@pytest.mark.usefixtures("large_zips")
def test_two_ends_that_name_two_lists(avscan):
    """Readers take either of them."""
    data = bytearray(zip_of({"a.txt": b"w" * 40, "b.txt": b"x" * 40}))
    end = data.rindex(b"PK\5\6")
    first = struct.unpack_from("<I", data, end + 16)[0]
    struct.pack_into("<I", data, end + 16, first - 1)
    assert "archive_hidden" in avscan.scan(bytes(data)).marks


@pytest.mark.usefixtures("large_zips")
def test_a_large_form_that_is_broken_crashes_no_worker(avscan):
    plain = zip_of({"a.txt": b"w" * 40, "b.txt": b"x" * 40})
    for at in range(plain.index(b"PK\1\2"), len(plain)):
        data = bytearray(plain)
        data[at] = 0xff
        assert avscan.scan(bytes(data)).unread == "read"
        assert avscan.scan(plain[:at]).unread == "read"


def test_eicar_is_listed_in_its_wrappings(avscan):
    if not EICAR.is_dir():
        pytest.skip(f"{EICAR}: MAILREEVE_DATA names no such folder")
    listed = {name: avscan.scan((EICAR / name).read_bytes()).names()
              for name in ("eicar.zip", "eicar2.zip", "eicar.com.gz")}
    assert listed == {"eicar.zip": ["eicar.com"],
                      "eicar2.zip": ["eicar.zip", "eicar.com"],
                      "eicar.com.gz": [listed["eicar.com.gz"][0]]}


# --- bombs ------------------------------------------------------------------

def test_sixty_thousand_entries_are_all_listed(avscan):
    files = {f"file{n:05}.txt": b"" for n in range(60000)}
    answer = avscan.scan(zip_of(files))
    assert answer.unread == "read"
    assert answer.names() == list(files)
    assert "limit_entries" not in answer.marks


def test_one_entry_more_is_a_mark(avscan):
    answer = avscan.scan(zip_of({f"{n}": b"" for n in range(60001)}))
    assert len(answer.entries) == 60000
    assert "limit_entries" in answer.marks


def test_nested_zips_stop_at_the_limit_of_what_is_unpacked(avscan):
    """16^4 files of 100 MB: 6.5 TB."""
    bomb = nested_zips(16, 4, 100 * 1000 * 1000)
    assert len(bomb) < 200000
    answer = avscan.scan(bomb)
    assert answer.unread == "read"
    assert "limit_unpacked" in answer.marks or \
        "archive_bomb" in answer.marks
    assert answer.inflated < 200 * 1024 * 1024


def test_zips_nested_too_deep_are_a_mark(avscan):
    data = b"the end"
    for _ in range(100):
        data = zip_of({"a.zip": data})
    answer = avscan.scan(data)
    assert "limit_depth" in answer.marks
    assert max(entry.depth for entry in answer.entries) == 9


def test_entries_that_share_their_bytes_are_a_bomb(avscan):
    """Each runs into the next: 8,000 times 200 KB and more."""
    answer = avscan.scan(overlapping_zip(8000, 200000))
    assert answer.unread == "read"
    assert len(answer.entries) == 8000
    assert "archive_bomb" in answer.marks
    assert answer.inflated < 200 * 1024 * 1024


# For zeros that is enough.
QUICK = {"xz": functools.partial(lzma.compress, preset=0)}


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_a_stream_of_zeros_stops_at_the_limit(avscan, kind):
    pack = QUICK.get(kind, SINGLE[kind])
    answer = avscan.scan(pack(bytes(140 * 1024 * 1024)))
    assert "limit_unpacked" in answer.marks
    assert answer.inflated < 130 * 1024 * 1024


def test_a_tar_in_a_stream_stops_at_the_limit_too(avscan):
    answer = avscan.scan(tar_of({"a": bytes(140 * 1024 * 1024), "b": b""},
                                "gz"))
    assert answer.names() == ["a"]
    assert "limit_unpacked" in answer.marks


def test_a_cab_that_lies_about_its_size_is_broken(avscan):
    data = bytearray(cab_of({"a.txt": b"x" * 100}))
    at = data.index(b"a.txt") - 16
    data[at:at + 4] = b"\xff\xff\xff\x7f"
    assert "archive_broken" in avscan.scan(bytes(data)).marks
