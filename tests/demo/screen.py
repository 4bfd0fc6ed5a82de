# SPDX-License-Identifier: ISC
"""What the demo shows: colours, the scenes of an act, a command and its answer.

A terminal of 80 columns is wide enough.
"""

import os
import subprocess
import sys
import textwrap

PLAIN = not sys.stdout.isatty() or "NO_COLOR" in os.environ
WIDTH = 80
MARGIN = 7      # where a scene's title begins
LABEL = 12


def paint(code, text):
    return text if PLAIN else f"\033[{code}m{text}\033[0m"


def bold(text):
    return paint("1", text)


def dim(text):
    return paint("2", text)


def say(text=""):
    print(text, flush=True)


def fold(text, first, rest):
    """In lines of the terminal; further ones begin with rest."""
    return textwrap.fill(text, WIDTH, initial_indent=first,
                         subsequent_indent=rest, break_long_words=False,
                         break_on_hyphens=False)


def announce(title, what):
    """A scene that begins, and what is to come of it."""
    text = fold(f"{title}: {what}", "  → ", "    ")
    say(text.replace("→", bold("→"), 1))


def fact(label, text):
    margin = " " * MARGIN
    say(fold(text, margin + label.ljust(LABEL), margin + " " * LABEL))


def findings(ending):
    """The findings in short: "dkim pass, iprev pass"."""
    seen = []
    for finding in ending.event["findings"]:
        text = f"{finding['check']} {finding['result']}"
        if text not in seen and finding["result"] != "none":
            seen.append(text)
    return ", ".join(seen) or "-"


def why(ending):
    """The sentence, or what tells more: a remark, a removal, a failure."""
    if ending.remark:
        return ending.remark
    actions = ending.event.get("actions", [])      # policyd has none
    removed = [f"removed {action['detail']}" for action in actions
               if action["action"] == "remove_forged" and action["detail"]]
    failed = [f["reason"] for f in ending.event["findings"]
              if f["result"] not in ("pass", "none") and f["reason"]
              and f["check"] not in ("iprev", "helo")]
    if removed or ending.event["decision"] == "ham" and failed:
        return "; ".join(removed or failed)
    return ending.event["sentence"]


def table(endings):
    """Each scene, whether it came as announced, and how."""
    say()
    for scene, ending, right in endings:
        mark = "yes" if right else "NO"
        say("  " + paint("32" if right else "31;1", mark.ljust(MARGIN - 2))
            + bold(scene.title))
        fact("came of it", ending.where)
        fact("findings", findings(ending))
        fact("why", why(ending))


def heading(text):
    say()
    say(bold(fold(text, "  ", "  ")))
    say()


def command(program, lab, *words, indent=2):
    """A command as a postmaster types it, and its answer."""
    margin = indent * " "
    say(f"{margin}$ mailreeve {' '.join(words)}")
    out = subprocess.run([program, *words, "-c", lab.places.policyd_conf],
                         cwd=lab.places.sock, check=True,
                         capture_output=True, text=True).stdout
    say(textwrap.indent(out.rstrip(), margin + "  "))
    return out
