/* SPDX-License-Identifier: ISC */
/* policy_with_keys.c - a policy source with other keys of a domain. */
#include "mail/policy.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/policy_source.h"

static struct map *
copy_map(struct arena *arena, const struct map *map)
{
	struct map *copy = map_new(arena);
	struct str key;
	size_t at = 0;
	void *value;

	while (map_next(map, &at, &key, &value))
		map_put(copy, key, value);
	return copy;
}

/* All but one. */
static struct vec
copy_key_domains(struct arena *arena, const struct vec *domains,
    const struct policy_domain *but)
{
	struct vec copy;

	vec_init(&copy, arena, sizeof(const struct policy_domain *));
	for (size_t i = 0; i < domains->len; i++) {
		const struct policy_domain *domain =
		    *(const struct policy_domain **)vec_at(domains, i);

		if (domain != but)
			*(const struct policy_domain **)vec_push(&copy) =
			    domain;
	}
	return copy;
}

const struct policy_source *
policy_with_keys(const struct policy_source *source, struct arena *arena,
    struct str domain, const struct policy_key *keys, size_t count)
{
	struct policy_source *copy = arena_memdup(arena, source,
	    sizeof(*source));
	const struct policy_domain *old = map_find(source->domains, domain);
	struct policy_domain *fresh = arena_zalloc(arena, sizeof(*fresh));

	if (old != NULL)
		*fresh = *old;
	else
		*fresh = (struct policy_domain){ .name = str_copy(arena,
		    domain), .effective = source->global };
	fresh->keys = keys;
	fresh->key_count = count;
	copy->domains = copy_map(arena, source->domains);
	map_put(copy->domains, domain, fresh);
	copy->key_domains = copy_key_domains(arena, &source->key_domains,
	    old);
	*(const struct policy_domain **)vec_push(&copy->key_domains) = fresh;
	return copy;
}
