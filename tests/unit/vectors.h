/* SPDX-License-Identifier: ISC */
/* vectors.h - for tests: sets of vectors that others made, and the rows for
 * those where we say otherwise. A row that nothing needs fails the test. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct node;

#define VECTORS_RULINGS_MAX 8

/* Where an RFC says otherwise than a vector, or the vector is about another
 * program's own interface. */
struct vector_ruling {
	const char *vector, *path, *why;
	/* What we say instead; NULL: nothing to compare. */
	const char *ours;
};

/* One set, as a test goes through it. */
struct vectors {
	struct arena *arena;
	const char *set;
	const struct vector_ruling *rulings;
	size_t ruling_count;
	bool is_used[VECTORS_RULINGS_MAX];
	size_t total, apart, wrong;
};

/* Without this folder of others' data the test is skipped, and says so. */
void vectors_need(struct arena *arena, const char *name);
/* This JSON file of others' data; the test fails when it cannot be read. */
const struct node *vectors_read(struct vectors *judge, const char *file);
/* The row for a place of a vector, which is used then; NULL: there is none. */
const struct vector_ruling *vectors_ruling(struct vectors *judge,
    const char *vector, const char *path);
/* Print it and count it as wrong. */
void vectors_complain(struct vectors *judge, const char *vector,
    const char *what, const char *got);
/* Nothing was wrong, all rows were needed, each is told. */
void vectors_end(struct vectors *judge, size_t wanted_total);

#endif
