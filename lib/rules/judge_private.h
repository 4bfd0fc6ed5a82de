/* SPDX-License-Identifier: ISC */
/* judge_private.h - one message under judgement: for judge*.c. */
#ifndef RULES_JUDGE_PRIVATE_H
#define RULES_JUDGE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset_private.h"
#include "rules/scratch.h"

struct view;

struct pattern_state {
	uint32_t text;		/* has_matched: the first one in which it did */
	bool has_matched;
	bool is_limited;	/* took too long in some text */
};

struct judging {
	struct ruleset *ruleset;
	struct view *view;
	struct rules_scratch *scratch;
	struct pattern_state *patterns;	/* by number among all */
	double *values;			/* by number of the rule; not known yet:
					 * no number */
	const struct vec **texts;	/* by number of the place; NULL: not
					 * read yet */
	bool has_limited;		/* some pattern is */
	bool is_cut;			/* a text was longer than max_text */
};

/* How often a rule hits; 0: not at all. */
double judge_value(struct judging *judging, uint32_t number);
/* Is the rule for messages that go this way, and for these domains? */
bool judge_concerns(struct judging *judging, const struct draft_rule *rule);
/* A text of a place, as much of it as is looked at. */
struct str judge_text(struct judging *judging, uint32_t place, uint32_t text);
/* Gather what hit, with scores and caps. */
void judge_hits(struct judging *judging, bool with_inner,
    struct rules_result *result_r);

#endif
