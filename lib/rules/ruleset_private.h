/* SPDX-License-Identifier: ISC */
/* ruleset_private.h - what a rule set is made of: for ruleset*.c and judge*.c.
 *
 * All is found by number while a message is judged: rules by their places in the
 * draft, places as places.h has it, patterns in the order of places.
 *
 * Most rules hit hardly ever, and cannot unless a pattern of theirs matches or
 * may match. These are asleep: they count as not hit, and nothing of them is
 * looked at, until such a pattern wakes them. Others ask a call before all else;
 * these sleep until it hits. */
#ifndef RULES_RULESET_PRIVATE_H
#define RULES_RULESET_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "rules/ruleset.h"

struct call;
struct expr;
struct map;
struct phrase_book;
struct places;
struct scratch_pool;

/* The patterns of one place. */
struct ruleset_place {
	struct vec patterns;	/* struct lane_pattern */
	size_t first;		/* number of the first one among all */
};

/* What goes through the patterns of a place. */
struct ruleset_lane {
	uint32_t place;
	uint32_t first;		/* as that of the place */
	struct lane *lane;
};

/* What a name in an expression stands for: a constant and the sum of the values
 * of some rules. */
struct ruleset_name {
	double constant;
	uint32_t first, count;	/* in refs of the rule */
};

/* A rule that is asked before all others, and one that sleeps unless it hits. */
struct ruleset_gate {
	uint32_t rule, sleeper;
};

enum ruleset_kind {
	RULESET_OUT,		/* left out, or off: never hits */
	RULESET_PATTERN,
	RULESET_EXISTS,
	RULESET_CALL,
	RULESET_META,
};

/* What stands in an expression: rules by their numbers, and sums of several or with
 * a constant as RULESET_SUM and their place in names. */
#define RULESET_SUM UINT32_C(0x80000000)
struct ruleset_names {
	const struct ruleset_name *names;
	const uint32_t *refs;	/* numbers of rules */
	uint32_t ref_count;
};

/* Hundreds are looked at for each message, and mostly none is in the caches: so
 * one takes a line there. */
#define RULESET_LINE 64
struct ruleset_rule {
	unsigned char kind;	/* enum ruleset_kind */
	bool is_off;		/* OUT: somebody wants that */
	bool is_for_some;	/* directions or domains */
	bool is_inner;
	bool is_negated;	/* PATTERN, EXISTS */
	bool is_counted;	/* PATTERN: RULE_MULTIPLE */
	bool hits_unset;	/* PATTERN: it matches if_unset */
	bool is_dear;		/* PATTERN: long, so it takes long; META: it
				 * names such a one, by any way */
	bool has_needs;		/* META */
	uint32_t place;		/* PATTERN, EXISTS: its number */
	uint32_t pattern;	/* PATTERN: number among all (while it is loaded
				 * at its place) */
	union {
		uint32_t need_count;	/* META: of needs */
		uint32_t count_most;	/* PATTERN: is_counted; as far as any
					 * expression looks; 0: no bound */
	};
	union {
		struct {
			const struct call *call;
			const void *prepared;
		};
		struct {
			struct expr *expr;
			/* has_needs: the patterns of which one must match for
			 * it to hit (while it is loaded: their rules). */
			uint32_t *needs;
		};
	};
	const struct ruleset_names *names;	/* META */
	/* Where it hits. */
	const struct draft_rule *draft;
	double score;
};
_Static_assert(sizeof(struct ruleset_rule) == RULESET_LINE,
    "a rule takes a line");

struct ruleset {
	struct arena *arena;
	struct draft *draft;
	struct ruleset_options options;
	atomic_size_t references;
	struct ruleset_rule *rules;	/* one for each of draft->rules */
	struct places *places;
	struct vec of_places;		/* struct ruleset_place, by number */
	struct vec lanes_of_places;	/* struct ruleset_lane */
	const struct pattern **patterns;	/* all, by their numbers */
	size_t pattern_count;
	size_t count;			/* of rules that may hit */
	/* As bits: rules that show, and those that are never asleep. */
	uint64_t *shown, *awake;
	/* What pattern n wakes: rules wakes[wake_firsts[n]] and on, before that
	 * of the next pattern. */
	uint32_t *wakes, *wake_firsts;
	uint64_t *dear;			/* bits: patterns that take long */
	struct vec gates;		/* struct ruleset_gate */
	struct lanes *lanes;
	enum lanes_state state;
	const char *words;		/* of state */
	struct scratch_pool *scratches;
};

/* What is needed while it is put together. */
struct ruleset_load {
	struct ruleset *ruleset;
	struct arena *arena;		/* of ruleset */
	struct draft *draft;
	struct map *patterns;		/* their numbers plus one, by content */
	struct buf key;			/* of one, each time anew */
	struct pattern_scratch *scratch;	/* for if_unset */
	struct phrase_book *book;	/* of calls */
};

/* The steps of ruleset_new(), in this order: every rule by itself; expressions
 * and what they refer to. */
void ruleset_load_rules(struct ruleset_load *load);
void ruleset_load_metas(struct ruleset_load *load);
/* What an expression needs, of whose rules that is known, and whether it is
 * dear. */
void ruleset_load_needs(struct ruleset *ruleset, struct ruleset_rule *rule);
/* When expressions name rules by number: how far patterns are counted. */
void ruleset_load_counts(struct ruleset *ruleset);
/* When patterns have their numbers: which rules are asleep, and what wakes
 * them. */
void ruleset_load_wakes(struct ruleset *ruleset);

/* Words for a bit for each rule. */
static inline size_t
ruleset_words(const struct ruleset *ruleset)
{
	return ruleset->draft->rules.len / 64 + 1;
}

#endif
