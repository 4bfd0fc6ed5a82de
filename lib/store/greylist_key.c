/* SPDX-License-Identifier: ISC */
/* greylist_key.c - the name of a triplet, of one size whatever it is made of. */
#include "store/greylist.h"

#include <endian.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "store/key.h"

/* So much of SHA-256 that nobody meets another's triplet by chance. */
#define DIGEST_BYTES 16

/* Each part with its length in front: "ab" and "c" are not "a" and "bc". */
static void
add_part(EVP_MD_CTX *digest, struct str part)
{
	uint64_t len = htole64(part.len);

	if (EVP_DigestUpdate(digest, &len, sizeof(len)) != 1 ||
	    EVP_DigestUpdate(digest, part.data, part.len) != 1)
		abort();
}

struct str
greylist_triplet(struct arena *arena, struct str tag, struct str client,
    struct str sender, struct str recipient)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct buf hex;

	if (digest == NULL ||
	    EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		abort();
	add_part(digest, client);
	add_part(digest, sender);
	add_part(digest, recipient);
	if (EVP_DigestFinal_ex(digest, hash, NULL) != 1)
		abort();
	EVP_MD_CTX_free(digest);
	buf_init(&hex, arena);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		buf_printf(&hex, "%02x", hash[i]);
	return store_key(arena, tag, "grey", buf_str(&hex));
}
