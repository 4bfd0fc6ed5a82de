/* SPDX-License-Identifier: ISC */
/* place_words.h - a place as rules of the native language write it. */
#ifndef RULES_PLACE_WORDS_H
#define RULES_PLACE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/place.h"

struct arena;
struct vec;

/* Is the word a place of the native language, with or without ":FORM"? */
bool place_is_word(struct str word);
/* PLACE[:FORM], and for a header FIELD[:FORM], from words[*at] on (struct vec of
 * struct str); *at is then behind them. 0, -1 with the reason. In arena. */
int place_read_words(struct arena *arena, const struct vec *words, size_t *at,
    struct place *place_r, const char **error_r);

#endif
