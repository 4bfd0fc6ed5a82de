/* SPDX-License-Identifier: ISC */
/* stores.c - for tests: one table of tests for every kind of store. */
#include "stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "redis_server.h"
#include "store/memory.h"
#include "store/redis.h"
#include "store/store_settings.h"

/* Patience for a busy machine: of one operation. */
#define ANSWER_MS 60000

/* --- a store whose answers are there when ask returns --------------------- */

struct patient {
	struct store base;
	struct store *real;
	struct arena *arena;
};

static struct store_call *
ask_patiently(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct patient *patient = (struct patient *)store;
	struct wait *own = wait_new();
	struct store_call *call = store_ask(patient->real, request, own);

	(void)wait;
	while (store_call_answer(call) == NULL)
		if (wait_sleep(own, clock_steady_ms() + 2 * ANSWER_MS) == 0)
			abort();
	wait_unref(&own);
	return call;
}

static void
free_patient(struct store *store)
{
	struct patient *patient = (struct patient *)store;

	store_free(&patient->real);
	arena_free(&patient->arena);
	free(patient);
}

static struct store *
connect_to(const struct redis_server *server)
{
	const struct store_settings settings = {
		.where = redis_server_where(server),
		.kind = STORE_WHERE_UNIX,
		.host = redis_server_path(server),
		.timeout_ms = ANSWER_MS,
	};
	struct patient *patient = calloc(1, sizeof(*patient));
	const char *error = "";

	patient->arena = arena_new(0);
	patient->base.ask = ask_patiently;
	patient->base.free = free_patient;
	patient->real = redis_open_shared(&settings, patient->arena, &error);
	if (patient->real == NULL) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	return &patient->base;
}

/* --- the lab ------------------------------------------------------------- */

/* NULL: Redis is not installed. */
static struct redis_server *server;

static int
set_up(void **state, const char *kind)
{
	struct store_lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	lab->kind = kind;
	*state = lab;
	return 0;
}

static int
set_up_memory(void **state)
{
	struct store_lab *lab;
	const char *error = "";

	set_up(state, "memory");
	lab = *state;
	lab->store = memory_open(NULL, lab->arena, &error);
	return 0;
}

static int
set_up_redis(void **state)
{
	struct store_lab *lab;

	set_up(state, "redis");
	lab = *state;
	stores_say(lab, "FLUSHALL");
	lab->store = stores_connect();
	return 0;
}

static int
tear_down(void **state)
{
	struct store_lab *lab = *state;

	store_free(&lab->store);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

struct store *
stores_connect(void)
{
	return connect_to(server);
}

const char *
stores_say(const struct store_lab *lab, const char *command)
{
	return redis_server_say(server, lab->arena, command);
}

const struct store_answer *
stores_any_answer(struct store_call *call)
{
	const struct store_answer *answer = store_call_answer(call);

	assert_non_null(answer);
	return answer;
}

const struct store_answer *
stores_answer(struct store_call *call)
{
	const struct store_answer *answer = stores_any_answer(call);

	if (answer->status != STORE_DONE)
		fail_msg("%s: %s", store_status_text(answer->status),
		    answer->error);
	return answer;
}

static size_t
add_tests(struct CMUnitTest *all, const struct store_test *tests, size_t count,
    bool is_redis)
{
	size_t added = 0;

	for (size_t i = 0; i < count; i++)
		if (is_redis || !tests[i].is_redis)
			all[added++] = (struct CMUnitTest){
				.name = tests[i].name,
				.test_func = tests[i].function,
				.setup_func = is_redis ? set_up_redis :
				    set_up_memory,
				.teardown_func = tear_down,
			};
	return added;
}

int
stores_run(const struct store_test *tests, size_t count)
{
	struct CMUnitTest *all = calloc(2 * count, sizeof(*all));
	size_t added = add_tests(all, tests, count, false);
	const char *reason = NULL;
	int failed;

	server = redis_server_new(&reason);
	if (server != NULL) {
		redis_server_start(server, "");
		added += add_tests(all + added, tests, count, true);
	} else {
		printf("skipped: on Redis: %s\n", reason);
	}
	failed = _cmocka_run_group_tests("stores", all, added, NULL, NULL);
	redis_server_free(&server);
	free(all);
	return failed;
}
