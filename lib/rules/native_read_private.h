/* SPDX-License-Identifier: ISC */
/* native_read_private.h - what the parts of the native reader share. */
#ifndef RULES_NATIVE_READ_PRIVATE_H
#define RULES_NATIVE_READ_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf_plain.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"

struct arena;
struct map;

/* A test within a rule: a pattern in a place, or a call. */
struct native_test {
	struct str name;
	struct draft_test test;
	bool is_counted;		/* each match, not the first alone */
	bool is_used;			/* `when` names it */
	struct draft_origin origin;
};

/* A rule as it is to stand in the draft. */
struct native_rule {
	struct str name;
	struct draft_origin origin;
	const char *place;		/* "file:line:column" of its head */
	struct str description, group;
	bool has_score;
	double score[4];
	unsigned flags, max_hits, directions;
	struct vec domains;		/* struct str */
	struct vec tests;		/* struct native_test */
	struct str when;		/* "": its only test is the rule */
};

/* A list of words, or what this place adds to one. */
struct native_words {
	struct str name;
	const char *place;
	bool has_match, is_exact;
	struct vec words;		/* struct str */
};

/* A brand: lines of the draft's options. */
struct native_brand {
	struct str name;
	struct vec lines;		/* struct native_brand_line */
};

struct native_brand_line {
	struct str option, value;
};

/* What stands outside of sections, to be done when all rules are there. */
struct native_order {
	enum { NATIVE_SCORE, NATIVE_DISABLE, NATIVE_DRY_RUN, NATIVE_CAP } kind;
	struct str name;
	struct draft_origin origin;
	double score[4];
};

/* One call of native_read(): all is read and checked before any of it goes into
 * the draft. */
struct native {
	struct draft *draft;
	struct arena *arena;		/* of the draft */
	const char **error_r;
	struct vec rules;		/* struct native_rule * */
	struct map *by_name;
	struct vec words;		/* struct native_words * */
	struct map *words_by_name;
	struct vec brands;		/* struct native_brand */
	struct vec orders;		/* struct native_order */
	size_t caps;			/* of them */
	size_t unknown;			/* that name no rule */
};

/* "file:line:column: ..." into *error_r; -1. */
int native_fail(struct native *native, const char *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "unknown WHAT 'WORD', did you mean ...?": known ends with NULL. -1. */
int native_refuse(struct native *native, const char *place, const char *what,
    const char *word, const char *const *known);
/* File and line of "file:line:column". */
struct draft_origin native_origin(struct native *native, const char *place);
/* A letter or '_', then letters, digits and '_', at most 64. */
bool native_is_name(const char *word);
/* The option has at least so many words and at most so many behind its own; -1
 * with the reason. */
int native_check_count(struct native *native, const struct conf_line *line,
    size_t least, size_t most);
/* "2.5", or two: without and with Bayes; from words[at] on. */
int native_read_scores(struct native *native, const struct conf_line *line,
    size_t at, double score[4]);

/* Sections; -1 with the reason. */
int native_read_rule(struct native *native, const struct conf_plain *section);
int native_read_brand(struct native *native, const struct conf_plain *section);
int native_read_words(struct native *native, const struct conf_plain *section);
/* `test NAME PLACE PATTERN` and its like. */
int native_read_test(struct native *native, const struct conf_line *line,
    struct native_test *test_r);
/* The rule's expression with the names of its tests in full: "brand and not
 * ours" gives "NAME.brand and not NAME.ours". */
int native_read_when(struct native *native, struct native_rule *rule,
    const struct conf_line *line);
/* All lists are known: do the tests that name one name one that is there? */
int native_check_words(struct native *native);

/* Into the draft. */
void native_apply(struct native *native);

#endif
