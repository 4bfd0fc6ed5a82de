# SPDX-License-Identifier: ISC
"""Fixtures for all tests that need a mail host: labs, and their logs."""

import os
import shlex
import subprocess

import pytest
from lab import Lab
from lab.lab import CHECKOUT, why_impossible

LAST_LINES = 60

# Daemons of other users read what tests write.
os.umask(0o022)

# What a daemon says when it did something that no daemon may do.
CRIMES = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
          "WARNING: ThreadSanitizer", "runtime error:")


class LabFactory:
    """Called like Lab; starts the lab, and ends it with its scope."""

    def __init__(self, running):
        self.running = running      # by every factory: for the logs
        self.own = []

    def __call__(self, **options):
        lab = Lab(**options)
        self.running.append(lab)
        try:
            lab.start()
        except BaseException:       # the error has its log, it is gone
            self.running.remove(lab)
            raise
        self.own.append(lab)
        return lab

    def stop_all(self):
        """A lab whose servers did what none may do fails the test."""
        crimes = []
        while self.own:
            lab = self.own.pop()
            try:
                crimes += crimes_of(lab)
            finally:
                lab.stop()
                self.running.remove(lab)
        assert not crimes


def crimes_of(lab):
    """Died by itself, no clean end on SIGTERM, or a sanitizer's report."""
    states = lab.call("ping")["daemons"]
    found = [f"{name} {state}" for name, state in states.items()
             if state.startswith("died")]
    for name, conf in (("milter", lab.milter_conf),
                       ("policyd", lab.policyd_conf)):
        if conf is not None and states[name] == "running":
            daemon = getattr(lab, name)
            daemon.resume()
            status = daemon.term()
            if status != 0:
                found.append(f"{name} ended with status {status}")
        found += [line for line in lab.log(name).splitlines()
                  if any(crime in line for crime in CRIMES)]
    return [f"{lab.dir}: {crime}" for crime in found]


@pytest.fixture(scope="session")
def running_labs(request):
    request.config.running_labs = []
    return request.config.running_labs


@pytest.fixture(scope="session")
def lab_possible():
    reason = why_impossible()
    if reason:
        pytest.skip(reason)


def factory(running):
    made = LabFactory(running)
    yield made
    made.stop_all()


@pytest.fixture
def lab_factory(running_labs, lab_possible):
    """lab_factory(milter_conf=..., ...): a started Lab for this test."""
    yield from factory(running_labs)


@pytest.fixture(scope="module")
def shared_lab_factory(running_labs, lab_possible):
    """As lab_factory, for a lab that all tests of a module use."""
    yield from factory(running_labs)


@pytest.fixture(scope="session")
def noop(tmp_path_factory):
    """milter_argv of a filter that accepts everything (bench/noop.c)."""
    program = tmp_path_factory.mktemp("noop") / "noop"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "milter"],
                           check=True, capture_output=True, text=True).stdout
    subprocess.run(["gcc", "-D_GNU_SOURCE", CHECKOUT / "bench" / "noop.c",
                    "-o", program, *shlex.split(flags), "-lpthread"],
                   check=True)
    return [program, "unix:@DIR@/sock/milter"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows how the logs of its labs end."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for lab in getattr(item.config, "running_labs", []):
        for name, text in lab.logs().items():
            tail = "\n".join(text.splitlines()[-LAST_LINES:])
            report.sections.append((f"{lab.dir}: {name} log", tail))
