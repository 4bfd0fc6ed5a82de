/* SPDX-License-Identifier: ISC */
/* judge.c - a message judged: places are read and their patterns matched, then
 * each rule that counts has its value.
 *
 * First every place that has patterns goes through its lane, once; what matched,
 * and what may match, stands in an array by the number of the pattern. Then the
 * values of rules are computed as they are asked for, each once: of the rules
 * that show, and of what decides in their expressions. So a call runs only where
 * its answer matters, and PCRE2 is asked only for what Hyperscan left open and
 * somebody wants to know. */
#include "rules/judge_private.h"

#include <string.h>

#include "base/arena.h"
#include "rules/view.h"

struct str
judge_text(struct judging *judging, uint32_t place, uint32_t text)
{
	const struct str *whole = vec_at(judging->texts[place], text);
	size_t max = judging->ruleset->options.max_text;

	if (whole->len <= max)
		return *whole;
	judging->is_cut = true;
	return str_sub(*whole, 0, max);
}

const struct vec *
judge_texts(struct judging *judging, uint32_t number)
{
	const struct ruleset_place *place = vec_at(&judging->ruleset->places,
	    number);

	if (judging->texts[number] == NULL)
		judging->texts[number] = view_texts(judging->view,
		    &place->place);
	return judging->texts[number];
}

static void
match_place(struct judging *judging, uint32_t number)
{
	const struct ruleset_place *place = vec_at(&judging->ruleset->places,
	    number);
	const struct vec *texts = judge_texts(judging, number);

	for (uint32_t i = 0; i < texts->len; i++)
		judge_match(judging, place, judge_text(judging, number, i), i);
}

static void
match_places(struct judging *judging)
{
	const struct vec *places = &judging->ruleset->places;

	for (uint32_t i = 0; i < places->len; i++)
		if (((struct ruleset_place *)vec_at(places, i))->lane != NULL)
			match_place(judging, i);
}

/* All bits set are no number. */
static double *
unknown_values(struct arena *arena, size_t count)
{
	double *values = arena_alloc(arena, count * sizeof(*values));

	return memset(values, 0xff, count * sizeof(*values));
}

void
rules_judge(struct ruleset *ruleset, struct view *view, bool with_inner,
    struct rules_result *result_r)
{
	struct arena *arena = view->arena;
	struct judging judging = { .ruleset = ruleset, .view = view };

	view->sa_reading = ruleset->draft->sa_reading;
	judging.patterns = arena_zalloc(arena,
	    ruleset->pattern_count * sizeof(struct pattern_state));
	vec_init(&judging.candidates, arena, sizeof(struct candidate));
	judging.values = unknown_values(arena, ruleset->draft->rules.len);
	judging.is_open = arena_zalloc(arena, ruleset->draft->rules.len);
	judging.texts = arena_zalloc(arena,
	    ruleset->places.len * sizeof(struct vec *));
	judging.scratch = scratch_acquire(ruleset->scratches);
	match_places(&judging);
	judge_hits(&judging, with_inner, result_r);
	scratch_release(ruleset->scratches, judging.scratch);
}
