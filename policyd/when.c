/* SPDX-License-Identifier: ISC */
/* when.c - a moment to come, in the words of a reply. */
#include "policyd/when.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define MINUTE_MS INT64_C(60000)

const char *
when_text(struct arena *arena, int64_t now_ms, int64_t at_ms)
{
	char now[CLOCK_TEXT_SIZE], at[CLOCK_TEXT_SIZE];

	at_ms = (at_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
	clock_format(now_ms, now);
	clock_format(at_ms, at);
	if (strncmp(now, at, strlen("2026-11-20")) == 0)
		return arena_printf(arena, "%.5s UTC", at +
		    strlen("2026-11-20T"));
	return arena_printf(arena, "%.10s %.5s UTC", at, at +
	    strlen("2026-11-20T"));
}
