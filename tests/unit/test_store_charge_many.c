/* SPDX-License-Identifier: ISC */
/* test_store_charge_many.c - many charges: racing, at random against an exact
 * log, under clocks that jump. */
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "charge_say.h"
#include "store/charge.h"
#include "stores.h"

/* --- racing -------------------------------------------------------------- */

#define RACERS 16
#define RACER_TRIES 60
#define RACE_LIMIT 500

/* A client with a connection of its own. */
struct racer {
	pthread_t thread;
	const char *name;		/* of its charges */
	int64_t lapse_ms;
	int admitted;			/* how often */
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	struct store *store = stores_connect();
	struct arena *arena = arena_new(0);

	for (int i = 0; i < RACER_TRIES; i++) {
		struct charge_item items[2] = {
			{ STR("mr:{race}:count:a"), 3600000, 5000, 1 },
			{ STR("mr:{race}:count:b"), 60000, RACE_LIMIT, 1 },
		};
		struct charge charge = {
			.name = str_from(arena_printf(arena,
			    "mr:{race}:charge:%s/%d", racer->name, i)),
			.now_ms = CHARGE_SAY_MS + i,
			.lapse_ms = racer->lapse_ms,
			.items = items,
			.item_count = 2,
		};
		struct store_call *call = charge_ask(store, arena, &charge,
		    NULL);
		struct charge_result result = { 0 };
		const char *error;

		if (charge_read(arena, store_call_answer(call), &result,
		    &error) == 0)
			racer->admitted += result.is_admitted;
		store_call_unref(&call);
	}
	store_free(&store);
	arena_free(&arena);
	return NULL;
}

static int
race_all(struct store_lab *lab, const char *name, bool is_shared,
    int64_t lapse_ms)
{
	struct racer racers[RACERS];
	int admitted = 0;

	for (int i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ .lapse_ms = lapse_ms,
		    .name = arena_printf(lab->arena, "%s%d", name,
		    is_shared ? 0 : i) };
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race,
		    &racers[i]), 0);
	}
	for (int i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		admitted += racers[i].admitted;
	}
	return admitted;
}

static void
sixteen_racing_clients_never_get_one_more(void **state)
{
	struct store_lab *lab = *state;
	const char *usage = "1s usage - a:1h:5000:0 b:1m:500:0";
	struct charge_story story = { lab, lab->arena, STR("race") };

	assert_int_equal(race_all(lab, "good", false, 0), RACE_LIMIT);
	assert_string_equal(charge_say(&story, usage), "charged 500 500");
	charge_say(&story, "0 reset a");
	charge_say(&story, "0 reset b");
	assert_int_equal(race_all(lab, "reserved", false, 600000),
	    RACE_LIMIT);
	assert_string_equal(charge_say(&story, usage), "charged 500 500");
	charge_say(&story, "0 reset a");
	charge_say(&story, "0 reset b");
	assert_int_equal(race_all(lab, "same", true, 0),
	    RACERS * RACER_TRIES);
	assert_string_equal(charge_say(&story, usage), "charged 60 60");
}

/* --- the exact log ------------------------------------------------------- */

#define LOG_STEPS 20000

struct log_line {
	int64_t at_ms, amount;
};

/* What lies in the span of this length that ends now, now included. */
static int64_t
log_sum(const struct log_line *lines, size_t count, int64_t now_ms,
    int64_t span_ms)
{
	int64_t sum = 0;

	while (count-- > 0 && lines[count].at_ms > now_ms - span_ms)
		sum += lines[count].amount;
	return sum;
}

/* One counter with an exact log beside it. */
struct logged {
	struct str counter;
	int64_t window_ms, limit;
	struct log_line *lines;
	size_t count;
};

static uint64_t
draw(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

static void
write_down(struct logged *logged, int64_t now_ms, int64_t amount)
{
	assert_true(logged->count < LOG_STEPS);
	logged->lines[logged->count++] = (struct log_line){ now_ms, amount };
}

/* Was it right to admit, or to refuse? An exact log of the window must never
 * show more than the limit; and what one of a window longer by a slice has room
 * for must not be refused. */
static void
judge(const struct logged *logged, int64_t now_ms, int64_t amount,
    bool is_admitted)
{
	int64_t slice_ms = (logged->window_ms + CHARGE_SLICES - 1) /
	    CHARGE_SLICES;
	int64_t exact = log_sum(logged->lines, logged->count, now_ms,
	    logged->window_ms);
	int64_t longer = log_sum(logged->lines, logged->count, now_ms,
	    logged->window_ms + slice_ms);

	if (is_admitted)
		assert_true(exact + amount <= logged->limit);
	else
		assert_true(longer + amount > logged->limit);
}

static struct logged
new_logged(struct store_lab *lab, uint64_t *seed, uint64_t number)
{
	return (struct logged){
		.counter = str_from(arena_printf(lab->arena,
		    "mr:{log}:count:%" PRIu64, number)),
		.window_ms = 1 + (int64_t)draw(seed, number % 3 == 0 ? 300 :
		    100000),
		.limit = 1 + (int64_t)draw(seed, 60),
		.lines = arena_alloc(lab->arena,
		    LOG_STEPS * sizeof(struct log_line)),
	};
}

/* Else what is counted depends on how busy the machine is. */
static void
must_last(const struct store_lab *lab, struct str counter)
{
	if (strcmp(lab->kind, "redis") == 0)
		assert_string_equal(stores_say(lab, arena_printf(lab->arena,
		    "PTTL %.*s", STR_ARG(counter))), "-1");
}

#define LOGGED 5

static void
random_charges_against_an_exact_log(void **state)
{
	struct store_lab *lab = *state;
	struct arena *arena = arena_new(1 << 20);
	uint64_t seed = 20261121;
	struct logged logged[LOGGED];
	int64_t now_ms = CHARGE_SAY_MS;
	int admitted = 0, refused = 0;

	stores_hold_time(lab);
	printf("seed %" PRIu64 "\n", seed);
	for (uint64_t i = 0; i < LOGGED; i++)
		logged[i] = new_logged(lab, &seed, i);
	for (int step = 0; step < LOG_STEPS; step++) {
		struct logged *one = &logged[draw(&seed, LOGGED)];
		struct charge_item item = { one->counter, one->window_ms,
		    one->limit, 1 + (int64_t)draw(&seed, 8) };
		struct charge charge = { .now_ms = now_ms, .items = &item,
		    .item_count = 1 };
		struct charge_result result;
		struct store_call *call;
		const char *error;

		charge.name = str_from(arena_printf(arena,
		    "mr:{log}:charge:%d", step));
		call = charge_ask(lab->store, arena, &charge, NULL);
		assert_int_equal(charge_read(arena, stores_answer(call),
		    &result, &error), 0);
		store_call_unref(&call);
		judge(one, now_ms, item.amount, result.is_admitted);
		if (result.is_admitted)
			write_down(one, now_ms, item.amount);
		*(result.is_admitted ? &admitted : &refused) += 1;
		now_ms += (int64_t)draw(&seed, draw(&seed, 8) == 0 ? 3000 : 40);
	}
	for (size_t i = 0; i < LOGGED; i++)
		must_last(lab, logged[i].counter);
	printf("counted: %d admitted, %d refused on %s\n", admitted, refused,
	    lab->kind);
	assert_true(admitted > 1000 && refused > 1000);
	arena_free(&arena);
}

/* --- clocks that jump ---------------------------------------------------- */

#define JUMP_ROUNDS 150
#define JUMPS 8

/* Whatever the clock did before: from the first time that it is asked, no
 * charge waits for longer than a window and a slice. */
static void
after_any_jumps_of_the_clock_a_window_is_the_longest_wait(void **state)
{
	struct store_lab *lab = *state;
	struct charge_story story = { lab, lab->arena, STR("jump") };
	uint64_t seed = 42;
	int refused = 0;

	stores_hold_time(lab);
	for (int round = 0; round < JUMP_ROUNDS; round++) {
		int64_t at = 0, window = 60 + (int64_t)draw(&seed, 100000);
		int64_t slice = (window + CHARGE_SLICES - 1) / CHARGE_SLICES;
		const char *item = arena_printf(lab->arena,
		    "%d:%" PRId64 ":9:9", round, window);

		for (int i = 0; i < JUMPS; i++) {
			at = (int64_t)draw(&seed, (uint64_t)window * 6);
			charge_say(&story, arena_printf(lab->arena,
			    "%" PRId64 " force %d/%d for %d %s", at, round, i,
			    (int)draw(&seed, 2000000), item));
		}
		at = (int64_t)draw(&seed, (uint64_t)window * 6);
		refused += charge_say(&story, arena_printf(lab->arena,
		    "%" PRId64 " charge %d/z %s", at, round, item))[0] == 'r';
		assert_string_equal(charge_say(&story, arena_printf(lab->arena,
		    "%" PRId64 " usage - %s", at + window + slice, item)),
		    "charged 0");
	}
	assert_true(refused > JUMP_ROUNDS / 3);
}

int
main(void)
{
	const struct store_test tests[] = {
		SHARED_TEST(sixteen_racing_clients_never_get_one_more),
		STORE_TEST(random_charges_against_an_exact_log),
		STORE_TEST(
		    after_any_jumps_of_the_clock_a_window_is_the_longest_wait),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
