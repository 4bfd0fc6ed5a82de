/* SPDX-License-Identifier: ISC */
/* test_rules_judge.c - a message judged: whom rules concern, what hits give, what
 * is cut or takes too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "mail/txn.h"
#include "rules_bench.h"

#define MESSAGE "From: Ann <ann@example.org>\nTo: bob@example.net\n" \
	"Subject: a lottery, a lottery\n\nYou won one million.\n"

static void
must_hit(struct rules_bench *bench, const char *sentence, const char *hits)
{
	struct str is = rules_bench_judge(bench);

	if (!str_is(is, hits))
		fail_msg("%s: \"%.*s\" instead of \"%s\"", sentence,
		    STR_ARG(is), hits);
}

static void
set_domains(struct rules_bench *bench, struct draft_rule *rule,
    const char *domains)
{
	struct str rest = str_from(domains), domain;

	while (str_cut(&rest, ' ', &domain))
		*(struct str *)vec_push(&rule->domains) =
		    str_copy(bench->draft_arena, domain);
}

static void
rules_concern_directions_and_domains(void **state)
{
	static const struct {
		const char *sentence;
		enum direction direction;
		const char *sender, *rcpts[3];
		const char *hits;
	} cases[] = {
		{ "inbound", DIRECTION_INBOUND, "<a@other.example>",
		    { "<b@example.net>" }, "ALL IN NET NOT" },
		{ "inbound: the sender's domain is not asked for",
		    DIRECTION_INBOUND, "<a@example.net>",
		    { "<b@other.example>" }, "ALL IN NOT" },
		{ "inbound: one recipient of several is enough",
		    DIRECTION_INBOUND, "<>", { "<b@other.example>",
		    "<b@example.net>" }, "ALL IN NET NOT" },
		{ "inbound: a domain below", DIRECTION_INBOUND, "<>",
		    { "<b@sub.example.com>" }, "ALL IN NET NOT" },
		{ "inbound: a domain above", DIRECTION_INBOUND, "<>",
		    { "<b@example.com>" }, "ALL IN NOT" },
		{ "inbound: nobody's domain", DIRECTION_INBOUND, "<>",
		    { "<postmaster>" }, "ALL IN NOT" },
		{ "forwarded", DIRECTION_FORWARDED, "<>",
		    { "<b@example.net>" }, "ALL NET NOT" },
		{ "outbound", DIRECTION_OUTBOUND, "<a@example.net>",
		    { "<b@other.example>" }, "ALL OUT NET NOT" },
		{ "outbound: recipients are not asked for",
		    DIRECTION_OUTBOUND, "<a@other.example>",
		    { "<b@example.net>" }, "ALL OUT NOT" },
		{ "internal: the sender", DIRECTION_INTERNAL,
		    "<a@example.net>", { "<b@other.example>" },
		    "ALL OUT NET NOT" },
		{ "internal: a recipient", DIRECTION_INTERNAL,
		    "<a@other.example>", { "<b@example.net>" },
		    "ALL OUT NET NOT" },
	};
	struct rules_bench bench;
	const char *error;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "ALL", "subject", "/a/");
	rules_bench_pattern(&bench, "IN", "subject", "/a/")->directions =
	    1 << DIRECTION_INBOUND;
	rules_bench_pattern(&bench, "OUT", "subject", "/a/")->directions =
	    1 << DIRECTION_OUTBOUND | 1 << DIRECTION_INTERNAL;
	set_domains(&bench, rules_bench_pattern(&bench, "NET", "subject",
	    "/a/"), "example.net *.example.com");
	/* Where a rule is not in force, it is not there for others either. */
	set_domains(&bench, rules_bench_meta(&bench, "_SOME", "1"),
	    "unknown.example");
	rules_bench_meta(&bench, "NOT", "!_SOME");
	rules_bench_load(&bench, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		rules_bench_message(&bench, STR(MESSAGE));
		bench.txn->direction = cases[i].direction;
		txn_set_sender(bench.txn, cases[i].sender, &error);
		for (size_t r = 0; cases[i].rcpts[r] != NULL; r++)
			assert_int_equal(txn_add_rcpt(bench.txn,
			    cases[i].rcpts[r], &error), 0);
		must_hit(&bench, cases[i].sentence, cases[i].hits);
	}
	rules_bench_end(&bench);
}

static struct draft_rule *
add_scored(struct rules_bench *bench, const char *name, const char *group,
    double score)
{
	struct draft_rule *rule = rules_bench_meta(bench, name, "1");

	rules_bench_score(rule, score);
	rule->group = str_from(group);
	return rule;
}

static void
set_cap(struct rules_bench *bench, const char *group, double score)
{
	*(struct draft_cap *)vec_push(&bench->draft->caps) =
	    (struct draft_cap){ str_from(group), score };
}

static void
a_group_gives_no_more_than_its_cap(void **state)
{
	static const struct {
		const char *sentence;
		double cap, scores[4];
		const char *hits;
		double sum;
	} cases[] = {
		{ "below the cap", 5, { 1, 2, 1.5, 0 },
		    "A B=2 C=1.5 D=0 X=8", 12.5 },
		{ "the last hits are cut", 3, { 1, 1.5, 1, 0 },
		    "A B=1.5 C=0.5 D=0 X=8", 11 },
		{ "to nothing", 1, { 1, 2, 3, 4 },
		    "A B=0 C=0 D=0 X=8", 9 },
		{ "what speaks for it stays", 2, { 3, -1, 1, -0.5 },
		    "A=3 B=-1 C=0.5 D=-0.5 X=8", 10 },
		{ "and counts against the cap", 2, { 5, -4, 1, 0 },
		    "A=5 B=-4 C D=0 X=8", 10 },
		{ "no cap from below", 2, { -5, -4, 1, 0 },
		    "A=-5 B=-4 C D=0 X=8", 0 },
		{ "a cap below 0 is one from below", -2, { -1, -4, 1, 0 },
		    "A=-1 B=-2 C D=0 X=8", 6 },
		{ "a cap of 0", 0, { 1, 1, 1, 1 },
		    "A=0 B=0 C=0 D=0 X=8", 8 },
	};
	static const char *const names[] = { "A", "B", "C", "D" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		for (size_t r = 0; r < ARRAY_LEN(names); r++)
			add_scored(&bench, names[r], "g",
			    cases[i].scores[r]);
		add_scored(&bench, "X", "other", 8);
		set_cap(&bench, "g", cases[i].cap);
		rules_bench_load(&bench, NULL);
		rules_bench_message(&bench, STR(MESSAGE));
		must_hit(&bench, cases[i].sentence, cases[i].hits);
		assert_float_equal(bench.result.score, cases[i].sum, 1e-9);
		rules_bench_end(&bench);
	}
}

static void
a_rule_on_trial_hits_and_gives_nothing(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	add_scored(&bench, "A", "g", 3)->flags |= RULE_DRY_RUN;
	add_scored(&bench, "B", "g", 2);
	rules_bench_meta(&bench, "C", "A");
	set_cap(&bench, "g", 2);
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR(MESSAGE));
	must_hit(&bench, "dry run", "A=0 B=2 C");
	assert_float_equal(bench.result.score, 3, 1e-9);
	rules_bench_end(&bench);
}

/* --- what matched --------------------------------------------------------------- */

static void
a_hit_shows_what_matched_first_where_asked(void **state)
{
	static const char *const found[] = { "lottery", "b", NULL, NULL };
	struct rules_result untold;
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "subject", "/LOT\\w+/i");
	rules_bench_pattern(&bench, "B", "header x-several", "/[bc]/");
	rules_bench_pattern(&bench, "C", "!subject", "/million/");
	rules_bench_meta(&bench, "D", "A");
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR("X-Several: a\nX-Several: ab\n"
	    "X-Several: c\nSubject: a lottery\n\n"));
	must_hit(&bench, "all", "A B C D");
	rules_judge(bench.ruleset, bench.view, 0, &untold);
	assert_int_equal(untold.hits.len, ARRAY_LEN(found));
	for (size_t i = 0; i < ARRAY_LEN(found); i++) {
		const struct rule_hit *hit = vec_at(&bench.result.hits, i);

		assert_true(found[i] == NULL ? hit->found.data == NULL :
		    str_is(hit->found, found[i]));
		hit = vec_at(&untold.hits, i);
		assert_null(hit->found.data);
	}
	rules_bench_end(&bench);
}

static void
a_text_is_looked_at_up_to_max_text(void **state)
{
	struct ruleset_options options = ruleset_default_options;
	struct rules_bench bench;

	(void)state;
	options.max_text = 10;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "text", "/0123456789/");
	rules_bench_pattern(&bench, "B", "text", "/9x/");
	rules_bench_pattern(&bench, "C", "text", "/[0-9]/")->flags |=
	    RULE_MULTIPLE;
	rules_bench_load(&bench, &options);
	rules_bench_message(&bench, STR("Subject: x\n\n0123456789x9x9\n"));
	must_hit(&bench, "a long text", "A C*10");
	assert_true(bench.result.is_cut);
	rules_bench_message(&bench, STR("Subject: x\n\n01234567\n"));
	must_hit(&bench, "a short one", "C*8");
	assert_false(bench.result.is_cut);
	rules_bench_end(&bench);
}

/* What took too long is named, hits in neither way, and others go on. */
static void
what_takes_too_long_is_named(void **state)
{
	struct ruleset_options options = ruleset_default_options;
	const struct draft_rule *limited;
	struct rules_bench bench;

	(void)state;
	options.match_limit = 1000;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "A", "text", "/^(a+)+\\1b/");
	rules_bench_pattern(&bench, "B", "!text", "/^(a+)+\\1b/");
	rules_bench_pattern(&bench, "C", "text", "/aaa/");
	rules_bench_meta(&bench, "D", "!A");
	rules_bench_load(&bench, &options);
	rules_bench_message(&bench, STR("Subject: x\n\n"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n"));
	must_hit(&bench, "a catastrophic pattern", "C D");
	assert_int_equal(bench.result.limited.len, 2);
	limited = *(const struct draft_rule **)vec_at(&bench.result.limited,
	    1);
	assert_true(str_is(limited->name, "B"));
	rules_bench_message(&bench, STR("Subject: x\n\naaab\n"));
	must_hit(&bench, "a harmless message", "A C");
	assert_int_equal(bench.result.limited.len, 0);
	rules_bench_end(&bench);
}

static void
calls_run_only_where_their_answer_matters(void **state)
{
	struct rules_result result;
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_call(&bench, "__LINKS", "count links");
	rules_bench_pattern(&bench, "__YES", "subject", "/lottery/");
	rules_bench_pattern(&bench, "__NO", "subject", "/million/");
	rules_bench_meta(&bench, "A", "__NO && __LINKS");
	rules_bench_meta(&bench, "B", "__YES || __LINKS");
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR(MESSAGE));
	rules_judge(bench.ruleset, bench.view, 0, &result);
	assert_int_equal(result.hits.len, 1);
	assert_int_equal(result.inner.len, 0);
	assert_null(bench.view->txn->content);
	must_hit(&bench, "all are asked for", "B [__YES]");
	assert_non_null(bench.view->txn->content);
	rules_bench_end(&bench);
}

struct limited_case {
	const char *sentence, *expression, *hits;
	size_t limited;		/* patterns that take too long */
};

/* With a rule A of the expression beside those that are there. */
static void
must_be_limited(struct rules_bench *bench, const struct limited_case *one,
    struct str message)
{
	struct ruleset_options options = ruleset_default_options;
	struct rules_result result;

	options.match_limit = 1000;
	rules_bench_meta(bench, "A", one->expression);
	rules_bench_load(bench, &options);
	rules_bench_message(bench, message);
	rules_judge(bench->ruleset, bench->view, 0, &result);
	if (result.hits.len != strlen(one->hits) ||
	    result.limited.len != one->limited)
		fail_msg("%s: %zu hits, %zu limited", one->sentence,
		    result.hits.len, result.limited.len);
}

#define LONG_AND_SLOW "/^(a+)+\\1b|" \
	"000000000000000000000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000000000000000000000/"

/* What takes too long is named: so it is seen who was asked. */
static void
long_patterns_are_asked_only_where_they_decide(void **state)
{
	static const struct limited_case cases[] = {
		{ "the other side is nothing", "__SLOW && __NO", "", 0 },
		{ "... and would do by its absence", "__SLOW && !__YES", "",
		    0 },
		{ "the other side is enough", "__YES || __SLOW", "A", 0 },
		{ "... and stands behind it", "__SLOW || __YES", "A", 0 },
		{ "it cannot make the sum large enough",
		    "__SLOW + __YES + __NO > 2", "", 0 },
		{ "another expression asks for it, which decides nothing",
		    "__META && __NO", "", 0 },
		{ "it decides", "__SLOW && __YES", "", 1 },
		{ "it decides by its absence", "!__SLOW", "A", 1 },
		{ "it decides the sum", "__SLOW + __YES + __NO > 1", "", 1 },
		{ "it decides through another", "__META && __YES", "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		rules_bench_pattern(&bench, "__SLOW", "text", LONG_AND_SLOW);
		rules_bench_pattern(&bench, "__YES", "text", "/aaa/");
		rules_bench_pattern(&bench, "__NO", "text", "/c/");
		rules_bench_meta(&bench, "__META", "__SLOW && __YES");
		must_be_limited(&bench, &cases[i], STR("Subject: x\n\n"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n"));
		rules_bench_end(&bench);
	}
}

/* The third match takes too long: so it is seen who looked for it. */
static void
matches_are_counted_as_far_as_somebody_compares(void **state)
{
	static const struct limited_case cases[] = {
		{ "two are enough", "__X >= 2", "A", 0 },
		{ "one is", "__X && __YES", "A", 0 },
		{ "two are too many", "__X < 2", "", 0 },
		{ "two are not enough", "__X >= 3", "", 1 },
		{ "the number counts", "__X + __YES >= 3", "A", 1 },
		{ "it is only said whether it is there", "!__X", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		rules_bench_pattern(&bench, "__X", "text",
		    "/x|(a+)+\\1b/")->flags |= RULE_MULTIPLE | RULE_INNER;
		rules_bench_pattern(&bench, "__YES", "text", "/aaa/");
		must_be_limited(&bench, &cases[i], STR("Subject: x\n\n"
		    "xxaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n"));
		rules_bench_end(&bench);
	}
}

static void
texts_that_come_again_count_again(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_pattern(&bench, "__A", "link_host", "/a/")->flags |=
	    RULE_MULTIPLE | RULE_INNER;
	rules_bench_pattern(&bench, "LAST", "link_host", "/b|c/");
	rules_bench_pattern(&bench, "NONE", "link_host", "/x/");
	rules_bench_meta(&bench, "THREE", "__A == 3");
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR("\nhttp://a.test/1 http://a.test/2 "
	    "http://d.test/ http://a.test/3 http://b.test/\n"));
	must_hit(&bench, "hosts", "LAST THREE [__A*3]");
	rules_bench_end(&bench);
}

#define MANY 11500

/* More than judge_pattern.c keeps by itself. */
static void
the_last_of_very_many_texts_is_looked_at(void **state)
{
	static const struct {
		const char *name, *pattern;
	} rules[] = {
		{ "A", "/e.d/" }, { "B", "/t.e e/" }, { "C", "/a/" },
		{ "D", "/x/" }, { "E", "/[yz]/" }, { "F", "/^.e/" },
	};
	const struct place body = { .kind = PLACE_sa_body };
	struct rules_bench bench;
	struct buf text;

	(void)state;
	rules_bench_begin(&bench);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		rules_bench_pattern(&bench, rules[i].name, "sa_body",
		    rules[i].pattern);
	rules_bench_load(&bench, NULL);
	buf_init(&text, bench.arena);
	buf_add_text(&text, "Subject: b\n\n");
	for (size_t i = 0; i < MANY; i++)
		buf_printf(&text, "a%zu\n\n", i % 10);
	buf_add_text(&text, "the end\n");
	rules_bench_message(&bench, buf_str(&text));
	must_hit(&bench, "many texts", "A B C");
	assert_true(view_texts(bench.view, &body)->len > MANY);
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_concern_directions_and_domains),
		cmocka_unit_test(a_group_gives_no_more_than_its_cap),
		cmocka_unit_test(a_rule_on_trial_hits_and_gives_nothing),
		cmocka_unit_test(a_hit_shows_what_matched_first_where_asked),
		cmocka_unit_test(a_text_is_looked_at_up_to_max_text),
		cmocka_unit_test(what_takes_too_long_is_named),
		cmocka_unit_test(calls_run_only_where_their_answer_matters),
		cmocka_unit_test(
		    long_patterns_are_asked_only_where_they_decide),
		cmocka_unit_test(
		    matches_are_counted_as_far_as_somebody_compares),
		cmocka_unit_test(texts_that_come_again_count_again),
		cmocka_unit_test(the_last_of_very_many_texts_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
