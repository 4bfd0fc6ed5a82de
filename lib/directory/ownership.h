/* SPDX-License-Identifier: ISC */
/* ownership.h - which addresses a user may send as, by the directory. */
#ifndef DIRECTORY_OWNERSHIP_H
#define DIRECTORY_OWNERSHIP_H

#include <stdbool.h>

struct address;
struct arena;
struct db_error;
struct directory;
struct directory_alias;
struct policy;

struct ownership {
	const char *login;		/* the user's address */
	const struct address *address;	/* of which it is asked */
	char delimiter;
	const struct policy *policy;	/* what holds for it (effective.h) */
	/* The alias with several targets that it is; NULL: none. */
	const struct directory_alias *list;
};

/* A user owns its own address with all extensions, the same in domains that
 * stand for its domain, every alias that leads to it alone or to it directly,
 * and its identities: an address, or @example.org for all of a domain. 0, or -1
 * with the trouble. */
int ownership_find(struct directory *directory, struct arena *arena,
    const struct ownership *ask, bool *is_owned_r, struct db_error *error_r);

#endif
