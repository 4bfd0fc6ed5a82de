/* SPDX-License-Identifier: ISC */
/* folded.h - the texts of a place taken apart, each once for a message: their
 * words, and the scripts of their letters. */
#ifndef RULES_FOLDED_H
#define RULES_FOLDED_H

#include <stddef.h>

#include "rules/place.h"

struct vec;
struct view;

/* The words of each text of the place, folded: struct vec of struct fold_words. */
const struct vec *folded_words(struct view *view, const struct place *place);
/* The highest share of a script in a text of the place (fold_share()). */
unsigned folded_share(struct view *view, const struct place *place,
    int script);
/* How many words of the place mix scripts (fold_mixed()). */
size_t folded_mixed(struct view *view, const struct place *place);

#endif
