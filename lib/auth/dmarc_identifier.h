/* SPDX-License-Identifier: ISC */
/* dmarc_identifier.h - the domains that SPF and DKIM speak of, and which of them
 * are aligned with the author domain (RFC 9989 4.4, 4.10.2). */
#ifndef AUTH_DMARC_IDENTIFIER_H
#define AUTH_DMARC_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dkim.h"
#include "base/str.h"
#include "mail/finding.h"

struct arena;
struct dmarc_record;
struct dns_view;
struct spf_verdict;

enum dmarc_method { DMARC_SPF, DMARC_DKIM };

enum dmarc_alignment {
	DMARC_ALIGNMENT_OPEN,	/* not looked at, or answers are missing */
	DMARC_ALIGNED,
	DMARC_UNALIGNED,
	DMARC_ALIGNMENT_FAULT,	/* the DNS did not answer what decides */
};

struct dmarc_identifier {
	enum dmarc_method method;
	enum result result;
	struct str domain;	/* canonical; data NULL: no domain name */
	bool is_too_loose;	/* adkim=s or aspf=s stands against it */
	enum dmarc_alignment alignment;
};

struct dmarc_identifiers {
	struct str author;		/* the author domain */
	bool has_spf, has_dkim;		/* they were judged at all */
	size_t count;
	struct dmarc_identifier items[1 + DKIM_SIGNATURES_MAX];
};

void dmarc_identifiers_collect(struct arena *arena, struct str author,
    const struct spf_verdict *spf, const struct dkim_verdicts *dkim,
    struct dmarc_identifiers *identifiers_r);

/* Compare those that have this result with the author domain, which record
 * applies to. False: answers are missing, all were asked for. One that is
 * aligned decides for its method; others may stay open. */
bool dmarc_identifiers_align(struct dmarc_identifiers *identifiers,
    struct arena *arena, struct dns_view *dns,
    const struct dmarc_record *record, enum result result);

/* May a domain be aligned with the author domain, as far as the suffix list can
 * tell? A guess, good for asking early. */
bool dmarc_identifier_is_likely(struct str domain, struct str author);

/* The first identifier of that kind, or NULL. */
const struct dmarc_identifier *dmarc_identifiers_find(
    const struct dmarc_identifiers *identifiers, enum dmarc_method method,
    enum result result, enum dmarc_alignment alignment);

/* "SPF passes for bounce.example.net, DKIM fails for example.org". */
const char *dmarc_identifiers_describe(struct arena *arena,
    const struct dmarc_identifiers *identifiers);

#endif
