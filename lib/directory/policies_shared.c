/* SPDX-License-Identifier: ISC */
/* policies_shared.c - one set of values for all whose values are the same. */
#include "directory/policies_shared.h"

#include <stdlib.h>

#include "base/arena.h"
#include "mail/limit.h"
#include "mail/policy.h"

static const struct policy_effective *
effective_of(const struct policy *policy)
{
	return (const struct policy_effective *)policy->values;
}

static void
add_limits(struct buf *key, const struct policy_limits *limits)
{
	for (size_t i = 0; limits != NULL && i < limits->count; i++)
		buf_printf(key, "%s=%s\n%s\n", limits->items[i].name,
		    limit_print(key->arena, &limits->items[i].limit),
		    limits->origin);
	buf_add_char(key, '\n');
}

struct str
policies_shared_key(struct arena *arena, const struct policy *policy)
{
	const struct policy_effective *effective = effective_of(policy);
	size_t count;
	const struct setting *rows = policy_rows(&count);
	struct buf key;

	buf_init(&key, arena);
	buf_printf(&key, "%s\n", policy->class_name != NULL ?
	    policy->class_name : "");
	for (size_t i = 0; i < count; i++)
		buf_printf(&key, "%s\n%s\n", setting_print(&rows[i],
		    &effective->values, arena), effective->origins[i]);
	for (size_t i = 0; i < POLICY_LEVELS; i++)
		add_limits(&key, effective->limits[i]);
	return buf_str(&key);
}

static const struct policy_limits *
copy_limits(struct arena *arena, const struct policy_limits *limits)
{
	struct policy_limits *copy;
	struct policy_limit *items;

	if (limits == NULL)
		return NULL;
	copy = arena_memdup(arena, limits, sizeof(*limits));
	items = arena_memdup(arena, limits->items,
	    limits->count * sizeof(*items));
	copy->origin = arena_strdup(arena, limits->origin);
	copy->items = items;
	for (size_t i = 0; i < limits->count; i++) {
		struct limit *limit = &items[i].limit;

		items[i].name = arena_strdup(arena, items[i].name);
		limit->windows = arena_memdup(arena, limit->windows,
		    limit->count * sizeof(*limit->windows));
	}
	return copy;
}

/* Values are numbers and words alone; their one list, `limits`, is in limits. */
static const struct policy_effective *
copy_effective(struct arena *arena, const struct policy_effective *effective)
{
	struct policy_effective *copy = arena_memdup(arena, effective,
	    sizeof(*effective));
	const char **origins;
	size_t count;

	policy_rows(&count);
	origins = arena_alloc(arena, count * sizeof(*origins));
	for (size_t i = 0; i < count; i++)
		origins[i] = arena_strdup(arena, effective->origins[i]);
	copy->origins = origins;
	for (size_t i = 0; i < POLICY_LEVELS; i++)
		copy->limits[i] = copy_limits(arena, effective->limits[i]);
	return copy;
}

struct policies_shared *
policies_shared_new(struct str key, const struct policy *policy)
{
	struct policies_shared *shared = calloc(1, sizeof(*shared));

	if (shared == NULL)
		abort();
	atomic_init(&shared->references, 1);
	shared->arena = arena_new(1024);
	shared->key = str_copy(shared->arena, key);
	shared->effective = copy_effective(shared->arena,
	    effective_of(policy));
	if (policy->class_name != NULL)
		shared->class_name = arena_strdup(shared->arena,
		    policy->class_name);
	return shared;
}

struct policies_shared *
policies_shared_ref(struct policies_shared *shared)
{
	atomic_fetch_add(&shared->references, 1);
	return shared;
}

void
policies_shared_unref(void *arg)
{
	struct policies_shared *shared = arg;

	if (atomic_fetch_sub_explicit(&shared->references, 1,
	    memory_order_acq_rel) != 1)
		return;
	arena_free(&shared->arena);
	free(shared);
}
