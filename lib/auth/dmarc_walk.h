/* SPDX-License-Identifier: ISC */
/* dmarc_walk.h - the DNS tree walk: policy and organizational domain (RFC 9989
 * 4.10). */
#ifndef AUTH_DMARC_WALK_H
#define AUTH_DMARC_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dmarc_record.h"
#include "base/str.h"

struct arena;
struct dns_view;

#define DMARC_WALK_MAX 8	/* questions of one walk */

enum dmarc_walk_status {
	DMARC_WALK_WAIT,	/* answers are missing, all were asked for */
	DMARC_WALK_DONE,
	DMARC_WALK_FAULT,	/* the DNS did not answer what decides:
				 * temperror */
};

/* Where the organizational domain was taken from. */
enum dmarc_org_source {
	DMARC_ORG_WALK,		/* the records of the walk (4.10.2) */
	DMARC_ORG_SUFFIX_LIST,	/* no record there: the Public Suffix List */
	DMARC_ORG_SELF,		/* the name itself: nothing is known above it */
};

struct dmarc_org {
	struct str domain;
	enum dmarc_org_source source;
};

/* The organizational domain of a canonical domain. Restartable and pure: all
 * names of the walk are asked for at once, but none above a name whose answer
 * is there and ends it (psd=y, psd=n). Where no record is found, the suffix
 * list tells (its registrable domain); alignment between two names that both
 * have records never depends on that list. An address literal has no records.
 * FAULT: a name below the end of the walk did not answer; a public suffix that
 * does not answer above the domain counts as one without a record. */
enum dmarc_walk_status dmarc_walk_org(struct arena *arena,
    struct dns_view *dns, struct str domain, struct dmarc_org *org_r);

/* The policy that applies to an author domain (4.10.1). */
struct dmarc_applied {
	/* Else DMARC does not apply. Of a FAULT: a record would apply if there
	 * were none at the names that did not answer, and this is it. */
	bool has_record;
	struct dmarc_record record;
	struct str record_domain;	/* where it stands, without "_dmarc." */
	/* Which tag counts: "p" at the author domain itself, else "sp", or
	 * "np" if the author domain does not exist (NXDOMAIN, asked for only
	 * where np differs from sp). */
	const char *tag;
	enum dmarc_policy policy;	/* the value of that tag */
	/* Why there is no record, where that is somebody's fault ("several
	 * DMARC records at _dmarc.example.org"); of a FAULT, which name; why sp
	 * counts where np might. NULL: nothing to tell. */
	const char *remark;
};

/* Restartable, as the other. Where the author domain has a record of its own,
 * nothing else is waited for: the organizational domain is a question of
 * dmarc_walk_org(), to be put only if alignment depends on it (neither strict
 * nor the same domain; 4.10.2). The answers are the same, none is asked for
 * twice. */
enum dmarc_walk_status dmarc_walk_policy(struct arena *arena,
    struct dns_view *dns, struct str domain, struct dmarc_applied *applied_r);

#endif
