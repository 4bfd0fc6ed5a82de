# SPDX-License-Identifier: ISC
"""dkim keygen and dkim check: keys made, published, compared."""

import os
import re
import stat
import subprocess

import pytest
from cli import mailreeve, refuses, succeeds

RECORD = re.compile(r'^(\S+)\._domainkey\.example\.org\. IN TXT \( (.*) \)$',
                    re.MULTILINE)


def keygen(folder, *words):
    """(what it printed, the selector, the strings of the record)."""
    out = succeeds("dkim", "keygen", "Example.ORG", "--directory", folder,
                   *words)
    selector, strings = RECORD.search(out).groups()
    return out, selector, re.findall(r'"([^"]*)"', strings)


def zone_of(tmp_path, **records):
    path = tmp_path / "zone"
    path.write_text("".join(
        f"{selector}._domainkey.example.org\tTXT\t{text}\n"
        for selector, text in records.items()))
    return path


def conf_of(tmp_path, **files):
    path = tmp_path / "conf"
    keys = "".join(f"dkim_key {selector} {{ file {file}; }}\n"
                   for selector, file in files.items())
    path.write_text(f"domain example.org {{ {keys} }}\n")
    return path


@pytest.mark.parametrize("words, kind, bits", [
    ((), "rsa", 2048), (("--bits", "1024"), "rsa", 1024),
    (("-b", "4096"), "rsa", 4096), (("--ed25519",), "ed25519", None)])
def test_a_key_and_its_record(tmp_path, words, kind, bits):
    out, selector, strings = keygen(tmp_path, *words)
    assert re.fullmatch(rf"\d{{6}}-{kind}", selector)
    file = tmp_path / f"example.org.{selector}.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = subprocess.run(["openssl", "pkey", "-in", file, "-noout", "-text"],
                           check=True, capture_output=True, text=True).stdout
    assert (f"{bits} bit" if bits else "ED25519") in shown
    assert all(len(string) <= 255 for string in strings)
    assert "".join(strings).startswith(f"v=DKIM1; k={kind}; p=")
    assert str(file) in out
    assert os.listdir(tmp_path) == [file.name]


def test_the_lines_for_the_configuration_work(tmp_path):
    out, selector, strings = keygen(tmp_path, "-s", "s1")
    conf = tmp_path / "conf"
    conf.write_text(out[out.index("domain example.org {"):])
    assert succeeds("config", "check", "-c", conf) == "ok\n"
    zone = zone_of(tmp_path, s1="".join(strings))
    out = succeeds("dkim", "check", "-c", conf, "--zone", zone,
                   "example.org", selector)
    assert "an RSA key of 2048 bits" in out
    assert "is its other half, and signs" in " ".join(out.split())


def test_a_folder_that_shares_its_group_shares_the_key(tmp_path):
    tmp_path.chmod(0o2750)
    keygen(tmp_path, "-s", "s1", "--ed25519")
    mode = (tmp_path / "example.org.s1.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o640


def test_a_key_is_never_replaced_unasked(tmp_path):
    keygen(tmp_path, "-s", "s1", "--ed25519")
    file = tmp_path / "example.org.s1.pem"
    before = file.read_bytes()
    ended = mailreeve("dkim", "keygen", "example.org", "-s", "s1",
                      "--ed25519", "--directory", tmp_path)
    assert (ended.status, ended.out) == (1, "")
    assert "exists (--force replaces a key)" in ended.err
    assert file.read_bytes() == before
    keygen(tmp_path, "-s", "s1", "--ed25519", "--force")
    assert file.read_bytes() != before


@pytest.mark.parametrize("words, reason", [
    (("example..org",), "'example..org' is not a domain name"),
    (("example.org", "-s", "a b"), "cannot be part of a DNS name"),
    (("example.org", "--bits", "512"), "not a number from 1024 to 4096"),
    (("example.org", "--bits", "many"), "not a number from 1024 to 4096"),
    (("example.org", "--ed25519", "--bits", "2048"), "is for RSA keys")])
def test_keygen_refuses(tmp_path, words, reason):
    assert reason in refuses("dkim", "keygen", "--directory", tmp_path, *words)
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_missing(tmp_path):
    ended = mailreeve("dkim", "keygen", "example.org", "--directory",
                      tmp_path / "none")
    assert ended.status == 1
    assert ended.err.endswith("cannot be written: "
                              "No such file or directory\n")


@pytest.mark.parametrize("record, says", [
    ("v=DKIM1; p=", "the key is revoked"),
    ("v=spf1 -all", "v= of the key is not DKIM1"),
    ("!SERVFAIL", "no answer for the key"),
    ("!TIMEOUT", "no answer for the key"),
    (None, "no key in the DNS")])
def test_a_bad_record_fails(tmp_path, record, says):
    zone = zone_of(tmp_path, **({"s1": record} if record else {}))
    ended = mailreeve("dkim", "check", "-c", conf_of(tmp_path), "--zone",
                      zone, "example.org", "s1")
    assert (ended.status, ended.err) == (1, "")
    assert f"bad   {says}" in ended.out


def test_another_key_than_ours_fails_and_shows_ours(tmp_path):
    _, _, mine = keygen(tmp_path, "-s", "s1", "--ed25519")
    _, _, other = keygen(tmp_path, "-s", "s2", "--ed25519")
    ended = mailreeve(
        "dkim", "check", "-c",
        conf_of(tmp_path, s1=tmp_path / "example.org.s1.pem"), "--zone",
        zone_of(tmp_path, s1=other[0]), "example.org", "s1")
    assert ended.status == 1
    assert "is another key than that in the DNS" in " ".join(ended.out.split())
    assert RECORD.search(ended.out)[2] == f'"{mine[0]}"'


def test_doubts_are_told_but_do_not_fail(tmp_path):
    _, _, strings = keygen(tmp_path, "-s", "s1", "--bits", "1024")
    record = "".join(strings).replace("k=rsa;", "k=rsa; t=y:s;")
    zone = zone_of(tmp_path, s1=record)
    zone.write_text(zone.read_text()
                    + "s1._domainkey.example.org\tTXT\tv=spf1 -all\n")
    out = succeeds("dkim", "check", "-c", conf_of(tmp_path), "--zone", zone,
                   "example.org", "s1")
    told = " ".join(out.split())
    for doubt in ("t=y: the domain only tries", "t=s:", "1024 bits are few",
                  "other TXT records",
                  "the configuration does not sign with this selector"):
        assert doubt in told


def test_a_key_file_that_is_gone_fails(tmp_path):
    _, _, strings = keygen(tmp_path, "-s", "s1", "--ed25519")
    ended = mailreeve("dkim", "check", "-c",
                      conf_of(tmp_path, s1=tmp_path / "none"), "--zone",
                      zone_of(tmp_path, s1=strings[0]), "example.org", "s1")
    assert (ended.status, ended.err) == (1, "")
    assert "none cannot be read" in " ".join(ended.out.split())
