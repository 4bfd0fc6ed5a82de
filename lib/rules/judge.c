/* SPDX-License-Identifier: ISC */
/* judge.c - a message judged: places are read and their patterns matched, then
 * each rule that counts has its value.
 *
 * First every place that has patterns goes through its lane, once; what matched
 * stands in an array by the number of the pattern. Then the values of rules are
 * computed as they are asked for, each once: of the rules that show, and of what
 * decides in their expressions. So a call runs only where its answer matters. */
#include "rules/judge_private.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "rules/call.h"
#include "rules/expr.h"
#include "rules/view.h"

/* --- patterns ----------------------------------------------------------------- */

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
on_limit(void *arg, size_t number)
{
	const struct passage *passage = arg;

	passage->judging->patterns[passage->first + number].is_limited = true;
	passage->judging->has_limited = true;
}

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

static const struct vec *
texts_of(struct judging *judging, uint32_t number)
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
	const struct vec *texts = texts_of(judging, number);
	struct passage passage = { judging, place->first, 0 };

	for (; passage.text < texts->len; passage.text++)
		lane_match(place->lane, judging->scratch->lane,
		    judging->scratch->pattern,
		    judge_text(judging, number, passage.text),
		    on_found, on_limit, &passage);
}

static void
match_places(struct judging *judging)
{
	const struct vec *places = &judging->ruleset->places;

	for (uint32_t i = 0; i < places->len; i++)
		if (((struct ruleset_place *)vec_at(places, i))->lane != NULL)
			match_place(judging, i);
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

static double
value_of_pattern(struct judging *judging, const struct ruleset_rule *rule)
{
	const struct pattern_state *state = &judging->patterns[rule->pattern];

	if (judging->texts[rule->place]->len == 0)
		return rule->hits_unset != rule->is_negated;
	if (state->is_limited && !state->has_matched)
		return 0;
	if (rule->is_counted && state->has_matched && !rule->is_negated)
		return count_matches(judging, rule);
	return state->has_matched != rule->is_negated;
}

/* What expr_value() asks with. */
struct naming {
	struct judging *judging;
	const struct ruleset_rule *rule;
};

static double
value_of_name(void *arg, size_t number)
{
	const struct naming *naming = arg;
	const struct ruleset_name *name = &naming->rule->names[number];
	const uint32_t *refs = naming->rule->refs;
	double value = name->constant;

	for (uint32_t i = 0; i < name->count; i++)
		value += judge_value(naming->judging, refs[name->first + i]);
	return value;
}

static double
value_of_meta(struct judging *judging, const struct ruleset_rule *rule)
{
	struct naming naming = { judging, rule };

	return expr_value(rule->expr, value_of_name, &naming);
}

static double
compute(struct judging *judging, const struct ruleset_rule *rule)
{
	if (rule->is_for_some && !judge_concerns(judging, rule->draft))
		return 0;
	switch ((enum ruleset_kind)rule->kind) {
	case RULESET_OUT:
		return 0;
	case RULESET_PATTERN:
		return value_of_pattern(judging, rule);
	case RULESET_EXISTS:
		return (texts_of(judging, rule->place)->len == 0) ==
		    rule->is_negated;
	case RULESET_CALL:
		return rule->call->run(judging->view, rule->prepared);
	case RULESET_META:
		return value_of_meta(judging, rule);
	}
	return 0;
}

/* What hits counts once at least, as in SpamAssassin (PerMsgStatus::got_hit()):
 * an expression may be less than 0. */
double
judge_value(struct judging *judging, uint32_t number)
{
	double value = judging->values[number];

	if (!isnan(value))
		return value;
	value = compute(judging, &judging->ruleset->rules[number]);
	value = value < 0 || isnan(value) ? 1 : value;
	judging->values[number] = value;
	return value;
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

	judging.patterns = arena_zalloc(arena,
	    ruleset->pattern_count * sizeof(struct pattern_state));
	judging.values = unknown_values(arena, ruleset->draft->rules.len);
	judging.texts = arena_zalloc(arena,
	    ruleset->places.len * sizeof(struct vec *));
	judging.scratch = scratch_acquire(ruleset->scratches);
	match_places(&judging);
	judge_hits(&judging, with_inner, result_r);
	scratch_release(ruleset->scratches, judging.scratch);
}
