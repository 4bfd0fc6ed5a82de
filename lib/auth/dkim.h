/* SPDX-License-Identifier: ISC */
/* dkim.h - DKIM signatures of a message, verified (RFC 6376, 8301, 8463).
 * (libopendkim, in the same program, owns the name dkim_verify.) */
#ifndef AUTH_DKIM_H
#define AUTH_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mail/finding.h"

struct arena;
struct dns_view;
struct header_list;

#define DKIM_SIGNATURES_MAX 10

/* The verdict on one DKIM-Signature field, top first. Texts are "" when the
 * signature does not tell. */
struct dkim_verdict {
	/* pass; fail: header or body are not what was signed; permerror: a bad
	 * signature or key, or an expired one; temperror: no answer for the
	 * key; policy: valid, but not good enough here (rsa-sha1, short keys,
	 * a body that l= does not cover); neutral: cannot be processed. */
	enum result result;
	const char *reason;	/* "body hash did not verify"; NULL for pass */
	const char *domain;	/* d= */
	const char *selector;	/* s= */
	const char *algorithm;	/* a= */
	const char *identity;	/* i=, or @d */
	const char *signature_start;	/* first 8 of b= (RFC 6008) */
	unsigned key_bits;	/* RSA; 0: unknown or Ed25519 */
	bool is_test_key;	/* t=y in the key */
	bool is_key_secure;	/* the key came with DNSSEC */
	const char *signed_fields;	/* h=, lower case */
	uint64_t body_length;	/* bytes of the canonical body covered */
};

struct dkim_verdicts {
	size_t count;
	size_t left_out;	/* below the first DKIM_SIGNATURES_MAX */
	const struct dkim_verdict *verdicts;
};

/* One message under verification; lives in its arena. */
struct dkim_verifier;

struct dkim_verify_settings {
	int64_t minimum_bits;		/* RSA keys below it: policy */
	int64_t clock_skew_s;		/* t= may lie so far ahead */
};

/* Begin: reads the DKIM-Signature fields of headers (the first
 * DKIM_SIGNATURES_MAX, from the top; what we added ourselves does not count),
 * judges their tags, asks dns for all keys at once. headers must be complete
 * and stay as they are; settings too. */
struct dkim_verifier *dkim_verifier_new(struct arena *arena,
    const struct header_list *headers, struct dns_view *dns, int64_t now_ms,
    const struct dkim_verify_settings *settings);

/* Are all the keys that this message needs answered (or given up)? */
bool dkim_verifier_is_ready(struct dkim_verifier *verifier);

/* Verify; body is the body as transmitted (CRLF line ends). A key that has not
 * come by now is a temperror. Call it once. */
const struct dkim_verdicts *dkim_verifier_finish(struct dkim_verifier *verifier,
    struct str body);

#endif
