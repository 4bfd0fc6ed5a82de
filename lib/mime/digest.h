/* SPDX-License-Identifier: ISC */
/* digest.h - SHA-256 of one content after the other, and the MD5 that old lists of
 * files have. */
#ifndef MIME_DIGEST_H
#define MIME_DIGEST_H

#include "base/str.h"

#define DIGEST_SIZE 32

struct arena;
struct digest;

/* One that lives as long as arena. */
struct digest *digest_new(struct arena *arena);
/* A new content begins. */
void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, struct str bytes);
/* It has ended: its SHA-256 (FIPS 180-4). */
void digest_end(struct digest *digest, unsigned char sha256_r[DIGEST_SIZE]);

/* MD5 in hexadecimal capitals (RFC 1321); "" where libcrypto may not (FIPS). */
#define DIGEST_MD5_SIZE 33
void digest_md5(struct str bytes, char hex_r[DIGEST_MD5_SIZE]);

#endif
