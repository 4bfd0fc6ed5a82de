/* SPDX-License-Identifier: ISC */
/* opendkim.h - libopendkim, given only what it gets right. */
#ifndef AUTH_OPENDKIM_H
#define AUTH_OPENDKIM_H

#include <stddef.h>
#include <stdint.h>

#include "auth/dkim_signature.h"
#include "base/str.h"

struct arena;
struct dkim_key_record;
struct evp_pkey_st;
struct header;
struct header_list;

enum opendkim_answer {
	OPENDKIM_GOOD,		/* the signature fits header and key */
	OPENDKIM_BAD,		/* it does not */
	OPENDKIM_UNABLE,	/* the library cannot tell */
};

/* One signature over the header as it came; signature and record have been
 * judged before. The body is not looked at (see dkim_body.h). Any thread.
 * *error_r tells why not, when it is UNABLE. */
enum opendkim_answer opendkim_verify(struct arena *arena,
    const struct header_list *headers, const struct header *field,
    const struct dkim_signature *signature,
    const struct dkim_key_record *record, int64_t now_s,
    const char **error_r);

/* What a signature is to be made of. */
struct opendkim_order {
	struct evp_pkey_st *key;
	enum dkim_algorithm algorithm;
	const char *domain;
	const char *selector;
	int64_t now_s;
	const struct header *const *fields;	/* to sign, top first */
	size_t field_count;
	const uint8_t *body_hash;	/* SHA-256 of the relaxed body */
};

/* The value of a DKIM-Signature field: a blank, then the tags, folds as LF.
 * 0, or -1 with the reason. Any thread. */
int opendkim_sign(struct arena *arena, const struct opendkim_order *order,
    struct str *value_r, const char **error_r);

#endif
