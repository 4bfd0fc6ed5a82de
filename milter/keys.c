/* SPDX-License-Identifier: ISC */
/* keys.c - the private keys of all domains, loaded once for a snapshot. */
#include "milter/keys.h"

#include "auth/dkim_key.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/policy.h"

struct key_table {
	struct arena *arena;
	struct map *by_file;	/* struct dkim_key; a file is read once */
	struct map *faults;	/* file to const char *: why it is useless */
	struct vec *degraded;
};

/* The key in this file; NULL: *error_r. */
static struct dkim_key *
load(struct key_table *table, const char *file, const char **error_r)
{
	struct dkim_key *key = map_find(table->by_file, str_from(file));
	void *fault = map_find(table->faults, str_from(file));

	*error_r = fault;
	if (key != NULL || fault != NULL)
		return key;
	key = dkim_key_load(table->arena, file, error_r);
	if (key == NULL) {
		map_put(table->faults, str_from(file),
		    arena_strdup(table->arena, *error_r));
		return NULL;
	}
	map_put(table->by_file, str_from(file), key);
	if (key->warning != NULL)
		log_warn(NULL, "DKIM key: %s", key->warning);
	return key;
}

static void
degrade(struct key_table *table, struct str domain, const char *reason)
{
	*(const char **)vec_push(table->degraded) = arena_printf(table->arena,
	    "mail of %.*s is not signed as configured: %s", STR_ARG(domain),
	    reason);
}

struct key_table *
key_table_new(struct arena *arena, const struct policy_source *source,
    bool at_reload, struct vec *degraded, const char **error_r)
{
	struct key_table *table = arena_alloc(arena, sizeof(*table));
	const struct policy_key *keys;
	struct str domain;
	size_t count;

	*table = (struct key_table){ arena, map_new(arena), map_new(arena),
		degraded };
	for (size_t i = 0; policy_key_domain(source, i, &domain, &keys,
	    &count); i++) {
		for (size_t k = 0; k < count; k++) {
			const char *reason;

			if (load(table, keys[k].file, &reason) != NULL)
				continue;
			if (at_reload) {
				*error_r = arena_printf(arena,
				    "domain %.*s: %s", STR_ARG(domain),
				    reason);
				return NULL;
			}
			degrade(table, domain, reason);
		}
	}
	return table;
}

const struct dkim_key *
key_table_find(const struct key_table *table, const struct policy_key *key)
{
	return map_find(table->by_file, str_from(key->file));
}
