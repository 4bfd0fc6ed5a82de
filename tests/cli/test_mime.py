# SPDX-License-Identifier: ISC
"""mailreeve mime: what a message is made of, in every form that is printed."""

import base64
import hashlib
import json
import os
import stat

import pytest
from cli import mailreeve, refuses, succeeds
from scanning import judge

PDF = b"%PDF-1.4 not much of one\n"

MIXED = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\n"
    b"Subject: =?utf-8?b?w5xiZXIg?= =?utf-8?q?uns?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n"
    b"\r\n"
    b"--b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"\r\n"
    b"<p>Hello <b style='display:none'>secret</b>\r\n"
    b"<a href='http://evil.example/x'>www.bank.example</a></p>\r\n"
    b"--b\r\n"
    b"Content-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename=\"../../in voice.pdf\"\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n" + base64.b64encode(PDF) + b"\r\n"
    b"--b--\r\n")


@pytest.fixture(name="message")
def message_fixture(tmp_path):
    path = tmp_path / "message.eml"
    path.write_bytes(MIXED)
    return path


def test_the_tree(message):
    out = succeeds("mime", message)
    lines = out.splitlines()
    assert lines[0] == f"{message}: 3 parts, 1 attachment, 1 link"
    assert "From     Jürgen <j@example.org>" in lines
    assert "Subject  Über uns" in lines
    assert " 1 multipart/mixed" in lines
    html = next(line for line in lines if "text/html" in line)
    assert html.startswith("   2 text/html  utf-8")
    assert "6 bytes hidden (not shown)" in html
    pdf = next(line for line in lines if "application/pdf" in line)
    assert '"../../in voice.pdf"' in pdf and "base64, 25 B, attached" in pdf
    assert "! name_path: " in out


def test_json(message):
    told = json.loads(succeeds("mime", "--json", message))
    assert told["subject"] == "Über uns"
    assert told["oddities"] == ["name_path"]
    root, html, pdf = told["parts"]
    assert (root["type"], root["kind"], root["above"]) \
        == ("multipart/mixed", "multipart", None)
    assert (html["type"], html["kind"], html["above"]) \
        == ("text/html", "text", 1)
    assert (pdf["kind"], pdf["attached"], pdf["transfer"], pdf["size"]) \
        == ("file", True, "base64", len(PDF))
    assert pdf["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert told["texts"] == [{
        "part": 2, "text": "Hello www.bank.example",
        "hidden": [{"by": "not shown", "text": "secret"}]}]
    link = next(url for url in told["urls"] if url["place"] == "html")
    assert (link["url"], link["registered"], link["shown"]) \
        == ("http://evil.example/x", "evil.example", "www.bank.example")
    assert link["misleads"] is True
    assert told["cut"] is False


def test_text_is_what_is_seen(message):
    assert succeeds("mime", "--text", message) == "Hello www.bank.example\n"


def test_urls(message):
    assert succeeds("mime", "--urls", message) == (
        "http://evil.example/x\n"
        "    link in part 2, shown as \"www.bank.example\", misleads\n")


def test_files_are_extracted_under_harmless_names(message, tmp_path):
    folder = tmp_path / "out"
    out = succeeds("mime", "--extract", folder, message)
    assert out == f"part 3, application/pdf: {folder}/03-in voice.pdf\n"
    assert os.listdir(folder) == ["03-in voice.pdf"]
    file = folder / "03-in voice.pdf"
    assert file.read_bytes() == PDF
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_written_over(message, tmp_path):
    (tmp_path / "03-in voice.pdf").symlink_to(tmp_path / "victim")
    ended = mailreeve("mime", "--extract", tmp_path, message)
    assert (ended.status, ended.out) == (1, "")
    assert "File exists; give an empty folder" in ended.err
    assert not (tmp_path / "victim").exists()


NAMES = [
    ("invoice.pdf", "02-invoice.pdf"),
    ("../../etc/passwd", "02-passwd"),
    ("C:\\autoexec.bat", "02-autoexec.bat"),
    (".bashrc", "02-.bashrc"),
    ("-rf *", "02--rf _"),
    ("a;b|c`d`$e\"f", "02-a_b_c_d__e_f"),
    ("x\u202efdp.exe", "02-x_fdp.exe"),
    ("größe.txt", "02-größe.txt"),
    ("x" * 300 + ".exe", "02-" + "x" * 96 + ".exe"),
    ("..", "02-.."),
    ("", "02-part.octet-stream"),
]


@pytest.mark.parametrize("name, written", NAMES)
def test_a_name_from_a_stranger(tmp_path, name, written):
    quoted = base64.b64encode(name.encode()).decode()
    path = tmp_path / "m"
    path.write_text(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: application/octet-stream\n"
        f"Content-Disposition: attachment; filename=\"=?utf-8?b?{quoted}?=\""
        "\n\nx\n--b--\n")
    succeeds("mime", "--extract", tmp_path / "out", path)
    assert os.listdir(tmp_path / "out") == [written]


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"Subject: a\x1b[31mb\nContent-Type: text/plain; "
                     b"charset=utf-8; name=\"x\x1b]0;y\x07\"\n\n"
                     b"one\x1b[2Jtwo\xe2\x80\xaethree\n"
                     b"http://a.example/\x1b[31m\n")
    for form in ((), ("--text",), ("--urls",), ("--json",)):
        out = succeeds("mime", *form, path)
        assert "\x1b" not in out and "\x07" not in out
    assert "\u202e" not in succeeds("mime", "--text", path)


def test_several_texts_say_which(tmp_path):
    path = tmp_path / "m"
    path.write_text(
        "Content-Type: multipart/alternative; boundary=b\n\n"
        "--b\n\none\n--b\nContent-Type: text/html\n\n<i>two</i>\n--b--\n")
    assert succeeds("mime", "--text", path) == (
        "--- part 2, text/plain ---\none\n\n"
        "--- part 3, text/html ---\ntwo\n")


def test_a_message_of_nothing(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"")
    assert succeeds("mime", path).startswith(
        f"{path}: 1 part, 0 attachments, 0 links\n 1 text/plain")
    assert json.loads(succeeds("mime", "--json", path))["texts"] == []
    assert succeeds("mime", "--text", path) == ""


def test_the_limits_come_from_the_configuration(tmp_path, message):
    conf = tmp_path / "conf"
    conf.write_text("mime { max_parts 2; }\n")
    told = json.loads(succeeds("mime", "--json", "-c", conf, message))
    assert "limit_parts" in told["oddities"]
    assert len(told["parts"]) == 2


# What part 3 of the message below reaches.
PAGE_LIMITS = {
    "max_urls 1": "limit_urls",
    "max_page_text_size 4k": "limit_page",
    "max_page_addresses 1": "limit_page",
    "max_page_depth 2": "limit_page",
    "max_page_rules 1": "limit_page",
}


@pytest.fixture(name="much")
def much_fixture(tmp_path):
    """A page with two of each thing that is limited, behind a text."""
    path = tmp_path / "much"
    lines = 60 * (20 * "text" + "\n")
    path.write_text(
        "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\n\nno link\n"
        "--b\nContent-Type: text/html\n\n"
        "<style>.a{color:red}.b{color:blue}</style>"
        "<img src=cid:1><img src=http://a.example.com/i.gif>"
        f"<div><p><b>{lines}--b--\n")
    return path


@pytest.mark.parametrize("limit", PAGE_LIMITS)
def test_more_than_is_read_of_pages_and_links(tmp_path, much, limit):
    oddity = PAGE_LIMITS[limit]
    conf = tmp_path / "conf"
    conf.write_text(f"mime {{ {limit}; }}\n")
    told = json.loads(succeeds("mime", "--json", "-c", conf, much))
    assert told["cut"] and told["oddities"] == [oddity]
    assert [part["number"] for part in told["parts"]
            if part["oddities"] == [oddity]] == [3]
    assert f"! {oddity}:" in succeeds("mime", "-c", conf, much)
    assert json.loads(succeeds("mime", "--json", much))["oddities"] == []


def test_scan_tells_the_limits_of_links(tmp_path, much):
    zone = tmp_path / "zone"
    zone.write_text("")
    conf = tmp_path / "conf"
    conf.write_text("mime { max_urls 1; }\n")
    found = judge(zone, "-c", conf, much)["findings"]
    assert [one["reason"] for one in found if one["check"] == "mime"] == [
        "limit_urls: more links than are read (part 3)"]


def test_what_cannot_be_done(tmp_path, message):
    assert refuses("mime") != ""
    assert "only one of" in refuses("mime", "--json", "--text", message)
    ended = mailreeve("mime", tmp_path / "absent")
    assert (ended.status, ended.out) == (1, "")
    assert "absent" in ended.err and "No such file" in ended.err
    ended = mailreeve("mime", "--extract", message, message)
    assert ended.status == 1 and "cannot open the folder" in ended.err


def test_scan_tells_what_is_odd(tmp_path, message):
    zone = tmp_path / "zone"
    zone.write_text("")
    found = judge(zone, message)["findings"]
    odd = [one for one in found if one["check"] == "mime"]
    assert [(one["result"], one["reason"].split(":")[0]) for one in odd] \
        == [("neutral", "name_path")]
    assert odd[0]["reason"].endswith("(part 3)")
