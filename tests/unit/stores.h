/* SPDX-License-Identifier: ISC */
/* stores.h - for tests: one table of tests for every kind of store. */
#ifndef TESTS_STORES_H
#define TESTS_STORES_H

#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

struct arena;

/* *state of each test: an empty store. */
struct store_lab {
	struct arena *arena;
	struct store *store;
	const char *kind;	/* "memory", "redis" */
};

/* One test, for every kind of store or for Redis alone. */
struct store_test {
	const char *name;
	void (*function)(void **state);
	bool is_redis;		/* for Redis alone */
};
#define STORE_TEST(function) { #function, function, false }
#define REDIS_TEST(function) { #function, function, true }

/* Run them on memory, then on Redis where it is installed. How many failed. */
int stores_run(const struct store_test *tests, size_t count);

/* What was asked for; the test fails unless it was done. */
const struct store_answer *stores_answer(struct store_call *call);
/* The same when it may have been refused. */
const struct store_answer *stores_any_answer(struct store_call *call);

/* Entries last until the test's clock ends them, for tests whose windows are
 * short: Redis lets entries go by its own clock, and that runs on while a busy
 * machine keeps the test waiting. */
void stores_hold_time(const struct store_lab *lab);

/* On Redis: one more connection to it, and what it says to a command. */
struct store *stores_connect(void);
const char *stores_say(const struct store_lab *lab, const char *command);

#endif
