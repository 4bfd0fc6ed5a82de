# SPDX-License-Identifier: ISC
"""offline.py - without a network: SPF on the answers present, and `scan`."""

import json
import resource
import statistics
import subprocess
import time

from side_by_side import ratio

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


def _scan(program, zone, files):
    """(messages a second, CPU seconds of a message) of one run."""
    cpu, began = _children_cpu(), time.monotonic()
    done = subprocess.run(
        [program, "scan", "--json", "--zone", zone, "--client-ip",
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
    program = options.build.resolve() / "bin" / "mailreeve"
    zone = _zone_file(home / "zone.tsv", records)
    files = sorted(folder.iterdir())
    files = (files * (SCANNED // len(files) + 1))[:SCANNED]
    runs = [_scan(program, zone, files) for _ in range(options.rounds)]
    rate = statistics.median(rate for rate, _ in runs)
    cpu = statistics.median(cpu for _, cpu in runs)
    return [f"`mailreeve scan --json` over {SCANNED:,} of the warm messages, "
            f"one process with its start, DNS from a zone file: {rate:,.0f} "
            f"messages a second, {cpu * 1e6:.0f} µs CPU each.", ""]


def spf_table(options):
    """Evaluations a second, ours and those of libspf2 by itself."""
    program = options.build.resolve() / "bin" / "bench-spf-speed"
    done = subprocess.run([program, str(options.seconds)], check=True,
                          capture_output=True, text=True)
    lines = ["### SPF evaluations a second, on the answers present", "",
             "libspf2 by itself has the same answers in memory, through its "
             "own zone resolver, and keeps its server from one evaluation "
             "to the next. Both should say pass: what else it says is what "
             "its limits make of a long record.", "",
             "| record | bytes | 1 thread | × libspf2 | 2 threads "
             "| × one thread | says | libspf2, 1 thread | says |",
             "|---|" + "--:|" * 5 + "---|--:|---|"]
    for line in done.stdout.splitlines():
        one = json.loads(line)
        lines.append(f"| {one['record']} | {one['bytes']:,} "
                     f"| {one['ours_1']:,} "
                     f"| {ratio(one['ours_1'], one['libspf2'])} "
                     f"| {one['ours_2']:,} "
                     f"| {ratio(one['ours_2'], one['ours_1'])} "
                     f"| {one['result']} | {one['libspf2']:,} "
                     f"| {one['libspf2_result']} |")
    return lines + [""]


def report(options, home, folder, records):
    return [*spf_table(options), "### A folder", "",
            *scan_lines(options, home, folder, records)]
