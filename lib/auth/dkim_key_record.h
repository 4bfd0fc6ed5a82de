/* SPDX-License-Identifier: ISC */
/* dkim_key_record.h - the record at selector._domainkey.domain, judged. */
#ifndef AUTH_DKIM_KEY_RECORD_H
#define AUTH_DKIM_KEY_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "mail/finding.h"

struct arena;
struct dkim_signature;
struct dns_answer;
struct evp_pkey_st;

/* A key as published. */
struct dkim_key_record {
	struct str text;		/* the record */
	const char *type;		/* k=, "rsa" when it is missing */
	const char *public_key;		/* p= without white space */
	struct str bytes;		/* p= decoded */
	struct evp_pkey_st *key;	/* RSA; NULL for Ed25519 */
	unsigned bits;			/* RSA; 256 for Ed25519 */
	bool is_test_key;		/* t=y */
	bool is_strict;			/* t=s */
	bool is_secure;			/* DNSSEC */
};

/* Choose and read the key record of an answer (RFC 6376 3.6.1, 6.1.2), without
 * regard to a signature. Records of other kinds at the name (a wildcard's SPF
 * record) are passed over; two key records are an error, because RFC 6376
 * 3.6.2.2 leaves undefined which one holds and a guess could be wrong either
 * way. 0, or -1: *result_r (permerror, temperror) and *reason_r tell, and the
 * record holds what was read until then. */
int dkim_key_record_read(struct arena *arena, const struct dns_answer *answer,
    struct dkim_key_record *record_r, enum result *result_r,
    const char **reason_r);

/* The same from one text, for a record that is not in the DNS yet. */
int dkim_key_record_parse(struct arena *arena, struct str text,
    struct dkim_key_record *record_r, const char **reason_r);

/* May this key verify this signature (RFC 6376 6.1.2, RFC 8301)? 0, or -1 with
 * permerror or policy. */
int dkim_key_record_judge(struct arena *arena,
    const struct dkim_key_record *record,
    const struct dkim_signature *signature, int64_t minimum_bits,
    enum result *result_r, const char **reason_r);

#endif
