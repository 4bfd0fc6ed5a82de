/* SPDX-License-Identifier: ISC */
/* judge_value.c - how often a rule hits: computed when somebody asks, once.
 *
 * Expressions are spared what takes long. One that needs a pattern which does not
 * match is 0. Where dear patterns may match, one that asks for such is first seen
 * with these left open: mostly the others decide. */
#include <math.h>

#include "rules/call.h"
#include "rules/expr.h"
#include "rules/judge_private.h"

/* What expr_value() and expr_bounds() ask with. */
struct naming {
	struct judging *judging;
	const struct ruleset_rule *rule;
};

static struct rule_state *
state_of(const struct judging *judging, uint32_t number)
{
	struct rule_state *state = &judging->tables->rules[number];

	if (state->turn != judging->tables->turn)
		*state = (struct rule_state){ .turn = judging->tables->turn };
	return state;
}

/* What is asleep does not hit. */
static bool
is_asleep(const struct judging *judging, uint32_t number)
{
	return (judging->tables->awake[number / 64] &
	    UINT64_C(1) << number % 64) == 0;
}

/* None of the patterns that it needs matched, nor may. */
static bool
lacks_needs(const struct judging *judging, const struct ruleset_rule *rule)
{
	if (!rule->has_needs)
		return false;
	for (uint32_t i = 0; i < rule->need_count; i++) {
		const struct pattern_state *state = judge_state(judging,
		    rule->needs[i]);

		if (state->has_matched || judge_is_open(state))
			return false;
	}
	return true;
}

/* --- bounds ------------------------------------------------------------------- */

static struct expr_bounds
bounds_of_rule(struct judging *judging, uint32_t number);

static struct expr_bounds
bounds_of_sum(const struct naming *naming, size_t number)
{
	const struct ruleset_names *names = naming->rule->names;
	const struct ruleset_name *name = &names->names[number];
	struct expr_bounds sum = expr_bounds_of(name->constant);

	for (uint32_t i = 0; i < name->count; i++) {
		struct expr_bounds one = bounds_of_rule(naming->judging,
		    names->refs[name->first + i]);

		sum.least += one.least;
		sum.most += one.most;
		sum.is_whole &= one.is_whole;
	}
	return sum;
}

static struct expr_bounds
bounds_of_name(void *arg, size_t number)
{
	const struct naming *naming = arg;

	return (number & RULESET_SUM) != 0 ?
	    bounds_of_sum(naming, number & ~(size_t)RULESET_SUM) :
	    bounds_of_rule(naming->judging, (uint32_t)number);
}

static struct expr_bounds
bounds_of_expr(struct judging *judging, const struct ruleset_rule *rule)
{
	struct naming naming = { judging, rule };

	return expr_bounds(rule->expr, bounds_of_name, &naming);
}

/* What hits counts once at least, as in SpamAssassin (PerMsgStatus::got_hit()):
 * an expression may be less than 0. */
static double
keep_value(struct judging *judging, uint32_t number, double value)
{
	struct rule_state *state = state_of(judging, number);

	state->value = value < 0 || isnan(value) ? 1 : value;
	state->is_known = true;
	return state->value;
}

static struct expr_bounds
bounds_of_dear(struct judging *judging, uint32_t number)
{
	const struct ruleset_rule *rule = &judging->ruleset->rules[number];
	const struct expr_bounds open = { 0, INFINITY, false };
	struct rule_state *state = state_of(judging, number);
	struct expr_bounds bounds;

	if (rule->kind == RULESET_PATTERN)
		return (struct expr_bounds){ 0, rule->is_counted ? INFINITY : 1,
			true };
	/* It is seen once; then it is known, or stays open for all who ask. */
	if (state->is_open)
		return open;
	state->is_open = true;
	bounds = bounds_of_expr(judging, rule);
	return bounds.least >= bounds.most ? expr_bounds_of(keep_value(judging,
	    number, bounds.least)) : open;
}

/* Does it take long to know, if it is not known yet? */
static bool
is_dear(struct judging *judging, const struct ruleset_rule *rule)
{
	if (!rule->is_dear || rule->is_for_some)
		return false;
	if (rule->kind == RULESET_META)
		return !lacks_needs(judging, rule);
	return judge_is_open(judge_state(judging, rule->pattern));
}

static struct expr_bounds
bounds_of_rule(struct judging *judging, uint32_t number)
{
	const struct ruleset_rule *rule = &judging->ruleset->rules[number];

	if (is_asleep(judging, number))
		return expr_bounds_of(0);
	if (!state_of(judging, number)->is_known && is_dear(judging, rule))
		return bounds_of_dear(judging, number);
	return expr_bounds_of(judge_value(judging, number));
}

/* --- values ------------------------------------------------------------------- */

static double
value_of_sum(const struct naming *naming, size_t number)
{
	const struct ruleset_names *names = naming->rule->names;
	const struct ruleset_name *name = &names->names[number];
	double value = name->constant;

	for (uint32_t i = 0; i < name->count; i++)
		value += judge_value(naming->judging,
		    names->refs[name->first + i]);
	return value;
}

static double
value_of_name(void *arg, size_t number)
{
	const struct naming *naming = arg;

	return (number & RULESET_SUM) != 0 ?
	    value_of_sum(naming, number & ~(size_t)RULESET_SUM) :
	    judge_value(naming->judging, (uint32_t)number);
}

static double
value_of_meta(struct judging *judging, const struct ruleset_rule *rule)
{
	struct naming naming = { judging, rule };
	struct expr_bounds bounds;

	if (lacks_needs(judging, rule))
		return 0;
	if (rule->is_dear && judging->has_dear) {
		bounds = bounds_of_expr(judging, rule);
		if (bounds.least >= bounds.most)
			return bounds.least;
	}
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
		return judge_pattern(judging, rule);
	case RULESET_EXISTS:
		return (judge_texts(judging, rule->place)->len == 0) ==
		    rule->is_negated;
	case RULESET_CALL:
		return rule->call->run(judging->view, rule->prepared);
	case RULESET_META:
		return value_of_meta(judging, rule);
	}
	return 0;
}

double
judge_value(struct judging *judging, uint32_t number)
{
	const struct rule_state *state;

	if (is_asleep(judging, number))
		return 0;
	state = state_of(judging, number);
	if (state->is_known)
		return state->value;
	return keep_value(judging, number,
	    compute(judging, &judging->ruleset->rules[number]));
}
