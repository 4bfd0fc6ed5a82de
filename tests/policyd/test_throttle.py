# SPDX-License-Identifier: ISC
"""Limits counted by policyd itself, and the commands that show them."""

import itertools
import json
import subprocess

import pytest
from lab.milter import CtlError
from lab.patience import AT_MOST
from policyhost import PROGRAM, PolicyHost

MAILREEVE = PROGRAM.parent / "mailreeve"
LIMITS = """\
throttle outbound { limit 3/1h 5/1d; }
throttle pool { per domain; unit recipients; limit 50/1d; dry_run yes;
	except_senders proven@lab.test; }
throttle inbound { direction inbound; per recipient; limit 10/1h; }
class heavy { limits outbound=100/1h; }
user joe@lab.test { class heavy; }
user vip@lab.test { limits outbound=unlimited inbound=none; }
alias boss@lab.test { to ann@lab.test; }
"""
NUMBERS = itertools.count()


def send(postfix, login="ann@lab.test", **more):
    """A message at its end: what is said to it."""
    return postfix.ask(instance=f"i{next(NUMBERS)}", sasl_username=login,
                       protocol_state="END-OF-MESSAGE", sender=login,
                       recipient="x@elsewhere.test", recipient_count="1",
                       queue_id="Q", **more)


def command(policyd, *words, status=0):
    done = subprocess.run([MAILREEVE, *words, "-c", policyd.home / "conf"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == status, done
    return done.stdout if status == 0 else done.stderr


def test_limits_are_shown_with_what_is_used_and_where_they_stand(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd, \
            policyd.connect() as postfix:
        assert [send(postfix) for _ in range(2)] == ["DUNNO"] * 2
        assert command(policyd, "limits", "ann@lab.test") == (
            "  outbound  2 of 3 messages per hour, ann@lab.test\n"
            "  outbound  2 of 5 messages per day, ann@lab.test\n"
            "  pool      2 of 50 recipients per day, domain lab.test, dry "
            "run\n"
            "  inbound   0 of 10 messages per hour, ann@lab.test\n")
        assert send(postfix) == "DUNNO"
        assert send(postfix).startswith("421 4.7.1 [")
        told = command(policyd, "limits", "boss@lab.test", "outbound")
        assert " ".join(told.split()).startswith(
            "outbound 3 of 3 messages per hour, ann@lab.test; next possible "
            "at 20")
        assert "100 messages per hour, joe@lab.test (by class heavy)" \
            in command(policyd, "limits", "Joe@Lab.test")


def test_what_is_unlimited_is_shown_and_what_is_none_is_not(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd:
        assert command(policyd, "limits", "vip@lab.test") == (
            "  pool      0 of 50 recipients per day, domain lab.test, dry "
            "run\n"
            "  outbound  unlimited messages, vip@lab.test (by user)\n")
        [told] = json.loads(command(policyd, "limits", "--json",
                                    "vip@lab.test", "outbound"))["limits"]
        assert (told["limit"], told["used"], told["origin"]) == \
            (None, None, "user")


def test_who_is_spared_only_when_proven_has_limits(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd:
        assert "of 50 recipients" in command(policyd, "limits",
                                             "proven@lab.test", "pool")


def test_json_tells_the_same_to_programs(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd, \
            policyd.connect() as postfix:
        send(postfix)
        told = json.loads(command(policyd, "limits", "--json",
                                  "ann@lab.test", "pool"))
        assert told == {"address": "ann@lab.test", "limits": [{
            "throttle": "pool", "who": "domain lab.test",
            "unit": "recipients", "per": "domain", "limit": 50,
            "window": "day", "used": 1, "next": None, "origin": "throttle",
            "action": "defer", "soft": None, "dry_run": True}]}


def test_a_reset_gives_all_of_it_back_but_what_others_share(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd, \
            policyd.connect() as postfix:
        said = [send(postfix) for _ in range(4)]
        assert said[-1].startswith("421")
        assert command(policyd, "limit", "reset", "ann@lab.test") == \
            "3 counters begin at zero again\n"
        assert send(postfix) == "DUNNO"
        told = command(policyd, "limits", "ann@lab.test")
        assert "1 of 3 messages" in told and "4 of 50 recipients" in told
        command(policyd, "limit", "reset", "joe@lab.test", "pool")
        told = command(policyd, "limits", "ann@lab.test")
        assert "1 of 3 messages" in told and "0 of 50 recipients" in told


def test_what_cannot_be_answered_is_said(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd:
        assert "no such limit applies" in command(
            policyd, "limits", "ann@lab.test", "outbund", status=1)
        assert "no address" in command(policyd, "limits", "a@b@c", status=1)
        assert command(policyd, "limits", "x@elsewhere.test", "inbound")
        with pytest.raises(CtlError, match="bad-request"):
            policyd.ctl("limits")
        with pytest.raises(CtlError, match="bad-request"):
            policyd.ctl("limits", {"name": "outbound"})
        # Plugins have no say in it.
        with pytest.raises(CtlError, match="unknown-verb"):
            policyd.ctl("limit-reset", {"address": "a@lab.test"}, "plugin")
    assert "is the daemon running?" in command(
        policyd, "limits", "ann@lab.test", status=1)


def test_who_has_no_limit_is_told_so(tmp_path):
    with PolicyHost(tmp_path) as policyd:
        assert command(policyd, "limits", "ann@lab.test") == \
            "no limit applies to this address\n"


def test_a_restart_and_a_reload_keep_what_was_used(tmp_path):
    with PolicyHost(tmp_path, more=LIMITS) as policyd:
        with policyd.connect() as postfix:
            send(postfix)
            policyd.configure(more=LIMITS.replace("3/1h", "2/1h"))
            policyd.reload()
            assert send(postfix) == "DUNNO"
            assert send(postfix).startswith("421")
        assert policyd.term() == 0
        policyd.spawn()
        policyd.wait(policyd.listens, "the daemon to serve again")
        with policyd.connect() as postfix:
            assert send(postfix).startswith("421")


def test_a_wrong_name_is_found_before_it_harms(tmp_path):
    policyd = PolicyHost(tmp_path, more=LIMITS + "class x { limits "
                         "outbund=1/1h; }\n")
    policyd.spawn()
    assert policyd.process.wait(AT_MOST) == 2
    assert "there is no section throttle outbund" in policyd.log()


def test_while_the_store_is_away_each_rule_says_what_holds(tmp_path):
    away = f"where unix:{tmp_path}/nobody;"
    with PolicyHost(tmp_path, more=LIMITS, store=away) as policyd, \
            policyd.connect() as postfix:
        said = [send(postfix) for _ in range(4)]
        assert said[:3] == ["DUNNO"] * 3 and said[3].startswith("421 4.7.1")
        assert policyd.figure("charges_owed") > 0
        assert policyd.status()["degraded"]
        assert "store" in command(policyd, "limits", "ann@lab.test",
                                  status=1)
        policyd.configure(more=LIMITS.replace(
            "5/1d;", "5/1d; on_error defer;"), store=away)
        policyd.reload()
        assert send(postfix, login="joe@lab.test").startswith("421 4.7.1")
