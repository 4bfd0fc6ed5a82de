#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_milter.py - our milter beside a no-op filter and opendkim, one table.

All filters run at once in one network namespace, with one DNS; the load goes
to one after the other (A B C D A B C D ...), and what is printed is the
median of the rounds.  Both cores are shared with the load generator, so CPU
per message says more than messages a second.  Nothing is judged here.
"""

import side_by_side
from side_by_side import RECIPIENT, median, ratio

import corpora
import filters
import milterclient
import ours
import world

CONNECTIONS = [1, 8, 64, 1000]
IDLE = 1000
SEEN_PASSING = 20       # signed messages asked for before the measurement
SENDER = "alice@sender.example"


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--connections", default=CONNECTIONS,
                        type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--public", type=int, default=2000,
                        help="messages of the public corpora")
    parser.add_argument("--signed", type=int, default=500,
                        help="messages signed for this run")
    return parser.parse_args()


class Bench(side_by_side.Bench):
    def __init__(self, options, home):
        super().__init__(options, home)
        self.corpora = {}       # name: directory
        self.idle = {}          # label: json

    def prepare(self):
        """Messages, DNS, filters; what cannot be had becomes a remark."""
        signed = []
        data = corpora.data_dir()
        public = corpora.read_public(data)
        vectors, records = corpora.read_vectors(data)
        try:
            signed, signed_records = corpora.make_signed(
                self.home / "keys", public, self.options.signed)
            records += signed_records
        except ImportError as error:
            self.remarks.append(f"no freshly signed messages: {error}")
        sample = corpora.spread(public, self.options.public) + vectors
        self.corpora["public"] = corpora.write(self.home / "public", sample)
        if signed:
            self.corpora["signed"] = corpora.write(self.home / "signed",
                                                   signed)
        world.start_dns(self.home / "dns", records)
        self.admit([
            *filters.no_ops(self.programs),
            ours.authentication(self.options, "mailreeve"),
            ours.Whole(self.options, self.home, "mailreeve, rules too"),
            filters.opendkim(),
        ])

    def play(self, side, folder, *options):
        result = super().play(side, folder, "--sender", SENDER, *options)
        oldest = result["under_way"]["oldest_ms"]
        if oldest > 2 * result["latency_ms"]["message"]["p99"] + 50:
            self.remark(side, result, f"a message had waited {oldest:.0f} "
                                      "ms when a round ended")
        return result

    def note_refusals(self, corpus, one):
        """Refused mail is cheaper mail: it is told."""
        counts = {}
        for (name, _, label), results in self.results.items():
            if (name, label) != (corpus, one.label):
                continue
            for result in results:
                for reply, count in result["replies"].items():
                    counts[reply] = counts.get(reply, 0) + count
        refused = sum(count for reply, count in counts.items()
                      if reply not in ("accept", "continue"))
        if refused:
            self.remarks.append(
                f"{one.label}: {100 * refused / sum(counts.values()):.1f} % "
                f"of the {corpus} messages were not accepted")

    def check_signatures(self):
        """Does each filter find what is there to be found?"""
        folder = self.corpora.get("signed")
        files = sorted(folder.iterdir())[:SEEN_PASSING] if folder else []
        for one in self.sides:
            if one.label.startswith("no-op") or not files:
                continue
            passing = sum(self.passes(one, path) for path in files)
            remark = (f"{one.label}: {passing} of {len(files)} signed "
                      "messages verified (dkim=pass)")
            if passing < len(files):
                self.unlike.add(one.label)
                remark += (", so its figures do not stand for the same work "
                           "and its rows are marked (!)")
            self.remarks.append(remark)

    @staticmethod
    def passes(one, path):
        with milterclient.MilterClient(f"unix:{one.socket}") as mta:
            mta.connect(world.CLIENT_NAME, world.CLIENT)
            mta.helo(world.CLIENT_NAME)
            result = mta.play(path.read_bytes(), SENDER, [RECIPIENT])
            mta.quit()
        return any("dkim=pass" in value
                   for value in result.added("Authentication-Results"))

    def measure(self):
        self.prepare()
        for name, folder in self.corpora.items():
            self.start_all()
            if name == "signed":
                self.check_signatures()
            self.play_rounds(name, folder, self.options.connections)
            for one in self.sides:
                self.note_refusals(name, one)
            self.stop()
        self.measure_idle()

    def measure_idle(self):
        """On a fresh server that has seen one message."""
        folder = next(iter(self.corpora.values()))
        self.start_all()
        for one in self.sides:
            self.play(one, folder, "-m", "1")
            self.idle[one.label] = self.play(one, folder, "--idle", "-c",
                                             str(IDLE))
        self.stop()

    def report(self):
        return report(self)


def table_row(bench, corpus, count, label):
    results = bench.results[corpus, count, label]
    cpu = median(results, "server", "cpu_ms_per_message") * 1000
    rate = median(results, "messages_per_second")
    base = bench.results.get((corpus, count, "opendkim"))
    base_cpu = base and median(base, "server", "cpu_ms_per_message") * 1000
    base_rate = base and median(base, "messages_per_second")
    return (f"| {bench.mark(label)} | {count} | {cpu:.0f} "
            f"| {ratio(cpu, base_cpu)} | {rate:,.0f} | {ratio(rate, base_rate)} "
            f"| {median(results, 'latency_ms', 'message', 'p50'):.2f} "
            f"| {median(results, 'latency_ms', 'message', 'p99'):.2f} "
            f"| {median(results, 'latency_ms', 'end_of_message', 'p99'):.2f} "
            f"| {median(results, 'server', 'rss_kb') / 1024:.1f} |")


def corpus_table(bench, corpus):
    some = next(iter(bench.results.values()))[0]
    for (name, _, _), results in bench.results.items():
        some = results[0] if name == corpus else some
    lines = [f"### {corpus}: {some['corpus_messages']:,} messages, "
             f"{some['corpus_bytes'] / some['corpus_messages'] / 1000:.1f} "
             "kB on average", "",
             "| filter | connections | CPU µs/msg | × opendkim | msg/s "
             "| × opendkim | p50 ms | p99 ms | p99 end-of-message | RSS MB |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for count in bench.options.connections:
        lines += [table_row(bench, corpus, count, one.label)
                  for one in bench.sides]
    return lines + [""]


def idle_table(bench):
    lines = [f"### {IDLE:,} idle connections, each after one message", "",
             "| filter | RSS before MB | RSS with them MB | kB a connection "
             "| × opendkim |", "|---|--:|--:|--:|--:|"]
    base = bench.idle.get("opendkim")
    for label, result in bench.idle.items():
        server = result["server"]
        each = server["bytes_per_idle_connection"] / 1024
        base_each = base and (base["server"]["bytes_per_idle_connection"]
                              / 1024)
        lines.append(f"| {label} | {server['rss_kb_before'] / 1024:.1f} "
                     f"| {server['rss_kb'] / 1024:.1f} | {each:.1f} "
                     f"| {ratio(each, base_each)} |")
    return lines + [""]


def report(bench):
    options = bench.options
    lines = ["## Milters side by side", "",
             f"{side_by_side.machine(bench.load_average)} Each figure is the "
             f"median of {options.rounds} rounds of {options.seconds:g} s. "
             "Latency is from MAIL to the final answer. Ratios are to "
             "opendkim in the same rounds (CPU: less is better). opendkim "
             "does DKIM alone and logs nothing here; mailreeve does all its "
             "authentication, or reads and judges the message as well, and "
             "writes its log and its events.",
             ""]
    for corpus in bench.corpora:
        lines += corpus_table(bench, corpus)
    lines += idle_table(bench)
    return "\n".join(lines + bench.remark_lines()) + "\n"


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "milter")
