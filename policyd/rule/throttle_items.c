/* SPDX-License-Identifier: ISC */
/* throttle_items.c - which counters a request is charged in, and with what. */
#include "policyd/rule/throttle.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "mail/policy.h"
#include "mail/txn_policy.h"
#include "mail/verdict.h"
#include "store/key.h"

/* Of a counter's name beside whose it is, most often. */
#define COUNTER_BYTES 48

/* Which items: what a message is charged in, what refusals are charged in, or
 * what has no limit at all. */
enum which { WHICH_CHARGED, WHICH_REFUSED, WHICH_UNLIMITED };

/* A request while its items are gathered. */
struct gathering {
	const struct rule_run *run;
	struct arena *arena;
	bool is_end;		/* the message is there: charge, not look */
	bool only_counts;	/* all of it: nothing is refused */
	enum which which;
	size_t rcpts;		/* of the message, as far as is known */
	const struct policy *login;	/* NULL: there is none */
	struct vec items;
	struct map *counters;	/* struct throttle_item's place + 1 */
};

/* Who has a counter of a throttle. */
struct subject {
	struct str tag, key;
	const char *who;
	const struct policy *policy;
	unsigned levels;	/* of it, that may set the limit */
	size_t rcpts;		/* recipients that fall on it */
};

/* --- who ------------------------------------------------------------------ */

/* The owner of the login: an alias counts for the address behind it. What is no
 * address is a name all the same. */
const struct policy *
throttle_login_of(const struct txn *txn)
{
	struct address address;
	const char *error;

	if (txn->client.login == NULL)
		return NULL;
	if (address_parse_path(txn->arena, str_from(txn->client.login),
	    &address, &error) < 0 || address.local.len == 0)
		address = (struct address){
			.local = str_from(txn->client.login),
		};
	return txn_policy(txn, &address);
}

struct str
throttle_tag_of(const struct policy *policy)
{
	return policy->domain.len != 0 ? policy->domain : STR("login");
}

static const struct policy *
policy_of_domain(const struct txn *txn, struct str domain)
{
	return txn_policy(txn, &(struct address){ .domain = domain });
}

static bool
take_address(struct subject *subject, const struct txn *txn,
    const struct policy *policy, unsigned levels)
{
	if (policy == NULL || policy->address.len == 0)
		return false;
	subject->tag = throttle_tag_of(policy);
	subject->key = policy->address;
	subject->who = str_dup(txn->arena, policy->address);
	subject->policy = policy;
	subject->levels = levels;
	return true;
}

static bool
take_domain(struct subject *subject, const struct txn *txn, struct str domain)
{
	if (domain.len == 0)
		return false;
	subject->tag = domain;
	subject->key = domain;
	subject->who = arena_printf(txn->arena, "domain %.*s",
	    STR_ARG(domain));
	subject->policy = policy_of_domain(txn, domain);
	subject->levels = POLICY_GLOBAL | POLICY_DOMAIN | POLICY_CLASS;
	return true;
}

static bool
take_class(struct subject *subject, const struct txn *txn,
    const struct policy *policy)
{
	if (policy == NULL || policy->class_name == NULL)
		return false;
	subject->key = str_from(policy->class_name);
	subject->tag = str_from(arena_printf(txn->arena, "class %s",
	    policy->class_name));
	subject->who = subject->tag.data;
	subject->policy = policy;
	subject->levels = POLICY_GLOBAL | POLICY_CLASS;
	return true;
}

/* Whoever has an IPv6 address has 2^64 of them. */
static bool
take_client(struct subject *subject, const struct txn *txn, bool is_net)
{
	struct netaddr net = txn->client.address;
	size_t bytes = net.len == 4 ? 3 : 8;
	char text[NETADDR_TEXT_SIZE];

	if (net.len == 0)
		return false;
	memset(net.bytes + bytes, 0, sizeof(net.bytes) - bytes);
	subject->tag = str_from(arena_printf(txn->arena, "%s/%zu",
	    netaddr_format(&net, text), 8 * bytes));
	subject->key = is_net ? subject->tag : str_from(arena_strdup(
	    txn->arena, netaddr_format(&txn->client.address, text)));
	subject->who = subject->key.data;
	subject->policy = policy_of_domain(txn, STR(""));
	subject->levels = POLICY_GLOBAL;
	return true;
}

static bool
take_all(struct subject *subject, const struct txn *txn)
{
	subject->tag = subject->key = STR("all");
	subject->who = "all together";
	subject->policy = policy_of_domain(txn, STR(""));
	subject->levels = POLICY_GLOBAL;
	return true;
}

/* Of those that have one counter for a request. A sender is a claim: a limit
 * that its policy raises would be raised for everybody. */
static bool
take_one(const struct gathering *gathering, enum throttle_per per,
    struct subject *subject)
{
	const struct txn *txn = gathering->run->txn;
	const struct policy *login = gathering->login;

	subject->rcpts = gathering->rcpts;
	switch (per) {
	case THROTTLE_USER:
		return take_address(subject, txn, login, POLICY_ANY_LEVEL);
	case THROTTLE_DOMAIN:
		return login != NULL && take_domain(subject, txn,
		    login->domain);
	case THROTTLE_CLASS:
		return take_class(subject, txn, login);
	case THROTTLE_CLIENT:
		return take_client(subject, txn, false);
	case THROTTLE_CLIENT_NET:
		return take_client(subject, txn, true);
	case THROTTLE_SENDER:
		return take_address(subject, txn, txn->sender_policy,
		    POLICY_GLOBAL);
	default:
		return take_all(subject, txn);
	}
}

/* --- what ----------------------------------------------------------------- */

static int64_t
amount_of(const struct gathering *gathering, const struct throttle *throttle,
    size_t rcpts)
{
	uint64_t size = gathering->run->request->size;

	switch ((enum throttle_unit)throttle->unit) {
	case THROTTLE_RECIPIENTS:
		return (int64_t)rcpts;
	case THROTTLE_BYTES:
		/* At RCPT a client need not have told it. */
		return size != 0 ? (int64_t)size : 1;
	default:
		return 1;
	}
}

/* Messages and bytes count once, however many recipients fall on a counter. */
static void
add_to(const struct gathering *gathering, struct throttle_item *item,
    const struct subject *subject)
{
	if (item->throttle->unit == THROTTLE_RECIPIENTS)
		item->amount += amount_of(gathering, item->throttle,
		    subject->rcpts);
}

/* Named by the place of its window among those of the limit, the shortest in
 * front, and not by the length: a window that changes keeps what was used. */
static struct str
counter_of(const struct gathering *gathering, const struct throttle *throttle,
    const struct subject *subject, size_t place)
{
	struct buf rest;

	buf_init(&rest, gathering->arena);
	buf_reserve(&rest, COUNTER_BYTES + subject->key.len);
	buf_add_text(&rest, throttle->name);
	buf_add_char(&rest, '/');
	buf_add_text(&rest, throttle_unit_words[throttle->unit]);
	buf_add_char(&rest, '/');
	buf_add_int(&rest, (int64_t)place);
	buf_add_char(&rest, '/');
	buf_add_str(&rest, subject->key);
	return store_key(gathering->arena, subject->tag, "limit",
	    buf_str(&rest));
}

static bool
only_counts(const struct gathering *gathering, const struct throttle *throttle)
{
	return gathering->only_counts || throttle->common.dry_run ||
	    throttle->action == THROTTLE_HOLD;
}

static void
add_window(struct gathering *gathering, const struct throttle *throttle,
    const struct subject *subject, const struct limit_window *window,
    size_t window_place, const char *origin)
{
	struct str counter = counter_of(gathering, throttle, subject,
	    window_place);
	uintptr_t place = (uintptr_t)map_find(gathering->counters, counter);
	struct throttle_item *item;

	if (place != 0) {
		add_to(gathering, vec_at(&gathering->items, place - 1),
		    subject);
		return;
	}
	item = vec_push(&gathering->items);
	*item = (struct throttle_item){
		.throttle = throttle,
		.tag = subject->tag,
		.who = subject->who,
		.origin = origin,
		.window = *window,
		.counter = counter,
		.amount = amount_of(gathering, throttle, subject->rcpts),
		.only_counts = only_counts(gathering, throttle),
	};
	map_put(gathering->counters, counter,
	    (void *)(uintptr_t)gathering->items.len);
}

static void
add_subject(struct gathering *gathering, const struct throttle *throttle,
    const struct subject *subject)
{
	const char *origin = "throttle";
	const struct limit *limit = policy_limit(subject->policy,
	    throttle->name, subject->levels, &origin);

	if (limit == NULL)
		limit = &throttle->limit;
	if (gathering->which == WHICH_UNLIMITED) {
		if (limit->kind == LIMIT_UNLIMITED)
			add_window(gathering, throttle, subject,
			    &(struct limit_window){ -1, 0 }, 0, origin);
		return;
	}
	for (size_t i = 0; i < limit->count; i++)
		add_window(gathering, throttle, subject, &limit->windows[i],
		    i, origin);
}

static void
add_rcpts(struct gathering *gathering, const struct throttle *throttle)
{
	const struct txn *txn = gathering->run->txn;

	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		struct subject subject = { .rcpts = 1 };

		if (throttle->per == THROTTLE_RECIPIENT
		    ? take_address(&subject, txn, rcpt->policy,
		    POLICY_ANY_LEVEL)
		    : take_domain(&subject, txn, rcpt->policy->domain))
			add_subject(gathering, throttle, &subject);
	}
}

static bool
has_direction(const struct throttle *throttle, enum direction direction)
{
	bool is_ours = direction == DIRECTION_OUTBOUND ||
	    direction == DIRECTION_INTERNAL;

	switch ((enum throttle_direction)throttle->direction) {
	case THROTTLE_OUTBOUND:
		return is_ours;
	case THROTTLE_INTERNAL:
		return direction == DIRECTION_INTERNAL;
	case THROTTLE_INBOUND:
		return !is_ours;
	case THROTTLE_ANY:
		break;
	}
	return true;
}

/* At RCPT we look only whether to refuse, and never else at what counts
 * refusals: they are charged when they happen. That no recipient is elsewhere,
 * only the end tells. */
static bool
is_wanted(const struct gathering *gathering, const struct throttle *throttle)
{
	bool is_refused = throttle->unit == THROTTLE_REFUSED;

	if (throttle->unit == THROTTLE_NEW_RECIPIENTS &&
	    gathering->login == NULL)
		return false;
	if (gathering->which == WHICH_UNLIMITED)
		return true;
	if (gathering->which == WHICH_REFUSED || gathering->is_end)
		return is_refused == (gathering->which == WHICH_REFUSED);
	return is_refused || (!only_counts(gathering, throttle) &&
	    throttle->direction != THROTTLE_INTERNAL);
}

static void
add_throttle(struct gathering *gathering, const struct throttle *throttle)
{
	const struct txn *txn = gathering->run->txn;
	struct subject subject = { 0 };

	if (!throttle->common.enabled ||
	    !has_direction(throttle, txn->direction) ||
	    rule_exception(gathering->run, &throttle->common) != NULL)
		return;
	if (!is_wanted(gathering, throttle))
		return;
	if (throttle->per == THROTTLE_RECIPIENT ||
	    throttle->per == THROTTLE_RECIPIENT_DOMAIN)
		add_rcpts(gathering, throttle);
	else if (take_one(gathering, (enum throttle_per)throttle->per,
	    &subject))
		add_subject(gathering, throttle, &subject);
}

/* Postfix tells the number at the end, we have remembered the names. */
static size_t
count_rcpts(const struct rule_run *run)
{
	size_t known = run->txn->rcpts.len;
	uint64_t told = run->request->recipient_count;

	if (run->request->stage == POLICY_RCPT)
		return run->rcpts_before + 1;
	if (known != told && told != 0 && run->state == NULL)
		log_info(&run->txn->log, "recipients=%zu are known of "
		    "told=%" PRIu64 ": charging the larger number", known,
		    told);
	return told > known ? (size_t)told : known;
}

static struct vec
gather(const struct rule_run *run, enum which which)
{
	const struct throttle_book *book = run->data;
	const struct rule_common *common = run->settings;
	struct arena *arena = run->txn->arena;
	struct gathering gathering = {
		.run = run,
		.arena = arena,
		/* What passes is counted, whatever spoke against it. */
		.only_counts = common->dry_run || book->is_observing ||
		    verdict_is_for_postmaster(run->txn),
		.is_end = run->request->stage == POLICY_END,
		.which = which,
	};

	vec_init(&gathering.items, arena, sizeof(struct throttle_item));
	if (book->count == 0 || (which == WHICH_REFUSED &&
	    !book->has_refused))
		return gathering.items;
	gathering.rcpts = count_rcpts(run);
	gathering.login = throttle_login_of(run->txn);
	gathering.counters = map_new(arena);
	for (size_t i = 0; i < book->count; i++)
		add_throttle(&gathering, book->throttles[i]);
	return gathering.items;
}

struct vec
throttle_items(const struct rule_run *run)
{
	return gather(run, WHICH_CHARGED);
}

struct vec
throttle_refused_items(const struct rule_run *run)
{
	return gather(run, WHICH_REFUSED);
}

struct vec
throttle_unlimited_items(const struct rule_run *run)
{
	return gather(run, WHICH_UNLIMITED);
}
