# SPDX-License-Identifier: ISC
"""libpq is loaded where there is a directory in PostgreSQL, and only there."""

import subprocess
from pathlib import Path

import pytest
from lab import pgsql
from policyhost import PROGRAM, PolicyHost

MAILREEVE = PROGRAM.parent / "mailreeve"
RULES = 'directory {{ where "{where}"; }}\nrule recipient {{ on_error defer; }}\n'
REMEDY = "install the package libpq5"


@pytest.fixture(name="library")
def library_fixture(tmp_path, monkeypatch):
    """A libpq.so.5 of our own, found before the system's by what is started
    from here on: a file that is no library."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    library = folder / "libpq.so.5"
    library.write_text("not a library\n")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))
    return library


@pytest.fixture(name="server")
def server_fixture():
    if pgsql.why_impossible():
        pytest.skip(pgsql.why_impossible())
    with pgsql.PgsqlHost() as server:
        yield server


def mailreeve(home, where, *words):
    (home / "cli").write_text(RULES.format(where=where))
    return subprocess.run([MAILREEVE, *words[:2], "-c", home / "cli",
                           *words[2:]], capture_output=True, text=True,
                          check=False)


def prepare(home, where):
    for words in (["directory", "upgrade"], ["domain", "add", "example.org"],
                  ["user", "add", "ann@example.org"]):
        done = mailreeve(home, where, *words)
        assert done.returncode == 0, done


def loaded(policyd):
    """The names of its libraries."""
    maps = Path(f"/proc/{policyd.process.pid}/maps").read_text()
    return {line.rpartition("/")[2].partition(".so")[0]
            for line in maps.splitlines() if ".so" in line}


def has_answers(policyd):
    with policyd.connect() as postfix:
        return (postfix.ask(recipient="ann@example.org") == "DUNNO"
                and postfix.ask(recipient="new@example.org").startswith(
                    "550 5.1.1"))


def test_the_command_line_names_the_remedy(tmp_path, library):
    where = f"pgsql:host={tmp_path}"
    done = mailreeve(tmp_path, where, "user", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the directory's PostgreSQL: cannot load" in done.stderr
    assert f"invalid ELF header; {REMEDY}\n" in done.stderr \
        or f"file too short; {REMEDY}\n" in done.stderr
    # One that is not PostgreSQL's.
    library.unlink()
    library.symlink_to(next(Path("/lib").glob("*-linux-gnu/libm.so.6")))
    done = mailreeve(tmp_path, where, "user", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "undefined symbol: PQ" in done.stderr
    assert f"; {REMEDY}\n" in done.stderr


@pytest.mark.usefixtures("library")
def test_a_file_needs_no_libpq(tmp_path):
    where = f"sqlite:{tmp_path}/people.db"
    prepare(tmp_path, where)
    with PolicyHost(tmp_path, more=RULES.format(where=where)) as policyd:
        assert has_answers(policyd)
        assert "libsqlite3" in loaded(policyd)
        assert not loaded(policyd) & {"libpq", "libldap-2", "libkrb5"}


def test_postgresql_loads_it(tmp_path, server):
    where = server.new_database()
    prepare(tmp_path, where)
    with PolicyHost(tmp_path, more=RULES.format(where=where)) as policyd:
        assert has_answers(policyd)
        assert "libpq" in loaded(policyd)


def test_one_that_is_installed_later_is_found(tmp_path, server, request):
    where = server.new_database()
    prepare(tmp_path, where)
    # Not before: what prepares the database needs the real one.
    library = request.getfixturevalue("library")
    with PolicyHost(tmp_path, more=RULES.format(where=where)) as policyd:
        policyd.wait(lambda: REMEDY in policyd.log(), "what is missing")
        with policyd.connect() as postfix:
            assert postfix.ask(recipient="ann@example.org").startswith("4")
        library.unlink()
        policyd.wait(lambda: has_answers(policyd), "the library")
