/* SPDX-License-Identifier: ISC */
/* ruleset_needs.c - patterns of which one must match for a rule to hit.
 *
 * What an expression needs of its names is known (expr_needs()); a name stands for
 * rules, and those for patterns, or for expressions which need some in turn. So
 * each pattern has a list of the rules that it wakes. */
#include "base/arena.h"
#include "rules/expr.h"
#include "rules/ruleset_private.h"

/* More do not tell much. */
#define NEEDS_MAX 64

/* What one expression needs, while it is gathered. */
struct needs {
	const struct ruleset *ruleset;
	const struct ruleset_rule *rule;
	size_t count;
	uint32_t rules[NEEDS_MAX];
};

/* It hits where its pattern matches, and nowhere else. */
static bool
is_plain_pattern(const struct ruleset_rule *rule)
{
	return rule->kind == RULESET_PATTERN && !rule->is_negated &&
	    !rule->hits_unset;
}

/* How many patterns the rule needs one of; EXPR_NEEDS_NOTHING: it may hit
 * without. */
static size_t
cost_of_rule(const struct ruleset_rule *rule)
{
	if (rule->kind == RULESET_OUT)
		return 0;
	if (rule->kind == RULESET_META && rule->has_needs)
		return rule->need_count;
	if (is_plain_pattern(rule))
		return 1;
	return EXPR_NEEDS_NOTHING;
}

static size_t
cost_of_name(void *arg, size_t number)
{
	const struct needs *needs = arg;
	const struct ruleset_name *name = &needs->rule->names->names[number];
	size_t sum = 0;

	if (name->constant < 0 || name->constant > 0)
		return EXPR_NEEDS_NOTHING;
	for (uint32_t i = 0; i < name->count; i++) {
		size_t cost = cost_of_rule(&needs->ruleset->rules[
		    needs->rule->names->refs[name->first + i]]);

		if (cost > NEEDS_MAX - sum)
			return EXPR_NEEDS_NOTHING;
		sum += cost;
	}
	return sum;
}

static void
add_rule(struct needs *needs, uint32_t number)
{
	for (size_t i = 0; i < needs->count; i++)
		if (needs->rules[i] == number)
			return;
	if (needs->count < NEEDS_MAX)
		needs->rules[needs->count] = number;
	needs->count++;
}

static void
add_name(struct needs *needs, const struct ruleset_name *name)
{
	for (uint32_t i = 0; i < name->count; i++) {
		uint32_t number = needs->rule->names->refs[name->first + i];
		const struct ruleset_rule *rule =
		    &needs->ruleset->rules[number];

		if (rule->kind == RULESET_PATTERN)
			add_rule(needs, number);
		else if (rule->kind == RULESET_META)
			for (uint32_t n = 0; n < rule->need_count; n++)
				add_rule(needs, rule->needs[n]);
	}
}

static void
load_dear(const struct ruleset *ruleset, struct ruleset_rule *rule)
{
	const struct ruleset_names *names = rule->names;

	for (uint32_t i = 0; i < names->ref_count; i++)
		rule->is_dear |= ruleset->rules[names->refs[i]].is_dear;
}

void
ruleset_load_needs(struct ruleset *ruleset, struct ruleset_rule *rule)
{
	struct needs needs = { .ruleset = ruleset, .rule = rule, .count = 0 };
	uint32_t names[EXPR_NEEDS_MAX];
	size_t count = expr_needs(rule->expr, cost_of_name, &needs, names);

	load_dear(ruleset, rule);
	if (count == EXPR_NEEDS_NOTHING)
		return;
	for (size_t i = 0; i < count; i++)
		add_name(&needs, &rule->names->names[names[i]]);
	if (needs.count > NEEDS_MAX)
		return;
	rule->has_needs = true;
	rule->need_count = (uint32_t)needs.count;
	rule->needs = arena_memdup(ruleset->arena, needs.rules,
	    needs.count * sizeof(*needs.rules));
}

/* --- what wakes a rule -------------------------------------------------------- */

/* The patterns of which the rule needs one; NULL: it may hit without. */
static const uint32_t *
needs_of(const struct ruleset_rule *rule, uint32_t *count_r)
{
	*count_r = 0;
	if (rule->kind == RULESET_META && rule->has_needs) {
		*count_r = rule->need_count;
		return rule->needs;
	}
	if (!is_plain_pattern(rule))
		return NULL;
	*count_r = 1;
	return &rule->pattern;
}

/* Does it sleep until the first rule that it asks has hit? That one is none that
 * asks others: it might ask a sleeper. */
static bool
is_gated(struct ruleset *ruleset, const struct ruleset_rule *rule)
{
	struct ruleset_gate gate = { .sleeper = (uint32_t)(rule -
	    ruleset->rules) };

	if (rule->kind != RULESET_META || rule->is_inner || rule->is_for_some)
		return false;
	gate.rule = expr_gate(rule->expr);
	if (gate.rule == EXPR_NO_NAME || (gate.rule & RULESET_SUM) != 0 ||
	    (ruleset->rules[gate.rule].kind != RULESET_CALL &&
	    ruleset->rules[gate.rule].kind != RULESET_EXISTS))
		return false;
	*(struct ruleset_gate *)vec_push(&ruleset->gates) = gate;
	return true;
}

/* Where the list of each pattern ends, as far as it goes from the start of all. */
static void
count_wakes(struct ruleset *ruleset, uint32_t *ends)
{
	for (size_t i = 0; i < ruleset->draft->rules.len; i++) {
		const struct ruleset_rule *rule = &ruleset->rules[i];
		uint32_t count;
		const uint32_t *needs = needs_of(rule, &count);

		if (needs == NULL && rule->kind != RULESET_OUT &&
		    !is_gated(ruleset, rule))
			ruleset->awake[i / 64] |= UINT64_C(1) << i % 64;
		for (uint32_t n = 0; n < count; n++)
			ends[needs[n]]++;
	}
	for (size_t i = 1; i < ruleset->pattern_count; i++)
		ends[i] += ends[i - 1];
}

void
ruleset_load_wakes(struct ruleset *ruleset)
{
	size_t patterns = ruleset->pattern_count;
	uint32_t *firsts = arena_zalloc(ruleset->arena,
	    (patterns + 1) * sizeof(*firsts));

	vec_init(&ruleset->gates, ruleset->arena, sizeof(struct ruleset_gate));
	ruleset->awake = arena_zalloc(ruleset->arena,
	    ruleset_words(ruleset) * sizeof(*ruleset->awake));
	count_wakes(ruleset, firsts);
	firsts[patterns] = patterns > 0 ? firsts[patterns - 1] : 0;
	ruleset->wake_firsts = firsts;
	ruleset->wakes = arena_alloc(ruleset->arena,
	    firsts[patterns] * sizeof(*ruleset->wakes));
	/* Lists are filled from their ends on, and firsts are where they
	 * should be then. */
	for (size_t i = ruleset->draft->rules.len; i > 0; i--) {
		const struct ruleset_rule *rule = &ruleset->rules[i - 1];
		uint32_t count;
		const uint32_t *needs = needs_of(rule, &count);

		for (uint32_t n = 0; n < count; n++)
			ruleset->wakes[--firsts[needs[n]]] = (uint32_t)(i - 1);
	}
}
