/* SPDX-License-Identifier: ISC */
/* limit.h - how much of something is allowed: "100/1h 1000/1d". */
#ifndef MAIL_LIMIT_H
#define MAIL_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

#define LIMIT_WINDOWS_MAX 8

enum limit_kind {
	LIMIT_NONE,		/* "none": as if there were no such limit */
	LIMIT_UNLIMITED,	/* "unlimited": there is one, and all may pass */
	LIMIT_WINDOWS,
};

/* So much in any span of this length. */
struct limit_window {
	int64_t amount;
	int64_t window_ms;
};

struct limit {
	enum limit_kind kind;
	size_t count;
	const struct limit_window *windows;	/* the shortest first */
};

/* Words, each AMOUNT/DURATION, or several of these with commas between; or
 * "unlimited" or "none" alone. Amounts may have the suffixes of sizes (10m),
 * durations those of the configuration, from a second to a year. 0, or -1 with
 * the reason: no such thing, a window twice, more than LIMIT_WINDOWS_MAX. Lives
 * in arena. */
int limit_parse(struct arena *arena, const char *const *texts, size_t count,
    struct limit *limit_r, const char **error_r);

/* "100/1h 1000/1d", "unlimited", "none". Arena text. */
const char *limit_print(struct arena *arena, const struct limit *limit);

/* What a window is called behind "per": "hour", "2 hours", "90 seconds". Arena
 * text. */
const char *limit_span(struct arena *arena, int64_t window_ms);

#endif
