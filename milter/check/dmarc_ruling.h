/* SPDX-License-Identifier: ISC */
/* dmarc_ruling.h - for the check dmarc: what is done with mail that fails. */
#ifndef MILTER_CHECK_DMARC_RULING_H
#define MILTER_CHECK_DMARC_RULING_H

#include "mail/finding.h"

struct dmarc_verdict;
struct txn;

/* Settings: what the administrator makes of a domain's wish. */
struct dmarc_wishes {
	int on_reject;			/* enum dmarc_on_reject */
	int on_quarantine;		/* enum dmarc_on_quarantine */
	int on_trusted_forwarder;	/* enum dmarc_on_quarantine */
};

struct dmarc_ruling {
	enum decision decision;		/* HAM, JUNK or REFUSE */
	/* Why it is milder than the domain asks for: a word of RFC 9990, and
	 * what made it so, for people. NULL: it is not. */
	const char *override;
	const char *because;
};

/* Of a verdict fail, or of a temperror as if it were one. unjudged: which of
 * SPF and DKIM was not judged at all, in words; NULL: both were judged, or
 * tried. */
struct dmarc_ruling dmarc_rule(struct txn *txn,
    const struct dmarc_wishes *wishes, const struct dmarc_verdict *verdict,
    const char *unjudged);

/* The same for all recipients, each by its policy, where that says something
 * else than settings. Where they differ it is junk, and *rcpts_r has what each
 * asks for (finding.h); else *rcpts_r is NULL. */
struct dmarc_ruling dmarc_rule_all(struct txn *txn,
    const struct dmarc_wishes *settings, const struct dmarc_verdict *verdict,
    const char *unjudged, const enum decision **rcpts_r);

#endif
