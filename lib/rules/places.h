/* SPDX-License-Identifier: ISC */
/* places.h - the places of a rule set, each with a number, and the names of the
 * header fields that they are about: what is found by name while rules are
 * loaded is found by number while a message is judged. */
#ifndef RULES_PLACES_H
#define RULES_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct place;
struct places;		/* immutable once the rules are loaded */

struct places *places_new(struct arena *arena);
/* Give the place (which is copied) its numbers. NULL: it has none, and is found
 * by name. */
void places_number(struct places *places, struct place *place);
/* The place of a number; the highest one, for they count from 1 on. */
const struct place *places_at(const struct places *places, uint32_t number);
uint32_t places_last(const struct places *places);
/* The number of the same place, 0: it is not there. key is for its use. */
uint32_t places_find(const struct places *places, struct buf *key,
    const struct place *place);

/* The number of a header field's name (in any case), 0: no place is about it;
 * and the highest one. */
uint32_t places_field(const struct places *places, struct str name);
uint32_t places_last_field(const struct places *places);

/* What two places have in common when they are the same. */
struct str place_key(struct buf *key, const struct place *place);

#endif
