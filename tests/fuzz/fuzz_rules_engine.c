/* SPDX-License-Identifier: ISC */
/* fuzz_rules_engine.c - any message under random rules: the engine finds what a
 * naive one finds, which asks PCRE2 for each pattern. The first byte says which
 * rules. */
#include "base/arena.h"
#include "fuzz.h"
#include "rules_dice.h"
#include "rules_message.h"
#include "tests/unit/scratch.h"

#define DRAFTS 16
/* Longer texts are more of the same, and slow for the naive one. */
#define MESSAGE_MAX 4096

static struct {
	struct ruleset *ruleset;
	struct dice_rules *rules;
} drafts[DRAFTS];

static struct dice_rules *
draft_of(struct arena *arena, size_t number)
{
	struct dice dice = { (number + 1) * UINT64_C(0x9e3779b97f4a7c15),
		arena };

	return dice_rules(&dice);
}

/* The databases are made once, and loaded as the daemon loads them. */
static void
make_draft(size_t number)
{
	char cache[SCRATCH_SIZE];
	struct ruleset_options options = ruleset_default_options;
	const char *words;

	scratch_folder(cache, "fuzz-rules");
	options.cache_directory = cache;
	for (int i = 0; i < 2; i++) {
		struct arena *arena = arena_new(0);

		ruleset_unref(&drafts[number].ruleset);
		drafts[number].rules = draft_of(arena, number);
		drafts[number].ruleset = ruleset_new(&arena,
		    drafts[number].rules->draft, &options);
		if (ruleset_state(drafts[number].ruleset, &words) ==
		    LANES_COMPILING)
			must(lanes_compile(ruleset_lanes(
			    drafts[number].ruleset), cache, &words) == 0);
	}
	must(scratch_remove(cache) == 0);
}

static void
check(struct arena *arena, size_t number, struct str bytes)
{
	struct txn *txn = rules_message(arena, bytes);
	struct naive naive = { .rules = drafts[number].rules };
	struct rules_result result, shown;
	struct str theirs;

	naive.view = view_new(txn, NULL);
	naive.scratch = pattern_scratch_new(arena,
	    ruleset_default_options.match_limit);
	theirs = naive_judge(&naive, arena);
	rules_judge(drafts[number].ruleset, view_new(txn, NULL),
	    RULES_TELL_INNER | RULES_TELL_FOUND, &result);
	rules_judge(drafts[number].ruleset, view_new(txn, NULL),
	    RULES_TELL_FOUND, &shown);
	if (naive.has_limited || result.limited.len > 0)
		return;
	must(str_eq(theirs, naive_write(&result, arena)));
	must(naive_are_same(&result, &shown));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	size_t number;

	if (size == 0)
		return 0;
	number = data[0] % DRAFTS;
	if (drafts[number].ruleset == NULL)
		make_draft(number);
	arena = arena_new(0);
	check(arena, number, str_sub(str_of((const char *)data + 1, size - 1),
	    0, MESSAGE_MAX));
	arena_free(&arena);
	return 0;
}
