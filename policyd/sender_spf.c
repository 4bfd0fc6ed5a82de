/* SPDX-License-Identifier: ISC */
/* sender_spf.c - is the sender proven by SPF (RFC 7208)? For rules. */
#include "policyd/sender_spf.h"

#include <string.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "dns/dns.h"
#include "mail/txn.h"

struct sender_spf {
	struct spf *spf;			/* NULL: nothing to judge */
	struct spf_verdict none;
};

static bool
is_null(const struct address *address)
{
	return address->local.len == 0 && address->domain.len == 0;
}

/* NULL: it can be judged. */
static const char *
find_obstacle(const struct txn *txn, const struct dns_source *dns)
{
	const struct client *client = &txn->client;

	if (dns == NULL)
		return "there is no DNS here";
	if (client->address.len == 0)
		return "the client's address is not known";
	/* Who gave it to the relay stands in a field that is yet to come. */
	if (netlist_has(txn->site->trusted_relays, &client->address))
		return "the client is one of trusted_relays";
	if (is_null(&txn->sender) && strcmp(txn->sender_path, "<>") != 0)
		return "the sender is no address";
	return NULL;
}

struct sender_spf *
sender_spf_new(struct txn *txn, struct dns_source *dns, struct wait *wait)
{
	struct sender_spf *spf = arena_zalloc(txn->arena, sizeof(*spf));
	struct str helo = txn->client.helo != NULL
	    ? str_from(txn->client.helo) : STR("");
	bool is_helo = is_null(&txn->sender);
	const struct spf_query query = {
		.client = txn->client.address,
		.helo = helo,
		.local = txn->sender.local,
		.domain = is_helo ? helo : txn->sender.domain,
		.receiver = txn->site->host_id,
		.now_ms = txn->now_ms,
	};

	spf->none.result = RESULT_NONE;
	spf->none.domain = query.domain;
	spf->none.reason = find_obstacle(txn, dns);
	if (spf->none.reason == NULL)
		spf->spf = spf_new(txn->arena, dns_view_new(txn->arena, dns,
		    wait), &query);
	return spf;
}

const struct spf_verdict *
sender_spf_judge(struct sender_spf *spf)
{
	return spf->spf != NULL ? spf_judge(spf->spf) : &spf->none;
}
