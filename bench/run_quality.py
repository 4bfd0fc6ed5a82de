#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_quality.py - spam caught and ham junked: we beside rspamd and SpamAssassin.

The test half of the corpora without doubles (scripts/fit_corpora.py says which
that is), what each side gives every message of it, and how much spam is caught
where so much good mail goes to junk.  No side learns, and none asks the network:
what another side gave a message is kept beside the report, by its version, and
asked again with --fresh alone.
"""

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import side_by_side

import corpora
import judges
import world

COLOURS = ("#0057b7", "#c1440e", "#3a7d2c")
ASKED_AT_ONCE = os.cpu_count() or 2     # and so many children of spamd


def fit_scores():
    """scripts/fit-scores as a module."""
    folder = world.CHECKOUT / "scripts"
    sys.path.insert(0, str(folder))
    loader = importlib.machinery.SourceFileLoader("fit_scores",
                                                  str(folder / "fit-scores"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("fit_scores", loader))
    loader.exec_module(module)
    return module


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--every", type=int, default=1,
                        help="take each Nth message of the test half alone")
    parser.add_argument("--fresh", action="store_true",
                        help="ask the other sides about all messages again")
    parser.add_argument("--roc", help="draw the curves as SVG")
    return parser.parse_args()


class Kept:
    """What a side gave messages before: {sha256: score} in a file."""

    def __init__(self, folder, side, is_fresh):
        folder.mkdir(parents=True, exist_ok=True)
        told = subprocess.run([side.program, "--version"], check=False,
                              stdout=subprocess.PIPE).stdout
        version = hashlib.sha256(told).hexdigest()[:12]
        self.path = folder / f"quality-{side.label}-{version}.json"
        self.scores = {}
        if self.path.exists() and not is_fresh:
            self.scores = json.loads(self.path.read_text())

    def write(self):
        self.path.write_text(json.dumps(self.scores, indent=0))


class Bench(side_by_side.Bench):
    needs = ("numpy",)

    def measure(self):
        self.fit = fit_scores()
        self.report_of = self.fit.fit_report
        world.start_dns(self.home / "dns", [])
        self.all, self.doubles = self.fit.read_mail(corpora.data_dir(),
                                                    self.home)
        tested = [one for one in self.all if not one.is_trained]
        self.messages = tested[::self.options.every]
        self.scores = {"mailreeve, rules alone": self.ours()}
        for side in (judges.Rspamd("rspamd"),
                     judges.Spamd("SpamAssassin", ASKED_AT_ONCE)):
            if (reason := side.missing()) is not None:
                self.remarks.append(f"left out: {reason}")
                continue
            self.scores[side.label] = self.ask(side)
            print(f"{side.label} done", file=sys.stderr)

    def ours(self):
        folder = self.home / "ours"
        folder.mkdir()
        stock = world.CHECKOUT / "milter" / "rules.d"
        rules = self.fit.copy_rules(stock, folder / "rules",
                                    stock / "scores.rules")
        self.fit.judge(self.programs / "mailreeve", rules, self.all, folder)
        self.crossed = self.fit.cross(*self.fit.read_rules(rules), self.all)
        return [one.score for one in self.messages]

    def ask(self, side):
        """Each message once; a side that has nothing to say is not started."""
        kept = Kept(self.options.build / "bench", side, self.options.fresh)
        raws = [as_received(one.path) for one in self.messages]
        keys = [hashlib.sha256(raw).hexdigest() for raw in raws]
        unknown = {key: raw for key, raw in zip(keys, raws)
                   if key not in kept.scores}
        if unknown:
            self.sides = [side]
            self.start(side)
            with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
                kept.scores.update(zip(unknown, pool.map(side.score,
                                                         unknown.values())))
            self.stop()
            kept.write()
        if len(unknown) < len(raws):
            self.remarks.append(
                f"{side.label}: {len(raws) - len(unknown):,} answers are of an "
                "earlier run of the same version")
        return [kept.scores[key] for key in keys]

    def report(self):
        lines = ["## What mail says, judged right", "", LEGEND, "",
                 self.report_of.doubles_text(self.doubles), "",
                 "| side | spam caught at no ham junked | at 0.1 % | at 1 % "
                 "| phishing at 0.1 % |", "|---|" + "--:|" * 4]
        curves = []
        for (label, given), colour in zip(self.scores.items(), COLOURS):
            cells, points = self.figures(given)
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
            curves.append((label, colour, points))
        lines += [f"| mailreeve, {title} | "
                  + " | ".join(self.shares(spam, ham)) + " | |"
                  for title, spam, ham in self.crossed]
        if self.options.roc:
            self.report_of.draw(self.options.roc, curves)
        return "\n".join(lines + [""] + self.remark_lines()) + "\n"

    def shares(self, spam, ham):
        return [self.cell((spam >= self.report_of.threshold(ham, rate)).sum(),
                          len(spam)) for rate in self.report_of.RATES]

    def figures(self, given):
        import numpy
        scores = numpy.array(given)
        phish = numpy.array([one.part == "phishing"
                             for one in self.messages])
        half = [one for one in self.messages
                if one.part == "test half"]
        spam, ham = self.report_of.sides(scores[~phish], half)
        limit = self.report_of.threshold(ham, 0.001)
        cells = self.shares(spam, ham)
        cells.append(self.cell((scores[phish] >= limit).sum(), phish.sum()))
        return cells, self.report_of.curve(spam, ham)

    def cell(self, hits, count):
        low, high = self.report_of.interval(int(hits), int(count))
        return (f"{hits:,} of {count:,}: {hits / count:.1%} "
                f"({low:.1%} to {high:.1%})")


def as_received(path):
    """With CRLF, and without mbox's line on top."""
    raw = path.read_bytes()
    raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


LEGEND = """\
The odd rows of the manifests of SpamAssassin's public corpus and CSDMC2010, \
and Nazario's phishing of 2005, which no score of ours was fitted on; of \
messages that say the same the first alone, for all sides. The \
threshold of each side is where so much of the good mail would go to junk; in \
brackets 95 % intervals (Wilson). No side learns or asks the network, so none \
has authentication, block lists or Bayes. The scores of SpamAssassin's rules \
were once made with mail of this time, its own corpus among it; our rules about \
today's date are off, for all of this mail is old.\
"""


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "quality")
