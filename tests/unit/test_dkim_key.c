/* SPDX-License-Identifier: ISC */
/* test_dkim_key.c - keys are made, loaded, doubted and published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/dkim_key.h"
#include "auth/dkim_key_record.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "fixture.h"
#include "own_keys.h"

#define DOMAIN "example.org"

static void
keys_are_what_was_asked_for(void **state)
{
	struct stat status;
	struct dkim_key_record record;
	const char *reason;

	assert_string_equal(dkim_key_algorithm(own_keys.rsa), "rsa-sha256");
	assert_int_equal(own_keys.rsa->bits, 2048);
	assert_null(own_keys.rsa->warning);
	assert_string_equal(dkim_key_algorithm(own_keys.ed25519),
	    "ed25519-sha256");
	assert_int_equal(own_keys.ed25519->bits, 256);
	assert_int_equal(stat(own_keys.rsa->file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(dkim_key_record_parse(*state, str_from(
	    dkim_key_record(own_keys.rsa, *state)), &record, &reason), 0);
	assert_int_equal(record.bits, 2048);
	assert_int_equal(dkim_key_record_parse(*state, str_from(
	    dkim_key_record(own_keys.ed25519, *state)), &record, &reason), 0);
	assert_string_equal(record.type, "ed25519");
}

static void
a_key_is_never_overwritten_unasked(void **state)
{
	const char *file = own_keys.ed25519->file, *error = NULL;
	struct str before = dkim_file_read(*state, file), after;
	const char *other = own_keys_file(*state, "other.pem");

	assert_int_equal(dkim_key_make(*state, 0, file, false, &error), -1);
	assert_string_equal(error, arena_printf(*state, "%s exists", file));
	assert_true(str_eq(dkim_file_read(*state, file), before));
	assert_int_equal(dkim_key_make(*state, 0, other, false, &error), 0);
	before = dkim_file_read(*state, other);
	assert_int_equal(dkim_key_make(*state, 0, other, true, &error), 0);
	after = dkim_file_read(*state, other);
	assert_false(str_eq(before, after));
	assert_int_equal(dkim_key_make(*state, 0, own_keys_file(*state,
	    "none/key.pem"), false, &error), -1);
	assert_non_null(strstr(error, "cannot be written: No such file"));
	assert_int_equal(dkim_key_make(*state, 512, other, true, &error), -1);
	assert_string_equal(error, "RSA keys have 1024 to 4096 bits");
}

static void
write_text(const char *file, const char *text, mode_t mode)
{
	FILE *out = fopen(file, "w");

	fputs(text, out);
	fclose(out);
	chmod(file, mode);
}

static const char *
write_pem(struct arena *arena, const char *name, EVP_PKEY *key,
    const char *passphrase)
{
	const char *file = own_keys_file(arena, name);
	FILE *out = fopen(file, "w");

	assert_non_null(key);
	PEM_write_PrivateKey(out, key, passphrase != NULL ? EVP_aes_128_cbc()
	    : NULL, (const unsigned char *)passphrase, passphrase != NULL
	    ? (int)strlen(passphrase) : 0, NULL, NULL);
	fclose(out);
	chmod(file, 0600);
	EVP_PKEY_free(key);
	return file;
}

static void
useless_keys_say_why(void **state)
{
	const struct {
		const char *file, *reason;
	} cases[] = {
		{ own_keys_file(*state, "none"),
		    "cannot be read: No such file" },
		{ own_keys.folder, "is not a key file" },
		{ own_keys_file(*state, "text"), "holds no private key" },
		{ write_pem(*state, "ec", EVP_EC_gen("P-256"), NULL),
		    "is neither an RSA nor an Ed25519 key" },
		{ write_pem(*state, "short", EVP_RSA_gen(768), NULL),
		    "has 768 bits: RSA keys have 1024 to 4096" },
		{ write_pem(*state, "locked", EVP_RSA_gen(1024), "secret"),
		    "is protected by a passphrase" },
	};

	write_text(own_keys_file(*state, "text"), "hello\n", 0600);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *error = NULL;

		assert_null(dkim_key_load(*state, cases[i].file, &error));
		if (strstr(error, cases[i].reason) == NULL)
			fail_msg("%s", error);
	}
}

static void
doubtful_keys_are_warned_of(void **state)
{
	const char *file = write_pem(*state, "doubtful", EVP_RSA_gen(1024),
	    NULL), *error;
	struct dkim_key *key = dkim_key_load(*state, file, &error);

	assert_non_null(strstr(key->warning, "RFC 8301 asks for 2048"));
	chmod(file, 0644);
	key = dkim_key_load(*state, file, &error);
	assert_non_null(strstr(key->warning, "has mode 0644"));
	chmod(file, 0640);
	key = dkim_key_load(*state, file, &error);
	assert_null(strstr(key->warning, "mode"));
}

/* RFC 1035 3.3: a string of a TXT record has 255 bytes at most. */
static void
zone_lines_are_cut(void **state)
{
	char record[600];
	const char *line;

	memset(record, 'x', sizeof(record) - 1);
	record[sizeof(record) - 1] = '\0';
	line = dkim_key_zone_line(*state, "s", DOMAIN, record);
	assert_string_equal(line, arena_printf(*state,
	    "s._domainkey.example.org. IN TXT ( \"%.255s\" \"%.255s\" \"%s\" )",
	    record, record, record + 510));
	assert_string_equal(dkim_key_zone_line(*state, "s", DOMAIN,
	    "v=DKIM1; p="),
	    "s._domainkey.example.org. IN TXT ( \"v=DKIM1; p=\" )");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(keys_are_what_was_asked_for),
		ARENA_TEST(a_key_is_never_overwritten_unasked),
		ARENA_TEST(useless_keys_say_why),
		ARENA_TEST(doubtful_keys_are_warned_of),
		ARENA_TEST(zone_lines_are_cut),
	};

	return cmocka_run_group_tests(tests, own_keys_setup, own_keys_teardown);
}
