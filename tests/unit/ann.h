/* SPDX-License-Identifier: ISC */
/* ann.h - for tests: ann@example.org, whose messages policyd counts. */
#ifndef TESTS_ANN_H
#define TESTS_ANN_H

#include <stddef.h>
#include <stdint.h>

struct store_lab;
struct throttle_bench;

/* She sends a message, or so many: each answer begins with expected, or the
 * test fails. */
void ann_sends(struct throttle_bench *bench, const char *expected);
void ann_sends_many(struct throttle_bench *bench, size_t count,
    const char *expected);
/* The same, whatever the answers: how many passed. */
size_t ann_tries(struct throttle_bench *bench, size_t count);

/* What she has used of a throttle "out", ten minutes after the start, in its
 * first window, an hour. */
int64_t ann_has_used(const struct store_lab *lab);

#endif
