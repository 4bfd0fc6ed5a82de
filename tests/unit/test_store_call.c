/* SPDX-License-Identifier: ISC */
/* test_store_call.c - an operation under way, and how stores are counted. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "store/call.h"

static void
an_answer_is_copied_with_all_it_names(void **state)
{
	char bytes[] = "a\0b";
	struct str values[] = { { bytes, 3 }, { "", 0 }, { NULL, 0 } };
	const struct store_answer given = { .count = 3, .values = values };
	struct store_call *call = store_call_new(NULL);
	const struct store_answer *answer;

	(void)state;
	assert_null(store_call_answer(call));
	store_call_done(call, &given);
	memset(bytes, 'x', sizeof(bytes));
	memset(values, 0, sizeof(values));
	answer = store_call_answer(call);
	assert_int_equal(answer->status, STORE_DONE);
	assert_null(answer->error);
	assert_int_equal(answer->count, 3);
	assert_true(str_eq(answer->values[0], str_of("a\0b", 3)));
	assert_int_equal(answer->values[1].len, 0);
	assert_int_equal(answer->values[2].len, 0);
	store_call_unref(&call);
	assert_null(call);
}

static void
a_failure_has_a_reason(void **state)
{
	struct store_call *call = store_call_new(NULL);
	char reason[] = "nobody there";

	(void)state;
	store_call_fail(call, STORE_DOWN, reason);
	reason[0] = 'X';
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	assert_string_equal(store_call_answer(call)->error, "nobody there");
	assert_int_equal(store_call_answer(call)->count, 0);
	store_call_unref(&call);
}

/* The asker's reference may go before the store's, and the wait before both. */
static void
a_call_outlives_its_asker(void **state)
{
	struct wait *wait = wait_new();
	struct store_call *call = store_call_new(wait), *of_store = call;

	(void)state;
	assert_false(store_call_is_forgotten(call));
	wait_unref(&wait);
	store_call_unref(&call);
	assert_true(store_call_is_forgotten(of_store));
	store_call_fail(of_store, STORE_TIMEOUT, "late");
}

static void
who_asks_without_a_wait_wants_it_done(void **state)
{
	struct store_call *call = store_call_new(NULL), *of_store = call;

	(void)state;
	store_call_unref(&call);
	assert_false(store_call_is_forgotten(of_store));
	store_call_fail(of_store, STORE_TIMEOUT, "late");
}

static void *
answer_later(void *arg)
{
	const struct str value = STR("from another thread");
	const struct store_answer answer = { .count = 1, .values = &value };

	store_call_done(arg, &answer);
	return NULL;
}

static void
an_answer_may_come_from_another_thread(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct wait *wait = wait_new();
		struct store_call *call = store_call_new(wait);
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, answer_later,
		    call), 0);
		while (store_call_answer(call) == NULL)
			assert_int_equal(wait_sleep(wait,
			    clock_steady_ms() + 60000), 1);
		assert_true(str_is(store_call_answer(call)->values[0],
		    "from another thread"));
		store_call_unref(&call);
		wait_unref(&wait);
		pthread_join(thread, NULL);
	}
}

static void
figures_tell_how_long_it_took(void **state)
{
	static const struct {
		int64_t latency_us;
		size_t place;
	} cases[] = {
		{ -5, 0 }, { 0, 0 }, { 1000, 0 }, { 1001, 1 }, { 4000, 1 },
		{ 16000, 2 }, { 64000, 3 }, { 256000, 4 }, { 1024000, 5 },
		{ 1024001, 6 }, { INT64_C(1) << 40, 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct store_stats stats = { 0 };

		store_stats_add(&stats, STORE_DONE, cases[i].latency_us);
		assert_int_equal(stats.done, 1);
		assert_int_equal(stats.latency_counts[cases[i].place], 1);
		assert_int_equal(stats.latency_us, cases[i].latency_us < 0 ?
		    0 : cases[i].latency_us);
	}
}

static void
failures_are_counted_by_kind(void **state)
{
	struct store_stats stats = { 0 };

	(void)state;
	store_stats_add(&stats, STORE_TIMEOUT, 5);
	store_stats_add(&stats, STORE_DOWN, 5);
	store_stats_add(&stats, STORE_DOWN, 5);
	store_stats_add(&stats, STORE_REFUSED, 5);
	assert_int_equal(stats.timeouts, 1);
	assert_int_equal(stats.downs, 2);
	assert_int_equal(stats.refusals, 1);
	assert_int_equal(stats.done, 0);
	assert_int_equal(stats.latency_us, 0);
}

static void
each_status_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(store_status_text(STORE_DONE), "done");
	assert_string_equal(store_status_text(STORE_TIMEOUT), "timeout");
	assert_string_equal(store_status_text(STORE_DOWN), "down");
	assert_string_equal(store_status_text(STORE_REFUSED), "refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_copied_with_all_it_names),
		cmocka_unit_test(a_failure_has_a_reason),
		cmocka_unit_test(a_call_outlives_its_asker),
		cmocka_unit_test(who_asks_without_a_wait_wants_it_done),
		cmocka_unit_test(an_answer_may_come_from_another_thread),
		cmocka_unit_test(figures_tell_how_long_it_took),
		cmocka_unit_test(failures_are_counted_by_kind),
		cmocka_unit_test(each_status_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
