/* SPDX-License-Identifier: ISC */
/* lane_needs.h - which patterns cannot match a text, seen from its words: what
 * makes PCRE2 quick where it is asked about many. */
#ifndef RULES_LANE_NEEDS_H
#define RULES_LANE_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/lane.h"

struct arena;
struct lane_needs;	/* immutable */

#define LANE_MARKS_BITS 15
/* Which runs of three octets stand in a text: a bit for each, by a hash. */
struct lane_marks {
	uint64_t bits[(1 << LANE_MARKS_BITS) / 64];
	bool is_open;		/* it cannot be told: every pattern may match */
};

/* What the patterns of these numbers need; all are of octets, or of UTF-8. */
struct lane_needs *lane_needs_new(struct arena *arena,
    const struct lane_pattern *patterns, const size_t *numbers, size_t count,
    bool is_utf);
/* Look at a text, once for all of them. */
void lane_needs_mark(const struct lane_needs *needs, struct str text,
    struct lane_marks *marks);
/* May pattern numbers[i] match it? */
bool lane_needs_met(const struct lane_needs *needs, size_t i,
    const struct lane_marks *marks);

#endif
