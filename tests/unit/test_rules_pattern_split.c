/* SPDX-License-Identifier: ISC */
/* test_rules_pattern_split.c - patterns that are too long for the engines are taken
 * apart, and answer as the whole would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "lane_bench.h"
#include "rules/pattern_split.h"

static const struct {
	const char *sentence, *pattern, *first, *second;
} cases[] = {
	{ "at the bar in the middle", "aa|bb|cc|dd", "aa|bb", "cc|dd" },
	{ "in a group, with what stands around it", "x(?:aaaa|bbbb)y",
	    "x(?:aaaa)y", "x(?:bbbb)y" },
	{ "in a group that catches", "(aaaaaa|bbbbbb)", "(aaaaaa)", "(bbbbbb)" },
	{ "in one with letters", "(?i:aaaaaa|bbbbbb)", "(?i:aaaaaa)",
	    "(?i:bbbbbb)" },
	{ "deep inside", "(?:((?:aaaaaaaa|bbbbbbbb)))",
	    "(?:((?:aaaaaaaa)))", "(?:((?:bbbbbbbb)))" },
	{ "in the longest group", "(?:a|b)(?:cccccccc|dddddddd)(?:e|f)",
	    "(?:a|b)(?:cccccccc)(?:e|f)", "(?:a|b)(?:dddddddd)(?:e|f)" },
	{ "beside a group", "(a|b)cc|(d|e)ff", "(a|b)cc", "(d|e)ff" },
	{ "no bar of a set, or behind a backslash", "[a|b]\\|c|[|]\\\\dd",
	    "[a|b]\\|c", "[|]\\\\dd" },
	{ "around what looks around", "(?<!a|b)cccc|(?=d)dddddd",
	    "(?<!a|b)cccc", "(?=d)dddddd" },
	{ "an empty alternative is one", "(?:aaaaaaaaa|)", NULL, NULL },
	{ "not without a bar", "aaaabbbb", NULL, NULL },
	{ "not where it is repeated", "(?:aaaaaaaa|bbbbbbbb)+", NULL, NULL },
	{ "nor where it may be missing", "(?:aaaaaaaa|bbbbbbbb)?", NULL, NULL },
	{ "nor in what looks around", "(?=aaaaaaaa|bbbbbbbb)", NULL, NULL },
	{ "not where a group is asked for again", "(aaaaaa|bbbbbb)\\1", NULL,
	    NULL },
	{ "nor by its name", "(?<n>aaaaaaaa|bbbbbbbb)", NULL, NULL },
	{ "nor where one is called", "(aaaa|bbbb)|(?1)cccc", NULL, NULL },
	{ "nor with a condition", "(?(?=a)aaaaaa|bbbbbb)", NULL, NULL },
	{ "nor where groups share numbers", "(?|(aaaaaa)|(bbbbbb))", NULL,
	    NULL },
	{ "letters for the rest are not known behind a bar",
	    "(?i)aaaaaa|bbbbbb", NULL, NULL },
	{ "nor verbs, comments, quoted text", "(*FAIL)aaa|bbbbbb(?#x)", NULL,
	    NULL },
	{ "quoted", "\\Qaaaa|b\\E|cccccc", NULL, NULL },
	{ "not when that makes it hardly shorter",
	    "aaaaaaaaaaaaaaaaaaaaaaaa(?:b|c)", NULL, NULL },
	{ "a group that never ends", "(?:aaaa|bbbb", NULL, NULL },
};

static void
patterns_are_taken_apart(void **state)
{
	struct lane_bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str halves[2] = { { NULL, 0 } };
		bool is_split = pattern_split(bench->arena,
		    str_from(cases[i].pattern), halves);

		if (is_split != (cases[i].first != NULL) || (is_split &&
		    (!str_is(halves[0], cases[i].first) ||
		    !str_is(halves[1], cases[i].second))))
			fail_msg("%s: %d '%.*s' '%.*s'", cases[i].sentence,
			    is_split, STR_ARG(halves[0]), STR_ARG(halves[1]));
	}
}

/* --- random ones ------------------------------------------------------------ */

#define ROUNDS 3000

static void
add_random(struct buf *out, unsigned depth)
{
	static const char *const pieces[] = { "a", "b", "[ab]", "a?", "b+",
		"^", "\\b", "c", "(?<=a)", "a{2}" };

	for (long i = random() % 3 + 1; i > 0; i--) {
		if (depth == 0 || random() % 3 != 0) {
			buf_add_text(out, pieces[(size_t)random() %
			    ARRAY_LEN(pieces)]);
			continue;
		}
		buf_add_text(out, random() % 2 == 0 ? "(?:" : "(");
		for (long j = random() % 4; j >= 0; j--) {
			add_random(out, depth - 1);
			if (j != 0)
				buf_add_char(out, '|');
		}
		buf_add_char(out, ')');
	}
}

static struct pattern *
compile(struct lane_bench *bench, struct str text, unsigned flags)
{
	struct pattern_source source = { text, flags };
	const char *error = "";
	struct pattern *pattern = pattern_compile(bench->arena, &source,
	    &error);

	if (pattern == NULL)
		fail_msg("%.*s: %s", STR_ARG(str_sub(text, 0, 200)), error);
	return pattern;
}

static bool
matches(struct lane_bench *bench, struct str pattern, struct str text)
{
	return pattern_match(compile(bench, pattern, 0),
	    bench->pattern_scratch, text, NULL, NULL) == PATTERN_YES;
}

static void
either_half_matches_where_the_whole_does(void **state)
{
	static const char *const texts[] = { "a", "ab", "aabb", "cab", "bcba",
		"", "ccc", "aaaa", "b" };
	struct lane_bench *bench = *state;
	size_t compared = 0;

	bench->pattern_scratch = pattern_scratch_new(bench->arena,
	    LANE_BENCH_LIMIT);
	srandom(7);
	for (int i = 0; i < ROUNDS; i++) {
		struct str halves[2], whole;
		struct buf out;

		buf_init(&out, bench->arena);
		add_random(&out, 3);
		whole = buf_str(&out);
		if (!pattern_split(bench->arena, whole, halves))
			continue;
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			struct str text = str_from(texts[j]);

			compared++;
			if ((matches(bench, halves[0], text) ||
			    matches(bench, halves[1], text)) !=
			    matches(bench, whole, text))
				fail_msg("%.*s: '%s'", STR_ARG(whole),
				    texts[j]);
		}
	}
	print_message("counted: %zu texts compared\n", compared);
	assert_true(compared > ROUNDS);
}

/* --- long lists ------------------------------------------------------------- */

#define NAMES 12000

/* name0.example to name11999.example, as one pattern. */
static struct str
long_list(struct arena *arena, const char *before, const char *behind)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, before);
	for (int i = 0; i < NAMES; i++)
		buf_printf(&out, "%sname%d\\.example", i == 0 ? "" : "|", i);
	buf_add_text(&out, behind);
	return buf_str(&out);
}

static void
a_list_of_any_length_is_a_pattern(void **state)
{
	static const struct {
		const char *text, *found;
	} texts[] = {
		{ "at name0.example", "name0.example" },
		{ "at name11999.example.", "name11999.example" },
		{ "name11998.example, name1.example", "name11998.example" },
		{ "name1.example, name11998.example", "name1.example" },
		{ "name12000.example", NULL },
		{ "xname1.example", NULL },
		{ "", NULL },
	};
	struct lane_bench *bench = *state;
	struct pattern *pattern = compile(bench, long_list(bench->arena,
	    "\\b(", ")\\b"), PATTERN_CASELESS);
	struct pattern_scratch *scratch = pattern_scratch_new(bench->arena,
	    LANE_BENCH_LIMIT);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct str found = STR("none");
		enum pattern_result result = pattern_match(pattern, scratch,
		    str_from(texts[i].text), NULL, &found);

		if (result != (texts[i].found != NULL) || (result ==
		    PATTERN_YES && (!str_is(found, texts[i].found) ||
		    !str_eq(pattern_caught(scratch, 1), found))))
			fail_msg("%s: %.*s", texts[i].text, STR_ARG(found));
	}
}

static void
its_matches_follow_one_another(void **state)
{
	static const char text[] = "NAME9000.example name1.example\n"
	    "name11999.example name1.example";
	struct lane_bench *bench = *state;
	struct pattern *pattern = compile(bench, long_list(bench->arena,
	    "", ""), PATTERN_CASELESS);
	struct pattern_scratch *scratch = pattern_scratch_new(bench->arena,
	    LANE_BENCH_LIMIT);
	struct buf all;
	size_t at = 0;
	struct str found;

	buf_init(&all, bench->arena);
	while (pattern_match(pattern, scratch, str_from(text), &at, &found) ==
	    PATTERN_YES)
		buf_printf(&all, "[%.*s]", STR_ARG(found));
	assert_string_equal(all.data, "[NAME9000.example][name1.example]"
	    "[name11999.example][name1.example]");
}

static void
add_words(struct lane_bench *bench)
{
	for (int i = 0; i < 6; i++)
		lane_bench_add(bench, arena_printf(bench->arena, "word%d", i),
		    0);
}

/* No short piece of a text tells whether one of these may be in it. */
static struct str
list_of_many_kinds(struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, "\\b(?:");
	for (int i = 0; i < NAMES; i++)
		buf_printf(&out, "%s%c%d%c%c", i == 0 ? "" : "|",
		    'a' + i * 7 % 26, i, 'a' + i * 11 % 26, 'a' + i % 26);
	buf_add_text(&out, ")\\b");
	return buf_str(&out);
}

/* Each piece of it has a place in the database, and it is told once. */
static void
a_lane_takes_it_in_pieces(void **state)
{
	struct lane_bench *bench = *state;
	struct lanes_facts facts;

	add_words(bench);
	lane_bench_add(bench, list_of_many_kinds(bench->arena).data, 0);
	(void)lane_bench_open(bench);
	for (int round = 0; round < 2; round++) {
		lane_bench_compare(bench, "several", STR("h1lb a0aa k6000mu n11999nn"));
		lane_bench_compare(bench, "none", STR("h12000ab a0ab xk6000mu"));
		lane_bench_compare(bench, "word", STR("word3"));
		if (round == 0 && !lane_bench_compile(bench))
			skip();
	}
	facts = lanes_facts(bench->lanes);
	assert_int_equal(facts.exact, 6);
	assert_int_equal(facts.prefiltered, 1);
	assert_int_equal(facts.alone, 0);
}

static void
so_it_does_in_utf_8(void **state)
{
	struct lane_bench *bench = *state;
	struct lanes_facts facts;

	add_words(bench);
	lane_bench_add(bench, long_list(bench->arena, "from (?:",
	    ") \xc3\xa4").data, PATTERN_UTF);
	(void)lane_bench_open(bench);
	for (int round = 0; round < 2; round++) {
		lane_bench_compare(bench, "several", STR("from name1.example "
		    "\xc3\xa4 from name11999.example \xc3\xa4"));
		lane_bench_compare(bench, "none", STR("from name12000.example"
		    " \xc3\xa4"));
		if (round == 0 && !lane_bench_compile(bench))
			skip();
	}
	facts = lanes_facts(bench->lanes);
	assert_int_equal(facts.exact + facts.prefiltered + facts.alone, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(patterns_are_taken_apart),
		LANE_TEST(either_half_matches_where_the_whole_does),
		LANE_TEST(a_list_of_any_length_is_a_pattern),
		LANE_TEST(its_matches_follow_one_another),
		LANE_TEST(a_lane_takes_it_in_pieces),
		LANE_TEST(so_it_does_in_utf_8),
	};

	return cmocka_run_group_tests_name("rules_pattern_split", tests, NULL,
	    NULL);
}
