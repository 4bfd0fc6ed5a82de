/* SPDX-License-Identifier: ISC */
/* vec.h - an array that grows in an arena. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <assert.h>
#include <stddef.h>

struct arena;

struct vec {
	struct arena *arena;
	void *items;
	size_t len;
	size_t capacity;	/* from items on */
	size_t front;		/* free places before items */
	size_t item_size;
};

void vec_init(struct vec *vec, struct arena *arena, size_t item_size);

/* A new item at the end, cleared. Pointers to items hold until the next
 * push. */
void *vec_push(struct vec *vec);

/* A new item before the first, cleared; every other moves up by one. As cheap
 * as vec_push; pointers to items hold until the next push at either end. */
void *vec_push_front(struct vec *vec);

/* Item i; i must be below len. */
static inline void *
vec_at(const struct vec *vec, size_t i)
{
	assert(i < vec->len);
	return (char *)vec->items + i * vec->item_size;
}

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
