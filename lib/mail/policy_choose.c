/* SPDX-License-Identifier: ISC */
/* policy_choose.c - of two sources of policy the one that knows an address. */
#include "mail/policy.h"

#include <string.h>

#include "base/arena.h"
#include "mail/address.h"
#include "mail/policy_source.h"

/* Those of one come before those of other, of the same level. */
static const struct policy_limits *
join_limits(struct arena *arena, const struct policy_limits *one,
    const struct policy_limits *other)
{
	struct policy_limits *both;
	struct policy_limit *items;

	if (one == NULL || other == NULL)
		return one != NULL ? one : other;
	both = arena_memdup(arena, one, sizeof(*one));
	both->count = one->count + other->count;
	items = arena_alloc(arena, both->count * sizeof(*items));
	memcpy(items, one->items, one->count * sizeof(*items));
	memcpy(items + one->count, other->items,
	    other->count * sizeof(*items));
	both->items = items;
	return both;
}

/* What stands nowhere in the answer, and does in the global values. */
static const struct policy_effective *
fill(struct arena *arena, const struct policy_effective *answer,
    const struct policy_effective *global)
{
	struct policy_effective *filled = arena_memdup(arena, answer,
	    sizeof(*answer));
	size_t count;
	const struct setting *rows = policy_rows(&count);
	const char **origins = arena_memdup(arena, answer->origins,
	    count * sizeof(*origins));

	for (size_t i = 0; i < count; i++)
		if (strcmp(origins[i], "default") == 0) {
			policy_copy_value(&filled->values, &global->values,
			    &rows[i]);
			origins[i] = global->origins[i];
		}
	filled->origins = origins;
	filled->limits[0] = join_limits(arena, answer->limits[0],
	    global->limits[0]);
	return filled;
}

static bool
says_anything(const struct policy_effective *effective)
{
	size_t count;

	policy_rows(&count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(effective->origins[i], "default") != 0)
			return true;
	return effective->limits[0] != NULL;
}

const struct policy *
policy_choose(const struct policy_source *source, struct arena *arena,
    const struct address *address, const struct policy *answer)
{
	struct policy *filled;

	if (!answer->is_managed && policy_domain_find(source,
	    str_lower(arena, address->domain)) != NULL)
		return policy_find(source, arena, address);
	if (!says_anything(source->global))
		return answer;
	filled = arena_memdup(arena, answer, sizeof(*answer));
	filled->values = &fill(arena, (const struct policy_effective *)
	    answer->values, source->global)->values;
	return filled;
}
