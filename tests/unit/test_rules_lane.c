/* SPDX-License-Identifier: ISC */
/* test_rules_lane.c - many patterns in one pass: the same answers as PCRE2 one by
 * one, with databases and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "fixture.h"
#include "lane_bench.h"
#include "rules/lane_text.h"
#include "rules/scratch.h"

static const struct {
	const char *text;
	unsigned flags;
} patterns[] = {
	{ "viagra", PATTERN_CASELESS }, { "\\bfree\\b", 0 },
	{ "^From", PATTERN_MULTILINE }, { "end$", 0 }, { "a.b", 0 },
	{ "a.b", PATTERN_DOTALL }, { "(?<!x)money", 0 }, { "(a+)b\\1", 0 },
	{ "(?:buy|get)\\s+(?:now|here)", PATTERN_CASELESS },
	{ "colou?r", 0 }, { "v[i1]agra", 0 }, { "[^\\x00-\\x7f]{2}", 0 },
	{ "stra\xdf" "e", PATTERN_CASELESS }, { "\xc4" "rger", PATTERN_CASELESS },
	{ "[\xe4\xf6]h", PATTERN_CASELESS }, { "[^\xe4" "a-z]h", PATTERN_CASELESS },
	{ "(?i:\xc4)h", 0 }, { "b\\x{456}t", 0 }, { "", 0 }, { "x*", 0 },
	{ "\\d{3,}", 0 }, { "a { b", PATTERN_EXTENDED }, { "ab # c",
	    PATTERN_EXTENDED }, { "\\Aabc", 0 }, { "xyz\\Z", 0 },
	{ "xyz\\z", 0 }, { "\\Rz", 0 }, { "a\\Kz", 0 }, { "p{,2}q", 0 },
	{ "(?i)K\\s", 0 }, { "a\\x00b", 0 }, { "(?>a+)b", 0 }, { "a++b", 0 },
	{ "(?(?=a)ab|cd)", 0 }, { "(x)(?1)y", 0 }, { "[[:punct:]]{3}", 0 },
	{ "foo(?=bar)", 0 }, { "(?|one|two) three", 0 }, { "\\p{Lu}\\xe4", 0 },
	{ "\\h\\H\\v", 0 }, { "[\xe4\\w-]h", PATTERN_CASELESS },
	{ "[-\xe4]h", PATTERN_CASELESS }, { "[[:^alpha:]]z\\W", 0 },
	{ "(?:^|\\W)(?=[mM])(?!money)(?:[mM]|[\\xc3][\\x91-\\x93]|rn|&#77;)"
	    "(?:[oO0]|[\\xc3][\\x92-\\x96]|[\\xce][\\x9f\\xbf])(?:[nN]|[\\xc3]"
	    "[\\x91\\xb1]|[\\xce][\\x9d])(?:[eE3]|[\\xc3][\\x88-\\x8b])[yY]"
	    "(?:$|\\W)", PATTERN_CASELESS },
};

/* Of UTF-8; their database is another one. */
static const char *const utf_patterns[] = {
	"viagra", "\\bfree\\b", "^\\w+$", "\xc3\xa4rger", "\\x{456}", ".\xd0\xb6",
	"k\\W", "s\\b", "[\xc3\xa4\xc3\xb6]h", "(?<=\xc3\xa4)h", "\\p{Cyrillic}{3}",
};

static const struct str texts[] = {
	{ "", 0 }, { "\n", 1 }, { "Buy  NOW! vIaGrA for free.", 26 },
	{ "x\nFrom me\nthe end", 17 }, { "the end\n", 8 }, { "a\nb axb", 7 },
	{ "xmoney", 6 }, { "my money aabaa", 14 }, { "color v1agra", 12 },
	{ "Stra\xdf" "e \xe4rger \xc4h \xd6H", 16 },
	{ "\xc4h \xe4h zh", 8 }, { "b\xd1\x96t", 4 }, { "a{b ab 1234", 11 },
	{ "abc xyz", 7 }, { "abcxyz\n", 7 }, { "ab\r\nz az", 8 },
	{ "ppq k\n\xe2\x84\xaa ", 10 }, { "a\0b aab ab cd xxy", 17 },
	{ "!!! foobar two three A\xe4 z\xff", 26 },
	{ " a\v\x85 \xa0x\n", 8 }, { " m0n3y ", 7 },
	{ " \xc3\x91 rn\xce\xbf\xc3\xb1\xc3\x89y!", 14 },
	{ "&#77;oney money ", 16 }, { "M\xce\x9f\xce\x9d\xc3\x88Y", 8 },
	{ "\xc3\x84rger \xd0\x86 \xd0\x96\xd0\xb6\xd0\xb6", 17 },
	{ "\xc3\xa4h\xe2\x84\xaa \xc5\xbf free", 14 },
	{ "\xff free \xc3\xa4h viagra \xd0", 20 },
};

static void
add_all(struct lane_bench *bench)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		lane_bench_add(bench, patterns[i].text, patterns[i].flags);
	for (size_t i = 0; i < ARRAY_LEN(utf_patterns); i++)
		lane_bench_add(bench, utf_patterns[i], PATTERN_UTF | PATTERN_CASELESS);
}

static void
compare_all(struct lane_bench *bench)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		lane_bench_compare(bench, arena_printf(bench->arena, "text %zu", i),
		    texts[i]);
}

static void
answers_are_those_of_each_alone(void **state)
{
	struct lane_bench *bench = *state;

	add_all(bench);
	assert_int_not_equal(lane_bench_open(bench), LANES_READY);
	compare_all(bench);
	if (!lane_bench_compile(bench))
		skip();
	compare_all(bench);
}

static void
few_patterns_need_no_database(void **state)
{
	struct lane_bench *bench = *state;

	lane_bench_add(bench, "viagra", 0);
	lane_bench_add(bench, "(?i)free", 0);
	if (lane_bench_open(bench) != LANES_WITHOUT)
		assert_int_equal(lane_bench_open(bench), LANES_READY);
	lane_bench_compare(bench, "few", STR("for FREE"));
	assert_int_equal(lanes_facts(bench->lanes).alone, 2);
}

static void
facts_tell_who_serves(void **state)
{
	struct lane_bench *bench = *state;
	struct lanes_facts facts;

	for (int i = 0; i < 6; i++)
		lane_bench_add(bench, arena_printf(bench->arena, "word%d", i), 0);
	lane_bench_add(bench, "(?<!x)money", 0);
	lane_bench_add(bench, "a\\Kb", 0);
	if (!lane_bench_compile(bench))
		skip();
	facts = lanes_facts(bench->lanes);
	assert_int_equal(facts.exact, 6);
	assert_int_equal(facts.prefiltered, 1);
	assert_int_equal(facts.alone, 1);
	assert_true(facts.bytes > 0);
}

static void
a_limit_is_told(void **state)
{
	struct lane_bench *bench = *state;
	struct str text = str_from(arena_printf(bench->arena, "%.*sb",
	    STR_ARG(fixture_repeat(bench->arena, "a", 60))));

	for (int i = 0; i < 6; i++)
		lane_bench_add(bench, arena_printf(bench->arena, "word%d", i), 0);
	/* Hyperscan cannot say, PCRE2 must try. */
	lane_bench_add(bench, "^(?=(a|a?)+$)a+b", 0);
	(void)lane_bench_open(bench);
	lane_bench_ask(bench, text);
	assert_int_equal(bench->limited, 1);
	assert_int_equal(bench->found[6], 2);
	if (!lane_bench_compile(bench))
		skip();
	lane_bench_ask(bench, text);
	assert_int_equal(bench->limited, 1);
}

/* Compilers that are killed at any moment leave nothing that hurts; of several
 * at once each ends well. */
static void
compilers_may_die_and_meet(void **state)
{
	struct lane_bench *bench = *state;
	pid_t pids[4];

	add_all(bench);
	if (lane_bench_open(bench) == LANES_WITHOUT)
		skip();
	for (size_t i = 0; i < 2 * ARRAY_LEN(pids); i++) {
		pid_t *pid = &pids[i % ARRAY_LEN(pids)];
		const char *error;
		int status;

		*pid = fork();
		if (*pid == 0)
			_exit(lanes_compile(bench->lanes, bench->folder, &error) <
			    0);
		if (i < ARRAY_LEN(pids)) {
			usleep(1000 * (useconds_t)(1 + 7 * i * i));
			kill(*pid, SIGKILL);
			assert_int_equal(waitpid(*pid, &status, 0), *pid);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(lane_bench_open(bench), LANES_READY);
	compare_all(bench);
}

/* --- scratches -------------------------------------------------------------- */

static void
scratches_are_used_again(void **state)
{
	struct lane_bench *bench = *state;
	struct rules_scratch *one, *two;
	struct scratch_pool *pool;

	lane_bench_add_words(bench, 1);
	(void)lane_bench_open(bench);
	pool = scratch_pool_new(bench->arena, bench->lanes, LANE_BENCH_LIMIT);
	one = scratch_acquire(pool);
	two = scratch_acquire(pool);
	assert_ptr_not_equal(one, two);
	scratch_release(pool, one);
	assert_ptr_equal(scratch_acquire(pool), one);
	bench->scratch = two->lane;
	bench->pattern_scratch = two->pattern;
	lane_bench_compare(bench, "another scratch", STR("word2 of 1"));
	scratch_release(pool, one);
	scratch_release(pool, two);
	bench->pattern_scratch = NULL;
}

/* In texts of all lengths at all places; what is nearly one is none. */
static void
letters_that_are_others_under_i_are_seen_anywhere(void **state)
{
	static const struct {
		const char *octets;
		bool is_strange;
	} letters[] = {
		{ "\xc5\xbf", true }, { "\xe2\x84\xaa", true },
		{ "\xc5\xbe", false }, { "\xe2\x84\xab", false },
		{ "\xe2\x85\xaa", false }, { "\xbf\xc5", false },
	};
	char text[72];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		size_t len = strlen(letters[i].octets);

		for (size_t size = len; size <= sizeof(text); size++)
			for (size_t at = 0; at + len <= size; at++) {
				memset(text, 'a', size);
				memcpy(text + at, letters[i].octets, len);
				assert_true(lane_text_is_strange(str_of(text,
				    size)) == letters[i].is_strange);
				assert_false(lane_text_is_strange(str_of(text,
				    at)));
			}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(answers_are_those_of_each_alone),
		LANE_TEST(few_patterns_need_no_database),
		LANE_TEST(facts_tell_who_serves),
		LANE_TEST(a_limit_is_told),
		LANE_TEST(compilers_may_die_and_meet),
		LANE_TEST(scratches_are_used_again),
		cmocka_unit_test(
		    letters_that_are_others_under_i_are_seen_anywhere),
	};

	return cmocka_run_group_tests_name("rules_lane", tests, NULL, NULL);
}
