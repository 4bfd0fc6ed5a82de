#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""demo - a mail host for half a minute: messages, what came of them, and why.

A lab (tests/lab) is started below /tmp: Postfix, Dovecot, DNS and
mailreeve-milter in namespaces of their own. Nothing of this host is touched,
and nothing is left behind. The exit status is 0 only when every message ended
as announced.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import dkim                                             # noqa: E402
import claims                                           # noqa: E402
import scenes                                           # noqa: E402
from letters import ORIGIN, Ending, Sender              # noqa: E402
from lab import Lab, milter_conf                        # noqa: E402
from lab.lab import why_impossible                      # noqa: E402

PLAIN = not sys.stdout.isatty() or "NO_COLOR" in os.environ
COLUMNS = (3, 22, 31, 17, 20)
WIDTH = sum(COLUMNS) + 2 * (len(COLUMNS) - 1)


def paint(code, text):
    return text if PLAIN else f"\033[{code}m{text}\033[0m"


def bold(text):
    return paint("1", text)


def dim(text):
    return paint("2", text)


def say(text=""):
    print(text, flush=True)


class Stage:
    """The running lab, and what the scenes do with it."""

    def __init__(self, lab, sender, keys):
        self.lab = lab
        self.sender = sender
        self.keys = keys
        self.arrived = {}

    def event_of(self, marker):
        """The milter's event whose queue id or SMTP reply has the marker."""
        text = (self.lab.dir / "spool/milter.jsonl").read_text()
        return [event for event in map(json.loads, text.splitlines())
                if event["id"] in marker or (event["queue_id"] or "?")
                in marker][-1]

    def arrival(self, user, box):
        """The next message in a mailbox of the user."""
        count = self.arrived.get((user, box), 0) + 1
        self.arrived[user, box] = count
        return self.lab.fetch(user, box, count=count)[-1]

    def inbound(self, rcpt, data, client=ORIGIN, mail_from="joan@sender.test"):
        sent = self.lab.send(client=client, mail_from=mail_from, rcpt=[rcpt],
                             data=data)
        if not sent.accepted:
            reply = f"{sent.last.code} {sent.last.text}"
            return Ending(reply, b"", self.event_of(reply))
        event = self.event_of(sent.queue_id)
        box = "Junk" if event["decision"] == "junk" else "INBOX"
        return Ending(f"{box} of {rcpt}", self.arrival(rcpt, box), event)

    def outbound(self, sender, rcpt, data):
        sent = self.lab.send(port=587, auth=True, mail_from=sender,
                             rcpt=[rcpt], data=data)
        [left] = self.lab.sink.wait(1)
        return Ending(f"SMTP to {rcpt.split('@')[1]}", left.data,
                      self.event_of(sent.queue_id),
                      self.verify(left.data))

    def verify(self, data):
        """What python3-dkim, which is not ours, says of our signatures."""
        head = data.split(b"\r\n\r\n")[0].lower()
        count = (b"\r\n" + head).count(b"\r\ndkim-signature:")
        verdicts = []
        for i in range(count):
            judge = dkim.DKIM(data)
            good = judge.verify(idx=i, dnsfunc=self.keys.lookup)
            algorithm = judge.signature_fields[b"a"].decode()
            verdicts.append(f"{algorithm} {'pass' if good else 'FAIL'}")
        return ", ".join(sorted(verdicts, reverse=True))

    def silence(self, name):
        self.lab.dns.fault(name, "timeout")


class Keys:
    """Our own keys, made as a postmaster makes them."""

    def __init__(self, program, directory):
        self.directory = directory
        self.records = {}
        self.make(program, "rsa1")
        self.make(program, "ed1", "--ed25519")

    def make(self, program, selector, *options):
        out = subprocess.run(
            [program, "dkim", "keygen", "--selector", selector,
             "--directory", self.directory, *options, "lab.test"],
            check=True, capture_output=True, text=True).stdout
        name, strings = re.search(r"^(\S+)\. IN TXT \((.*)\)$", out,
                                  re.MULTILINE).groups()
        self.records[name] = "".join(re.findall(r'"(.*?)"', strings))

    def lookup(self, name, timeout=5):
        """For python3-dkim."""
        return self.records.get(name.decode().rstrip(".")).encode()

    def zone(self):
        return {f"{name} TXT": text for name, text in self.records.items()}


def wrapped(text, width):
    return textwrap.wrap(text, width) or [""]


def row(*cells):
    """Cells side by side, each wrapped in the width of its column."""
    columns = [wrapped(text, width) for text, width in zip(cells, COLUMNS)]
    for i in range(max(map(len, columns))):
        line = [column[i] if i < len(column) else "" for column in columns]
        text = "  ".join(text.ljust(width) for text, width
                         in zip(line, COLUMNS)).rstrip()
        mark, rest = text[:COLUMNS[0]], text[COLUMNS[0]:]
        say("  " + paint("32" if mark == "yes" else "31;1", mark) + rest)


def findings(ending):
    """The findings in short: "dkim pass, iprev pass"."""
    seen = []
    for finding in ending.event["findings"]:
        text = f"{finding['check']} {finding['result']}"
        if text not in seen and finding["result"] != "none":
            seen.append(text)
    return ", ".join(seen) or "-"


def why(ending):
    """The sentence, or what tells more: a judge, a removal, a failure."""
    if ending.remark:
        return f"python3-dkim says: {ending.remark}"
    removed = [f"removed {action['detail']}" for action in ending.event["actions"]
               if action["action"] == "remove_forged" and action["detail"]]
    failed = [f["reason"] for f in ending.event["findings"]
              if f["result"] not in ("pass", "none") and f["reason"]
              and f["check"] not in ("iprev", "helo")]
    if removed or ending.event["decision"] == "ham" and failed:
        return "; ".join(removed or failed)
    return ending.event["sentence"]


def table(endings):
    rule = "  " + dim("─" * WIDTH)
    heads = ("", "message", "what came of it", "findings", "why")
    say()
    say("  " + bold("  ".join(text.ljust(width) for text, width
                             in zip(heads, COLUMNS))))
    say(rule)
    for scene, ending, right in endings:
        row("yes" if right else "NO", scene.title, ending.where,
            findings(ending), why(ending))
        say(rule)


def play(stage):
    endings = []
    for scene in scenes.SCENES + claims.SCENES:
        say(f"  {bold('→')} {scene.title}: {dim(scene.announced)}")
        ending = scene.play(stage)
        endings.append((scene, ending, scene.is_right(ending)))
    return endings


def show_why(program, stage, ending):
    """How a postmaster asks what happened to a message."""
    say(f"\n  {bold('One message in full')}, as the postmaster asks for it:\n")
    ident = ending.event["id"]
    say(f"  $ mailreeve why {ident}")
    out = subprocess.run(
        [program, "why", "--socket", stage.lab.places.ctl_socket, ident],
        check=True, capture_output=True, text=True).stdout
    say(textwrap.indent(out, "    "))


def show_header(ending):
    say(f"  {bold('What the reader')} of the first letter gets on top of it:\n")
    head = ending.message.split(b"\r\n\r\n")[0].decode("utf-8", "replace")
    shown = False
    for line in head.split("\r\n"):
        if not line.startswith((" ", "\t")):
            shown = line.startswith(("Authentication-Results:",
                                     "X-Mailreeve-"))
        if shown:
            say("    " + line.expandtabs(8))


def configuration(keys):
    return milter_conf(f"""
domain lab.test {{
	dkim_key rsa1 {{ file {keys.directory}/lab.test.rsa1.pem; }}
	dkim_key ed1 {{ file {keys.directory}/lab.test.ed1.pem; }}
}}
domain second.test {{ }}
""", "2s", mode="enforce")


def run(program, bin_directory, scratch):
    start = time.monotonic()
    say()
    say("  " + bold("Mailreeve") + ": a mail host for half a minute, with "
        "messages good and bad")
    sender = Sender()
    keys = Keys(program, scratch)
    zone = {"s1._domainkey.sender.test TXT": sender.record(),
            "s1._domainkey.list.test TXT": sender.record(),
            **claims.ZONE, **keys.zone()}
    with Lab(milter_conf=configuration(keys), zone=zone,
             bin=bin_directory) as lab:
        say(dim(f"  Postfix, Dovecot, DNS and mailreeve-milter are up after "
                f"{time.monotonic() - start:.1f} s, in namespaces of their "
                f"own.") + "\n")
        stage = Stage(lab, sender, keys)
        endings = play(stage)
        table(endings)
        show_why(program, stage, endings[1][1])
        show_header(endings[0][1])
    wrong = [scene.title for scene, _, right in endings if not right]
    say()
    if wrong:
        say("  " + paint("31;1", f"Not as announced: {'; '.join(wrong)}"))
        return 1
    say(f"  {paint('32;1', 'All as announced')}, in "
        f"{time.monotonic() - start:.0f} s; nothing is left behind. Next: "
        "README.md, \"Follow one message\".\n")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default="build/bin", type=Path)
    arguments = parser.parse_args()
    reason = why_impossible()
    if reason:
        print(f"demo: no lab can run here: {reason}", file=sys.stderr)
        return 1
    scratch = tempfile.mkdtemp(prefix="mr-demo-")
    os.chmod(scratch, 0o755)
    try:
        return run(arguments.bin.resolve() / "mailreeve",
                   arguments.bin.resolve(), scratch)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
