/* SPDX-License-Identifier: ISC */
/* test_action_dkim_sign.c - what is signed, with which keys, and why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "action_test.h"
#include "auth/dkim.h"
#include "auth/dkim_key.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "fixture.h"
#include "mail/header.h"
#include "milter/keys.h"
#include "own_keys.h"

extern const struct action action_dkim_sign;

#define NOW_S 1700000000	/* action_test's */

static const char *site;	/* the configuration of all cases */

static int
set_up_all(void **state)
{
	const char *rsa, *ed25519, *folder;

	(void)state;
	own_keys_begin();
	folder = own_keys.folder;
	rsa = own_keys_make("rsa.pem", 1024);
	ed25519 = own_keys_make("ed25519.pem", 0);
	chmod(rsa, 0600);
	site = arena_printf(own_keys.arena,
	    "host { signing_networks 198.51.100.0/24; }\n"
	    "domain both.example { dkim_key ed { file %s; }\n"
	    "    dkim_key rsa { file %s; } }\n"
	    "domain *.wild.example { local yes; dkim_key rsa { file %s; } }\n"
	    "domain keyless.example { }\n"
	    "domain quiet.example { dkim_sign no; dkim_key rsa { file %s; } }\n"
	    "domain half.example { dkim_key rsa { file %s; }\n"
	    "    dkim_key gone { file %s/none; } }\n"
	    "domain gone.example { dkim_key gone { file %s/none; } }\n"
	    "domain lax.example { on_missing_key unsigned;\n"
	    "    dkim_key gone { file %s/none; } }\n",
	    ed25519, rsa, rsa, rsa, rsa, folder, folder, folder);
	return 0;
}

static void
begin(struct action_test *test, const char *settings, const char *login,
    const char *fields, struct str body)
{
	action_test_begin(test, &action_dkim_sign, site, settings);
	test->txn->client.login = login;
	action_test_outbound(test, fields, body);
}

struct row {
	const char *why;
	const char *settings, *login, *fields, *body;
	const char *detail;	/* NULL: nothing to tell */
	const char *error;	/* NULL: it did what it should */
};

#define LONG "0123456789012345678901234567890123456789012345678901234567890123" \
	"4567890123456789"
#define LONGER LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG

static const struct row rows[] = {
	{ "both keys", "", "joe@both.example", "From: joe@both.example",
	    "hello\r\n", "d=both.example s=ed (ed25519-sha256), s=rsa "
	    "(rsa-sha256)", NULL },
	{ "another address of the login's domain", "", "joe@both.example",
	    "From: Sales <sales@BOTH.example>", "", "d=both.example s=ed "
	    "(ed25519-sha256), s=rsa (rsa-sha256)", NULL },
	{ "a client without login (direction.h lets only ours pass)", "", NULL,
	    "From: cron@a.wild.example", "x\r\n",
	    "d=a.wild.example s=rsa (rsa-sha256)", NULL },
	{ "the login of another domain", "", "joe@keyless.example",
	    "From: joe@both.example", "x\r\n", "not signed: login "
	    "joe@keyless.example does not own joe@both.example", NULL },
	{ "a domain without keys", "", "joe@keyless.example",
	    "From: joe@keyless.example", "x\r\n",
	    "not signed: keyless.example has no key", NULL },
	{ "the name above a wildcard", "", NULL, "From: joe@wild.example",
	    "x\r\n", "not signed: wild.example has no key", NULL },
	{ "a domain that does not want it", "", "joe@quiet.example",
	    "From: joe@quiet.example", "x\r\n",
	    "not signed: dkim_sign is no for the author", NULL },
	{ "no From", "", "joe@both.example", "To: ann@example.net", "x\r\n",
	    "not signed: From does not name one author", NULL },
	{ "two From", "", "joe@both.example",
	    "From: joe@both.example|From: joe@both.example", "x\r\n",
	    "not signed: From does not name one author", NULL },
	{ "two authors", "", "joe@both.example",
	    "From: joe@both.example, ann@both.example", "x\r\n",
	    "not signed: From does not name one author", NULL },
	{ "a malformed From", "", "joe@both.example",
	    "From: <joe@both.example", "x\r\n",
	    "not signed: From does not name one author", NULL },
	{ "one of two keys is gone", "", "joe@half.example",
	    "From: joe@half.example", "x\r\n", "d=half.example s=rsa "
	    "(rsa-sha256); cannot be used: s=gone", NULL },
	{ "the only key is gone", "", "joe@gone.example",
	    "From: joe@gone.example", "x\r\n", NULL,
	    "the key s=gone of gone.example cannot be used" },
	{ "the only key is gone, and that is all right", "",
	    "joe@lax.example", "From: joe@lax.example", "x\r\n", "not signed: "
	    "the key s=gone of lax.example cannot be used", NULL },
	{ "8-bit bytes", "", NULL, "From: joe@a.wild.example",
	    "\xc3\xa4\r\n", "not signed: the body has 8-bit bytes, and "
	    "Postfix may encode them", NULL },
	{ "8-bit bytes, where all receivers take them",
	    "eight_bit_body sign;", NULL, "From: joe@a.wild.example",
	    "\xc3\xa4\r\n", "d=a.wild.example s=rsa (rsa-sha256); 8-bit body: "
	    "holds where 8BITMIME is taken", NULL },
	{ "a long line", "", NULL, "From: joe@a.wild.example", LONGER "\r\n",
	    "not signed: a line has more than 998 bytes, and Postfix would "
	    "break it", NULL },
	{ "a long line, where Postfix leaves it", "long_lines sign;", NULL,
	    "From: joe@a.wild.example", LONGER "\r\n",
	    "d=a.wild.example s=rsa (rsa-sha256)", NULL },
	{ "a long line in a signed field", "", NULL,
	    "From: joe@a.wild.example|Subject: " LONGER, "x\r\n",
	    "not signed: a line has more than 998 bytes, and Postfix would "
	    "break it", NULL },
	{ "a long line in a field that is not signed", "", NULL,
	    "From: joe@a.wild.example|X-Long: " LONGER, "x\r\n",
	    "d=a.wild.example s=rsa (rsa-sha256)", NULL },
	{ "a lone CR", "", NULL, "From: joe@a.wild.example", "a\rb\r\n",
	    "not signed: the body has a line end that is not CRLF", NULL },
	{ "a control character in the header", "", NULL,
	    "From: joe@a.wild.example|Subject: a\001b", "a\r\n",
	    "not signed: Subject has a control character", NULL },
};

static size_t
count_ours(const struct action_test *test)
{
	size_t count = 0;

	for (size_t i = 0; i < test->txn->headers.fields.len; i++) {
		const struct header *header =
		    vec_at(&test->txn->headers.fields, i);

		count += header->is_ours;
	}
	return count;
}

static void
what_is_signed_and_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct action_test test;
		const char *error = NULL;
		int status;

		print_message("%s\n", rows[i].why);
		begin(&test, rows[i].settings, rows[i].login, rows[i].fields,
		    str_from(rows[i].body));
		status = action_test_apply(&test, &error);
		assert_int_equal(status, rows[i].error != NULL ? -1 : 0);
		if (rows[i].error != NULL)
			assert_string_equal(error, rows[i].error);
		else
			assert_string_equal(test.run.detail, rows[i].detail);
		assert_int_equal(count_ours(&test), rows[i].detail == NULL ||
		    rows[i].detail[0] == 'n' ? 0
		    : strstr(rows[i].detail, "s=ed") != NULL ? 2 : 1);
		action_test_end(&test);
	}
}

/* From strangers, and what our own host re-sends. */
static void
other_directions_are_not_ours_to_sign(void **state)
{
	static const enum direction directions[] = { DIRECTION_INBOUND,
		DIRECTION_FORWARDED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(directions); i++) {
		struct action_test test;
		const char *error;

		begin(&test, "", NULL, "From: joe@both.example", STR("x\r\n"));
		test.txn->direction = directions[i];
		assert_int_equal(action_test_apply(&test, &error), 0);
		assert_null(test.run.detail);
		assert_int_equal(count_ours(&test), 0);
		action_test_end(&test);
	}
}

static void
what_came_in_part_is_not_signed(void **state)
{
	struct action_test test;
	const char *error;

	(void)state;
	begin(&test, "", "joe@both.example", "From: joe@both.example",
	    STR("x\r\n"));
	test.run.gap = "it is too large";
	assert_int_equal(action_test_apply(&test, &error), -1);
	assert_string_equal(error, "it is too large");
	action_test_end(&test);
}

/* RSA stands on top, and both verify in the message as it leaves. */
static void
both_signatures_verify(void **state)
{
	struct str body = STR("hello \r\n\r\n");
	struct dkim_message message = { .body = body };
	const struct dkim_verdicts *verdicts;
	struct action_test test;
	struct buf zone;
	const char *error;

	(void)state;
	begin(&test, "", "joe@both.example", "From: joe@both.example|"
	    "Subject: a\n folded one|To: ann@example.net", body);
	test.txn->direction = DIRECTION_INTERNAL;
	assert_int_equal(action_test_apply(&test, &error), 0);
	message.headers = test.txn->headers;
	buf_init(&zone, test.arena);
	dkim_zone_add(&zone, STR("rsa._domainkey.both.example"),
	    str_from(dkim_key_record(dkim_key_load(test.arena,
	    own_keys_file(test.arena, "rsa.pem"), &error),
	    test.arena)));
	dkim_zone_add(&zone, STR("ed._domainkey.both.example"),
	    str_from(dkim_key_record(dkim_key_load(test.arena,
	    own_keys_file(test.arena, "ed25519.pem"), &error),
	    test.arena)));
	verdicts = dkim_verify_with(test.arena, dkim_message_read(test.arena,
	    dkim_message_write(test.arena, &message, STR(""))),
	    buf_str(&zone), NOW_S, &dkim_usual);
	assert_int_equal(verdicts->count, 2);
	assert_string_equal(verdicts->verdicts[0].algorithm, "rsa-sha256");
	assert_int_equal(verdicts->verdicts[0].result, RESULT_PASS);
	assert_string_equal(verdicts->verdicts[1].algorithm,
	    "ed25519-sha256");
	assert_int_equal(verdicts->verdicts[1].result, RESULT_PASS);
	action_test_end(&test);
}

/* --- the table of keys -------------------------------------------------------- */

static void
a_key_that_is_gone_degrades_its_domain_alone(void **state)
{
	struct action_test test;
	struct vec degraded;
	const char *error = NULL;

	(void)state;
	begin(&test, "", NULL, "From: x@y", STR(""));
	vec_init(&degraded, test.arena, sizeof(const char *));
	assert_non_null(key_table_new(test.arena, test.txn->site->policies,
	    false, &degraded, &error));
	assert_int_equal(degraded.len, 3);
	assert_string_equal(*(const char **)vec_at(&degraded, 0),
	    arena_printf(test.arena, "mail of half.example is not signed as "
	    "configured: %s/none cannot be read: No such file or directory",
	    own_keys.folder));
	/* A reload keeps the old snapshot. */
	assert_null(key_table_new(test.arena, test.txn->site->policies, true,
	    &degraded, &error));
	assert_string_equal(error, arena_printf(test.arena, "domain "
	    "half.example: %s/none cannot be read: No such file or directory",
	    own_keys.folder));
	action_test_end(&test);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_and_why_not),
		cmocka_unit_test(other_directions_are_not_ours_to_sign),
		cmocka_unit_test(what_came_in_part_is_not_signed),
		cmocka_unit_test(both_signatures_verify),
		cmocka_unit_test(a_key_that_is_gone_degrades_its_domain_alone),
	};

	/* The keys of the test are short, which the log tells each time. */
	log_set_sink(fixture_log_is_dropped, NULL);
	return cmocka_run_group_tests(tests, set_up_all, own_keys_teardown);
}
