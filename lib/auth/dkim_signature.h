/* SPDX-License-Identifier: ISC */
/* dkim_signature.h - one DKIM-Signature field, read and judged by itself. */
#ifndef AUTH_DKIM_SIGNATURE_H
#define AUTH_DKIM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mail/finding.h"

struct arena;

enum dkim_algorithm { DKIM_RSA_SHA1, DKIM_RSA_SHA256, DKIM_ED25519_SHA256 };
enum dkim_canon { DKIM_SIMPLE, DKIM_RELAXED };

/* What a field says. Texts are "" and numbers 0 where it does not tell; when
 * the signature is not acceptable, what was read until then stands here. */
struct dkim_signature {
	enum dkim_algorithm algorithm;
	enum dkim_canon header_canon;
	enum dkim_canon body_canon;
	const char *algorithm_text;	/* a= */
	const char *domain;		/* d=, lower case */
	const char *selector;		/* s= */
	const char *identity;		/* i= as given, or @d */
	const char *start;		/* first 8 of b= (RFC 6008) */
	const char *fields;		/* h=, lower case */
	size_t name_count;
	const struct str *names;	/* the names in it */
	struct str body_hash;		/* bh=, decoded */
	bool is_identity_below;		/* i= is a subdomain of d= */
	bool has_length;
	uint64_t length;		/* l= */
	int64_t time_s;			/* t=; 0: none */
	/* "b =": the value's place, which libopendkim does not find. */
	bool is_b_spaced;
};

/* Read the value of a field and judge all that can be known without key and
 * message (RFC 6376 6.1.1, RFC 8301). 0: acceptable; -1: *result_r and
 * *reason_r tell: permerror, or policy for what is forbidden here. */
int dkim_signature_parse(struct arena *arena, struct str value, int64_t now_s,
    int64_t clock_skew_s, struct dkim_signature *signature_r,
    enum result *result_r, const char **reason_r);

#endif
