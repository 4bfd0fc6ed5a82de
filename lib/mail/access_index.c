/* SPDX-License-Identifier: ISC */
/* access_index.c - a hash table from words to the entries that name them.
 *
 * All texts stand in one pool, all records and places in one array each. A slot
 * has half of its key's hash beside the place: so texts are hardly touched but
 * for the one that is meant, and not at all when the table grows.
 */
#include "mail/access_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

#define FIRST_SLOTS 64

/* An array that grows; beside the arena, which would keep each old size. */
struct array {
	void *items;
	size_t count, room;
};

struct slot {
	uint32_t place;			/* plus one; 0: free */
	uint32_t hash;			/* its lower half */
};

struct access_index {
	struct array pool;		/* of char; begins with a NUL */
	struct array records;
	struct array places;
	struct slot *slots;
	size_t slot_count;		/* a power of two, at most 2^32 */
	size_t key_count;
};

static void
free_index(void *arg)
{
	struct access_index *index = arg;

	free(index->pool.items);
	free(index->records.items);
	free(index->places.items);
	free(index->slots);
}

/* Room for so many more; where they begin. */
static void *
extend(struct array *array, size_t size, size_t more)
{
	void *begin;

	if (array->count + more > array->room) {
		array->room = 2 * (array->count + more);
		array->items = realloc(array->items, array->room * size);
		if (array->items == NULL)
			abort();
	}
	begin = (char *)array->items + array->count * size;
	array->count += more;
	return begin;
}

static void
trim(struct array *array, size_t size)
{
	void *items;

	if (array->count == 0)
		return;
	items = realloc(array->items, array->count * size);
	if (items == NULL)
		return;
	array->items = items;
	array->room = array->count;
}

void
access_index_trim(struct access_index *index)
{
	trim(&index->pool, 1);
	trim(&index->records, sizeof(struct access_record));
	trim(&index->places, sizeof(struct access_place));
}

struct access_index *
access_index_new(struct arena *arena)
{
	struct access_index *index = arena_zalloc(arena, sizeof(*index));

	*(char *)extend(&index->pool, 1, 1) = '\0';
	index->slot_count = FIRST_SLOTS;
	index->slots = calloc(index->slot_count, sizeof(*index->slots));
	if (index->slots == NULL)
		abort();
	arena_on_free(arena, free_index, index);
	return index;
}

int
access_index_text(struct access_index *index, struct str text, uint32_t *at_r)
{
	char *copy;

	if (index->pool.count + text.len >= UINT32_MAX)
		return -1;
	*at_r = (uint32_t)index->pool.count;
	copy = extend(&index->pool, 1, text.len + 1);
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	return 0;
}

const char *
access_index_text_at(const struct access_index *index, uint32_t at)
{
	return (const char *)index->pool.items + at;
}

static struct access_place *
place_at(const struct access_index *index, uint32_t number)
{
	return (struct access_place *)index->places.items + number;
}

static uint32_t
hash_of(struct str key)
{
	return (uint32_t)hash_bytes(key.data, key.len);
}

static bool
is_key_of(const struct access_index *index, const struct slot *slot,
    struct str key)
{
	uint32_t at = place_at(index, slot->place - 1)->key;
	const char *text = access_index_text_at(index, at);

	return at + key.len < index->pool.count &&
	    memcmp(text, key.data, key.len) == 0 && text[key.len] == '\0';
}

static struct slot *
find_slot(const struct access_index *index, struct str key, uint32_t hash)
{
	size_t mask = index->slot_count - 1;
	size_t at = hash & mask;

	for (; index->slots[at].place != 0; at = (at + 1) & mask)
		if (index->slots[at].hash == hash &&
		    is_key_of(index, &index->slots[at], key))
			break;
	return &index->slots[at];
}

static void
grow_slots(struct access_index *index)
{
	struct slot *old = index->slots;
	size_t count = index->slot_count, mask = 2 * count - 1;

	index->slot_count *= 2;
	index->slots = calloc(index->slot_count, sizeof(*index->slots));
	if (index->slots == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		size_t at = old[i].hash & mask;

		if (old[i].place == 0)
			continue;
		while (index->slots[at].place != 0)
			at = (at + 1) & mask;
		index->slots[at] = old[i];
	}
	free(old);
}

/* A new one comes first in the chain of its key. */
int
access_index_put(struct access_index *index, struct str key,
    const struct access_place *place)
{
	uint32_t hash = hash_of(key), text = 0;
	struct access_place *copy;
	struct slot *slot;

	if (4 * index->key_count >= 3 * index->slot_count)
		grow_slots(index);
	slot = find_slot(index, key, hash);
	if (slot->place != 0)
		text = place_at(index, slot->place - 1)->key;
	else if (access_index_text(index, key, &text) < 0)
		return -1;
	index->key_count += slot->place == 0;
	copy = extend(&index->places, sizeof(*copy), 1);
	*copy = *place;
	copy->key = text;
	copy->next = slot->place;
	slot->place = (uint32_t)index->places.count;
	slot->hash = hash;
	return 0;
}

uint32_t
access_index_add(struct access_index *index,
    const struct access_record *record)
{
	struct access_record *copy = extend(&index->records, sizeof(*copy), 1);

	*copy = *record;
	return (uint32_t)index->records.count - 1;
}

const struct access_record *
access_index_record(const struct access_index *index, uint32_t number)
{
	return (const struct access_record *)index->records.items + number;
}

const struct access_place *
access_index_find(const struct access_index *index, struct str key)
{
	const struct slot *slot = find_slot(index, key, hash_of(key));

	return slot->place != 0 ? place_at(index, slot->place - 1) : NULL;
}

const struct access_place *
access_index_next(const struct access_index *index,
    const struct access_place *place)
{
	return place->next != 0 ? place_at(index, place->next - 1) : NULL;
}

size_t
access_index_count(const struct access_index *index)
{
	return index->records.count;
}

size_t
access_index_bytes(const struct access_index *index)
{
	return index->pool.room +
	    index->records.room * sizeof(struct access_record) +
	    index->places.room * sizeof(struct access_place) +
	    index->slot_count * sizeof(*index->slots);
}
