/* SPDX-License-Identifier: ISC */
/* call_args.h - the arguments of calls: words of a set, numbers. */
#ifndef RULES_CALL_ARGS_H
#define RULES_CALL_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/call.h"
#include "rules/place.h"

/* Argument n, "" where there are not so many. */
struct str call_arg(const struct call_setup *setup, size_t n);

/* Every argument from the n-th on is one of names (at most 64, ends with NULL);
 * those that are there, as bits. -1 with the reason: another word, or none at
 * all. */
int call_read_set(const struct call_setup *setup, size_t n,
    const char *const *names, uint64_t *set_r, const char **error_r);

/* All of a call's arguments are such words: its prepared is the uint64_t. */
int call_prepare_set(const struct call_setup *setup, const char *const *names,
    void **prepared_r, const char **error_r);

/* The place of word in names; -1 with the reason, which says what it is. */
int call_read_word(const struct call_setup *setup, struct str word,
    const char *const *names, const char *what, const char **error_r);

/* The place that stands from argument n to the last one, with its number in the
 * rule set. -1 with the reason. */
int call_read_place(const struct call_setup *setup, size_t n,
    struct place *place_r, const char **error_r);

/* Where lists of phrases go: a new book where the call is only tried. */
struct phrase_book *call_book(const struct call_setup *setup);

/* A whole number below 2^40. -1 with the reason. */
int call_read_number(const struct call_setup *setup, struct str word,
    double *number_r, const char **error_r);

/* "more than 3", "less than 3", "at least 3", "at most 3", "exactly 3", or the
 * same with > < >= <= =. */
struct call_bound {
	enum { CALL_ANY, CALL_MORE, CALL_LESS, CALL_AT_LEAST, CALL_AT_MOST,
		CALL_EXACTLY } kind;
	double number;
};
/* From argument n to the last one; CALL_ANY: there is none. -1 with the
 * reason. */
int call_read_bound(const struct call_setup *setup, size_t n,
    struct call_bound *bound_r, const char **error_r);
/* Does it lie within? Of CALL_ANY the number itself. */
double call_within(const struct call_bound *bound, double number);

#endif
