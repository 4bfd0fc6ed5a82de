/* SPDX-License-Identifier: ISC */
/* judge_hits.c - what hit, what it gives, and whom it concerns. */
#include "rules/judge_private.h"

#include "base/arena.h"
#include "mail/finding.h"
#include "mail/txn.h"
#include "rules/view.h"

/* --- whom a rule concerns ----------------------------------------------------- */

static bool
is_in(const struct vec *domains, struct str domain)
{
	for (size_t i = 0; domain.len > 0 && i < domains->len; i++)
		if (domain_matches(domain, *(struct str *)vec_at(domains, i)))
			return true;
	return false;
}

/* What we send is the sender's, what we get the recipients'; mail from one of
 * ours to another is both. */
static bool
concerns_domains(const struct txn *txn, const struct vec *domains)
{
	bool is_ours = txn->direction == DIRECTION_OUTBOUND ||
	    txn->direction == DIRECTION_INTERNAL;

	if (is_ours && is_in(domains, txn->sender.domain))
		return true;
	if (txn->direction == DIRECTION_OUTBOUND)
		return false;
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		if (is_in(domains, rcpt->address.domain))
			return true;
	}
	return false;
}

bool
judge_concerns(struct judging *judging, const struct draft_rule *rule)
{
	const struct txn *txn = judging->view->txn;

	if (rule->directions != 0 &&
	    (rule->directions & 1u << txn->direction) == 0)
		return false;
	return rule->domains.len == 0 || concerns_domains(txn, &rule->domains);
}

/* --- hits --------------------------------------------------------------------- */

/* What the pattern of the rule matched first. */
static struct str
find_match(struct judging *judging, const struct ruleset_rule *rule)
{
	struct str found = { NULL, 0 };
	const struct pattern_state *state;
	size_t at = 0;

	if ((judging->told & RULES_TELL_FOUND) == 0 ||
	    rule->kind != RULESET_PATTERN || rule->is_negated)
		return found;
	state = judge_state(judging, rule->pattern);
	if (state->has_matched)
		pattern_match(judging->ruleset->patterns[rule->pattern],
		    judging->scratch->pattern, judge_text(judging, rule->place,
		    state->text), &at, &found);
	return found;
}

static void
add_hit(struct judging *judging, const struct ruleset_rule *rule,
    double value, struct vec *hits)
{
	const struct draft_rule *draft = rule->draft;

	*(struct rule_hit *)vec_push(hits) = (struct rule_hit){
		.rule = draft,
		.value = value,
		.score = (draft->flags & (RULE_DRY_RUN | RULE_INNER)) != 0 ?
		    0 : rule->score,
		.found = find_match(judging, rule),
	};
}

/* The sum of the group above its cap (below it, where that is less than 0) is
 * taken from its last hits. */
static void
cut_group(struct vec *hits, const struct draft_cap *cap)
{
	double sign = cap->score < 0 ? -1 : 1;
	double excess = -cap->score * sign;

	for (size_t i = 0; i < hits->len; i++) {
		const struct rule_hit *hit = vec_at(hits, i);

		if (str_eq(hit->rule->group, cap->group))
			excess += hit->score * sign;
	}
	for (size_t i = hits->len; i > 0 && excess > 0; i--) {
		struct rule_hit *hit = vec_at(hits, i - 1);
		double cut = hit->score * sign;

		if (cut <= 0 || !str_eq(hit->rule->group, cap->group))
			continue;
		cut = cut < excess ? cut : excess;
		hit->score = score_rounded(hit->score - cut * sign);
		excess -= cut;
	}
}

static void
add_limited(struct judging *judging, struct vec *limited)
{
	const struct ruleset *ruleset = judging->ruleset;

	for (size_t i = 0; i < ruleset->draft->rules.len; i++) {
		const struct ruleset_rule *rule = &ruleset->rules[i];

		if (rule->kind == RULESET_PATTERN &&
		    judge_state(judging, rule->pattern)->is_limited)
			*(const struct draft_rule **)vec_push(limited) =
			    rule->draft;
	}
}

static void
open_gates(struct judging *judging)
{
	const struct vec *gates = &judging->ruleset->gates;

	for (size_t i = 0; i < gates->len; i++) {
		const struct ruleset_gate *gate = vec_at(gates, i);

		if (judge_value(judging, gate->rule) > 0)
			judge_wake(judging, gate->sleeper);
	}
}

static void
add_rule(struct judging *judging, uint32_t number,
    struct rules_result *result)
{
	const struct ruleset_rule *rule = &judging->ruleset->rules[number];
	double value = judge_value(judging, number);

	if (value > 0)
		add_hit(judging, rule, value, rule->is_inner ?
		    &result->inner : &result->hits);
}

static void
add_rules(struct judging *judging, struct rules_result *result)
{
	const struct ruleset *ruleset = judging->ruleset;

	for (size_t i = 0; i < ruleset_words(ruleset); i++) {
		uint64_t bits = judging->tables->awake[i];

		if ((judging->told & RULES_TELL_INNER) == 0)
			bits &= ruleset->shown[i];
		for (; bits != 0; bits &= bits - 1)
			add_rule(judging, (uint32_t)(i * 64 +
			    (size_t)__builtin_ctzll(bits)), result);
	}
}

void
judge_hits(struct judging *judging, struct rules_result *result_r)
{
	const struct ruleset *ruleset = judging->ruleset;
	const struct vec *caps = &ruleset->draft->caps;
	struct rules_result *result = result_r;

	*result = (struct rules_result){ 0 };
	vec_init(&result->hits, judging->view->arena, sizeof(struct rule_hit));
	vec_init(&result->inner, judging->view->arena,
	    sizeof(struct rule_hit));
	vec_init(&result->limited, judging->view->arena,
	    sizeof(struct draft_rule *));
	open_gates(judging);
	add_rules(judging, result);
	for (size_t i = 0; i < caps->len; i++)
		cut_group(&result->hits, vec_at(caps, i));
	for (size_t i = 0; i < result->hits.len; i++)
		result->score +=
		    ((struct rule_hit *)vec_at(&result->hits, i))->score;
	result->score = score_rounded(result->score);
	if (judging->has_limited)
		add_limited(judging, &result->limited);
	result->is_cut = judging->is_cut;
}
