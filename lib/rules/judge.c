/* SPDX-License-Identifier: ISC */
/* judge.c - a message judged: places are read and their patterns matched, then
 * each rule that counts has its value.
 *
 * First every place that has patterns goes through its lane, once; what matched,
 * and what may match, stands in an array by the number of the pattern, and wakes
 * the rules that need it. Then the values of rules are computed as they are asked
 * for, each once: of the rules that show and are awake, and of what decides in
 * their expressions. So a call runs only where
 * its answer matters, and PCRE2 is asked only for what Hyperscan left open and
 * somebody wants to know. */
#include "rules/judge_private.h"

#include <string.h>

#include "base/arena.h"
#include "rules/places.h"
#include "rules/view.h"

/* So far back it is looked for the same text: not so far that it takes long. */
#define REPEATS_SEEN 8

const struct vec *
judge_texts(struct judging *judging, uint32_t place)
{
	return view_texts(judging->view,
	    places_at(judging->ruleset->places, place));
}

struct str
judge_text(struct judging *judging, uint32_t place, uint32_t text)
{
	const struct str *whole = vec_at(judge_texts(judging, place), text);
	size_t max = judging->ruleset->options.max_text;

	if (whole->len <= max)
		return *whole;
	judging->is_cut = true;
	return str_sub(*whole, 0, max);
}

/* The same text as one of the last of its place: patterns do as they did. So it is
 * with the hosts of links, of which more than half are. */
static bool
is_repeated(const struct vec *texts, uint32_t number)
{
	const struct str *text = vec_at(texts, number);
	uint32_t first = number < REPEATS_SEEN ? 0 : number - REPEATS_SEEN;

	for (uint32_t i = number; i > first; i--)
		if (str_eq(*text, *(struct str *)vec_at(texts, i - 1)))
			return true;
	return false;
}

static void
match_places(struct judging *judging)
{
	const struct vec *lanes = &judging->ruleset->lanes_of_places;

	for (size_t i = 0; i < lanes->len; i++) {
		const struct ruleset_lane *lane = vec_at(lanes, i);
		const struct vec *texts = judge_texts(judging, lane->place);

		for (uint32_t t = 0; t < texts->len; t++)
			if (!is_repeated(texts, t))
				judge_match(judging, lane, judge_text(judging,
				    lane->place, t), t);
	}
}

static struct judge_tables *
tables_new(const struct ruleset *ruleset, struct arena *arena)
{
	struct judge_tables *tables = arena_zalloc(arena, sizeof(*tables));

	tables->patterns = arena_zalloc(arena,
	    ruleset->pattern_count * sizeof(*tables->patterns));
	tables->rules = arena_zalloc(arena,
	    ruleset->draft->rules.len * sizeof(*tables->rules));
	tables->awake = arena_alloc(arena,
	    ruleset_words(ruleset) * sizeof(*tables->awake));
	vec_init(&tables->candidates, arena, sizeof(struct candidate));
	return tables;
}

/* After 4 billion messages numbers come again, and what they marked must go. */
static void
next_turn(struct judge_tables *tables, const struct ruleset *ruleset)
{
	memcpy(tables->awake, ruleset->awake,
	    ruleset_words(ruleset) * sizeof(*tables->awake));
	tables->candidates.len = 0;
	if (++tables->turn != 0)
		return;
	tables->turn = 1;
	memset(tables->patterns, 0,
	    ruleset->pattern_count * sizeof(*tables->patterns));
	memset(tables->rules, 0,
	    ruleset->draft->rules.len * sizeof(*tables->rules));
}

void
rules_judge(struct ruleset *ruleset, struct view *view, unsigned told,
    struct rules_result *result_r)
{
	struct rules_scratch *scratch = scratch_acquire(ruleset->scratches);
	struct judging judging = { .ruleset = ruleset, .view = view,
		.scratch = scratch, .told = told };

	if (scratch->tables == NULL)
		scratch->tables = tables_new(ruleset, scratch->arena);
	judging.tables = scratch->tables;
	next_turn(judging.tables, ruleset);
	view->sa_reading = ruleset->draft->sa_reading;
	view->scratch = scratch->aside;
	view_number(view, ruleset->places);
	match_places(&judging);
	judge_hits(&judging, result_r);
	view->scratch = NULL;
	scratch_release(ruleset->scratches, scratch);
}
