#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_auth.py - full authentication: we beside what Debian has for it.

Debian's chain is policyd-spf (a process for each connection, as Postfix's
spawn(8) starts it), then opendkim, then opendmarc.  The load generator plays
Postfix: it asks them in turn and gives each what the one before it added, so
no cost of Postfix's own is in any figure.

Warm: one unbound for both, its cache and those of the sides filled.  Cold:
fresh processes, every message from another domain, a name server that takes
20 ms for each answer and no resolver's cache before it.
"""

import statistics
import sys

import side_by_side
from side_by_side import RECIPIENT, median, ratio

import authmail
import corpora
import filters
import offline
import ours
import verdicts
import world

CONNECTIONS = [1, 8, 64]
WARM_DOMAINS = 50
FAR_MS = 20             # for each answer of the far name server
COMPUTING_MS = 5        # the budget beside the waiting
COLD_PLAYED = {1: 60, 8: 200, 64: 600}
KIND_PLAYED = 20        # cold messages of each kind of domain
COMPARED = 20           # messages whose results are compared first


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--messages", type=int, default=400,
                        help="of the warm runs")
    parser.add_argument("--no-cold", action="store_true")
    return parser.parse_args()


# --- the runs -------------------------------------------------------------


class Bench(side_by_side.Bench):
    needs = ("dkim",)   # nothing can be signed without it

    def __init__(self, options, home):
        super().__init__(options, home)
        self.dns = None
        self.server = None      # whose questions are counted
        self.corpora = {}       # "warm", "cold" or a kind: folder
        self.letters = {}       # the same: [authmail.Letter]
        self.records = []

    def prepare(self):
        """Messages, DNS, sides; what cannot be had becomes a remark."""
        public = corpora.read_public(corpora.data_dir())
        keys = authmail.make_keys(self.home / "keys")
        played = max(COLD_PLAYED.values())
        by_kind = KIND_PLAYED * len(authmail.KINDS)
        cold_count = 0 if self.options.no_cold else played + by_kind
        warm, self.records = authmail.make(
            keys, public, self.options.messages, WARM_DOMAINS, 1)
        cold, cold_records = authmail.make(
            keys, public, cold_count, cold_count, 1 + WARM_DOMAINS)
        self.records += cold_records
        self.letters = {"warm": warm, "cold": cold[:played]}
        for kind in authmail.KINDS:
            self.letters[kind] = [one for one in cold[played:]
                                  if one.domain.kind == kind]
        for name, letters in self.letters.items():
            self.corpora[name] = authmail.write(self.home / name, letters)
        self.dns = self.server = world.start_dns(self.home / "dns",
                                                 self.records)
        self.admit([
            ours.authentication(self.options, "mailreeve"),
            ours.Whole(self.options, self.home, "mailreeve, rules too"),
            filters.debian_chain(),
        ])

    def play(self, side, folder, *options):
        before = self.server.asked()
        result = super().play(side, folder, "--envelopes",
                              authmail.envelopes(folder), *options)
        result["questions"] = ((self.server.asked() - before)
                               / max(1, result["played"]))
        refused = {k: v for k, v in result["replies"].items()
                   if k not in ("accept", "continue")}
        if refused:
            self.remark(side, result, f"not accepted {refused}")
        return result

    def compare(self):
        """All sides have to come to the same results."""
        unlike, seen = [], {}
        letters = self.letters["warm"][:COMPARED]
        for letter in letters:
            said = [verdicts.ask(side, letter, RECIPIENT)
                    for side in self.sides]
            for name in verdicts.MECHANISMS:
                word = f"{name}={said[0][name]}"
                seen[word] = seen.get(word, 0) + 1
            if any(one != said[0] for one in said):
                unlike.append(f"{letter.domain.kind}: {said}")
        counts = ", ".join(f"{word} {n}" for word, n in sorted(seen.items()))
        self.remarks.append(
            f"{len(letters) - len(unlike)} of {len(letters)} messages have "
            f"the same spf, dkim and dmarc words on all sides: {counts}")
        if unlike:
            self.unlike = {side.label for side in self.sides}
            self.remarks += [f"(!) not the same work, {one}"
                             for one in unlike]

    def measure(self):
        self.prepare()
        self.measure_warm()
        if not self.options.no_cold:
            self.measure_cold()

    def measure_warm(self):
        self.start_all()
        self.compare()
        folder = self.corpora["warm"]
        for side in self.sides:     # fills the caches
            self.play(side, folder, "-c", "4", "-m",
                      str(len(self.letters["warm"])))
        self.play_rounds("warm", folder, CONNECTIONS, "-W")
        self.stop()

    def measure_cold(self):
        """Each run with processes that have seen nothing yet."""
        far = self.programs / "bench-dns-far"
        for side in self.sides:
            for count, messages in COLD_PLAYED.items():
                with world.FarDns(self.dns, far, FAR_MS) as self.server:
                    self.start(side, world.FAR_RESOLVER)
                    self.play_cold("cold", count, messages, side)
                    for kind in authmail.KINDS if count == 1 else ():
                        self.play_cold(kind, 1, KIND_PLAYED, side)
                    side.stop()
            print(f"cold: {side.label} done", file=sys.stderr)

    def play_cold(self, what, count, messages, side):
        self.keep(what, count, side, self.play(
            side, self.corpora[what], "-c", str(count), "-m", str(messages),
            "-w", "0.01", "-W"))

    def report(self):
        return report(self)


# --- the tables -----------------------------------------------------------


def allowed_ms(letters):
    """What the median may be: DNS answers in a row, and some computing."""
    return COMPUTING_MS + FAR_MS * statistics.median(
        authmail.KINDS[one.domain.kind].chain for one in letters)


def row(bench, what, count, label):
    results = bench.results[what, count, label]
    base = bench.results.get((what, count, bench.sides[-1].label))

    def figure(*keys):
        return median(results, *keys)

    cpu = figure("server", "cpu_ms_per_message") * 1000
    base_cpu = median(base, "server", "cpu_ms_per_message") * 1000
    base_rate = median(base, "messages_per_second")
    return (f"| {bench.mark(label)} | {count} | {cpu:,.0f} "
            f"| {ratio(cpu, base_cpu)} "
            f"| {figure('messages_per_second'):,.0f} "
            f"| {ratio(figure('messages_per_second'), base_rate)} "
            f"| {figure('latency_ms', 'message', 'p50'):.2f} "
            f"| {figure('latency_ms', 'message', 'p99'):.2f} "
            f"| {figure('questions'):.1f} "
            f"| {figure('server', 'rss_kb') / 1024:.0f} "
            f"| {figure('server', 'pss_kb') / 1024:.0f} |")


def side_table(bench, what):
    base = bench.sides[-1].label
    lines = [f"| side | connections | CPU µs/msg | × {base} | msg/s "
             f"| × {base} | p50 ms | p99 ms | DNS questions/msg | RSS MB "
             "| PSS MB |", "|---|" + "--:|" * 10]
    for count in CONNECTIONS:
        lines += [row(bench, what, count, side.label)
                  for side in bench.sides]
    return lines + [""]


def kind_table(bench):
    lines = ["| SPF by | answers in a row | allowed ms | "
             + " | ".join(f"{side.label} p50 ms" for side in bench.sides)
             + " |", "|---|--:|--:|" + "--:|" * len(bench.sides)]
    for kind, about in authmail.KINDS.items():
        medians = [median(bench.results[kind, 1, side.label], "latency_ms",
                          "message", "p50") for side in bench.sides]
        cells = " | ".join(f"{value:.1f}" for value in medians)
        lines.append(f"| {kind} | {about.chain} "
                     f"| {FAR_MS * about.chain + COMPUTING_MS} | {cells} |")
    return lines + [""]


LEGEND = """\
SPF, DKIM, DMARC and Authentication-Results. Debian's chain is policyd-spf, \
opendkim, opendmarc. The load generator plays Postfix: it asks them in turn \
and gives each the fields that the one before it added, so Postfix's own cost \
is in no figure; nor is the start of policyd-spf's processes (one a \
connection). CPU and memory are of all processes of a side, not of the name \
server. RSS counts shared pages once for each process, PSS once. Ratios are \
to the chain in the same rounds (CPU: less is better). The chain logs \
nothing; mailreeve writes its log and its events, and looks up the client's \
name as well; in the second row it also reads and judges the message, which \
the chain does not.
"""

WARM_LEGEND = """\
{count:,} messages of {domains} domains, three of four signed (RSA-2048); \
unbound and the sides have seen them all. Median of {rounds} rounds of \
{seconds:g} s. DNS questions are those that came to unbound. The budget at 8 \
connections is 4,000 messages a second with a p99 below 10 ms.
"""

COLD_LEGEND = """\
Fresh processes, each message from another domain; the name server has no \
cache before it. {played} messages, one run. DNS questions are those that \
came to the name server. The median may be {allowed:.0f} ms: {far} ms for \
each of the answers of a message that wait for one another, and {computing} \
ms.
"""


def report(bench):
    options = bench.options
    lines = ["## Full authentication beside Debian's chain", "",
             f"{side_by_side.machine(bench.load_average)} {LEGEND}",
             "### Warm", "",
             WARM_LEGEND.format(count=len(bench.letters["warm"]),
                                domains=WARM_DOMAINS, rounds=options.rounds,
                                seconds=options.seconds),
             *side_table(bench, "warm")]
    if not options.no_cold:
        lines += [f"### Cold, {FAR_MS} ms for each DNS answer", "",
                  COLD_LEGEND.format(
                      played=", ".join(map(str, COLD_PLAYED.values())),
                      allowed=allowed_ms(bench.letters["cold"]), far=FAR_MS,
                      computing=COMPUTING_MS),
                  *side_table(bench, "cold"),
                  "One connection, by the way in which the domain publishes "
                  "SPF:", "",
                  *kind_table(bench)]
    lines += offline.report(options, bench.home, bench.corpora["warm"],
                            bench.records)
    return "\n".join(lines + bench.remark_lines()) + "\n"


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "auth")
