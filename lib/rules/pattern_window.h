/* SPDX-License-Identifier: ISC */
/* pattern_window.h - runs of octets, one of which stands in each text that a
 * pattern matches. */
#ifndef RULES_PATTERN_WINDOW_H
#define RULES_PATTERN_WINDOW_H

#include <stddef.h>

#include "base/str.h"
#include "rules/octets.h"

struct arena;

#define WINDOW_LEN 8
#define WINDOWS_MOST 16

/* A run of len octets: the first of it is one of sets[0], and so on. */
struct pattern_window {
	unsigned len;
	struct octets sets[WINDOW_LEN];
};

/* For a pattern of octets, as pattern_perl_for_lane() or pattern_octets() writes
 * it and without /x: how many windows there are in *windows_r (in arena). 0:
 * nothing is known, or nothing that is rare in texts. */
size_t pattern_windows(struct arena *arena, struct str text,
    const struct pattern_window **windows_r);

#endif
