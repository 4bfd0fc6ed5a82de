# SPDX-License-Identifier: ISC
"""test_scan.py - mailreeve scan: its contract, message by message."""

import json
import os
import re
import resource
import subprocess

import pytest
from cli import CHECKOUT, mailreeve
from scanning import (DATA, MEMBERS, SESSION, SITE, VERDICTS, WORLD, action,
                      check_shape, finding, judge, run, scan)

PATIENCE = float(os.environ.get("MAILREEVE_PATIENCE", "1"))


def test_a_plain_message_is_ham_and_every_member_is_there():
    found, = scan(*SESSION, "plain.eml")
    assert found["file"] == "plain.eml"
    assert found["verdict"] == "ham"
    assert found["reply"] is None
    assert found["recipients"] == [
        {"rcpt": "bob@example.org", "verdict": "ham", "reply": None}]
    assert finding(found, "iprev")["result"] == "pass"
    assert finding(found, "from_header")["result"] == "pass"
    assert "iprev=pass" in action(found, "authentication_results")


def test_a_message_with_two_authors_is_refused_with_its_id():
    found, = scan(*SESSION, "two-from.eml")
    assert found["verdict"] == "refuse"
    assert re.fullmatch(rf"550 5\.\d\.\d \[{found['id']}\] refused: .+",
                        found["reply"])
    assert found["recipients"][0]["reply"] == found["reply"]
    assert found["actions"] == []


def test_forged_header_fields_go():
    found, = scan(*SESSION, "forged.eml")
    assert "Authentication-Results" in action(found, "remove_forged")
    assert "X-Mailreeve" in action(found, "remove_forged")


SIGNED = {"domain": "example.net", "selector": "golden",
          "algorithm": "rsa-sha256", "result": "pass", "reason": None}


@pytest.mark.parametrize("file", ["signed.eml", "signed-simple.eml"])
def test_a_signature_that_another_implementation_made_holds(file):
    found, = scan(*SESSION, file)
    assert found["dkim"] == [SIGNED]
    assert finding(found, "dkim")["result"] == "pass"
    assert "dkim=pass" in action(found, "authentication_results")


@pytest.mark.parametrize("old, new, args, result", [
    (b"Delivered", b"Not delivered", [], "fail"),
    (b"Bob", b"Rob", [], "fail"),
    (b"s=golden", b"s=silent", [], "temperror"),
    (b"s=golden", b"s=nobody", [], "permerror"),
    (b"s=golden", b"s=revoked", [], "permerror"),
    (b"v=1;", b"", [], "permerror"),
    (b"", b"", ["--now", "2026-11-20T11:00:00Z"], "policy"),
])
def test_a_signature_that_does_not_hold_says_why(tmp_path, old, new, args,
                                                 result):
    file = tmp_path / "changed.eml"
    file.write_bytes((DATA / "signed.eml").read_bytes()
                     .replace(old, new, 1))
    status, out, _ = run("--json", "--zone", "zone.tsv",
                         *(args or WORLD[2:]), file)
    assert status == 0
    signature, = json.loads(out)["dkim"]
    assert signature["result"] == result
    assert signature["reason"]


def test_an_unsigned_message_has_an_empty_list_and_without_the_check_null(
        tmp_path):
    assert scan("plain.eml")[0]["dkim"] == []
    conf = tmp_path / "no-dkim.conf"
    conf.write_text("check dkim { enabled no; }\n")
    assert scan("signed.eml", conf=conf)[0]["dkim"] is None


def test_what_our_own_people_send_is_signed_and_the_signature_holds(tmp_path):
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True,
                   capture_output=True)
    key.chmod(0o600)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout"],
                            check=True, capture_output=True, text=True)
    record = "".join(public.stdout.splitlines()[1:-1])
    zone = tmp_path / "zone.tsv"
    zone.write_text("own._domainkey.example.net\tTXT\t"
                    f"v=DKIM1; k=rsa; p={record}\n")
    conf = tmp_path / "sign.conf"
    conf.write_text(f"domain example.net {{ dkim_key own {{ file {key}; }} }}")
    world = ["--config", conf, "--zone", zone, "--client-ip", "203.0.113.7"]
    login = ["--auth-user", "alice@example.net"]
    status, story, _ = run("--explain", *world, *login, "plain.eml")
    assert status == 0
    lines = story[story.index("insert DKIM-Signature: "):].splitlines()
    field = [lines[0].replace("insert ", "")]
    for line in lines[1:]:
        if not line.startswith("   "):
            break
        field.append(" " + line.strip())
    signed = tmp_path / "signed.eml"
    signed.write_bytes("\n".join(field).encode() + b"\n" +
                       (DATA / "plain.eml").read_bytes())
    _, out, _ = run("--json", *world, signed)
    assert json.loads(out)["dkim"] == [{**SIGNED, "selector": "own"}]


def test_the_findings_stand_in_the_order_of_the_table():
    found, = scan(*SESSION, "plain.eml")
    table = (CHECKOUT / "milter" / "checks.list").read_text()
    order = re.findall(r"^CHECK\((\w+)\)", table, re.M)
    # A rule that hits stands under its own name.
    checks = [f["check"] if f["check"] in order else "rules"
              for f in found["findings"]]
    assert checks == sorted(checks, key=order.index)


@pytest.mark.parametrize("client, result", [
    ("203.0.113.7", "pass"), ("203.0.113.8", "fail"),
    ("203.0.113.9", "temperror"), ("203.0.113.10", "temperror"),
    ("203.0.113.11", "permerror"), ("2001:db8::7", "permerror"),
])
def test_every_dns_answer_comes_from_the_zone(client, result):
    found, = scan("--client-ip", client, "plain.eml")
    assert finding(found, "iprev")["result"] == result


def test_without_a_client_the_checks_of_the_client_have_no_result():
    found, = scan("plain.eml")
    for check in "iprev", "helo":
        assert finding(found, check) is None or \
            finding(found, check)["result"] == "none"
    assert found["verdict"] == "ham"
    assert found["recipients"] == []


def test_without_a_configuration_the_defaults_hold():
    status, out, err = run("--json", "--zone", "zone.tsv", "plain.eml")
    assert (status, err) == (0, "")
    assert check_shape(json.loads(out))["verdict"] == "ham"


def test_observe_mode_is_judged_like_enforce_mode(tmp_path):
    lines = []
    for mode in "observe", "enforce":
        conf = tmp_path / f"{mode}.conf"
        conf.write_text((DATA / "site.conf").read_text() +
                        f"milter {{ mode {mode}; }}\n")
        for file in "two-from.eml", "forged.eml":
            found, = scan(*SESSION, file, conf=conf)
            text = json.dumps(found).replace(found["id"], "ID")
            lines.append((file, text))
    assert lines[:2] == lines[2:]


def test_lf_and_crlf_read_alike(tmp_path):
    results = []
    for name, end in ("lf", b"\n"), ("crlf", b"\r\n"):
        file = tmp_path / name
        file.write_bytes((DATA / "plain.eml").read_bytes()
                         .replace(b"\n", end))
        found, = scan(*SESSION, file)
        results.append({key: found[key] for key in MEMBERS[2:]})
    assert str(results[0]) == str(results[1])


def test_standard_input_is_a_file_too():
    found, = scan(*SESSION, "-", stdin=(DATA / "plain.eml").read_bytes())
    assert found["file"] == "-"
    assert finding(found, "from_header")["result"] == "pass"


def test_several_files_give_a_line_each_in_their_order(tmp_path):
    names = []
    for i in range(1500):
        source = "two-from.eml" if i % 3 == 0 else "plain.eml"
        names.append(tmp_path / f"{i}.eml")
        names[-1].write_bytes((DATA / source).read_bytes())
    found = scan(*SESSION, *names)
    assert [f["file"] for f in found] == [str(name) for name in names]
    assert [f["verdict"] == "refuse" for f in found] == \
        [i % 3 == 0 for i in range(1500)]
    assert len({f["id"] for f in found}) == 1500


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_judged():
    status, out, err = run("--json", *SITE, "plain.eml", "no-such.eml", ".",
                           "forged.eml")
    assert status == 1
    assert [json.loads(line)["file"] for line in out.splitlines()] == \
        ["plain.eml", "forged.eml"]
    assert "'no-such.eml'" in err and "'.'" in err
    assert len(err.splitlines()) == 2


def test_what_has_no_end_is_no_message():
    status, out, err = run("--json", *SITE, "/dev/zero")
    assert (status, out) == (1, "")
    assert "'/dev/zero': File too large" in err


@pytest.mark.parametrize("args, words", [
    (["--json"], "FILE"),
    (["--client-ip", "1.2.3", "plain.eml"], "--client-ip"),
    (["--now", "yesterday", "plain.eml"], "--now"),
    (["--now", "\x1b[31m", "plain.eml"], "--now '?[31m'"),
    (["--rcpt", "a@@b", "plain.eml"], "--rcpt"),
    (["--rcpt", "<>", "plain.eml"], "--rcpt '<>' is no address"),
    (["--client-ip", "\x1b[31m", "plain.eml"], "--client-ip '?[31m'"),
    (["-", "plain.eml", "-"], "'-' is given twice"),
    (["--zone", "no-such.zone", "plain.eml"], "no-such.zone"),
    (["--zone", "plain.eml", "plain.eml"], "plain.eml:1"),
    (["--config", "no-such.conf", "plain.eml"], "no-such.conf"),
    (["--config", "plain.eml", "plain.eml"], "plain.eml:7:4: "),
    (["--spf-only", "--client-ip", "192.0.2.1", "plain.eml"],
     "--spf-only takes no FILE"),
    (["--spf-only"], "--spf-only needs --client-ip"),
    (["--no-such-option", "plain.eml"], "--no-such-option"),
])
def test_wrong_usage_or_configuration_ends_with_2(args, words):
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert words in err


ZONE = """\
example.net\tTXT\tv=spf1 ip4:203.0.113.7 -all exp=why.example.net
why.example.net\tTXT\tSee https://example.net/?s=%{s}
mail.example.net\tTXT\tv=spf1 a -all
mail.example.net\tA\t203.0.113.7
author.example\tTXT\tv=spf1 ip4:203.0.113.7 -all
_dmarc.author.example\tTXT\tv=DMARC1; p=reject; sp=quarantine; np=none
sub.author.example\tA\t203.0.113.9
"""


@pytest.fixture(name="zone")
def a_zone(tmp_path):
    path = tmp_path / "zone.tsv"
    path.write_text(ZONE)
    return path


@pytest.mark.parametrize("client, sender, expected", [
    ("203.0.113.7", "<a@example.net>", ("pass", "example.net", None)),
    ("203.0.113.7", "<a@nobody.example>", ("none", "nobody.example", None)),
    ("203.0.113.7", "<>", ("pass", "mail.example.net", None)),
    ("203.0.113.8", "<a@example.net>",
     ("fail", "example.net", "See https://example.net/?s=a@example.net")),
])
def test_spf_alone_judges_the_envelope(zone, client, sender, expected):
    found = judge(zone, "--spf-only", "--client-ip", client,
                  "--helo", "mail.example.net", "--mail-from", sender)
    assert list(found) == MEMBERS
    assert {key for key in found if found[key] is not None} == {"id", "spf"}
    assert tuple(found["spf"].values()) == expected


def test_spf_alone_is_null_where_spf_is_not_asked(tmp_path, zone):
    client = ["--spf-only", "--client-ip", "203.0.113.7"]
    assert judge(zone, *client, "--auth-user", "alice")["spf"] is None
    conf = tmp_path / "no-spf.conf"
    conf.write_text("check spf { enabled no; }\n")
    assert judge(zone, *client, "--config", conf)["spf"] is None


def test_a_thousand_runs_of_spf_alone_need_no_patience(zone):
    """No thread, no resolver: a run is the start of a program."""
    def used():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    for _ in range(50):
        judge(zone, "--spf-only", "--client-ip", "203.0.113.7",
              "--mail-from", "<a@example.net>")
    assert used() - before < 50 * 0.1 * PATIENCE


def test_a_sender_that_is_no_address_is_judged_as_in_the_milter(zone):
    status, out, err = run("--zone", zone, "--mail-from",
                           "<a@b(c.example>\x1b", "plain.eml")
    assert status == 0 and out.startswith("plain.eml: ")
    assert "judged as it stands" in err and "\x1b" not in err


def dmarc_of(zone, author, *args):
    message = f"From: {author}\n\nhello\n".encode()
    return judge(zone, "--helo", "mail.example.net", *args, "-",
                 stdin=message)["dmarc"]


# By SPF alone: 203.0.113.7 may send for author.example, and nobody else.
@pytest.mark.parametrize("author, client, expected", [
    ("a@author.example", "203.0.113.7",
     ("pass", "author.example", "reject", True, "none")),
    ("a@author.example", "203.0.113.8",
     ("fail", "author.example", "reject", False, "reject")),
    ("a@sub.author.example", "203.0.113.8",
     ("fail", "sub.author.example", "quarantine", False, "quarantine")),
    ("a@no.author.example", "203.0.113.8",
     ("fail", "no.author.example", "none", False, "none")),
    ("a@nobody.example", "203.0.113.8",
     ("none", "nobody.example", None, False, "none")),
])
def test_dmarc_names_the_policy_that_applies(zone, author, client, expected):
    result, domain, policy, is_aligned, disposition = expected
    assert dmarc_of(zone, author, "--client-ip", client,
                    "--mail-from", "<a@author.example>") == {
        "result": result, "domain": domain, "policy": policy,
        "alignment": {"spf": is_aligned, "dkim": False},
        "disposition": disposition}


def test_dmarc_is_null_where_it_is_not_judged(tmp_path, zone):
    client = ["--client-ip", "203.0.113.8"]
    conf = tmp_path / "no-dmarc.conf"
    conf.write_text("check dmarc { enabled no; }\n")
    assert dmarc_of(zone, "a@author.example", *client,
                    "--config", conf) is None
    assert dmarc_of(zone, "a@author.example", *client,
                    "--auth-user", "alice@author.example") is None


def test_a_local_override_leaves_the_disposition(tmp_path, zone):
    conf = tmp_path / "forwarder.conf"
    conf.write_text("host { trusted_forwarders 203.0.113.8; }\n")
    args = ["--config", conf, "--client-ip", "203.0.113.8",
            "--mail-from", "<a@author.example>", "-"]
    message = b"From: a@author.example\n\nhello\n"
    found = judge(zone, *args, stdin=message)
    assert (found["verdict"], found["dmarc"]["disposition"]) == \
        ("junk", "reject")


def test_a_line_without_colon_ends_the_header_as_in_postfix():
    found, = scan(*SESSION, "no-colon.eml")
    assert finding(found, "from_header")["result"] == "pass"
    _, story, _ = run("--explain", *SITE, *SESSION, "no-colon.eml")
    assert "without colon" in story


ODD = {
    "nothing": b"",
    "an empty line": b"\n",
    "a NUL": b"\0",
    "a header that does not end": b"From: a@example.net",
    "bytes that are no text": b"\xff" * 100000,
    "colons": b":" * 1000,
    "blank lines that begin with a blank": b" \n" * 1000,
    "a field of 20,000 folds": b"From: a@b\n" + b" x\n" * 20000 + b"\n",
    "a body of CRs": b"From: a@b\n\n" + b"\r" * 100000,
    "a field of 3 MB": b"A:" + b"b" * 3000000 + b"\n\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_are_judged_all_the_same(tmp_path, name):
    (tmp_path / "odd.eml").write_bytes(ODD[name])
    found, = scan(*SESSION, tmp_path / "odd.eml")
    assert found["verdict"] in VERDICTS


def test_too_many_header_fields_are_a_finding(tmp_path):
    (tmp_path / "many.eml").write_bytes(
        b"From: a@example.net\n" + b"X-Y: z\n" * 20000 + b"\nbody\n")
    found, = scan(*SESSION, tmp_path / "many.eml")
    assert finding(found, "limits")["reason"] == \
        "more than 10000 header fields"
    assert found["verdict"] == "refuse"
    assert found["reply"].startswith("552 5.3.4 ")


def test_a_message_of_50_mb_is_read(tmp_path):
    (tmp_path / "large.eml").write_bytes(
        b"From: a@example.net\n\n" + (b"x" * 76 + b"\n") * 681000)
    found, = scan(*SESSION, tmp_path / "large.eml")
    assert found["verdict"] == "ham"


def test_five_thousand_recipients_are_judged_each():
    rcpts = [arg for i in range(5000)
             for arg in ("--rcpt", f"user{i}@example.org")]
    found, = scan("--client-ip", "203.0.113.7", *rcpts, "plain.eml")
    assert len(found["recipients"]) == 5000
    assert found["recipients"][4999]["rcpt"] == "user4999@example.org"


def test_spf_alone_reads_no_rules(tmp_path):
    conf, message = tmp_path / "conf", tmp_path / "message"
    conf.write_text(f'rules {{ directory "{tmp_path}/none"; }}\n')
    message.write_text("From: a@example.org\n\nhello\n")
    words = ["scan", "-c", conf, "--zone", os.devnull, "--client-ip",
             "192.0.2.1"]
    ended = mailreeve(*words, message)
    assert ended.status == 2 and "none" in ended.err
    assert mailreeve(*words, "--spf-only", "--helo", "a.example").status == 0
