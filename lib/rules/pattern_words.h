/* SPDX-License-Identifier: ISC */
/* pattern_words.h - for pattern_needs.c: small sets of words, of which a text
 * must have one. */
#ifndef RULES_PATTERN_WORDS_H
#define RULES_PATTERN_WORDS_H

#include <stdbool.h>

#include "rules/pattern_needs.h"

/* How much the set tells of a text; -1: nothing. */
int words_worth(const struct needs_words *words);
/* *best becomes the one of both that tells more. */
void words_take_better(struct needs_words *best,
    const struct needs_words *other);
/* The word without octets alone. */
void words_only_nothing(struct needs_words *words);
/* words and more together; false: they are too many, words stays. */
bool words_unite(struct needs_words *words, const struct needs_words *more);
/* Each of words with each of more behind it; false: too many, or too long. */
bool words_multiply(struct needs_words *words, const struct needs_words *more);

#endif
