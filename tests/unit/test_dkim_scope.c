/* SPDX-License-Identifier: ISC */
/* test_dkim_scope.c - the overrides act inside a scope, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <pthread.h>

#include <cmocka.h>

/* libopendkim calls what OpenSSL 3 would rather not have called. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "auth/dkim_pubkey.h"
#include "auth/dkim_scope.h"
#include "auth/dkim_key_record.h"
#include "auth/opendkim.h"
#include "base/arena.h"
#include "base/base64.h"
#include "dkim_bench.h"
#include "fixture.h"

struct bench {
	struct arena *arena;
	struct dkim_forger *rsa, *other;
};

static struct bench bench;

static int
set_up_all(void **state)
{
	struct arena *arena = arena_new(0);

	*state = arena;
	bench = (struct bench){ arena, dkim_forger_new(arena, 1024),
		dkim_forger_new(arena, 1024) };
	return 0;
}

static void
time_is_given(void **state)
{
	struct dkim_scope scope = { .time_s = 12345 };
	time_t now;

	(void)state;
	assert_true(time(NULL) > 1600000000);
	dkim_scope_open(&scope);
	assert_int_equal(time(&now), 12345);
	assert_int_equal(now, 12345);
	dkim_scope_close(&scope);
	assert_true(time(&now) > 1600000000);
	assert_true(now > 1600000000);
}

/* What the other functions of the process do: read PEM and DER. */
static EVP_PKEY *
read_private(EVP_PKEY *from)
{
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key;

	PEM_write_bio_PrivateKey(bio, from, NULL, NULL, 0, NULL, NULL);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

static EVP_PKEY *
read_public(EVP_PKEY *from)
{
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key;

	i2d_PUBKEY_bio(bio, from);
	key = d2i_PUBKEY_bio(bio, NULL);
	BIO_free(bio);
	return key;
}

static void
outside_keys_are_decoded(void **state)
{
	EVP_PKEY *private = read_private(bench.rsa->key);
	EVP_PKEY *public = read_public(bench.rsa->key);

	(void)state;
	assert_int_equal(EVP_PKEY_eq(private, bench.rsa->key), 1);
	assert_int_equal(EVP_PKEY_eq(public, bench.rsa->key), 1);
	assert_ptr_not_equal(private, bench.rsa->key);
	assert_ptr_not_equal(public, bench.rsa->key);
	EVP_PKEY_free(private);
	EVP_PKEY_free(public);
}

static void
inside_keys_are_given(void **state)
{
	struct dkim_scope scope = { .key = bench.other->key };
	struct dkim_scope without_key = { .time_s = 1 };
	EVP_PKEY *private, *public;

	(void)state;
	dkim_scope_open(&scope);
	private = read_private(bench.rsa->key);
	public = read_public(bench.rsa->key);
	dkim_scope_close(&scope);
	assert_ptr_equal(private, bench.other->key);
	assert_ptr_equal(public, bench.other->key);
	assert_int_equal(scope.keys_given, 2);
	dkim_scope_drop_keys(&scope);
	assert_int_equal(scope.keys_given, 0);

	dkim_scope_open(&without_key);
	public = read_public(bench.rsa->key);
	dkim_scope_close(&without_key);
	assert_ptr_not_equal(public, bench.rsa->key);
	assert_int_equal(EVP_PKEY_eq(public, bench.rsa->key), 1);
	EVP_PKEY_free(public);
}

/* The SHA-256 of the first len bytes of "abc", as the library makes it. */
static void
assert_hash_begins(size_t len, const char *begin)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	SHA256_CTX state;
	char text[9];

	SHA256_Init(&state);
	SHA256_Update(&state, "abc", len);
	assert_int_equal(SHA256_Final(hash, &state), 1);
	snprintf(text, sizeof(text), "%02x%02x%02x%02x", hash[0], hash[1],
	    hash[2], hash[3]);
	assert_string_equal(text, begin);
}

/* FIPS 180-4: of nothing e3b0c442..., of "abc" ba7816bf... */
static void
the_hash_of_a_body_that_is_not_there_is_given(void **state)
{
	static const uint8_t body_hash[32] = { 0x12, 0x34, 0x56, 0x78 };
	struct dkim_scope scope = { .body_hash = body_hash };
	struct dkim_scope without_hash = { .time_s = 1 };

	(void)state;
	assert_hash_begins(0, "e3b0c442");
	assert_hash_begins(3, "ba7816bf");
	dkim_scope_open(&scope);
	assert_hash_begins(0, "12345678");
	assert_hash_begins(3, "ba7816bf");
	dkim_scope_close(&scope);
	dkim_scope_open(&without_hash);
	assert_hash_begins(0, "e3b0c442");
	dkim_scope_close(&without_hash);
	assert_hash_begins(0, "e3b0c442");
}

static void *
read_elsewhere(void *arg)
{
	EVP_PKEY **key = arg;

	*key = read_public(bench.rsa->key);
	return NULL;
}

static void
other_threads_do_not_notice(void **state)
{
	struct dkim_scope scope = { .key = bench.other->key };
	EVP_PKEY *key = NULL;
	pthread_t thread;

	(void)state;
	dkim_scope_open(&scope);
	assert_int_equal(pthread_create(&thread, NULL, read_elsewhere, &key),
	    0);
	pthread_join(thread, NULL);
	dkim_scope_close(&scope);
	assert_int_equal(EVP_PKEY_eq(key, bench.rsa->key), 1);
	assert_int_equal(scope.keys_given, 0);
	EVP_PKEY_free(key);
}

/* That libopendkim really takes its keys from the scope: the record it is shown
 * says p=AAAA, which is no key at all. */
static void
libopendkim_calls_the_override(void **state)
{
	struct arena *arena = *state;
	struct dkim_message *message = dkim_message_read(arena,
	    STR("from:joe@example.org\r\n\r\n"));
	struct str tags = STR("v=1; a=rsa-sha256; d=example.org; s=s; h=from; "
	    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=");
	struct dkim_key_record record = { .type = "rsa", .public_key = "AAAA",
		.key = bench.rsa->key };
	struct dkim_signature signature;
	const struct header *field;
	enum result result;
	const char *reason;
	size_t at = 0;

	header_list_add(&message->headers, STR("dkim-signature"),
	    dkim_forge(arena, bench.rsa, STR("from:joe@example.org\r\n"),
	    tags));
	field = header_next(&message->headers, "dkim-signature", &at);
	assert_int_equal(dkim_signature_parse(arena, field->value, 1, 0,
	    &signature, &result, &reason), 0);
	assert_int_equal(opendkim_verify(arena, &message->headers, field,
	    &signature, &record, 1, &reason), OPENDKIM_GOOD);
	record.key = bench.other->key;
	assert_int_equal(opendkim_verify(arena, &message->headers, field,
	    &signature, &record, 1, &reason), OPENDKIM_BAD);
	record.key = NULL;
	assert_int_equal(opendkim_verify(arena, &message->headers, field,
	    &signature, &record, 1, &reason), OPENDKIM_UNABLE);
	assert_non_null(strstr(reason, "libopendkim: "));
}

/* --- the cache of public keys ------------------------------------------------ */

#define THREADS 4
#define ROUNDS 2000

/* The DER of one of the keys. */
static struct str
key_bytes(struct arena *arena, const struct dkim_forger *forger)
{
	struct str bytes = STR("");

	base64_decode(arena, str_from(forger->public_key), &bytes);
	return bytes;
}

/* Two keys in turn, and every third time what is none. */
static void *
decode_many(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new(0);
		const char *error;
		struct str bytes = i % 3 == 0 ? STR("no key")
		    : key_bytes(arena, i % 2 == 0 ? bench.rsa : bench.other);
		struct evp_pkey_st *key = dkim_pubkey_decode(arena, bytes,
		    &error);

		if ((key == NULL) != (i % 3 == 0) ||
		    (key != NULL && dkim_pubkey_bits(key) != 1024))
			return "wrong";
		arena_free(&arena);
	}
	return NULL;
}

static void
threads_share_the_cache(void **state)
{
	uint64_t remembered, decoded, more_remembered, more_decoded;
	pthread_t threads[THREADS];

	(void)state;
	dkim_pubkey_counts(&remembered, &decoded);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, decode_many,
		    NULL), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	dkim_pubkey_counts(&more_remembered, &more_decoded);
	assert_int_equal(more_remembered - remembered + more_decoded -
	    decoded, THREADS * ROUNDS);
	/* A third is no key; the rest is decoded once, or by all at once. */
	assert_true(more_remembered - remembered >=
	    THREADS * (ROUNDS * 2 / 3 - 2));
}

/* A stranger may show as many keys as he likes. */
static void
the_cache_is_bounded(void **state)
{
	struct arena *arena = *state;
	const char *error;
	struct str bytes = key_bytes(arena, bench.rsa);
	char *copy = str_dup(arena, bytes);
	uint64_t remembered, decoded, again, unused;

	/* Other bytes of the modulus make other keys. */
	for (size_t i = 0; i < 3 * DKIM_PUBKEYS_MAX; i++) {
		memcpy(copy + 60, &i, sizeof(i));
		assert_non_null(dkim_pubkey_decode(arena,
		    str_of(copy, bytes.len), &error));
	}
	/* The last ones are there yet, the first ones are gone. */
	dkim_pubkey_counts(&remembered, &decoded);
	assert_non_null(dkim_pubkey_decode(arena, str_of(copy, bytes.len),
	    &error));
	dkim_pubkey_counts(&again, &unused);
	assert_int_equal(again, remembered + 1);
	memset(copy + 60, 0, sizeof(size_t));
	assert_non_null(dkim_pubkey_decode(arena, str_of(copy, bytes.len),
	    &error));
	dkim_pubkey_counts(&again, &unused);
	assert_int_equal(again, remembered + 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_given),
		cmocka_unit_test(outside_keys_are_decoded),
		cmocka_unit_test(inside_keys_are_given),
		cmocka_unit_test(
		    the_hash_of_a_body_that_is_not_there_is_given),
		cmocka_unit_test(other_threads_do_not_notice),
		ARENA_TEST(libopendkim_calls_the_override),
		cmocka_unit_test(threads_share_the_cache),
		ARENA_TEST(the_cache_is_bounded),
	};

	return cmocka_run_group_tests(tests, set_up_all,
	    fixture_arena_teardown);
}
