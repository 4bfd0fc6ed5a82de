/* SPDX-License-Identifier: ISC */
/* pattern_shape.h - of which octets a piece of a pattern is made. */
#ifndef RULES_PATTERN_SHAPE_H
#define RULES_PATTERN_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/pattern_reading.h"

struct octets {
	uint64_t bits[4];
};

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

bool octets_are_none(const struct octets *octets);
size_t octets_count(const struct octets *octets);
/* As a set: "[\x41-\x5a\x5f]". */
void octets_write(const struct octets *octets, struct buf *out);

#endif
