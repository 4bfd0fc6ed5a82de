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
 * names of the walk are asked for at once. Where no record is found, the
 * suffix list tells (its registrable domain); alignment between two names that
 * both have records never depends on that list. */
enum dmarc_walk_status dmarc_walk_org(struct arena *arena,
    struct dns_view *dns, struct str domain, struct dmarc_org *org_r);

/* The policy that applies to an author domain (4.10.1). */
struct dmarc_applied {
	bool has_record;		/* else DMARC does not apply */
	struct dmarc_record record;
	struct str record_domain;	/* where it stands, without "_dmarc." */
	/* Which tag counts: "p" at the author domain itself, else "sp", or
	 * "np" if the author domain does not exist. */
	const char *tag;
	enum dmarc_policy policy;	/* the value of that tag */
	bool is_nonexistent;		/* NXDOMAIN; asked for only when it
					 * matters (np differs from sp) */
	struct dmarc_org org;		/* of the author domain */
	/* Why there is no record, where that is somebody's fault ("two records
	 * at _dmarc.example.org"); or of a FAULT, which name. NULL: nothing to
	 * tell. */
	const char *remark;
};

enum dmarc_walk_status dmarc_walk_policy(struct arena *arena,
    struct dns_view *dns, struct str domain, struct dmarc_applied *applied_r);

#endif
