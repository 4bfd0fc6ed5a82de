#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_policy.py - our policy daemon beside Debian's, with three limits each.

All services run at once and the load goes to one after the other (A B C A B
C ...); what is printed is the median of the rounds.  Load generator, service
and store share the processors, so CPU per decision says more than decisions
a second: it is that of all processes of a side, the store's too.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import side_by_side
from side_by_side import machine, median, ratio

import policy_sides

CONNECTIONS = [1, 64, 1000]
USERS = [100, 100_000, 1_000_000]
ACTIVE = 100_000        # users of all tables but the one about users
BUSY = 64               # connections of those
PEER = "policyd-rate-limit"
OURS = "mailreeve, Redis"
MEMORY = "mailreeve, memory"
RULES = "mailreeve, all rules, Redis"
KINDS = [("charges", "END-OF-MESSAGE: charged in three counters"),
         ("asks", "RCPT: looked at, not charged"),
         ("messages", "RCPT, then END-OF-MESSAGE, a decision each"),
         ("strangers", "the same of strangers: no limit is theirs; all rules "
          "put them off at RCPT (greylist)")]

# DESIGN 9 and the budgets of the issue.
RATE_MIN, P99_MAX_MS, RSS_MAX_MB = 40_000, 3, 20
RSS_GROWTH_MAX, PEER_RATIO_MIN = 0.10, 25


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--users", default=USERS,
                        type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--connections", default=CONNECTIONS,
                        type=lambda text: [int(n) for n in text.split(",")])
    return parser.parse_args()


class Bench(side_by_side.Bench):
    def __init__(self, options, home):
        # Nothing of ours is to wait for a disk, and nothing of the peers'
        # but what they have there by default.
        super().__init__(options, Path(tempfile.mkdtemp(
            prefix="mr-bench-", dir="/dev/shm")))
        self.disk = home
        self.by_users = {}      # (label, users): json, after a fill
        self.by_kind = {}       # (label, kind): [json, ...]
        self.ceiling = []       # (connections, pipelined, figures)
        self.given_up = set()   # (label, connections)

    @classmethod
    def missing(cls):
        return None if policy_sides.find("redis-server").exists() \
            else "there is no redis-server"

    def ask(self, side, *options, kind=None):
        """One run of the load generator: its JSON, or None."""
        pids = [word for pid in side.pids().values()
                for word in ("--pid", str(pid))]
        done = subprocess.run(
            [self.programs / "bench-policy-load", "-k", kind or side.kind,
             "--timeout", "10", *pids, *options, side.socket],
            capture_output=True, text=True)
        if not done.stdout or not side.is_running():
            return None
        result = json.loads(done.stdout)
        for name, server in zip(side.pids(), result["servers"]):
            result[name] = server
        result["cpu_us"] = sum(server["cpu_us_each"]
                               for server in result["servers"])
        result["rss_kb"] = sum(server["rss_kb"]
                               for server in result["servers"])
        phase = "ask" if result["kind"] == "asks" else "charge"
        result["latency"] = result[phase]
        if result["errors"]:
            self.remark(side, result, done.stderr.strip())
        return result

    def note_refusals(self, side, result):
        if result["dunno"] < result["answers"]:
            self.remark(side, result, f"{result['answers']-result['dunno']:,}"
                        f" of {result['answers']:,} answers were refusals")

    def timed(self, connections, users):
        return ["-c", str(connections), "-u", str(users), "-t",
                str(self.options.seconds), "-w", side_by_side.WARM_UP]

    def restart(self, side):
        side.stop()
        self.start(side)

    def fill(self, side, users):
        """Each user has sent one message."""
        self.ask(side, "-c", str(BUSY), "-u", str(users), "-m", str(users))

    def measure(self):
        self.admit(policy_sides.all_sides(self.programs, self.disk))
        self.start_all()
        for side in self.sides:
            if side.label.startswith("mailreeve"):
                self.fill(side, ACTIVE)
        self.measure_side_by_side()
        self.measure_kinds()
        self.stop()
        self.measure_users()
        self.measure_ceiling()
        shutil.rmtree(self.home)

    def measure_side_by_side(self):
        for count in self.options.connections:
            for _ in range(self.options.rounds):
                for side in self.sides:
                    if (side.label, count) in self.given_up:
                        continue
                    if side.is_frail:
                        self.restart(side)
                    result = self.ask(side, *self.timed(count, ACTIVE))
                    if result is None:
                        self.give_up(side, count)
                        continue
                    self.note_refusals(side, result)
                    self.keep("charges", count, side, result)
            print(f"policy: {count} connections done", file=sys.stderr)

    def give_up(self, side, count):
        """What a peer cannot stand is told, and the run goes on."""
        if side.label.startswith("mailreeve"):
            raise SystemExit(f"{side.label} failed with {count} connections")
        self.given_up.add((side.label, count))
        self.remarks.append(f"{side.label}: it ended at {count} connections")
        self.restart(side)

    def measure_kinds(self):
        for kind, _ in KINDS:
            for _ in range(self.options.rounds):
                for side in self.sides:
                    if side.label in (OURS, MEMORY, RULES):
                        self.by_kind.setdefault((side.label, kind), []).append(
                            self.ask(side, *self.timed(BUSY, ACTIVE),
                                     kind=kind))
        print("policy: kinds of requests done", file=sys.stderr)

    def measure_users(self):
        """Fresh processes for each number of users, so that the resident
        memory is that of so many."""
        for users in self.options.users:
            for side in self.sides:
                if side.label not in (OURS, MEMORY):
                    continue
                self.start(side)
                # At least as many messages as fill what has a bound.
                self.ask(side, "-c", str(BUSY), "-u", str(users), "-m",
                         str(max(users, ACTIVE)))
                result = self.ask(side, *self.timed(BUSY, users))
                if result is None:
                    raise SystemExit(f"{side.label} failed with {users} users")
                self.by_users[side.label, users] = result
                side.stop()
            print(f"policy: {users:,} users done", file=sys.stderr)

    def measure_ceiling(self):
        for connections, pipelined in ((1, 1), (BUSY, 1), (BUSY, 16),
                                       (1000, 1)):
            self.starts += 1
            figures = policy_sides.Ceiling().run(
                self.home / f"side{self.starts}", connections, pipelined,
                ACTIVE, int(self.options.seconds *
                            (10_000 if connections == 1 else 60_000)))
            self.ceiling.append((connections, pipelined, figures))

    def report(self):
        return report(self)


# --- the report -------------------------------------------------------------


def part_cpu(results, name):
    values = [result[name]["cpu_us_each"] for result in results
              if name in result]
    return f"{statistics.median(values):.1f}" if values else "-"


def side_row(bench, count, label):
    results = bench.results.get(("charges", count, label))
    if results is None:
        return f"| {label} | {count} |" + " - |" * 10
    peer = bench.results.get(("charges", count, PEER))
    rate = median(results, "answers_per_second")
    cpu = median(results, "cpu_us")
    return (f"| {label} | {count} | {rate:,.0f} "
            f"| {ratio(rate, peer and median(peer, 'answers_per_second'))} "
            f"| {cpu:.1f} | {ratio(cpu, peer and median(peer, 'cpu_us'))} "
            f"| {part_cpu(results, 'policyd')} | {part_cpu(results, 'redis')} "
            f"| {median(results, 'own_cpu_us_each'):.1f} "
            f"| {median(results, 'latency', 'p50_ms'):.2f} "
            f"| {median(results, 'latency', 'p99_ms'):.2f} "
            f"| {median(results, 'rss_kb') / 1024:.1f} |")


def side_table(bench):
    lines = [f"### Side by side, {ACTIVE:,} users, each decision charged", "",
             f"| service | connections | decisions/s | × {PEER} "
             f"| CPU µs/decision | × {PEER} | of them policyd | Redis "
             "| load generator beside it | p50 ms | p99 ms | RSS MB, all "
             "processes |", "|---|" + "--:|" * 11]
    for count in bench.options.connections:
        lines += [side_row(bench, count, side.label) for side in bench.sides]
    return lines + [""]


def kind_table(bench):
    lines = [f"### What is asked, {BUSY} connections, {ACTIVE:,} users", "",
             "| service | request | decisions/s | CPU µs/decision "
             "| p99 ms at RCPT | p99 ms at the end |", "|---|---|"
             + "--:|" * 4]
    for (label, kind), results in bench.by_kind.items():
        told = {phase: f"{median(results, phase, 'p99_ms'):.2f}"
                if results[0][phase]["count"] else "-"
                for phase in ("ask", "charge")}
        lines.append(
            f"| {label} | {dict(KINDS)[kind]} "
            f"| {median(results, 'answers_per_second'):,.0f} "
            f"| {median(results, 'cpu_us'):.1f} | {told['ask']} "
            f"| {told['charge']} |")
    return lines + [""]


def bytes_a_user(bench, label, users, name):
    """Against the fewest users."""
    fewest = min(bench.options.users)
    more = (bench.by_users[label, users][name]["rss_kb"]
            - bench.by_users[label, fewest][name]["rss_kb"])
    return f"{1024 * more / (users - fewest):,.0f}" if users > fewest else "-"


def users_table(bench):
    lines = [f"### Users, {BUSY} connections, fresh processes", "",
             f"Before the measurement each user has sent a message, {ACTIVE:,}"
             " messages at least. Bytes are those by which the process has "
             f"grown against the fewest users: up to {ACTIVE:,} users the "
             "counters alone, above that the names of the charges too, which "
             "are kept for two hours.", "",
             "| store | users | decisions/s | CPU µs/decision | p99 ms "
             "| policyd RSS MB | Redis RSS MB | bytes a user |",
             "|---|" + "--:|" * 7]
    for (label, users), result in bench.by_users.items():
        redis = result.get("redis")
        grown = bytes_a_user(bench, label, users,
                             "redis" if redis else "policyd")
        lines.append(
            f"| {'Redis' if redis else 'memory'} | {users:,} "
            f"| {result['answers_per_second']:,.0f} | {result['cpu_us']:.1f} "
            f"| {result['latency']['p99_ms']:.2f} "
            f"| {result['policyd']['rss_kb'] / 1024:.1f} | "
            + (f"{redis['rss_kb'] / 1024:.1f}" if redis else "-")
            + f" | {grown} |")
    return lines + [""]


def ceiling_table(bench):
    lines = ["### The ceiling: redis-benchmark with the script alone", "",
             f"EVALSHA of the script that charges, three counters, {ACTIVE:,} "
             "users. policyd asks for many requests at once as soon as they "
             "come at once, as the row with 16 does.", "",
             "| connections | in one go | charges/s | Redis CPU µs/charge "
             "| p50 ms | p99 ms |", "|" + "--:|" * 6]
    for connections, pipelined, figures in bench.ceiling:
        lines.append(f"| {connections} | {pipelined} | {figures['rate']:,.0f} "
                     f"| {figures['cpu_us']:.1f} | {figures['p50']:.2f} "
                     f"| {figures['p99']:.2f} |")
    return lines + [""]


def budget_lines(bench):
    busy = bench.results[("charges", BUSY, OURS)]
    peer = bench.results.get(("charges", BUSY, PEER))
    rate = median(busy, "answers_per_second")
    p99 = median(busy, "latency", "p99_ms")
    # A disk that is slow enough lets it answer nothing at all.
    times = rate / (median(peer, "answers_per_second") or 1) if peer else 0
    rss = {users: result["policyd"]["rss_kb"] / 1024
           for (label, users), result in bench.by_users.items()
           if label == OURS}
    growth = max(rss.values()) / min(rss.values()) - 1
    budgets = [
        (rate >= RATE_MIN, f"{rate:,.0f} decisions a second at {BUSY} "
         f"connections, of {RATE_MIN:,}"),
        (p99 < P99_MAX_MS, f"p99 {p99:.2f} ms at {BUSY} connections, below "
         f"{P99_MAX_MS} ms"),
        (times >= PEER_RATIO_MIN, f"{times:,.0f} times {PEER}, of "
         f"{PEER_RATIO_MIN}"),
        (max(rss.values()) < RSS_MAX_MB, f"policyd {max(rss.values()):.1f} "
         f"MB with up to {max(rss):,} users, below {RSS_MAX_MB} MB"),
        (growth <= RSS_GROWTH_MAX, f"policyd's memory within "
         f"{100 * growth:.0f} % over {min(rss):,} to {max(rss):,} users, of "
         f"{100 * RSS_GROWTH_MAX:.0f} %"),
    ]
    return ["### Budgets", ""] + [
        f"- {'met' if is_met else 'MISSED'}: {text}"
        for is_met, text in budgets] + [""]


def report(bench):
    options = bench.options
    lines = ["## Policy daemons side by side", "",
             f"{machine(bench.load_average)} Each figure is the median of "
             f"{options.rounds} rounds of {options.seconds:g} s. Three limits "
             "each: the login's messages in an hour and in a day, and those "
             "of its domain in an hour. The load generator speaks as smtpd of "
             "Postfix 3.7, one request at a time on each connection, each of "
             "a fresh message, and shares the processors. policyd-rate-limit "
             "knows no domains (its third limit is one more window of the "
             "login's) and charges at RCPT; Debian has its database on a "
             "disk, and \"no disk\" shows it without one. postfwd is the "
             "edition with one process, its counters are in its memory and "
             "gone when it restarts. mailreeve writes its log and keeps each "
             "decision for `why`; the others log nothing here.", ""]
    return "\n".join(lines + side_table(bench) + kind_table(bench)
                     + users_table(bench) + ceiling_table(bench)
                     + budget_lines(bench) + bench.remark_lines()) + "\n"


if __name__ == "__main__":
    side_by_side.carry_out(Bench, arguments(), "policy")
