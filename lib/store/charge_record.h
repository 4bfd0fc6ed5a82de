/* SPDX-License-Identifier: ISC */
/* charge_record.h - what memory keeps of a charge under its name. */
#ifndef STORE_CHARGE_RECORD_H
#define STORE_CHARGE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct memory;

/* What settling needs of one item. */
struct charge_part {
	struct str counter;
	int64_t end_ms, gone_ms;	/* of its slice; when that has left
					 * the window */
	int64_t amount;
	int64_t fits_ms;		/* what was answered: charge_used */
};

struct charge_record {
	bool is_released;
	int64_t expires_ms;
	int64_t lapse_ms;		/* STORE_NEVER: settled */
	struct charge_part *parts;	/* none once it is settled, unless
					 * one was over its limit */
	size_t part_count;
};

/* False: nothing is remembered. Texts and parts are copied to the arena. */
bool charge_record_find(struct memory *memory, struct str name, int64_t now_ms,
    struct arena *arena, struct charge_record *record_r);
void charge_record_put(struct memory *memory, struct str name, int64_t now_ms,
    const struct charge_record *record);

#endif
