/* SPDX-License-Identifier: ISC */
/* dmarc_ruling.c - for the check dmarc: what is done with mail that fails. */
#include "milter/check/dmarc_ruling.h"

#include <stddef.h>

#include "auth/dmarc.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "milter/check/dmarc_indirect.h"

/*
 * p=reject is a wish. It MUST NOT be the only reason for a refusal (RFC 9989
 * 7.4), for lists and forwarders break what it relies on. So a message that
 * fails is refused only where
 *   SPF and DKIM were both judged: what was not might have passed,
 *   nothing shows that it came by way of a list (on_reject),
 *   the administrator does not trust who passed it on (trusted_forwarders).
 * Else it is junk. Each step away from the wish has a word of RFC 9990 (policy
 * override reason). Test mode has none here: it is part of the wish.
 * A trusted forwarder counts whatever on_reject says: nobody is one who was not
 * named by the administrator.
 */

static void
soften(struct dmarc_ruling *ruling, enum decision most, const char *override,
    const char *because)
{
	if (ruling->decision > most)
		*ruling = (struct dmarc_ruling){ most, override, because };
}

/* What the domain asks for. */
static struct dmarc_ruling
wish_of(const struct dmarc_verdict *verdict)
{
	static const enum decision decisions[] = {
		[DMARC_NONE] = DECISION_HAM,
		[DMARC_QUARANTINE] = DECISION_JUNK,
		[DMARC_REJECT] = DECISION_REFUSE,
	};

	return (struct dmarc_ruling){
		.decision = decisions[verdict->wish],
	};
}

static enum decision
decision_of(int wish)
{
	return wish == ON_QUARANTINE_ACCEPT ? DECISION_HAM : DECISION_JUNK;
}

/* What holds against a refusal. */
static void
spare(struct dmarc_ruling *ruling, struct txn *txn, int on_reject,
    const char *unjudged)
{
	const char *list;

	if (on_reject == ON_REJECT_QUARANTINE)
		soften(ruling, DECISION_JUNK, "local_policy",
		    "on_reject is quarantine");
	if (unjudged != NULL)
		soften(ruling, DECISION_JUNK, "local_policy", unjudged);
	if (on_reject == ON_REJECT_REFUSE ||
	    ruling->decision != DECISION_REFUSE)
		return;
	list = dmarc_indirect_list(txn);
	if (list != NULL)
		soften(ruling, DECISION_JUNK, "mailing_list", list);
}

struct dmarc_ruling
dmarc_rule(struct txn *txn, const struct dmarc_wishes *wishes,
    const struct dmarc_verdict *verdict, const char *unjudged)
{
	struct dmarc_ruling ruling = wish_of(verdict);
	const char *forwarder;

	if (ruling.decision == DECISION_HAM)
		return ruling;
	forwarder = dmarc_indirect_forwarder(txn);
	if (forwarder != NULL)
		soften(&ruling, decision_of(wishes->on_trusted_forwarder),
		    "trusted_forwarder", forwarder);
	if (verdict->wish == DMARC_QUARANTINE)
		soften(&ruling, decision_of(wishes->on_quarantine),
		    "local_policy", "on_quarantine is accept");
	if (ruling.decision == DECISION_REFUSE)
		spare(&ruling, txn, wishes->on_reject, unjudged);
	return ruling;
}
