/* SPDX-License-Identifier: ISC */
/* signing.h - is this message ours to sign, and with what? */
#ifndef MILTER_ACTION_SIGNING_H
#define MILTER_ACTION_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/address.h"

struct key_table;
struct policy_key;
struct policy_values;
struct txn;

struct signing {
	struct address author;		/* the one in From */
	const struct policy_values *values;
	const struct policy_key *keys;
	size_t key_count;		/* at least one */
};

/* Does it go a way on which we sign: outbound or internal? */
bool signing_may_be(const struct txn *txn);
/* Who signs what goes such a way. NULL, or why nobody does (arena text). */
const char *signing_find(struct txn *txn, struct signing *signing_r);
/* Can one of the keys be used at all? */
bool signing_has_key(const struct signing *signing,
    const struct key_table *keys);

#endif
