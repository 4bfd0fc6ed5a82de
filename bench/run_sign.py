#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_sign.py - signing with lib/auth beside `openssl speed`, one table.

openssl's figure is the bare operation on a hash: the limit for whoever uses
the library.  Rounds are interleaved; printed is the median of the rounds.
"""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import side_by_side
from side_by_side import ratio

SIZES = [1024, 10240]
THREADS = [1, 2]
# Our name: how genpkey makes the key, what speed calls it, its result line.
ALGORITHMS = {
    "rsa-2048": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa2048",
                 "+F2:", 3),
    "ed25519": (["ED25519"], "ed25519", "+F6:", 4),
}


def openssl_speed(algorithm, threads, seconds):
    """Signatures a second; openssl takes whole seconds, and processes."""
    _, name, mark, column = ALGORITHMS[algorithm]
    # Without -elapsed it would count seconds of CPU, and we those of a clock.
    command = ["openssl", "speed", "-elapsed", "-mr", "-seconds",
               str(max(1, round(seconds)))]
    if threads > 1:
        command += ["-multi", str(threads)]
    done = subprocess.run(command + [name], check=True, text=True,
                          capture_output=True)
    lines = [line for line in done.stdout.splitlines()
             if line.startswith(mark)]
    return float(lines[-1].split(":")[column])


def ours(program, key, size, threads, seconds):
    done = subprocess.run([program, key, str(size), str(threads),
                           str(seconds)], check=True, capture_output=True,
                          text=True)
    return json.loads(done.stdout)["signatures_per_second"]


def make_key(algorithm, path):
    subprocess.run(["openssl", "genpkey", "-algorithm",
                    *ALGORITHMS[algorithm][0], "-out", path], check=True,
                   stderr=subprocess.DEVNULL)
    path.chmod(0o600)


def measure(options, home):
    """{(algorithm, threads, size or None for openssl): [rate, ...]}"""
    program = options.build.resolve() / "bin" / "bench-sign-speed"
    rates = {}
    for algorithm in ALGORITHMS:
        make_key(algorithm, home / algorithm)
    for _ in range(options.rounds):
        for algorithm in ALGORITHMS:
            for threads in THREADS:
                rates.setdefault((algorithm, threads, None), []).append(
                    openssl_speed(algorithm, threads, options.seconds))
                for size in SIZES:
                    rates.setdefault((algorithm, threads, size), []).append(
                        ours(program, home / algorithm, size, threads,
                             options.seconds))
    return rates


def report(options, rates):
    rate = {key: statistics.median(values) for key, values in rates.items()}
    lines = ["## Signing beside openssl speed", "",
             f"Signatures a second, {os.cpu_count()} cores; median of "
             f"{options.rounds} rounds of {options.seconds:g} s.", "",
             "| key | threads | openssl | "
             + " | ".join(f"{size // 1024} KB | × openssl"
                          for size in SIZES)
             + " | × one thread |", "|---|--:|--:|" + "--:|--:|" * len(SIZES)
             + "--:|"]
    for algorithm in ALGORITHMS:
        for threads in THREADS:
            limit = rate[algorithm, threads, None]
            cells = []
            for size in SIZES:
                mine = rate[algorithm, threads, size]
                cells += [f"{mine:,.0f}", ratio(mine, limit)]
            scale = (rate[algorithm, threads, SIZES[-1]]
                     / rate[algorithm, THREADS[0], SIZES[-1]])
            lines.append(f"| {algorithm} | {threads} | {limit:,.0f} | "
                         + " | ".join(cells) + f" | {scale:.2f} |")
    return "\n".join(lines) + "\n"


def main():
    options = side_by_side.arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="mr-sign-") as home:
        text = report(options, measure(options, Path(home)))
    side_by_side.publish(options, "sign", text)


if __name__ == "__main__":
    main()
