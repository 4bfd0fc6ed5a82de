/* SPDX-License-Identifier: ISC */
/* suggest.h - "did you mean …?": the known word nearest to a mistyped one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

#include "base/str.h"

/* A search under way: begin, offer every word that would have been right, ask
 * for the best. */
struct suggest {
	struct str typed;
	const char *best;
	size_t distance;	/* of best; before the first: what is too far */
};

void suggest_begin(struct suggest *suggest, struct str typed);
void suggest_offer(struct suggest *suggest, const char *known);

/* The nearest of the words offered; NULL when none is near (more than a third
 * of the letters would have to change). Case does not count. */
const char *suggest_best(const struct suggest *suggest);

#endif
