/* SPDX-License-Identifier: ISC */
/* test_policy_ledger.c - what stands in for a store that is away has bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
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

struct lab {
	struct arena *arena;
	struct gone gone;
	struct ledger *ledger;
	struct charge reserved;		/* a message that has passed */
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	const char *error;

	lab->arena = arena_new(0);
	lab->gone = (struct gone){
		.base = { .ask = ask_gone, .degraded = gone_degraded },
		.real = memory_open(NULL, lab->arena, &error),
	};
	lab->ledger = ledger_new(&lab->gone.base);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	clock_set(-1);
	ledger_free(&lab->ledger);
	store_free(&lab->gone.real);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
owe_one(struct lab *lab, size_t number)
{
	struct arena *arena = lab->arena;
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

	ledger_owe(lab->ledger, &charge);
}

static struct ledger_stats
stats_of(const struct lab *lab)
{
	struct ledger_stats stats;

	ledger_count(lab->ledger, &stats);
	return stats;
}

/* What was owed is paid by force and for good, in pieces, each once. */
static void
all_that_is_owed_is_paid_once(void **state)
{
	struct lab *lab = *state;
	size_t rounds = 0;

	for (size_t i = 0; i < 1000; i++)
		owe_one(lab, i);
	ledger_run(lab->ledger);
	assert_int_equal(stats_of(lab).owed, 1000);
	lab->gone.is_here = lab->gone.is_doubtful = true;
	for (; stats_of(lab).owed != 0 && rounds < 1000; rounds++)
		ledger_run(lab->ledger);
	assert_in_range(rounds, 2, 999);
	assert_int_equal(stats_of(lab).paid, 1000);
	assert_int_equal(stats_of(lab).lost, 0);
	/* Ten counters and a thousand names. */
	assert_int_equal(memory_count(lab->gone.real), 1010);
	ledger_run(lab->ledger);
	assert_int_equal(stats_of(lab).paid, 1000);
	/* There is room again. */
	lab->gone.is_here = false;
	for (size_t i = 0; i < 1000; i++)
		owe_one(lab, 1000 + i);
	assert_int_equal(stats_of(lab).owed, 1000);
	assert_int_equal(stats_of(lab).lost, 0);
}

static void
a_store_that_goes_again_is_paid_the_rest_later(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < MANY; i++)
		owe_one(lab, i);
	lab->gone.is_here = true;
	ledger_run(lab->ledger);
	assert_in_range(stats_of(lab).paid, 1, MANY - 1);
	lab->gone.is_here = false;
	ledger_run(lab->ledger);
	assert_in_range(stats_of(lab).owed, 1, MANY - 1);
	lab->gone.is_here = true;
	while (stats_of(lab).owed != 0)
		ledger_run(lab->ledger);
	assert_int_equal(stats_of(lab).paid, MANY);
}

/* --- stories -------------------------------------------------------------- */

/* What the counter of the number has used ten minutes later: what was only
 * reserved has lapsed by then. */
static int64_t
used_later(const struct lab *lab, const char *number)
{
	const struct charge_item item = {
		.counter = store_key(lab->arena, STR("tag"), "limit",
		    str_from(number)),
		.window_ms = HOUR_MS, .limit = -1,
	};
	const struct charge charge = { .now_ms = START_MS + 600000,
	    .items = &item, .item_count = 1 };
	struct store_call *call = usage_ask(lab->gone.real, lab->arena,
	    &charge, NULL);
	struct charge_result result;
	const char *error;

	assert_int_equal(charge_read(lab->arena, store_call_answer(call),
	    &result, &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}

/* A message has passed, and the store has reserved it for a minute. */
static void
reserve(struct lab *lab)
{
	struct charge_item *item = arena_zalloc(lab->arena, sizeof(*item));
	struct store_call *call;

	lab->reserved = (struct charge){
		.name = store_key(lab->arena, STR("tag"), "charge", STR("1")),
		.now_ms = START_MS, .lapse_ms = 60000, .items = item,
		.item_count = 1,
	};
	*item = (struct charge_item){
		.counter = store_key(lab->arena, STR("tag"), "limit",
		    STR("1")),
		.window_ms = HOUR_MS, .limit = 1, .amount = 1,
	};
	call = charge_ask(lab->gone.real, lab->arena, &lab->reserved, NULL);
	store_call_unref(&call);
}

static void
flush(struct lab *lab)
{
	const char *error;

	store_free(&lab->gone.real);
	lab->gone.real = memory_open(NULL, lab->arena, &error);
}

static const struct {
	const char *name, *steps;
} stories[] = {
	{ "a store that will not is asked again",
	  "owe 1, owe 2, full, here, run, run, run, owed 2, "
	  "room, run, run, run, owed 0, paid 2" },
	/* It acted, its answer was lost: there it is a reservation. */
	{ "what the store had heard of is confirmed, whenever it goes",
	  "reserve, owe 1, here, run, away, run, owed 1, "
	  "here, run, run, owed 0, paid 1, used 1" },
	{ "a confirmation that goes astray is owed",
	  "reserve, confirm, owed 1, here, run, run, owed 0, used 1" },
	{ "what cannot be confirmed because it is forgotten is charged",
	  "reserve, flush, here, confirm, run, run, owed 0, used 1" },
	{ "what is confirmed at once is never owed",
	  "reserve, here, confirm, owed 0, paid 0, used 1" },
	{ "who owes nothing finds out that the store is back",
	  "here, doubtful, down, run, up, paid 0" },
};

/* What happens; false: the word is none of these. */
static bool
act(struct lab *lab, struct str word, const char *number)
{
	if (str_is(word, "owe"))
		owe_one(lab, (size_t)atoi(number));
	else if (str_is(word, "reserve"))
		reserve(lab);
	else if (str_is(word, "confirm"))
		ledger_confirm(lab->ledger, &lab->reserved);
	else if (str_is(word, "run"))
		ledger_run(lab->ledger);
	else if (str_is(word, "flush"))
		flush(lab);
	else if (str_is(word, "here") || str_is(word, "away"))
		lab->gone.is_here = str_is(word, "here");
	else if (str_is(word, "full") || str_is(word, "room"))
		lab->gone.is_full = str_is(word, "full");
	else if (str_is(word, "doubtful"))
		lab->gone.is_doubtful = true;
	else
		return false;
	return true;
}

/* What holds then. */
static bool
holds(struct lab *lab, struct str word, const char *number)
{
	if (str_is(word, "owed"))
		return stats_of(lab).owed == (uint64_t)atoi(number);
	if (str_is(word, "paid"))
		return stats_of(lab).paid == (uint64_t)atoi(number);
	if (str_is(word, "used"))
		return used_later(lab, "1") == atoi(number);
	if (str_is(word, "down") || str_is(word, "up"))
		return (store_degraded(&lab->gone.base) != NULL) ==
		    str_is(word, "down");
	return false;
}

static void
tell(struct lab *lab, const char *name, const char *steps)
{
	struct str rest = str_from(steps), step, word;

	while (str_cut(&rest, ',', &step)) {
		const char *number;

		step = str_trim(step);
		str_cut(&step, ' ', &word);
		number = str_dup(lab->arena, step);
		if (!act(lab, word, number) && !holds(lab, word, number))
			fail_msg("%s: %.*s %s", name, STR_ARG(word), number);
	}
}

static void
what_is_owed_is_paid_in_every_story(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		void *lab = NULL;

		setup(&lab);
		tell(lab, stories[i].name, stories[i].steps);
		teardown(&lab);
	}
}

/* --- bounds --------------------------------------------------------------- */

static void
what_is_owed_has_a_bound(void **state)
{
	struct lab *lab = *state;
	size_t count = 0;

	while (stats_of(lab).lost == 0 && count < 10000000)
		owe_one(lab, count++);
	print_message("%zu charges fit\n", count - 1);
	assert_int_equal(stats_of(lab).owed, count - 1);
	assert_true(count > 1000);
}

/* What the stand-in says to the charge of this number. */
static enum store_status
stand_in_for(struct lab *lab, size_t number)
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
	struct store_call *call = charge_ask(ledger_stand_in(lab->ledger),
	    round, &charge, NULL);
	enum store_status status = store_call_answer(call)->status;

	store_call_unref(&call);
	arena_free(&round);
	return status;
}

static void
the_stand_in_has_a_bound_and_takes_more_when_some_has_expired(void **state)
{
	struct lab *lab = *state;
	size_t count = 0, tries = 0;

	clock_set(START_MS);
	while (stand_in_for(lab, count) == STORE_DONE && count < 10000000)
		count++;
	print_message("%zu messages fit\n", count);
	assert_in_range(memory_bytes(ledger_stand_in(lab->ledger)),
	    LEDGER_MEMORY_MAX, LEDGER_MEMORY_MAX + 65536);
	/* Names are remembered for two hours; a bit is looked through at each
	 * try. */
	clock_set(START_MS + 3 * HOUR_MS);
	while (stand_in_for(lab, count) != STORE_DONE && tries < count)
		tries++;
	assert_true(tries < count);
}

static void
the_stand_in_is_kept_for_the_longest_window(void **state)
{
	struct lab *lab = *state;

	clock_set(START_MS);
	assert_int_equal(stand_in_for(lab, 1), STORE_DONE);
	owe_one(lab, 1);
	lab->gone.is_here = true;
	while (stats_of(lab).owed != 0)
		ledger_run(lab->ledger);
	clock_set(START_MS + HOUR_MS + HOUR_MS / CHARGE_SLICES);
	ledger_run(lab->ledger);
	assert_int_equal(memory_count(ledger_stand_in(lab->ledger)), 2);
	clock_set(START_MS + HOUR_MS + HOUR_MS / CHARGE_SLICES + 1);
	ledger_run(lab->ledger);
	assert_int_equal(memory_count(ledger_stand_in(lab->ledger)), 0);
}

#define LEDGER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(all_that_is_owed_is_paid_once),
		LEDGER_TEST(a_store_that_goes_again_is_paid_the_rest_later),
		cmocka_unit_test(what_is_owed_is_paid_in_every_story),
		LEDGER_TEST(what_is_owed_has_a_bound),
		LEDGER_TEST(
		    the_stand_in_has_a_bound_and_takes_more_when_some_has_expired),
		LEDGER_TEST(the_stand_in_is_kept_for_the_longest_window),
	};

	log_set_sink(fixture_log_is_dropped, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
