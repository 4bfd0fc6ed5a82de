/* SPDX-License-Identifier: ISC */
/* phrases.h - many phrases, looked for in a text in one pass.
 *
 * A filter of bits by the hash of a phrase's first word turns nearly all words
 * of a message away; what it lets pass is looked up with as many words behind it
 * as phrases that begin so have. */
#ifndef RULES_PHRASES_H
#define RULES_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/place.h"

struct arena;
struct phrases;
struct vec;
struct view;

#define PHRASES_WORDS_MAX 8	/* of one phrase */

/* is_exact: words as they stand, else folded (fold.h). In arena. */
struct phrases *phrases_new(struct arena *arena, bool is_exact);
/* Add one; its number, that of the same phrase where it is there already. 0 with
 * the reason: it has no letter, or too many words. Numbers count from 1 on. */
size_t phrases_add(struct phrases *phrases, struct str phrase,
    const char **error_r);
/* The highest number. */
size_t phrases_count(const struct phrases *phrases);

/* Where they are looked for: the texts of a place, whose words all phrases of a
 * message share. In arena, for a rule set. */
struct phrases_place;
struct phrases_place *phrases_place_new(struct arena *arena,
    const struct place *place, bool is_exact);
/* found(arg, number) for each time that one stands there. */
void phrases_find(const struct phrases *phrases, struct view *view,
    const struct phrases_place *place,
    void (*found)(void *arg, size_t number), void *arg);

#endif
