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

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import world
from world import CHECKOUT

import authmail
import corpora
import filters
import offline
import verdicts
from run_milter import median, raise_file_limit, ratio

CONNECTIONS = [1, 8, 64]
WARM_DOMAINS = 50
FAR_MS = 20             # for each answer of the far name server
COMPUTING_MS = 5        # the budget beside the waiting
COLD_PLAYED = {1: 60, 8: 200, 64: 600}
KIND_PLAYED = 20        # cold messages of each kind of domain
COMPARED = 20           # messages whose results are compared first
RECIPIENT = "bob@bench.example"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=CHECKOUT / "build", type=Path)
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("BENCH_SECONDS") or 1),
                        help="of each run (default: $BENCH_SECONDS or 1)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=400,
                        help="of the warm runs")
    parser.add_argument("--no-cold", action="store_true")
    return parser.parse_args()


# --- the runs -------------------------------------------------------------


class Bench:
    def __init__(self, options, home):
        self.options = options
        self.home = home
        self.load_average = os.getloadavg()[0]
        self.programs = options.build.resolve() / "bin"
        self.sides = []
        self.dns = None
        self.remarks = []
        self.warm = None        # (folder, envelopes)
        self.cold = None
        self.kinds = {}         # kind: (folder, envelopes)
        self.letters = []
        self.cold_letters = []
        self.records = []
        self.results = {}       # (what, connections, label): [json, ...]
        self.starts = 0

    def prepare(self):
        """Messages, DNS, sides; what cannot be had becomes a remark."""
        public = corpora.read_public(corpora.data_dir())
        keys = authmail.make_keys(self.home / "keys")
        played = max(COLD_PLAYED.values())
        by_kind = KIND_PLAYED * len(authmail.KINDS)
        cold_count = 0 if self.options.no_cold else played + by_kind
        self.letters, self.records = authmail.make(
            keys, public, self.options.messages, WARM_DOMAINS, 1)
        cold, cold_records = authmail.make(
            keys, public, cold_count, cold_count, 1 + WARM_DOMAINS)
        self.records += cold_records
        self.cold_letters = cold[:played]
        self.warm = authmail.write(self.home / "warm", self.letters)
        if cold:
            self.cold = authmail.write(self.home / "cold",
                                       self.cold_letters)
        for kind in authmail.KINDS if cold else ():
            self.kinds[kind] = authmail.write(
                self.home / f"kind-{kind}",
                [one for one in cold[played:] if one.domain.kind == kind])
        self.dns = world.start_dns(self.home / "dns", self.records)
        for side in filters.authentication_sides(self.options.build):
            if (reason := side.missing()) is not None:
                self.remarks.append(f"left out: {reason}")
            else:
                self.sides.append(side)

    def start(self, side, *resolver):
        self.starts += 1
        side.start(self.home / f"side{self.starts}", *resolver)

    def stop(self):
        for side in self.sides:
            side.ask_to_stop()
        for side in self.sides:
            side.stop()

    def play(self, side, corpus, dns, *options):
        """One run of the load generator: its JSON, and DNS questions."""
        folder, envelopes = corpus
        pids = [word for pid in side.pids for word in ("-p", str(pid))]
        before = dns.asked()
        done = subprocess.run(
            [self.programs / "bench-milter-load", "--corpus", folder,
             "--envelopes", envelopes, "--client", world.CLIENT,
             "--client-name", world.CLIENT_NAME, "--helo",
             world.CLIENT_NAME, "--rcpt", RECIPIENT, *pids, *options,
             *side.sockets], capture_output=True, text=True)
        if done.returncode == 2 or not side.is_running():
            raise SystemExit(f"{side.label}: {done.stderr}; see {self.home}")
        result = json.loads(done.stdout)
        result["questions"] = ((dns.asked() - before)
                               / max(1, result["played"]))
        self.note_trouble(side, result)
        return result

    def note_trouble(self, side, result):
        errors = {k: v for k, v in result["errors"].items() if v}
        refused = {k: v for k, v in result["replies"].items()
                   if k not in ("accept", "continue")}
        for what, counts in (("errors", errors), ("not accepted", refused)):
            if counts:
                self.remarks.append(f"{side.label}, {result['connections']} "
                                    f"connections: {what} {counts}")

    def compare(self):
        """Both sides have to come to the same results."""
        unlike, seen = [], {}
        letters = self.letters[:COMPARED]
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
        self.remarks += [f"not the same: {one}" for one in unlike]

    def measure_warm(self):
        for side in self.sides:
            self.start(side)
        self.compare()
        for side in self.sides:
            self.play(side, self.warm, self.dns, "-c", "4", "-m",
                      str(len(self.letters)))
        for count in CONNECTIONS:
            for _ in range(self.options.rounds):
                for side in self.sides:
                    self.keep("warm", count, side, self.play(
                        side, self.warm, self.dns, "-c", str(count), "-t",
                        str(self.options.seconds), "-w", "0.3", "-W"))
            print(f"warm: {count} connections done", file=sys.stderr)
        self.stop()

    def keep(self, what, count, side, result):
        self.results.setdefault((what, count, side.label), []).append(result)

    def measure_cold(self):
        """Each run with processes that have seen nothing yet."""
        far = self.programs / "bench-dns-far"
        for side in self.sides:
            for count, messages in COLD_PLAYED.items():
                with world.FarDns(self.dns, far, FAR_MS) as dns:
                    self.start(side, world.FAR_RESOLVER)
                    self.keep("cold", count, side, self.play(
                        side, self.cold, dns, "-c", str(count), "-m",
                        str(messages), "-w", "0.01", "-W"))
                    if count == 1:
                        self.measure_kinds(side, dns)
                    side.stop()
            print(f"cold: {side.label} done", file=sys.stderr)

    def measure_kinds(self, side, dns):
        for kind, corpus in self.kinds.items():
            self.keep(kind, 1, side, self.play(
                side, corpus, dns, "-c", "1", "-m", str(KIND_PLAYED), "-w",
                "0.01", "-W"))


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
    return (f"| {label} | {count} | {cpu:,.0f} | {ratio(cpu, base_cpu)} "
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


def report(bench):
    options = bench.options
    lines = [
        "## Full authentication beside Debian's chain", "",
        f"{os.cpu_count()} cores, shared with the load generator; load "
        f"before the run {bench.load_average:.1f}. SPF, DKIM, DMARC and "
        "Authentication-Results. Debian's chain is policyd-spf, opendkim, "
        "opendmarc; the load generator plays Postfix to them in turn, so "
        "Postfix's own cost is in no figure, nor is the start of "
        "policyd-spf's processes (one a connection). CPU and memory are of "
        "all processes of a side, not of the name server. RSS counts shared "
        "pages once for each process, PSS once. The chain logs nothing; "
        "mailreeve writes its log and its events, and looks up the client's "
        "name as well.", "",
        "### Warm", "",
        f"{len(bench.letters):,} messages of {WARM_DOMAINS} domains. Median "
        f"of {options.rounds} rounds of {options.seconds:g} s. DNS "
        "questions are those that came to unbound.", "",
        *side_table(bench, "warm")]
    if bench.cold:
        lines += [
            f"### Cold, {FAR_MS} ms for each DNS answer", "",
            "Fresh processes, each message from another domain; the name "
            "server has no cache before it. "
            f"{', '.join(map(str, COLD_PLAYED.values()))} messages, one "
            "run. The median may be "
            f"{allowed_ms(bench.cold_letters):.0f} ms: {FAR_MS} ms for each "
            "of the answers of a message that wait for one another, and "
            f"{COMPUTING_MS} ms.", "",
            *side_table(bench, "cold"),
            "One connection, by the way in which the domain publishes "
            "SPF:", "",
            *kind_table(bench)]
    lines += offline.report(options, bench.home, bench.warm[0],
                            bench.records)
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
    except ImportError as error:
        print(f"bench: skipped, nothing can be signed: {error}")
        shutil.rmtree(home)
        return
    try:
        bench.measure_warm()
        if bench.cold:
            bench.measure_cold()
        text = report(bench)
    finally:
        bench.stop()
        shutil.rmtree(home)
    target = options.build / "bench" / "auth.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
