/* SPDX-License-Identifier: ISC */
/* fold.h - words as an eye takes them: case, accents and letters that look like
 * others make no difference.
 *
 * "PаyРаl" with Cyrillic letters, "PayPaI" with a capital i, "páypal" and
 * "pay<soft hyphen>pal" all give the same. What a letter looks like is that of
 * Unicode's confusables (UTS 39) and compatibility forms. In a word that has a
 * letter of ASCII, others stand for what they look like as they are ("ΝETFLIX"
 * with a Greek N); in a word of another script alone, its capitals and small
 * letters stay the same letters. i, l and 1 give one letter, o and 0 one. The
 * result is for comparisons, not for people. */
#ifndef RULES_FOLD_H
#define RULES_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* One word: a slice of the text that holds all of them. */
struct fold_word {
	uint32_t at, len;
	uint32_t hash;
};

/* The words of a text in order, each behind the other with one blank between,
 * so that words n to m are one slice. */
struct fold_words {
	struct str text;
	struct vec items;	/* struct fold_word */
};

/* Split text (UTF-8; other octets end words) at all that is no letter and no
 * digit. is_exact: the words as they are. At most 16 MB are read. Time in
 * proportion to the length. */
void fold_words(struct arena *arena, struct str text, bool is_exact,
    struct fold_words *words_r);

/* Words n to n + count - 1 as one slice. */
struct str fold_slice(const struct fold_words *words, size_t n, size_t count);

/* The words of a text, folded, with single blanks between them. */
struct str fold_text(struct arena *arena, struct str text);

/* How many words mix letters of ASCII with others of another script that look
 * like some: nobody writes so but to deceive. */
size_t fold_mixed(struct str text);

/* Of which scripts the letters of a text are; its first 64 KB are looked at. */
struct fold_scripts {
	size_t letters;		/* 0 where all are of ASCII */
	uint32_t *of_script;	/* those beyond ASCII; NULL: there are none */
};
void fold_scripts(struct arena *arena, struct str text,
    struct fold_scripts *scripts_r);
/* The share of letters beyond ASCII's that are of this script, of all letters, in
 * percent. */
unsigned fold_share(const struct fold_scripts *scripts, int script);
/* The number of a script by its name of ISO 15924 or Unicode ("Cyrl", "Han"), -1:
 * none. */
int fold_script(const char *name);

/* A label of a domain as an eye takes it: folded, all else but letters and
 * digits left out, "rn" as "m", "vv" as "w", "cl" as "d". */
struct str fold_label(struct arena *arena, struct str label);

#endif
