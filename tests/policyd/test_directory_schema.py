# SPDX-License-Identifier: ISC
"""A directory of another release: policyd says what to run, and goes on."""

import sqlite3

import pytest
from policyhost import PolicyHost
from test_directory_use import Directory

OLDER = "DELETE FROM schema WHERE version > 1; DROP TABLE changes;"
NEWER = "INSERT INTO schema VALUES (1000, 'future');"


@pytest.fixture(name="directory")
def directory_fixture(tmp_path):
    return Directory(tmp_path).make("user add ann@example.org")


def make_it(directory, script):
    with sqlite3.connect(directory.path) as database:
        database.executescript(script)


def degraded(policyd):
    return " ".join(policyd.status()["degraded"])


def test_at_the_start_an_older_one_is_told_until_it_is_upgraded(
        tmp_path, directory):
    make_it(directory, OLDER)
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        policyd.wait(lambda: "its schema 1 is older than 2, which this "
                     "program needs; run 'mailreeve directory upgrade'"
                     in degraded(policyd), "what to run")
        assert postfix.ask(recipient="ann@example.org").startswith("451")
        assert "has schema 2 now, it was 1" in directory.run(
            "directory", "upgrade")
        policyd.wait(lambda: postfix.ask(recipient="ann@example.org")
                     == "DUNNO", "answers")
        policyd.wait(lambda: not degraded(policyd), "all well")


def test_one_that_becomes_newer_is_told_and_the_last_answers_serve(
        tmp_path, directory):
    with PolicyHost(tmp_path, more=directory.rules) as policyd, \
            policyd.connect() as postfix:
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
        make_it(directory, NEWER)
        policyd.wait(lambda: "its schema 1000 is newer than 2, which this "
                     "program knows; install the release that upgraded it "
                     "on this host too" in degraded(policyd), "what to do")
        assert postfix.ask(recipient="ann@example.org") == "DUNNO"
