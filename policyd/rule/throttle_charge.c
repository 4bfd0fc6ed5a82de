/* SPDX-License-Identifier: ISC */
/* throttle_charge.c - charging a request in its counters, or looking at them. */
#include "policyd/rule/throttle.h"

#include <string.h>

#include "base/arena.h"
#include "policyd/ledger.h"
#include "store/key.h"
#include "store/mail_id.h"

/* How long our own reservations last: we settle them when we answer. */
#define OWN_LAPSE_MS INT64_C(60000)
/* So many counters in one operation. */
#define GROUP_ITEMS_MAX 500
/* Two slashes and a number of groups. */
#define NAME_NUMBER_BYTES 22

/* --- beginning ------------------------------------------------------------ */

static void
let_go(void *arg)
{
	struct throttle_charging *charging = arg;

	for (size_t i = 0; i < charging->groups.len; i++) {
		struct throttle_group *group = vec_at(&charging->groups, i);

		store_call_unref(&group->call);
		store_call_unref(&group->id_call);
	}
}

static struct throttle_group *
group_for(struct throttle_charging *charging, struct str tag,
    struct arena *arena)
{
	struct throttle_group *group;

	for (size_t i = 0; i < charging->groups.len; i++) {
		group = vec_at(&charging->groups, i);
		if (str_eq(group->tag, tag) &&
		    group->places.len < GROUP_ITEMS_MAX)
			return group;
	}
	group = vec_push(&charging->groups);
	group->tag = tag;
	vec_init(&group->places, arena, sizeof(size_t));
	return group;
}

/* One name for each message and group: a request that Postfix repeats is not
 * charged twice. */
static struct str
name_of(const struct rule_run *run, const struct throttle_group *group,
    size_t number)
{
	struct arena *arena = run->txn->arena;
	const char *host = run->txn->site->host_id;
	struct str instance = run->request->instance;
	struct buf rest;

	if (instance.len == 0)
		instance = str_from(run->txn->id);
	buf_init(&rest, arena);
	buf_reserve(&rest, strlen(host) + instance.len + NAME_NUMBER_BYTES);
	buf_add_text(&rest, host);
	buf_add_char(&rest, '/');
	buf_add_str(&rest, instance);
	buf_add_char(&rest, '/');
	buf_add_int(&rest, (int64_t)number);
	return store_key(arena, group->tag, "charge", buf_str(&rest));
}

bool
throttle_may_stand_in(const struct throttle_charging *charging)
{
	for (size_t i = 0; i < charging->items.len; i++) {
		const struct throttle_item *item = vec_at(&charging->items, i);

		if (!item->only_counts &&
		    item->throttle->common.on_error != ON_ERROR_PASS)
			return false;
	}
	return true;
}

/* 0 where nobody is going to give back what was admitted. */
static int64_t
lapse_of(const struct rule_run *run, const struct throttle_charging *charging)
{
	const struct throttle_settings *settings = run->settings;

	if (charging->waits_for_milter)
		return settings->content_timeout_ms;
	return charging->groups.len > 1 || !throttle_may_stand_in(charging)
	    ? OWN_LAPSE_MS : 0;
}

static void
prepare(const struct rule_run *run, struct throttle_charging *charging,
    struct throttle_group *group, size_t number)
{
	struct charge_item *items = arena_alloc(run->txn->arena,
	    group->places.len * sizeof(*items));

	for (size_t i = 0; i < group->places.len; i++) {
		const struct throttle_item *item = vec_at(&charging->items,
		    *(size_t *)vec_at(&group->places, i));

		items[i] = (struct charge_item){
			.counter = item->counter,
			.window_ms = item->window.window_ms,
			.limit = item->only_counts ? -1
			    : item->window.amount,
			.amount = item->amount,
		};
	}
	group->charge = (struct charge){
		.name = name_of(run, group, number),
		.now_ms = run->txn->now_ms,
		.lapse_ms = lapse_of(run, charging),
		.items = items,
		.item_count = group->places.len,
	};
}

struct throttle_charging *
throttle_charging_new(const struct rule_run *run)
{
	const struct throttle_settings *settings = run->settings;
	struct arena *arena = run->txn->arena;
	struct throttle_charging *charging = arena_zalloc(arena,
	    sizeof(*charging));

	charging->items = throttle_items(run);
	charging->counts = arena_zalloc(arena,
	    (charging->items.len + 1) * sizeof(*charging->counts));
	charging->store = run->store;
	charging->is_charging = run->request->stage == POLICY_END;
	charging->waits_for_milter = settings->milter_confirms &&
	    run->request->queue_id.len != 0;
	vec_init(&charging->groups, arena, sizeof(struct throttle_group));
	for (size_t i = 0; i < charging->items.len; i++) {
		const struct throttle_item *item = vec_at(&charging->items, i);

		charging->counts[i].item = item;
		if (item->throttle->unit == THROTTLE_NEW_RECIPIENTS &&
		    charging->seen == NULL)
			charging->seen = throttle_seen_new(run);
		*(size_t *)vec_push(&group_for(charging, item->tag,
		    arena)->places) = i;
	}
	arena_on_free(arena, let_go, charging);
	return charging;
}

/* Amounts of new recipients are known when it is known who is new. */
static bool
prepare_all(const struct rule_run *run, struct throttle_charging *charging)
{
	if (charging->is_prepared)
		return true;
	if (charging->seen != NULL && !throttle_seen_look(run, charging->seen))
		return false;
	for (size_t i = 0; i < charging->items.len; i++) {
		struct throttle_item *item = vec_at(&charging->items, i);

		if (item->throttle->unit == THROTTLE_NEW_RECIPIENTS)
			item->amount = (int64_t)throttle_seen_new_count(
			    charging->seen);
	}
	for (size_t i = 0; i < charging->groups.len; i++)
		prepare(run, charging, vec_at(&charging->groups, i), i);
	charging->is_prepared = true;
	return true;
}

/* --- asking --------------------------------------------------------------- */

struct store_call *
throttle_leave_name(const struct rule_run *run, struct str name,
    struct wait *wait)
{
	const struct mail_id mail = {
		.host = str_from(run->txn->site->host_id),
		.instance = run->request->instance,
		.queue_id = run->request->queue_id,
		.proposal = run->txn->id,
		.charge = name,
		.now_ms = run->txn->now_ms,
	};

	return mail_id_ask(run->store, run->txn->arena, &mail, wait);
}

static void
ask(const struct rule_run *run, struct throttle_charging *charging,
    struct throttle_group *group)
{
	struct arena *arena = run->txn->arena;

	if (group->call != NULL)
		return;
	if (!charging->is_charging) {
		group->call = usage_ask(charging->store, arena, &group->charge,
		    run->wait);
		return;
	}
	group->call = charge_ask(charging->store, arena, &group->charge,
	    run->wait);
	group->was_asked |= !charging->is_standing_in;
	if (charging->waits_for_milter && !charging->is_standing_in)
		group->id_call = throttle_leave_name(run, group->charge.name,
		    run->wait);
}

/* Of what only counts no answer tells when there is room. */
static void
take_counts(struct throttle_charging *charging,
    const struct throttle_group *group, const struct charge_result *result)
{
	bool is_charged = charging->is_charging && result->is_admitted;

	for (size_t i = 0; i < group->places.len; i++) {
		size_t place = *(size_t *)vec_at(&group->places, i);
		struct throttle_count *count = &charging->counts[place];
		int64_t more = is_charged ? 0 : count->item->amount;

		count->used = result->items[i].used;
		count->is_charged = is_charged;
		count->is_over = count->item->only_counts
		    ? count->used + more > count->item->window.amount
		    : result->items[i].is_over;
		count->next_ms = result->items[i].next_ms;
	}
}

static enum throttle_answer
read_charge(const struct rule_run *run, struct throttle_charging *charging,
    struct throttle_group *group)
{
	const struct store_answer *answer = store_call_answer(group->call);
	struct arena *arena = run->txn->arena;
	struct charge_result result;
	const char *error;

	charging->trouble = "no answer in time";
	if (answer == NULL)
		return run->is_late ? THROTTLE_AWAY : THROTTLE_NOT_YET;
	if (answer->status != STORE_DONE) {
		charging->trouble = arena_strdup(arena, answer->error);
		return THROTTLE_AWAY;
	}
	if (charge_read(arena, answer, &result, &error) < 0 ||
	    result.item_count != group->places.len) {
		charging->trouble = "an answer that makes no sense";
		return THROTTLE_AWAY;
	}
	take_counts(charging, group, &result);
	group->is_admitted = result.is_admitted;
	return THROTTLE_ANSWERED;
}

/* Is the name with the milter, or will it never be? Then nobody can confirm but
 * we. */
static bool
is_id_settled(const struct rule_run *run, struct throttle_group *group)
{
	const struct store_answer *answer;

	if (group->id_call == NULL)
		return true;
	answer = store_call_answer(group->id_call);
	if (answer == NULL && !run->is_late)
		return false;
	group->is_unnamed = answer == NULL || answer->status != STORE_DONE;
	store_call_unref(&group->id_call);
	return true;
}

static enum throttle_answer
hear(const struct rule_run *run, struct throttle_charging *charging,
    struct throttle_group *group)
{
	enum throttle_answer answer;

	if (group->is_answered)
		return THROTTLE_ANSWERED;
	ask(run, charging, group);
	answer = read_charge(run, charging, group);
	if (answer == THROTTLE_ANSWERED && !is_id_settled(run, group))
		answer = THROTTLE_NOT_YET;
	group->is_answered = answer == THROTTLE_ANSWERED;
	return answer;
}

/* All groups at once: nothing is charged. */
static enum throttle_answer
look(const struct rule_run *run, struct throttle_charging *charging)
{
	enum throttle_answer all = THROTTLE_ANSWERED, one;

	for (size_t i = 0; i < charging->groups.len; i++)
		ask(run, charging, vec_at(&charging->groups, i));
	for (size_t i = 0; i < charging->groups.len; i++) {
		struct throttle_group *group = vec_at(&charging->groups, i);

		one = hear(run, charging, group);
		if (one == THROTTLE_AWAY)
			return THROTTLE_AWAY;
		if (one == THROTTLE_NOT_YET)
			all = THROTTLE_NOT_YET;
		charging->is_over |= !group->is_admitted;
	}
	return all;
}

/* One after the other, until one refuses. */
static enum throttle_answer
charge(const struct rule_run *run, struct throttle_charging *charging)
{
	while (charging->at < charging->groups.len && !charging->is_over) {
		struct throttle_group *group = vec_at(&charging->groups,
		    charging->at);
		enum throttle_answer answer = hear(run, charging, group);

		if (answer != THROTTLE_ANSWERED)
			return answer;
		charging->is_over = !group->is_admitted;
		charging->at++;
	}
	return THROTTLE_ANSWERED;
}

static enum throttle_answer
run_groups(const struct rule_run *run, struct throttle_charging *charging)
{
	return charging->is_charging ? charge(run, charging)
	    : look(run, charging);
}

enum throttle_answer
throttle_charging_run(const struct rule_run *run,
    struct throttle_charging *charging)
{
	enum throttle_answer answer;

	if (!prepare_all(run, charging))
		return THROTTLE_NOT_YET;
	answer = run_groups(run, charging);
	charging->is_uncounted = answer == THROTTLE_AWAY;
	return answer;
}

/* --- while the store is away ---------------------------------------------- */

/* From the first group on. */
enum throttle_answer
throttle_stand_in(const struct rule_run *run,
    struct throttle_charging *charging)
{
	charging->store = ledger_stand_in(run->ledger);
	charging->is_standing_in = true;
	charging->is_over = false;
	charging->at = 0;
	for (size_t i = 0; i < charging->groups.len; i++) {
		struct throttle_group *group = vec_at(&charging->groups, i);

		store_call_unref(&group->call);
		store_call_unref(&group->id_call);
		group->is_answered = group->is_admitted = false;
	}
	return run_groups(run, charging);
}

/* --- the last word -------------------------------------------------------- */

static void
release(const struct rule_run *run, struct store *store,
    const struct throttle_group *group)
{
	struct store_call *call = charge_release(store, run->txn->arena,
	    group->charge.name, run->txn->now_ms, NULL);

	store_call_unref(&call);
}

static void
confirm(const struct rule_run *run, struct store *store,
    const struct throttle_group *group)
{
	struct store_call *call = charge_confirm(store, run->txn->arena,
	    group->charge.name, run->txn->now_ms, NULL);

	store_call_unref(&call);
}

static void
settle_group(const struct rule_run *run,
    const struct throttle_charging *charging,
    const struct throttle_group *group, bool has_passed)
{
	/* Not charging->store: another may stand in by now. */
	struct store *stand_in = ledger_stand_in(run->ledger);
	bool stood_in = charging->is_standing_in && group->is_admitted;

	/* What was asked may have been charged, whatever we heard of it. */
	if (!has_passed && group->was_asked)
		release(run, run->store, group);
	if (!has_passed && stood_in)
		release(run, stand_in, group);
	if (has_passed && stood_in)
		confirm(run, stand_in, group);
	if (has_passed && charging->is_uncounted)
		ledger_owe(run->ledger, &group->charge);
	else if (has_passed && group->charge.lapse_ms != 0 &&
	    (!charging->waits_for_milter || group->is_unnamed))
		ledger_confirm(run->ledger, &group->charge);
}

/* Where nothing is charged, it hears the id all the same. */
static void
leave_id(const struct rule_run *run)
{
	struct store_call *call = throttle_leave_name(run, STR(""), NULL);

	store_call_unref(&call);
}

void
throttle_charging_settle(const struct rule_run *run,
    const struct throttle_charging *charging, bool has_passed)
{
	const struct throttle_settings *settings = run->settings;

	if (has_passed && charging->waits_for_milter &&
	    charging->groups.len == 0)
		leave_id(run);
	if (has_passed && charging->seen != NULL)
		throttle_seen_remember(run, charging->seen,
		    charging->waits_for_milter ? settings->content_timeout_ms
		    : 0);
	for (size_t i = 0; i < charging->groups.len; i++)
		settle_group(run, charging, vec_at(&charging->groups, i),
		    has_passed);
}
