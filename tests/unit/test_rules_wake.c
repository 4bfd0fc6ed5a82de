/* SPDX-License-Identifier: ISC */
/* test_rules_wake.c - rules that cannot hit sleep until something wakes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rules_bench.h"

/* Judged as mail is: without inner rules, so that those sleep which cannot
 * hit. */
static void
must_show(struct rules_bench *bench, const char *message, const char *hits)
{
	struct rules_result result;
	struct buf out;

	rules_bench_message(bench, str_from(message));
	rules_judge(bench->ruleset, bench->view, 0, &result);
	buf_init(&out, bench->arena);
	for (size_t i = 0; i < result.hits.len; i++)
		buf_printf(&out, "%s%.*s", i == 0 ? "" : " ", STR_ARG(
		    ((struct rule_hit *)vec_at(&result.hits, i))->rule->name));
	if (!str_is(buf_str(&out), hits))
		fail_msg("%s: \"%s\" instead of \"%s\"", message, out.data,
		    hits);
	assert_int_equal(result.inner.len, 0);
}

/* Each message with the rule set of the one before. */
static void
rules_wake_when_a_pattern_of_theirs_may_match(void **state)
{
	static const struct {
		const char *message, *hits;
	} cases[] = {
		{ "Subject: none\n\n", "NOT NEITHER UNSET LATE_NOT" },
		{ "Subject: x\n\n", "NEITHER LATE_NOT" },
		{ "Subject: alpha\n\n", "ONE NOT EITHER LATE_NOT" },
		{ "Subject: alpha beta\n\n", "ONE NOT EITHER BOTH SUM" },
		{ "Subject: beta\n\n", "NOT EITHER" },
		{ "Subject: none\n\n", "NOT NEITHER UNSET LATE_NOT" },
		{ "Subject: aab\n\n", "NOT NEITHER AGAIN LATE_NOT" },
		{ "Subject: abb\n\n", "NOT NEITHER LATE_NOT" },
		{ "To: x\n\n", "NOT NEITHER EMPTY LATE_NOT" },
		{ "Subject: beta alpha\n\n", "ONE NOT EITHER BOTH SUM" },
	};
	struct rules_bench bench;
	struct draft_rule *empty;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "ONE", "subject", "/alpha/");
	rules_bench_pattern(&bench, "__TWO", "subject", "/beta/")->flags |=
	    RULE_INNER;
	rules_bench_pattern(&bench, "NOT", "!subject", "/x/");
	rules_bench_meta(&bench, "EITHER", "(ONE || __TWO)");
	rules_bench_meta(&bench, "NEITHER", "!ONE && !__TWO");
	rules_bench_meta(&bench, "BOTH", "ONE && __TWO");
	rules_bench_meta(&bench, "SUM", "ONE + __TWO > 1");
	/* PCRE2 decides. */
	rules_bench_pattern(&bench, "AGAIN", "subject", "/(a)\\1(?=b)/");
	empty = rules_bench_pattern(&bench, "EMPTY", "subject", "/^unset/");
	empty->test.if_unset = STR("unset");
	rules_bench_pattern(&bench, "UNSET", "subject", "/^none/");
	rules_bench_meta(&bench, "LATE_NOT", "!__TWO");
	rules_bench_load(&bench, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		must_show(&bench, cases[i].message, cases[i].hits);
	rules_bench_end(&bench);
}

/* A rule that asks a call first sleeps until it hits, for all that ask it. */
static void
rules_wake_when_the_call_that_they_ask_first_hits(void **state)
{
	static const struct {
		const char *message, *hits;
	} cases[] = {
		{ "Subject: x\n\n\n", "NOT" },
		{ "Subject: x\n\nhttps://a.example/\n", "BEFORE LINKS BOTH" },
		{ "\nhttps://a.example/ https://b.example/\n",
		    "BEFORE LINKS TWO" },
		{ "Subject: x\n\n\n", "NOT" },
	};
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_meta(&bench, "BEFORE", "__X || LINKS");
	rules_bench_call(&bench, "__LINKS", "count links");
	rules_bench_pattern(&bench, "__X", "subject", "/y/");
	rules_bench_exists(&bench, "__SUBJECT", "subject");
	rules_bench_meta(&bench, "LINKS", "__LINKS");
	rules_bench_meta(&bench, "TWO", "__LINKS >= 2");
	rules_bench_meta(&bench, "BOTH", "__SUBJECT && LINKS");
	rules_bench_meta(&bench, "NOT", "!LINKS && !TWO");
	rules_bench_load(&bench, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		must_show(&bench, cases[i].message, cases[i].hits);
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    rules_wake_when_a_pattern_of_theirs_may_match),
		cmocka_unit_test(
		    rules_wake_when_the_call_that_they_ask_first_hits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
