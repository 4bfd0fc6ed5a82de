/* SPDX-License-Identifier: ISC */
/* client.c - what the checks of the SMTP client share. */
#include "milter/check/client.h"

#include "dns/dns.h"
#include "milter/check.h"

const char *
client_excuse(const struct txn *txn)
{
	const struct client *client = &txn->client;

	if (client->is_local || client->address.len == 0)
		return "the client has no address";
	if (netaddr_is_loopback(&client->address))
		return "the client is this host";
	return client->login != NULL ? "the client has a login" : NULL;
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
client_forward(const struct check_run *run, struct str name)
{
	const struct netaddr *address = &run->txn->client.address;
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
