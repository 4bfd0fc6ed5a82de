/* SPDX-License-Identifier: ISC */
/* throttle_seen.c - the unit new-recipients: to whom a login has written.
 *
 * Each pair of a login and a recipient is a counter of its own, with a window of
 * so long as that is remembered: used means known. It is charged when a message
 * has passed, and given back when the milter refuses it: else whom a refused
 * message names would be known for nothing. Two at the same time to somebody new
 * count both. Of whom Postfix knows the number alone is new (DESIGN 5.10: the
 * larger number). While the store is away nobody is known and nobody is new. */
#include "policyd/rule/throttle.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/policy.h"
#include "store/key.h"

#define SEEN_MS (90 * 24 * 3600 * INT64_C(1000))
/* All that are known of one message (INSTANCE_RCPTS_MAX); a charge takes so
 * many. */
#define SEEN_MAX 1000

struct throttle_seen {
	struct vec pairs;		/* struct charge_item */
	bool *is_new;			/* one for each */
	struct charge charge;
	struct store_call *call;
	bool is_known;
	size_t new_count;
};

static void
let_go(void *arg)
{
	store_call_unref(&((struct throttle_seen *)arg)->call);
}

static void
add_pair(struct throttle_seen *seen, struct map *known,
    const struct policy *login, const struct rcpt *rcpt)
{
	struct arena *arena = seen->pairs.arena;
	struct str counter = store_key(arena, throttle_tag_of(login), "seen",
	    str_from(arena_printf(arena, "%.*s/%.*s", STR_ARG(login->address),
	    STR_ARG(rcpt->policy->address))));

	if (seen->pairs.len == SEEN_MAX ||
	    map_put(known, counter, seen) != NULL)
		return;
	*(struct charge_item *)vec_push(&seen->pairs) = (struct charge_item){
	    .counter = counter, .window_ms = SEEN_MS, .limit = -1,
	    .amount = 1 };
}

struct throttle_seen *
throttle_seen_new(const struct rule_run *run)
{
	struct txn *txn = run->txn;
	struct throttle_seen *seen = arena_zalloc(txn->arena, sizeof(*seen));
	const struct policy *login = throttle_login_of(txn);
	struct map *known = map_new(txn->arena);

	vec_init(&seen->pairs, txn->arena, sizeof(struct charge_item));
	for (size_t i = 0; login != NULL && i < txn->rcpts.len; i++)
		add_pair(seen, known, login, vec_at(&txn->rcpts, i));
	seen->is_new = arena_zalloc(txn->arena, seen->pairs.len + 1);
	seen->charge = (struct charge){ .now_ms = txn->now_ms,
	    .items = seen->pairs.items, .item_count = seen->pairs.len };
	seen->is_known = seen->pairs.len == 0;
	/* Forgotten meanwhile, or no addresses for us: strangers. */
	if (run->request->recipient_count > txn->rcpts.len)
		seen->new_count = (size_t)run->request->recipient_count -
		    txn->rcpts.len;
	arena_on_free(txn->arena, let_go, seen);
	return seen;
}

static void
read_answer(const struct rule_run *run, struct throttle_seen *seen,
    const struct store_answer *answer)
{
	struct charge_result result;
	const char *error;

	seen->is_known = true;
	if (answer == NULL || answer->status != STORE_DONE ||
	    charge_read(run->txn->arena, answer, &result, &error) < 0 ||
	    result.item_count != seen->pairs.len)
		return;
	for (size_t i = 0; i < result.item_count; i++) {
		seen->is_new[i] = result.items[i].used == 0;
		seen->new_count += seen->is_new[i];
	}
}

bool
throttle_seen_look(const struct rule_run *run, struct throttle_seen *seen)
{
	const struct store_answer *answer;

	if (seen->is_known)
		return true;
	if (seen->call == NULL)
		seen->call = usage_ask(run->store, run->txn->arena,
		    &seen->charge, run->wait);
	answer = store_call_answer(seen->call);
	if (answer != NULL || run->is_late)
		read_answer(run, seen, answer);
	return seen->is_known;
}

size_t
throttle_seen_new_count(const struct throttle_seen *seen)
{
	return seen->new_count;
}

void
throttle_seen_remember(const struct rule_run *run,
    const struct throttle_seen *seen, int64_t lapse_ms)
{
	struct charge_item *items = arena_alloc(run->txn->arena,
	    (seen->pairs.len + 1) * sizeof(*items));
	struct charge charge = seen->charge;
	struct store_call *call;

	charge.item_count = 0;
	for (size_t i = 0; i < seen->pairs.len; i++)
		if (seen->is_new[i])
			items[charge.item_count++] =
			    *(struct charge_item *)vec_at(&seen->pairs, i);
	if (charge.item_count == 0)
		return;
	charge.items = items;
	charge.is_forced = true;
	charge.lapse_ms = lapse_ms;
	charge.name = store_key(run->txn->arena,
	    store_key_tag(items[0].counter), "seen",
	    str_from(arena_printf(run->txn->arena, "%s/%.*s",
	    run->txn->site->host_id, STR_ARG(run->request->instance))));
	call = charge_ask(run->store, run->txn->arena, &charge, NULL);
	store_call_unref(&call);
	if (lapse_ms == 0)
		return;
	call = throttle_leave_name(run, charge.name, NULL);
	store_call_unref(&call);
}
