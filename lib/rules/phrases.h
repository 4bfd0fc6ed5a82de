/* SPDX-License-Identifier: ISC */
/* phrases.h - the lists of phrases of a rule set, all looked for in one pass.
 *
 * The book of a rule set has the phrases of all lists as one tree: an edge for each
 * word leads on from the words before it. Where rules look for lists in the same
 * places, these are gone through once, when the first of the rules asks: a filter
 * of bits turns nearly all words of a message away, what it lets pass is followed
 * along the tree, and what is found counts for each list that has it. */
#ifndef RULES_PHRASES_H
#define RULES_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct fold_words;
struct place;
struct vec;
struct view;

#define PHRASES_WORDS_MAX 8	/* of one phrase */

/* In arena, as all that it gives; it only grows while rules are loaded. */
struct phrase_book;
struct phrase_book *phrase_book_new(struct arena *arena);

/* The list of this name, an empty one where there is none. is_exact: words as
 * they stand, else folded (fold.h). */
struct phrase_list;
struct phrase_list *phrase_list(struct phrase_book *book, struct str name,
    bool is_exact);
/* Add one; its number, that of the same phrase where it is there already. 0 with
 * the reason: it has no letter, or too many words. Numbers count from 1 on. */
size_t phrase_list_add(struct phrase_list *list, struct str phrase,
    const char **error_r);

/* Where lists are looked for: the texts of some places (struct place). */
struct phrase_places;
const struct phrase_places *phrase_places(struct phrase_book *book,
    const struct vec *places, bool is_exact);

/* How many different phrases of a list stand there. list and places are of one
 * book and both exact or both not. */
size_t phrases_count(struct view *view, const struct phrase_list *list,
    const struct phrase_places *places);
/* found(arg, number) for each time that one stands there; each by itself, so for
 * lists of which mostly nothing is there. */
void phrases_each(struct view *view, const struct phrase_list *list,
    const struct phrase_places *places, void (*found)(void *arg,
    size_t number), void *arg);

#endif
