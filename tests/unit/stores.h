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
	const char *kind;	/* "memory", "remote", "redis" */
};

/* Of whom: remote is the memory of another daemon. */
enum store_kind { STORE_MEMORY, STORE_REMOTE, STORE_REDIS };

/* One test, for every kind of store, for those with several clients, or for
 * Redis alone: for its kind and those behind it. */
struct store_test {
	const char *name;
	void (*function)(void **state);
	enum store_kind from;
};
#define STORE_TEST(function) { #function, function, STORE_MEMORY }
#define SHARED_TEST(function) { #function, function, STORE_REMOTE }
#define REDIS_TEST(function) { #function, function, STORE_REDIS }

/* Run them on memory, on remote, then on Redis where it is installed. How many
 * failed. */
int stores_run(const struct store_test *tests, size_t count);

/* What was asked for; the test fails unless it was done. */
const struct store_answer *stores_answer(struct store_call *call);
/* The same when it may have been refused. */
const struct store_answer *stores_any_answer(struct store_call *call);

/* Entries last until the test's clock ends them, for tests whose windows are
 * short: Redis lets entries go by its own clock, and that runs on while a busy
 * machine keeps the test waiting. */
void stores_hold_time(const struct store_lab *lab);

/* In a SHARED_TEST: one more connection to the store. */
struct store *stores_connect(void);
/* On Redis: what it says to a command. */
const char *stores_say(const struct store_lab *lab, const char *command);

#endif
