/* SPDX-License-Identifier: ISC */
/* judge_private.h - one message under judgement: for judge*.c. */
#ifndef RULES_JUDGE_PRIVATE_H
#define RULES_JUDGE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset_private.h"
#include "rules/scratch.h"

struct view;

/* What is known of a pattern. Open: it may match in some texts, and PCRE2 was not
 * asked yet. */
struct pattern_state {
	uint32_t text;		/* has_matched: the first one in which it did */
	uint32_t first, last;	/* candidates, counted from 1; 0: none */
	uint32_t rest;		/* has_rest: any text from this one on */
	bool has_matched;
	bool is_limited;	/* took too long in some text */
	bool has_rest;
};

/* A text in which a pattern may match. */
struct candidate {
	uint32_t text;
	uint32_t next;		/* of the same pattern, counted from 1 */
};

struct judging {
	struct ruleset *ruleset;
	struct view *view;
	struct rules_scratch *scratch;
	struct pattern_state *patterns;	/* by number among all */
	struct vec candidates;		/* struct candidate */
	double *values;			/* by number of the rule; not known yet:
					 * no number */
	bool *is_open;			/* the same: an expression that was seen,
					 * and not decided */
	const struct vec **texts;	/* by number of the place; NULL: not
					 * read yet */
	bool has_limited;		/* some pattern is */
	bool is_cut;			/* a text was longer than max_text */
};

/* Let a text of a place go through its lane. */
void judge_match(struct judging *judging, const struct ruleset_place *place,
    struct str text, uint32_t number);
bool judge_is_open(const struct pattern_state *state);
/* How often the rule of a pattern hits. */
double judge_pattern(struct judging *judging, const struct ruleset_rule *rule);
/* How often a rule hits; 0: not at all. */
double judge_value(struct judging *judging, uint32_t number);
/* Is the rule for messages that go this way, and for these domains? */
bool judge_concerns(struct judging *judging, const struct draft_rule *rule);
/* The texts of a place; one of them, as much of it as is looked at. */
const struct vec *judge_texts(struct judging *judging, uint32_t place);
struct str judge_text(struct judging *judging, uint32_t place, uint32_t text);
/* Gather what hit, with scores and caps. */
void judge_hits(struct judging *judging, bool with_inner,
    struct rules_result *result_r);

#endif
