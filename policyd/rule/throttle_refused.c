/* SPDX-License-Identifier: ISC */
/* throttle_refused.c - the unit refused: what was refused counts, here and at
 * the milter.
 *
 * Nothing gives a refusal back. What we refuse is charged at once; what we pass
 * the milter may refuse, so for it a reservation of the kind "refused" goes with
 * the message's id, which the milter confirms when it refuses, and releases when
 * it does not. What a throttle refuses is no refusal: who is too fast would else
 * never come back. */
#include "policyd/rule/throttle.h"

#include <string.h>

#include "base/arena.h"
#include "mail/verdict.h"
#include "policyd/ledger.h"
#include "store/key.h"
#include "store/mail_id.h"

static struct str
name_of(const struct rule_run *run, struct str tag)
{
	struct arena *arena = run->txn->arena;
	const struct request *request = run->request;
	struct str what = request->stage == POLICY_RCPT ? request->recipient
	    : STR("end");

	return store_key(arena, tag, MAIL_ID_REFUSED,
	    str_from(arena_printf(arena, "%s/%.*s/%.*s",
	    run->txn->site->host_id, STR_ARG(request->instance),
	    STR_ARG(what))));
}

/* All items of the first one's tag, in one charge; it takes them off the list
 * by their amounts. */
static void
charge_tag(const struct rule_run *run, struct vec *items, size_t first,
    int64_t lapse_ms)
{
	struct str tag = ((struct throttle_item *)vec_at(items, first))->tag;
	struct charge_item *charged = arena_alloc(run->txn->arena,
	    items->len * sizeof(*charged));
	struct charge charge = { .name = name_of(run, tag),
	    .now_ms = run->txn->now_ms, .lapse_ms = lapse_ms,
	    .is_forced = true, .items = charged };
	struct store_call *call;

	for (size_t i = first; i < items->len; i++) {
		struct throttle_item *item = vec_at(items, i);

		if (item->amount == 0 || !str_eq(item->tag, tag))
			continue;
		charged[charge.item_count++] = (struct charge_item){
		    item->counter, item->window.window_ms, -1, item->amount };
		item->amount = 0;
	}
	if (lapse_ms == 0) {
		ledger_charge(run->ledger, &charge);
		return;
	}
	call = charge_ask(run->store, run->txn->arena, &charge, NULL);
	store_call_unref(&call);
	call = throttle_leave_name(run, charge.name, NULL);
	store_call_unref(&call);
}

void
throttle_charge_refused(const struct rule_run *run,
    const struct verdict *verdict)
{
	const struct throttle_settings *settings = run->settings;
	bool is_refused = verdict->done >= DECISION_DEFER;
	struct vec items;

	if (is_refused ? strcmp(verdict->cause->check, run->name) == 0
	    : run->request->stage != POLICY_END ||
	    !settings->milter_confirms || run->request->queue_id.len == 0)
		return;
	items = throttle_refused_items(run);
	for (size_t i = 0; i < items.len; i++)
		if (((struct throttle_item *)vec_at(&items, i))->amount != 0)
			charge_tag(run, &items, i, is_refused ? 0
			    : settings->content_timeout_ms);
}
