/* SPDX-License-Identifier: ISC */
/* dmarc.h - is the author domain of a message authenticated (RFC 9989)? */
#ifndef AUTH_DMARC_H
#define AUTH_DMARC_H

#include <stdbool.h>

#include "auth/dmarc_walk.h"
#include "base/str.h"
#include "mail/finding.h"

struct arena;
struct dkim_verdicts;
struct dns_view;
struct spf_verdict;

struct dmarc_verdict {
	/* none: no record applies; pass; fail; temperror: the DNS did not
	 * answer what decides. Never permerror: a record that cannot be applied
	 * is as good as none (RFC 9989 4.10.1). */
	enum result result;
	const char *reason;		/* one sentence, for people */
	struct str domain;		/* the author domain */
	struct dmarc_applied applied;	/* has_record: valid */
	bool is_spf_aligned;		/* passes and is aligned */
	bool is_dkim_aligned;
	/* What the domain wishes to be done; t=y makes it one step milder
	 * (4.7). Of a fail, and of a temperror with a known record what it
	 * would be (see is_undecided); else none. */
	enum dmarc_policy wish;
	/* temperror, and a record is known: an aligned identifier might have
	 * passed, had the DNS answered. Or another record might have been found
	 * below this one, and nothing that may be aligned has passed. */
	bool is_undecided;
	/* What libopendmarc said instead, when it was given the same facts: a
	 * defect, ours or its own. Ours is the verdict; the reason tells it
	 * too. NULL: it agrees, or was not asked (neither pass nor fail). */
	const char *dissent;
};

/* What applies by the domain's wish, before local overrides: none unless the
 * result is fail. */
enum dmarc_policy dmarc_disposition(const struct dmarc_verdict *verdict);

/* An evaluation under way; lives in the arena. */
struct dmarc;

/* Begin for one author domain, canonical (address.h). Asks for its records. */
struct dmarc *dmarc_new(struct arena *arena, struct dns_view *dns,
    struct str domain);

/* Ask for what is missing, as far as it can be named by now. */
void dmarc_prepare(struct dmarc *dmarc);

/* This domain (any text) may turn out to be an authenticated identifier: ask
 * already for what its alignment would need. Only speed depends on it. */
void dmarc_expect(struct dmarc *dmarc, struct str identifier);

/* The verdict, or NULL: answers are missing. spf is the MAIL FROM identity (for
 * the null sender that of HELO, RFC 9989 4.4.2), NULL: not judged; dkim NULL:
 * not judged. could_not_run: one of the two could not run at all, and counts
 * as an identifier that might have passed. All three are final, and the same at
 * each call. Restartable; the answer, once there, stays. */
const struct dmarc_verdict *dmarc_judge(struct dmarc *dmarc,
    const struct spf_verdict *spf, const struct dkim_verdicts *dkim,
    bool could_not_run);

#endif
