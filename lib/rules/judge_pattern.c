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
	uint32_t first;		/* number of the lane's first pattern */
	uint32_t text;
};

const struct pattern_state *
judge_state(const struct judging *judging, uint32_t pattern)
{
	static const struct pattern_state unseen = { .turn = 0 };
	const struct pattern_state *state =
	    &judging->tables->patterns[pattern];

	return state->turn == judging->tables->turn ? state : &unseen;
}

/* Where it is noted what a pattern does; the first time that wakes rules. */
static struct pattern_state *
note(const struct passage *passage, size_t number)
{
	const struct ruleset *ruleset = passage->judging->ruleset;
	struct judge_tables *tables = passage->judging->tables;
	size_t pattern = passage->first + number;
	struct pattern_state *state = &tables->patterns[pattern];
	const uint32_t *firsts = ruleset->wake_firsts;

	if (state->turn == tables->turn)
		return state;
	*state = (struct pattern_state){ .turn = tables->turn };
	for (uint32_t i = firsts[pattern]; i < firsts[pattern + 1]; i++)
		judge_wake(passage->judging, ruleset->wakes[i]);
	return state;
}

static void
on_found(void *arg, size_t number)
{
	const struct passage *passage = arg;
	struct pattern_state *state = note(passage, number);

	if (!state->has_matched)
		state->text = passage->text;
	state->has_matched = true;
}

static void
note_dear(struct judging *judging, size_t pattern)
{
	judging->has_dear |= (judging->ruleset->dear[pattern / 64] >>
	    pattern % 64 & 1) != 0;
}

static void
on_unknown(void *arg, size_t number)
{
	const struct passage *passage = arg;
	struct pattern_state *state = note(passage, number);
	struct vec *candidates = &passage->judging->tables->candidates;

	if (state->has_matched || state->has_rest)
		return;
	note_dear(passage->judging, passage->first + number);
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
judge_match(struct judging *judging, const struct ruleset_lane *lane,
    struct str text, uint32_t number)
{
	struct passage passage = { judging, lane->first, number };

	lane_match(lane->lane, judging->scratch->lane, NULL, text, on_found,
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
    struct pattern_state *state, uint32_t text)
{
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
	struct pattern_state *state =
	    &judging->tables->patterns[rule->pattern];
	const struct vec *texts = judge_texts(judging, rule->place);
	bool goes_on = true;

	for (uint32_t at = state->first; at != 0 && goes_on;) {
		const struct candidate *candidate = vec_at(
		    &judging->tables->candidates, at - 1);

		goes_on = ask_text(judging, rule, state,
		    candidate->text);
		at = candidate->next;
	}
	for (uint32_t i = state->rest; state->has_rest && goes_on &&
	    i < texts->len; i++)
		goes_on = ask_text(judging, rule, state, i);
	state->first = 0;
	state->has_rest = false;
}

/* --- values ------------------------------------------------------------------- */

/* Who sees inner rules sees all that they count. */
static size_t
most_counted(const struct judging *judging, const struct ruleset_rule *rule)
{
	return (judging->told & RULES_TELL_INNER) != 0 ?
	    rule->draft->max_hits : rule->count_most;
}

/* How often the pattern matches, over all texts: at most max times. */
static double
count_matches(struct judging *judging, const struct ruleset_rule *rule)
{
	struct pattern_state *state =
	    &judging->tables->patterns[rule->pattern];
	const struct vec *texts = judge_texts(judging, rule->place);
	size_t max = most_counted(judging, rule), count = 0;

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
	const struct pattern_state *state = judge_state(judging,
	    rule->pattern);

	if (state->turn == 0 && judge_texts(judging, rule->place)->len == 0)
		return rule->hits_unset != rule->is_negated;
	if (judge_is_open(state))
		settle(judging, rule);
	if (state->is_limited && !state->has_matched)
		return 0;
	if (rule->is_counted && state->has_matched && !rule->is_negated)
		return count_matches(judging, rule);
	return state->has_matched != rule->is_negated;
}
