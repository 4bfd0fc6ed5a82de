/* SPDX-License-Identifier: ISC */
/* throttle_text.c - what clients and administrators are told about limits. */
#include "policyd/rule/throttle.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define MINUTE_MS INT64_C(60000)

static const char *
unit_text(const struct throttle *throttle, int64_t amount)
{
	const char *words = throttle_unit_words[throttle->unit];

	return amount != 1 ? words
	    : throttle->unit == THROTTLE_MESSAGES ? "message"
	    : throttle->unit == THROTTLE_RECIPIENTS ? "recipient" : "byte";
}

/* "14:32 UTC", or with its day where that is not today: the next full minute,
 * so that it is true. */
static const char *
time_text(struct arena *arena, int64_t now_ms, int64_t at_ms)
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

const char *
throttle_text(const struct rule_run *run, const struct throttle_count *count,
    int64_t next_ms)
{
	struct arena *arena = run->txn->arena;
	const struct throttle_item *item = count->item;
	const struct throttle *throttle = item->throttle;
	int64_t limit = item->window.amount;
	const char *allowed = arena_printf(arena, "%s%slimit of %s reached: "
	    "%" PRId64 " %s per %s", throttle->direction == THROTTLE_ANY ? ""
	    : throttle_direction_words[throttle->direction],
	    throttle->direction == THROTTLE_ANY ? "" : " ", item->who, limit,
	    unit_text(throttle, limit),
	    limit_span(arena, item->window.window_ms));

	if (item->amount > limit)
		return arena_printf(arena, "%s, this message alone has "
		    "%" PRId64, allowed, item->amount);
	if (next_ms == 0)
		return arena_printf(arena, "%s, %" PRId64 " used", allowed,
		    count->used);
	return arena_printf(arena, "%s, %" PRId64 " used; next possible at %s",
	    allowed, count->used, time_text(arena, run->txn->now_ms,
	    next_ms));
}

const char *
throttle_state_text(struct arena *arena, const struct throttle_count *count)
{
	const struct throttle_item *item = count->item;
	int64_t limit = item->window.amount;

	return arena_printf(arena, "%s of %s: %" PRId64 " of %" PRId64 " %s "
	    "per %s (%s)", item->throttle->name, item->who, count->used, limit,
	    unit_text(item->throttle, limit),
	    limit_span(arena, item->window.window_ms), item->origin);
}
