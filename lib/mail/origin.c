/* SPDX-License-Identifier: ISC */
/* origin.c - walks through the Received fields of trusted relays. */
#include "mail/origin.h"

#include "base/arena.h"
#include "mail/received.h"
#include "mail/txn.h"

/* A message that has come by more hosts of one site goes in circles. */
#define HOPS_MAX 20

static bool
is_relay(const struct txn *txn, const struct netaddr *address)
{
	return netlist_has(txn->site->trusted_relays, address);
}

/* sendmail on this host passes on nothing for others, and neither does who
 * logs in, which shows with MAIL. */
static bool
is_relayed(const struct txn *txn)
{
	const struct client *client = &txn->client;

	return !client->is_local && client->login == NULL &&
	    is_relay(txn, &client->address);
}

static void
set_client(const struct client *client, struct origin *origin)
{
	origin->status = ORIGIN_CLIENT;
	origin->address = client->address;
	origin->helo = client->helo;
	origin->name = client->name != NULL &&
	    !str_is_nocase(str_from(client->name), "unknown")
	    ? client->name : NULL;
}

/* The next Received, as it came: what actions do changes no origin. */
static const struct header *
next_received(const struct txn *txn, size_t *at)
{
	while (*at < txn->headers.fields.len) {
		const struct header *header = vec_at(&txn->headers.fields,
		    (*at)++);

		if (!header->is_ours &&
		    str_is_nocase(header->name, "Received"))
			return header;
	}
	return NULL;
}

static const char *
text_or_null(struct arena *arena, struct str text)
{
	return text.len != 0 ? str_dup(arena, text) : NULL;
}

static void
set_told(struct txn *txn, const struct received *received,
    struct origin *origin)
{
	char text[NETADDR_TEXT_SIZE];

	origin->relay = arena_strdup(txn->arena,
	    netaddr_format(&origin->address, text));
	origin->status = ORIGIN_RELAYED;
	origin->address = received->client;
	origin->helo = text_or_null(txn->arena, received->helo);
	origin->name = text_or_null(txn->arena, received->name);
}

enum step { STEP_ON, STEP_ARRIVED, STEP_LOST };

/* origin is a relay that wrote this field, or passed on what it says. */
static enum step
take_step(struct txn *txn, const struct header *header, struct origin *origin)
{
	struct received received;

	if (header == NULL || received_parse(header->value, &received) < 0)
		return STEP_LOST;
	if (received.is_note)
		return STEP_ON;
	if (received.is_local || received.has_login)
		return STEP_ARRIVED;
	if (received.client.len == 0)
		return STEP_LOST;
	if (netaddr_is_loopback(&received.client))
		return STEP_ON;
	set_told(txn, &received, origin);
	return is_relay(txn, &origin->address) ? STEP_ON : STEP_ARRIVED;
}

static void
set_unknown(struct txn *txn, enum origin_status status, struct origin *origin)
{
	char text[NETADDR_TEXT_SIZE];
	const char *relay = arena_strdup(txn->arena,
	    netaddr_format(&origin->address, text));

	*origin = (struct origin){ .status = status, .relay = relay };
}

static void
walk(struct txn *txn, struct origin *origin)
{
	enum step step = STEP_ON;
	size_t at = 0;

	for (size_t hops = 0; step == STEP_ON && hops < HOPS_MAX; hops++)
		step = take_step(txn, next_received(txn, &at), origin);
	if (step != STEP_ARRIVED)
		set_unknown(txn, ORIGIN_UNKNOWN, origin);
}

const struct origin *
origin_of(struct txn *txn)
{
	struct origin *origin;

	if (txn->origin != NULL)
		return txn->origin;
	origin = arena_zalloc(txn->arena, sizeof(*origin));
	set_client(&txn->client, origin);
	if (is_relayed(txn) && txn->stage < STAGE_HEADERS)
		set_unknown(txn, ORIGIN_PENDING, origin);
	else if (is_relayed(txn))
		walk(txn, origin);
	if (txn->stage >= STAGE_HEADERS)
		txn->origin = origin;
	return origin;
}
