#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_quality.py - spam caught and ham junked: we beside rspamd and SpamAssassin.

The test half of the corpora (scripts/fit-scores says which that is), what each
side gives every message of it, and how much spam is caught where so much good
mail goes to junk.  No side learns, and none asks the network.
"""

import importlib.machinery
import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor

import side_by_side

import corpora
import judges
import world

COLOURS = ("#0057b7", "#c1440e", "#3a7d2c")
ASKED_AT_ONCE = 2


def fit_scores():
    """scripts/fit-scores as a module."""
    path = str(world.CHECKOUT / "scripts" / "fit-scores")
    loader = importlib.machinery.SourceFileLoader("fit_scores", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("fit_scores", loader))
    loader.exec_module(module)
    return module


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--every", type=int, default=1,
                        help="take each Nth message of the test half alone")
    parser.add_argument("--roc", help="draw the curves as SVG")
    return parser.parse_args()


class Bench(side_by_side.Bench):
    needs = ("numpy",)

    def measure(self):
        self.fit = fit_scores()
        world.start_dns(self.home / "dns", [])
        messages = self.fit.read_corpora(corpora.data_dir(), self.home)
        tested = [one for one in messages if not one.is_trained]
        self.messages = tested[::self.options.every]
        self.scores = {"mailreeve, rules alone": self.ours()}
        for side in (judges.Rspamd("rspamd"), judges.Spamd("SpamAssassin")):
            if (reason := side.missing()) is not None:
                self.remarks.append(f"left out: {reason}")
                continue
            self.sides = [side]
            self.start(side)
            self.scores[side.label] = self.ask(side)
            self.stop()
            print(f"{side.label} done", file=sys.stderr)

    def ours(self):
        folder = self.home / "ours"
        folder.mkdir()
        stock = world.CHECKOUT / "milter" / "rules.d"
        rules = self.fit.copy_rules(stock, folder / "rules",
                                    stock / "scores.rules")
        self.fit.judge(self.programs / "mailreeve", rules, self.messages,
                       folder)
        return [one.score for one in self.messages]

    def ask(self, side):
        with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
            return list(pool.map(
                lambda one: side.score(as_received(one.path)),
                self.messages))

    def report(self):
        lines = ["## What mail says, judged right", "", LEGEND, "",
                 "| side | spam caught at no ham junked | at 0.1 % | at 1 % "
                 "| phishing at 0.1 % |", "|---|" + "--:|" * 4]
        curves = []
        for (label, given), colour in zip(self.scores.items(), COLOURS):
            cells, points = self.figures(given)
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
            curves.append((label, colour, points))
        if self.options.roc:
            self.fit.draw(self.options.roc, curves)
        return "\n".join(lines + [""] + self.remark_lines()) + "\n"

    def figures(self, given):
        import numpy
        scores = numpy.array(given)
        phish = numpy.array([one.corpus == self.fit.PHISHING
                             for one in self.messages])
        half = [one for one in self.messages
                if one.corpus != self.fit.PHISHING]
        spam, ham = self.fit.sides(scores[~phish], half)
        cells = []
        for rate in self.fit.RATES:
            limit = self.fit.threshold(ham, rate)
            cells.append(self.cell((spam >= limit).sum(), len(spam)))
        limit = self.fit.threshold(ham, 0.001)
        cells.append(self.cell((scores[phish] >= limit).sum(), phish.sum()))
        return cells, self.fit.curve(spam, ham)

    def cell(self, hits, count):
        low, high = self.fit.interval(int(hits), int(count))
        return (f"{hits:,} of {count:,}: {hits / count:.1%} "
                f"({low:.1%} to {high:.1%})")


def as_received(path):
    """With CRLF, and without mbox's line on top."""
    raw = path.read_bytes()
    raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


LEGEND = """\
The odd rows of the manifests of SpamAssassin's public corpus and CSDMC2010, \
and Nazario's phishing of 2005, which no score of ours was fitted on. The \
threshold of each side is where so much of the good mail would go to junk; in \
brackets 95 % intervals (Wilson). No side learns or asks the network, so none \
has authentication, block lists or Bayes. The scores of SpamAssassin's rules \
were once made with mail of this time, its own corpus among it; our rules about \
today's date are off, for all of this mail is old.\
"""


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "quality")
