/* SPDX-License-Identifier: ISC */
/* throttle_warn.c - limits that are nearly used: told before it hurts. */
#include "policyd/rule/throttle.h"

#include "base/arena.h"
#include "policyd/notices.h"
#include "store/key.h"

/* A sender is in it, who writes what he likes. */
#define NEAR_TEXT_MAX 400

/* Whether this message stepped over the mark, which is not 0 for a limit of
 * one. */
static bool
has_stepped_over(const struct throttle_count *count)
{
	int64_t percent = count->item->throttle->soft_percent;
	int64_t mark = (count->item->window.amount * percent + 99) / 100;

	return percent != 0 && count->is_charged && count->used >= mark &&
	    count->used - count->item->amount < mark;
}

/* Whoever tries a limit out has nobody told of it. */
static bool
is_trial(const struct rule_run *run, const struct throttle *throttle)
{
	const struct throttle_book *book = run->data;
	const struct rule_common *common = run->settings;

	return book->is_observing || common->dry_run ||
	    throttle->common.dry_run;
}

/* Limits of clients and of strangers are nobody's who could be told. */
static bool
is_of_somebody(const struct throttle *throttle)
{
	return throttle->per == THROTTLE_USER ||
	    throttle->per == THROTTLE_DOMAIN ||
	    throttle->per == THROTTLE_CLASS ||
	    throttle->per == THROTTLE_GLOBAL;
}

/* The same counter but of the kind "notice". */
static struct str
notice_counter(struct arena *arena, struct str counter)
{
	struct str kind = store_key_kind(counter);
	size_t at = (size_t)(kind.data - counter.data);

	return str_from(arena_printf(arena, "%.*snotice%.*s",
	    STR_ARG(str_sub(counter, 0, at)),
	    STR_ARG(str_from_pos(counter, at + kind.len))));
}

static void
send_notice(const struct rule_run *run, const struct throttle_count *count)
{
	const struct throttle_item *item = count->item;
	struct arena *arena = run->txn->arena;
	const struct notice notice = {
		.to = item->throttle->per == THROTTLE_USER ? item->who : NULL,
		.subject = throttle_notice_subject(arena, count),
		.text = throttle_notice_text(run, count),
		.counter = notice_counter(arena, item->counter),
		.window_ms = item->window.window_ms,
		.id = run->txn->id,
		.now_ms = run->txn->now_ms,
	};

	notices_add(run->notices, &notice);
}

void
throttle_warn(const struct rule_run *run,
    const struct throttle_charging *charging)
{
	struct arena *arena = run->txn->arena;

	for (size_t i = 0; i < charging->items.len; i++) {
		const struct throttle_count *count = &charging->counts[i];
		const struct throttle *throttle = count->item->throttle;

		if (!has_stepped_over(count))
			continue;
		log_warn(&run->txn->log, "limit is near: %s", log_wire(arena,
		    str_from(throttle_state_text(arena, count)),
		    NEAR_TEXT_MAX));
		if (run->notices != NULL && is_of_somebody(throttle) &&
		    !is_trial(run, throttle))
			send_notice(run, count);
	}
}
