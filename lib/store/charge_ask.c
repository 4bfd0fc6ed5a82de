/* SPDX-License-Identifier: ISC */
/* charge_ask.c - asking to charge, and reading the answer. */
#include "store/charge.h"

#include <assert.h>

#include "base/arena.h"
#include "store/op.h"
#include "store/request.h"

extern const struct store_op store_op_charge;

/* More than any policy has; a text of Lua takes so many at once. */
#define CHARGE_ITEMS_MAX 1000

/* The numbers of a request (charge.lua). */
enum { CHARGE_TERMS = 3, CHARGE_ITEM_NUMBERS = 4 };

static size_t
charge_numbers(size_t items)
{
	return CHARGE_TERMS + items * CHARGE_ITEM_NUMBERS;
}

static int64_t
slice_of(int64_t span_ms)
{
	return (span_ms + CHARGE_SLICES - 1) / CHARGE_SLICES;
}

/* Rounded up, so that reservations share rows (charge.c). */
static int64_t
lapses_at(const struct charge *charge)
{
	int64_t slice_ms = slice_of(charge->lapse_ms);

	if (charge->lapse_ms <= 0)
		return STORE_NEVER;
	return (charge->now_ms + charge->lapse_ms + slice_ms - 1) / slice_ms *
	    slice_ms;
}

static void
add_item(struct request *request, const struct charge_item *item,
    int64_t numbers[CHARGE_ITEM_NUMBERS])
{
	request_check(request, request_is_number(item->amount),
	    "an amount is negative or too large to be counted");
	request_check(request, request_is_number(item->window_ms) &&
	    item->window_ms > 0, "a window makes no sense");
	request_check(request, item->limit <= STORE_NUMBER_MAX,
	    "a limit is too large to be counted");
	request_key(request, item->counter);
	numbers[0] = item->window_ms;
	numbers[1] = slice_of(item->window_ms);
	numbers[2] = item->limit < 0 ? STORE_NEVER : item->limit;
	numbers[3] = item->amount;
}

/* All or none could not be told if one counter stood twice. */
static void
check_items(struct request *request, const struct charge *charge)
{
	request_check(request, charge->item_count != 0 &&
	    charge->item_count <= CHARGE_ITEMS_MAX,
	    "nothing to charge, or too much at once");
	for (size_t i = 1; i < charge->item_count; i++)
		for (size_t j = 0; j < i; j++)
			request_check(request,
			    !str_eq(charge->items[i].counter,
			    charge->items[j].counter),
			    "a counter stands twice in one charge");
}

static struct store_call *
ask(struct store *store, struct arena *arena, const struct charge *charge,
    const char *verb, struct wait *wait)
{
	struct request request;
	int64_t *numbers;

	request_init(&request, arena);
	request_check(&request, request_is_number(charge->now_ms) &&
	    charge->lapse_ms <= STORE_NUMBER_MAX, "the time makes no sense");
	check_items(&request, charge);
	if (request.error != NULL)
		return request_ask(&request, &store_op_charge, store, wait);
	numbers = arena_alloc(arena,
	    charge_numbers(charge->item_count) * sizeof(*numbers));
	numbers[0] = charge->now_ms;
	numbers[1] = lapses_at(charge);
	numbers[2] = charge->now_ms + CHARGE_REMEMBER_MS +
	    (charge->lapse_ms > 0 ? charge->lapse_ms : 0);
	for (size_t i = 0; i < charge->item_count; i++)
		add_item(&request, &charge->items[i],
		    &numbers[charge_numbers(i)]);
	request_text(&request, str_from(verb));
	request_doubles(&request, numbers,
	    charge_numbers(charge->item_count));
	request_number(&request, numbers[2] - charge->now_ms);
	if (!str_is(str_from(verb), "usage"))
		request_key(&request, charge->name);
	return request_ask(&request, &store_op_charge, store, wait);
}

struct store_call *
charge_ask(struct store *store, struct arena *arena,
    const struct charge *charge, struct wait *wait)
{
	return ask(store, arena, charge,
	    charge->is_forced ? "force" : "charge", wait);
}

struct store_call *
usage_ask(struct store *store, struct arena *arena,
    const struct charge *charge, struct wait *wait)
{
	return ask(store, arena, charge, "usage", wait);
}

static int
read_items(const struct store_answer *answer, struct charge_used *items,
    size_t count, const char **error_r)
{
	for (size_t i = 0; i < count; i++) {
		if (answer_number(answer, 1 + 2 * i, &items[i].used,
		    error_r) != 0 || answer_number(answer, 2 + 2 * i,
		    &items[i].next_ms, error_r) != 0)
			return -1;
		items[i].is_over = items[i].next_ms != 0;
	}
	return 0;
}

int
charge_read(struct arena *arena, const struct store_answer *answer,
    struct charge_result *result_r, const char **error_r)
{
	static const char *const words[] = { "charged", "repeat", "refused",
	    NULL };
	int word = answer_word(answer, words, error_r);
	struct charge_used *items;
	size_t count;

	if (word < 0)
		return -1;
	count = (answer->count - 1) / 2;
	items = arena_zalloc(arena, (count + 1) * sizeof(*items));
	if (read_items(answer, items, count, error_r) != 0)
		return -1;
	*result_r = (struct charge_result){
		.is_admitted = word != 2,
		.is_repeat = word == 1,
		.items = items,
		.item_count = count,
	};
	return 0;
}
