/* SPDX-License-Identifier: ISC */
/* test_rules_random.c - random rules on random messages: the engine, with and
 * without Hyperscan, and a naive one that asks PCRE2 for each pattern find the
 * same hits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "mail/txn.h"
#include "rules_bench.h"
#include "scratch.h"
#include "tests/fuzz/rules_dice.h"

#define DRAFTS 60
#define MESSAGES 12

static void
add_words(struct dice *dice, struct buf *out, size_t most)
{
	static const char *const words[] = { "a", "b", "ab", "aab", "c", "abc",
		"A", "B", "1", "23", " ", " ", "\xc3\xa9", "\xff", "@", ".",
		"_", "-", "http://a.example.com/b", "b@example.org" };

	for (size_t i = dice_roll(dice, most); i > 0; i--)
		buf_add_text(out, words[dice_roll(dice, ARRAY_LEN(words))]);
}

static void
add_body(struct dice *dice, struct buf *out)
{
	static const char *const tags[] = { "<p>", "</p>", "<br>",
		"<div style=\"display:none\">", "</div>",
		"<a href=\"http://b.example.org/a\">", "</a>", "<!-- ab -->" };
	bool is_html = dice_roll(dice, 2) == 0;

	if (is_html)
		buf_add_text(out, "Content-Type: text/html\n");
	buf_add_char(out, '\n');
	for (size_t i = dice_roll(dice, 12); i > 0; i--) {
		add_words(dice, out, 12);
		buf_add_text(out, is_html ? tags[dice_roll(dice,
		    ARRAY_LEN(tags))] : "");
		buf_add_char(out, '\n');
	}
}

static struct str
random_message(struct dice *dice)
{
	static const char *const fields[] = { "From: ", "To: ", "Subject: ",
		"Subject: ", "X-Other: " };
	struct buf out;

	buf_init(&out, dice->arena);
	for (size_t i = dice_roll(dice, 6); i > 0; i--) {
		buf_add_text(&out, fields[dice_roll(dice,
		    ARRAY_LEN(fields))]);
		add_words(dice, &out, 8);
		buf_add_char(&out, '\n');
	}
	add_body(dice, &out);
	return buf_str(&out);
}

/* What both found; how often they could be compared. */
static size_t
compare(struct rules_bench *bench, struct dice_rules *rules,
    struct dice *dice, uint64_t seed, size_t *hits)
{
	struct naive naive = { .rules = rules };
	struct rules_result result, shown;
	struct arena *arena;
	struct str ours, theirs;

	rules_bench_message(bench, random_message(dice));
	arena = bench->txn->arena;
	naive.view = view_new(bench->txn, NULL);
	naive.scratch = pattern_scratch_new(arena,
	    ruleset_default_options.match_limit);
	theirs = naive_judge(&naive, arena);
	rules_judge(bench->ruleset, bench->view, RULES_TELL_INNER |
	    RULES_TELL_FOUND, &result);
	rules_judge(bench->ruleset, view_new(bench->txn, NULL),
	    RULES_TELL_FOUND, &shown);
	ours = naive_write(&result, arena);
	if (naive.has_limited || result.limited.len > 0)
		return 0;
	if (!str_eq(ours, theirs))
		fail_msg("draft %llu: \"%.*s\" instead of \"%.*s\"",
		    (unsigned long long)seed, STR_ARG(ours),
		    STR_ARG(theirs));
	if (!naive_are_same(&result, &shown))
		fail_msg("draft %llu: other hits without inner ones",
		    (unsigned long long)seed);
	*hits += result.hits.len + result.inner.len;
	return 1;
}

static struct dice_rules *
draft_of(struct arena *arena, uint64_t seed)
{
	struct dice dice = { seed * UINT64_C(0x9e3779b97f4a7c15) + 1, arena };

	return dice_rules(&dice);
}

/* The databases are made, and then loaded from the cache. */
static void
load_with_lanes(struct rules_bench *bench, struct dice_rules *rules,
    uint64_t seed, const char *cache)
{
	struct ruleset_options options = ruleset_default_options;
	const char *words;

	if (cache != NULL) {
		struct arena *arena = arena_new(0);
		struct dice_rules *same = draft_of(arena, seed);
		struct ruleset *first;

		options.cache_directory = cache;
		first = ruleset_new(&arena, same->draft, &options);
		if (ruleset_state(first, &words) == LANES_COMPILING &&
		    lanes_compile(ruleset_lanes(first), cache, &words) < 0)
			fail_msg("%s", words);
		ruleset_unref(&first);
	}
	bench->draft = rules->draft;
	rules_bench_load(bench, &options);
	if (cache != NULL && ruleset_state(bench->ruleset, &words) !=
	    LANES_READY && ruleset_state(bench->ruleset, &words) !=
	    LANES_WITHOUT)
		fail_msg("draft %llu: %s", (unsigned long long)seed, words);
}

static void
judge_drafts(const char *cache)
{
	size_t compared = 0, hits = 0;

	for (uint64_t seed = 1; seed <= DRAFTS; seed++) {
		struct rules_bench bench;
		struct dice dice = { seed, NULL };
		struct dice_rules *rules;

		rules_bench_begin(&bench);
		dice.arena = bench.arena;
		rules = draft_of(bench.draft_arena, seed);
		load_with_lanes(&bench, rules, seed, cache);
		for (int i = 0; i < MESSAGES; i++)
			compared += compare(&bench, rules, &dice, seed,
			    &hits);
		rules_bench_end(&bench);
	}
	printf("%zu of %d comparisons, %zu hits%s\n", compared,
	    DRAFTS * MESSAGES, hits, cache != NULL ? ", with databases" : "");
	assert_true(compared > DRAFTS * MESSAGES / 2);
	assert_true(hits > compared);
}

static void
the_same_hits_by_pcre2_alone(void **state)
{
	(void)state;
	judge_drafts(NULL);
}

static void
the_same_hits_with_databases(void **state)
{
	char directory[SCRATCH_SIZE];

	(void)state;
	scratch_folder(directory, "rules-random");
	judge_drafts(directory);
	assert_int_equal(scratch_remove(directory), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_hits_by_pcre2_alone),
		cmocka_unit_test(the_same_hits_with_databases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
