/* SPDX-License-Identifier: ISC */
/* throttle_usage.c - what an address has used of its limits. */
#include "policyd/rule/throttle_usage.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "directory/parties.h"
#include "policyd/ledger.h"
#include "policyd/rule/throttle.h"
#include "policyd/rulebook.h"
#include "policyd/rulechain.h"

/* How long the directory may take. */
#define DIRECTORY_MS 5000

extern const struct rule rule_throttle;

/* Lives in the arena of its first transaction. */
struct throttle_usage {
	struct rulebook *rulebook;
	/* The address as a login, and as a recipient. */
	struct txn *ours, *theirs;
	struct str address, name;
	bool is_reset;
	struct wait *wait;
	/* What the directory is asked about both; NULL: nothing any more. */
	struct parties *parties[2];
	const char *error;		/* with a code; NULL: none */
	struct vec items;		/* struct throttle_item */
	/* One for each; NULL: it is unlimited. NULL at first. */
	struct store_call **calls;
};

/* --- which limits --------------------------------------------------------- */

static bool
is_shared(enum throttle_per per)
{
	return per != THROTTLE_USER && per != THROTTLE_SENDER &&
	    per != THROTTLE_RECIPIENT;
}

static bool
is_known(const struct throttle_usage *usage, struct str counter)
{
	for (size_t i = 0; i < usage->items.len; i++)
		if (str_eq(((struct throttle_item *)vec_at(&usage->items,
		    i))->counter, counter))
			return true;
	return false;
}

static void
add_items(struct throttle_usage *usage, const struct vec *items,
    struct str name)
{
	for (size_t i = 0; i < items->len; i++) {
		const struct throttle_item *item = vec_at(items, i);
		const struct throttle *throttle = item->throttle;
		bool is_meant = name.len != 0 ? str_is(name, throttle->name)
		    : !usage->is_reset ||
		    !is_shared((enum throttle_per)throttle->per);

		if (is_meant && !is_known(usage, item->counter))
			*(struct throttle_item *)vec_push(&usage->items) =
			    *item;
	}
}

/* As if a message were at its end. */
static void
gather(struct throttle_usage *usage, struct txn *txn, struct str name)
{
	const struct request request = { .stage = POLICY_END };
	size_t count;
	const struct rulechain_entry *entries = rulebook_rules(usage->rulebook,
	    &count);
	struct rule_run run = { .txn = txn, .request = &request };
	struct vec items;

	for (size_t i = 0; i < count; i++) {
		if (entries[i].rule != &rule_throttle)
			continue;
		run.settings = entries[i].settings;
		run.data = entries[i].data;
		items = throttle_items(&run);
		add_items(usage, &items, name);
		items = throttle_refused_items(&run);
		add_items(usage, &items, name);
		items = throttle_unlimited_items(&run);
		if (!usage->is_reset)
			add_items(usage, &items, name);
	}
}

/* --- asking --------------------------------------------------------------- */

/* What stands in for the store remembers beyond an outage. */
static struct store_call *
reset_one(const struct throttle_usage *usage, struct str counter,
    struct store *store, struct wait *wait)
{
	struct store *stand_in = ledger_stand_in(
	    rulebook_ledger(usage->rulebook));
	struct txn *txn = usage->ours;
	struct store_call *call = charge_reset(stand_in, txn->arena, counter,
	    txn->now_ms, NULL);

	store_call_unref(&call);
	return charge_reset(store, txn->arena, counter, txn->now_ms, wait);
}

static struct store_call *
ask_one(const struct throttle_usage *usage, const struct throttle_item *item,
    struct store *store, struct wait *wait)
{
	const struct charge_item one = {
		.counter = item->counter,
		.window_ms = item->window.window_ms,
		.limit = item->window.amount,
		.amount = 1,
	};
	const struct charge look = { .now_ms = usage->ours->now_ms,
	    .items = &one, .item_count = 1 };

	if (usage->is_reset)
		return reset_one(usage, item->counter, store, wait);
	return usage_ask(store, usage->ours->arena, &look, wait);
}

static void
ask_all(struct throttle_usage *usage, struct wait *wait)
{
	struct store *store = ledger_store(rulebook_ledger(usage->rulebook));

	usage->calls = arena_zalloc(usage->ours->arena,
	    (usage->items.len + 1) * sizeof(*usage->calls));
	for (size_t i = 0; i < usage->items.len; i++) {
		const struct throttle_item *item = vec_at(&usage->items, i);

		if (item->window.amount >= 0)
			usage->calls[i] = ask_one(usage, item, store, wait);
	}
}

static void
ask_store(struct throttle_usage *usage)
{
	gather(usage, usage->ours, usage->name);
	gather(usage, usage->theirs, usage->name);
	if (usage->items.len == 0 && usage->name.len != 0)
		usage->error = "not-found no such limit applies to this "
		    "address";
	ask_all(usage, usage->wait);
}

static struct parties *
ask_directory(struct throttle_usage *usage, struct txn *txn)
{
	struct policies *policies = rulebook_policies(usage->rulebook);
	struct parties *parties;

	if (policies == NULL)
		return NULL;
	parties = parties_new(policies, txn, DIRECTORY_MS, usage->wait);
	parties_ask_txn(parties);
	return parties;
}

/* Is there nothing more to ask the directory? Its answers do not change the
 * directions. */
static bool
has_policies(struct throttle_usage *usage)
{
	struct txn *const txns[] = { usage->ours, usage->theirs };
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(txns); i++) {
		enum direction direction = txns[i]->direction;

		if (usage->parties[i] == NULL)
			continue;
		switch (parties_look(usage->parties[i], false, &error)) {
		case POLICIES_WAIT:
			return false;
		case POLICIES_UNAVAILABLE:
			usage->error = arena_printf(usage->ours->arena,
			    "directory %s", error);
			break;
		case POLICIES_FOUND:
			break;
		}
		txns[i]->direction = direction;
		usage->parties[i] = NULL;
	}
	return true;
}

static int
set_facts(struct throttle_usage *usage, struct str address)
{
	const char *path = arena_printf(usage->ours->arena, "<%.*s>",
	    STR_ARG(address)), *error;

	usage->ours->client.login = str_dup(usage->ours->arena, address);
	usage->ours->direction = DIRECTION_INTERNAL;
	usage->theirs->direction = DIRECTION_INBOUND;
	return txn_set_sender(usage->ours, path, &error) < 0 ||
	    txn_add_rcpt(usage->theirs, path, &error) < 0 ? -1 : 0;
}

static struct throttle_usage *
begin(struct rulebook *rulebook, struct str address, struct str name,
    bool is_reset, struct wait *wait, const char **error_r)
{
	const struct site *site = rulebook_site(rulebook);
	struct txn *txn = txn_new_small(site, clock_now_ms());
	struct throttle_usage *usage = arena_zalloc(txn->arena,
	    sizeof(*usage));

	usage->rulebook = rulebook_ref(rulebook);
	usage->ours = txn;
	usage->theirs = txn_new_small(site, txn->now_ms);
	usage->address = str_copy(txn->arena, address);
	usage->is_reset = is_reset;
	vec_init(&usage->items, txn->arena, sizeof(struct throttle_item));
	*error_r = "bad-request this is no address";
	if (address.len == 0 || set_facts(usage, usage->address) < 0) {
		throttle_usage_free(&usage);
		return NULL;
	}
	usage->name = str_copy(txn->arena, name);
	usage->wait = wait;
	usage->parties[0] = ask_directory(usage, usage->ours);
	usage->parties[1] = ask_directory(usage, usage->theirs);
	throttle_usage_has_come(usage);
	return usage;
}

struct throttle_usage *
throttle_usage_ask(struct rulebook *rulebook, struct str address,
    struct str name, struct wait *wait, const char **error_r)
{
	return begin(rulebook, address, name, false, wait, error_r);
}

struct throttle_usage *
throttle_usage_reset(struct rulebook *rulebook, struct str address,
    struct str name, struct wait *wait, const char **error_r)
{
	return begin(rulebook, address, name, true, wait, error_r);
}

void
throttle_usage_free(struct throttle_usage **usage)
{
	struct throttle_usage *old = *usage;
	struct rulebook *rulebook;
	struct txn *ours;

	if (old == NULL)
		return;
	*usage = NULL;
	for (size_t i = 0; old->calls != NULL && i < old->items.len; i++)
		store_call_unref(&old->calls[i]);
	rulebook = old->rulebook;
	ours = old->ours;
	txn_free(&old->theirs);
	txn_free(&ours);
	rulebook_unref(&rulebook);
}

bool
throttle_usage_has_come(struct throttle_usage *usage)
{
	if (usage->calls == NULL && !has_policies(usage))
		return false;
	if (usage->calls == NULL)
		ask_store(usage);
	for (size_t i = 0; i < usage->items.len; i++)
		if (usage->calls[i] != NULL &&
		    store_call_answer(usage->calls[i]) == NULL)
			return false;
	return true;
}

/* --- telling -------------------------------------------------------------- */

/* NULL: it is unlimited. */
static const struct store_answer *
answer_of(const struct throttle_usage *usage, size_t i)
{
	return usage->calls[i] != NULL ? store_call_answer(usage->calls[i])
	    : NULL;
}

static int
check_answers(const struct throttle_usage *usage, struct arena *arena,
    const char **error_r)
{
	for (size_t i = 0; i < usage->items.len; i++) {
		const struct store_answer *answer = answer_of(usage, i);

		if (answer == NULL || answer->status == STORE_DONE)
			continue;
		*error_r = arena_printf(arena, "store %s", answer->error);
		return -1;
	}
	return 0;
}

static void
put_used(struct json_writer *json, const struct throttle_item *item,
    const struct charge_used *used, struct arena *arena)
{
	char next[CLOCK_TEXT_SIZE];

	json_put_int(json, "limit", item->window.amount);
	json_put_text(json, "window", limit_span(arena,
	    item->window.window_ms));
	json_put_int(json, "used", used->used);
	json_put_text(json, "next", used->next_ms == 0 ? NULL
	    : used->next_ms < 0 ? "never"
	    : clock_format(used->next_ms, next));
}

static void
put_unlimited(struct json_writer *json)
{
	json_put_null(json, "limit");
	json_put_null(json, "window");
	json_put_null(json, "used");
	json_put_null(json, "next");
}

static int
put_item(struct json_writer *json, const struct throttle_item *item,
    const struct store_answer *answer, struct arena *arena,
    const char **error_r)
{
	const struct throttle *throttle = item->throttle;
	struct charge_result result;

	if (answer != NULL && charge_read(arena, answer, &result,
	    error_r) < 0) {
		*error_r = arena_printf(arena, "store %s", *error_r);
		return -1;
	}
	json_begin_object(json, NULL);
	json_put_text(json, "throttle", throttle->name);
	json_put_text(json, "who", item->who);
	json_put_text(json, "unit", throttle_unit_words[throttle->unit]);
	json_put_text(json, "per", throttle_per_words[throttle->per]);
	if (answer != NULL)
		put_used(json, item, &result.items[0], arena);
	else
		put_unlimited(json);
	json_put_text(json, "origin", item->origin);
	json_put_text(json, "action", throttle_action_words[throttle->action]);
	if (throttle->soft_percent != 0)
		json_put_int(json, "soft", throttle->soft_percent);
	else
		json_put_null(json, "soft");
	json_put_bool(json, "dry_run", throttle->common.dry_run);
	json_end_object(json);
	return 0;
}

int
throttle_usage_write(const struct throttle_usage *usage, struct buf *out,
    const char **error_r)
{
	struct json_writer json;
	int result;

	if (usage->error != NULL) {
		*error_r = arena_strdup(out->arena, usage->error);
		return -1;
	}
	result = check_answers(usage, out->arena, error_r);
	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_str(&json, "address", usage->address);
	if (usage->is_reset)
		json_put_int(&json, "reset", (int64_t)usage->items.len);
	else
		json_begin_array(&json, "limits");
	for (size_t i = 0; !usage->is_reset && result == 0 &&
	    i < usage->items.len; i++)
		result = put_item(&json, vec_at(&usage->items, i),
		    answer_of(usage, i), out->arena, error_r);
	if (!usage->is_reset)
		json_end_array(&json);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
	return result;
}
