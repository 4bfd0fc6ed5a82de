/* SPDX-License-Identifier: ISC */
/* judge_pattern.c - what patterns matched, what they may match, and PCRE2 asked
 * for it when somebody wants to know.
 *
 * What a lane leaves open is noted: the texts of a pattern are a chain of
 * candidates, in their order. A message of very many texts has more than are
 * kept; from that text on the pattern is asked for each. */
#include "rules/judge_private.h"

/* Of all patterns together; half a megabyte. */
#define CANDIDATES_MAX 65536

/* One text on its way through a lane. */
struct passage {
	struct judging *judging;
	size_t first;		/* number of the lane's first pattern */
	uint32_t text;
};

static void
on_found(void *arg, size_t number)
{
	const struct passage *passage = arg;
	struct pattern_state *state =
	    &passage->judging->patterns[passage->first + number];

	if (!state->has_matched)
		state->text = passage->text;
	state->has_matched = true;
}

static void
on_unknown(void *arg, size_t number)
{
	const struct passage *passage = arg;
	struct judging *judging = passage->judging;
	struct pattern_state *state =
	    &judging->patterns[passage->first + number];
	struct vec *candidates = &judging->candidates;

	if (state->has_matched || state->has_rest)
		return;
	if (candidates->len == CANDIDATES_MAX) {
		state->has_rest = true;
		state->rest = passage->text;
		return;
	}
	*(struct candidate *)vec_push(candidates) = (struct candidate){
		.text = passage->text };
	if (state->first == 0)
		state->first = (uint32_t)candidates->len;
	else
		((struct candidate *)vec_at(candidates,
		    state->last - 1))->next = (uint32_t)candidates->len;
	state->last = (uint32_t)candidates->len;
}

void
judge_match(struct judging *judging, const struct ruleset_place *place,
    struct str text, uint32_t number)
{
	struct passage passage = { judging, place->first, number };

	lane_match(place->lane, judging->scratch->lane, NULL, text, on_found,
	    on_unknown, &passage);
}

bool
judge_is_open(const struct pattern_state *state)
{
	return state->first != 0 || state->has_rest;
}

/* --- asking ------------------------------------------------------------------- */

/* False: nobody needs to know of further texts. */
static bool
ask_text(struct judging *judging, const struct ruleset_rule *rule,
    uint32_t text)
{
	struct pattern_state *state = &judging->patterns[rule->pattern];

	if (state->has_matched && text >= state->text)
		return false;
	switch (pattern_match(judging->ruleset->patterns[rule->pattern],
	    judging->scratch->pattern, judge_text(judging, rule->place, text),
	    NULL, NULL)) {
	case PATTERN_YES:
		state->has_matched = true;
		state->text = text;
		return false;
	case PATTERN_LIMIT:
		state->is_limited = judging->has_limited = true;
		return true;
	case PATTERN_NO:
		return true;
	}
	return true;
}

static void
settle(struct judging *judging, const struct ruleset_rule *rule)
{
	struct pattern_state *state = &judging->patterns[rule->pattern];
	const struct vec *texts = judging->texts[rule->place];
	bool goes_on = true;

	for (uint32_t at = state->first; at != 0 && goes_on;) {
		const struct candidate *candidate = vec_at(
		    &judging->candidates, at - 1);

		goes_on = ask_text(judging, rule, candidate->text);
		at = candidate->next;
	}
	for (uint32_t i = state->rest; state->has_rest && goes_on &&
	    i < texts->len; i++)
		goes_on = ask_text(judging, rule, i);
	state->first = 0;
	state->has_rest = false;
}

/* --- values ------------------------------------------------------------------- */

/* How often the pattern matches, over all texts: at most max times. */
static double
count_matches(struct judging *judging, const struct ruleset_rule *rule)
{
	struct pattern_state *state = &judging->patterns[rule->pattern];
	const struct vec *texts = judging->texts[rule->place];
	size_t max = rule->draft->max_hits, count = 0;

	for (uint32_t i = state->text; i < texts->len; i++) {
		struct str text = judge_text(judging, rule->place, i);
		enum pattern_result result = PATTERN_YES;
		size_t at = 0;

		while (result == PATTERN_YES && at <= text.len) {
			result = pattern_match(
			    judging->ruleset->patterns[rule->pattern],
			    judging->scratch->pattern, text, &at, NULL);
			count += result == PATTERN_YES;
			if (max != 0 && count >= max)
				return (double)count;
		}
		if (result == PATTERN_LIMIT) {
			state->is_limited = judging->has_limited = true;
			break;
		}
	}
	return (double)count;
}

double
judge_pattern(struct judging *judging, const struct ruleset_rule *rule)
{
	const struct pattern_state *state = &judging->patterns[rule->pattern];

	if (judging->texts[rule->place]->len == 0)
		return rule->hits_unset != rule->is_negated;
	if (judge_is_open(state))
		settle(judging, rule);
	if (state->is_limited && !state->has_matched)
		return 0;
	if (rule->is_counted && state->has_matched && !rule->is_negated)
		return count_matches(judging, rule);
	return state->has_matched != rule->is_negated;
}
