/* SPDX-License-Identifier: ISC */
/* throttle_tell.c - what came of a charge, as findings. */
#include "policyd/rule/throttle.h"

#include "base/arena.h"
#include "mail/verdict.h"

/* What is told of those that do not object. */
#define STATES_TOLD_MAX 8
/* Of one, most often. */
#define STATE_BYTES 120

static struct finding *
add_finding(struct rule_run *run, enum result result, const char *reason)
{
	return findings_add(run->findings, run->name, result, reason);
}

/* Each throttle that cannot count, with what its on_error says. */
static void
tell_trouble(struct rule_run *run, const struct throttle_charging *charging)
{
	const struct throttle *last = NULL;

	for (size_t i = 0; i < charging->items.len; i++) {
		const struct throttle_item *item = vec_at(&charging->items, i);
		const struct throttle *throttle = item->throttle;
		struct finding *finding;

		if (throttle == last)
			continue;
		last = throttle;
		finding = findings_add_failure(run->findings, run->name,
		    throttle->common.on_error,
		    arena_printf(run->txn->arena, "%s: the store does not "
		    "count: %s", throttle->name, charging->trouble));
		finding->is_dry_run = item->only_counts;
	}
}

static void
tell_stand_in(struct rule_run *run, const struct throttle_charging *charging)
{
	struct finding *finding = add_finding(run, RESULT_TEMPERROR,
	    arena_printf(run->txn->arena, "counted by this host alone: the "
	    "store does not count: %s", charging->trouble));

	finding->has_failed = true;
}

/* At RCPT the next recipient may come with another message. */
static bool
never_fits(const struct rule_run *run, const struct throttle_item *item)
{
	return item->amount > item->window.amount &&
	    (item->window.amount == 0 ||
	    run->request->stage == POLICY_END ||
	    (item->throttle->unit != THROTTLE_RECIPIENTS &&
	    item->throttle->unit != THROTTLE_NEW_RECIPIENTS));
}

/* When all that refuse have room: 0 where that is not known. */
static int64_t
next_of(const struct throttle_charging *charging)
{
	int64_t next_ms = 0;

	for (size_t i = 0; i < charging->items.len; i++)
		if (charging->counts[i].is_over &&
		    !charging->counts[i].item->only_counts &&
		    charging->counts[i].next_ms > next_ms)
			next_ms = charging->counts[i].next_ms;
	return next_ms;
}

static void
refuse(struct rule_run *run, struct finding *finding,
    const struct throttle_item *item)
{
	struct reply *reply = arena_alloc(run->txn->arena, sizeof(*reply));
	bool is_final = item->throttle->action == THROTTLE_REJECT ||
	    never_fits(run, item);

	finding->is_dry_run = item->throttle->common.dry_run;
	if (item->throttle->action == THROTTLE_HOLD) {
		finding->suggested = DECISION_HOLD;
		return;
	}
	finding->suggested = is_final ? DECISION_REFUSE : DECISION_DEFER;
	*reply = is_final ? (struct reply){ 550, "5.7.1", finding->reason }
	    : (struct reply){ 450, "4.7.1", finding->reason };
	finding->reply = reply;
}

static void
tell_over(struct rule_run *run, const struct throttle_charging *charging)
{
	int64_t next_ms = next_of(charging);

	for (size_t i = 0; i < charging->items.len; i++) {
		const struct throttle_count *count = &charging->counts[i];

		if (count->is_over)
			refuse(run, add_finding(run, RESULT_FAIL,
			    throttle_text(run, count,
			    count->item->only_counts ? 0 : next_ms)),
			    count->item);
	}
}

static void
tell_all(struct rule_run *run, const struct throttle_charging *charging)
{
	struct buf text;

	buf_init(&text, run->txn->arena);
	for (size_t i = 0; i < charging->items.len &&
	    i < STATES_TOLD_MAX; i++) {
		buf_reserve(&text, STATE_BYTES);
		if (i > 0)
			buf_add_text(&text, "; ");
		throttle_add_state(&text, &charging->counts[i]);
	}
	add_finding(run, RESULT_PASS, text.data);
}

void
throttle_tell(struct rule_run *run, const struct throttle_charging *charging,
    enum throttle_answer answer)
{
	if (answer == THROTTLE_AWAY) {
		tell_trouble(run, charging);
		return;
	}
	if (charging->is_standing_in)
		tell_stand_in(run, charging);
	tell_over(run, charging);
	if (!charging->is_over)
		tell_all(run, charging);
}

