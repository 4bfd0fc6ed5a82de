# SPDX-License-Identifier: ISC
"""letters.py - messages with files attached."""

import base64

HEAD = (b"From: Joan <joan@sender.test>\r\nTo: ann@lab.test\r\n"
        b"Subject: files\r\nMessage-ID: <1@sender.test>\r\n"
        b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n")


def message(**files):
    parts = b"".join(
        b"--b\r\nContent-Type: application/octet-stream; name=\""
        + name.replace("_", ".").encode() + b"\"\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data).replace(b"\n", b"\r\n") + b"\r\n"
        for name, data in files.items())
    return HEAD + b"--b\r\n\r\nhello\r\n" + parts + b"--b--\r\n"


PROGRAM = b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\0\0" + bytes(200)
