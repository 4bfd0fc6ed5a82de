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

/* NULL: the tests run on memory. */
static struct redis_server *server;

static int
setup(void **state)
{
	struct store_lab *lab = calloc(1, sizeof(*lab));
	const char *error = "";

	lab->arena = arena_new(0);
	if (server == NULL) {
		lab->kind = "memory";
		lab->store = memory_open(NULL, lab->arena, &error);
	} else {
		lab->kind = "redis";
		redis_server_say(server, lab->arena, "FLUSHALL");
		lab->store = connect_to(server);
	}
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct store_lab *lab = *state;

	store_free(&lab->store);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

struct store *
stores_connect(const struct store_lab *lab)
{
	(void)lab;
	return server != NULL ? connect_to(server) : NULL;
}

const char *
stores_say(const struct store_lab *lab, const char *command)
{
	return server != NULL ? redis_server_say(server, lab->arena, command)
	    : NULL;
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

int
stores_run(struct CMUnitTest *tests, size_t count)
{
	const char *reason = NULL;
	int failed;

	for (size_t i = 0; i < count; i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	failed = _cmocka_run_group_tests("on memory", tests, count, NULL,
	    NULL);
	server = redis_server_new(&reason);
	if (server == NULL) {
		printf("skipped on Redis: %s\n", reason);
		return failed;
	}
	redis_server_start(server, "");
	failed += _cmocka_run_group_tests("on Redis", tests, count, NULL,
	    NULL);
	redis_server_free(&server);
	return failed;
}
