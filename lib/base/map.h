/* SPDX-License-Identifier: ISC */
/* map.h - a hash table from texts to pointers, in an arena. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct map;

/* An empty table. Keys compare byte by byte: who wants them without regard to
 * case folds them before. The hash is keyed at random for each process, so a
 * stranger cannot choose keys that collide. */
struct map *map_new(struct arena *arena);

/* Put value under key (copied); the value that stood there, or NULL. */
void *map_put(struct map *map, struct str key, void *value);

/* Where the value under key stands; a key that is new (copied) has NULL. Holds
 * until another one is added. */
void **map_slot(struct map *map, struct str key);

/* The value under key, or NULL. */
void *map_find(const struct map *map, struct str key);

size_t map_len(const struct map *map);

/* All pairs, in the order in which the keys first came: start with *at = 0;
 * false when there are no more. */
bool map_next(const struct map *map, size_t *at, struct str *key_r,
    void **value_r);

#endif
