/* SPDX-License-Identifier: ISC */
/* ledger.c - charges in the store, and what stands in while it is away. */
#include "policyd/ledger.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/memory.h"

/* So many are paid at a time, lest mail waits behind them. */
#define PAID_AT_ONCE 500
/* A store that has failed is asked so often whether it counts again. */
#define LOOK_EVERY_MS 1000

/* A charge that passed, and may not have come to the store. */
struct debt {
	struct debt *next;
	struct arena *arena;
	size_t bytes;
	struct charge charge;
	struct store_call *call;	/* NULL: not asked */
	bool is_known;			/* and heard of: to be confirmed */
};

struct ledger {
	struct store *store, *stand_in;
	struct debt *first, **end;
	struct debt *sent, **sent_end;	/* owed if that goes astray */
	size_t bytes;
	struct ledger_stats stats;
	int64_t forget_ms;	/* the stand-in knows nothing later */
	int64_t look_ms;	/* when it was looked for last */
};

static struct store *
open_memory(void)
{
	struct arena *arena = arena_new(0);
	const char *error;
	/* Without a file nothing can fail. */
	struct store *store = memory_open(NULL, arena, &error);

	memory_limit(store, LEDGER_MEMORY_MAX);
	arena_free(&arena);
	return store;
}

struct ledger *
ledger_new(struct store *store)
{
	struct ledger *ledger = must(calloc(1, sizeof(*ledger)));

	ledger->store = store;
	ledger->stand_in = open_memory();
	ledger->end = &ledger->first;
	ledger->sent_end = &ledger->sent;
	return ledger;
}

struct store *
ledger_store(const struct ledger *ledger)
{
	return ledger->store;
}

struct store *
ledger_stand_in(struct ledger *ledger)
{
	return ledger->stand_in;
}

/* How long what was charged in the stand-in counts: a slice more than its
 * window. */
static void
keep_stand_in(struct ledger *ledger, const struct charge *charge)
{
	for (size_t i = 0; i < charge->item_count; i++) {
		int64_t window_ms = charge->items[i].window_ms;
		int64_t end_ms = charge->now_ms + window_ms +
		    window_ms / CHARGE_SLICES;

		if (ledger->forget_ms < end_ms)
			ledger->forget_ms = end_ms;
	}
}

static struct debt *
new_debt(const struct charge *charge)
{
	struct arena *arena = arena_new(512);
	struct debt *debt = arena_zalloc(arena, sizeof(*debt));
	struct charge_item *items = arena_memdup(arena, charge->items,
	    charge->item_count * sizeof(*items));

	for (size_t i = 0; i < charge->item_count; i++)
		items[i].counter = str_copy(arena, items[i].counter);
	debt->arena = arena;
	debt->charge = *charge;
	debt->charge.name = str_copy(arena, charge->name);
	debt->charge.items = items;
	debt->charge.is_forced = true;
	debt->charge.lapse_ms = 0;
	debt->bytes = arena_size(arena);
	return debt;
}

static void
free_debt(struct debt *debt)
{
	struct arena *arena = debt->arena;

	store_call_unref(&debt->call);
	arena_free(&arena);
}

static void
owe(struct ledger *ledger, struct debt *debt)
{
	if (ledger->bytes > LEDGER_MEMORY_MAX) {
		if (ledger->stats.lost++ == 0)
			log_warn(NULL, "the store is away for too long: what "
			    "passes now is counted nowhere");
		free_debt(debt);
		return;
	}
	debt->next = NULL;
	*ledger->end = debt;
	ledger->end = &debt->next;
	ledger->bytes += debt->bytes;
	if (ledger->stats.owed++ == 0)
		log_warn(NULL, "the store is away: what passes is counted by "
		    "this host alone, until it is back");
}

void
ledger_owe(struct ledger *ledger, const struct charge *charge)
{
	keep_stand_in(ledger, charge);
	owe(ledger, new_debt(charge));
}

/* Take off the one to which link points. */
static void
drop(struct ledger *ledger, struct debt **link)
{
	struct debt *debt = *link;

	*link = debt->next;
	if (debt->next == NULL)
		ledger->end = link;
	ledger->bytes -= debt->bytes;
	ledger->stats.owed--;
	free_debt(debt);
}

/* What the store had heard of may be a reservation there: that is confirmed
 * next. Not in one go: to confirm what is not there is no more than a look, and
 * would be done by a server that can do nothing else. One that has forgotten it
 * meanwhile is charged. */
static bool
is_paid(struct debt *debt, const struct store_answer *answer)
{
	enum charge_settled settled;
	struct charge_result result;
	const char *error;

	if (answer->status != STORE_DONE)
		return false;
	if (debt->is_known) {
		debt->is_known = charge_settle_read(answer, &settled,
		    &error) < 0 || settled != CHARGE_UNKNOWN;
		return debt->is_known;
	}
	/* What makes no sense will not make more next time. */
	debt->is_known = charge_read(debt->arena, answer, &result,
	    &error) == 0 && result.is_repeat;
	return !debt->is_known;
}

/* Take off what is paid. Whatever else the answer was (out of memory, read-only,
 * nobody there), it may be another one next time. */
static void
collect(struct ledger *ledger)
{
	struct debt **link = &ledger->first;
	bool was_owed = *link != NULL;

	while (*link != NULL && (*link)->call != NULL) {
		const struct store_answer *answer =
		    store_call_answer((*link)->call);

		if (answer != NULL && is_paid(*link, answer)) {
			ledger->stats.paid++;
			drop(ledger, link);
			continue;
		}
		if (answer != NULL)
			store_call_unref(&(*link)->call);
		link = &(*link)->next;
	}
	if (was_owed && ledger->first == NULL)
		log_info(NULL, "the store is back: what this host counted "
		    "alone is counted there");
}

/* When nothing in it counts any more. */
static void
forget_stand_in(struct ledger *ledger)
{
	if (memory_count(ledger->stand_in) == 0 ||
	    clock_now_ms() <= ledger->forget_ms)
		return;
	store_free(&ledger->stand_in);
	ledger->stand_in = open_memory();
}

static void
pay(struct ledger *ledger, struct debt *debt)
{
	const struct charge *charge = &debt->charge;
	struct arena *arena = arena_new(0);

	debt->call = debt->is_known
	    ? charge_confirm(ledger->store, arena, charge->name,
		charge->now_ms, NULL)
	    : charge_ask(ledger->store, arena, charge, NULL);
	arena_free(&arena);
}

/* --- what is sent at once ------------------------------------------------- */

/* Take the first one off the list: it is done, or from now on owed. */
static void
take_sent(struct ledger *ledger, bool is_done)
{
	struct debt *debt = ledger->sent;

	ledger->sent = debt->next;
	if (debt->next == NULL)
		ledger->sent_end = &ledger->sent;
	store_call_unref(&debt->call);
	if (is_done)
		free_debt(debt);
	else
		owe(ledger, debt);
}

static void
collect_sent(struct ledger *ledger)
{
	const struct store_answer *answer;

	while (ledger->sent != NULL && (answer = store_call_answer(
	    ledger->sent->call)) != NULL)
		take_sent(ledger, is_paid(ledger->sent, answer));
}

static void
send(struct ledger *ledger, struct debt *debt)
{
	pay(ledger, debt);
	*ledger->sent_end = debt;
	ledger->sent_end = &debt->next;
	/* In memory it is there at once. */
	collect_sent(ledger);
}

void
ledger_charge(struct ledger *ledger, const struct charge *charge)
{
	send(ledger, new_debt(charge));
}

void
ledger_confirm(struct ledger *ledger, const struct charge *charge)
{
	struct debt *debt = new_debt(charge);

	debt->is_known = true;
	send(ledger, debt);
}

/* --- all of it ------------------------------------------------------------ */

/* Who owes nothing asks for nothing, and would not see that the store is back:
 * a charge of nothing tells, because its name is written all the same. */
static void
look(struct ledger *ledger)
{
	struct charge_item nothing = { .window_ms = 1000, .limit = -1 };
	struct charge charge = { .now_ms = clock_now_ms(), .items = &nothing,
	    .item_count = 1 };
	struct arena *arena;
	struct store_call *call;

	if (clock_steady_ms() - ledger->look_ms < LOOK_EVERY_MS)
		return;
	ledger->look_ms = clock_steady_ms();
	arena = arena_new(0);
	nothing.counter = store_key(arena, STR("look"), "limit", STR("none"));
	charge.name = store_key(arena, STR("look"), "charge",
	    str_from(arena_printf(arena, "%" PRId64, charge.now_ms)));
	call = charge_ask(ledger->store, arena, &charge, NULL);
	store_call_unref(&call);
	arena_free(&arena);
}

/* A store that has failed need not know that it is back until it is asked: one
 * tries. */
void
ledger_run(struct ledger *ledger)
{
	struct debt *debt;
	size_t count, most;

	collect_sent(ledger);
	collect(ledger);
	most = store_degraded(ledger->store) == NULL ? PAID_AT_ONCE : 1;
	for (debt = ledger->first, count = 0; debt != NULL && count < most;
	    debt = debt->next, count++)
		if (debt->call == NULL)
			pay(ledger, debt);
	collect(ledger);
	if (ledger->first == NULL && store_degraded(ledger->store) == NULL)
		forget_stand_in(ledger);
	else if (ledger->first == NULL)
		look(ledger);
}

void
ledger_free(struct ledger **ledger)
{
	struct ledger *old = *ledger;

	if (old == NULL)
		return;
	collect_sent(old);
	while (old->sent != NULL)
		take_sent(old, false);
	collect(old);
	if (old->stats.owed != 0)
		log_warn(NULL, "charges that never came to the store: %zu",
		    old->stats.owed);
	while (old->first != NULL)
		drop(old, &old->first);
	store_free(&old->stand_in);
	free(old);
	*ledger = NULL;
}

void
ledger_count(const struct ledger *ledger, struct ledger_stats *stats_r)
{
	*stats_r = ledger->stats;
}
