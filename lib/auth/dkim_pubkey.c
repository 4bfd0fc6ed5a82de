/* SPDX-License-Identifier: ISC */
/* dkim_pubkey.c - public RSA keys of strangers, decoded once and remembered.
 *
 * Decoding takes 100 us, verifying 16 us, and the keys of a few senders sign
 * most mail. The cache is 64 shards of 64 places, each with a lock and a clock
 * hand: a hit marks its place, the hand passes over marked places once. The
 * hash that chooses the shard is keyed for this process, so nobody can crowd
 * one shard; what is found is compared byte by byte. */
#include "auth/dkim_pubkey.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/hash.h"

#define SHARDS 64
#define PLACES (DKIM_PUBKEYS_MAX / SHARDS)
#define EXPONENT_BITS_MAX 64

struct place {
	uint64_t hash;
	char *bytes;	/* malloc; NULL: free */
	size_t len;
	EVP_PKEY *key;
	bool is_wanted;
};

struct shard {
	pthread_mutex_t lock;
	size_t hand;
	struct place places[PLACES];
};

static struct shard shards[SHARDS] = {
	[0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};
static _Atomic uint64_t remembered, decoded;

static EVP_PKEY *
find(struct shard *shard, struct str bytes, uint64_t hash)
{
	EVP_PKEY *key = NULL;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < PLACES && key == NULL; i++) {
		struct place *place = &shard->places[i];

		if (place->hash != hash || place->bytes == NULL ||
		    place->len != bytes.len ||
		    memcmp(place->bytes, bytes.data, bytes.len) != 0)
			continue;
		key = place->key;
		EVP_PKEY_up_ref(key);
		place->is_wanted = true;
	}
	pthread_mutex_unlock(&shard->lock);
	return key;
}

/* Two threads may decode the same key at once: then it stands there twice, and
 * the copy that is not found goes in time. */
static void
remember(struct shard *shard, struct str bytes, uint64_t hash, EVP_PKEY *key)
{
	char *copy = malloc(bytes.len);
	struct place *place, old;

	if (copy == NULL)
		abort();
	memcpy(copy, bytes.data, bytes.len);
	EVP_PKEY_up_ref(key);
	pthread_mutex_lock(&shard->lock);
	while ((place = &shard->places[shard->hand])->is_wanted) {
		place->is_wanted = false;
		shard->hand = (shard->hand + 1) % PLACES;
	}
	shard->hand = (shard->hand + 1) % PLACES;
	old = *place;
	*place = (struct place){ hash, copy, bytes.len, key, false };
	pthread_mutex_unlock(&shard->lock);
	free(old.bytes);
	EVP_PKEY_free(old.key);
}

static EVP_PKEY *
decode(struct str bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.data;
	const unsigned char *end = at + bytes.len;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)bytes.len);

	if (key == NULL) {
		at = (const unsigned char *)bytes.data;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)bytes.len);
	}
	ERR_clear_error();
	if (key == NULL || at == end)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* With a large e the stranger decides what verifying costs: 65537 has 17 bits,
 * and nothing in use has more than 32. */
static bool
has_large_exponent(const EVP_PKEY *key)
{
	BIGNUM *e = NULL;
	bool is_large = !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E,
	    &e) || BN_num_bits(e) > EXPONENT_BITS_MAX;

	BN_free(e);
	return is_large;
}

static void
unref(void *arg)
{
	EVP_PKEY_free(arg);
}

struct evp_pkey_st *
dkim_pubkey_decode(struct arena *arena, struct str bytes,
    const char **error_r)
{
	uint64_t hash = hash_bytes(bytes.data, bytes.len);
	struct shard *shard = &shards[hash % SHARDS];
	EVP_PKEY *key = find(shard, bytes, hash);

	if (key != NULL) {
		arena_on_free(arena, unref, key);
		atomic_fetch_add(&remembered, 1);
		return key;
	}
	atomic_fetch_add(&decoded, 1);
	key = decode(bytes);
	if (key == NULL) {
		*error_r = "the key cannot be decoded";
		return NULL;
	}
	arena_on_free(arena, unref, key);
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		*error_r = "the key is not an RSA key";
		return NULL;
	}
	if (has_large_exponent(key)) {
		*error_r = "the exponent of the key is too large";
		return NULL;
	}
	remember(shard, bytes, hash, key);
	return key;
}

unsigned
dkim_pubkey_bits(const struct evp_pkey_st *key)
{
	return (unsigned)EVP_PKEY_get_bits(key);
}

void
dkim_pubkey_counts(uint64_t *remembered_r, uint64_t *decoded_r)
{
	*remembered_r = atomic_load(&remembered);
	*decoded_r = atomic_load(&decoded);
}
