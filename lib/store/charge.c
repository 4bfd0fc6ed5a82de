/* SPDX-License-Identifier: ISC */
/* charge.c - the operation that counts against limits.
 *
 * A counter is a list of rows: so much was charged in the slice of time with
 * this end. A slice is window/CHARGE_SLICES wide, and its row counts while the
 * end is later than now - window. Nothing can have come into a slice after its
 * end, so everything counts for its whole window, and no span of that length,
 * wherever it lies, ever holds more than the limit; and everything is gone at
 * most one slice after its window. Ends are kept, not numbers of slices, so a
 * window that changes keeps what was used.
 *
 * What is reserved stands in rows that also lapse. The lapse is rounded up to a
 * CHARGE_SLICES-th of its span, so that reservations share rows: a counter is
 * as small with a thousand under way as with one. What is whose stands in the
 * record under the charge's name. To confirm moves that part to the row that is
 * for good, to release takes it out. What has lapsed counts no more, and nobody
 * needs to come and say so.
 *
 * The record makes repeats harmless: it tells that a name was charged, and, of
 * a forced charge, what was over its limit.
 *
 * Nothing is added unless all items fit. What a refused charge may write: ends
 * later than a slice ahead of now come from a clock that was ahead, and are
 * taken back to that, lest they block for longer than a window. (So the clocks
 * of several hosts must agree to within a slice.) A forced charge takes nothing
 * back: it comes late, and what came before it is rightly ahead of it.
 *
 * In Redis a counter is one text (counter.lua) with the sum and the newest row
 * in front, which is all that the usual charge looks at and writes. Entries live
 * for as long as a row in them can count, and tell until when, so that this is
 * not said anew each time. Amounts stay below STORE_NUMBER_MAX and sums stop at
 * STORE_NEVER: whole numbers, even in a double. */
#include "base/arena.h"
#include "base/vec.h"
#include "store/charge_record.h"
#include "store/counter.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/request.h"

#include "store/charge.lua.h"

enum { TERM_NOW, TERM_LAPSE, TERM_REMEMBER, TERM_COUNT };
enum { ITEM_WINDOW, ITEM_WIDTH, ITEM_LIMIT, ITEM_AMOUNT, ITEM_NUMBERS };

struct item {
	struct counter counter;
	int64_t limit, amount;
	int64_t used, fits_ms;
};

struct charging {
	struct memory *memory;
	struct str name;
	bool is_usage, is_forced;
	int64_t terms[TERM_COUNT];
	struct item *items;
	size_t item_count;
};

static int
read_item(const struct store_request *request, size_t i,
    struct charging *charging)
{
	struct item *item = &charging->items[i];
	int64_t numbers[ITEM_NUMBERS];

	if (request_read_doubles(request->args[1],
	    TERM_COUNT + i * ITEM_NUMBERS, ITEM_NUMBERS, numbers) != 0 ||
	    numbers[ITEM_WIDTH] <= 0)
		return -1;
	*item = (struct item){
		.counter = {
			.memory = charging->memory,
			.key = request->keys[i],
			.now_ms = charging->terms[TERM_NOW],
			.window_ms = numbers[ITEM_WINDOW],
			.width_ms = numbers[ITEM_WIDTH],
			.newest_ms = charging->is_forced ? STORE_NEVER
			    : charging->terms[TERM_NOW] + numbers[ITEM_WIDTH],
		},
		.limit = numbers[ITEM_LIMIT],
		.amount = numbers[ITEM_AMOUNT],
	};
	return 0;
}

/* The arguments of charge.lua. */
static int
read_request(const struct store_request *request, struct arena *arena,
    struct charging *charging)
{
	size_t names;

	if (request->arg_count < 2 || request_read_doubles(request->args[1],
	    0, TERM_COUNT, charging->terms) != 0)
		return -1;
	charging->is_usage = str_is(request->args[0], "usage");
	charging->is_forced = str_is(request->args[0], "force");
	names = charging->is_usage ? 0 : 1;
	charging->item_count = (request->args[1].len / sizeof(double) -
	    TERM_COUNT) / ITEM_NUMBERS;
	if (request->key_count != charging->item_count + names)
		return -1;
	if (names != 0)
		charging->name = request->keys[charging->item_count];
	charging->items = arena_zalloc(arena,
	    (charging->item_count + 1) * sizeof(struct item));
	for (size_t i = 0; i < charging->item_count; i++)
		if (read_item(request, i, charging) != 0)
			return -1;
	return 0;
}

/* Is something of this name charged? What was released or has lapsed is not. */
static bool
find_charged(const struct charging *charging, struct arena *arena,
    struct charge_record *record_r)
{
	int64_t now_ms = charging->terms[TERM_NOW];

	return !charging->is_usage &&
	    charge_record_find(charging->memory, charging->name, now_ms,
		arena, record_r) &&
	    !record_r->is_released && record_r->lapse_ms > now_ms;
}

/* When the amount fits; 0: now. */
static int64_t
judge(const struct item *item)
{
	if (item->amount == 0 || item->limit == STORE_NEVER ||
	    item->used + item->amount <= item->limit)
		return 0;
	if (item->amount > item->limit)
		return -1;
	return counter_left_at(&item->counter,
	    item->used + item->amount - item->limit);
}

/* True when an item is over its limit. */
static bool
judge_all(struct charging *charging)
{
	bool is_over = false;

	for (size_t i = 0; i < charging->item_count; i++) {
		struct item *item = &charging->items[i];

		counter_find(&item->counter);
		item->used = counter_used(&item->counter);
		item->fits_ms = judge(item);
		is_over = is_over || item->fits_ms != 0;
	}
	return is_over;
}

static void
repeat(struct charging *charging, const struct charge_record *record)
{
	for (size_t i = 0; i < charging->item_count; i++)
		charging->items[i].fits_ms = i < record->part_count ?
		    record->parts[i].fits_ms : 0;
}

/* The entry is needed for so long, even when its window was shorter before. */
static int64_t
needed_until(const struct counter *counter)
{
	int64_t end_ms = counter->now_ms + counter->width_ms;

	/* What is forced comes after what is later. */
	if (counter->row_count != 0 &&
	    counter->rows[counter->row_count - 1].end_ms > end_ms)
		end_ms = counter->rows[counter->row_count - 1].end_ms;
	return end_ms + counter->window_ms;
}

static void
keep_all(struct charging *charging)
{
	for (size_t i = 0; i < charging->item_count; i++) {
		struct counter *counter = &charging->items[i].counter;

		counter_find(counter);
		counter_hold_back(counter, counter->newest_ms +
		    counter->window_ms);
	}
}

static void
add_item(struct item *item, int64_t lapse_ms, struct charge_part *part_r)
{
	struct counter *counter = &item->counter;
	const struct counter_row row = { counter_end(counter), lapse_ms,
	    item->amount };

	/* Rows hold until something is put: the counter before this one. */
	counter_find(counter);
	counter_tidy(counter);
	counter_add(counter, row, needed_until(counter));
	*part_r = (struct charge_part){
		.counter = counter->key,
		.end_ms = row.end_ms,
		.gone_ms = row.end_ms + counter->window_ms,
		.amount = item->amount,
		.fits_ms = item->fits_ms,
	};
	item->used += item->amount;
	if (item->used > STORE_NEVER)
		item->used = STORE_NEVER;
}

static void
add_all(struct charging *charging, bool is_over, struct arena *arena)
{
	int64_t lapse_ms = charging->terms[TERM_LAPSE];
	struct charge_record record = {
		.expires_ms = charging->terms[TERM_REMEMBER],
		.lapse_ms = lapse_ms,
		.parts = arena_alloc(arena, charging->item_count *
		    sizeof(struct charge_part) + 1),
	};

	for (size_t i = 0; i < charging->item_count; i++)
		add_item(&charging->items[i], lapse_ms, &record.parts[i]);
	if (is_over || lapse_ms < STORE_NEVER)
		record.part_count = charging->item_count;
	charge_record_put(charging->memory, charging->name,
	    charging->terms[TERM_NOW], &record);
}

static void
answer(struct vec *values, const char *word, const struct charging *charging)
{
	answer_add_text(values, str_from(word));
	for (size_t i = 0; i < charging->item_count; i++) {
		answer_add_number(values, charging->items[i].used);
		answer_add_number(values, charging->items[i].fits_ms);
	}
}

static int
run(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	struct charging charging = { .memory = memory };
	struct charge_record record;
	bool is_over, is_refused;

	if (read_request(request, values->arena, &charging) != 0) {
		*error_r = "no request to charge something";
		return -1;
	}
	is_over = judge_all(&charging);
	is_refused = is_over && !charging.is_forced;
	if (find_charged(&charging, values->arena, &record)) {
		repeat(&charging, &record);
		answer(values, "repeat", &charging);
		return 0;
	}
	if (is_refused && !charging.is_usage)
		keep_all(&charging);
	if (!is_refused && !charging.is_usage)
		add_all(&charging, is_over, values->arena);
	answer(values, is_refused ? "refused" : "charged", &charging);
	return 0;
}

const struct store_op store_op_charge = {
	.name = "charge",
	.lua = charge_lua,
	.lua_len = sizeof(charge_lua) - 1,
	.run = run,
};
