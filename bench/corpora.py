# SPDX-License-Identifier: ISC
"""corpora.py - the messages of a run, and the DNS records they need.

"public" is real mail of 2003 to 2010 (a sample, evenly spread) with the
signed messages of the DKIM test sets among it; "signed" is real mail with a
fresh signature: RSA-2048, relaxed/relaxed, by keys made for this run.
"""

import csv
import os
import subprocess
import tarfile
from pathlib import Path

from world import CHECKOUT, zone

import milterclient

PUBLIC = ("corpora/spamassassin-publiccorpus", "corpora/csdmc2010")
VECTORS = ("dkim_verifier-lieser", "dkimpy", "go-msgauth", "mail-dkim-perl",
           "mailauth")
DOMAINS = [f"d{number}.example" for number in range(8)]
SELECTOR = "bench"
LARGEST = 100_000       # octets of a message worth signing here


def data_dir():
    """Where the test data lies, or None."""
    path = Path(os.environ.get("MAILREEVE_DATA")
                or CHECKOUT.parent / "shared" / "data")
    return path if path.is_dir() else None


def _archives(data):
    return [archive for folder in PUBLIC
            for archive in sorted((data / folder).glob("*.tar.gz"))]


def read_public(data):
    """All messages of the public corpora, as [(name, bytes)]."""
    messages = []
    for archive in _archives(data):
        with tarfile.open(archive) as tar:
            messages += [(member.name, tar.extractfile(member).read())
                         for member in tar if member.isfile()]
    return messages


def spread(messages, count):
    """COUNT of MESSAGES, evenly from the first to the last."""
    if count >= len(messages):
        return messages
    return [messages[i * len(messages) // count] for i in range(count)]


def read_vectors(data):
    """([(name, bytes)], [zone.Record]) of the DKIM test sets."""
    messages, records = [], {}
    for name in VECTORS:
        folder = data / "dkim" / name
        listed = folder / "expected-oracles.tsv"
        if not listed.exists():
            continue
        for row in list(csv.reader(listed.open(), delimiter="\t"))[1:]:
            messages.append((f"{name}/{row[0]}",
                             (folder / row[0]).read_bytes()))
        for line in (folder / "zone.tsv").read_text().splitlines():
            owner, _, text = line.partition("\t")
            # Faults are the tests' matter; here every name has an answer.
            if text and text.isascii() and text not in ("TIMEOUT",
                                                        "SERVFAIL"):
                records.setdefault(owner.lower(),
                                   zone.Record(owner, "TXT", text))
    return messages, list(records.values())


def write(folder, messages):
    """One file a message, numbered in their order."""
    folder.mkdir(parents=True)
    for number, (_, raw) in enumerate(messages):
        (folder / f"{number:06}.eml").write_bytes(raw)
    return folder


def make_key(path):
    """A PEM file, and the record that publishes it."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt",
                    "rsa_keygen_bits:2048", "-out", path], check=True,
                   stderr=subprocess.DEVNULL)
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"],
                            check=True, capture_output=True, text=True)
    lines = [line for line in public.stdout.splitlines()
             if not line.startswith("-")]
    return "v=DKIM1; k=rsa; p=" + "".join(lines)


def as_sent(raw):
    """RAW with CRLF and nothing that Postfix would not hand on, or None."""
    raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
    headers, body = milterclient.split_message(raw)
    names = {name.lower() for name, _ in headers}
    text = b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n"
                    for name, value in headers) + b"\r\n" + body
    bare = text.replace(b"\r\n", b"")
    if (b"from" not in names or len(text) > LARGEST or b"\0" in text
            or b"\r" in bare):
        return None
    return text


def make_signed(keys, messages, count):
    """COUNT of MESSAGES signed: ([(name, bytes)], [zone.Record])."""
    import dkim     # python3-dkim; the run says so when it is missing
    keys.mkdir(parents=True)
    pems, records, signed = {}, [], []
    for domain in DOMAINS:
        path = keys / f"{domain}.pem"
        records.append(zone.Record(f"{SELECTOR}._domainkey.{domain}", "TXT",
                                   make_key(path)))
        pems[domain] = path.read_bytes()
    for name, raw in spread(messages, count):
        text = as_sent(raw)
        if text is None:
            continue
        domain = DOMAINS[len(signed) % len(DOMAINS)]
        value = dkim.sign(text, SELECTOR.encode(), domain.encode(),
                          pems[domain],
                          canonicalize=(b"relaxed", b"relaxed"))
        signed.append((name, value + text))
    return signed, records
