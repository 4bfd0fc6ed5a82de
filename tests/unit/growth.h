/* SPDX-License-Identifier: ISC */
/* growth.h - for tests: does the time grow as the input does? */
#ifndef TESTS_GROWTH_H
#define TESTS_GROWTH_H

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

#endif
