/* SPDX-License-Identifier: ISC */
/* test_rules_off.c - SpamAssassin's rules of the network and of what was learned:
 * which of them are off, what is told of that, and whose score counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rules_bench.h"

#define MESSAGE "From: Ann <ann@example.org>\n\nYou won.\n"

/* Judge a message by what was loaded. */
static void
must_hit(struct rules_bench *bench, const char *sentence, const char *wanted)
{
	struct str hits;

	rules_bench_message(bench, STR(MESSAGE));
	hits = rules_bench_judge(bench);
	if (!str_is(hits, wanted))
		fail_msg("%s: \"%.*s\" instead of \"%s\"", sentence,
		    STR_ARG(hits), wanted);
}

static void
tests_of_what_is_not_asked_do_not_run(void **state)
{
	struct rules_bench bench;
	struct ruleset_options options = ruleset_default_options;

	(void)state;
	for (unsigned set = 0; set < 4; set++) {
		rules_bench_begin(&bench);
		rules_bench_call(&bench, "A", "direction inbound")->flags |=
		    RULE_SPAMASSASSIN | RULE_NET;
		rules_bench_call(&bench, "B", "direction inbound")->flags |=
		    RULE_SPAMASSASSIN | RULE_LEARN;
		rules_bench_call(&bench, "C", "direction inbound")->flags |=
		    RULE_NET | RULE_LEARN;
		options.score_set = set;
		rules_bench_load(&bench, &options);
		must_hit(&bench, "net and learn", set < 2 ? "A C" : "A B C");
		rules_bench_end(&bench);
	}
}

/* What has a test here asks nobody. Its score is that of the network. */
static void
what_our_checks_prove_has_the_scores_of_the_network(void **state)
{
	static const double scores[] = { 0, 2, 3, 4 };
	struct rules_bench bench;
	struct draft_rule *rule;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		rules_bench_begin(&bench);
		rule = i == 2 ? rules_bench_meta(&bench, "A", "1")
		    : rules_bench_call(&bench, "A", "direction inbound");
		rule->flags |= RULE_SPAMASSASSIN | (i != 1 ? RULE_NET : 0);
		rule->has_score = true;
		memcpy(rule->score, scores, sizeof(scores));
		rules_bench_load(&bench, NULL);
		must_hit(&bench, i == 1 ? "no test of the network" : "network",
		    i == 1 ? "" : "A=2");
		assert_true(ruleset_score(bench.ruleset, rule) ==
		    (i == 1 ? 0 : 2));
		rules_bench_end(&bench);
	}
}

/* A rule that nobody turned off is off for a reason. */
static void
what_is_off_is_told(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_call(&bench, "A", "check_rbl_sub zen 127.0.0.2")->flags |=
	    RULE_SPAMASSASSIN | RULE_NET;
	rules_bench_call(&bench, "B", "no_such_test")->flags |=
	    RULE_SPAMASSASSIN | RULE_NET;
	rules_bench_call(&bench, "C", "check_bayes 0.5 0.6")->flags |=
	    RULE_SPAMASSASSIN | RULE_LEARN;
	rules_bench_call(&bench, "D", "check_razor2")->flags |=
	    RULE_SPAMASSASSIN | RULE_NET | RULE_DISABLED;
	rules_bench_call(&bench, "E", "check_arc_valid");
	rules_bench_load(&bench, NULL);
	must_hit(&bench, "none of them runs", "");
	assert_string_equal(rules_bench_notes(&bench).data,
	    "PASSED_OVER A: it is off: it asks lists in the DNS, which rules "
	    "do not\n"
	    "PASSED_OVER B: it is off: tests of the network (tflags net) do "
	    "not run\n"
	    "PASSED_OVER C: it is off: what SpamAssassin's Bayes has learned "
	    "is not taken over\n"
	    "UNSUPPORTED E: ARC is not judged\n");
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tests_of_what_is_not_asked_do_not_run),
		cmocka_unit_test(
		    what_our_checks_prove_has_the_scores_of_the_network),
		cmocka_unit_test(what_is_off_is_told),
	};

	return cmocka_run_group_tests_name("rules_off", tests, NULL, NULL);
}
