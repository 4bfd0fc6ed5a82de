/* SPDX-License-Identifier: ISC */
/* counter.h - the rows of a counter in memory; counter.lua is its twin. */
#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct memory;

/* What was charged until one moment and lapses at the same one. */
struct counter_row {
	int64_t end_ms;
	int64_t lapse_ms;	/* STORE_NEVER: charged for good */
	int64_t amount;
};

/* A counter as it is seen at one moment. */
struct counter {
	struct memory *memory;
	struct str key;
	int64_t now_ms, window_ms;
	int64_t width_ms;	/* of a slice */
	int64_t newest_ms;	/* no end can be later but by a wrong clock */
	struct counter_row *rows;	/* by end, the earliest first */
	size_t row_count;
};

/* Look at what stands under counter->key; the caller has set memory, key
 * and the times. */
void counter_find(struct counter *counter);

/* The sum of what counts now. */
int64_t counter_used(const struct counter *counter);
/* When so much of it has left the window, if nothing lapses before. */
int64_t counter_left_at(const struct counter *counter, int64_t amount);

/* The end of the slice that now lies in. */
int64_t counter_end(const struct counter *counter);

/* What a clock that was ahead has left behind counts as charged now; the entry
 * lives until expires_ms at least. */
void counter_hold_back(struct counter *counter, int64_t expires_ms);
/* The former, and leave out what counts no longer: counter_add() follows. */
void counter_tidy(struct counter *counter);
/* Add; the entry then lives until expires_ms at least. */
void counter_add(struct counter *counter, struct counter_row added,
    int64_t expires_ms);
/* Take an amount from the row of this end and lapse, if it is still there. */
void counter_take(struct counter *counter, struct counter_row taken);

#endif
