/* SPDX-License-Identifier: ISC */
/* lane_windows.h - which patterns cannot match a text, seen from its runs of
 * octets: for those that need no words. */
#ifndef RULES_LANE_WINDOWS_H
#define RULES_LANE_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct lane_windows;	/* immutable */
struct pattern_window;

#define LANE_WINDOWS_BLOCKS 32

/* Which windows stand in a text. */
struct lane_seen {
	uint64_t blocks[LANE_WINDOWS_BLOCKS];
};

struct lane_windows *lane_windows_new(struct arena *arena);
/* The next pattern, which needs one of count windows; 0, or more than there is
 * room for: it may always match. */
void lane_windows_add(struct lane_windows *windows,
    const struct pattern_window *of_pattern, size_t count);

/* Look at a text, once for all of them. */
void lane_windows_look(const struct lane_windows *windows, struct str text,
    struct lane_seen *seen);
/* May the pattern that was added as number i match it? */
bool lane_windows_met(const struct lane_windows *windows, size_t i,
    const struct lane_seen *seen);

#endif
