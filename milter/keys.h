/* SPDX-License-Identifier: ISC */
/* keys.h - the private keys of all domains, loaded once for a snapshot. */
#ifndef MILTER_KEYS_H
#define MILTER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct dkim_key;
struct policy_key;
struct policy_source;
struct vec;

struct key_table;

/* Load every key that source names; the table lives in arena. A key that cannot
 * be used is passed over, with one sentence in degraded (const char *), and its
 * domain alone is the worse for it; but at_reload it is an error: the old
 * snapshot stays. NULL with the reason. What is doubtful about a key that can be
 * used goes to the log. */
struct key_table *key_table_new(struct arena *arena,
    const struct policy_source *source, bool at_reload, struct vec *degraded,
    const char **error_r);

/* The loaded key, or NULL: it cannot be used. */
const struct dkim_key *key_table_find(const struct key_table *table,
    const struct policy_key *key);

#endif
