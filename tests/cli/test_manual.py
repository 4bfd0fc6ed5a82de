# SPDX-License-Identifier: ISC
"""The manual says what the tables say, and is well-formed."""

import subprocess

import pytest
from cli import CHECKOUT, PROGRAM

pytestmark = pytest.mark.once
PAGES = ("man/mailreeve.conf.5", "man/mailreeve.1")

# The pages refer to each other and to Postfix's, which need not be installed.
HARMLESS = ("referenced manual not found", "outdated mandoc.db")


@pytest.fixture(scope="module", name="made")
def made_fixture(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs")
    subprocess.run([CHECKOUT / "scripts" / "make-manual", PROGRAM, out],
                   check=True)
    return out


@pytest.mark.parametrize("name", PAGES + ("mailreeve.conf.sample",))
def test_what_is_checked_in_is_up_to_date(made, name):
    old = (CHECKOUT / "docs" / name).read_text()
    assert old == (made / name).read_text(), "run `make docs`"


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_has_nothing_to_say(made, name):
    ended = subprocess.run(["mandoc", "-Tlint", made / name], check=False,
                           capture_output=True, text=True)
    said = [line for line in (ended.stdout + ended.stderr).splitlines()
            if not any(words in line for words in HARMLESS)]
    assert said == []


@pytest.mark.parametrize("name", PAGES)
def test_every_word_of_the_tables_is_printed(made, name):
    """What roff would swallow (a dot at the start of a line) is missing."""
    text = subprocess.run(["mandoc", "-Tascii", made / name], check=True,
                          capture_output=True, text=True).stdout
    assert "@TABLES@" not in text
    assert len(text.splitlines()) > 100
