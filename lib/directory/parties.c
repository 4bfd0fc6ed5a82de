/* SPDX-License-Identifier: ISC */
/* parties.c - what the directory says about the addresses of one mail. */
#include "directory/parties.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/direction.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"

struct party {
	struct address address;
	const char *login;		/* NULL: none was asked about */
	struct policies_query *query;
};

struct parties {
	struct policies *policies;
	struct txn *txn;
	int64_t timeout_ms;
	struct wait *wait;
	struct vec asked;		/* struct party */
	struct map *seen;		/* these, by address and login */
	size_t taken;			/* so many of these are answered */
	size_t rcpts;			/* so many recipients are asked about */
	bool has_asked_sender;
	const char *error;		/* of the first without an answer */
};

struct parties *
parties_new(struct policies *policies, struct txn *txn, int64_t timeout_ms,
    struct wait *wait)
{
	struct parties *parties = arena_zalloc(txn->arena, sizeof(*parties));

	parties->policies = policies;
	parties->txn = txn;
	parties->timeout_ms = timeout_ms;
	parties->wait = wait;
	parties->seen = map_new(txn->arena);
	vec_init(&parties->asked, txn->arena, sizeof(struct party));
	return parties;
}

/* No address has a newline. */
static struct str
key_of(struct arena *arena, const struct address *address, const char *login)
{
	return str_from(arena_printf(arena, "%.*s@%.*s\n%s",
	    STR_ARG(address->local), STR_ARG(address->domain),
	    login != NULL ? login : ""));
}

void
parties_ask(struct parties *parties, const struct address *address,
    const char *login)
{
	struct txn *txn = parties->txn;
	struct str key = key_of(txn->arena, address, login);
	struct party *party;

	if (map_put(parties->seen, key, parties) != NULL)
		return;
	party = vec_push(&parties->asked);
	party->address = *address;
	party->login = login;
	party->query = policies_ask_for(parties->policies, txn->arena,
	    address, login, txn->now_ms,
	    clock_steady_ms() + parties->timeout_ms, parties->wait);
}

/* It has limits of its own; "" has those that are global. */
static void
ask_domain(struct parties *parties, struct str domain)
{
	parties_ask(parties, &(struct address){ .local = STR(""),
	    .domain = domain }, NULL);
}

static void
ask_both(struct parties *parties, const struct address *address,
    const char *login)
{
	parties_ask(parties, address, login);
	ask_domain(parties, address->domain);
}

static void
ask_login(struct parties *parties, const char *login)
{
	struct address address;
	const char *error;

	if (address_parse_path(parties->txn->arena, str_from(login), &address,
	    &error) == 0)
		ask_both(parties, &address, NULL);
}

void
parties_ask_txn(struct parties *parties)
{
	const struct txn *txn = parties->txn;
	const char *login = txn->client.login;
	const struct rcpt *rcpt;

	if (!parties->has_asked_sender) {
		ask_domain(parties, STR(""));
		ask_both(parties, &txn->sender, login);
		if (login != NULL)
			ask_login(parties, login);
		parties->has_asked_sender = true;
	}
	for (; parties->rcpts < txn->rcpts.len; parties->rcpts++) {
		rcpt = vec_at(&txn->rcpts, parties->rcpts);
		ask_both(parties, &rcpt->address, NULL);
	}
}

enum policies_result
parties_look(struct parties *parties, bool is_late, const char **error_r)
{
	const struct policy *policy;
	const char *error;

	for (; parties->taken < parties->asked.len; parties->taken++) {
		/* What it leads to is asked about as well. */
		const struct party party = *(const struct party *)
		    vec_at(&parties->asked, parties->taken);

		switch (policies_look(party.query, is_late, &policy,
		    &error)) {
		case POLICIES_WAIT:
			return POLICIES_WAIT;
		case POLICIES_UNAVAILABLE:
			if (parties->error == NULL)
				parties->error = error;
			break;
		case POLICIES_FOUND:
			txn_put_answer(parties->txn, &party.address,
			    party.login, policy);
			ask_domain(parties, policy->domain);
			break;
		}
	}
	txn_take_answers(parties->txn);
	parties->txn->direction = direction_of(parties->txn);
	if (parties->error == NULL)
		return POLICIES_FOUND;
	*error_r = parties->error;
	return POLICIES_UNAVAILABLE;
}
