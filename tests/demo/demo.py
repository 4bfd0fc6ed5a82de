#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""demo - a mail host for half a minute: messages, what came of them, and why.

A lab (tests/lab) is started below $TMPDIR: Postfix, Dovecot, Redis, DNS,
mailreeve-milter and mailreeve-policyd in namespaces of their own. Nothing of
this host is touched, and nothing is left behind. The exit status is 0 only when
every message ended as announced.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import claims                                           # noqa: E402
import judged                                           # noqa: E402
import managed                                          # noqa: E402
import policy                                           # noqa: E402
import scenes                                           # noqa: E402
from letters import Sender                              # noqa: E402
from screen import (announce, bold, command, dim, fold,  # noqa: E402
                    heading, paint, say, table)
from stage import Keys, Stage                           # noqa: E402
from lab import Lab, milter_conf, policyd_conf          # noqa: E402
from lab.lab import LabError, why_impossible            # noqa: E402
from lab.places import USERS                            # noqa: E402

def play(stage, acts):
    endings = []
    for scene in acts:
        announce(scene.title, scene.announced)
        ending = scene.play(stage)
        endings.append((scene, ending, scene.is_right(ending)))
    table(endings)
    return endings


def show_header(ending):
    """Ours, of a message as it arrived."""
    head = ending.message.split(b"\r\n\r\n")[0].decode("utf-8", "replace")
    shown = False
    for line in head.split("\r\n"):
        if not line.startswith((" ", "\t")):
            shown = line.startswith(("Authentication-Results:",
                                     "X-Mailreeve-"))
        if shown:
            say("    " + line.expandtabs(8))


def configuration(keys, scratch):
    """One text for both daemons, as on a real host."""
    return milter_conf(managed.configuration(scratch) + f"""
domain lab.test {{
	dkim_key rsa1 {{ file {keys.directory}/lab.test.rsa1.pem; }}
	dkim_key ed1 {{ file {keys.directory}/lab.test.ed1.pem; }}
}}
domain second.test {{ }}
""", "2s", judged.RULES, mode="enforce") + policyd_conf(policy.RULES, mode="enforce",
                                    events="all")


def first_act(stage, mailreeve):
    heading("First act: good mail and bad, judged by mailreeve-milter")
    endings = play(stage, scenes.SCENES + claims.SCENES)
    heading("One message in full, as the postmaster asks the milter for it")
    mailreeve("why", "--socket", "milter.ctl", endings[1][1].event["id"])
    heading("What the reader of the first letter gets on top of it")
    show_header(endings[0][1])
    return endings


def second_act(stage, mailreeve):
    heading("Second act: one letter too many, and one from a stranger, judged "
            "by mailreeve-policyd")
    endings = play(stage, policy.SCENES)
    heading("What Bob has used of his limits")
    mailreeve("limits", policy.SENDER)
    heading("Why his fourth letter did not go, by the id in the reply")
    mailreeve("why", endings[0][1].event["id"])
    return endings


def third_act(stage, mailreeve):
    heading("Third act: two domains enter the directory; Postfix and our "
            "daemons go by what it says")
    stage.lab.write("sock/people.conf", managed.FILE)
    mailreeve("apply", "people.conf")
    say()
    endings = play(stage, managed.SCENES)
    heading("What holds for Ann, and by what")
    told(mailreeve("user", "show", managed.ANN, "--effective"),
         f"alias  {managed.OFFICE}", "100/1h", "class teachers")
    heading("Who changed what, the newest first")
    told(mailreeve("audit", "--limit", "3"),
         f"set user {managed.FAY}", "active -> sending-suspended",
         f"set user {managed.BEN}", "class  (none) -> teachers",
         f"add alias {managed.OFFICE}")
    return endings


def fourth_act(stage, mailreeve):
    heading("Fourth act: spam, phishing and a newsletter, judged by rules")
    endings = play(stage, judged.SCENES)
    stage.lab.write("sock/phishing.eml", judged.phishing_letter())
    stage.lab.write("sock/zone", "")
    heading("The phishing letter taken apart")
    told(mailreeve("mime", "phishing.eml"), "text/html")
    heading("And judged once more, without Postfix and without the network")
    told(mailreeve("scan", "--explain", "--zone", "zone", "--mail-from",
                   judged.PHISHER, "--rcpt", "ann@lab.test", "phishing.eml"),
         "junk from 5, refused from 15")
    return endings


def told(answer, *texts):
    """A command that says less than it must ends the demo."""
    for text in texts:
        if text not in answer:
            raise LabError(f"the answer above does not say '{text}'")


def run(program, bin_directory, scratch):
    start = time.monotonic()
    say()
    say("  " + bold("Mailreeve") + ": a mail host for half a minute, in four "
        "acts")
    sender = Sender()
    keys = Keys(program, scratch)
    zone = {"s1._domainkey.sender.test TXT": sender.record(),
            "s1._domainkey.list.test TXT": sender.record(),
            **claims.ZONE, **keys.zone()}
    conf = configuration(keys, scratch)
    guests = [policy.GUARDED]
    managed.prepare(program, scratch)
    with Lab(milter_conf=conf, policyd_conf=conf, zone=zone,
             users=[*USERS, *guests, *managed.PEOPLE],
             postfix=managed.postfix(guests), bin=bin_directory,
             files=judged.FILES) as lab:
        say(dim(fold("Postfix, Dovecot, Redis, DNS and our two daemons are up "
                     f"after {time.monotonic() - start:.1f} s, in namespaces "
                     "of their own.", "  ", "  ")))
        mailreeve = functools.partial(command, program, lab)
        stage = Stage(lab, sender, keys,
                      functools.partial(mailreeve, indent=4))
        endings = (first_act(stage, mailreeve) + second_act(stage, mailreeve)
                   + third_act(stage, mailreeve)
                   + fourth_act(stage, mailreeve))
    wrong = [scene.title for scene, _, right in endings if not right]
    say()
    if wrong:
        say("  " + paint("31;1", f"Not as announced: {'; '.join(wrong)}"))
        return 1
    say(f"  {paint('32;1', 'All as announced')}, in "
        f"{time.monotonic() - start:.0f} s; nothing is left behind.\n"
        "  Next: README.md, \"Follow one message\".\n")
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
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        words = " ".join(map(str, error.cmd))
        print(f"demo: {words}: status {error.returncode}\n"
              f"{error.stdout}{error.stderr}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
