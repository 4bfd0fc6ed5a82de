/* SPDX-License-Identifier: ISC */
/* map.c - open addressing over a list of entries kept in order of arrival. */
#include "base/map.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"

struct entry {
	struct str key;
	uint64_t hash;
	void *value;
};

struct map {
	struct arena *arena;
	struct vec entries;
	uint32_t *slots;	/* index into entries plus one; 0: free */
	size_t slot_count;	/* a power of two */
};

struct map *
map_new(struct arena *arena)
{
	struct map *map = arena_zalloc(arena, sizeof(*map));

	map->arena = arena;
	vec_init(&map->entries, arena, sizeof(struct entry));
	map->slot_count = 16;
	map->slots = arena_zalloc(arena, 16 * sizeof(*map->slots));
	return map;
}

static struct entry *
entry_at(const struct map *map, size_t i)
{
	return vec_at(&map->entries, i);
}

static size_t
find_slot(const struct map *map, struct str key, uint64_t hash)
{
	size_t mask = map->slot_count - 1;
	size_t slot = (size_t)hash & mask;

	for (; map->slots[slot] != 0; slot = (slot + 1) & mask) {
		const struct entry *e = entry_at(map, map->slots[slot] - 1);

		if (e->hash == hash && str_eq(e->key, key))
			break;
	}
	return slot;
}

static void
grow(struct map *map)
{
	map->slot_count *= 2;
	map->slots = arena_zalloc(map->arena,
	    map->slot_count * sizeof(*map->slots));
	for (size_t i = 0; i < map->entries.len; i++) {
		const struct entry *e = entry_at(map, i);

		map->slots[find_slot(map, e->key, e->hash)] = (uint32_t)i + 1;
	}
}

void **
map_slot(struct map *map, struct str key)
{
	uint64_t hash = hash_bytes(key.data, key.len);
	size_t slot = find_slot(map, key, hash);
	struct entry *entry;

	if (map->slots[slot] != 0)
		return &entry_at(map, map->slots[slot] - 1)->value;
	entry = vec_push(&map->entries);
	*entry = (struct entry){ str_copy(map->arena, key), hash, NULL };
	map->slots[slot] = (uint32_t)map->entries.len;
	if (map->entries.len * 2 > map->slot_count)
		grow(map);
	return &entry->value;
}

void *
map_put(struct map *map, struct str key, void *value)
{
	void **place = map_slot(map, key), *old = *place;

	*place = value;
	return old;
}

void *
map_find(const struct map *map, struct str key)
{
	size_t slot;

	/* Many that a configuration fills have nothing. */
	if (map->entries.len == 0)
		return NULL;
	slot = find_slot(map, key, hash_bytes(key.data, key.len));
	return map->slots[slot] != 0
	    ? entry_at(map, map->slots[slot] - 1)->value : NULL;
}

size_t
map_len(const struct map *map)
{
	return map->entries.len;
}

bool
map_next(const struct map *map, size_t *at, struct str *key_r, void **value_r)
{
	const struct entry *entry;

	if (*at >= map->entries.len)
		return false;
	entry = entry_at(map, (*at)++);
	*key_r = entry->key;
	*value_r = entry->value;
	return true;
}
