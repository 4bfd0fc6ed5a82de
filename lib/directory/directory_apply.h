/* SPDX-License-Identifier: ISC */
/* directory_apply.h - the directory made what a text says. */
#ifndef DIRECTORY_DIRECTORY_APPLY_H
#define DIRECTORY_DIRECTORY_APPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct arena;
struct buf;
struct db_error;
struct directory;

struct directory_apply {
	const struct vec *objects;	/* struct directory_text: what is to
					 * stand there */
	bool wants_prune;		/* and nothing else, … */
	const char *domain;		/* of this domain (NULL: of any) */
};

/* What became of an object, as in the audit; as in the configuration. */
struct directory_diff {
	const char *kind, *name;
	const char *before, *after;	/* NULL: it was, it is not there */
};

struct directory_applied {
	struct vec diffs;	/* struct directory_diff, in the order of the
				 * first change */
	size_t added, changed, removed, unchanged;
};

/* In a change that has begun, and which is the caller's to commit, or to roll
 * back: then it was a try. The order of the objects is of no matter. -1 with
 * trouble that names its place; only rollback is left. */
int directory_apply(struct directory *directory, struct arena *arena,
    const struct directory_apply *apply, struct directory_applied *applied_r,
    struct db_error *error_r);

/* For people, a line for each value:
 *	~ user ann@example.org
 *	    class: gold -> staff
 *	    junk: no -> (default) */
void directory_diff_print(const struct directory_diff *diff, struct buf *out);

#endif
