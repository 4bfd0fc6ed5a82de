/* SPDX-License-Identifier: ISC */
/* arena.c - bump allocation from blocks that are freed in one call. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_FIRST 4096
#define ARENA_LARGEST_STEP (256 * 1024)

/* Under AddressSanitizer each allocation gets a block of its own, so that a
 * byte too far is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EXACT 1
#endif
#endif
#ifndef ARENA_EXACT
#define ARENA_EXACT 0
#endif

struct block {
	struct block *next;
	alignas(max_align_t) char data[];
};

struct farewell {
	struct farewell *next;
	void (*function)(void *);
	void *arg;
};

struct arena {
	struct block *blocks;
	char *free;		/* the next free byte of the newest block */
	size_t left;		/* bytes left there, a multiple of the
				 * alignment */
	size_t step;		/* size of the next block */
	size_t size;
	struct farewell *farewells;
};

static size_t
round_up(size_t size)
{
	return (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
}

static void *
must_malloc(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL) {
		fprintf(stderr, "out of memory for %zu bytes\n", size);
		abort();
	}
	return memory;
}

struct arena *
arena_new(size_t first_size)
{
	struct arena *arena = must_malloc(sizeof(*arena));

	*arena = (struct arena){
		.step = first_size != 0 ? round_up(first_size) : ARENA_FIRST,
		.size = sizeof(*arena),
	};
	return arena;
}

void
arena_free(struct arena **arena)
{
	struct arena *old = *arena;

	if (old == NULL)
		return;
	/* At once: the caller's pointer may lie in this very arena. */
	*arena = NULL;
	for (struct farewell *f = old->farewells; f != NULL; f = f->next)
		f->function(f->arg);
	for (struct block *b = old->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(old);
}

static void *
take_block(struct arena *arena, size_t size, bool is_current)
{
	struct block *block = must_malloc(sizeof(*block) + size);

	arena->size += sizeof(*block) + size;
	if (is_current || arena->blocks == NULL) {
		block->next = arena->blocks;
		arena->blocks = block;
	} else {
		/* A large one goes behind the block that still has room. */
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	}
	return block->data;
}

/* Where the newest block has no room. A large piece gets a block of its own.
 * Apart, so that the usual way has nothing to save. */
static void *__attribute__((noinline))
alloc_elsewhere(struct arena *arena, size_t size)
{
	char *memory;

	if (size > SIZE_MAX / 2)
		abort();
	if (ARENA_EXACT || round_up(size) > arena->step / 2)
		return take_block(arena, size, false);
	memory = take_block(arena, arena->step, true);
	arena->free = memory + round_up(size);
	arena->left = arena->step - round_up(size);
	if (arena->step < ARENA_LARGEST_STEP)
		arena->step *= 2;
	return memory;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	char *memory = arena->free;

	/* What is left is round, so what fits fits when it is rounded, too. */
	if (ARENA_EXACT || size > arena->left)
		return alloc_elsewhere(arena, size);
	arena->free += round_up(size);
	arena->left -= round_up(size);
	return memory;
}

void *
arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

void *
arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size != 0)
		memcpy(copy, data, size);
	return copy;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len != 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	char first[256], *text;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(first, sizeof(first), format, args);
	if (len < 0)
		abort();
	text = arena_alloc(arena, (size_t)len + 1);
	if ((size_t)len < sizeof(first))
		memcpy(text, first, (size_t)len + 1);
	else
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void
arena_on_free(struct arena *arena, void (*function)(void *), void *arg)
{
	struct farewell *farewell = arena_alloc(arena, sizeof(*farewell));

	*farewell = (struct farewell){ arena->farewells, function, arg };
	arena->farewells = farewell;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->size;
}
