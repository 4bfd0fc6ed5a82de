/* SPDX-License-Identifier: ISC */
/* pattern_shape.h - of which octets a piece of a pattern is made. */
#ifndef RULES_PATTERN_SHAPE_H
#define RULES_PATTERN_SHAPE_H

#include <stdbool.h>

#include "rules/octets.h"
#include "rules/pattern_reading.h"

/* All that a piece matches is: one octet of single; or one of first and behind
 * it one or more of rest; or nothing, where may_be_empty. It may match less. */
struct shape {
	struct octets single, first, rest;
	bool may_be_empty;
	unsigned longest;	/* at most so many octets; READING_MANY */
};

/* The group, set, escape or octet at reading's place, which is passed over;
 * reading->is_lost where it has what is not understood. */
void pattern_shape(struct reading *reading, struct shape *shape_r);

/* How often, behind a piece: what is above kept becomes "or more". */
void repeat_write(struct buf *out, unsigned least, unsigned most,
    unsigned kept);

#endif
