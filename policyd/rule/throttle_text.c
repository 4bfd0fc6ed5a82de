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

/* By pieces: this is told of every message. */
void
throttle_add_state(struct buf *out, const struct throttle_count *count)
{
	const struct throttle_item *item = count->item;
	int64_t limit = item->window.amount;

	buf_add_text(out, item->throttle->name);
	buf_add_text(out, " of ");
	buf_add_text(out, item->who);
	buf_add_text(out, ": ");
	buf_add_int(out, count->used);
	buf_add_text(out, " of ");
	buf_add_int(out, limit);
	buf_add_char(out, ' ');
	buf_add_text(out, unit_text(item->throttle, limit));
	buf_add_text(out, " per ");
	buf_add_text(out, limit_span(out->arena, item->window.window_ms));
	buf_add_text(out, " (");
	buf_add_text(out, item->origin);
	buf_add_char(out, ')');
}

const char *
throttle_state_text(struct arena *arena, const struct throttle_count *count)
{
	struct buf text;

	buf_init(&text, arena);
	throttle_add_state(&text, count);
	return text.data;
}

/* "one hour", "2 hours" */
static const char *
span_text(struct arena *arena, int64_t window_ms)
{
	const char *span = limit_span(arena, window_ms);

	return char_is_digit(*span) ? span : arena_printf(arena, "one %s",
	    span);
}

static int64_t
percent_of(const struct throttle_count *count)
{
	return count->used * 100 / count->item->window.amount;
}

const char *
throttle_notice_subject(struct arena *arena, const struct throttle_count *count)
{
	return arena_printf(arena, "%s mail limit is %" PRId64 " %% used",
	    count->item->throttle->per == THROTTLE_USER ? "Your" : "A shared",
	    percent_of(count));
}

static const char *
end_text(const struct throttle *throttle)
{
	switch ((enum throttle_action)throttle->action) {
	case THROTTLE_REJECT:
		return "Beyond the limit messages are refused: whoever sends "
		    "them\nis told so at once.\n";
	case THROTTLE_HOLD:
		return "Beyond the limit messages are put on hold until the "
		    "postmaster\nreleases them.\n";
	case THROTTLE_DEFER:
		break;
	}
	return "Beyond the limit messages are not taken for the time being: "
	    "mail\nprograms show an error that says when to try again.\n";
}

/* What was charged stays counted until the end of its slice (charge.h). */
const char *
throttle_notice_text(const struct rule_run *run,
    const struct throttle_count *count)
{
	const struct throttle_item *item = count->item;
	struct arena *arena = run->txn->arena;
	int64_t window_ms = item->window.window_ms;
	int64_t free_ms = run->txn->now_ms + window_ms +
	    window_ms / CHARGE_SLICES;
	const char *span = limit_span(arena, window_ms);

	return arena_printf(arena,
	    "Mail of %s is limited to\n"
	    "%" PRId64 " %s per %s (the limit \"%s\").\n"
	    "%" PRId64 " are used now: %" PRId64 " %%.\n\n"
	    "What was sent counts for %s. If nothing more is sent, all of\n"
	    "the limit is free again at %s.\n%s\n"
	    "If you do not know of this mail, somebody else may know the\n"
	    "password: change it, and tell the postmaster.\n\n"
	    "The mail server %s sends this notice at most once per %s.\n"
	    "It is about the message with the id %s.\n",
	    item->who, item->window.amount,
	    unit_text(item->throttle, item->window.amount), span,
	    item->throttle->name, count->used, percent_of(count),
	    span_text(arena, window_ms),
	    when_text(arena, run->txn->now_ms, free_ms),
	    end_text(item->throttle), run->txn->site->host_id, span,
	    run->txn->id);
}
