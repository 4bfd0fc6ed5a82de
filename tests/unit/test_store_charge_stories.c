/* SPDX-License-Identifier: ISC */
/* test_store_charge_stories.c - long random stories of charges, reserved,
 * confirmed, released, lapsed, against a model that remembers each of them. */
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
#include "base/vec.h"
#include "store/charge.h"
#include "stores.h"

#define BASE_MS INT64_C(1795000320000)
#define STORIES 40
#define STEPS 400
#define COUNTERS 3

enum fate { FATE_GOOD, FATE_RESERVED, FATE_RELEASED };

/* A charge as the model remembers it. */
struct told {
	int64_t at_ms, lapse_ms;
	int64_t amounts[COUNTERS];
	bool is_reset[COUNTERS];	/* does not count any more */
	enum fate fate;
};

struct story {
	struct store_lab *lab;
	struct arena *arena;
	int number;
	uint64_t seed;
	int64_t now_ms;
	int64_t windows_ms[COUNTERS], limits[COUNTERS];
	struct told told[STEPS];
	size_t told_count;
	struct buf *transcript;
};

static uint64_t
draw(struct story *story, uint64_t below)
{
	story->seed = story->seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (story->seed >> 33) % below;
}

static int64_t
slice_of(int64_t span_ms)
{
	return (span_ms + CHARGE_SLICES - 1) / CHARGE_SLICES;
}

/* What is in use, if everything leaves so late as it may (is_late), or exactly
 * in time. */
static int64_t
model_used(const struct story *story, int counter, bool is_late)
{
	int64_t window_ms = story->windows_ms[counter], used = 0;

	if (is_late)
		window_ms += slice_of(window_ms);
	for (size_t i = 0; i < story->told_count; i++) {
		const struct told *told = &story->told[i];
		int64_t age_ms = story->now_ms - told->at_ms;
		int64_t lapse_ms = told->lapse_ms +
		    (is_late ? slice_of(told->lapse_ms) : 0);

		if (told->is_reset[counter] || age_ms >= window_ms ||
		    told->fate == FATE_RELEASED ||
		    (told->fate == FATE_RESERVED && age_ms >= lapse_ms))
			continue;
		used += told->amounts[counter];
	}
	return used;
}

static struct str
charge_name(struct story *story, size_t number)
{
	return str_from(arena_printf(story->arena, "mr:{%d}:charge:%zu",
	    story->number, number));
}

static void
make_items(struct story *story, const int64_t *amounts,
    struct charge_item *items)
{
	for (int i = 0; i < COUNTERS; i++)
		items[i] = (struct charge_item){
			.counter = str_from(arena_printf(story->arena,
			    "mr:{%d}:count:%d", story->number, i)),
			.window_ms = story->windows_ms[i],
			.limit = story->limits[i],
			.amount = amounts[i],
		};
}

static struct charge_result
ask(struct story *story, struct charge *charge, const int64_t *amounts,
    bool is_usage)
{
	struct charge_item items[COUNTERS];
	struct charge_result result = { 0 };
	struct store_call *call;
	const char *error;

	make_items(story, amounts, items);
	charge->now_ms = story->now_ms;
	charge->items = items;
	charge->item_count = COUNTERS;
	call = is_usage
	    ? usage_ask(story->lab->store, story->arena, charge, NULL)
	    : charge_ask(story->lab->store, story->arena, charge, NULL);
	assert_int_equal(charge_read(story->arena, stores_answer(call),
	    &result, &error), 0);
	store_call_unref(&call);
	buf_printf(story->transcript, "%d%d", result.is_admitted,
	    result.is_repeat);
	for (int i = 0; i < COUNTERS; i++)
		buf_printf(story->transcript, " %" PRId64 ">%" PRId64,
		    result.items[i].used, result.items[i].next_ms);
	buf_add_char(story->transcript, '\n');
	return result;
}

/* The store never forgets what counts, and keeps nothing longer than it may. */
static void
check_usage(struct story *story)
{
	static const int64_t nothing[COUNTERS];
	struct charge charge = { 0 };
	struct charge_result result = ask(story, &charge, nothing, true);

	for (int i = 0; i < COUNTERS; i++) {
		assert_true(result.items[i].used >=
		    model_used(story, i, false));
		assert_true(result.items[i].used <=
		    model_used(story, i, true));
	}
}

static void
charge_some(struct story *story)
{
	struct told *told = &story->told[story->told_count];
	struct charge charge = {
		.name = charge_name(story, story->told_count),
		.lapse_ms = draw(story, 3) == 0 ? 0 :
		    1 + (int64_t)draw(story, 90000),
		.is_forced = draw(story, 15) == 0,
	};
	bool fits = true, cannot_fit = false;
	struct charge_result result;

	*told = (struct told){ .at_ms = story->now_ms,
	    .lapse_ms = charge.lapse_ms,
	    .fate = charge.lapse_ms == 0 ? FATE_GOOD : FATE_RESERVED };
	for (int i = 0; i < COUNTERS; i++) {
		told->amounts[i] = (int64_t)draw(story, 6);
		if (told->amounts[i] == 0)
			continue;
		fits = fits && model_used(story, i, true) +
		    told->amounts[i] <= story->limits[i];
		cannot_fit = cannot_fit || model_used(story, i, false) +
		    told->amounts[i] > story->limits[i];
	}
	result = ask(story, &charge, told->amounts, false);
	assert_false(result.is_repeat);
	if (fits || charge.is_forced)
		assert_true(result.is_admitted);
	else if (cannot_fit)
		assert_false(result.is_admitted);
	if (!result.is_admitted)
		return;
	story->told_count++;
	assert_true(ask(story, &charge, told->amounts, false).is_repeat ==
	    (story->now_ms < told->at_ms + told->lapse_ms ||
	    told->lapse_ms == 0));
}

/* Confirm or release one of the last charges, whatever has become of it. */
static void
settle_one(struct story *story)
{
	static const enum fate fates[] = { [CHARGE_CONFIRMED] = FATE_GOOD,
	    [CHARGE_RELEASED] = FATE_RELEASED };
	bool wants_confirm = draw(story, 2) == 0;
	size_t back = 1 + (size_t)draw(story, 12), number;
	enum charge_settled settled;
	struct store_call *call;
	struct told *told;
	const char *error;

	if (back > story->told_count)
		return;
	number = story->told_count - back;
	told = &story->told[number];
	call = (wants_confirm ? charge_confirm : charge_release)(
	    story->lab->store, story->arena, charge_name(story, number),
	    story->now_ms, NULL);
	assert_int_equal(charge_settle_read(stores_answer(call), &settled,
	    &error), 0);
	store_call_unref(&call);
	buf_printf(story->transcript, "settled %d\n", settled);
	assert_true(settled == CHARGE_CONFIRMED || settled == CHARGE_RELEASED);
	if (told->fate != FATE_RESERVED) {
		assert_int_equal(fates[settled], told->fate);
		return;
	}
	assert_int_equal(fates[settled], wants_confirm ? FATE_GOOD :
	    FATE_RELEASED);
	told->fate = fates[settled];
	/* What is confirmed after a reset was taken after it. */
	memset(told->is_reset, 0, sizeof(told->is_reset));
}

static void
reset_one(struct story *story)
{
	int counter = (int)draw(story, COUNTERS);
	struct store_call *call = charge_reset(story->lab->store,
	    story->arena, str_from(arena_printf(story->arena,
	    "mr:{%d}:count:%d", story->number, counter)), story->now_ms, NULL);

	stores_answer(call);
	store_call_unref(&call);
	for (size_t i = 0; i < story->told_count; i++)
		story->told[i].is_reset[counter] = true;
}

static void
tell(struct store_lab *lab, int number, struct buf *transcript)
{
	struct story *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	*story = (struct story){ .lab = lab, .arena = arena_new(0),
	    .number = number, .seed = 4711 + (uint64_t)number,
	    .now_ms = BASE_MS, .transcript = transcript };
	for (int i = 0; i < COUNTERS; i++) {
		story->windows_ms[i] = 1000 + (int64_t)draw(story, 120000);
		story->limits[i] = 5 + (int64_t)draw(story, 100);
	}
	for (int step = 0; step < STEPS; step++) {
		uint64_t what = draw(story, 100);

		if (what < 50)
			charge_some(story);
		else if (what < 98)
			settle_one(story);
		else
			reset_one(story);
		check_usage(story);
		story->now_ms += (int64_t)draw(story,
		    draw(story, 6) == 0 ? 20000 : 300);
	}
	arena_free(&story->arena);
	free(story);
}

/* Of the first kind; the next one must give the same. */
static char *first_transcript;

static void
random_stories_keep_to_the_model_and_all_stores_agree(void **state)
{
	struct store_lab *lab = *state;
	struct buf transcript;

	buf_init(&transcript, lab->arena);
	stores_hold_time(lab);
	printf("seeds 4711 to %d\n", 4711 + STORIES - 1);
	for (int i = 0; i < STORIES; i++)
		tell(lab, i, &transcript);
	if (first_transcript == NULL) {
		first_transcript = strdup(transcript.data);
		return;
	}
	assert_int_equal(strlen(first_transcript), transcript.len);
	assert_memory_equal(first_transcript, transcript.data,
	    transcript.len);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(
		    random_stories_keep_to_the_model_and_all_stores_agree),
	};
	int failed = stores_run(tests, ARRAY_LEN(tests));

	free(first_transcript);
	return failed;
}
