/* SPDX-License-Identifier: ISC */
/* throttle_text.c - what clients and administrators are told about limits. */
#include "policyd/rule/throttle.h"

#include <inttypes.h>

#include "base/arena.h"
#include "policyd/when.h"

static const char *
unit_text(const struct throttle *throttle, int64_t amount)
{
	const char *words = throttle_unit_words[throttle->unit];

	if (throttle->unit == THROTTLE_NEW_RECIPIENTS)
		return amount != 1 ? "new recipients" : "new recipient";
	if (throttle->unit == THROTTLE_REFUSED)
		return amount != 1 ? "refusals" : "refusal";
	return amount != 1 ? words
	    : throttle->unit == THROTTLE_MESSAGES ? "message"
	    : throttle->unit == THROTTLE_RECIPIENTS ? "recipient" : "byte";
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
	    allowed, count->used, when_text(arena, run->txn->now_ms,
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
