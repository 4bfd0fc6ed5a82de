/* SPDX-License-Identifier: ISC */
/* lane_without.c - built without Hyperscan: there are no databases. */
#ifndef HAVE_HYPERSCAN
#include "rules/lane_engine.h"

#include "base/arena.h"

struct lane_engine_scratch {
	char nothing;
};

bool
lane_engine_is_here(void)
{
	return false;
}

struct str
lane_engine_version(struct arena *arena)
{
	(void)arena;
	return STR("");
}

int
lane_engine_compile(struct lane_expression *expressions, size_t count,
    uint64_t most_mapped, struct vec *databases, const char **error_r)
{
	(void)expressions;
	(void)count;
	(void)most_mapped;
	(void)databases;
	*error_r = "built without Hyperscan";
	return -1;
}

struct lane_database *
lane_engine_load(struct arena *arena, struct str bytes, const char **error_r)
{
	(void)arena;
	(void)bytes;
	*error_r = "built without Hyperscan";
	return NULL;
}

size_t
lane_engine_bytes(const struct lane_database *database)
{
	(void)database;
	return 0;
}

struct lane_engine_scratch *
lane_engine_scratch_new(struct arena *arena)
{
	return arena_zalloc(arena, sizeof(struct lane_engine_scratch));
}

void
lane_engine_scratch_add(struct lane_engine_scratch *scratch,
    const struct lane_database *database)
{
	(void)scratch;
	(void)database;
}

void
lane_engine_scan(const struct lane_database *database,
    struct lane_engine_scratch *scratch, struct str text,
    void (*found)(void *arg, size_t id), void *arg)
{
	(void)database;
	(void)scratch;
	(void)text;
	(void)found;
	(void)arg;
}

#endif
