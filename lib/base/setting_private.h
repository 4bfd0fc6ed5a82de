/* SPDX-License-Identifier: ISC */
/* setting_private.h - what parsing and printing of settings share. */
#ifndef BASE_SETTING_PRIVATE_H
#define BASE_SETTING_PRIVATE_H

#include <stdint.h>

struct arena;
struct setting;

/* A unit behind a number, largest first; ends with suffix NULL. */
struct setting_unit {
	const char *suffix;
	int64_t factor;
};

extern const struct setting_unit setting_size_units[];
extern const struct setting_unit setting_duration_units[];

/* "100ms to 30s"; "" when the row has no range. Arena text. */
const char *setting_describe_range(const struct setting *row,
    struct arena *arena);

#endif
