/* SPDX-License-Identifier: ISC */
/* growth.h - for tests: does the time grow as the input does? */
#ifndef TESTS_GROWTH_H
#define TESTS_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

/* Runs read on front and many pieces, and on front and four times as many. Fails
 * when the second takes eight times as long as the first, or more: time in
 * proportion gives four, a quadratic trap sixteen. Processor time is counted, of
 * the best of several runs, and again when it fails, so the load of the machine
 * does not matter. */
void grows_with_input(const char *front, const char *piece,
    void (*read)(struct arena *arena, struct str text));
/* The same with as many other pieces behind those. */
void grows_with_pieces(const char *front, const char *piece,
    const char *behind, void (*read)(struct arena *arena, struct str text));
/* The same of the i-th case, named by sentence, which is built and measured by
 * cost_ms: a file of bytes, and one of four times as many. What takes less than
 * 20 ms counts as that much. */
void grows_with_bytes(const char *sentence, size_t i, size_t bytes,
    int64_t (*cost_ms)(size_t i, size_t bytes));

#endif
