/* SPDX-License-Identifier: ISC */
/* arena.h - memory that lives and dies together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new, empty arena; first_size is a hint for its first block (0: 4 KB).
 * Not thread-safe: one arena has one user at a time. Never NULL: running out
 * of memory aborts. */
struct arena *arena_new(size_t first_size);

/* Run the arena_on_free functions, newest first, release everything and set
 * *arena to NULL. NULL inside is allowed. */
void arena_free(struct arena **arena);

/* size bytes, aligned for any type, not cleared / cleared to zero. */
void *arena_alloc(struct arena *arena, size_t size)
    __attribute__((malloc, alloc_size(2), returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size)
    __attribute__((malloc, alloc_size(2), returns_nonnull));

/* Copies; the texts are NUL-terminated. */
void *arena_memdup(struct arena *arena, const void *data, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);

/* A formatted text. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Call function(arg) when the arena is freed: for references, descriptors and
 * other things that are not memory. */
void arena_on_free(struct arena *arena, void (*function)(void *), void *arg);

/* Bytes taken from the system so far: what a transaction costs. */
size_t arena_size(const struct arena *arena);

#endif
