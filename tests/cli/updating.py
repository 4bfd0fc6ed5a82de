# SPDX-License-Identifier: ISC
"""A host that is kept up to date from a channel of rules: for test_rules_update
and test_rules_mirrors."""

import os
import shutil

import pytest
from cli import mailreeve
from rules.channels import Publisher

RULES = "body FIRST_RULE /tranquil words/\nscore FIRST_RULE 0.5\n"
MORE = "body SECOND_RULE /other words/\nscore SECOND_RULE 0.5\n"


class Host:
    """A configuration with one channel, and what its rules are."""

    def __init__(self, folder, url, keyring):
        self.folder = folder
        self.store = folder / "channels"
        self.rows = {"channels": f"ours={url}", "keyring": keyring,
                     "channel_directory": self.store,
                     "directory": folder / "stock",
                     "local": folder / "none",
                     "cache": folder / "cache"}
        (folder / "stock").mkdir()
        self.configure()

    def configure(self, **rows):
        self.rows.update(rows)
        text = "".join(f'\t{key} "{value}";\n'
                       for key, value in self.rows.items())
        self.conf = self.folder / "mailreeve.conf"
        self.conf.write_text(f"rules {{\n{text}}}\n")

    def run(self, *words):
        return mailreeve("rules", *words, "-c", self.conf)

    def update(self, *words):
        return self.run("update", *words)

    def rules(self):
        done = self.run("list", "--all")
        return {line.split()[0] for line in done.out.splitlines()
                if "_RULE" in line}

    def is_clean(self):
        """Nothing is left of an update that came to nothing."""
        kept = {os.readlink(self.store / link).split("/")[1]
                for link in ("current", "previous")
                if (self.store / link).is_symlink()}
        return (set(os.listdir(self.store / "sets")) == kept and
                not list(self.store.glob("work.*")))


@pytest.fixture(scope="module")
def publisher(tmp_path_factory):
    one = Publisher(tmp_path_factory.mktemp("publisher"))
    yield one
    one.stop()


@pytest.fixture
def host(tmp_path, publisher):
    shutil.rmtree(publisher.folder)
    publisher.folder.mkdir()
    return Host(tmp_path, f"file:{publisher.folder}", publisher.keyring)


def refused(host, reason):
    before = host.rules()
    done = host.update()
    assert done.status == 1, done.out
    assert reason in done.err
    assert "in use" in done.err
    assert host.rules() == before
    assert host.is_clean()
    told = host.run("check").out
    assert "the last update failed: " in " ".join(told.split())
    return done
