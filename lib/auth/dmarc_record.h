/* SPDX-License-Identifier: ISC */
/* dmarc_record.h - DMARC policy records (RFC 9989 4.7, 4.8). */
#ifndef AUTH_DMARC_RECORD_H
#define AUTH_DMARC_RECORD_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct dns_answer;

/* Mildest first. */
enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* "none", "quarantine", "reject". */
const char *dmarc_policy_text(enum dmarc_policy policy);

/* A valid record. Of a tag that is absent, unknown or has an unknown value the
 * default holds (4.8), with the exceptions of 4.10.1. */
struct dmarc_record {
	enum dmarc_policy policy;		/* p */
	enum dmarc_policy subdomain_policy;	/* sp, else p */
	enum dmarc_policy missing_policy;	/* np, else sp, else p */
	bool is_dkim_strict;			/* adkim=s */
	bool is_spf_strict;			/* aspf=s */
	bool is_test;				/* t=y */
	enum dmarc_psd psd;
	/* Values as they stand, printable ASCII and tabs; data NULL: none. */
	struct str rua, ruf, fo;
	/* Why all three policies are none although the record does not say so
	 * (p missing, or p, sp or np bad, beside a usable rua, 4.10.1); NULL:
	 * it is not so. */
	const char *defect;
};

/* What stands at one _dmarc name. */
enum dmarc_find {
	DMARC_FIND_NONE,	/* no record at all */
	DMARC_FIND_ONE,
	DMARC_FIND_BAD,		/* a v=DMARC1 record that cannot be applied:
				 * *error_r says why; of the record psd alone
				 * may be looked at */
	DMARC_FIND_MANY,	/* several v=DMARC1 records: all discarded */
	DMARC_FIND_FAULT,	/* SERVFAIL or timeout */
};

/* Judge the TXT answer for _dmarc.DOMAIN. record_r is filled for FIND_ONE; its
 * slices are of the answer, which must outlive it. */
enum dmarc_find dmarc_record_find(struct arena *arena,
    const struct dns_answer *answer, struct dmarc_record *record_r,
    const char **error_r);

/* One text: 0, or -1 with the reason, and *is_dmarc_r tells whether it begins
 * with v=DMARC1 at all. record_r is filled as above in both cases. Linear in
 * the text; a text of any length and any bytes has a defined outcome. */
int dmarc_record_parse(struct arena *arena, struct str text,
    struct dmarc_record *record_r, bool *is_dmarc_r, const char **error_r);

#endif
