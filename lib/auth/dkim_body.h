/* SPDX-License-Identifier: ISC */
/* dkim_body.h - bodies in canonical form, and their hashes (RFC 6376 3.4). */
#ifndef AUTH_DKIM_BODY_H
#define AUTH_DKIM_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "auth/dkim_signature.h"
#include "base/str.h"

#define DKIM_BODY_HASH_SIZE 32

/* What one signature wants to know of a body. */
struct dkim_body_hash {
	uint64_t length;	/* hash so many canonical bytes (l=) */
	uint8_t hash[DKIM_BODY_HASH_SIZE];	/* out: SHA-256 */
};

/* Canonicalize body (as transmitted, CRLF line ends) and hash it for all that
 * want this form, in one pass; hashes are sorted by length, least first. What
 * the canonical body is shorter than gets the hash of all of it. Returns the
 * number of bytes of the canonical body. */
uint64_t dkim_body_hash(struct str body, enum dkim_canon canon,
    struct dkim_body_hash *hashes, size_t count);

/* The canonical body, piece by piece. */
void dkim_body_canonicalize(struct str body, enum dkim_canon canon,
    void (*write)(void *arg, struct str piece), void *arg);

#endif
