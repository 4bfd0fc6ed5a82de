/* SPDX-License-Identifier: ISC */
/* fold_private.h - single letters and words: for fold*.c. */
#ifndef RULES_FOLD_PRIVATE_H
#define RULES_FOLD_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define FOLD_TEXT_MAX ((size_t)16 << 20)
#define FOLD_LOOK_MAX 3	/* letters of ASCII that one letter looks like */

enum letter_class {
	LETTER_BREAK,		/* ends a word */
	LETTER_DROPPED,		/* accents, invisible ones */
	LETTER_KEPT,
};

/* One character beyond ASCII. */
struct letter {
	uint8_t class;
	uint8_t own_len, plain_len;
	char own[FOLD_LOOK_MAX];	/* in a word that has letters of ASCII */
	char plain[4];			/* in one that has none */
};

/* The character at the start of text, which is not empty; below 0: octets that
 * are no UTF-8, so many as are passed over together. */
int32_t fold_next_char(struct str text, size_t *len_r);
/* What a character beyond ASCII looks like; one below 0 ends words. */
struct letter fold_letter(int32_t c);
/* Is it a letter? Of which script? Numbers are those of fold_script(). */
bool fold_is_letter(int32_t c);
int fold_script_of(int32_t c);
/* Does a letter look like one of ASCII, and is of a script that has no business
 * beside those? */
bool fold_is_foreign(int32_t c);

/* Where the first octet beyond ASCII stands; the length of text: nowhere. */
size_t fold_find_beyond(struct str text);

/* What stands at the start of a text up to what ends words. */
struct fold_run {
	size_t len;
	size_t break_len;	/* of the letter beyond ASCII that ends them */
	bool has_letter;	/* else: only what is dropped, no word */
	bool has_ascii;
};
struct fold_run fold_run(struct str text);

#endif
