#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_scan.py - what avscan's pool does in a second, one table: files of several
kinds, by workers that stay and by one process for each file."""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests"),
                str(Path(__file__).resolve().parent.parent / "tests/avscan")]

SECONDS = os.environ.get("BENCH_SECONDS", "3")
ROUNDS = 3


def zip_of(count, size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(count):
            archive.writestr(f"file{n}.txt", b"some text of it\n" * (size // 16))
    return out.getvalue()


def tar_of(count, size):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for n in range(count):
            info = tarfile.TarInfo(f"file{n}.txt")
            info.size = size
            archive.addfile(info, io.BytesIO(os.urandom(size)))
    return out.getvalue()


FILES = {
    "10 KB of text": b"some text of it\n" * 640,
    "zip, 3 files": zip_of(3, 2000),
    "zip, 1,000 files": zip_of(1000, 2000),
    "tar.gz, 1 MB of chance": tar_of(10, 100000),
}


def measure(load, host, path, at_a_time):
    runs = []
    for _ in range(ROUNDS):
        said = subprocess.run(
            [load, host.home / "s", path, SECONDS, str(at_a_time)],
            check=True, capture_output=True, text=True).stdout
        runs.append(json.loads(said))
    assert not any(run["unread"] for run in runs), runs
    return (statistics.median(run["files"] / run["seconds"] for run in runs),
            statistics.median(run["p50_us"] for run in runs),
            statistics.median(run["p99_us"] for run in runs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    build = Path(parser.parse_args().build).resolve()
    os.environ["MAILREEVE_BIN"] = str(build / "bin")
    from scanhost import ScanHost  # pylint: disable=import-outside-toplevel
    print("| file | files for a worker | at a time | files/s | p50 ms "
          "| p99 ms |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "file"
        for worker_files in (100, 1):
            with ScanHost(home, worker_files=worker_files) as host:
                for name, data in FILES.items():
                    path.write_bytes(data)
                    for at_a_time in (1, 4):
                        rate, p50, p99 = measure(
                            build / "bin" / "bench-scan-speed", host, path,
                            at_a_time)
                        print(f"| {name} | {worker_files} | {at_a_time} | "
                              f"{rate:,.0f} | {p50 / 1000:.2f} | "
                              f"{p99 / 1000:.2f} |", flush=True)


if __name__ == "__main__":
    main()
