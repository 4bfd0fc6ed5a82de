/* SPDX-License-Identifier: ISC */
/* test_rules_ruleset.c - rules put together: what hits, how often, what it gives,
 * and what is left out with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rules_bench.h"

#define MESSAGE "From: Ann <ann@example.org>\nTo: bob@example.net\n" \
	"Subject: a lottery, a lottery\n\nYou won one million.\n"

static void
must_be(const char *sentence, struct str is, const char *wanted)
{
	if (!str_is(is, wanted))
		fail_msg("%s: \"%.*s\" instead of \"%s\"", sentence,
		    STR_ARG(is), wanted);
}

static void
must_hit(struct rules_bench *bench, const char *sentence, const char *hits)
{
	must_be(sentence, rules_bench_judge(bench), hits);
}

/* Load, and judge the message. */
static void
run(struct rules_bench *bench, const char *sentence, const char *hits)
{
	rules_bench_load(bench, NULL);
	rules_bench_message(bench, STR(MESSAGE));
	must_hit(bench, sentence, hits);
}

static void
patterns_hit_where_they_match(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "subject", "/lottery/");
	rules_bench_pattern(&bench, "B", "subject", "/LOTTERY/");
	rules_bench_pattern(&bench, "C", "subject", "/LOTTERY/i");
	rules_bench_pattern(&bench, "D", "!subject", "/lottery/");
	rules_bench_pattern(&bench, "E", "!subject", "/million/");
	rules_bench_pattern(&bench, "F", "text", "/million/");
	rules_bench_pattern(&bench, "G", "header from:addr", "/^ann@/");
	rules_bench_pattern(&bench, "H", "header x-none", "/^/");
	rules_bench_pattern(&bench, "I", "!header x-none", "/x/");
	rules_bench_exists(&bench, "J", "header to");
	rules_bench_exists(&bench, "K", "header x-none");
	rules_bench_exists(&bench, "L", "!header x-none");
	rules_bench_exists(&bench, "M", "!header to");
	run(&bench, "each by itself", "A C E F G I J L");
	assert_int_equal(ruleset_count(bench.ruleset), 13);
	assert_int_equal(bench.result.limited.len, 0);
	assert_false(bench.result.is_cut);
	rules_bench_end(&bench);
}

static void
a_field_that_is_not_there_has_a_text_where_the_rule_says_so(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "header x-none", "/^UNSET$/")->
	    test.if_unset = STR("UNSET");
	rules_bench_pattern(&bench, "B", "header x-none", "/^$/")->
	    test.if_unset = STR("");
	rules_bench_pattern(&bench, "C", "!header x-none", "/^$/")->
	    test.if_unset = STR("");
	rules_bench_pattern(&bench, "D", "!header x-none", "/./")->
	    test.if_unset = STR("");
	rules_bench_pattern(&bench, "E", "subject", "/^UNSET$/")->
	    test.if_unset = STR("UNSET");
	rules_bench_pattern(&bench, "F", "header x-none", "/./")->
	    test.if_unset = STR("");
	run(&bench, "if_unset", "A B D");
	rules_bench_end(&bench);
}

static void
matches_are_counted_where_the_rule_says_so(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "subject", "/lottery/");
	rules_bench_pattern(&bench, "B", "subject", "/lottery/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_pattern(&bench, "C", "subject", "/[lot]/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_pattern(&bench, "D", "subject", "/[lot]/")->flags |=
	    RULE_MULTIPLE;
	draft_find(bench.draft, STR("D"))->max_hits = 3;
	rules_bench_pattern(&bench, "E", "subject", "/x*/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_pattern(&bench, "F", "!subject", "/million/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_pattern(&bench, "G", "header x-several", "/[ab]/")->
	    flags |= RULE_MULTIPLE;
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR("Subject: a lottery, a lottery\n"
	    "X-Several: c\nX-Several: ab\nX-Several: a\n\n"));
	must_hit(&bench, "multiple", "A B*2 C*8 D*3 E*21 F G*3");
	rules_bench_end(&bench);
}

static void
expressions_know_other_rules(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_meta(&bench, "A", "__B && !__C");
	rules_bench_pattern(&bench, "__B", "subject", "/lottery/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_pattern(&bench, "__C", "subject", "/million/");
	rules_bench_meta(&bench, "D", "__B + A == 3");
	rules_bench_meta(&bench, "E", "__B * 2");
	rules_bench_meta(&bench, "F", "0 - __B");
	rules_bench_meta(&bench, "G", "F == 1");
	rules_bench_meta(&bench, "H", "rules_matching(__?) == 2");
	rules_bench_meta(&bench, "I", "rules_matching(*)");
	rules_bench_meta(&bench, "J", "local_tests_only");
	rules_bench_meta(&bench, "K", "3 > 4");
	/* Itself left out, I is A + B + D + E + F + G + H + J, C and K are 0. */
	run(&bench, "metas", "A D E*4 F G H I*12 J [__B*2]");
	must_be("nothing to say", rules_bench_notes(&bench), "");
	rules_bench_end(&bench);
}

static void
scores_are_those_of_the_set(void **state)
{
	static const char *const wanted[] = { "A=0.1 B", "A=0.2 B", "A=0.3 B",
		"A=0.4 B" };

	(void)state;
	for (unsigned set = 0; set < 4; set++) {
		struct ruleset_options options = ruleset_default_options;
		struct rules_bench bench;
		struct draft_rule *rule;

		options.score_set = set;
		rules_bench_begin(&bench);
		rule = rules_bench_pattern(&bench, "A", "subject", "/a/");
		for (unsigned i = 0; i < 4; i++)
			rule->score[i] = (i + 1) / 10.0;
		rules_bench_meta(&bench, "B", set & RULES_WITH_NET ?
		    "!local_tests_only" : "local_tests_only");
		rules_bench_load(&bench, &options);
		rules_bench_message(&bench, STR(MESSAGE));
		must_hit(&bench, "score set", wanted[set]);
		rules_bench_end(&bench);
	}
}

/* Mail::SpamAssassin::PerMsgStatus, got_hit(). */
static void
no_score_turns_a_rule_of_spamassassin_off(void **state)
{
	struct rules_bench bench;
	struct draft_rule *rule;

	(void)state;
	rules_bench_begin(&bench);
	rule = rules_bench_pattern(&bench, "A", "subject", "/a/");
	rule->flags |= RULE_SPAMASSASSIN;
	rules_bench_score(rule, 0);
	rules_bench_meta(&bench, "B", "A")->flags |= RULE_SPAMASSASSIN;
	rules_bench_meta(&bench, "C", "!A")->flags |= RULE_SPAMASSASSIN;
	rule = rules_bench_pattern(&bench, "D", "subject", "/a/");
	rules_bench_score(rule, 0);
	rules_bench_meta(&bench, "E", "D");
	rule = rules_bench_pattern(&bench, "__F", "subject", "/a/");
	rule->flags |= RULE_SPAMASSASSIN;
	rules_bench_meta(&bench, "G", "__F")->flags |= RULE_SPAMASSASSIN;
	run(&bench, "score 0", "C D=0 E G [__F]");
	assert_int_equal(ruleset_count(bench.ruleset), 6);
	must_be("a wish is no fault", rules_bench_notes(&bench), "");
	rules_bench_end(&bench);
}

/* --- what is left out --------------------------------------------------------- */

static void
names_that_no_rule_has_never_hit(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_meta(&bench, "A", "NONE || !NONE")->flags |=
	    RULE_SPAMASSASSIN;
	rules_bench_meta(&bench, "B", "!SLIP");
	rules_bench_meta(&bench, "C", "!B || 1");
	draft_rule(bench.draft, STR("SLIP"));
	run(&bench, "missing", "A");
	must_be("missing", rules_bench_notes(&bench),
	    "PASSED_OVER SLIP: there is no rule of this name\n"
	    "PASSED_OVER A: \"NONE\" is no rule: never hits\n"
	    "ERROR B: \"SLIP\" is no rule\n"
	    "ERROR C: \"B\" is left out\n");
	rules_bench_end(&bench);
}

static void
what_cannot_be_used_is_told(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "subject", "/a(/");
	rules_bench_pattern(&bench, "B", "subject", "/a(/");
	rules_bench_call(&bench, "C", "no_such_call");
	rules_bench_call(&bench, "D", "direction sideways");
	rules_bench_call(&bench, "E", "list really");
	rules_bench_meta(&bench, "F", "A &&");
	rules_bench_meta(&bench, "G", "A || 1")->flags |= RULE_SPAMASSASSIN;
	rules_bench_pattern(&bench, "H", "subject", "/a/")->test.place.form =
	    STR("sideways");
	rules_bench_pattern(&bench, "I", "subject", "/a/");
	run(&bench, "the others stay", "G I");
	must_be("told", rules_bench_notes(&bench),
	    "ERROR A: the pattern cannot be used: at 2: missing closing "
	    "parenthesis\n"
	    "ERROR B: the pattern cannot be used: at 2: missing closing "
	    "parenthesis\n"
	    "UNSUPPORTED C: there is no test \"no_such_call\" here\n"
	    "ERROR D: 'sideways' is no word that it knows\n"
	    "ERROR E: \"list\" takes no arguments\n"
	    "ERROR H: \"subject\" has no form \"sideways\"\n"
	    "ERROR F: the expression cannot be read: at 5: the expression "
	    "ends too early\n"
	    "APPROXIMATED G: \"A\" is left out: never hits\n");
	assert_int_equal(ruleset_count(bench.ruleset), 2);
	rules_bench_end(&bench);
}

static void
circles_are_left_out(void **state)
{
	static const struct {
		const char *sentence;
		const char *expressions[5];	/* of A, B, ... */
		const char *hits, *notes;
	} cases[] = {
		{ "itself", { "A || 1" }, "",
		    "ERROR A: refers in a circle: A, A\n" },
		{ "two", { "B || 1", "A" }, "",
		    "ERROR B: refers in a circle: A, B, A\n"
		    "ERROR A: refers in a circle: A, B, A\n" },
		{ "three, and one beside", { "B", "C", "A", "1" }, "D",
		    "ERROR C: refers in a circle: A, B, C, A\n"
		    "ERROR B: refers in a circle: A, B, C, A\n"
		    "ERROR A: refers in a circle: A, B, C, A\n" },
		{ "one that refers to a circle", { "1 || B", "B" }, "",
		    "ERROR B: refers in a circle: B, B\n"
		    "ERROR A: refers to \"B\", which refers in a circle\n" },
		{ "by way of another", { "1 || B", "C", "C" }, "",
		    "ERROR C: refers in a circle: C, C\n"
		    "ERROR B: refers to \"C\", which refers in a circle\n"
		    "ERROR A: refers to \"B\", which refers in a circle\n" },
		{ "two circles with one in common", { "B || C", "A", "A" }, "",
		    "ERROR B: refers in a circle: A, B, A\n"
		    "ERROR A: refers in a circle: A, B, A\n"
		    "ERROR C: refers in a circle: A, C, A\n" },
		{ "a circle within a circle", { "B", "C", "B || A" }, "",
		    "ERROR C: refers in a circle: B, C, B\n"
		    "ERROR B: refers in a circle: B, C, B\n"
		    "ERROR A: refers in a circle: A, B, C, A\n" },
		{ "a glob leaves out the rule itself",
		    { "1 + rules_matching(*)", "1" }, "A*2 B", "" },
		{ "two globs", { "rules_matching(B)", "rules_matching(A)" },
		    "", "ERROR B: refers in a circle: A, B, A\n"
		    "ERROR A: refers in a circle: A, B, A\n" },
		{ "no circle: by two ways", { "B || C", "D", "D", "1" },
		    "A B C D", "" },
	};
	static const char *const names[] = { "A", "B", "C", "D", "E" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		for (size_t r = 0; r < ARRAY_LEN(names) &&
		    cases[i].expressions[r] != NULL; r++)
			rules_bench_meta(&bench, names[r],
			    cases[i].expressions[r])->flags |=
			    RULE_SPAMASSASSIN;
		run(&bench, cases[i].sentence, cases[i].hits);
		must_be(cases[i].sentence, rules_bench_notes(&bench),
		    cases[i].notes);
		rules_bench_end(&bench);
	}
}

static void
expressions_refer_to_each_other_only_so_deep(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_meta(&bench, "R0", "1");
	for (int i = 1; i < 1000; i++)
		rules_bench_meta(&bench, arena_printf(bench.arena, "R%d", i),
		    arena_printf(bench.arena, "R%d", i - 1));
	rules_bench_load(&bench, NULL);
	assert_int_equal(ruleset_count(bench.ruleset), 51);
	assert_int_equal(bench.draft->notes.len, 949);
	rules_bench_message(&bench, STR(MESSAGE));
	rules_bench_judge(&bench);
	assert_int_equal(bench.result.hits.len, 51);
	rules_bench_end(&bench);
}

/* Each of a long chain refers to the first and the last as well: as many
 * circles as rules. */
static void
many_circles_cost_no_more_than_one(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	for (int i = 0; i < 20000; i++)
		rules_bench_meta(&bench, arena_printf(bench.arena, "R%d", i),
		    arena_printf(bench.arena, "R%d || R%d || R0",
		    (i + 1) % 20000, i / 2));
	rules_bench_load(&bench, NULL);
	assert_int_equal(ruleset_count(bench.ruleset), 0);
	assert_int_equal(bench.draft->notes.len, 20000);
	rules_bench_end(&bench);
}

static void
globs_are_bounded(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	for (int i = 0; i < 3000; i++)
		rules_bench_meta(&bench, arena_printf(bench.arena, "R%d", i),
		    i % 2 == 0 ? "1" : "rules_matching(*)");
	rules_bench_load(&bench, NULL);
	assert_true(ruleset_count(bench.ruleset) < 3000);
	assert_true(ruleset_count(bench.ruleset) >= 1500);
	rules_bench_end(&bench);
}

static void
globs_fit(void **state)
{
	static const struct {
		const char *glob;
		double count;
	} cases[] = {
		{ "AB", 1 }, { "A?", 2 }, { "A*", 4 }, { "*B", 4 },
		{ "*B*", 5 }, { "**", 6 }, { "A*B", 3 }, { "A*C*B", 1 },
		{ "?", 0 }, { "??", 3 }, { "a*", 0 }, { "A*B*C*", 1 },
		{ "*A*A*", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static const char *const names[] = { "AB", "AC", "BB", "AXB",
			"AXBCXB", "BXD" };
		struct rules_bench bench;
		const struct rule_hit *hit;

		rules_bench_begin(&bench);
		rules_bench_meta(&bench, "_ANSWER", arena_printf(bench.arena,
		    "10 + rules_matching(%s)", cases[i].glob));
		for (size_t n = 0; n < ARRAY_LEN(names); n++)
			rules_bench_meta(&bench, names[n], "1");
		rules_bench_load(&bench, NULL);
		rules_bench_message(&bench, STR(MESSAGE));
		rules_bench_judge(&bench);
		hit = vec_at(&bench.result.inner, 0);
		if ((int)hit->value != 10 + (int)cases[i].count)
			fail_msg("%s: %g", cases[i].glob, hit->value - 10);
		rules_bench_end(&bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_hit_where_they_match),
		cmocka_unit_test(
		    a_field_that_is_not_there_has_a_text_where_the_rule_says_so),
		cmocka_unit_test(matches_are_counted_where_the_rule_says_so),
		cmocka_unit_test(expressions_know_other_rules),
		cmocka_unit_test(scores_are_those_of_the_set),
		cmocka_unit_test(no_score_turns_a_rule_of_spamassassin_off),
		cmocka_unit_test(names_that_no_rule_has_never_hit),
		cmocka_unit_test(what_cannot_be_used_is_told),
		cmocka_unit_test(circles_are_left_out),
		cmocka_unit_test(expressions_refer_to_each_other_only_so_deep),
		cmocka_unit_test(many_circles_cost_no_more_than_one),
		cmocka_unit_test(globs_are_bounded),
		cmocka_unit_test(globs_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
