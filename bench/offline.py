# SPDX-License-Identifier: ISC
"""offline.py - without a network: SPF on the answers present, and `scan`."""

import json
import resource
import statistics
import subprocess
import time

from side_by_side import median, ratio

import ours
import world

SCANNED = 2000          # messages in one run of `mailreeve scan`


def _zone_file(path, records):
    """The records as `scan --zone` reads them; they need no escapes."""
    path.write_text("".join(f"{one.name}\t{one.type}\t{one.rdata}\n"
                            for one in records))
    return path


def _children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _scan(command, zone, files):
    """(messages a second, CPU seconds of a message) of one run."""
    cpu, began = _children_cpu(), time.monotonic()
    done = subprocess.run(
        [*command, "--json", "--zone", zone, "--client-ip",
         world.CLIENT, "--client-name", world.CLIENT_NAME, "--helo",
         world.CLIENT_NAME, "--mail-from", "bounce@c1.example", *files],
        check=True, capture_output=True)
    taken = time.monotonic() - began
    count = len(done.stdout.splitlines())
    if count != len(files):
        raise SystemExit(f"scan told of {count} of {len(files)} messages")
    return count / taken, (_children_cpu() - cpu) / count


def scan_lines(options, home, folder, records):
    """What `mailreeve scan` does over a folder."""
    command = ours.scan(options, home / "scan.conf")
    zone = _zone_file(home / "zone.tsv", records)
    files = sorted(folder.iterdir())
    files = (files * (SCANNED // len(files) + 1))[:SCANNED]
    runs = [_scan(command, zone, files) for _ in range(options.rounds)]
    rate = statistics.median(rate for rate, _ in runs)
    cpu = statistics.median(cpu for _, cpu in runs)
    return ["`mailreeve scan --json`, authentication alone, over "
            f"{SCANNED:,} of the warm messages, one process with its start, "
            f"DNS from a zone file: {rate:,.0f} messages a second, "
            f"{cpu * 1e6:.0f} µs CPU each.", ""]


SPF_LEGEND = """\
libspf2 by itself has the same answers in memory, through its own zone \
resolver, and keeps its server from one evaluation to the next. Both should \
say pass: what else it says is what its limits make of a long record. Median \
of {rounds} rounds.
"""


def _spf_rounds(options):
    """[[json of each record], ...], together as long as one other run."""
    program = options.build.resolve() / "bin" / "bench-spf-speed"
    rounds = []
    for _ in range(options.rounds):
        done = subprocess.run(
            [program, str(options.seconds / options.rounds)], check=True,
            capture_output=True, text=True)
        rounds.append([json.loads(line) for line in done.stdout.splitlines()])
    return rounds


def _spf_row(results):
    """RESULTS: of one record, one a round."""
    one = results[0]
    ours, both, theirs = (median(results, name)
                          for name in ("ours_1", "ours_2", "libspf2"))
    return (f"| {one['record']} | {one['bytes']:,} | {ours:,.0f} "
            f"| {ratio(ours, theirs)} | {both:,.0f} | {ratio(both, ours)} "
            f"| {one['result']} | {theirs:,.0f} | {one['libspf2_result']} |")


def spf_table(options):
    """Evaluations a second, ours and those of libspf2 by itself."""
    return ["### SPF evaluations a second, on the answers present", "",
            SPF_LEGEND.format(rounds=options.rounds),
            "| record | bytes | 1 thread | × libspf2 | 2 threads "
            "| × one thread | says | libspf2, 1 thread | says |",
            "|---|" + "--:|" * 5 + "---|--:|---|",
            *map(_spf_row, zip(*_spf_rounds(options))), ""]


def report(options, home, folder, records):
    return [*spf_table(options), "### A folder", "",
            *scan_lines(options, home, folder, records)]
