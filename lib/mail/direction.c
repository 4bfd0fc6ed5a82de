/* SPDX-License-Identifier: ISC */
/* direction.c - which way a message goes: the one place that decides it. */
#include "mail/direction.h"

#include <assert.h>

#include "contract.h"
#include "mail/policy.h"
#include "mail/txn.h"

const char *
direction_text(enum direction direction)
{
	static const char *const words[] = {
		[DIRECTION_INBOUND] = "inbound",
		[DIRECTION_OUTBOUND] = "outbound",
		[DIRECTION_INTERNAL] = "internal",
		[DIRECTION_FORWARDED] = "forwarded",
	};

	assert(direction < ARRAY_LEN(words));
	return words[direction];
}

/* What an action has removed since counts, what it has added does not. */
static bool
has_travelled(const struct txn *txn)
{
	static const char *const marks[] = { "Received", "DKIM-Signature",
		HEADER_ID };

	for (size_t i = 0; i < txn->headers.fields.len; i++) {
		const struct header *header = vec_at(&txn->headers.fields, i);

		for (size_t m = 0; m < ARRAY_LEN(marks) && !header->is_ours;
		    m++)
			if (str_is_nocase(header->name, marks[m]))
				return true;
	}
	return false;
}

static enum direction
ours(const struct txn *txn)
{
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		if (!rcpt->policy->is_local)
			return DIRECTION_OUTBOUND;
	}
	return txn->rcpts.len != 0 ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
}

bool
direction_is_own_host(const struct client *client)
{
	return client->is_local || netaddr_is_loopback(&client->address) ||
	    (client->server.len != 0 &&
	    netaddr_eq(&client->address, &client->server));
}

enum direction
direction_of(const struct txn *txn)
{
	const struct client *client = &txn->client;
	const struct site *site = txn->site;

	if (client->login != NULL)
		return ours(txn);
	if (!client->is_local &&
	    netlist_has(site->trusted_relays, &client->address))
		return DIRECTION_INBOUND;
	if (has_travelled(txn))
		return direction_is_own_host(client) ? DIRECTION_FORWARDED
						     : DIRECTION_INBOUND;
	if (client->is_local ||
	    netlist_has(site->signing_networks, &client->address))
		return ours(txn);
	return DIRECTION_INBOUND;
}
