/* SPDX-License-Identifier: ISC */
/* test_store_memory.c - the table of the store in memory. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "store/charge.h"
#include "store/memory.h"
#include "store/op.h"

#define BASE_MS INT64_C(1795000320000)

struct lab {
	struct arena *arena;
	struct store *store;
	struct memory *memory;
};

/* An operation of ours sees the table, as all do. */
static struct memory *seen;

static int
see(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	(void)values;
	seen = memory;
	*error_r = "there was an argument";
	return request->arg_count == 0 ? 0 : -1;
}

static const struct store_op op_see = { .name = "see", .run = see };

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	const struct store_request request = { .op = &op_see };
	const char *error = "";
	struct store_call *call;

	lab->arena = arena_new(0);
	lab->store = memory_open(NULL, lab->arena, &error);
	call = store_ask(lab->store, &request, NULL);
	store_call_unref(&call);
	lab->memory = seen;
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	store_free(&lab->store);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static struct str
key_of(struct lab *lab, int64_t number)
{
	return str_from(arena_printf(lab->arena, "key %" PRId64, number));
}

static const char *
find(struct lab *lab, const char *key, int64_t now_ms)
{
	size_t len;
	const char *value = memory_find(lab->memory, str_from(key), now_ms,
	    &len);

	if (value == NULL)
		return NULL;
	return arena_strndup(lab->arena, value, len);
}

static void
put(struct lab *lab, const char *key, const char *text, int64_t now_ms,
    int64_t expires_ms)
{
	size_t len = strlen(text);

	memcpy(memory_put(lab->memory, str_from(key), len, now_ms,
	    expires_ms), text, len);
}

static void
an_answer_is_there_at_once_and_counted(void **state)
{
	struct lab *lab = *state;
	struct str arg = STR("x");
	struct store_request request = { .op = &op_see };
	struct store_call *call = store_ask(lab->store, &request, NULL);
	struct store_stats stats;

	assert_int_equal(store_call_answer(call)->status, STORE_DONE);
	store_call_unref(&call);
	request.args = &arg;
	request.arg_count = 1;
	call = store_ask(lab->store, &request, NULL);
	assert_int_equal(store_call_answer(call)->status, STORE_REFUSED);
	assert_string_equal(store_call_answer(call)->error,
	    "there was an argument");
	store_call_unref(&call);
	store_count(lab->store, &stats);
	assert_int_equal(stats.asked, 3);
	assert_int_equal(stats.done, 2);
	assert_int_equal(stats.refusals, 1);
	assert_null(store_degraded(lab->store));
}

static void
what_is_put_is_found_until_it_expires(void **state)
{
	struct lab *lab = *state;

	assert_null(find(lab, "a", 0));
	put(lab, "a", "one", 1000, 2000);
	put(lab, "b", "", 1000, 2000);
	assert_string_equal(find(lab, "a", 1000), "one");
	assert_string_equal(find(lab, "a", 1999), "one");
	assert_string_equal(find(lab, "b", 1999), "");
	assert_null(find(lab, "a", 2000));
	assert_null(find(lab, "c", 1000));
	assert_int_equal(memory_count(lab->store), 2);
}

static void
a_put_keeps_the_bytes_and_clears_new_ones(void **state)
{
	struct lab *lab = *state;
	char *value;

	put(lab, "a", "onetwo", 0, 1000);
	memory_put(lab->memory, STR("a"), 3, 0, 1000);
	assert_string_equal(find(lab, "a", 0), "one");
	value = memory_put(lab->memory, STR("a"), 6, 0, 1000);
	assert_memory_equal(value, "one\0\0\0", 6);
	/* Not after it has expired. */
	value = memory_put(lab->memory, STR("a"), 3, 1000, 2000);
	assert_memory_equal(value, "\0\0\0", 3);
	assert_int_equal(memory_count(lab->store), 1);
}

static void
a_put_makes_no_life_shorter(void **state)
{
	struct lab *lab = *state;

	put(lab, "a", "one", 0, 5000);
	put(lab, "a", "two", 1000, 2000);
	assert_string_equal(find(lab, "a", 4999), "two");
	assert_null(find(lab, "a", 5000));
	put(lab, "b", "one", 0, 2000);
	put(lab, "b", "two", 1000, 5000);
	assert_string_equal(find(lab, "b", 4999), "two");
	assert_null(find(lab, "b", 5000));
}

static void
an_entry_of_a_clock_that_was_ahead_lives_its_life_from_now(void **state)
{
	struct lab *lab = *state;

	put(lab, "a", "one", 1000000, 1001000);
	assert_string_equal(find(lab, "a", 0), "one");
	put(lab, "a", "two", 0, 1);
	assert_string_equal(find(lab, "a", 999), "two");
	assert_null(find(lab, "a", 1000));
	/* And so do those that nobody touches: puts look through all. */
	put(lab, "b", "one", 1000000, 1001000);
	for (int i = 0; i < 200; i++)
		put(lab, "c", "x", 0, 10);
	for (int i = 0; i < 200; i++)
		put(lab, "c", "x", 1000, 2000);
	assert_int_equal(memory_count(lab->store), 1);
}

static void
what_is_forgotten_is_gone(void **state)
{
	struct lab *lab = *state;

	memory_forget(lab->memory, STR("a"));
	put(lab, "a", "one", 0, 1000);
	memory_forget(lab->memory, STR("a"));
	assert_null(find(lab, "a", 0));
	assert_int_equal(memory_count(lab->store), 0);
}

/* --- many ---------------------------------------------------------------- */

#define MANY 20000

static void
a_model_of_many_entries_is_always_kept(void **state)
{
	struct lab *lab = *state;
	int64_t *expires = calloc(MANY, sizeof(*expires));
	uint64_t seed = 20261121;
	size_t len;

	printf("seed %" PRIu64 "\n", seed);
	for (int64_t now_ms = 1; now_ms < 200000; now_ms++) {
		uint64_t number, what;
		struct str key;
		int64_t *value;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		number = (seed >> 33) % MANY;
		what = (seed >> 20) % 8;
		key = key_of(lab, (int64_t)number);
		value = memory_find(lab->memory, key, now_ms, &len);
		if (expires[number] <= now_ms) {
			assert_null(value);
		} else {
			assert_non_null(value);
			assert_int_equal(*value, (int64_t)number);
		}
		if (what == 0) {
			memory_forget(lab->memory, key);
			expires[number] = 0;
		} else if (what < 6) {
			int64_t until_ms = now_ms + 1 + (int64_t)(seed >> 48);

			value = memory_put(lab->memory, key,
			    sizeof(*value) * (1 + what % 3), now_ms, until_ms);
			*value = (int64_t)number;
			if (until_ms > expires[number])
				expires[number] = until_ms;
		}
	}
	free(expires);
}

#define COUNTERS 100000
#define DAY_MS INT64_C(86400000)

static void
charge_counters(struct lab *lab, int64_t now_ms, int from, int to)
{
	for (int i = from; i < to; i++) {
		struct arena *arena = arena_new(0);
		const struct charge_item item = {
			.counter = str_from(arena_printf(arena,
			    "mr:{example.org}:count:user%d@example.org:1h",
			    i)),
			.window_ms = 3600000,
			.limit = 100,
			.amount = 1,
		};
		const struct charge charge = {
			.name = str_from(arena_printf(arena,
			    "mr:{example.org}:charge:mx1/%d.%" PRId64, i,
			    now_ms)),
			.now_ms = now_ms,
			.items = &item,
			.item_count = 1,
		};
		struct store_call *call = charge_ask(lab->store, arena,
		    &charge, NULL);

		assert_int_equal(store_call_answer(call)->status, STORE_DONE);
		store_call_unref(&call);
		arena_free(&arena);
	}
}

static void
a_hundred_thousand_counters_are_small_and_give_their_memory_back(void **state)
{
	struct lab *lab = *state;
	size_t empty = memory_bytes(lab->store), full;

	charge_counters(lab, BASE_MS, 0, COUNTERS);
	assert_int_equal(memory_count(lab->store), 2 * COUNTERS);
	full = memory_bytes(lab->store);
	printf("counted: %d counters with a charge each, %zu bytes a pair\n",
	    COUNTERS, (full - empty) / COUNTERS);
	assert_true((full - empty) / COUNTERS < 400);
	/* Other users come in the days after: what is idle goes, step by step,
	 * and the table shrinks. */
	for (int day = 1; day <= 60; day++)
		charge_counters(lab, BASE_MS + day * DAY_MS, 0, 3000);
	assert_true(memory_count(lab->store) <= 4 * 3000);
	assert_true(memory_bytes(lab->store) - empty < full / 8);
}

static enum store_status
charge_status(struct lab *lab, int number)
{
	const struct charge_item item = {
		str_from(arena_printf(lab->arena, "mr:{t}:count:%d", number)),
		60000, 10, 1 };
	const struct charge charge = {
		.name = str_from(arena_printf(lab->arena, "mr:{t}:name:%d", number)),
		.now_ms = clock_now_ms(), .items = &item, .item_count = 1 };
	struct store_call *call = charge_ask(lab->store, lab->arena, &charge,
	    NULL);
	enum store_status status;

	status = store_call_answer(call)->status;
	if (status == STORE_REFUSED)
		assert_non_null(strstr(store_call_answer(call)->error,
		    "the memory for counters is full"));
	store_call_unref(&call);
	return status;
}

static void
a_full_store_refuses_until_enough_has_expired(void **state)
{
	struct lab *lab = *state;
	int admitted = 0;

	clock_set(BASE_MS);
	memory_limit(lab->store, memory_bytes(lab->store) + 100000);
	while (charge_status(lab, admitted) == STORE_DONE)
		admitted++;
	assert_in_range(admitted, 100, 1000);
	assert_non_null(store_degraded(lab->store));
	assert_in_range(memory_bytes(lab->store), 100000, 120000);
	assert_int_equal(charge_status(lab, admitted), STORE_REFUSED);
	clock_set(BASE_MS + DAY_MS);
	for (int i = 0; i < 20; i++)
		charge_status(lab, admitted);
	assert_int_equal(charge_status(lab, admitted), STORE_DONE);
	assert_null(store_degraded(lab->store));
	clock_set(-1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_there_at_once_and_counted),
		TEST(what_is_put_is_found_until_it_expires),
		TEST(a_put_keeps_the_bytes_and_clears_new_ones),
		TEST(a_put_makes_no_life_shorter),
		TEST(an_entry_of_a_clock_that_was_ahead_lives_its_life_from_now),
		TEST(what_is_forgotten_is_gone),
		TEST(a_model_of_many_entries_is_always_kept),
		TEST(a_hundred_thousand_counters_are_small_and_give_their_memory_back),
		TEST(a_full_store_refuses_until_enough_has_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
