/* SPDX-License-Identifier: ISC */
/* stores.c - for tests: one table of tests for every kind of store. */
#include "stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "memory_host.h"
#include "redis_server.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/redis.h"
#include "store/remote.h"
#include "store/store_settings.h"

/* Patience for a busy machine: of one operation. */
#define ANSWER_MS 60000

/* --- a store whose answers are there when ask returns --------------------- */

/* An operation whose entries do not expire. */
struct lasting {
	struct lasting *next;
	const struct store_op *of;
	struct store_op op;
};

struct patient {
	struct store base;
	struct store *real;
	struct arena *arena;
	bool is_lasting;
	struct lasting *lasting;
};

/* Before the script of an operation. */
static const char without_expiry[] =
    "local server = redis\n"
    "local redis = { call = function(verb, ...)\n"
    "	local key, second, third = ...\n"
    "	if verb == 'SET' and third == 'PX' then\n"
    "		return server.call('SET', key, second)\n"
    "	elseif verb == 'PSETEX' then\n"
    "		return server.call('SET', key, third)\n"
    "	end\n"
    "	return verb == 'PEXPIRE' and 1 or server.call(verb, ...)\n"
    "end }\n";

static const struct store_op *
lasting_op(struct patient *patient, const struct store_op *op)
{
	struct lasting *one;

	for (one = patient->lasting; one != NULL; one = one->next)
		if (one->of == op)
			return &one->op;
	one = arena_zalloc(patient->arena, sizeof(*one));
	one->of = op;
	one->op = *op;
	one->op.lua = arena_printf(patient->arena, "%s%.*s", without_expiry,
	    (int)op->lua_len, op->lua);
	one->op.lua_len = strlen(one->op.lua);
	one->next = patient->lasting;
	patient->lasting = one;
	return &one->op;
}

static struct store_call *
ask_patiently(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct patient *patient = (struct patient *)store;
	struct store_request asked = *request;
	struct wait *own = wait_new();
	struct store_call *call;

	(void)wait;
	if (patient->is_lasting)
		asked.op = lasting_op(patient, request->op);
	call = store_ask(patient->real, &asked, own);
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
connect_to(const struct store_settings *settings,
    struct store *(*open)(const struct store_settings *settings,
    struct arena *arena, const char **error_r))
{
	struct patient *patient = calloc(1, sizeof(*patient));
	const char *error = "";

	patient->arena = arena_new(0);
	patient->base.ask = ask_patiently;
	patient->base.free = free_patient;
	patient->real = open(settings, patient->arena, &error);
	if (patient->real == NULL) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	redis_server_await(patient->real);
	return &patient->base;
}

/* --- the lab ------------------------------------------------------------- */

/* NULL: Redis is not installed. */
static struct redis_server *server;
/* NULL: no test on remote runs. */
static struct memory_host *host;

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
set_up_remote(void **state)
{
	struct store_lab *lab;

	set_up(state, "remote");
	lab = *state;
	host = memory_host_new();
	lab->store = stores_connect();
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
	memory_host_free(&host);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

struct store *
stores_connect(void)
{
	struct store_settings settings = { .timeout_ms = ANSWER_MS };

	if (host != NULL) {
		settings = memory_host_settings(host, ANSWER_MS);
		return connect_to(&settings, remote_open_shared);
	}
	settings.where = redis_server_where(server);
	settings.kind = STORE_WHERE_UNIX;
	settings.host = redis_server_path(server);
	return connect_to(&settings, redis_open_shared);
}

void
stores_hold_time(const struct store_lab *lab)
{
	if (strcmp(lab->kind, "redis") == 0)
		((struct patient *)lab->store)->is_lasting = true;
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
    enum store_kind kind)
{
	static int (*const set_ups[])(void **state) = { set_up_memory,
	    set_up_remote, set_up_redis };
	size_t added = 0;

	for (size_t i = 0; i < count; i++)
		if (kind >= tests[i].from)
			all[added++] = (struct CMUnitTest){
				.name = tests[i].name,
				.test_func = tests[i].function,
				.setup_func = set_ups[kind],
				.teardown_func = tear_down,
			};
	return added;
}

int
stores_run(const struct store_test *tests, size_t count)
{
	struct CMUnitTest *all = calloc(3 * count, sizeof(*all));
	size_t added = add_tests(all, tests, count, STORE_MEMORY);
	const char *reason = NULL;
	int failed;

	added += add_tests(all + added, tests, count, STORE_REMOTE);
	server = redis_server_new(&reason);
	if (server != NULL) {
		redis_server_start(server, "");
		added += add_tests(all + added, tests, count,
		    STORE_REDIS);
	} else {
		printf("skipped: on Redis: %s\n", reason);
	}
	failed = _cmocka_run_group_tests("stores", all, added, NULL, NULL);
	redis_server_free(&server);
	free(all);
	return failed;
}
