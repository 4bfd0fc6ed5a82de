/* SPDX-License-Identifier: ISC */
/* pattern_atom.h - for pattern_octets.c: what stands for one character in a
 * pattern, as octets. */
#ifndef RULES_PATTERN_ATOM_H
#define RULES_PATTERN_ATOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/pattern_reading.h"
#include "rules/pattern_shape.h"

/* How the pattern is to be read here. */
struct atom_rules {
	bool is_utf;
	bool is_ascii;		/* only for texts of ASCII; is_utf too */
	bool folds;		/* case does not count, or may not */
	bool is_mixed;		/* it counts in a part of the pattern alone */
	bool is_dotall;		/* the dot may be a line's end */
};

struct atom {
	struct octets octets;	/* one of these */
	bool is_wide;		/* or several: a character of UTF-8 */
	bool is_exact;		/* all that matches is one */
	bool is_none;		/* in a text of ASCII nothing is */
	/* Characters of several octets, one after the other ("\xc3\xa4|..."):
	 * these instead; data NULL: not. */
	struct str texts;
};

/* The set, escape, dot or character at reading's place, which is passed over;
 * reading->is_lost where it is not understood. */
void atom_read(struct reading *reading, const struct atom_rules *rules,
    struct atom *atom_r);
/* Is it a letter, digit or underscore of ASCII, whatever it matches? */
bool atom_is_word(const struct atom *atom);
/* As a piece of a pattern of octets. */
void atom_write(const struct atom *atom, struct buf *out);

#endif
