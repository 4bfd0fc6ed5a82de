# SPDX-License-Identifier: ISC
"""What tests of the milter protocol share."""

import subprocess

import pytest
from lab.lab import CHECKOUT


@pytest.fixture(scope="session")
def load(tmp_path_factory):
    """The load generator, built with sanitizers."""
    program = tmp_path_factory.mktemp("load") / "bench-milter-load"
    bench = CHECKOUT / "bench"
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-g",
                    "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=undefined",
                    bench / "milter_load.c", *sorted(bench.glob("load_*.c")),
                    "-o", program, "-lpthread"], check=True)
    return program
