/* SPDX-License-Identifier: ISC */
/* rules.c - the rules of both languages, each that hits a finding. */
#include "base/arena.h"
#include "milter/check.h"
#include "rules/draft.h"
#include "rules/ruleset.h"
#include "rules/view.h"

/*
 * It runs when the checks before it are done: rules ask what those have found
 * ("dkim fail and not list"). A rule is a finding of its own name, so that
 * people and figures meet it as they meet a check; what their sum asks for is
 * not decided here (mail/verdict_score.h).
 */

struct rules_check_settings {
	struct check_common common;
};

/* What speaks against a message, for it, or is only told. */
static enum result
result_of(double score)
{
	return score > 0 ? RESULT_FAIL : score < 0 ? RESULT_PASS
						   : RESULT_NEUTRAL;
}

/* A rule on trial shows what it would give. */
static double
score_of(const struct ruleset *ruleset, const struct rule_hit *hit,
    bool is_dry_run)
{
	return is_dry_run ? ruleset_score(ruleset, hit->rule) : hit->score;
}

static void
add_hit(struct check_run *run, const struct rule_hit *hit)
{
	struct arena *arena = run->txn->arena;
	const struct draft_rule *rule = hit->rule;
	bool is_dry_run = (rule->flags & RULE_DRY_RUN) != 0;
	double score = score_of(run->ruleset, hit, is_dry_run);
	struct finding *finding = findings_add(run->findings,
	    str_dup(arena, rule->name), result_of(score),
	    str_dup(arena, rule->description));

	finding->score = score;
	finding->is_rule = true;
	finding->is_dry_run = is_dry_run;
}

static void
add_limited(struct check_run *run, const struct draft_rule *rule)
{
	findings_add(run->findings, run->name, RESULT_TEMPERROR,
	    arena_printf(run->txn->arena, "%.*s took too long and is not "
	    "known (rules.match_limit)", STR_ARG(rule->name)));
}

/* Over a limit is told (DESIGN 7). */
static void
add_cut(struct check_run *run)
{
	findings_add(run->findings, run->name, RESULT_NEUTRAL,
	    "a text of it is so long that rules saw its beginning alone "
	    "(rules.max_text)");
}

static enum check_status
rules_run(struct check_run *run, const char **error_r)
{
	const struct findings *others = check_findings_before(run);
	struct rules_result result;

	if (others == NULL)
		return CHECK_WAIT;
	if (run->ruleset == NULL) {
		*error_r = "no rules are loaded";
		return CHECK_FAILED;
	}
	rules_judge(run->ruleset, view_new(run->txn, others), 0, &result);
	for (size_t i = 0; i < result.hits.len; i++)
		add_hit(run, vec_at(&result.hits, i));
	for (size_t i = 0; i < result.limited.len; i++)
		add_limited(run, *(const struct draft_rule **)
		    vec_at(&result.limited, i));
	if (result.is_cut)
		add_cut(run);
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct rules_check_settings, "pass"),
};

static const struct section section = {
	.name = "check",
	.label = "rules",
	.help = "Judges the message by the rules of the section rules; each "
	    "that hits is a finding with its score.",
	.size = sizeof(struct rules_check_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_rules = {
	.name = "rules",
	.first_stage = STAGE_MESSAGE,
	.wants_body = true,
	.wants_mime = true,
	.wants_rules = true,
	.section = &section,
	.run = rules_run,
};
