/* SPDX-License-Identifier: ISC */
/* pattern_starts.h - where in a text a long pattern may begin to match. */
#ifndef RULES_PATTERN_STARTS_H
#define RULES_PATTERN_STARTS_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct pattern_starts;	/* immutable */

/* For a pattern of octets, as pattern_perl_for_lane() writes it and without /x;
 * lives as long as arena. NULL: it may begin nearly everywhere, or nothing is
 * known. */
struct pattern_starts *pattern_starts_new(struct arena *arena, struct str text);

/* The first place at or after at where it may begin to match; SIZE_MAX: there is
 * none. */
size_t pattern_starts_find(const struct pattern_starts *starts,
    struct str text, size_t at);

#endif
