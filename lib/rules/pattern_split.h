/* SPDX-License-Identifier: ISC */
/* pattern_split.h - for the engine: a pattern in two. */
#ifndef RULES_PATTERN_SPLIT_H
#define RULES_PATTERN_SPLIT_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

/* Two patterns that match where the translated one does, each with some of its
 * alternatives, each at most three quarters as long; in arena. Groups have the
 * numbers that they had, or lower ones. False: it has no alternatives that can be
 * told apart so, or refers to its own groups. */
bool pattern_split(struct arena *arena, struct str text, struct str halves_r[2]);

#endif
