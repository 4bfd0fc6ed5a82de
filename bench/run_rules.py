#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_rules.py - what mail says judged: we beside rspamd and SpamAssassin.

All sides run at once in one network namespace, with one DNS that knows nothing
(so no side's network tests find anything), and take the same messages in turn.
Both cores are shared with the load generator: CPU per message, of all processes
of a side, says more than messages a second.  Nothing is judged here.
"""

import sys

import side_by_side
from side_by_side import RECIPIENT, median, ratio

import corpora
import judges
import milterclient
import ours
import world

CONNECTIONS = [1, 8, 64]
SENDER = "alice@sender.example"
SPAMD_PLAYED = {1: 60, 8: 200, 64: 200}
BASE = "rspamd"
GTUBE = (b"From: <alice@sender.example>\r\nSubject: test\r\n\r\n"
         b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL"
         b"*C.34X\r\n")


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.set_defaults(seconds=max(parser.get_default("seconds"), 4))
    return parser.parse_args()


class Bench(side_by_side.Bench):
    def __init__(self, options, home):
        super().__init__(options, home)
        self.spamd = None
        self.messages = []

    def prepare(self):
        public = corpora.read_public(corpora.data_dir())
        sent = [(name, text) for name, raw in
                corpora.spread(public, self.options.messages)
                if (text := corpora.as_sent(raw)) is not None]
        self.messages = [text for _, text in sent]
        self.folder = corpora.write(self.home / "public", sent)
        world.start_dns(self.home / "dns", [])
        stock = sorted(judges.STOCK.glob("*.cf"))
        self.admit([
            ours.Whole(self.options, self.home, "mailreeve"),
            ours.Whole(self.options, self.home,
                       "mailreeve, SpamAssassin's rules",
                       f'spamassassin "{judges.STOCK}";'),
            judges.Rspamd(BASE),
            judges.Rspamd("rspamd, SpamAssassin's rules", stock),
        ])
        spamd = judges.Spamd("spamd")
        if (reason := spamd.missing()) is None:
            self.spamd = spamd
        else:
            self.remarks.append(f"left out: {reason}")

    def check_work(self):
        """Each side has to find what every one of them knows."""
        for side in self.sides:
            with milterclient.MilterClient(f"unix:{side.socket}") as mta:
                mta.connect(world.CLIENT_NAME, world.CLIENT)
                mta.helo(world.CLIENT_NAME)
                result = mta.play(GTUBE, SENDER, [RECIPIENT])
            if result.reply.kind == "accept":
                self.unlike.add(side.label)
                self.remarks.append(f"{side.label}: GTUBE was accepted (!)")

    def measure(self):
        self.prepare()
        self.start_all()
        self.check_work()
        for side in self.sides:
            self.play(side, self.folder, "-c", "2", "-m",
                      str(len(self.messages)), "--sender", SENDER)
        self.play_rounds("public", self.folder, CONNECTIONS, "--sender",
                         SENDER)
        self.stop()
        if self.spamd is not None:
            self.measure_spamd()

    def measure_spamd(self):
        self.spamd.start(self.home / "spamd")
        try:
            for count, played in SPAMD_PLAYED.items():
                some = corpora.spread(self.messages, played)
                self.keep("public", count, self.spamd,
                          judges.spamc_load(self.spamd, some, count))
                print(f"spamd: {count} connections done", file=sys.stderr)
        finally:
            self.spamd.stop()

    def report(self):
        lines = ["## What mail says, judged side by side", "",
                 f"{side_by_side.machine(self.load_average)} {LEGEND}",
                 LOAD.format(count=len(self.messages), seconds=self
                             .options.seconds, rounds=self.options.rounds),
                 f"| side | connections | CPU µs/msg | × {BASE} | msg/s "
                 f"| × {BASE} | p50 ms | p99 ms | RSS MB |",
                 "|---|" + "--:|" * 8]
        labels = [side.label for side in self.sides]
        labels += [self.spamd.label] if self.spamd else []
        for count in CONNECTIONS:
            lines += [row(self, count, label) for label in labels]
        return "\n".join(lines + [""] + self.remark_lines()) + "\n"


def row(bench, count, label):
    results = bench.results["public", count, label]
    base = bench.results.get(("public", count, BASE), results)

    def figure(some, *keys):
        return median(some, *keys)

    cpu = figure(results, "server", "cpu_ms_per_message") * 1000
    rate = figure(results, "messages_per_second")
    base_cpu = figure(base, "server", "cpu_ms_per_message") * 1000
    base_rate = figure(base, "messages_per_second")
    return (f"| {bench.mark(label)} | {count} | {cpu:,.0f} "
            f"| {ratio(cpu, base_cpu)} | {rate:,.0f} "
            f"| {ratio(rate, base_rate)} "
            f"| {figure(results, 'latency_ms', 'message', 'p50'):.1f} "
            f"| {figure(results, 'latency_ms', 'message', 'p99'):.1f} "
            f"| {figure(results, 'server', 'rss_kb') / 1024:.0f} |")


LEGEND = """\
mailreeve does authentication, MIME and its own rules, and Debian's stock rules \
of SpamAssassin as well where that is said. rspamd is Debian's, at its milter \
port, with its default rules; what asks the network, learns or puts off is \
switched off ("{off}"), and with SpamAssassin's files in its module of that \
name in the second case. spamd is Debian's with local tests only, two \
children.
""".format(off=", ".join(judges.OFF))

LOAD = """\
{count:,} messages of the public corpora; every side had seen all of them \
before. Median of {rounds} rounds of {seconds:g} s (spamd: one round of fewer \
messages). Ratios are to rspamd in the same rounds (CPU: less is better). RSS \
is the sum of a side's processes, shared pages counted in each.
"""


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "rules")
