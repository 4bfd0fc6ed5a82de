# SPDX-License-Identifier: ISC
"""Rules of the stories' own, and who judges by them: what is told of here does
not depend on the stock rules."""

from lab import milter_conf

STOCK = """\
rule PILLS {
	describe "Medicine at a price";
	group trade;
	score 9;
	if text '/cheap pills/i';
}
rule BARE_LINK {
	describe "A link to a bare address";
	score 7;
	if uri '/^http:..[0-9.]+(\\/|$)/';
}
rule URGENT {
	describe "It presses for time";
	score 1.5;
	if subject '/urgent/i';
}
rule NEWSLETTER {
	describe "It can be unsubscribed from";
	score -2;
	if header list-unsubscribe '/https:/';
}
"""

PEOPLE = """\
class strict { junk_score 3; refuse_score 6; }
class lenient { refuse_score 0; }
class watched { score_submitted yes; }
domain lab.test { }
domain second.test { class lenient; }
user strict@lab.test { class strict; }
user bob@lab.test { class watched; }
"""

USERS = ["ann@lab.test", "bob@lab.test", "strict@lab.test",
         "carol@second.test"]

RULES = """\
rules {
	directory "@DIR@/rules/stock";
	local "@DIR@/rules/local";
	cache "@DIR@/rules/cache";
}
"""


def conf(more="", **settings):
    settings.setdefault("mode", "enforce")
    return milter_conf(PEOPLE + more, rules=RULES, **settings)

FILES = {"rules/stock/a.rules": STOCK, "rules/local/none": "",
         "rules/cache/none": ""}
