# SPDX-License-Identifier: ISC
"""A directory of people for the tests of its commands, on both databases."""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli import mailreeve
from lab import pgsql


# Of a database in a file: {what was done in it: (the file, its log)}.
PREPARED = {}


class Directory:
    """An empty directory, and a configuration that names it."""

    def __init__(self, folder, where):
        self.done = ()
        self.file = Path(where.removeprefix("sqlite:")) \
            if where.startswith("sqlite:") else None
        self.conf = folder / "main.conf"
        # Others in the way are waited for, however slow the machine is.
        # All amounts of the tests are for one of these throttles.
        throttles = "".join(f"throttle {name} {{ limit none; }}\n"
                            for name in ("out", "in", "a", "b"))
        self.conf.write_text(
            f'directory {{ where "{where}"; timeout 60s; }}\n{throttles}')
        self.prepare(("directory", "upgrade"))

    def prepare(self, *commands):
        """What many tests begin with. In a file it is done once: the others
        have a copy of what came of it."""
        self.done += commands
        if self.file is not None and self.done in PREPARED:
            self._copy(*PREPARED[self.done])
            return
        for words in commands:
            self.run(*words)
        if self.file is not None:
            PREPARED[self.done] = (self.file.read_bytes(),
                                   self._beside("-wal").read_bytes())

    def _beside(self, suffix):
        return self.file.with_name(self.file.name + suffix)

    def _copy(self, content, log):
        self._beside("-shm").unlink(missing_ok=True)
        for path, data in ((self.file, content), (self._beside("-wal"), log)):
            path.touch(0o640)
            path.write_bytes(data)

    def attempt(self, *words, **options):
        return mailreeve(*words, "-c", self.conf, **options)

    def run(self, *words, **options):
        """What it printed; it must have gone well and without complaint."""
        ended = self.attempt(*words, **options)
        assert (ended.status, ended.err) == (0, ""), (words, ended)
        return ended.out

    def refuses(self, *words, status=1):
        """What it complained about; it must have done nothing."""
        before = self.audit()
        ended = self.attempt(*words)
        assert (ended.status, ended.out) == (status, ""), (words, ended)
        assert self.audit() == before
        return ended.err

    def lines(self, *words):
        return [json.loads(line)
                for line in self.run(*words, "--json").splitlines()]

    def show(self, *words):
        return self.lines(words[0], "show", *words[1:])[0]

    def audit(self):
        """All changes, the oldest first."""
        return self.lines("audit", "--limit", 100000)[::-1]


@pytest.fixture(scope="session", name="server")
def server_fixture():
    reason = pgsql.why_impossible()
    if reason is not None:
        pytest.skip(reason)
    with pgsql.PgsqlHost() as server:
        yield server


@contextmanager
def made(request, folder):
    if request.param == "sqlite":
        yield Directory(folder, f"sqlite:{folder}/people.db")
        return
    with request.getfixturevalue("server").database() as where:
        yield Directory(folder, where)


# The commands are the same on both: a sanitizer sees them once.
DATABASES = ["sqlite", pytest.param("pgsql", marks=pytest.mark.once)]


@pytest.fixture(name="directory", params=DATABASES)
def directory_fixture(request, tmp_path):
    with made(request, tmp_path) as directory:
        yield directory


@pytest.fixture(scope="module", name="shared", params=DATABASES)
def shared_fixture(request, tmp_path_factory):
    """For tests that change nothing, or begin with what they need."""
    with made(request, tmp_path_factory.mktemp("shared")) as directory:
        yield directory
