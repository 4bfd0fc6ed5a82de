/* SPDX-License-Identifier: ISC */
/* directory_apply.h - the directory made what a text says. */
#ifndef DIRECTORY_DIRECTORY_APPLY_H
#define DIRECTORY_DIRECTORY_APPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct arena;
struct db_error;
struct directory;

struct directory_apply {
	const struct vec *objects;	/* struct directory_text: what is to
					 * stand there */
	bool wants_prune;		/* and nothing else, … */
	const char *domain;		/* of this domain (NULL: of any) */
};

struct directory_applied {
	/* struct directory_audit: what became of each object in the end, in
	 * the order of the first change: add, set, delete; no id, no time. */
	struct vec changes;
	size_t added, changed, removed, unchanged;
};

/* In a change that has begun, and which is the caller's to commit, or to roll
 * back: then it was a try. The order of the objects is of no matter. -1 with
 * trouble that names its place; only rollback is left. */
int directory_apply(struct directory *directory, struct arena *arena,
    const struct directory_apply *apply, struct directory_applied *applied_r,
    struct db_error *error_r);

#endif
