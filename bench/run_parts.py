#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_parts.py - what the parts of our milter's work take: authentication alone,
with messages read as a client shows them, with rules as well.

The three run at once and take the same messages in turn.
"""

import side_by_side
from side_by_side import median, ratio

import corpora
import ours
import run_rules
import world

CONNECTIONS = [1, 8, 64]


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    return parser.parse_args()


class Bench(side_by_side.Bench):
    def prepare(self):
        public = corpora.read_public(corpora.data_dir())
        sent = [(name, text) for name, raw in
                corpora.spread(public, self.options.messages)
                if (text := corpora.as_sent(raw)) is not None]
        self.folder = corpora.write(self.home / "public", sent)
        world.start_dns(self.home / "dns", [])
        self.admit([
            ours.authentication(self.options, "authentication"),
            ours.without(self.options, "and messages read", "rules"),
            ours.Whole(self.options, self.home, "and rules"),
        ])

    def measure(self):
        self.prepare()
        self.start_all()
        self.play_rounds("public", self.folder, CONNECTIONS, "--sender",
                         run_rules.SENDER)

    def report(self):
        base = self.sides[0].label
        lines = ["## What the parts of the milter take", "",
                 f"{side_by_side.machine(self.load_average)} Median of "
                 f"{self.options.rounds} rounds of {self.options.seconds:g} "
                 f"s. Ratios are to {base} alone in the same rounds (CPU: "
                 "less is better).", "",
                 f"| work | connections | CPU µs/msg | × {base} | msg/s "
                 f"| × {base} | p50 ms | p99 ms | RSS MB |",
                 "|---|" + "--:|" * 8]
        for count in CONNECTIONS:
            lines += [row(self, count, side.label, base)
                      for side in self.sides]
        return "\n".join(lines + [""] + self.remark_lines()) + "\n"


def row(bench, count, label, base):
    mine = bench.results["public", count, label]
    theirs = bench.results["public", count, base]

    def figures(*keys):
        return median(mine, *keys), median(theirs, *keys)

    cpu, base_cpu = figures("server", "cpu_ms_per_message")
    rate, base_rate = figures("messages_per_second")
    return (f"| {label} | {count} | {cpu * 1000:.0f} | {ratio(cpu, base_cpu)} "
            f"| {rate:,.0f} | {ratio(rate, base_rate)} "
            f"| {figures('latency_ms', 'message', 'p50')[0]:.2f} "
            f"| {figures('latency_ms', 'message', 'p99')[0]:.2f} "
            f"| {figures('server', 'rss_kb')[0] / 1024:.0f} |")


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "parts")
