/* SPDX-License-Identifier: ISC */
/* pattern_weaken.h - a short pattern that matches whatever a long one does. */
#ifndef RULES_PATTERN_WEAKEN_H
#define RULES_PATTERN_WEAKEN_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

/* For a pattern of octets, as pattern_perl_for_lane() writes it and without /x.
 * False: it has what is not understood, or nothing is left of it. */
bool pattern_weaken(struct arena *arena, struct str text, struct str *weak_r);

#endif
