# SPDX-License-Identifier: ISC
"""A directory of another release: the milter says what to run, and goes on."""

import sqlite3
import subprocess

import pytest
from alone import MESSAGE, PROGRAM, Alone

MAILREEVE = PROGRAM.parent / "mailreeve"
OLDER = "DELETE FROM schema WHERE version > 1; DROP TABLE changes;"
NEWER = "INSERT INTO schema VALUES (1000, 'future');"


@pytest.mark.parametrize("script, told", [
    (OLDER, "its schema 1 is older than 2, which this program needs; run "
            "'mailreeve directory upgrade'"),
    (NEWER, "its schema 1000 is newer than 2, which this program knows; "
            "install the release that upgraded it on this host too")])
def test_what_to_run_is_told_and_mail_waits(tmp_path, script, told):
    rows = f'directory {{ where "sqlite:{tmp_path}/people.db"; }}\n'
    conf = tmp_path / "cli"
    conf.write_text(rows)
    subprocess.run([MAILREEVE, "directory", "upgrade", "-c", conf],
                   check=True, stdout=subprocess.DEVNULL)
    with sqlite3.connect(tmp_path / "people.db") as database:
        database.executescript(script)
    with Alone(tmp_path, more=rows,
               on_unknown_policy="defer") as milter, milter.client() as mta:
        milter.wait(lambda: told in " ".join(milter.status()["degraded"]),
                    "what to run")
        assert mta.play(MESSAGE).reply.code == "451"
        assert told in milter.log()
