/* SPDX-License-Identifier: ISC */
/* signing.c - is this message ours to sign, and with what? */
#include "milter/action/signing.h"

#include "base/arena.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"
#include "milter/keys.h"

/*
 * A signature says that the domain answers for the message. So only that is
 * signed which a login sends under an address that it owns, or which comes from
 * signing_networks or this host; and only with a key of the domain in From,
 * for that is what DMARC asks about (d= is that very domain). Foreign mail that
 * we re-send is never signed as its From.
 */

bool
signing_may_be(const struct txn *txn)
{
	return txn->direction == DIRECTION_OUTBOUND ||
	    txn->direction == DIRECTION_INTERNAL;
}

/* May the client use this address? Who sends from a signing network or on this
 * host needs no login; direction.h has seen to that. */
static bool
owns_author(const struct txn *txn, const struct address *author)
{
	return txn->client.login == NULL ||
	    txn_may_use(txn, txn->client.login, author);
}

const char *
signing_find(struct txn *txn, struct signing *signing_r)
{
	struct arena *arena = txn->arena;
	struct str domain = txn_from_domain(txn);

	if (domain.len == 0)
		return "From does not name one author";
	signing_r->author = *(const struct address *)vec_at(txn_from(txn), 0);
	if (!owns_author(txn, &signing_r->author))
		return arena_printf(arena, "login %s does not own %.*s",
		    log_wire(arena, str_from(txn->client.login), 100),
		    STR_ARG(address_print(arena, &signing_r->author)));
	signing_r->values = txn_policy(txn, &signing_r->author)->values;
	if (!signing_r->values->dkim_sign)
		return "dkim_sign is no for the author";
	signing_r->key_count = policy_keys(txn->site->policies, domain,
	    &signing_r->keys);
	if (signing_r->key_count == 0)
		return arena_printf(arena, "%.*s has no key",
		    STR_ARG(domain));
	return NULL;
}

bool
signing_has_key(const struct signing *signing, const struct key_table *keys)
{
	for (size_t i = 0; i < signing->key_count; i++)
		if (key_table_find(keys, &signing->keys[i]) != NULL)
			return true;
	return false;
}
