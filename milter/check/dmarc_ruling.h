/* SPDX-License-Identifier: ISC */
/* dmarc_ruling.h - for the check dmarc: what is done with mail that fails. */
#ifndef MILTER_CHECK_DMARC_RULING_H
#define MILTER_CHECK_DMARC_RULING_H

#include "mail/finding.h"

struct dmarc_verdict;
struct txn;

/* "quarantine", "refuse-unless-indirect", "refuse"; "accept", "junk": for
 * SETTING_WORD_ROW. */
extern const char *const dmarc_on_reject_words[];
extern const char *const dmarc_wish_words[];

/* Settings: what the administrator makes of a domain's wish. */
struct dmarc_wishes {
	int on_reject;			/* dmarc_on_reject_words */
	int on_quarantine;		/* dmarc_wish_words */
	int on_trusted_forwarder;	/* dmarc_wish_words */
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

#endif
