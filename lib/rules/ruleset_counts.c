/* SPDX-License-Identifier: ISC */
/* ruleset_counts.c - how far the matches of a pattern must be counted.
 *
 * "each" counts, and most expressions ask for a few only ("shouts >= 2"). What is
 * found beyond that changes nothing, and the last of a long text takes as long to
 * find as all others. */
#include "rules/expr.h"
#include "rules/ruleset_private.h"

/* One expression and all rules. */
struct counts {
	struct ruleset_rule *rules;
	const struct ruleset_names *names;
};

static void
raise(struct ruleset_rule *rule, uint32_t most)
{
	if (rule->kind == RULESET_PATTERN && rule->count_most < most)
		rule->count_most = most;
}

/* Of a sum all is needed. */
static void
raise_name(void *arg, uint32_t name, uint32_t most)
{
	const struct counts *counts = arg;
	const struct ruleset_name *sum;

	if ((name & RULESET_SUM) == 0) {
		raise(&counts->rules[name], most);
		return;
	}
	sum = &counts->names->names[name & ~RULESET_SUM];
	for (uint32_t i = 0; i < sum->count; i++)
		raise(&counts->rules[counts->names->refs[sum->first + i]],
		    EXPR_COUNTS_ALL);
}

/* 0: no bound, as the rule has it. */
static void
bound(struct ruleset_rule *rule)
{
	uint32_t max = rule->draft->max_hits;

	if (rule->count_most == EXPR_COUNTS_ALL ||
	    (max != 0 && max < rule->count_most))
		rule->count_most = max;
}

void
ruleset_load_counts(struct ruleset *ruleset)
{
	size_t count = ruleset->draft->rules.len;
	struct ruleset_rule *rules = ruleset->rules;

	/* Of a rule that shows its number does. */
	for (size_t i = 0; i < count; i++)
		if (rules[i].kind == RULESET_PATTERN)
			rules[i].count_most = rules[i].is_inner ? 1 :
			    EXPR_COUNTS_ALL;
	for (size_t i = 0; i < count; i++) {
		struct counts counts = { rules, rules[i].names };

		if (rules[i].kind == RULESET_META)
			expr_counts(rules[i].expr, raise_name, &counts);
	}
	for (size_t i = 0; i < count; i++)
		if (rules[i].kind == RULESET_PATTERN)
			bound(&rules[i]);
}
