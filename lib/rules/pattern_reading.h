/* SPDX-License-Identifier: ISC */
/* pattern_reading.h - for the files that look into patterns: their parts, one
 * after the other. */
#ifndef RULES_PATTERN_READING_H
#define RULES_PATTERN_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/pattern_perl_class.h"

/* Groups in groups that are followed. */
#define READING_DEPTH 16
/* At most: as often as it likes. */
#define READING_MANY 65534

struct reading {
	struct perl_walk walk;		/* text and place */
	unsigned char fold[256];
	bool is_utf, is_extended;
	bool is_lost;			/* something is not understood */
	unsigned depth;
};

/* What kind of group opens here? Its words are as if it were not there (plain),
 * or it stands for nothing (look-around), or for anything. */
enum group_kind { GROUP_PLAIN, GROUP_NOTHING, GROUP_ANYTHING, GROUP_FLAGS };

/* The octet so far ahead; -1: behind the end. */
int reading_peek(const struct reading *reading, size_t ahead);
/* Comments, (?#...), and the blanks and comments of /x. What stands behind them says
 * how often what stands in front of them may be there. */
void reading_skip_unseen(struct reading *reading);
/* Decimal digits; none, where there are none. At most 65535. */
unsigned reading_number(struct reading *reading, unsigned none);
/* How often what stands in front may be there: 1 and 1 where nothing is said. */
void reading_quantifier(struct reading *reading, unsigned *least_r,
    unsigned *most_r);
/* From a "(" to the first alternative of the group. */
enum group_kind reading_opening(struct reading *reading);
/* The same; true: read its alternatives, then leave it. False: it has none, or
 * nobody follows so deep (is_lost). */
bool reading_enter(struct reading *reading, enum group_kind *kind_r);
void reading_leave(struct reading *reading);

/* Does some (?...) in text change one of these flags? */
bool reading_has_flags(struct str text, const char *letters);

#endif
