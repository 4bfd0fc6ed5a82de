/* SPDX-License-Identifier: ISC */
/* ours.c - for checks: is a domain that a stranger names one of ours?
 *
 * The domains of a mail's own addresses are asked about by the engine, for every
 * mail. These are others, a HELO name or a signer, which few checks want to know
 * of, and seldom: so they are asked about when it matters.
 */
#include "milter/ours.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/policies.h"
#include "mail/address.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"

struct ours {
	struct policies *policies;
	struct txn *txn;
	int64_t timeout_ms;
	struct wait *wait;
	struct map *asked;	/* struct policies_query, by domain */
	bool is_late;
};

struct ours *
ours_new(struct policies *policies, struct txn *txn, int64_t timeout_ms,
    struct wait *wait)
{
	struct ours *ours = arena_zalloc(txn->arena, sizeof(*ours));

	ours->policies = policies;
	ours->txn = txn;
	ours->timeout_ms = timeout_ms;
	ours->wait = wait;
	ours->asked = map_new(txn->arena);
	return ours;
}

/* Once for each domain: what failed is not asked again. */
static struct policies_query *
ask(struct ours *ours, const struct address *address)
{
	struct policies_query *query = map_find(ours->asked,
	    address->domain);

	if (query != NULL)
		return query;
	query = policies_ask(ours->policies, ours->txn->arena, address,
	    ours->txn->now_ms, clock_steady_ms() + ours->timeout_ms,
	    ours->wait);
	map_put(ours->asked, address->domain, query);
	return query;
}

bool
ours_knows(struct ours *ours, struct str domain)
{
	const struct address address = { .local = STR(""), .domain = domain };
	const struct policy *policy;
	const char *error;

	if (ours == NULL ||
	    txn_find_answer(ours->txn, &address, NULL) != NULL)
		return true;
	switch (policies_look(ask(ours, &address), ours->is_late, &policy,
	    &error)) {
	case POLICIES_WAIT:
		return false;
	case POLICIES_FOUND:
		txn_put_answer(ours->txn, &address, NULL, policy);
		break;
	case POLICIES_UNAVAILABLE:
		break;
	}
	return true;
}

void
ours_give_up(struct ours *ours)
{
	if (ours != NULL)
		ours->is_late = true;
}
