/* SPDX-License-Identifier: ISC */
/* scratch.c - what threads need while they judge, used again by the next. */
#include "rules/scratch.h"

#include <pthread.h>
#include <stddef.h>

#include "base/arena.h"
#include "rules/lane.h"

/* The one that was used last is the first to be used again: it is in the
 * caches. */
struct owned {
	struct rules_scratch scratch;	/* the first member */
	struct owned *next;
};

struct scratch_pool {
	pthread_mutex_t lock;
	const struct lanes *lanes;
	unsigned match_limit;
	struct owned *idle;
};

static void
free_pool(void *data)
{
	struct scratch_pool *pool = data;

	while (pool->idle != NULL) {
		struct owned *owned = pool->idle;
		struct arena *arena = owned->scratch.arena;

		pool->idle = owned->next;
		arena_free(&arena);
	}
	pthread_mutex_destroy(&pool->lock);
}

struct scratch_pool *
scratch_pool_new(struct arena *arena, const struct lanes *lanes,
    unsigned match_limit)
{
	struct scratch_pool *pool = arena_zalloc(arena, sizeof(*pool));

	pthread_mutex_init(&pool->lock, NULL);
	pool->lanes = lanes;
	pool->match_limit = match_limit;
	arena_on_free(arena, free_pool, pool);
	return pool;
}

struct rules_scratch *
scratch_acquire(struct scratch_pool *pool)
{
	struct owned *owned;
	struct arena *arena;

	pthread_mutex_lock(&pool->lock);
	owned = pool->idle;
	if (owned != NULL)
		pool->idle = owned->next;
	pthread_mutex_unlock(&pool->lock);
	if (owned != NULL)
		return &owned->scratch;
	arena = arena_new(0);
	owned = arena_zalloc(arena, sizeof(*owned));
	owned->scratch.arena = arena;
	owned->scratch.lane = lane_scratch_new(pool->lanes, arena);
	owned->scratch.pattern = pattern_scratch_new(arena, pool->match_limit);
	owned->scratch.aside = pattern_scratch_new(arena, pool->match_limit);
	return &owned->scratch;
}

void
scratch_release(struct scratch_pool *pool, struct rules_scratch *scratch)
{
	struct owned *owned = (struct owned *)scratch;

	pthread_mutex_lock(&pool->lock);
	owned->next = pool->idle;
	pool->idle = owned;
	pthread_mutex_unlock(&pool->lock);
}
