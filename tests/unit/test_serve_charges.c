/* SPDX-License-Identifier: ISC */
/* test_serve_charges.c - the milter settles what policyd has reserved. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait.h"
#include "fixture.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "memory_host.h"
#include "milter/serve_charges.h"
#include "redis_server.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/mail_id.h"
#include "store/redis.h"
#include "store/remote.h"
#include "store/store_settings.h"

#define THREADS 8
#define MESSAGES 40
#define WINDOW_MS INT64_C(3600000)

/* A store of either kind, policyd's connection to it, and the milter with its
 * main loop. */
struct lab {
	struct arena *arena;
	struct redis_server *server;	/* or */
	struct memory_host *host;
	const struct site *site;
	struct store *policyd;
	struct loop *loop;
	struct charges *charges;
	pthread_t thread;
};

static void *
run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static struct store_settings
settings_of_redis(struct lab *lab)
{
	const char *reason;

	lab->server = redis_server_new(&reason);
	if (lab->server == NULL) {
		print_message("skipped: %s\n", reason);
		arena_free(&lab->arena);
		skip();
	}
	redis_server_start(lab->server, "");
	return (struct store_settings){ .kind = STORE_WHERE_UNIX,
	    .where = redis_server_where(lab->server),
	    .host = redis_server_path(lab->server) };
}

static struct store_settings
settings_of_memory(struct lab *lab)
{
	lab->host = memory_host_new();
	return memory_host_settings(lab->host, 0);
}

/* kind, the state of each test: "redis" or "memory". */
static struct lab *
lab_begin(const char *kind, int64_t timeout_ms)
{
	bool is_memory = strcmp(kind, "memory") == 0;
	struct arena *arena = arena_new(0);
	struct lab *lab = arena_zalloc(arena, sizeof(*lab));
	struct store_settings settings;
	const char *error = "";

	lab->arena = arena;
	settings = is_memory ? settings_of_memory(lab)
	    : settings_of_redis(lab);
	settings.timeout_ms = 60000;
	lab->site = mail_site(arena, "host { host_id mx1; }");
	lab->policyd = (is_memory ? remote_open_shared : redis_open_shared)(
	    &settings, arena, &error);
	settings.timeout_ms = timeout_ms;
	lab->loop = loop_new();
	lab->charges = charges_open(&settings, lab->loop, arena, &error);
	assert_non_null(lab->charges);
	redis_server_await(lab->policyd);
	redis_server_await(charges_store(lab->charges));
	pthread_create(&lab->thread, NULL, run_loop, lab->loop);
	return lab;
}

static void
lab_stop_milter(struct lab *lab)
{
	loop_stop(lab->loop);
	pthread_join(lab->thread, NULL);
	charges_close(&lab->charges);
}

static void
lab_end(struct lab *lab)
{
	struct arena *arena = lab->arena;

	if (lab->charges != NULL)
		lab_stop_milter(lab);
	store_free(&lab->policyd);
	loop_free(&lab->loop);
	redis_server_free(&lab->server);
	memory_host_free(&lab->host);
	arena_free(&arena);
}

/* --- policyd's side ------------------------------------------------------- */

static const struct store_answer *
wait_for(struct store_call *call, struct wait *wait)
{
	const struct store_answer *answer;

	while ((answer = store_call_answer(call)) == NULL)
		assert_int_equal(wait_sleep(wait, clock_steady_ms() + 120000),
		    1);
	assert_int_equal(answer->status, STORE_DONE);
	return answer;
}

static struct charge
charge_of(struct arena *arena, const char *kind, const char *queue_id,
    struct charge_item *item)
{
	*item = (struct charge_item){
		.counter = store_key(arena, STR("t"), "limit", str_from(kind)),
		.window_ms = WINDOW_MS, .limit = -1, .amount = 1,
	};
	return (struct charge){
		.name = store_key(arena, STR("t"), kind, str_from(queue_id)),
		.now_ms = clock_now_ms(), .lapse_ms = 600000, .items = item,
		.item_count = 1,
	};
}

/* Reserve one of this kind, and leave its name with the message. The id that
 * the message has. */
static const char *
reserve(struct lab *lab, struct arena *arena, const char *kind,
    const char *queue_id, const char *id)
{
	struct wait *wait = wait_new();
	struct charge_item item;
	struct charge charge = charge_of(arena, kind, queue_id, &item);
	const struct mail_id mail = { .host = STR("mx1"),
		.instance = str_from(queue_id), .queue_id = str_from(queue_id),
		.proposal = id, .charge = charge.name,
		.now_ms = charge.now_ms };
	struct mail_id_result result;
	struct store_call *call = charge_ask(lab->policyd, arena, &charge,
	    wait);
	const char *error;

	wait_for(call, wait);
	store_call_unref(&call);
	call = mail_id_ask(lab->policyd, arena, &mail, wait);
	assert_int_equal(mail_id_read(arena, wait_for(call, wait), &result,
	    &error), 0);
	store_call_unref(&call);
	wait_unref(&wait);
	return arena_strdup(arena, result.id);
}

/* What is used of this kind in a year, when reservations have lapsed. */
static int64_t
used(struct lab *lab, const char *kind, int64_t later_ms)
{
	struct wait *wait = wait_new();
	struct charge_item item;
	struct charge charge = charge_of(lab->arena, kind, "", &item);
	struct charge_result result;
	struct store_call *call;
	const char *error;

	charge.now_ms += later_ms;
	call = usage_ask(lab->policyd, lab->arena, &charge, wait);
	assert_int_equal(charge_read(lab->arena, wait_for(call, wait), &result,
	    &error), 0);
	store_call_unref(&call);
	wait_unref(&wait);
	return result.items[0].used;
}

/* --- the milter's side ---------------------------------------------------- */

enum end { TAKEN, REFUSED, ABORTED, NEVER_BEGUN, ENDS };

/* The stages of a message, as the milter's threads go through them. */
static void
judge(struct lab *lab, const char *queue_id, enum end end,
    const char *expected_id)
{
	struct txn *txn = txn_new(lab->site, clock_now_ms());
	struct charged charged = { 0 };

	txn_set_queue_id(txn, queue_id);
	if (end != NEVER_BEGUN) {
		txn->stage = STAGE_HEADERS;
		charges_ask_id(lab->charges, &charged, txn);
	}
	if (end == TAKEN || end == REFUSED) {
		charges_take_id(lab->charges, &charged, txn);
		if (expected_id != NULL && strcmp(txn->id, expected_id) != 0)
			abort();
		charges_settle(lab->charges, &charged, txn, end == TAKEN);
	}
	charges_end(lab->charges, &charged, txn);
	txn_free(&txn);
}

struct worker {
	struct lab *lab;
	size_t number;
};

static void *
work(void *arg)
{
	const struct worker *worker = arg;
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < MESSAGES; i++) {
		const char *queue_id = arena_printf(arena, "Q%zux%zu",
		    worker->number, i);
		const char *id = reserve(worker->lab, arena, "charge",
		    queue_id, "01ARZ3NDEKTSV4RRFFQ69G5FAV");

		reserve(worker->lab, arena, MAIL_ID_REFUSED, queue_id, id);
		judge(worker->lab, queue_id, (enum end)(i % ENDS), id);
	}
	arena_free(&arena);
	return NULL;
}

/* --- the tests ------------------------------------------------------------ */

static void
many_threads_settle_each_message_by_its_end(void **state)
{
	struct lab *lab = lab_begin(*state, 60000);
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	const int64_t each = THREADS * MESSAGES / ENDS;

	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ lab, i };
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(charges_lost(lab->charges), 0);
	/* To stop is to finish what is under way. */
	lab_stop_milter(lab);
	/* Taken ones, and those about which nothing was said, which lapse. */
	assert_int_equal(used(lab, "charge", 0), 2 * each);
	assert_int_equal(used(lab, "charge", 700000), each);
	assert_int_equal(used(lab, MAIL_ID_REFUSED, 700000), each);
	lab_end(lab);
}

static void
a_message_that_policyd_does_not_know_keeps_its_id(void **state)
{
	struct lab *lab = lab_begin(*state, 60000);
	struct txn *txn = txn_new(lab->site, clock_now_ms());
	struct charged charged = { 0 };
	char id[ULID_SIZE];

	txn_set_queue_id(txn, "Q1");
	memcpy(id, txn->id, sizeof(id));
	txn->stage = STAGE_HEADERS;
	charges_ask_id(lab->charges, &charged, txn);
	charges_take_id(lab->charges, &charged, txn);
	assert_string_equal(txn->id, id);
	charges_settle(lab->charges, &charged, txn, true);
	charges_end(lab->charges, &charged, txn);
	txn_free(&txn);
	lab_stop_milter(lab);
	lab_end(lab);
}

static void
pause_store(struct lab *lab)
{
	if (lab->host != NULL)
		memory_host_pause(lab->host);
	else
		redis_server_pause(lab->server);
}

static void
resume_store(struct lab *lab)
{
	if (lab->host != NULL)
		memory_host_resume(lab->host);
	else
		redis_server_resume(lab->server);
}

static void
await_lost(const struct lab *lab, uint64_t count)
{
	for (size_t i = 0; i < 6000 && charges_lost(lab->charges) < count; i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	assert_int_equal(charges_lost(lab->charges), count);
}

static void
a_server_that_hangs_costs_its_time_and_no_more(void **state)
{
	struct lab *lab = lab_begin(*state, 50);
	int64_t begun_ms;

	reserve(lab, lab->arena, "charge", "Q1", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
	pause_store(lab);
	begun_ms = clock_steady_ms();
	judge(lab, "Q1", TAKEN, NULL);
	judge(lab, "Q1", ABORTED, NULL);
	assert_in_range(clock_steady_ms() - begun_ms, 0, 30000);
	await_lost(lab, 2);
	resume_store(lab);
	lab_end(lab);
}

static void
a_policyd_that_dies_loses_settlements_and_no_time(void **state)
{
	struct lab *lab = lab_begin("memory", 60000);

	(void)state;
	reserve(lab, lab->arena, "charge", "Q1", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
	reserve(lab, lab->arena, "charge", "Q2", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
	memory_host_stop(lab->host);
	/* Before that is known, one would wait for its return. */
	while (store_degraded(charges_store(lab->charges)) == NULL)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	judge(lab, "Q1", REFUSED, NULL);
	await_lost(lab, 1);
	memory_host_start(lab->host);
	redis_server_await(charges_store(lab->charges));
	redis_server_await(lab->policyd);
	judge(lab, "Q2", REFUSED, NULL);
	/* To stop is to finish what is under way. */
	lab_stop_milter(lab);
	assert_int_equal(used(lab, "charge", 0), 1);
	lab_end(lab);
}

/* Neither the store's thread nor the main loop is woken in vain. */
static void
while_nobody_is_there_a_message_ends_its_settlement_itself(void **state)
{
	struct lab *lab = lab_begin("memory", 60000);

	(void)state;
	memory_host_stop(lab->host);
	while (store_degraded(charges_store(lab->charges)) == NULL)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	judge(lab, "Q1", TAKEN, NULL);
	await_lost(lab, 1);
	loop_stop(lab->loop);
	pthread_join(lab->thread, NULL);
	judge(lab, "Q2", REFUSED, NULL);
	assert_int_equal(charges_lost(lab->charges), 2);
	pthread_create(&lab->thread, NULL, run_loop, lab->loop);
	lab_end(lab);
}

/* Its Postfix asks the milter alone. */
static void
where_no_policyd_ever_was_nothing_waits_and_nothing_is_lost(void **state)
{
	const struct store_settings settings = { .kind = STORE_WHERE_MEMORY,
	    .socket = "/nonexistent/store", .timeout_ms = 60000 };
	struct arena *arena = *state;
	struct loop *loop = loop_new();
	struct lab lab = { .site = mail_site(arena, "") };
	const char *error;

	lab.charges = charges_open(&settings, loop, arena, &error);
	assert_non_null(lab.charges);
	redis_server_await(charges_store(lab.charges));
	for (enum end end = TAKEN; end < ENDS; end++)
		judge(&lab, "Q1", end, NULL);
	assert_null(store_degraded(charges_store(lab.charges)));
	assert_int_equal(charges_lost(lab.charges), 0);
	charges_close(&lab.charges);
	loop_free(&loop);
}

#define ON_BOTH(name)                                                        \
	{ #name " (Redis)", name, NULL, NULL, "redis" },                     \
	{ #name " (memory)", name, NULL, NULL, "memory" }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(many_threads_settle_each_message_by_its_end),
		ON_BOTH(a_message_that_policyd_does_not_know_keeps_its_id),
		ON_BOTH(a_server_that_hangs_costs_its_time_and_no_more),
		cmocka_unit_test(
		    a_policyd_that_dies_loses_settlements_and_no_time),
		cmocka_unit_test(
		    while_nobody_is_there_a_message_ends_its_settlement_itself),
		ARENA_TEST(
		    where_no_policyd_ever_was_nothing_waits_and_nothing_is_lost),
	};

	log_set_sink(fixture_log_is_dropped, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
