/* SPDX-License-Identifier: ISC */
/* dkim_key.h - private keys that sign: loaded, made, written. */
#ifndef AUTH_DKIM_KEY_H
#define AUTH_DKIM_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dkim_signature.h"
#include "base/str.h"

struct arena;
struct evp_pkey_st;

/* The least and the most an RSA key may have (RFC 8301 3.2). */
#define DKIM_KEY_BITS_MIN 1024
#define DKIM_KEY_BITS_MAX 4096

/* A private key, decoded and ready; immutable, shared by all threads. Its
 * memory is the arena's, what the crypto library holds is released with it. */
struct dkim_key {
	struct evp_pkey_st *key;
	enum dkim_algorithm algorithm;	/* RSA_SHA256 or ED25519_SHA256 */
	unsigned bits;			/* 256 for Ed25519 */
	const char *file;
	/* What is doubtful about it (mode, size), or NULL. */
	const char *warning;
};

/* Read a PEM file: RSA of DKIM_KEY_BITS_MIN to _MAX, or Ed25519. NULL with the
 * reason: cannot be read (which user lacks the right), no PEM, encrypted,
 * another type, too small or too large. */
struct dkim_key *dkim_key_load(struct arena *arena, const char *file,
    const char **error_r);

/* "rsa-sha256" or "ed25519-sha256". */
const char *dkim_key_algorithm(const struct dkim_key *key);

/* The record for the DNS: "v=DKIM1; k=rsa; p=…". Arena text. */
const char *dkim_key_record(const struct dkim_key *key, struct arena *arena);

/* Make a key, RSA with so many bits or, with bits 0, Ed25519, and write it to
 * file as PEM, whole or not at all. Its mode is 0600; 0640 where the folder
 * hands its group down (setgid), as the one of the daemon's keys does. A file
 * that exists stays as it is, and that is an error, unless may_replace. 0, or
 * -1 with the reason. */
int dkim_key_make(struct arena *arena, unsigned bits, const char *file,
    bool may_replace, const char **error_r);

/* The record as a line for a zone file, cut into strings of at most 255 bytes:
 * 's._domainkey.example.org. IN TXT ( "v=DKIM1; …" "…" )'. Arena text. */
const char *dkim_key_zone_line(struct arena *arena, const char *selector,
    const char *domain, const char *record);

#endif
