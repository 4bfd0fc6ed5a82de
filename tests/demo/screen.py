# SPDX-License-Identifier: ISC
"""What the demo shows: colours, the table of an act, a command and its answer.

A terminal of 100 columns is wide enough.
"""

import os
import subprocess
import sys
import textwrap

PLAIN = not sys.stdout.isatty() or "NO_COLOR" in os.environ
COLUMNS = (3, 21, 31, 16, 19)
WIDTH = sum(COLUMNS) + 2 * (len(COLUMNS) - 1)


def paint(code, text):
    return text if PLAIN else f"\033[{code}m{text}\033[0m"


def bold(text):
    return paint("1", text)


def dim(text):
    return paint("2", text)


def say(text=""):
    print(text, flush=True)


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


def heading(text):
    say()
    say("  " + bold(text))
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
