/* SPDX-License-Identifier: ISC */
/* places.c - places and names of header fields by number. */
#include "rules/places.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/place.h"

/* A power of two. */
#define FIRST_SLOTS 64u
/* Of eight letters in one word. */
#define CASE_BITS UINT64_C(0x2020202020202020)

struct places {
	struct arena *arena;
	struct buf key;
	struct map *numbers;	/* by place_key() */
	struct vec items;	/* struct place; 0 is none */
	/* Names of fields. Messages only look names up here, so nobody can make
	 * them collide: a plain hash serves. At most a quarter of the slots is
	 * taken. */
	struct vec names;	/* struct str, lower case; 0 is none */
	uint32_t *slots;	/* places in names; 0: free */
	uint32_t mask;
};

struct str
place_key(struct buf *key, const struct place *place)
{
	buf_clear(key);
	buf_add_char(key, (char)place->kind);
	buf_add_str(key, place->name);
	buf_add_char(key, '\0');
	buf_add_str(key, place->form);
	return buf_str(key);
}

/* --- names of fields ---------------------------------------------------------- */

/* Of the first and the last eight letters, without their case. */
static uint32_t
hash_of(struct str name)
{
	uint64_t first = 0, last = 0, hash;

	if (name.len >= sizeof(first)) {
		memcpy(&first, name.data, sizeof(first));
		memcpy(&last, name.data + name.len - sizeof(last),
		    sizeof(last));
	} else {
		for (size_t i = 0; i < name.len; i++)
			first = first << 8 | (unsigned char)name.data[i];
	}
	hash = (first | CASE_BITS) * UINT64_C(0x9e3779b97f4a7c15) ^
	    (last | CASE_BITS) * UINT64_C(0xc2b2ae3d27d4eb4f) ^ name.len;
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *
slot_of(const struct places *places, struct str name)
{
	const struct str *names = places->names.items;
	uint32_t slot = hash_of(name) & places->mask;

	while (places->slots[slot] != 0 &&
	    !str_eq_nocase(names[places->slots[slot]], name))
		slot = (slot + 1) & places->mask;
	return &places->slots[slot];
}

static void
make_slots(struct places *places, uint32_t count)
{
	places->mask = count - 1;
	places->slots = arena_zalloc(places->arena,
	    count * sizeof(*places->slots));
	for (uint32_t i = 1; i < places->names.len; i++)
		*slot_of(places, *(struct str *)vec_at(&places->names, i)) = i;
}

static uint32_t
number_field(struct places *places, struct str name)
{
	uint32_t *slot = slot_of(places, name);

	if (*slot != 0)
		return *slot;
	*slot = (uint32_t)places->names.len;
	*(struct str *)vec_push(&places->names) = str_lower(places->arena,
	    name);
	if (places->names.len > places->mask / 4)
		make_slots(places, (places->mask + 1) * 2);
	return (uint32_t)places->names.len - 1;
}

uint32_t
places_field(const struct places *places, struct str name)
{
	return *slot_of(places, name);
}

uint32_t
places_last_field(const struct places *places)
{
	return (uint32_t)places->names.len - 1;
}

/* --- places ------------------------------------------------------------------- */

struct places *
places_new(struct arena *arena)
{
	/* What calls and other places ask for by name. */
	static const char *const usual[] = { "cc", "date", "feedback-id",
		"list-id", "list-post", "list-unsubscribe", "precedence",
		"subject", "to" };
	struct places *places = arena_zalloc(arena, sizeof(*places));

	places->arena = arena;
	buf_init(&places->key, arena);
	places->numbers = map_new(arena);
	vec_init(&places->items, arena, sizeof(struct place));
	vec_init(&places->names, arena, sizeof(struct str));
	vec_push(&places->items);
	vec_push(&places->names);
	make_slots(places, FIRST_SLOTS);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		number_field(places, str_from(usual[i]));
	return places;
}

void
places_number(struct places *places, struct place *place)
{
	void **number;

	if (places == NULL)
		return;
	number = map_slot(places->numbers, place_key(&places->key, place));
	place->number = (uint32_t)(uintptr_t)*number;
	if (place->number == 0) {
		place->number = (uint32_t)places->items.len;
		*number = (void *)(uintptr_t)place->number;
		if (place->kind == PLACE_header)
			place->field = number_field(places, place->name);
		*(struct place *)vec_push(&places->items) = *place;
	}
	place->field = places_at(places, place->number)->field;
}

const struct place *
places_at(const struct places *places, uint32_t number)
{
	return vec_at(&places->items, number);
}

uint32_t
places_last(const struct places *places)
{
	return (uint32_t)places->items.len - 1;
}

uint32_t
places_find(const struct places *places, struct buf *key,
    const struct place *place)
{
	return (uint32_t)(uintptr_t)map_find(places->numbers,
	    place_key(key, place));
}
