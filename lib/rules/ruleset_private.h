/* SPDX-License-Identifier: ISC */
/* ruleset_private.h - what a rule set is made of: for ruleset*.c and judge*.c.
 *
 * All is found by number while a message is judged: rules by their places in the
 * draft, places and patterns by those in the vectors here. */
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
struct scratch_pool;

/* One place that rules look at. */
struct ruleset_place {
	struct place place;
	struct vec patterns;	/* struct lane_pattern */
	struct lane *lane;	/* NULL: no patterns */
	size_t first;		/* number of its first pattern among all */
};

/* What a name in an expression stands for: a constant and the sum of the values
 * of some rules. */
struct ruleset_name {
	double constant;
	uint32_t first, count;	/* in refs of the rule */
};

enum ruleset_kind {
	RULESET_OUT,		/* left out, or off: never hits */
	RULESET_PATTERN,
	RULESET_EXISTS,
	RULESET_CALL,
	RULESET_META,
};

/* All of them are gone through for each message, so they are kept small: what
 * draft has is looked at only where a rule hits. */
struct ruleset_rule {
	const struct draft_rule *draft;
	double score;
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
	uint32_t place;		/* PATTERN, EXISTS */
	uint32_t pattern;	/* PATTERN: number among all (while it is loaded
				 * at its place) */
	uint32_t ref_count;	/* META: of refs */
	union {
		struct {
			const struct call *call;
			const void *prepared;
		};
		struct {
			const struct expr *expr;
			const struct ruleset_name *names;
			const uint32_t *refs;	/* numbers of rules */
			/* has_needs: the patterns of which one must match for
			 * it to hit (while it is loaded: their rules). */
			uint32_t *needs;
			uint32_t need_count;
		};
	};
};

struct ruleset {
	struct arena *arena;
	struct draft *draft;
	struct ruleset_options options;
	atomic_size_t references;
	struct ruleset_rule *rules;	/* one for each of draft->rules */
	struct vec places;		/* struct ruleset_place */
	const struct pattern **patterns;	/* all, by their numbers */
	size_t pattern_count;
	/* The numbers of the rules that show, and of all that may hit. */
	struct vec shown, all;	/* uint32_t */
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
	struct map *places;		/* their numbers plus one, by content */
	struct map *patterns;		/* the same */
	struct buf key;			/* of both, each time anew */
	struct pattern_scratch *scratch;	/* for if_unset */
};

/* The steps of ruleset_new(), in this order: every rule by itself; expressions
 * and what they refer to. */
void ruleset_load_rules(struct ruleset_load *load);
void ruleset_load_metas(struct ruleset_load *load);
/* What an expression needs, of whose rules that is known, and whether it is
 * dear. */
void ruleset_load_needs(struct ruleset *ruleset, struct ruleset_rule *rule);

#endif
