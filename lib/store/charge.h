/* SPDX-License-Identifier: ISC */
/* charge.h - counting against limits: reserve, confirm, release (DESIGN 5.10).
 *
 * A counter holds what was charged within its window, which slides. It counts
 * in slices of 1/CHARGE_SLICES of the window; a slice stays counted until the
 * last moment of it has left the window. So in no span of the length of a
 * window more than the limit is ever admitted, and what was charged comes back
 * at most window/CHARGE_SLICES later than from an exact log. */
#ifndef STORE_CHARGE_H
#define STORE_CHARGE_H

#include "store/store.h"

#define CHARGE_SLICES 60

/* How long a charge is remembered by its name, so that it can be asked again. */
#define CHARGE_REMEMBER_MS (2 * 3600 * INT64_C(1000))

/* One counter and what is to be added to it. */
struct charge_item {
	/* By store_key(), of the same tag as all others of the charge. Without
	 * the limit, so that a changed limit keeps what was used; a window that
	 * changes keeps it too. */
	struct str counter;
	int64_t window_ms;	/* two windows at a time are two counters */
	int64_t limit;		/* < 0: none, only count */
	int64_t amount;		/* 0 always fits */
};

/* All items or none. A counter may stand but once. Amounts, limits and times
 * above 2^50 are refused. */
struct charge {
	struct str name;	/* by store_key(): of host and instance; the
				 * same name is charged once */
	int64_t now_ms;
	/* 0: charged for good. Else reserved until settled (charge_confirm,
	 * charge_release), and given back by itself after so long (at most
	 * 1/CHARGE_SLICES later); then the name may be charged anew. */
	int64_t lapse_ms;
	/* Count even what is over a limit: for what was decided while the store
	 * could not be asked. now_ms may lie before what others charged. */
	bool is_forced;
	const struct charge_item *items;
	size_t item_count;
};

struct charge_used {
	int64_t used;		/* after the charge; of a refused one without
				 * its amount */
	/* The earliest time at which amount would fit, as far as is known now
	 * (if what is reserved stays); 0: it fits, -1: it never will (amount >
	 * limit). */
	int64_t next_ms;
	bool is_over;		/* this item refuses */
};

struct charge_result {
	bool is_admitted;	/* usage_ask(): it would be */
	bool is_repeat;		/* this name was charged before: nothing was
				 * added */
	const struct charge_used *items;	/* as many as were asked */
	size_t item_count;
};

/* Charge; the answer is read by charge_read(). */
struct store_call *charge_ask(struct store *store, struct arena *arena,
    const struct charge *charge, struct wait *wait);
/* What the items have used, without adding: amount says what would be. */
struct store_call *usage_ask(struct store *store, struct arena *arena,
    const struct charge *charge, struct wait *wait);
/* From an answer of either, which must be STORE_DONE. -1 with the reason. */
int charge_read(struct arena *arena, const struct store_answer *answer,
    struct charge_result *result_r, const char **error_r);

/* The message was taken: what was reserved under this name stays charged, even
 * when it has lapsed meanwhile. */
struct store_call *charge_confirm(struct store *store, struct arena *arena,
    struct str name, int64_t now_ms, struct wait *wait);
/* It was not: give back. A released name may be charged again. */
struct store_call *charge_release(struct store *store, struct arena *arena,
    struct str name, int64_t now_ms, struct wait *wait);
/* The administrator forgets what a counter holds. */
struct store_call *charge_reset(struct store *store, struct arena *arena,
    struct str counter, int64_t now_ms, struct wait *wait);

/* How a charge stands. The first settlement holds: what was released is not
 * confirmed, what was confirmed (or charged for good) is not given back. */
enum charge_settled {
	CHARGE_UNKNOWN,		/* never charged, or longer ago than it is
				 * remembered: nothing was done */
	CHARGE_CONFIRMED,
	CHARGE_RELEASED,
	CHARGE_RESET,		/* the answer of charge_reset() */
};

/* From an answer of one of the three, which must be STORE_DONE. */
int charge_settle_read(const struct store_answer *answer,
    enum charge_settled *settled_r, const char **error_r);

#endif
