/* SPDX-License-Identifier: ISC */
/* call.h - tests that are no pattern: one file and one row each (calls.list).
 * Native conditions and the eval: tests of SpamAssassin alike. */
#ifndef RULES_CALL_H
#define RULES_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct draft;
struct phrase_book;
struct places;
struct vec;
struct view;

/* While rules are loaded. */
struct call_setup {
	struct arena *arena;		/* of the rule set */
	const struct draft *draft;	/* options of the files: draft_lines() */
	const struct vec *args;		/* struct str, without quotes */
	struct phrase_book *book;	/* for lists of phrases; NULL while they
				 * are only tried */
	struct places *places;		/* for places_number(); NULL while they
					 * are only tried */
};

struct call {
	const char *name;	/* "finding", "check_for_missing_to_header" */
	/* What is not exactly as SpamAssassin does it, for `rules check`; NULL:
	 * it gives the same. */
	const char *approximated;
	/* The arguments, parsed once: NULL and -1 with the reason, or 0. NULL
	 * here: it takes none. */
	int (*prepare)(const struct call_setup *setup, void **prepared_r,
	    const char **error_r);
	/* How often it hits, 0: not at all. A pure function of the message. */
	double (*run)(struct view *view, const void *prepared);
};

/* NULL: there is none of this name. */
const struct call *call_find(struct str name);
/* Why it is not there, for one of SpamAssassin's that is known (calls_absent.list);
 * NULL: nothing is known of it. */
const char *call_absent(struct str name);
/* All of calls.list, in its order; ends with NULL. */
extern const struct call *const calls[];

#endif
