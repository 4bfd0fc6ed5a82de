/* SPDX-License-Identifier: ISC */
/* vec.c - an array that grows in an arena. */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void
vec_init(struct vec *vec, struct arena *arena, size_t item_size)
{
	*vec = (struct vec){ .arena = arena, .item_size = item_size };
}

static void
move(struct vec *vec, size_t front, size_t capacity)
{
	char *items;

	if (front + capacity > SIZE_MAX / 4 / vec->item_size)
		abort();
	items = arena_alloc(vec->arena, (front + capacity) * vec->item_size);
	items += front * vec->item_size;
	if (vec->len != 0)
		memcpy(items, vec->items, vec->len * vec->item_size);
	vec->items = items;
	vec->capacity = capacity;
	vec->front = front;
}

void *
vec_push(struct vec *vec)
{
	if (vec->len == vec->capacity)
		move(vec, 0, vec->capacity == 0 ? 8 : vec->capacity * 2);
	vec->len++;
	return memset(vec_at(vec, vec->len - 1), 0, vec->item_size);
}

void *
vec_push_front(struct vec *vec)
{
	if (vec->front == 0)
		move(vec, vec->len < 8 ? 8 : vec->len, vec->capacity);
	vec->front--;
	vec->capacity++;
	vec->len++;
	vec->items = (char *)vec->items - vec->item_size;
	return memset(vec->items, 0, vec->item_size);
}
