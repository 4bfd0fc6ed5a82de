/* SPDX-License-Identifier: ISC */
/* test_dkim_key_record.c - key records in the DNS, judged (RFC 6376 3.6.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "auth/dkim_key_record.h"
#include "auth/dkim_pubkey.h"
#include "auth/dkim_signature.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "dns/dns.h"

#define ED "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

struct bench {
	struct arena *arena;
	struct dkim_forger *rsa;	/* 1024 bits */
};

static int
set_up(void **state)
{
	struct arena *arena = arena_new(0);
	struct bench *bench = arena_alloc(arena, sizeof(*bench));

	*bench = (struct bench){ arena, dkim_forger_new(arena, 1024) };
	*state = bench;
	return 0;
}

static int
tear_down(void **state)
{
	struct arena *arena = ((struct bench *)*state)->arena;

	arena_free(&arena);
	return 0;
}

/* "%" stands for p= of a good RSA key. */
static struct str
fill_in(struct bench *bench, const char *text)
{
	struct str before, rest = str_from(text);

	str_cut(&rest, '%', &before);
	return rest.data == NULL ? before : str_from(arena_printf(bench->arena,
	    "%.*sp=%s%.*s", STR_ARG(before), bench->rsa->public_key,
	    STR_ARG(rest)));
}

static const struct {
	const char *story, *text;
	const char *reason;	/* NULL: good */
} records[] = {
	{ "p= alone", "%", NULL },
	{ "all tags", "v=DKIM1; k=rsa; h=sha1:sha256; s=email; t=y:s; n=x; %",
	    NULL },
	{ "an Ed25519 key (RFC 8463 4)", "v=DKIM1; k=ed25519; " ED, NULL },
	{ "g= of RFC 4871 means nothing any more", "v=DKIM1; g=; %", NULL },
	{ "unknown words in lists", "v=DKIM1; h=sha512:sha256; s=web:email; "
	    "t=x:y; %", NULL },
	{ "every service", "s=*; %", NULL },
	{ "an empty note", "v=DKIM1;n=;%", NULL },
	{ "nothing", "", "the key record is empty" },
	{ "no list", "hello", "key record: syntax error in a tag list" },
	{ "a tag without value", "k=rsa; t; %",
	    "key record: syntax error in a tag list" },
	{ "another version", "v=DKIM2; %", "v= of the key is not DKIM1" },
	{ "a version in other case", "v=dkim1; %",
	    "v= of the key is not DKIM1" },
	{ "the version not first", "k=rsa; v=DKIM1; %",
	    "v= is not the first tag of the key" },
	{ "no p=", "v=DKIM1; k=rsa", "p= of the key is missing" },
	{ "revoked", "v=DKIM1; p=", "the key is revoked" },
	{ "revoked, whatever else", "v=DKIM1; k=x; h=y; p=; t=s",
	    "the key is revoked" },
	{ "for SHA-1 alone", "h=sha1; %", "the key is not for SHA-256" },
	{ "for an empty list of hashes", "h=; %",
	    "the key is not for SHA-256" },
	{ "for chats", "s=chat; %", "the key is not for mail" },
	{ "of an unknown type", "k=dsa; %", "k= is not a known key type" },
	{ "no base 64", "p=A*BC", "p= of the key is not base 64" },
	{ "base 64 of nothing", "p=AAAA", "the key cannot be decoded" },
	{ "RSA that is Ed25519", ED, "the key cannot be decoded" },
	{ "Ed25519 that is RSA", "k=ed25519; %",
	    "an Ed25519 key has 32 bytes" },
	{ "Ed25519 in a wrapping", "k=ed25519; p=MCowBQYDK2VwAyEA3SUqa9Ubfci"
	    "Wkk7tlcJ9P1VD5pXAasg0JUn/OgjVbKE=",
	    "an Ed25519 key has 32 bytes" },
	{ "an Ed25519 wrapping that calls itself RSA", "p=MCowBQYDK2VwAyEA3SU"
	    "qa9UbfciWkk7tlcJ9P1VD5pXAasg0JUn/OgjVbKE=",
	    "the key is not an RSA key" },
};

static void
records_are_judged(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct dkim_key_record record;
		const char *reason = NULL;
		int status = dkim_key_record_parse(bench->arena,
		    fill_in(bench, records[i].text), &record, &reason);

		if ((status == 0) != (records[i].reason == NULL))
			fail_msg("%s: %s", records[i].story,
			    status == 0 ? "accepted" : reason);
		if (status < 0 && strcmp(reason, records[i].reason) != 0)
			fail_msg("%s: %s", records[i].story, reason);
	}
}

static void
all_of_it_can_be_read(void **state)
{
	struct bench *bench = *state;
	struct dkim_key_record record;
	const char *reason;

	assert_int_equal(dkim_key_record_parse(bench->arena, fill_in(bench,
	    "v=DKIM1; t=y:s; %"), &record, &reason), 0);
	assert_string_equal(record.type, "rsa");
	assert_int_equal(record.bits, 1024);
	assert_true(record.is_test_key);
	assert_true(record.is_strict);
	assert_non_null(record.key);
	assert_int_equal(dkim_key_record_parse(bench->arena, STR("k=ed25519; "
	    ED), &record, &reason), 0);
	assert_null(record.key);
	assert_int_equal(record.bits, 256);
	assert_false(record.is_test_key);
}

/* RFC 6376 3.6.1 asks for an RSAPublicKey, everybody publishes a
 * SubjectPublicKeyInfo; the one lies inside the other. */
static void
both_wrappings_are_read(void **state)
{
	struct bench *bench = *state;
	unsigned char *der = NULL;
	int len = i2d_PublicKey(bench->rsa->key, &der);
	struct dkim_key_record record;
	const char *reason;

	assert_true(len > 0);
	assert_int_equal(dkim_key_record_parse(bench->arena,
	    str_from(arena_printf(bench->arena, "p=%s", base64_encode(
	    bench->arena, str_of((char *)der, (size_t)len)).data)), &record,
	    &reason), 0);
	assert_int_equal(record.bits, 1024);
	/* A byte behind it, and it is no key. */
	assert_int_equal(dkim_key_record_parse(bench->arena,
	    str_from(arena_printf(bench->arena, "p=%sAAAA", base64_encode(
	    bench->arena, str_of((char *)der, (size_t)len / 3 * 3)).data)),
	    &record, &reason), -1);
	OPENSSL_free(der);
}

/* With an exponent as long as the modulus, one verification costs what a
 * hundred cost. */
static void
a_large_exponent_is_refused(void **state)
{
	struct bench *bench = *state;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = NULL, *e = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	unsigned char *der = NULL;
	struct dkim_key_record record;
	const char *reason;
	int len;

	EVP_PKEY_get_bn_param(bench->rsa->key, OSSL_PKEY_PARAM_RSA_N, &n);
	BN_set_word(e, 3);
	BN_lshift(e, e, 900);
	BN_add_word(e, 1);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY,
	    params), 1);
	len = i2d_PUBKEY(key, &der);
	assert_int_equal(dkim_key_record_parse(bench->arena,
	    str_from(arena_printf(bench->arena, "p=%s", base64_encode(
	    bench->arena, str_of((char *)der, (size_t)len)).data)), &record,
	    &reason), -1);
	assert_string_equal(reason, "the exponent of the key is too large");
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
}

/* What the DNS may answer; records are separated by '|'. */
static const struct {
	const char *story;
	enum dns_status status;
	const char *records;
	enum result result;
	const char *reason;
} answers[] = {
	{ "one record", DNS_FOUND, "%", RESULT_PASS, NULL },
	{ "a record of another kind beside it", DNS_FOUND,
	    "v=spf1 -all|v=DKIM1; %", RESULT_PASS, NULL },
	{ "an unusable key record beside it", DNS_FOUND, "v=DKIM1|%",
	    RESULT_PASS, NULL },
	{ "two key records (3.6.2.2)", DNS_FOUND, "k=rsa; p=|%",
	    RESULT_PERMERROR, "several key records in the DNS" },
	{ "a wildcard alone", DNS_FOUND, "v=spf1 -all", RESULT_PERMERROR,
	    "v= of the key is not DKIM1" },
	{ "no such name", DNS_NXDOMAIN, NULL, RESULT_PERMERROR,
	    "no key in the DNS" },
	{ "no such record", DNS_NODATA, NULL, RESULT_PERMERROR,
	    "no key in the DNS" },
	{ "the server fails", DNS_SERVFAIL, NULL, RESULT_TEMPERROR,
	    "no answer for the key: lame" },
	{ "the server is silent", DNS_TIMEOUT, NULL, RESULT_TEMPERROR,
	    "no answer for the key: lame" },
};

static void
answers_are_judged(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct dns_record records_of[4];
		struct dns_answer answer = { .status = answers[i].status,
			.is_secure = true, .error = "lame",
			.records = records_of };
		struct str rest = str_from(answers[i].records), piece;
		struct dkim_key_record record;
		enum result result = RESULT_PASS;
		const char *reason = NULL;

		while (answers[i].records != NULL &&
		    str_cut(&rest, '|', &piece))
			records_of[answer.count++] = (struct dns_record){
				.data = fill_in(bench, str_dup(bench->arena,
				piece)) };
		if (dkim_key_record_read(bench->arena, &answer, &record,
		    &result, &reason) == 0) {
			result = RESULT_PASS;
			assert_true(record.is_secure);
		}
		if (result != answers[i].result)
			fail_msg("%s: %s", answers[i].story,
			    result_text(result));
		if (answers[i].reason != NULL &&
		    strcmp(reason, answers[i].reason) != 0)
			fail_msg("%s: %s", answers[i].story, reason);
	}
}

static void
keys_fit_signatures_or_not(void **state)
{
	static const struct {
		const char *story, *record;
		enum dkim_algorithm algorithm;
		bool is_below;
		int64_t minimum_bits;
		enum result result;
		const char *reason;
	} cases[] = {
		{ "RSA for RSA", "%", DKIM_RSA_SHA256, true, 1024,
		    RESULT_PASS, NULL },
		{ "Ed25519 for Ed25519, whatever the bits of RSA",
		    "k=ed25519; " ED, DKIM_ED25519_SHA256, false, 4096,
		    RESULT_PASS, NULL },
		{ "RSA for Ed25519", "%", DKIM_ED25519_SHA256, false, 1024,
		    RESULT_PERMERROR, "k= of the key is rsa, a= is x" },
		{ "Ed25519 for RSA", "k=ed25519; " ED, DKIM_RSA_SHA256, false,
		    1024, RESULT_PERMERROR,
		    "k= of the key is ed25519, a= is x" },
		{ "t=s and i= equal to d=", "t=s; %", DKIM_RSA_SHA256, false,
		    1024, RESULT_PASS, NULL },
		{ "t=s and i= below d=", "t=y:s; %", DKIM_RSA_SHA256, true,
		    1024, RESULT_PERMERROR,
		    "i= is below d=, which the key forbids (t=s)" },
		{ "too short (RFC 8301 3.2)", "%", DKIM_RSA_SHA256, false,
		    2048, RESULT_POLICY,
		    "RSA key of 1024 bits, 2048 are required" },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dkim_signature signature = {
			.algorithm = cases[i].algorithm,
			.algorithm_text = "x",
			.is_identity_below = cases[i].is_below,
		};
		struct dkim_key_record record;
		enum result result;
		const char *reason = NULL;

		assert_int_equal(dkim_key_record_parse(bench->arena,
		    fill_in(bench, cases[i].record), &record, &reason), 0);
		if (dkim_key_record_judge(bench->arena, &record, &signature,
		    cases[i].minimum_bits, &result, &reason) == 0)
			result = RESULT_PASS;
		if (result != cases[i].result)
			fail_msg("%s: %s", cases[i].story,
			    result_text(result));
		if (cases[i].reason != NULL &&
		    strcmp(reason, cases[i].reason) != 0)
			fail_msg("%s: %s", cases[i].story, reason);
	}
}

static void
keys_are_remembered(void **state)
{
	struct bench *bench = *state;
	uint64_t remembered, decoded, more_remembered, more_decoded;
	struct dkim_key_record record;
	const char *reason;

	for (int i = 0; i < 2; i++) {
		dkim_pubkey_counts(&remembered, &decoded);
		assert_int_equal(dkim_key_record_parse(bench->arena,
		    fill_in(bench, "%"), &record, &reason), 0);
		dkim_pubkey_counts(&more_remembered, &more_decoded);
		assert_int_equal(more_decoded - decoded, i == 0 ? 1 : 0);
		assert_int_equal(more_remembered - remembered,
		    i == 0 ? 0 : 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(records_are_judged),
		TEST(all_of_it_can_be_read),
		TEST(both_wrappings_are_read),
		TEST(a_large_exponent_is_refused),
		TEST(answers_are_judged),
		TEST(keys_fit_signatures_or_not),
		TEST(keys_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
