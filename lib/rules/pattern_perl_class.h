/* SPDX-License-Identifier: ISC */
/* pattern_perl_class.h - for pattern_perl.c: a walk through a pattern, and sets
 * ([...]) in it. */
#ifndef RULES_PATTERN_PERL_CLASS_H
#define RULES_PATTERN_PERL_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct perl_walk {
	struct arena *arena;
	struct str text;
	size_t at;
	struct buf out;
	const char **error_r;
	bool for_lane;			/* else for PCRE2 */
	bool folds_all;			/* as if /i were on everywhere */
	bool is_utf, is_caseless, is_extended;
	/* Seen: (?i:...), (?x), octets with another case in Latin-1, escapes
	 * that Hyperscan reads otherwise. */
	bool has_inner_case, has_inner_extended, has_folding;
	bool has_letters_of_others, has_negated_folding;
};

/* The octet so far ahead; -1: behind the end. */
int perl_peek(const struct perl_walk *walk, size_t ahead);
/* Go on from *at over comments, (?#...), and the blanks and comments of /x. */
void perl_skip_unseen(struct str text, size_t *at, bool is_extended);
/* Take one character or escape; its code point, or -1: it is none alone. */
int32_t perl_walk_char(struct perl_walk *walk);
/* Has it another case that has to be written beside it? */
bool perl_walk_folds(struct perl_walk *walk, int32_t value);
/* Write what stood there, of this value. */
void perl_write_piece(struct perl_walk *walk, struct str piece, int32_t value);
/* U+0080 and above as the octets of UTF-8, in escapes. */
void perl_write_utf8(struct buf *out, int32_t value);
/* How long is the [:alpha:] at walk->at, inside a set? 0: there is none. */
size_t perl_posix_len(const struct perl_walk *walk);
/* Take and write the set at walk->at. -1: it cannot be written in octets. */
int perl_walk_class(struct perl_walk *walk);

#endif
