/* SPDX-License-Identifier: ISC */
/* digest.c - SHA-256 of one content after the other. */
#include "mime/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/arena.h"

struct digest {
	EVP_MD_CTX *context;
	bool has_kind;
};

static void
free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

struct digest *
digest_new(struct arena *arena)
{
	struct digest *digest = arena_zalloc(arena, sizeof(*digest));

	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL)
		abort();
	arena_on_free(arena, free_context, digest->context);
	return digest;
}

/* libcrypto looks SHA-256 up by its name once; from then on the context has
 * it. */
void
digest_begin(struct digest *digest)
{
	const EVP_MD *kind = digest->has_kind ? NULL : EVP_sha256();

	if (EVP_DigestInit_ex(digest->context, kind, NULL) != 1)
		abort();
	digest->has_kind = true;
}

void
digest_add(struct digest *digest, struct str bytes)
{
	if (EVP_DigestUpdate(digest->context, bytes.data, bytes.len) != 1)
		abort();
}

void
digest_end(struct digest *digest, unsigned char sha256_r[DIGEST_SIZE])
{
	if (EVP_DigestFinal_ex(digest->context, sha256_r, NULL) != 1)
		abort();
}

void
digest_md5(struct str bytes, char hex_r[DIGEST_MD5_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char md5[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(bytes.data, bytes.len, md5, &len, EVP_md5(), NULL) != 1)
		len = 0;
	for (unsigned i = 0; i < len; i++) {
		hex_r[2 * i] = digits[md5[i] >> 4];
		hex_r[2 * i + 1] = digits[md5[i] & 15];
	}
	hex_r[2 * (size_t)len] = '\0';
}
