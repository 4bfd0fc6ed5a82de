/* SPDX-License-Identifier: ISC */
/* draft.h - rules as they stand in files, before they are put together. The
 * readers of both languages fill one; ruleset.h makes a rule set of it. */
#ifndef RULES_DRAFT_H
#define RULES_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "mail/direction.h"
#include "rules/pattern.h"
#include "rules/place.h"

struct arena;
struct map;
struct sa_reading;

/* Where something was written. */
struct draft_origin {
	const char *file;
	size_t line;
};

enum draft_test_kind {
	DRAFT_NONE,		/* a score or a description alone so far */
	DRAFT_PATTERN,		/* a place and a pattern */
	DRAFT_EXISTS,		/* a place that has a text */
	DRAFT_CALL,		/* a call with arguments */
	DRAFT_META,		/* an expression over other rules' names */
};

struct draft_test {
	enum draft_test_kind kind;
	struct place place;		/* PATTERN, EXISTS */
	struct pattern_source pattern;	/* PATTERN */
	bool is_negated;		/* PATTERN: !~; EXISTS: is not there */
	struct str if_unset;		/* PATTERN: looked at where the place
					 * has no text; data NULL: no match */
	struct str call;		/* CALL: the name (call.h) */
	struct vec args;		/* CALL: struct str */
	struct str expression;		/* META: as written (expr.h) */
};

enum rule_flag {
	RULE_NICE = 1 << 0,
	RULE_NET = 1 << 1,	/* answers only by network tests */
	RULE_LEARN = 1 << 2,
	RULE_USERCONF = 1 << 3,
	RULE_MULTIPLE = 1 << 4,	/* counts each match, up to max_hits */
	RULE_NOAUTOLEARN = 1 << 5,
	RULE_DRY_RUN = 1 << 6,	/* found and shown, its score counts not */
	RULE_INNER = 1 << 7,	/* for other rules only: shown and scored
				 * never (SpamAssassin: __NAME) */
	RULE_SPAMASSASSIN = 1 << 8,	/* of that language */
	RULE_DISABLED = 1 << 9,	/* off: for others it never hits */
};

struct draft_rule {
	struct str name;
	struct str description;		/* "" */
	struct str group;		/* native: for its cap; "" */
	struct draft_test test;
	unsigned flags;			/* enum rule_flag */
	unsigned max_hits;		/* RULE_MULTIPLE; 0: no bound */
	double score[4];		/* by score set: plain, net, Bayes, both */
	bool has_score;
	int priority;
	unsigned directions;		/* 1 << enum direction; 0: all */
	struct vec domains;		/* struct str: of recipients (inbound) or
					 * the sender (outbound); empty: all */
	struct str language;		/* `lang de`: of its description */
	struct draft_origin origin;	/* of its test */
	size_t at;			/* its place in draft->rules */
};

/* What was not taken as it stands: never in silence. */
enum draft_note_kind {
	DRAFT_ERROR,		/* wrong: nobody could take it */
	DRAFT_UNSUPPORTED,	/* right there, not here */
	DRAFT_APPROXIMATED,	/* taken, nearly */
	DRAFT_PASSED_OVER,	/* a setting of the other program that says
				 * nothing about rules */
};

struct draft_note {
	enum draft_note_kind kind;
	struct draft_origin origin;
	struct str rule;		/* or the option's word; "" */
	const char *reason;		/* one sentence */
};

/* The most a group of rules may give in sum. */
struct draft_cap {
	struct str group;
	double score;
};

struct draft {
	struct arena *arena;
	struct vec rules;	/* struct draft_rule *, in order of first mention */
	struct map *by_name;
	struct map *options;	/* use draft_add_line(), draft_lines() */
	struct vec notes;	/* struct draft_note */
	struct vec caps;	/* struct draft_cap */
	/* How messages are read for rules of SpamAssassin's language; NULL:
	 * nobody said anything about it. */
	const struct sa_reading *sa_reading;
};

struct draft *draft_new(struct arena *arena);
/* The rule of this name, a new one where there is none. */
struct draft_rule *draft_rule(struct draft *draft, struct str name);
/* NULL: there is none. */
struct draft_rule *draft_find(const struct draft *draft, struct str name);
/* The rule gets this test in place of what it had. */
void draft_set_test(struct draft_rule *rule, const struct draft_test *test,
    struct draft_origin origin);
/* A line of an option that calls read ("freemail_domains a b"), its words copied;
 * all lines of one: struct vec of struct str each, never NULL. */
void draft_add_line(struct draft *draft, struct str option,
    struct str words);
const struct vec *draft_lines(const struct draft *draft, const char *option);
/* The number in the last line of an option whose lines were checked to be numbers;
 * otherwise: there is none. */
double draft_number(const struct draft *draft, const char *option,
    double otherwise);
/* Was a line of it ever there, also if it was taken back? */
bool draft_has_option(const struct draft *draft, const char *option);
/* The same, to change them: for options that take back what others said. */
struct vec *draft_option(struct draft *draft, struct str option);
void draft_note(struct draft *draft, enum draft_note_kind kind,
    struct draft_origin origin, struct str rule, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
