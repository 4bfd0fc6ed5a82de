# SPDX-License-Identifier: ISC
"""mailreeve scan asks avscan what lies in the files of a stored message."""

import json
import subprocess

import pytest
from archives import zip_of
from documents import pdf_with_text
from lab.host import our_program
from letters import PROGRAM, message
from scanhost import ScanHost

CONF = """\
milter {{ mode enforce; }}
check files {{ enabled {enabled}; socket "{socket}"; {more} }}
"""


@pytest.fixture(name="avscan")
def fixture_avscan(tmp_path):
    (tmp_path / "scan").mkdir()
    with ScanHost(tmp_path / "scan", deadline="60s") as host:
        yield host


def scan(folder, *raws, more="", enabled="yes"):
    """The findings of the check files of each message, and their verdicts."""
    conf = folder / "mailreeve.conf"
    conf.write_text(CONF.format(socket=folder / "scan" / "s", more=more,
                                enabled=enabled))
    (folder / "zone").write_text("")
    files = [folder / f"{number}.eml" for number in range(len(raws))]
    for file, raw in zip(files, raws):
        file.write_bytes(raw)
    done = subprocess.run(
        [our_program("mailreeve"), "scan", "--json", "--config", conf,
         "--zone", folder / "zone", *files], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [([one for one in each["findings"] if one["check"] == "files"],
             each["verdict"]) for each in told]


@pytest.mark.usefixtures("avscan")
def test_what_lies_in_files_is_told(tmp_path):
    (found, verdict), = scan(tmp_path, message(
        a_zip=zip_of({"b.exe": PROGRAM}),
        c_pdf=pdf_with_text(["(see www.example.org/a)"])))
    assert verdict == "ham"
    assert [(one["result"], one["reason"]) for one in found] == [
        ("neutral", '"a.zip" (part 3): application/zip, 1 entry in it, '
         "archive, program"),
        ("neutral", '"c.pdf" (part 4): application/pdf, 1 link, '
         "21 bytes of text, pdf")]


@pytest.mark.usefixtures("avscan")
def test_many_messages_are_each_told(tmp_path):
    told = scan(tmp_path, *[message(**{f"n{number}_txt": b"text\n" * 20})
                            for number in range(100)])
    assert [found[0]["reason"].split('"')[1] for found, _ in told] == [
        f"n{number}.txt" for number in range(100)]


def test_nobody_answers_and_that_is_told(tmp_path):
    (found, verdict), = scan(tmp_path, message(a_txt=b"text\n" * 20))
    assert [one["result"] for one in found] == ["temperror"]
    assert found[0]["reason"] == \
        f"mailreeve-avscan does not answer at {tmp_path}/scan/s"
    assert verdict == "defer"
    (_, verdict), = scan(tmp_path, message(a_txt=b"text\n" * 20),
                         more="on_error pass;")
    assert verdict == "ham"


def test_what_is_not_read_is_a_finding(tmp_path):
    (tmp_path / "scan").mkdir()
    with ScanHost(tmp_path / "scan", max_size="1k"):
        (found, verdict), = scan(tmp_path, message(a_bin=bytes(5000)),
                                 more="on_unread junk;")
    assert (found[0]["result"], found[0]["reason"], verdict) == (
        "policy", '"a.bin" (part 3) was not read: the file is too large',
        "junk")


def test_a_check_that_is_off_asks_nobody(avscan, tmp_path):
    assert scan(tmp_path, message(a_txt=b"x" * 50), enabled="no") == [
        ([], "ham")]
    assert avscan.figure("files_total") == 0
