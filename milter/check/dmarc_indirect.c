/* SPDX-License-Identifier: ISC */
/* dmarc_indirect.c - for the check dmarc: what shows that a message came by way
 * of somebody else. */
#include "milter/check/dmarc_indirect.h"

#include "auth/dkim.h"
#include "base/arena.h"
#include "mail/address.h"
#include "mail/forwarders.h"
#include "mail/list_post.h"
#include "mail/origin.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"
#include "milter/ours.h"

/*
 * A forwarder breaks SPF, a list breaks the author's signature too, and neither
 * does any wrong (RFC 7960, RFC 9989 7.4).
 *
 * Forwarders are trusted by name of the administrator: the host by its address
 * or verified name, or the signer. With trusted_relays in front it is the host
 * that handed the message to them.
 *
 * Lists are not known beforehand. A message is taken for one of a list when it
 * says so (List-Id, List-Post) and a signature of the list's own domain stands:
 * who made up the list would have to sign as it. Everybody may run a list, so
 * this is worth no more than junk instead of a refusal, for somebody who can be
 * named. Therefore nothing in it depends on the DNS, and the suffix list is
 * good enough to compare domains. A signature of a domain of ours is no proof:
 * it only tells that the message left here once, and whoever got it can send it
 * again.
 *
 * A third evidence, the chain of a sealer that is trusted (ARC, RFC 8617), has
 * its place here; it is not looked at.
 */

/* The signer of a signature that passes, canonical. */
static bool
next_signer(struct txn *txn, size_t *at, struct str *signer_r)
{
	const struct dkim_verdicts *dkim = txn->auth.dkim;

	while (dkim != NULL && *at < dkim->count) {
		const struct dkim_verdict *verdict = &dkim->verdicts[(*at)++];

		if (verdict->result == RESULT_PASS &&
		    domain_canonical(txn->arena, str_from(verdict->domain),
		    signer_r) == 0)
			return true;
	}
	return false;
}

static const char *
trusted_client(struct txn *txn)
{
	const struct forwarders *forwarders = txn->site->trusted_forwarders;
	const struct origin *origin = origin_of(txn);
	char text[NETADDR_TEXT_SIZE];
	struct str name;

	if (origin->address.len != 0 &&
	    forwarders_have_address(forwarders, &origin->address))
		return arena_printf(txn->arena, "client %s",
		    netaddr_format(&origin->address, text));
	if (origin->name != NULL && domain_canonical(txn->arena,
	    str_from(origin->name), &name) == 0 &&
	    forwarders_have_domain(forwarders, name))
		return arena_printf(txn->arena, "client %.*s", STR_ARG(name));
	return NULL;
}

const char *
dmarc_indirect_forwarder(struct txn *txn)
{
	const char *client = trusted_client(txn);
	struct str signer;
	size_t at = 0;

	while (client == NULL && next_signer(txn, &at, &signer))
		if (forwarders_have_domain(txn->site->trusted_forwarders,
		    signer))
			return arena_printf(txn->arena, "signed by %.*s",
			    STR_ARG(signer));
	return client;
}

/* The list that this signer signs for; data NULL: none. */
static struct str
list_of(const struct vec *lists, struct str signer)
{
	for (size_t i = 0; i < lists->len; i++) {
		struct str list = *(struct str *)vec_at(lists, i);

		if (list_post_is_of(list, signer))
			return list;
	}
	return str_of(NULL, 0);
}

bool
dmarc_indirect_knows(struct txn *txn, struct ours *ours)
{
	struct vec lists = list_post_domains(txn->arena, &txn->headers);
	bool knows = true;
	struct str signer;
	size_t at = 0;

	while (lists.len != 0 && next_signer(txn, &at, &signer))
		if (list_of(&lists, signer).data != NULL &&
		    !ours_knows(ours, signer))
			knows = false;
	return knows;
}

const char *
dmarc_indirect_list(struct txn *txn)
{
	struct vec lists = list_post_domains(txn->arena, &txn->headers);
	struct str signer, list;
	size_t at = 0;

	while (lists.len != 0 && next_signer(txn, &at, &signer)) {
		list = list_of(&lists, signer);
		if (list.data != NULL && !txn_has_domain(txn, signer))
			return arena_printf(txn->arena, "%.*s, signed by "
			    "%.*s", STR_ARG(list), STR_ARG(signer));
	}
	return NULL;
}
