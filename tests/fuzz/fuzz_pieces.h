/* SPDX-License-Identifier: ISC */
/* fuzz_pieces.h - for harnesses of readers of a stream: what comes of it is the
 * same in whatever pieces it comes. */
#ifndef TESTS_FUZZ_PIECES_H
#define TESTS_FUZZ_PIECES_H

#include "base/arena.h"
#include "base/str.h"
#include "fuzz.h"

/* All that is read, as a text, when it comes in pieces of step bytes. */
typedef struct str fuzz_pieces_fn(struct arena *arena, const uint8_t *data,
    size_t size, size_t step);

/* The first byte says in what pieces the rest comes. */
static inline void
fuzz_pieces(fuzz_pieces_fn *read, const uint8_t *data, size_t size)
{
	struct arena *arena;
	size_t step;

	if (size < 2)
		return;
	step = (size_t)data[0] + 1;
	arena = arena_new(0);
	must(str_eq(read(arena, data + 1, size - 1, size),
	    read(arena, data + 1, size - 1, step)));
	arena_free(&arena);
}

#endif
