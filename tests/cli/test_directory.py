# SPDX-License-Identifier: ISC
"""directory upgrade and status: the first steps of a postmaster."""

import json
import sqlite3
import stat

import pytest
from cli import mailreeve, refuses, succeeds


@pytest.fixture(name="site")
def site_fixture(tmp_path):
    """A configuration that names a database which is not there yet."""
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/people.db; }}\n")
    return tmp_path


def status_of(site):
    return json.loads(succeeds("directory", "status", "--json", "-c",
                               site / "main.conf"))


def test_the_first_upgrade_makes_the_database(site):
    database = site / "people.db"
    assert succeeds("directory", "upgrade", "-c", site / "main.conf") == (
        f"{database} is ready, with schema 2\n")
    assert stat.S_IMODE(database.stat().st_mode) == 0o640
    assert status_of(site)["schema"] == 2
    assert set(status_of(site)["objects"].values()) == {0}


def test_the_second_upgrade_changes_nothing(site):
    succeeds("directory", "upgrade", "-c", site / "main.conf")
    before = (site / "people.db").read_bytes()
    assert succeeds("directory", "upgrade", "-c", site / "main.conf") == (
        f"{site}/people.db has schema 2 already\n")
    assert (site / "people.db").read_bytes() == before


def test_status_counts_what_is_there(site):
    succeeds("directory", "upgrade", "-c", site / "main.conf")
    with sqlite3.connect(site / "people.db") as database:
        database.execute("INSERT INTO classes VALUES ('gold', NULL)")
    assert status_of(site)["objects"]["class"] == 1
    shown = succeeds("directory", "status", "-c", site / "main.conf")
    assert f"{site}/people.db" in shown
    assert "classes" in shown and "users" not in shown


def test_status_makes_nothing_and_says_what_does(site):
    ended = mailreeve("directory", "status", "-c", site / "main.conf")
    assert (ended.status, ended.out) == (1, "")
    assert "'mailreeve directory upgrade' makes a new one" in ended.err
    assert not (site / "people.db").exists()


def test_what_is_no_database_is_left_alone(site):
    (site / "people.db").write_text("a shopping list\n" * 100)
    for command in ("status", "upgrade"):
        ended = mailreeve("directory", command, "-c", site / "main.conf")
        assert (ended.status, ended.out) == (1, "")
        assert "file is not a database" in ended.err
    assert (site / "people.db").read_text().startswith("a shopping list")


def test_a_newer_database_is_left_alone(site):
    succeeds("directory", "upgrade", "-c", site / "main.conf")
    with sqlite3.connect(site / "people.db") as database:
        database.execute("INSERT INTO schema VALUES (1000, 'future')")
    for command in ("status", "upgrade"):
        ended = mailreeve("directory", command, "-c", site / "main.conf")
        assert (ended.status, ended.out) == (1, "")
        assert "its schema 1000 is newer than 2" in ended.err


def test_without_a_directory_it_says_how_to_name_one(tmp_path):
    conf = tmp_path / "main.conf"
    conf.write_text("")
    for command in ("status", "upgrade"):
        assert "write, for example, directory { where sqlite:" in refuses(
            "directory", command, "-c", conf)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/no/people.db; }}\n")
    ended = mailreeve("directory", "upgrade", "-c", conf)
    assert (ended.status, ended.out) == (1, "")
    assert "cannot make the file: No such file or directory" in ended.err
