/* SPDX-License-Identifier: ISC */
/* dkim_scope.h - what libopendkim sees of clock and keys while it works. */
#ifndef AUTH_DKIM_SCOPE_H
#define AUTH_DKIM_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

struct evp_pkey_st;	/* OpenSSL's EVP_PKEY */

/* While a scope is open on this thread, and on this thread alone:
 * time() is time_s, a key that is read from PEM or as a SubjectPublicKeyInfo is
 * not decoded, but is key (with one more reference), and the SHA-256 of no bytes
 * at all, which is what the library makes of a body that it is not given, is
 * body_hash. */
struct dkim_scope {
	int64_t time_s;
	struct evp_pkey_st *key;	/* NULL: keys are decoded */
	const uint8_t *body_hash;	/* 32 bytes; NULL: hashes are true */
	unsigned keys_given;		/* out: how often key was taken */
};

/* Open and close. The struct is the caller's; scopes do not nest. */
void dkim_scope_open(struct dkim_scope *scope);
void dkim_scope_close(struct dkim_scope *scope);

/* Give back the references that keys_given counts: for callers of a library
 * that forgets to. */
void dkim_scope_drop_keys(struct dkim_scope *scope);

#endif
