/* SPDX-License-Identifier: ISC */
/* settle.c - the operation that confirms or gives back a charge, or resets a
 * counter. */
#include "store/charge.h"

#include "base/arena.h"
#include "base/vec.h"
#include "store/charge_record.h"
#include "store/counter.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/request.h"

#include "store/settle.lua.h"

extern const struct store_op store_op_settle;

/* --- in memory ----------------------------------------------------------- */

static void
settle_part(struct memory *memory, const struct charge_part *part,
    int64_t lapse_ms, int64_t now_ms, bool is_confirmed)
{
	struct counter counter = {
		.memory = memory,
		.key = part->counter,
		.now_ms = now_ms,
	};
	struct counter_row row = { part->end_ms, lapse_ms, part->amount };

	counter_find(&counter);
	counter_take(&counter, row);
	row.lapse_ms = STORE_NEVER;
	if (is_confirmed && part->gone_ms > now_ms)
		counter_add(&counter, row, part->gone_ms);
}

/* What is kept of a settled charge: how it ended, and, for a repeat, what was
 * over its limit. */
static void
forget_parts(struct charge_record *record)
{
	bool is_over = false;

	for (size_t i = 0; i < record->part_count; i++) {
		is_over = is_over || record->parts[i].fits_ms != 0;
		record->parts[i].counter = STR("");
	}
	if (!is_over)
		record->part_count = 0;
}

static const char *
settle(struct memory *memory, struct str name, int64_t now_ms,
    bool is_confirmed, struct arena *arena)
{
	struct charge_record record;

	if (!charge_record_find(memory, name, now_ms, arena, &record))
		return "unknown";
	if (record.is_released)
		return "released";
	if (record.lapse_ms == STORE_NEVER)
		return "confirmed";
	for (size_t i = 0; i < record.part_count; i++)
		settle_part(memory, &record.parts[i], record.lapse_ms, now_ms,
		    is_confirmed);
	forget_parts(&record);
	record.is_released = !is_confirmed;
	record.lapse_ms = STORE_NEVER;
	charge_record_put(memory, name, now_ms, &record);
	return is_confirmed ? "confirmed" : "released";
}

static int
run(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	int64_t now_ms;

	if (request->key_count != 1 ||
	    request_numbers(request, 1, 1, &now_ms) != 0) {
		*error_r = "no request to settle something";
		return -1;
	}
	if (str_is(request->args[0], "reset")) {
		memory_forget(memory, request->keys[0]);
		answer_add_text(values, STR("reset"));
		return 0;
	}
	answer_add_text(values, str_from(settle(memory, request->keys[0],
	    now_ms, str_is(request->args[0], "confirm"), values->arena)));
	return 0;
}

const struct store_op store_op_settle = {
	.name = "settle",
	.lua = settle_lua,
	.lua_len = sizeof(settle_lua) - 1,
	.run = run,
};

/* --- asking -------------------------------------------------------------- */

static struct store_call *
ask(struct store *store, struct arena *arena, const char *verb,
    struct str key, int64_t now_ms, struct wait *wait)
{
	struct request request;

	request_init(&request, arena);
	request_check(&request, request_is_number(now_ms),
	    "the time makes no sense");
	request_key(&request, key);
	request_text(&request, str_from(verb));
	request_number(&request, now_ms);
	return request_ask(&request, &store_op_settle, store, wait);
}

struct store_call *
charge_confirm(struct store *store, struct arena *arena, struct str name,
    int64_t now_ms, struct wait *wait)
{
	return ask(store, arena, "confirm", name, now_ms, wait);
}

struct store_call *
charge_release(struct store *store, struct arena *arena, struct str name,
    int64_t now_ms, struct wait *wait)
{
	return ask(store, arena, "release", name, now_ms, wait);
}

struct store_call *
charge_reset(struct store *store, struct arena *arena, struct str counter,
    int64_t now_ms, struct wait *wait)
{
	return ask(store, arena, "reset", counter, now_ms, wait);
}

int
charge_settle_read(const struct store_answer *answer,
    enum charge_settled *settled_r, const char **error_r)
{
	static const char *const words[] = {
		[CHARGE_UNKNOWN] = "unknown",
		[CHARGE_CONFIRMED] = "confirmed",
		[CHARGE_RELEASED] = "released",
		[CHARGE_RESET] = "reset",
		NULL
	};
	int word = answer_word(answer, words, error_r);

	if (word < 0)
		return -1;
	*settled_r = (enum charge_settled)word;
	return 0;
}
