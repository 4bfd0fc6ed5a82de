/* SPDX-License-Identifier: ISC */
/* dkim_pubkey.h - public RSA keys of strangers, decoded once and remembered. */
#ifndef AUTH_DKIM_PUBKEY_H
#define AUTH_DKIM_PUBKEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct evp_pkey_st;

/* At most so many keys are remembered; those asked for lately stay. */
#define DKIM_PUBKEYS_MAX 4096

/* The RSA key in these bytes: a SubjectPublicKeyInfo, as everybody publishes
 * it, or a bare RSAPublicKey, as RFC 6376 3.6.1 has it. A reference of its own
 * lives as long as arena. NULL with the reason: no key, another type, or a
 * public exponent so large that verifying is an attack. Any thread. */
struct evp_pkey_st *dkim_pubkey_decode(struct arena *arena, struct str bytes,
    const char **error_r);

/* The size of the modulus. */
unsigned dkim_pubkey_bits(const struct evp_pkey_st *key);

/* Since the program began: keys that were remembered, and decoded. */
void dkim_pubkey_counts(uint64_t *remembered_r, uint64_t *decoded_r);

#endif
