# SPDX-License-Identifier: ISC
"""The databases of patterns: made beside the daemon, and not needed for it."""

import fcntl
import re
from contextlib import contextmanager

import pytest
from flow.judged import conf
from flow.story import Letter, event_of, status
from lab.patience import AT_MOST

MANY = 400
AT_ONCE = "all patterns at once"


def many(marker, more="yz"):
    """Rules that a pass over all of them pays for, others than those of another
    marker."""
    return "".join(f"rule {marker}_{i} {{ score 0.001; "
                   f"if text '/{marker}{i}x{more}/'; }}\n"
                   for i in range(MANY))


@contextmanager
def nobody_compiles(lab):
    """Who wants to write into the cache waits."""
    with (lab.dir / "rules" / "cache" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module", autouse=True)
def with_hyperscan(lab):
    lab.write("rules/local/many.rules", many("first"))
    lab.ctl("reload")
    if "without Hyperscan" in status(lab)["rules_matched"]:
        pytest.skip("built without Hyperscan")


def is_at_once(lab):
    return status(lab)["rules_matched"] == AT_ONCE


def databases(lab):
    return list((lab.dir / "rules" / "cache").glob("*.lanes"))


def hits(lab, text):
    told = event_of(lab, lab.send(data=Letter(body=text + "\n").data))
    return {f["check"] for f in told["findings"] if f["score"]}


def test_they_are_made_by_a_process_beside_the_daemon(lab):
    lab.wait(lambda: is_at_once(lab), AT_MOST, "the databases")
    lab.wait_for_log("the patterns of rules are being compiled pid=", "milter")
    lab.wait_for_log("the patterns of rules are compiled", "milter")
    assert len(databases(lab)) == 1
    assert hits(lab, "first7xyz") == {"first_7"}
    assert status(lab)["degraded"] == []


def test_they_are_there_at_the_next_start(lab):
    lab.milter.restart()
    assert is_at_once(lab)
    assert hits(lab, "first8xyz") == {"first_8"}


@pytest.mark.parametrize("damage", [
    lambda path: path.write_bytes(path.read_bytes()[:1000]),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(bytes(reversed(path.read_bytes()))),
], ids=["cut off", "empty", "reversed"])
def test_a_damaged_file_counts_as_none_and_is_made_anew(lab, damage):
    [path] = databases(lab)
    lab.milter.term()
    damage(path)
    lab.milter.start()
    assert hits(lab, "first9xyz") == {"first_9"}
    lab.wait(lambda: is_at_once(lab), AT_MOST, "the databases")
    assert hits(lab, "first9xyz") == {"first_9"}


def test_a_compiler_that_is_killed_is_named_and_mail_goes_on(lab):
    lab.write("rules/local/many.rules", many("second"))
    started = len(re.findall(r"being compiled pid=", lab.log("milter")))
    with nobody_compiles(lab):
        lab.ctl("reload")
        lab.wait(lambda: len(re.findall(r"being compiled pid=",
                                        lab.log("milter"))) > started,
                 AT_MOST, "the compiler")
        pid = re.findall(r"being compiled pid=(\d+)", lab.log("milter"))[-1]
        lab.run(["kill", "-9", pid])
    lab.wait(lambda: status(lab)["degraded"], AT_MOST, "the trouble")
    [degraded] = status(lab)["degraded"]
    assert "killed by signal 9" in degraded
    assert hits(lab, "second5xyz") == {"second_5"}
    lab.write("rules/local/many.rules", many("first"))
    lab.ctl("reload")
    assert is_at_once(lab) and status(lab)["degraded"] == []


@pytest.mark.plain     # a sanitizer has its memory mapped before the limit
def test_a_compiler_that_needs_too_much_is_named_and_mail_goes_on(lab):
    lab.write("rules/local/many.rules", many("third", "\\w+[a-f]\\d?z"))
    lab.milter.configure(conf().replace("rules {",
                                        "rules { compile_memory 1m;", 1))
    lab.ctl("reload")
    lab.wait(lambda: status(lab)["degraded"], AT_MOST, "the trouble")
    [degraded] = status(lab)["degraded"]
    assert "more memory than rules { compile_memory } allows" in degraded
    assert hits(lab, "third5xuaz") == {"third_5"}
    lab.milter.configure(conf())
    lab.ctl("reload")
    lab.wait(lambda: is_at_once(lab), AT_MOST, "the databases")
    assert hits(lab, "third5xuaz") == {"third_5"}
    assert status(lab)["degraded"] == []
    lab.write("rules/local/many.rules", many("first"))
    lab.ctl("reload")
    lab.wait(lambda: is_at_once(lab), AT_MOST, "the databases")


def test_a_cache_that_cannot_be_written_is_named_and_mail_goes_on(lab):
    lab.milter.configure(conf().replace("@DIR@/rules/cache",
                                        "/proc/none/cache"))
    lab.ctl("reload")
    lab.wait(lambda: status(lab)["degraded"], AT_MOST, "the trouble")
    assert hits(lab, "first5xyz") == {"first_5"}
    lab.milter.configure(conf())
    lab.ctl("reload")
    assert status(lab)["degraded"] == []
