/* SPDX-License-Identifier: ISC */
/* test_policy_ledger.c - what stands in for a store that is away has bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "fixture.h"
#include "policyd/ledger.h"
#include "store/call.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/memory.h"

#define START_MS INT64_C(1795183200000)
#define HOUR_MS INT64_C(3600000)
/* More than are paid at a time. */
#define MANY 2000

/* A store that is down until it is not, or will not, or believes that it is
 * down until it has done something. */
struct gone {
	struct store base;
	struct store *real;
	bool is_here, is_full, is_doubtful;
};

static struct store_call *
ask_gone(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct gone *gone = (struct gone *)store;
	struct store_call *call;

	gone->is_doubtful &= !gone->is_here;
	if (gone->is_here && !gone->is_full)
		return store_ask(gone->real, request, wait);
	call = store_call_new(wait);
	store_call_fail(call, gone->is_full ? STORE_REFUSED : STORE_DOWN,
	    "not now");
	return call;
}

static const char *
gone_degraded(struct store *store)
{
	const struct gone *gone = (struct gone *)store;

	return gone->is_here && !gone->is_doubtful ? NULL : "nobody is there";
}

static struct gone
gone_new(struct arena *arena)
{
	const char *error;

	return (struct gone){
		.base = { .ask = ask_gone, .degraded = gone_degraded },
		.real = memory_open(NULL, arena, &error),
	};
}

static void
owe_one(struct ledger *ledger, struct arena *arena, size_t number)
{
	const struct charge_item item = {
		.counter = store_key(arena, STR("tag"), "limit",
		    str_from(arena_printf(arena, "%zu", number % 10))),
		.window_ms = HOUR_MS, .limit = 1, .amount = 1,
	};
	const struct charge charge = {
		.name = store_key(arena, STR("tag"), "charge",
		    str_from(arena_printf(arena, "%zu", number))),
		.now_ms = START_MS, .lapse_ms = 5, .items = &item,
		.item_count = 1,
	};

	ledger_owe(ledger, &charge);
}

static struct ledger_stats
stats_of(const struct ledger *ledger)
{
	struct ledger_stats stats;

	ledger_count(ledger, &stats);
	return stats;
}

static void
keep_quiet(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

/* What was owed is paid by force and for good, in pieces, each once. */
static void
all_that_is_owed_is_paid_once(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	size_t rounds = 0;

	for (size_t i = 0; i < 1000; i++)
		owe_one(ledger, arena, i);
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 1000);
	gone.is_here = gone.is_doubtful = true;
	for (; stats_of(ledger).owed != 0 && rounds < 1000; rounds++)
		ledger_run(ledger);
	assert_in_range(rounds, 2, 999);
	assert_int_equal(stats_of(ledger).paid, 1000);
	assert_int_equal(stats_of(ledger).lost, 0);
	/* Ten counters and a thousand names. */
	assert_int_equal(memory_count(gone.real), 1010);
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).paid, 1000);
	/* There is room again. */
	gone.is_here = false;
	for (size_t i = 0; i < 1000; i++)
		owe_one(ledger, arena, 1000 + i);
	assert_int_equal(stats_of(ledger).owed, 1000);
	assert_int_equal(stats_of(ledger).lost, 0);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
a_store_that_goes_again_is_paid_the_rest_later(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);

	for (size_t i = 0; i < MANY; i++)
		owe_one(ledger, arena, i);
	gone.is_here = true;
	ledger_run(ledger);
	assert_in_range(stats_of(ledger).paid, 1, MANY - 1);
	gone.is_here = false;
	ledger_run(ledger);
	assert_in_range(stats_of(ledger).owed, 1, MANY - 1);
	gone.is_here = true;
	while (stats_of(ledger).owed != 0)
		ledger_run(ledger);
	assert_int_equal(stats_of(ledger).paid, MANY);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
a_store_that_will_not_is_asked_again(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);

	owe_one(ledger, arena, 1);
	owe_one(ledger, arena, 2);
	gone.is_here = gone.is_full = true;
	for (size_t i = 0; i < 10; i++)
		ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 2);
	gone.is_full = false;
	for (size_t i = 0; i < 10; i++)
		ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 0);
	assert_int_equal(stats_of(ledger).paid, 2);
	ledger_free(&ledger);
	store_free(&gone.real);
}

/* What the counter of the number has used so much later. */
static int64_t
used_later(const struct gone *gone, struct arena *arena, const char *number,
    int64_t later_ms)
{
	const struct charge_item item = {
		.counter = store_key(arena, STR("tag"), "limit",
		    str_from(number)),
		.window_ms = HOUR_MS, .limit = -1,
	};
	const struct charge charge = { .now_ms = START_MS + later_ms,
	    .items = &item, .item_count = 1 };
	struct store_call *call = usage_ask(gone->real, arena, &charge, NULL);
	struct charge_result result;
	const char *error;

	assert_int_equal(charge_read(arena, store_call_answer(call), &result,
	    &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}

/* A message has passed, and the store has reserved it. */
static struct charge
reserve(const struct gone *gone, struct arena *arena)
{
	struct charge_item *item = arena_zalloc(arena, sizeof(*item));
	struct charge charge = {
		.name = store_key(arena, STR("tag"), "charge", STR("1")),
		.now_ms = START_MS, .lapse_ms = 60000, .items = item,
		.item_count = 1,
	};
	struct store_call *call;

	*item = (struct charge_item){
		.counter = store_key(arena, STR("tag"), "limit", STR("1")),
		.window_ms = HOUR_MS, .limit = 1, .amount = 1,
	};
	call = charge_ask(gone->real, arena, &charge, NULL);
	store_call_unref(&call);
	return charge;
}

/* It acted, its answer was lost: there it is a reservation, for a minute. */
static void
what_the_store_had_heard_of_is_confirmed_whenever_it_goes(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);

	reserve(&gone, arena);
	owe_one(ledger, arena, 1);
	gone.is_here = true;
	ledger_run(ledger);
	gone.is_here = false;
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 1);
	gone.is_here = true;
	ledger_run(ledger);
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 0);
	assert_int_equal(stats_of(ledger).paid, 1);
	assert_int_equal(used_later(&gone, arena, "1", 600000), 1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
a_confirmation_that_goes_astray_is_owed(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	struct charge charge = reserve(&gone, arena);

	ledger_confirm(ledger, &charge);
	assert_int_equal(stats_of(ledger).owed, 1);
	gone.is_here = true;
	ledger_run(ledger);
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 0);
	assert_int_equal(used_later(&gone, arena, "1", 600000), 1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

/* It was flushed before. */
static void
what_cannot_be_confirmed_because_it_is_forgotten_is_charged(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	struct charge charge = reserve(&gone, arena);
	const char *error;

	store_free(&gone.real);
	gone.real = memory_open(NULL, arena, &error);
	gone.is_here = true;
	ledger_confirm(ledger, &charge);
	ledger_run(ledger);
	ledger_run(ledger);
	assert_int_equal(stats_of(ledger).owed, 0);
	assert_int_equal(used_later(&gone, arena, "1", 600000), 1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
what_is_confirmed_at_once_is_never_owed(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	struct charge charge = reserve(&gone, arena);

	gone.is_here = true;
	ledger_confirm(ledger, &charge);
	assert_int_equal(stats_of(ledger).owed, 0);
	assert_int_equal(stats_of(ledger).paid, 0);
	assert_int_equal(used_later(&gone, arena, "1", 600000), 1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
who_owes_nothing_finds_out_that_the_store_is_back(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);

	gone.is_here = gone.is_doubtful = true;
	assert_non_null(store_degraded(&gone.base));
	ledger_run(ledger);
	assert_null(store_degraded(&gone.base));
	assert_int_equal(stats_of(ledger).paid, 0);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
what_is_owed_has_a_bound(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	size_t count = 0;

	while (stats_of(ledger).lost == 0 && count < 10000000)
		owe_one(ledger, arena, count++);
	print_message("%zu charges fit\n", count - 1);
	assert_int_equal(stats_of(ledger).owed, count - 1);
	assert_true(count > 1000);
	ledger_free(&ledger);
	store_free(&gone.real);
}

/* What the stand-in says to the charge of this number. */
static enum store_status
stand_in_for(struct ledger *ledger, size_t number)
{
	struct arena *round = arena_new(0);
	const struct charge_item item = {
		.counter = store_key(round, STR("t"), "limit",
		    str_from(arena_printf(round, "%zu", number))),
		.window_ms = HOUR_MS, .limit = 1, .amount = 1,
	};
	const struct charge charge = {
		.name = store_key(round, STR("t"), "charge",
		    str_from(arena_printf(round, "%zu", number))),
		.now_ms = clock_now_ms(), .items = &item, .item_count = 1,
	};
	struct store_call *call = charge_ask(ledger_stand_in(ledger), round,
	    &charge, NULL);
	enum store_status status = store_call_answer(call)->status;

	store_call_unref(&call);
	arena_free(&round);
	return status;
}

static void
the_stand_in_has_a_bound_and_takes_more_when_some_has_expired(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);
	size_t count = 0, tries = 0;

	clock_set(START_MS);
	while (stand_in_for(ledger, count) == STORE_DONE && count < 10000000)
		count++;
	print_message("%zu messages fit\n", count);
	assert_in_range(memory_bytes(ledger_stand_in(ledger)),
	    LEDGER_MEMORY_MAX, LEDGER_MEMORY_MAX + 65536);
	/* Names are remembered for two hours; a bit is looked through at each
	 * try. */
	clock_set(START_MS + 3 * HOUR_MS);
	while (stand_in_for(ledger, count) != STORE_DONE && tries < count)
		tries++;
	assert_true(tries < count);
	clock_set(-1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

static void
the_stand_in_is_kept_for_the_longest_window(void **state)
{
	struct arena *arena = *state;
	struct gone gone = gone_new(arena);
	struct ledger *ledger = ledger_new(&gone.base);

	clock_set(START_MS);
	assert_int_equal(stand_in_for(ledger, 1), STORE_DONE);
	owe_one(ledger, arena, 1);
	gone.is_here = true;
	while (stats_of(ledger).owed != 0)
		ledger_run(ledger);
	clock_set(START_MS + HOUR_MS + HOUR_MS / CHARGE_SLICES);
	ledger_run(ledger);
	assert_int_equal(memory_count(ledger_stand_in(ledger)), 2);
	clock_set(START_MS + HOUR_MS + HOUR_MS / CHARGE_SLICES + 1);
	ledger_run(ledger);
	assert_int_equal(memory_count(ledger_stand_in(ledger)), 0);
	clock_set(-1);
	ledger_free(&ledger);
	store_free(&gone.real);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(all_that_is_owed_is_paid_once),
		ARENA_TEST(a_store_that_goes_again_is_paid_the_rest_later),
		ARENA_TEST(a_store_that_will_not_is_asked_again),
		ARENA_TEST(
		    what_the_store_had_heard_of_is_confirmed_whenever_it_goes),
		ARENA_TEST(a_confirmation_that_goes_astray_is_owed),
		ARENA_TEST(
		    what_cannot_be_confirmed_because_it_is_forgotten_is_charged),
		ARENA_TEST(what_is_confirmed_at_once_is_never_owed),
		ARENA_TEST(who_owes_nothing_finds_out_that_the_store_is_back),
		ARENA_TEST(what_is_owed_has_a_bound),
		ARENA_TEST(
		    the_stand_in_has_a_bound_and_takes_more_when_some_has_expired),
		ARENA_TEST(the_stand_in_is_kept_for_the_longest_window),
	};

	log_set_sink(keep_quiet, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
