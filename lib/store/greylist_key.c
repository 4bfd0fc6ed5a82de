/* SPDX-License-Identifier: ISC */
/* greylist_key.c - the name of a triplet, of one size whatever it is made of. */
#include "store/greylist.h"

#include <endian.h>
#include <stdlib.h>

/* As in redis_script.c: EVP loads much more than this. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "store/key.h"

/* So much of SHA-256 that nobody meets another's triplet by chance. */
#define DIGEST_BYTES 16

/* Each part with its length in front: "ab" and "c" are not "a" and "bc". */
static void
add_part(SHA256_CTX *state, struct str part)
{
	uint64_t len = htole64(part.len);

	if (SHA256_Update(state, &len, sizeof(len)) != 1 ||
	    SHA256_Update(state, part.data, part.len) != 1)
		abort();
}

struct str
greylist_triplet(struct arena *arena, struct str tag, struct str client,
    struct str sender, struct str recipient)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	SHA256_CTX state;
	struct buf hex;

	if (SHA256_Init(&state) != 1)
		abort();
	add_part(&state, client);
	add_part(&state, sender);
	add_part(&state, recipient);
	if (SHA256_Final(hash, &state) != 1)
		abort();
	buf_init(&hex, arena);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		buf_printf(&hex, "%02x", hash[i]);
	return store_key(arena, tag, "grey", buf_str(&hex));
}
