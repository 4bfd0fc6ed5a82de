# SPDX-License-Identifier: ISC
"""Running `mailreeve scan`, and the shape of what it prints (DESIGN 6)."""

import json
import re
import subprocess
from pathlib import Path

from cli import PROGRAM

# The folder that every run begins in.
DATA = Path(__file__).resolve().parents[1] / "data" / "scan"

MEMBERS = ["file", "id", "spf", "dkim", "arc", "dmarc", "score", "verdict",
           "findings", "recipients", "actions", "reply"]
RESULTS = {"none", "pass", "fail", "policy", "neutral", "softfail",
           "permerror", "temperror"}
POLICIES = {"none", "quarantine", "reject"}
VERDICTS = {"ham", "junk", "hold", "defer", "refuse"}
WORLD = ["--zone", "zone.tsv", "--now", "2026-11-20T13:00:00Z"]
SITE = ["--config", "site.conf", *WORLD]
SESSION = ["--client-ip", "203.0.113.7", "--helo", "mail.example.net",
           "--mail-from", "<alice@example.net>", "--rcpt", "bob@example.org"]


def run(*args, stdin=b""):
    """Exit status, standard output and error of `mailreeve scan ARGS`."""
    done = subprocess.run([PROGRAM, "scan", *map(str, args)], input=stdin,
                          capture_output=True, cwd=DATA, check=False,
                          timeout=600)
    assert b"Sanitizer" not in done.stderr, done.stderr.decode()
    return (done.returncode, done.stdout.decode("utf-8"),
            done.stderr.decode("utf-8", "replace"))


def scan(*args, conf="site.conf", stdin=b""):
    """The objects of the JSON lines; nothing may have gone wrong."""
    status, out, err = run("--json", "--config", conf, *WORLD, *args,
                           stdin=stdin)
    assert (status, err) == (0, "")
    assert out.endswith("\n") or out == ""
    return [check_shape(json.loads(line)) for line in out.splitlines()]


def judge(zone, *args, stdin=b""):
    """One message, or none, in a DNS of its own; no configuration."""
    status, out, err = run("--json", "--zone", zone, *args, stdin=stdin)
    assert (status, err) == (0, "")
    return json.loads(out)


def finding(found, check):
    return next((f for f in found["findings"] if f["check"] == check), None)


def action(found, name):
    return next((a["detail"] for a in found["actions"]
                 if a["action"] == name), None)


def check_texts(record, members):
    """These members, in this order, each a text."""
    assert list(record) == members
    assert {type(value) for value in record.values()} == {str}


def check_spf(spf):
    if spf is None:
        return
    assert list(spf) == ["result", "domain", "explanation"]
    assert spf["result"] in RESULTS
    assert isinstance(spf["domain"], str)
    assert spf["explanation"] is None or spf["result"] == "fail"


def check_signature(signature):
    assert list(signature) == ["domain", "selector", "algorithm", "result",
                               "reason"]
    assert signature["result"] in RESULTS
    assert (signature["reason"] is None) <= (signature["result"] == "pass")


def check_dmarc(dmarc):
    if dmarc is None:
        return
    assert list(dmarc) == ["result", "domain", "policy", "alignment",
                           "disposition"]
    assert dmarc["result"] in {"none", "pass", "fail", "temperror",
                               "permerror"}
    assert isinstance(dmarc["domain"], str)
    assert dmarc["policy"] in POLICIES | {None}
    assert dmarc["disposition"] in POLICIES
    assert dmarc["disposition"] == "none" or dmarc["result"] == "fail"
    assert list(dmarc["alignment"]) == ["spf", "dkim"]
    is_aligned = dmarc["alignment"].values()
    assert {type(value) for value in is_aligned} == {bool}
    assert any(is_aligned) == (dmarc["result"] == "pass")


def check_reply(reply, verdict, found):
    """One line for SMTP (RFC 5321 4.2, 4.5.3.1.5), with the id, when the
    message is not taken."""
    if verdict not in ("defer", "refuse"):
        assert reply is None
        return
    digit = {"defer": 4, "refuse": 5}[verdict]
    assert re.fullmatch(rf"{digit}\d\d {digit}\.\d+\.\d+ "
                        rf"\[{found['id']}\] [ -~]+", reply)
    assert len(reply) <= 510


def check_shape(found):
    """Every member is there, in its order, and of its kind."""
    assert list(found) == MEMBERS
    assert isinstance(found["file"], str)
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", found["id"])
    assert found["arc"] is None
    check_spf(found["spf"])
    for signature in found["dkim"] or []:
        check_signature(signature)
    check_dmarc(found["dmarc"])
    assert type(found["score"]) in (int, float)
    assert found["verdict"] in VERDICTS
    check_reply(found["reply"], found["verdict"], found)
    for entry in found["findings"]:
        assert list(entry) == ["check", "result", "score", "reason"]
        assert entry["result"] in RESULTS
        assert type(entry["score"]) in (int, float)
    for rcpt in found["recipients"]:
        assert list(rcpt) == ["rcpt", "verdict", "reply"]
        assert rcpt["verdict"] in VERDICTS
        check_reply(rcpt["reply"], rcpt["verdict"], found)
    for entry in found["actions"]:
        check_texts(entry, ["action", "detail"])
    return found
