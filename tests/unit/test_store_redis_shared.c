/* SPDX-License-Identifier: ISC */
/* test_store_redis_shared.c - one store in Redis that many threads ask. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "store_probe.h"

#define THREADS 8
#define ROUNDS 500
#define PATIENCE_MS 60000

struct asker {
	struct store *store;
	int number;
	int wrong;
};

/* Ask and sleep until the answer is there, as a thread of the milter does. */
static struct store_call *
ask(struct store *store, const struct store_request *request)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	struct wait *wait = wait_new();
	struct store_call *call = store_ask(store, request, wait);

	while (store_call_answer(call) == NULL &&
	    wait_sleep(wait, until_ms) == 1)
		;
	wait_unref(&wait);
	return call;
}

static void *
ask_often(void *arg)
{
	struct asker *asker = arg;
	char text[32];
	struct str words[] = { STR("n"), { text, 0 } };
	const struct store_request echo = { &op_echo, NULL, 0, &words[1], 1 };
	const struct store_request add = { &op_add, &words[0], 1, NULL, 0 };

	for (int i = 0; i < ROUNDS; i++) {
		const struct store_answer *answer;
		struct store_call *call;

		words[1].len = (size_t)snprintf(text, sizeof(text), "%d %d",
		    asker->number, i);
		call = ask(asker->store, &echo);
		answer = store_call_answer(call);
		asker->wrong += answer == NULL ||
		    answer->status != STORE_DONE || answer->count != 1 ||
		    !str_eq(answer->values[0], words[1]);
		store_call_unref(&call);
		call = store_ask(asker->store, &add, NULL);
		store_call_unref(&call);
		store_degraded(asker->store);
	}
	return NULL;
}

static void
run_askers(struct store *store)
{
	struct asker askers[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ store, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    &askers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].wrong, 0);
	}
}

static struct store *
open_shared(struct probe *probe)
{
	const char *error;
	struct store *store = redis_open_shared(&probe->settings,
	    probe->arena, &error);

	if (store == NULL)
		fail_msg("%s", error);
	redis_server_await(store);
	return store;
}

static void
eight_threads_share_one_connection(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store *store = open_shared(probe);
	struct str key = STR("n");
	const struct store_request read = { &op_read, &key, 1, NULL, 0 };
	struct store_stats stats;
	struct store_call *call;

	run_askers(store);
	call = ask(store, &read);
	assert_true(str_is(store_call_answer(call)->values[0], "4000"));
	store_call_unref(&call);
	store_count(store, &stats);
	assert_int_equal(stats.asked, THREADS * ROUNDS * 2 + 1);
	assert_int_equal(stats.done, stats.asked);
	assert_int_equal(stats.connects, 1);
	assert_null(store_degraded(store));
	store_free(&store);
}

/* Again and again, until it is done, or is not. */
static void
ask_until(struct store *store, const struct store_request *request, bool done)
{
	bool is_done;

	do {
		struct store_call *call = ask(store, request);

		is_done = store_call_answer(call)->status == STORE_DONE;
		store_call_unref(&call);
	} while (is_done != done);
}

static void
threads_outlive_servers(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store *store = open_shared(probe);
	struct str key = STR("n");
	const struct store_request add = { &op_add, &key, 1, NULL, 0 };

	redis_server_kill(probe->server);
	ask_until(store, &add, false);
	redis_server_start(probe->server, "");
	ask_until(store, &add, true);
	run_askers(store);
	store_free(&store);
}

/* It costs no thread a wake-up while a server is away. */
static void
who_asks_while_nobody_is_there_has_the_answer_at_once(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store *store = open_shared(probe);
	struct wait *wait = wait_new();
	struct str key = STR("n");
	const struct store_request add = { &op_add, &key, 1, NULL, 0 };
	struct store_stats before, after;
	struct store_call *call;

	redis_server_kill(probe->server);
	ask_until(store, &add, false);
	store_count(store, &before);
	call = store_ask(store, &add, wait);
	assert_non_null(store_call_answer(call));
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	probe_has(store_call_answer(call)->error, probe->settings.where);
	store_call_unref(&call);
	store_count(store, &after);
	assert_int_equal(after.asked, before.asked + 1);
	assert_int_equal(after.downs, before.downs + 1);
	assert_int_equal(after.under_way, 0);
	wait_unref(&wait);
	store_free(&store);
}

static void
what_is_under_way_at_its_end_is_answered(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store *store = open_shared(probe);
	struct store_call *calls[100];
	struct str key = STR("n");
	const struct store_request add = { &op_add, &key, 1, NULL, 0 };

	redis_server_pause(probe->server);
	for (size_t i = 0; i < 100; i++)
		calls[i] = store_ask(store, &add, NULL);
	store_free(&store);
	redis_server_resume(probe->server);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(store_call_answer(calls[i])->status,
		    STORE_DOWN);
		store_call_unref(&calls[i]);
	}
}

static void
one_that_cannot_be_opened_leaves_nothing(void **state)
{
	struct probe *probe = probe_begin(state);
	const char *error;

	probe->settings.password_file = "/nonexistent";
	assert_null(redis_open_shared(&probe->settings, probe->arena,
	    &error));
	probe_has(error, "/nonexistent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(eight_threads_share_one_connection),
		PROBE(threads_outlive_servers),
		PROBE(who_asks_while_nobody_is_there_has_the_answer_at_once),
		PROBE(what_is_under_way_at_its_end_is_answered),
		PROBE(one_that_cannot_be_opened_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
