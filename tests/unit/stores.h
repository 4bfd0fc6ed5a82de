/* SPDX-License-Identifier: ISC */
/* stores.h - for tests: one table of tests for every kind of store. */
#ifndef TESTS_STORES_H
#define TESTS_STORES_H

#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

struct CMUnitTest;
struct arena;

/* *state of each test: an empty store. */
struct store_lab {
	struct arena *arena;
	struct store *store;
	const char *kind;	/* "memory", "redis" */
};

/* Run the tests on memory, and on Redis where it is installed. How many
 * failed. Their functions of setup and teardown are set here. */
int stores_run(struct CMUnitTest *tests, size_t count);

/* What was asked for; the test fails unless it was done. */
const struct store_answer *stores_answer(struct store_call *call);
/* The same when it may have been refused. */
const struct store_answer *stores_any_answer(struct store_call *call);

/* One more connection to the store of the lab. NULL: this kind has none. */
struct store *stores_connect(const struct store_lab *lab);

/* What Redis itself says to a command. NULL: the lab has none. */
const char *stores_say(const struct store_lab *lab, const char *command);

#endif
