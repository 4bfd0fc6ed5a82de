#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_directory.py - what the directory costs: look-ups, memory, apply, maps,
and how soon a change shows.

Everything lies in memory, and whoever asks, answers and keeps the database
shares the processors: the ratios within a run say more than the figures.
"""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import side_by_side
from side_by_side import machine

import directory_change
import directory_world as world_of
from lab import pgsql

SIZES = [1_000, 100_000, 1_000_000]
ACTIVE = 100_000
APPLIED = 10_000
KEYS = 10_000           # that postmap looks up in one go
CHANGES = 40            # by the command line, whose way is timed
CHANGE_MS = 1000        # by when each must show
KEPT_KEYS = 1_000       # that the service has kept
DEPTHS = [1, 16]
MAP_CONNECTIONS = [1, 16]
FLAT = 0.10             # by which memory and the rate of what is known may
                        # differ, against ACTIVE users


def arguments():
    parser = side_by_side.arguments(__doc__)
    parser.add_argument("--sizes", default=SIZES, help="1000,100000",
                        type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--postfix-maps", default="/usr/lib/postfix",
                        help="where postfix-sqlite.so and postfix-pgsql.so "
                        "are (%(default)s)")
    return parser.parse_args()


def address(number):
    return f"u{number:07}@d{number // 100:05}.bench.example"


class Bench(side_by_side.Bench):
    def __init__(self, options, home):
        super().__init__(options, Path(tempfile.mkdtemp(
            prefix="mr-bench-", dir="/dev/shm")))
        self.disk = home
        self.home.chmod(0o755)
        self.began = time.monotonic()
        self.lookups = []       # (database, kept or asked, depth, json)
        self.memory = {}        # (daemon, users): MB
        self.applied = []       # (database, what, seconds)
        self.rates = {}         # (asked or kept, users): (answers/s, CPU µs)
        self.maps = []          # (table, connections, rate, found, CPU µs)
        self.changes = []       # (database, where, [ms, ...])

    @classmethod
    def missing(cls):
        return None

    def program(self, name, *words):
        done = subprocess.run([self.programs / name, *map(str, words)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{name}: {done.stderr}")
        return json.loads(done.stdout)

    def measure(self):
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self.home)
            servers = [None]
            if (reason := world_of.why_no_pgsql()) is None:
                servers.append(stack.enter_context(pgsql.PgsqlHost()))
            else:
                self.remarks.append(f"PostgreSQL left out: {reason}")
            for server in servers:
                self.measure_database(server)
            self.measure_memory()

    def directory(self, name, server=None):
        return world_of.Directory(self.programs, self.home / name, server)

    def note(self, text):
        print(f"directory: {text} done, {time.monotonic() - self.began:.0f} s",
              file=sys.stderr, flush=True)

    # --- one database, ACTIVE users ---

    def measure_database(self, server):
        directory = self.directory("pgsql" if server else "sqlite", server)
        self.measure_apply(directory)
        directory.sql("DELETE FROM users_setting; DELETE FROM users; "
                      "DELETE FROM domains; DELETE FROM classes_setting; "
                      "DELETE FROM classes; DELETE FROM audit;")
        directory.fill(ACTIVE)
        self.measure_lookups(directory)
        self.measure_maps(directory)
        self.note(f"maps on {directory.label}")
        self.measure_changes(directory)
        self.note(f"changes on {directory.label}")

    def measure_apply(self, directory):
        text = world_of.as_text(APPLIED)
        for what in ("all are new", "nothing to do"):
            began = time.monotonic()
            directory.run("apply", "-", input=text)
            self.applied.append((directory.label, what,
                                 time.monotonic() - began))
        self.note(f"apply on {directory.label}")

    def measure_lookups(self, directory):
        for how in ("kept", "asked"):
            for depth in DEPTHS:
                self.lookups.append((directory.label, how, depth, self.program(
                    "bench-directory-speed", directory.where, how,
                    ACTIVE if how == "asked" else KEYS, depth, self.options.seconds)))
        self.note(f"look-ups on {directory.label}")

    def measure_maps(self, directory):
        side = world_of.policyd(self.programs, directory)
        self.sides.append(side)
        self.start(side)
        self.measure_postmap(directory, side)
        side.stop()
        # The least that may be kept: most is asked for anew.
        asked = world_of.policyd(self.programs, directory, "64k")
        self.sides.append(asked)
        for label, one in (("asked", asked), ("kept", side)):
            self.start(one)
            for count in MAP_CONNECTIONS:
                users = ACTIVE if label == "asked" else KEPT_KEYS
                words = (f"unix:{one.home}/maps", "mailboxes", count, users)
                if label == "kept":
                    self.fill_maps(words, one)
                result = self.program("bench-map-load", *words,
                                      self.options.seconds, one.pid)
                self.maps.append((f"ours, {label}, {directory.label}", count,
                                  result["lookups_per_second"],
                                  result["found"] / result["lookups"],
                                  result["cpu_us_each"]))
            one.stop()

    def fill_maps(self, words, side):
        """Until one run has asked for each."""
        while self.program("bench-map-load", *words, 0.5,
                           side.pid)["lookups"] < KEPT_KEYS:
            pass

    def measure_postmap(self, directory, side):
        """One process, one connection, one key after the other: the same
        client for all, which ask in turn; new keys in each round."""
        maps = world_of.PostfixMaps(self.home / f"postfix-{directory.label}",
                                    self.options.postfix_maps)
        kind = maps.kinds[directory.label]
        tables = [(f"postmap, our socketmap, asked, {directory.label}",
                   f"socketmap:unix:{side.home}/maps:mailboxes"),
                  (f"postmap, our socketmap, kept, {directory.label}",
                   f"socketmap:unix:{side.home}/maps:mailboxes")]
        if (reason := maps.why_missing(kind)) is None:
            tables.append((f"postmap, Postfix's {kind}",
                           maps.table(directory)))
        else:
            self.remarks.append(f"Postfix's {kind} table left out: {reason}")
        results = {label: [] for label, _ in tables}
        for one in range(self.options.rounds):
            keys = [address(number * 7919 % ACTIVE) for number
                    in range(one * KEYS, (one + 1) * KEYS)]
            for label, table in tables:
                results[label].append(maps.ask(table, keys))
        for label, rounds in results.items():
            seconds, found, cpu = (statistics.median(column)
                                   for column in zip(*rounds))
            self.maps.append((label, 1, KEYS / seconds, found / KEYS,
                              1e6 * cpu / KEYS))

    # --- changes ---

    def measure_changes(self, directory):
        sides = [world_of.policyd(self.programs, directory),
                 world_of.milter(self.programs, directory)]
        for side in sides:
            self.sides.append(side)
            self.start(side)
        took = directory_change.measure(directory, *sides, address(0),
                                        CHANGES)
        self.changes += [(directory.label, where, times)
                         for where, times in took.items()]
        for side in sides:
            side.stop()

    # --- memory ---

    def measure_memory(self):
        """The same ACTIVE addresses are asked about each time: of a directory
        with fewer users, some are nobody's."""
        for users in self.options.sizes:
            directory = self.directory(f"users-{users}")
            directory.fill(users)
            self.measure_policyd(directory, users)
            self.measure_milter(directory, users)
            shutil.rmtree(directory.home)
            self.note(f"{users:,} users")

    def measure_policyd(self, directory, users):
        side = world_of.policyd(self.programs, directory)
        self.sides.append(side)
        self.start(side)
        for how, rounds, much in (
                ("asked", 1, ("-m", ACTIVE)),
                ("kept", self.options.rounds, ("-t", self.options.seconds))):
            results = [self.program("bench-policy-load", "-k", "asks", "-c",
                                    16, "-u", ACTIVE, *much, "-p", side.pid,
                                    side.socket) for _ in range(rounds)]
            self.rates[how, users] = (
                side_by_side.median(results, "answers_per_second"),
                side_by_side.median(results, "servers", 0, "cpu_us_each"))
        self.memory["policyd", users] = side_by_side.median(
            results, "servers", 0, "rss_kb") / 1024
        side.stop()

    def measure_milter(self, directory, users):
        side = world_of.milter(self.programs, directory)
        self.sides.append(side)
        self.start(side)
        result = self.program("bench-milter-load", "-c", 4, "--size", 100,
                              "--users", ACTIVE, "-m", ACTIVE, "--rcpt",
                              world_of.RECIPIENT, "-p", side.pid, side.socket)
        self.memory["milter", users] = result["server"]["rss_kb"] / 1024
        side.stop()

    def report(self):
        return report(self)


# --- the report -------------------------------------------------------------


def lookup_table(bench):
    lines = [f"### Effective policies, {ACTIVE:,} users", "",
             "As a daemon asks: kept from before, or asked of the database.",
             "", "| database | answer | under way | policies/s "
             "| CPU µs of the daemon |", "|---|---|" + "--:|" * 3]
    for database, how, depth, result in bench.lookups:
        if result["unknown"]:
            bench.remarks.append(f"{database}: {result['unknown']:,} unknown")
        lines.append(f"| {database} | {how} | {depth} "
                     f"| {result['lookups_per_second']:,.0f} "
                     f"| {result['cpu_us_each']:.1f} |")
    return lines + [""]


def memory_table(bench):
    daemons = ("policyd", "milter")
    lines = [f"### Memory, {ACTIVE:,} addresses are asked about", "",
             "Of a directory with fewer users most of these are nobody's, "
             "which takes fewer statements.", "",
             "| users | " + " | ".join(f"{daemon} MB" for daemon in daemons)
             + " | policyd answers/s, first asked | CPU µs | kept | CPU µs |",
             "|--:|" + "--:|" * (len(daemons) + 4)]
    for users in bench.options.sizes:
        lines.append(f"| {users:,} | " + " | ".join(
            f"{bench.memory[daemon, users]:.1f}" for daemon in daemons)
            + "".join(" | {:,.0f} | {:.1f}".format(*bench.rates[how, users])
                      for how in ("asked", "kept")) + " |")
    return lines + [""]


def change_table(bench):
    lines = ["### A change by the command line shows", "",
             f"{CHANGES} changes, one after the other: from the end of the "
             "command until an answer goes by it. The milter is asked for "
             "the generation of the directory by which it answers.", "",
             "| database | where | p50 ms | max ms |", "|---|---|--:|--:|"]
    lines += [f"| {database} | {where} | {statistics.median(times):.0f} "
              f"| {max(times):.0f} |"
              for database, where, times in bench.changes]
    return lines + [""]


def change_budgets(bench):
    for database, where, times in bench.changes:
        yield (f"- {database}, {where}: each change shows within "
               f"{CHANGE_MS:,} ms: {met(max(times) <= CHANGE_MS)}")


def apply_table(bench):
    lines = [f"### mailreeve apply of {APPLIED:,} users", "",
             "| database | | seconds |", "|---|---|--:|"]
    lines += [f"| {database} | {what} | {seconds:.2f} |"
              for database, what, seconds in bench.applied]
    return lines + [""]


def map_table(bench):
    lines = [f"### Postfix looks mailboxes up, {ACTIVE:,} users", "",
             f"postmap asks for {KEYS:,} keys, one after the other, its start "
             f"included, median of {bench.options.rounds} rounds; our own "
             f"client for {KEPT_KEYS:,} that are kept, or "
             "for all. The CPU is postmap's, or policyd's in the rows "
             "without postmap.", "",
             "| table | connections | look-ups/s | found | CPU µs |",
             "|---|" + "--:|" * 4]
    lines += [f"| {label} | {count} | {rate:,.0f} | {100 * found:.0f} % "
              f"| {cpu:.1f} |" for label, count, rate, found, cpu
              in bench.maps]
    return lines + [""]


def met(is_met):
    return "met" if is_met else "MISSED"


def map_budgets(bench):
    rates = {label: rate for label, _, rate, _, _ in bench.maps}
    for kind, database in (("sqlite", "SQLite"), ("pgsql", "PostgreSQL")):
        theirs = rates.get(f"postmap, Postfix's {kind}")
        if theirs is None:
            continue
        for how in ("asked", "kept"):
            ours = rates[f"postmap, our socketmap, {how}, {database}"]
            yield (f"- our socketmap ({how}) beside Postfix's {kind}: "
                   f"{ours / theirs:.2f} times the look-ups")


def budget_lines(bench):
    lines = []
    for daemon in ("policyd", "milter"):
        base = bench.memory.get((daemon, ACTIVE))
        for users in bench.options.sizes:
            if base is None or users == ACTIVE:
                continue
            growth = bench.memory[daemon, users] / base - 1
            lines.append(f"- memory of {daemon} with {users:,} users against "
                         f"{ACTIVE:,}: {growth:+.1%}, within {FLAT:.0%} "
                         f"wanted: {met(abs(growth) <= FLAT)}")
    return lines + list(rate_budgets(bench)) + list(map_budgets(bench)) + \
        list(change_budgets(bench))


def rate_budgets(bench):
    for users in bench.options.sizes:
        base = bench.rates.get(("kept", ACTIVE))
        if base is None or users <= ACTIVE:
            continue
        change = bench.rates["kept", users][0] / base[0] - 1
        yield (f"- rate of policyd, of what is kept, with {users:,} users "
               f"against {ACTIVE:,}: {change:+.1%}, at most {FLAT:.0%} less "
               f"wanted: {met(change >= -FLAT)}")


def report(bench):
    lines = ["## The directory", "", machine(bench.load_average), ""]
    lines += apply_table(bench) + lookup_table(bench) + map_table(bench)
    lines += change_table(bench) + memory_table(bench)
    lines += budget_lines(bench)
    remarks = bench.remark_lines()
    return "\n".join(lines + ([""] + remarks if remarks else [])) + "\n"


def main():
    options = arguments()
    os.environ["PGOPTIONS"] = "-c client_min_messages=warning"
    side_by_side.carry_out(Bench, options, "directory")


if __name__ == "__main__":
    main()
