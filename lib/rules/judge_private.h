/* SPDX-License-Identifier: ISC */
/* judge_private.h - one message under judgement: for judge*.c. */
#ifndef RULES_JUDGE_PRIVATE_H
#define RULES_JUDGE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset_private.h"
#include "rules/scratch.h"

struct view;

/* What is known of a pattern in this turn. Open: it may match in some texts, and
 * PCRE2 was not asked yet. */
struct pattern_state {
	uint32_t turn;
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

/* What is known of a rule in this turn. */
struct rule_state {
	double value;		/* is_known */
	uint32_t turn;
	bool is_known;
	bool is_open;		/* an expression that was seen, and not
				 * decided */
};

/* Used again for the next message. Each has a turn, and what is of another one
 * counts as not there: so nothing needs to be cleared, and of many rules only
 * those that matter are touched. */
struct judge_tables {
	uint32_t turn;			/* never 0 */
	struct pattern_state *patterns;	/* by number among all */
	struct rule_state *rules;	/* by number */
	uint64_t *awake;		/* bits: rules that are not asleep */
	struct vec candidates;		/* struct candidate */
};

struct judging {
	struct ruleset *ruleset;
	struct view *view;
	struct rules_scratch *scratch;
	struct judge_tables *tables;
	unsigned told;			/* RULES_TELL_... */
	bool has_limited;		/* some pattern is */
	bool has_dear;			/* one that takes long is open */
	bool is_cut;			/* a text was longer than max_text */
};

/* What is known of a pattern: nothing, where it was not seen in this turn. */
const struct pattern_state *judge_state(const struct judging *judging,
    uint32_t pattern);
/* Let a text of a place, of this number there, go through the place's lane. */
void judge_match(struct judging *judging, const struct ruleset_lane *lane,
    struct str text, uint32_t number);
bool judge_is_open(const struct pattern_state *state);
/* Let the rule sleep no more. */
static inline void
judge_wake(struct judging *judging, uint32_t rule)
{
	judging->tables->awake[rule / 64] |= UINT64_C(1) << rule % 64;
}
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
void judge_hits(struct judging *judging, struct rules_result *result_r);

#endif
