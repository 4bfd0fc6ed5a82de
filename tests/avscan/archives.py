# SPDX-License-Identifier: ISC
"""archives.py - archives of every kind, made at the time of the test: by Python,
by zip, by libarchive, or byte by byte where nobody here can write them."""

import bz2
import ctypes
import ctypes.util
import gzip
import io
import lzma
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

# Formats that libarchive writes; what it is called there.
BY_LIBARCHIVE = {"7z": "7zip", "iso": "iso9660", "cpio": "newc",
                 "ar": "ar", "tar by libarchive": "gnutar"}
REGULAR = 0o100000


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def encrypted_zip_of(files, password="secret"):
    with tempfile.TemporaryDirectory() as home:
        for name, data in files.items():
            Path(home, name).write_bytes(data)
        subprocess.run(["zip", "-q", "-P", password, "a.zip", *files],
                       cwd=home, check=True)
        return Path(home, "a.zip").read_bytes()


def tar_of(files, mode=""):
    """MODE is gz, bz2, xz or nothing."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{mode}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gz_of(name, data):
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=out) as stream:
        stream.write(data)
    return out.getvalue()


def by_libarchive(kind, files):
    """What `libarchive` writes in one of its formats."""
    lib = ctypes.CDLL(ctypes.util.find_library("archive")
                      or "libarchive.so.13")
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.archive_write_data.restype = ctypes.c_ssize_t
    archive = ctypes.c_void_p(lib.archive_write_new())
    assert lib.archive_write_set_format_by_name(
        archive, BY_LIBARCHIVE[kind].encode()) == 0
    with tempfile.NamedTemporaryFile() as file:
        lib.archive_write_open_filename(archive, file.name.encode())
        for name, data in files.items():
            entry = ctypes.c_void_p(lib.archive_entry_new())
            lib.archive_entry_set_pathname(entry, name.encode())
            lib.archive_entry_set_size(entry, ctypes.c_int64(len(data)))
            lib.archive_entry_set_mode(entry, REGULAR | 0o644)
            assert lib.archive_write_header(archive, entry) == 0
            lib.archive_write_data(archive, data,
                                   ctypes.c_size_t(len(data)))
            lib.archive_entry_free(entry)
        lib.archive_write_close(archive)
        lib.archive_write_free(archive)
        return Path(file.name).read_bytes()


def cab_of(files):
    """One folder, stored ([MS-CAB])."""
    data = b"".join(files.values())
    heads, at = b"", 0
    for name, content in files.items():
        heads += struct.pack("<IIHHHH", len(content), at, 0, 0x5975, 0,
                             0x20) + name.encode() + b"\0"
        at += len(content)
    begin = 36 + 8 + len(heads)
    block = struct.pack("<IHH", 0, len(data), len(data)) + data
    folder = struct.pack("<IHH", begin, 1, 0)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, begin + len(block), 0,
                                 36 + 8, 0, 3, 1, 1, len(files), 0, 0, 0)
    return head + folder + heads + block


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return crc


def lha_of(files):
    """Level 0, stored."""
    out = b""
    for name, data in files.items():
        body = b"-lh0-" + struct.pack("<IIIBBB", len(data), len(data), 0, 0x20,
                                      0, len(name)) + name.encode() + \
            struct.pack("<H", crc16(data))
        out += bytes([len(body), sum(body) & 0xff]) + body + data
    return out + b"\0"


def rar4_of(files, encrypted=False):
    """Stored, as of RAR 2.9."""
    out = b"Rar!\x1a\7\0"

    def block(kind, flags, body, more=0):
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xffff) + head

    out += block(0x73, 0, b"\0" * 6)
    for name, data in files.items():
        body = struct.pack("<IIBIIBBHI", len(data), len(data), 3,
                           zlib.crc32(data), 0, 29, 0x30, len(name), 0x20)
        out += block(0x74, 0x8000 | (0x04 if encrypted else 0),
                     body + name.encode()) + data
    return out + block(0x7b, 0x4000, b"")


def vint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def rar5_of(files):
    """Stored, as of RAR 5."""
    out = b"Rar!\x1a\7\1\0"

    def block(body):
        head = vint(len(body)) + body
        return struct.pack("<I", zlib.crc32(head)) + head

    out += block(vint(1) + vint(0) + vint(0))
    for name, data in files.items():
        own = name.encode()
        out += block(vint(2) + vint(2) + vint(len(data)) + vint(4) +
                     vint(len(data)) + vint(0x20) +
                     struct.pack("<I", zlib.crc32(data)) + vint(0) + vint(0) +
                     vint(len(own)) + own) + data
    return out + block(vint(5) + vint(0) + vint(0))


ALL = {
    "zip": zip_of,
    "zip, stored": lambda files: zip_of(files, zipfile.ZIP_STORED),
    "zip, bzip2": lambda files: zip_of(files, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda files: zip_of(files, zipfile.ZIP_LZMA),
    "tar": tar_of,
    "tar.gz": lambda files: tar_of(files, "gz"),
    "tar.bz2": lambda files: tar_of(files, "bz2"),
    "tar.xz": lambda files: tar_of(files, "xz"),
    "cab": cab_of,
    "lha": lha_of,
    "rar 4": rar4_of,
    "rar 5": rar5_of,
    **{kind: lambda files, kind=kind: by_libarchive(kind, files)
       for kind in BY_LIBARCHIVE},
}

SINGLE = {
    "gz": lambda data: gz_of("", data),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zst": lambda data: subprocess.run(
        ["zstd", "-q", "-c"], input=data, capture_output=True,
        check=True).stdout,
}


def local_head(name, crc, packed, size):
    return b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, crc, packed,
                                    size, len(name), 0) + name


def overlapping_zip(count, size):
    """Each entry's bytes are a stored block with the next one's head, and then
    all of the next one: the last is SIZE zeros, the first counts times that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(size)) + packer.flush()
    names = [b"%06d" % n for n in range(count)]
    crc = zlib.crc32(bytes(size))
    parts = [local_head(names[-1], crc, len(data), size) + data]
    rows, packed, full = [(names[-1], crc, len(data), size)], len(data), size
    for name in reversed(names[:-1]):
        quoted = parts[-1][:len(parts[-1]) - (len(data) if len(parts) == 1
                                              else 5 + 36)]
        quote = struct.pack("<BHH", 0, len(quoted),
                            len(quoted) ^ 0xffff)
        packed += len(quote) + len(quoted)
        full += len(quoted)
        # Nobody here looks at the sum of an entry that is not read whole.
        parts.append(local_head(name, 0, packed, full) + quote)
        rows.append((name, 0, packed, full))
    return with_table(parts[::-1], rows[::-1])


def with_table(parts, rows):
    """A zip of its entries: their local heads and bytes, and what is said of
    each in the central directory."""
    out, table, at = b"".join(parts), b"", 0
    for part, (name, own, small, large) in zip(parts, rows):
        table += b"PK\1\2" + struct.pack(
            "<HHHHHHIIIHHHHHII", 20, 20, 0, 8, 0, 0, own, small, large,
            len(name), 0, 0, 0, 0, 0, at) + name
        at += len(part)
    return out + table + b"PK\5\6" + struct.pack(
        "<HHHHIIH", 0, 0, len(rows), len(rows), len(table), len(out), 0)


def zip_of_copies(names, data):
    """The same under each of the names, deflated once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    row = (zlib.crc32(data), len(packed), len(data))
    return with_table([local_head(name, *row) + packed for name in names],
                      [(name, *row) for name in names])


def nested_zips(width, depth, size):
    """As 42.zip: WIDTH zips in each of DEPTH levels, zeros at the bottom."""
    data = bytes(size)
    name = "0.dll"
    for level in range(depth):
        data = zip_of_copies([name.replace(".", f"{n}.").encode()
                              for n in range(width)], data)
        name = f"lib{level}.zip"
    return data
