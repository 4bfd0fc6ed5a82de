# SPDX-License-Identifier: ISC
"""side_by_side.py - the frame of a run: options, sides under load, a report.

A comparison is a subclass of Bench and one call of carry_out().
"""

import argparse
import importlib.util
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

RECIPIENT = "bob@bench.example"
WARM_UP = "0.3"         # seconds before each round that is measured


def arguments(description):
    """The options that every comparison has, for more to be added."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--build", default=CHECKOUT / "build", type=Path)
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("BENCH_SECONDS") or 1),
                        help="of each run (default: $BENCH_SECONDS or 1)")
    parser.add_argument("--rounds", type=int, default=3)
    return parser


class Bench:
    """Sides that take the same load in turn, and what came of it."""

    needs = ()      # Python modules without which nothing can be measured

    def __init__(self, options, home):
        self.options = options
        self.home = home
        self.programs = options.build.resolve() / "bin"
        self.load_average = os.getloadavg()[0]
        self.sides = []
        self.unlike = set()     # labels of sides that do other work
        self.remarks = []
        self.results = {}       # (what, connections, label): [json, ...]
        self.starts = 0

    @classmethod
    def missing(cls):
        """Why nothing can be measured, or None."""
        if corpora.data_dir() is None:
            return "there is no test data (MAILREEVE_DATA)"
        absent = [name for name in cls.needs
                  if importlib.util.find_spec(name) is None]
        return f"no Python module {absent[0]}" if absent else None

    def measure(self):
        raise NotImplementedError

    def report(self):
        """Markdown."""
        raise NotImplementedError

    def admit(self, sides):
        """Who cannot take part becomes a remark."""
        for side in sides:
            if (reason := side.missing()) is not None:
                self.remarks.append(f"left out: {reason}")
            else:
                self.sides.append(side)

    def start(self, side, *resolver):
        """Fresh processes, in a folder of their own."""
        self.starts += 1
        side.start(self.home / f"side{self.starts}", *resolver)

    def start_all(self):
        for side in self.sides:
            self.start(side)

    def stop(self):
        for side in self.sides:
            side.ask_to_stop()
        for side in self.sides:
            side.stop()

    def play(self, side, folder, *options):
        """One run of the load generator: its JSON."""
        pids = [word for pid in side.pids for word in ("--pid", str(pid))]
        done = subprocess.run(
            [self.programs / "bench-milter-load", "--corpus", folder,
             "--client", world.CLIENT, "--client-name", world.CLIENT_NAME,
             "--helo", world.CLIENT_NAME, "--rcpt", RECIPIENT, *pids,
             *options, *side.sockets], capture_output=True, text=True)
        if done.returncode == 2 or not side.is_running():
            raise SystemExit(f"{side.label} failed: {done.stderr}")
        result = json.loads(done.stdout)
        errors = {k: v for k, v in result["errors"].items() if v}
        if errors:
            self.remark(side, result, f"errors {errors}")
        return result

    def play_rounds(self, what, folder, counts, *options):
        """Each side in turn, and again (A B C A B C ...)."""
        seconds = str(self.options.seconds)
        for count in counts:
            for _ in range(self.options.rounds):
                for side in self.sides:
                    self.keep(what, count, side, self.play(
                        side, folder, "-c", str(count), "-t", seconds, "-w",
                        WARM_UP, *options))
            print(f"{what}: {count} connections done", file=sys.stderr)

    def keep(self, what, count, side, result):
        self.results.setdefault((what, count, side.label), []).append(result)

    def remark(self, side, result, text):
        self.remarks.append(
            f"{side.label}, {result['connections']} connections: {text}")

    def mark(self, label):
        return f"{label} (!)" if label in self.unlike else label

    def remark_lines(self):
        return [f"- {remark}" for remark in dict.fromkeys(self.remarks)]


# --- what a report is made of ---------------------------------------------


def median(results, *keys):
    values = []
    for value in results:
        for key in keys:
            value = value[key]
        values.append(value)
    return statistics.median(values)


def ratio(mine, theirs):
    return f"{mine / theirs:.2f}" if theirs else "-"


def _first(path, key):
    """What stands behind the first KEY in a file of lines."""
    for line in Path(path).read_text().splitlines():
        name, _, value = line.replace("=", ":").partition(":")
        if name.strip() == key:
            return value.strip().strip('"')
    return f"no {key}"


def machine(load_average):
    """A sentence: what a figure was measured on."""
    return (f"{os.cpu_count()} cores "
            f"({_first('/proc/cpuinfo', 'model name')}), shared with the "
            f"load generator; {_first('/etc/os-release', 'PRETTY_NAME')}; "
            f"load before the run {load_average:.1f}.")


def publish(options, name, text):
    """Prints a report, and leaves it in the build."""
    target = options.build / "bench" / f"{name}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(text, flush=True)


def raise_file_limit():
    """The filters inherit it: a thousand connections are not its business."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = min(hard, 16384) if hard > 0 else 16384
    resource.setrlimit(resource.RLIMIT_NOFILE, (want, hard))


def carry_out(bench_class, options, name):
    """Measures in namespaces of our own."""
    if (reason := bench_class.missing()) is not None:
        print(f"bench: {name} skipped, {reason}")
        return
    world.enter()
    raise_file_limit()
    home = Path(tempfile.mkdtemp(prefix="mr-bench-"))
    bench = bench_class(options, home)
    try:
        bench.measure()
        text = bench.report()
    except BaseException:
        print(f"bench: {name} was not measured; see {home}", file=sys.stderr)
        raise
    finally:
        bench.stop()
    shutil.rmtree(home)
    publish(options, name, text)
