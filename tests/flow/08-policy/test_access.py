# SPDX-License-Identifier: ISC
"""Access lists behind a real Postfix: maps, owners, senders proven by SPF."""

import json

import pytest
from flow.story import Letter
from lab import policyd_conf
from lab.places import RESOLVER

HOST, FORGER = "192.88.21.1", "192.88.22.1"
RULES = f"""\
dns {{ servers {RESOLVER}@53; timeout 8s; }}
class strict {{ }}
domain lab.test {{ }}
domain second.test {{ class strict; }}
access blocked {{ sender_map "@DIR@/blocked"; }}
access strict {{ for strict; client 192.88.0.0/16; action defer; }}
access partner {{ for strict; sender joe@partner.test; action allow; }}
access bob {{ for bob@lab.test; sender @news.test; action deny;
	text "bob reads no news"; }}
access never {{ sender eve@partner.test; action deny; final yes; }}
"""
BLOCKED = """\
# whom we do not want
@spam.test deny no more of this
@.spam.test defer
"""
ZONE = {"partner.test TXT": f"v=spf1 ip4:{HOST} -all"}


@pytest.fixture(scope="module", name="lab")
def lab_fixture(shared_lab_factory):
    return shared_lab_factory(
        zone=ZONE, files={"blocked": BLOCKED},
        policyd_conf=policyd_conf(RULES, mode="enforce", events="all"))


def ask(lab, sender, rcpt="ann@lab.test", client=HOST):
    """(code, text) of the answer to RCPT."""
    said = lab.send(mail_from=sender, rcpt=rcpt, client=client,
                    data=Letter().data).rcpts[0]
    return said.code, said.text


def reason(lab):
    """What the rule said last."""
    text = (lab.dir / "spool" / "policyd.jsonl").read_text()
    return [finding["reason"] for line in text.splitlines()
            for finding in json.loads(line)["findings"]
            if finding["check"] == "access"][-1]


def test_a_line_of_a_map_refuses_with_its_text(lab):
    code, text = ask(lab, "x@spam.test")
    assert code == 550 and text.endswith("refused: no more of this"), text
    assert reason(lab) == f"access blocked: deny ({lab.dir}/blocked:2)"
    assert ask(lab, "x@a.spam.test")[0] == 450
    assert ask(lab, "x@nospam.test")[0] == 250


def test_an_entry_of_a_user_holds_for_that_user_alone(lab):
    assert ask(lab, "x@news.test", "ann@lab.test")[0] == 250
    code, text = ask(lab, "x@news.test", "bob@lab.test")
    assert code == 550 and "bob reads no news" in text


def test_an_allow_by_the_sender_counts_where_spf_passes(lab):
    assert ask(lab, "joe@stranger.test", "carol@second.test")[0] == 450
    assert ask(lab, "joe@partner.test", "carol@second.test")[0] == 250
    # Anybody can write that name; another host cannot prove it.
    assert ask(lab, "joe@partner.test", "carol@second.test",
               FORGER)[0] == 450
    assert reason(lab) == "access strict: defer"


def test_a_final_entry_beats_those_of_owners(lab):
    assert ask(lab, "eve@partner.test", "carol@second.test")[0] == 550


def test_nobody_asks_about_senders_whom_no_allow_names(lab):
    lab.dns.forget_queries()
    assert ask(lab, "joe@curious.test")[0] == 250
    assert ("curious.test", "TXT") not in lab.dns.queries()


def test_a_map_is_read_again_at_reload_and_a_bad_one_refused(lab):
    lab.write("blocked", BLOCKED + "@late.test deny\n")
    assert ask(lab, "x@late.test")[0] == 250
    lab.policyd.ctl("reload")
    assert ask(lab, "x@late.test")[0] == 550
    lab.write("blocked", BLOCKED + "late.test deny\n")
    with pytest.raises(Exception, match=r"blocked:4: 'late\.test' is none"):
        lab.policyd.ctl("reload")
    # What was in force stays.
    assert ask(lab, "x@late.test")[0] == 550
