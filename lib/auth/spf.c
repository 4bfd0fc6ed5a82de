/* SPDX-License-Identifier: ISC */
/* spf.c - may this client send mail of this domain (RFC 7208)? */
#include "auth/spf.h"

#include "auth/spf_private.h"
#include "base/arena.h"
#include "base/map.h"
#include "mail/address.h"

struct spf *
spf_new(struct arena *arena, struct dns_view *dns,
    const struct spf_query *query)
{
	struct spf *spf = arena_zalloc(arena, sizeof(*spf));
	struct str domain;

	*spf = (struct spf){ .arena = arena, .dns = dns, .query = *query,
		.pages = map_new(arena),
		.verdict.domain = query->domain };
	/* Postfix takes <a@victim.example(b.example> for a@victim.example: a
	 * record of the whole must not pass for it. Malformed (4.3): none. */
	if (domain_canonical(arena, query->domain, &domain) < 0)
		domain = STR("");
	/* The DNS and the macros know A-labels alone (RFC 8616 4), and a final
	 * dot in front of what follows a macro would be an empty label. */
	if (!str_is_ascii(query->domain) || domain.len != query->domain.len)
		spf->query.domain = domain;
	spf->root = spf_page_get(spf, domain);
	return spf;
}

/* The table of RFC 7208 4.3 to 4.6: what comes of having no record to walk. */
static enum result
unusable(enum spf_fact fact)
{
	return fact == SPF_FAULT ? RESULT_TEMPERROR
	    : fact == SPF_BROKEN ? RESULT_PERMERROR : RESULT_NONE;
}

/* False while answers are missing. */
static bool
judge(struct spf *spf)
{
	struct spf_verdict *verdict = &spf->verdict;
	enum spf_fact fact = spf_page_read(spf, spf->root);

	if (fact == SPF_UNKNOWN)
		return false;
	if (fact != SPF_YES) {
		verdict->result = unusable(fact);
		verdict->reason = spf->root->reason;
		return true;
	}
	if (spf->decider == NULL && !spf_walk(spf)) {
		spf_ask_ahead(spf);
		return false;
	}
	return verdict->result != RESULT_FAIL || spf_explain(spf);
}

const struct spf_verdict *
spf_judge(struct spf *spf)
{
	if (!spf->is_judged)
		spf->is_judged = judge(spf);
	return spf->is_judged ? &spf->verdict : NULL;
}
