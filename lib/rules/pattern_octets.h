/* SPDX-License-Identifier: ISC */
/* pattern_octets.h - a pattern as a plain one of octets that matches more. */
#ifndef RULES_PATTERN_OCTETS_H
#define RULES_PATTERN_OCTETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/pattern.h"

struct arena;

struct pattern_octets {
	struct str text;
	unsigned flags;		/* without PATTERN_UTF and PATTERN_EXTENDED */
	bool is_exact;		/* it matches no more */
	/* In UTF-8: case counts nowhere. It has to look at a text in which "s"
	 * stands for U+017F, and "K" for U+212A, which are these letters under
	 * /i; otherwise at the text as it is. */
	bool is_caseless;
	bool is_impossible;	/* no text of ASCII matches */
	/* Its pieces; and how many more there are in the pattern when its repeats
	 * are written out, as an engine does: what it costs. */
	size_t pieces;
	uint64_t repeats;
};

/* False: it has what is not understood. for_ascii: of a pattern of UTF-8, as it
 * is to texts of ASCII; that is exact far more often. */
bool pattern_octets(struct arena *arena, const struct pattern_source *source,
    bool for_ascii, struct pattern_octets *octets_r);

#endif
