# SPDX-License-Identifier: ISC
"""Our own domains and keys, and the world that judges our signatures."""

import os
import re
import subprocess
from pathlib import Path

from flow.signer import Judge
from flow.story import fields
from lab import milter_conf
from lab.lab import CHECKOUT

PROGRAM = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin")
               ) / "mailreeve"

USERS = ["ann@lab.test", "bob@lab.test", "carol@second.test",
         "dora@gone.test", "eve@lax.test"]

# lab.test has two keys, second.test none; those of the others are not there.
DOMAINS = """\
domain lab.test {
	dkim_key rsa1 { file "@DIR@/keys/rsa.pem"; }
	dkim_key ed1 { file "@DIR@/keys/ed.pem"; }
}
domain second.test { }
domain gone.test { dkim_key k1 { file "@DIR@/keys/gone.pem"; } }
domain lax.test {
	on_missing_key unsigned;
	dkim_key k1 { file "@DIR@/keys/gone.pem"; }
}
domain "*.lab.test" { dkim_key sub1 { file "@DIR@/keys/rsa.pem"; } }
"""


class Ours:
    """Keys for a lab's `files`, and who verifies with their records.

    Keys and records are made as a postmaster makes them.
    """

    def __init__(self, directory):
        self.directory = directory
        self.files, self.records = {}, {}
        record = self.make("rsa1", "keys/rsa.pem")
        self.make("ed1", "keys/ed.pem", "--ed25519")
        self.records["sub1._domainkey.news.lab.test"] = record
        self.judge = Judge(self.records)

    def make(self, selector, place, *options):
        said = subprocess.run(
            [PROGRAM, "dkim", "keygen", "--selector", selector,
             "--directory", self.directory, *options, "lab.test"],
            check=True, capture_output=True, text=True).stdout
        name, strings = re.search(r"(?m)^(\S+)\. IN TXT \((.*)\)$",
                                  said).groups()
        path = Path(re.search(r"(?m)^made (\S+)$", said)[1])
        self.files[place] = path.read_bytes()
        self.records[name] = "".join(re.findall(r'"(.*?)"', strings))
        return self.records[name]

    def zone(self):
        return {f"{name} TXT": text for name, text in self.records.items()}

    def verdicts(self, data):
        return self.judge.verdicts(data)


def conf(more="", domains=DOMAINS, **settings):
    return milter_conf(domains + more, mode="enforce", **settings)


BOTH = {"rsa-sha256 lab.test": True, "ed25519-sha256 lab.test": True}


def tags(signature):
    """The tags of a DKIM-Signature, unfolded."""
    return dict(re.sub(r"\s", "", tag).split("=", 1)
                for tag in signature.split(";") if tag.strip())


def signatures(data):
    return [tags(value) for value in fields(data, "DKIM-Signature")]
