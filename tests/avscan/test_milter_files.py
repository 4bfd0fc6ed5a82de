# SPDX-License-Identifier: ISC
"""The milter's check files: what lies in attachments is asked of avscan, and
what becomes of a message when that cannot be told."""

import json
import os
import signal
import threading

from alone import Alone
from archives import zip_of
from documents import pdf_with_text
from lab.hang import hang
from letters import PROGRAM, message
from scanhost import ScanHost


class Pair:
    """A milter and the avscan that it asks."""

    def __init__(self, folder, check="", **settings):
        for name in ("scan", "milter"):
            (folder / name).mkdir()
        self.avscan = ScanHost(folder / "scan", **settings)
        self.milter = Alone(
            folder / "milter", more="check files { enabled yes; socket "
            f'"{folder}/scan/s"; {check} }}\n')

    def __enter__(self):
        self.avscan.start()
        self.milter.__enter__()
        return self

    def __exit__(self, *exc):
        self.milter.__exit__(*exc)
        self.avscan.__exit__(*exc)


def findings(milter):
    """Those of the check files of the last message, from the event spool."""
    lines = []
    for file in sorted((milter.home / "spool").iterdir()):
        lines += file.read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [one for one in events[-1]["findings"] if one["check"] == "files"]


def play(pair, raw):
    with pair.milter.client() as mta:
        reply = mta.play(raw).reply
    return reply.kind, findings(pair.milter)


def test_what_lies_in_files_is_told(tmp_path):
    with Pair(tmp_path) as pair:
        kind, found = play(pair, message(
            a_zip=zip_of({"b.exe": PROGRAM}), c_txt=b"plain words\n" * 10))
    assert kind == "accept"
    assert [one["reason"].split(",")[0] for one in found] == [
        '"a.zip" (part 3): application/zip',
        '"c.txt" (part 4): text/plain']
    assert "1 entry in it" in found[0]["reason"]
    assert "program" in found[0]["reason"]


def test_a_large_file_comes_from_the_spool(tmp_path):
    data = zip_of({"a.bin": os.urandom(3_000_000)})
    with Pair(tmp_path) as pair:
        kind, found = play(pair, message(a_zip=data))
    assert (kind, len(found)) == ("accept", 1)
    assert "1 entry in it" in found[0]["reason"]


def test_the_text_and_the_links_of_a_pdf_are_counted(tmp_path):
    with Pair(tmp_path) as pair:
        _, found = play(pair, message(
            a_pdf=pdf_with_text(["(see www.example.org/a)"])))
    assert found[0]["reason"] == '"a.pdf" (part 3): application/pdf, ' \
        "1 link, 21 bytes of text, pdf"


def test_nothing_attached_nothing_asked(tmp_path):
    with Pair(tmp_path) as pair:
        assert play(pair, message()) == ("accept", [])


def test_what_was_not_read_is_never_clean(tmp_path):
    with Pair(tmp_path, check="on_unread refuse;",
              max_size="1k") as pair:
        kind, found = play(pair, message(a_bin=os.urandom(5000)))
    assert kind == "reply"
    assert [(one["result"], one["reason"]) for one in found] == [
        ("policy", '"a.bin" (part 3) was not read: the file is too large')]


def test_too_many_files(tmp_path):
    with Pair(tmp_path, check="max_files 1;") as pair:
        kind, found = play(pair, message(a_txt=b"a" * 50, b_txt=b"b" * 50))
    assert kind == "accept"
    assert [one["result"] for one in found] == ["neutral", "policy"]
    assert found[1]["reason"] == "1 file beyond max_files was not read"


def test_the_daemon_is_away_and_comes_back(tmp_path):
    with Pair(tmp_path) as pair:
        assert pair.avscan.term() == 0
        kind, found = play(pair, message(a_txt=b"a" * 50))
        assert kind == "tempfail" or kind == "reply"
        assert found[0]["result"] == "temperror"
        assert "does not answer" in found[0]["reason"]
        pair.avscan.start()
        assert play(pair, message(a_txt=b"a" * 50))[0] == "accept"


def test_a_daemon_that_hangs_costs_the_time_out_alone(tmp_path):
    with Pair(tmp_path, check="timeout 200ms; on_unread junk;") as pair:
        hang(pair.avscan.process.pid)
        try:
            kind, found = play(pair, message(a_txt=b"a" * 50))
        finally:
            pair.avscan.process.send_signal(signal.SIGCONT)
        assert kind == "accept"
        assert "it took too long" in found[0]["reason"]


def test_many_messages_at_once(tmp_path):
    raw = message(a_zip=zip_of({"a.txt": b"a"}), b_txt=b"b" * 50)
    kinds = []

    def send():
        with pair.milter.client() as mta:
            kinds.append(mta.play(raw).reply.kind)

    with Pair(tmp_path, workers=2) as pair:
        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert kinds == ["accept"] * 20
