#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_milter.py - our milter beside a no-op filter and opendkim, one table.

All filters run at once in one network namespace, with one DNS; the load goes
to one after the other (A B C D A B C D ...), and what is printed is the
median of the rounds.  Both cores are shared with the load generator, so CPU
per message says more than messages a second.  Nothing is judged here.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import world
from world import CHECKOUT

import corpora
import filters
import milterclient

CONNECTIONS = [1, 8, 64, 1000]
IDLE = 1000
SEEN_PASSING = 20       # signed messages asked for before the measurement


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=CHECKOUT / "build", type=Path)
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("BENCH_SECONDS") or 1),
                        help="of each run (default: $BENCH_SECONDS or 1)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default=CONNECTIONS,
                        type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--public", type=int, default=2000,
                        help="messages of the public corpora")
    parser.add_argument("--signed", type=int, default=500,
                        help="messages signed for this run")
    return parser.parse_args()


def raise_file_limit():
    """The filters inherit it: a thousand connections are not its business."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = min(hard, 16384) if hard > 0 else 16384
    resource.setrlimit(resource.RLIMIT_NOFILE, (want, hard))


class Bench:
    def __init__(self, options, home):
        self.options = options
        self.home = home
        self.load_average = os.getloadavg()[0]
        self.load = options.build.resolve() / "bin" / "bench-milter-load"
        self.filters = []
        self.remarks = []
        self.unlike = set()     # labels of filters that do other work
        self.corpora = {}       # name: directory
        self.results = {}       # (corpus, connections, label): [json, ...]
        self.idle = {}          # label: json

    def prepare(self):
        """Messages, DNS, filters; what cannot be had becomes a remark."""
        records, signed = [], []
        data = corpora.data_dir()
        if data is None:
            raise SystemExit("no test data: set MAILREEVE_DATA")
        public = corpora.read_public(data)
        vectors, vector_records = corpora.read_vectors(data)
        records += vector_records
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
        for one in filters.all_filters(self.options.build):
            if (reason := one.missing()) is not None:
                self.remarks.append(f"left out: {reason}")
            else:
                self.filters.append(one)

    def start(self):
        for one in self.filters:
            one.start(self.home / one.label.replace(", ", "-"))

    def stop(self):
        for one in self.filters:
            one.ask_to_stop()
        for one in self.filters:
            one.stop()

    def play(self, one, corpus, *options):
        """One run of the load generator: its JSON."""
        command = [self.load, "--corpus", corpus, "--pid", str(one.pid),
                   "--client", world.CLIENT, "--client-name",
                   world.CLIENT_NAME, "--helo", world.CLIENT_NAME, "--sender",
                   "alice@sender.example", "--rcpt", "bob@bench.example",
                   *options, f"unix:{one.socket}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 2:
            raise SystemExit(f"{one.label}: {done.stderr}")
        result = json.loads(done.stdout)
        self.note_trouble(one, result)
        return result

    def note_trouble(self, one, result):
        errors = {k: v for k, v in result["errors"].items() if v}
        if not one.is_running():
            self.remarks.append(f"{one.label} died")
            raise SystemExit(f"{one.label} died; see {self.home}")
        if errors:
            self.remarks.append(f"{one.label}, {result['connections']} "
                                f"connections: errors {errors}")
        oldest = result["under_way"]["oldest_ms"]
        if oldest > 2 * result["latency_ms"]["message"]["p99"] + 50:
            self.remarks.append(
                f"{one.label}, {result['connections']} connections: a "
                f"message had waited {oldest:.0f} ms when a round ended")

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
        for one in self.filters:
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
            result = mta.play(path.read_bytes(), "alice@sender.example",
                              ["bob@bench.example"])
            mta.quit()
        return any("dkim=pass" in value
                   for value in result.added("Authentication-Results"))

    def measure(self):
        seconds = str(self.options.seconds)
        for name, folder in self.corpora.items():
            self.start()
            if name == "signed":
                self.check_signatures()
            for count in self.options.connections:
                for _ in range(self.options.rounds):
                    for one in self.filters:
                        result = self.play(one, folder, "-c", str(count),
                                           "-t", seconds, "-w", "0.3")
                        self.results.setdefault(
                            (name, count, one.label), []).append(result)
                print(f"{name}: {count} connections done", file=sys.stderr)
            for one in self.filters:
                self.note_refusals(name, one)
            self.stop()

    def measure_idle(self):
        """On a fresh server that has seen one message."""
        folder = next(iter(self.corpora.values()))
        self.start()
        for one in self.filters:
            self.play(one, folder, "-m", "1")
            self.idle[one.label] = self.play(one, folder, "--idle", "-c",
                                             str(IDLE))
        self.stop()


def median(results, *keys):
    values = []
    for value in results:
        for key in keys:
            value = value[key]
        values.append(value)
    return statistics.median(values)


def ratio(mine, theirs):
    return f"{mine / theirs:.2f}" if theirs else "-"


def table_row(bench, corpus, count, label):
    results = bench.results[corpus, count, label]
    cpu = median(results, "server", "cpu_ms_per_message") * 1000
    rate = median(results, "messages_per_second")
    base = bench.results.get((corpus, count, "opendkim"))
    base_cpu = base and median(base, "server", "cpu_ms_per_message") * 1000
    base_rate = base and median(base, "messages_per_second")
    mark = " (!)" if label in bench.unlike else ""
    return (f"| {label}{mark} | {count} | {cpu:.0f} | {ratio(cpu, base_cpu)} "
            f"| {rate:,.0f} | {ratio(rate, base_rate)} "
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
                  for one in bench.filters]
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
             f"{os.cpu_count()} cores, shared with the load generator; load "
             f"before the run {bench.load_average:.1f}. Each figure is the "
             f"median of {options.rounds} rounds of {options.seconds:g} s. "
             "Latency is from MAIL to the final answer. Ratios are to "
             "opendkim in the same rounds (CPU: less is better). opendkim "
             "logs nothing here; mailreeve writes its log and its events.",
             ""]
    for corpus in bench.corpora:
        lines += corpus_table(bench, corpus)
    lines += idle_table(bench)
    if bench.remarks:
        lines += [f"- {remark}" for remark in dict.fromkeys(bench.remarks)]
    return "\n".join(lines) + "\n"


def main():
    options = arguments()
    if corpora.data_dir() is None:
        print("bench: skipped, there is no test data (MAILREEVE_DATA)")
        return
    world.enter()
    raise_file_limit()
    home = Path(tempfile.mkdtemp(prefix="mr-bench-"))
    bench = Bench(options, home)
    try:
        bench.prepare()
        bench.measure()
        bench.measure_idle()
        text = report(bench)
    finally:
        bench.stop()
        shutil.rmtree(home)
    target = options.build / "bench" / "milter.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
