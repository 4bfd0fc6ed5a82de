/* SPDX-License-Identifier: ISC */
/* client.c - what the checks of the client share. */
#include "milter/check/client.h"

#include "base/arena.h"
#include "dns/dns.h"
#include "mail/origin.h"
#include "milter/check.h"

static bool
is_ours(const struct txn *txn, const struct netaddr *address)
{
	return netlist_has(txn->site->signing_networks, address);
}

/* Of the SMTP client itself. */
static const char *
direct_excuse(const struct txn *txn)
{
	const struct client *client = &txn->client;

	if (client->is_local || client->address.len == 0)
		return "the client has no address";
	if (netaddr_is_loopback(&client->address))
		return "the client is this host";
	if (client->login != NULL)
		return "the client has a login";
	return is_ours(txn, &client->address)
	    ? "the client is in signing_networks" : NULL;
}

const char *
client_excuse(const struct txn *txn, const struct origin *origin)
{
	switch (origin->status) {
	case ORIGIN_CLIENT:
		return direct_excuse(txn);
	case ORIGIN_RELAYED:
		return is_ours(txn, &origin->address)
		    ? "the trusted relay has it from signing_networks" : NULL;
	case ORIGIN_UNKNOWN:
		return arena_printf(txn->arena, "the trusted relay %s does "
		    "not tell from whom it has the message", origin->relay);
	case ORIGIN_PENDING:
		break;
	}
	return NULL;
}

const char *
client_reason(const struct txn *txn, const struct origin *origin,
    const char *reason)
{
	char text[NETADDR_TEXT_SIZE];

	if (origin->status != ORIGIN_RELAYED)
		return reason;
	return arena_printf(txn->arena, "%s (client %s, says the trusted "
	    "relay %s)", reason, netaddr_format(&origin->address, text),
	    origin->relay);
}

static bool
has_address(const struct dns_answer *answer, const struct netaddr *address)
{
	struct str wanted = { (const char *)address->bytes, address->len };

	for (size_t i = 0; i < answer->count; i++)
		if (str_eq(answer->records[i].data, wanted))
			return true;
	return false;
}

enum forward
client_forward(const struct check_run *run, const struct netaddr *address,
    struct str name)
{
	const struct dns_answer *answer;

	answer = dns_ask(run->dns, name, address->len == 4 ? DNS_A : DNS_AAAA);
	if (answer == NULL)
		return FORWARD_UNKNOWN;
	switch (answer->status) {
	case DNS_FOUND:
		return has_address(answer, address) ? FORWARD_CLIENT
						    : FORWARD_ELSEWHERE;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return FORWARD_NOWHERE;
	case DNS_TIMEOUT:
		return FORWARD_TIMEOUT;
	case DNS_SERVFAIL:
		break;
	}
	return FORWARD_FAULT;
}
