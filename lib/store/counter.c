/* SPDX-License-Identifier: ISC */
/* counter.c - the rows of a counter in memory; counter.lua is its twin. */
#include "store/counter.h"

#include <string.h>

#include "store/memory.h"
#include "store/request.h"

static void
set_rows(struct counter *counter, void *rows, size_t size)
{
	counter->rows = rows;
	counter->row_count = rows == NULL ? 0 :
	    size / sizeof(struct counter_row);
}

void
counter_find(struct counter *counter)
{
	size_t size = 0;
	void *rows = memory_find(counter->memory, counter->key,
	    counter->now_ms, &size);

	set_rows(counter, rows, size);
	for (size_t i = 0; i < counter->row_count; i++)
		if (!request_is_kept(counter->rows[i].end_ms) ||
		    !request_is_kept(counter->rows[i].lapse_ms) ||
		    !request_is_kept(counter->rows[i].amount))
			set_rows(counter, NULL, 0);
}

static bool
row_counts(const struct counter *counter, const struct counter_row *row)
{
	return row->end_ms > counter->now_ms - counter->window_ms &&
	    row->lapse_ms > counter->now_ms;
}

int64_t
counter_used(const struct counter *counter)
{
	int64_t used = 0;

	for (size_t i = 0; i < counter->row_count; i++)
		if (row_counts(counter, &counter->rows[i]) &&
		    used < STORE_NEVER)
			used += counter->rows[i].amount;
	return used < STORE_NEVER ? used : STORE_NEVER;
}

int64_t
counter_left_at(const struct counter *counter, int64_t amount)
{
	int64_t end_ms = counter->now_ms;

	for (size_t i = 0; i < counter->row_count && amount > 0; i++) {
		if (!row_counts(counter, &counter->rows[i]))
			continue;
		amount -= counter->rows[i].amount;
		end_ms = counter->rows[i].end_ms;
	}
	if (end_ms > counter->newest_ms)
		end_ms = counter->newest_ms;
	return end_ms + counter->window_ms;
}

int64_t
counter_end(const struct counter *counter)
{
	return (counter->now_ms / counter->width_ms + 1) * counter->width_ms;
}

static void
hold_back(struct counter *counter)
{
	for (size_t i = 0; i < counter->row_count; i++)
		if (counter->rows[i].end_ms > counter->newest_ms)
			counter->rows[i].end_ms = counter->newest_ms;
}

void
counter_tidy(struct counter *counter)
{
	size_t kept = 0;

	hold_back(counter);
	for (size_t i = 0; i < counter->row_count; i++)
		if (row_counts(counter, &counter->rows[i]))
			counter->rows[kept++] = counter->rows[i];
	counter->row_count = kept;
}

/* The row of this end and lapse, or where it belongs: row_r is false then. */
static size_t
find_row(const struct counter *counter, struct counter_row row, bool *found_r)
{
	size_t at = counter->row_count;

	for (; at > 0 && counter->rows[at - 1].end_ms >= row.end_ms; at--) {
		*found_r = counter->rows[at - 1].end_ms == row.end_ms &&
		    counter->rows[at - 1].lapse_ms == row.lapse_ms;
		if (*found_r)
			return at - 1;
	}
	*found_r = false;
	return at;
}

static void
add_amount(struct counter_row *row, int64_t amount)
{
	row->amount += amount;
	if (row->amount > STORE_NEVER)
		row->amount = STORE_NEVER;
}

/* The entry has just the size of its rows, so that an idle one is small. */
static void
resize(struct counter *counter, size_t row_count, int64_t expires_ms)
{
	size_t size = row_count * sizeof(struct counter_row);

	if (row_count == 0)
		memory_forget(counter->memory, counter->key);
	set_rows(counter, row_count == 0 ? NULL :
	    memory_put(counter->memory, counter->key, size, counter->now_ms,
	    expires_ms), size);
}

void
counter_hold_back(struct counter *counter, int64_t expires_ms)
{
	hold_back(counter);
	resize(counter, counter->row_count, expires_ms);
}

void
counter_add(struct counter *counter, struct counter_row added,
    int64_t expires_ms)
{
	size_t count = counter->row_count;
	bool found;
	size_t at = find_row(counter, added, &found);

	if (found)
		add_amount(&counter->rows[at], added.amount);
	if (found || added.amount == 0) {
		resize(counter, count, expires_ms);
		return;
	}
	resize(counter, count + 1, expires_ms);
	memmove(&counter->rows[at + 1], &counter->rows[at],
	    (count - at) * sizeof(added));
	counter->rows[at] = added;
}

void
counter_take(struct counter *counter, struct counter_row taken)
{
	bool found;
	size_t at = find_row(counter, taken, &found);

	/* A row that is gone takes nothing from the others. */
	if (!found)
		return;
	if (counter->rows[at].amount > taken.amount) {
		counter->rows[at].amount -= taken.amount;
		return;
	}
	memmove(&counter->rows[at], &counter->rows[at + 1],
	    (counter->row_count - at - 1) * sizeof(taken));
	resize(counter, counter->row_count - 1, counter->now_ms);
}
