/* SPDX-License-Identifier: ISC */
/* pattern_needs.h - what must stand in a text that a pattern matches. */
#ifndef RULES_PATTERN_NEEDS_H
#define RULES_PATTERN_NEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/pattern.h"

struct arena;

#define NEEDS_WORDS 16		/* most words of a set */
#define NEEDS_LEN 24		/* most octets of a word */
#define NEEDS_SHORTEST 3	/* fewest that tell anything */

/* One of these words. */
struct needs_words {
	size_t count;
	struct needs_word {
		unsigned char len;
		unsigned char octets[NEEDS_LEN];	/* folded */
	} words[NEEDS_WORDS];
};

/* The octet that stands for all that may stand in its place under /i: lower
 * case, in octets of Latin-1 too; in UTF-8 of ASCII, where U+017F and U+212A are
 * not looked for. */
void pattern_needs_fold(bool is_utf, unsigned char fold_r[256]);

/* A text in which none of these words stands, folded, does not match. Each has
 * NEEDS_SHORTEST octets or more; count 0: nothing is known. */
void pattern_needs(const struct pattern_source *source,
    struct needs_words *words_r);

#endif
