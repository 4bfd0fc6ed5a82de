/* SPDX-License-Identifier: ISC */
/* libspf2.h - libspf2, led through records of a few short terms. */
#ifndef AUTH_LIBSPF2_H
#define AUTH_LIBSPF2_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/finding.h"

/* What a term is for the library. Whatever may match (a, mx, ptr, exists, and
 * ip4, ip6, all that we have judged) is an "exists", for whose name it asks. */
enum libspf2_kind {
	LIBSPF2_EXISTS,
	LIBSPF2_INCLUDE,
	LIBSPF2_REDIRECT,	/* the last of its record (RFC 7208 6.1) */
};

struct libspf2_term {
	enum libspf2_kind kind;
	enum result result;	/* of a match: pass, fail, softfail, neutral;
				 * without meaning for a redirect */
	unsigned id;		/* ours, unique in the walk */
};

/* A record of more terms would be cut without a word. */
#define LIBSPF2_TERMS_MAX 12

struct libspf2_record {
	struct libspf2_term terms[LIBSPF2_TERMS_MAX];
	size_t count;
};

enum libspf2_answer {
	LIBSPF2_NO,
	LIBSPF2_YES,
	LIBSPF2_END,		/* end the walk: its result does not matter */
};

/* Who tells the library what the terms lead to. */
struct libspf2_guide {
	/* Does the term match? */
	enum libspf2_answer (*match)(void *arg, unsigned id);
	/* The record that an include or redirect leads to; NULL: end the
	 * walk. It must stay until the walk is over. */
	const struct libspf2_record *(*record)(void *arg, unsigned id);
	void *arg;
};

/* Walk the record (RFC 7208 4.6, 5.2, 6.1): pass, fail, softfail or neutral,
 * and in *is_default_r whether no term matched (4.7). RESULT_TEMPERROR or
 * RESULT_PERMERROR if the guide ended the walk. Any thread; the guide is called
 * in this one. */
enum result libspf2_walk(const struct libspf2_record *record,
    const struct libspf2_guide *guide, bool *is_default_r);

#endif
