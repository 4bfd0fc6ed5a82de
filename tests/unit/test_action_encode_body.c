/* SPDX-License-Identifier: ISC */
/* test_action_encode_body.c - what is encoded before it is signed, and what is
 * left as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "action_test.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/edit.h"
#include "mail/spool.h"
#include "milter/apply.h"
#include "own_keys.h"

extern const struct action action_encode_body;

#define TEXT "From: joe@us.example|MIME-Version: 1.0|Content-Type: text/plain"

static const char *site;	/* the configuration of all cases */

static int
set_up_all(void **state)
{
	(void)state;
	own_keys_begin();
	site = arena_printf(own_keys.arena,
	    "domain us.example { dkim_key ed { file %s; } }\n"
	    "domain keyless.example { }\n"
	    "domain gone.example { on_missing_key unsigned;\n"
	    "    dkim_key gone { file %s/none; } }\n",
	    own_keys_make("ed25519.pem", 0), own_keys.folder);
	return 0;
}

static void
begin(struct action_test *test, const char *fields, struct str body)
{
	action_test_begin(test, &action_encode_body, site, "");
	action_test_outbound(test, fields, body);
}

static const char *
body_of(struct action_test *test)
{
	struct str body;

	assert_int_equal(spool_data(test->txn->body, &body), 0);
	return str_dup(test->arena, body);
}

static const struct {
	const char *why, *fields, *body;
	const char *detail;	/* NULL: nothing was done */
	const char *new_fields, *new_body;	/* NULL: as they were */
} cases[] = {
	{ "plain text", TEXT, "hello\r\n", NULL, NULL, NULL },
	{ "8 bits", TEXT "|Content-Transfer-Encoding: 8bit", "\xc3\xa4\r\n",
	    "1 part as quoted-printable",
	    TEXT "|Content-Transfer-Encoding: quoted-printable",
	    "=C3=A4\r\n" },
	{ "8 bits, without a word about it", "From: joe@us.example",
	    "\xe4\r\n", "1 part as quoted-printable", "From: joe@us.example|"
	    "MIME-Version: 1.0|Content-Type: text/plain; charset=unknown-8bit|"
	    "Content-Transfer-Encoding: quoted-printable", "=E4\r\n" },
	{ "text and something else", "From: joe@us.example|"
	    "Content-Type: multipart/mixed; boundary=b",
	    "--b\r\n\r\n\xe4\r\n--b\r\n\r\n\xe5\r\n--b\r\n"
	    "Content-Type: image/png\r\n\r\n\xff\r\n--b--\r\n",
	    "2 parts as quoted-printable, 1 part as base64",
	    "From: joe@us.example|Content-Type: multipart/mixed; boundary=b|"
	    "MIME-Version: 1.0",
	    "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n"
	    "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E5\r\n"
	    "--b\r\nContent-Type: image/png\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n/w==\r\n--b--\r\n" },
	{ "it only says that it is 8bit",
	    TEXT "|Content-Transfer-Encoding: 8bit", "a=b\r\n",
	    "parts without 8-bit bytes said to be 8bit are 7bit now",
	    TEXT "|Content-Transfer-Encoding: 7bit", NULL },
	{ "PGP/MIME", "From: joe@us.example|"
	    "Content-Type: multipart/signed; boundary=b",
	    "--b\r\n\r\n\xe4\r\n--b--\r\n",
	    "not encoded: multipart/signed must stay as it is", NULL, NULL },
	{ "no key", "From: joe@keyless.example", "\xe4\r\n", NULL, NULL,
	    NULL },
	{ "no key that can be used", "From: joe@gone.example", "\xe4\r\n",
	    NULL, NULL, NULL },
	{ "not one author", "To: joe@us.example", "\xe4\r\n", NULL, NULL,
	    NULL },
};

static void
what_is_encoded_and_what_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct action_test test;
		const char *fields, *error;

		print_message("%s\n", cases[i].why);
		begin(&test, cases[i].fields, str_from(cases[i].body));
		fields = action_test_fields(&test);
		assert_int_equal(action_test_apply(&test, &error), 0);
		if (cases[i].detail == NULL)
			assert_null(test.run.detail);
		else
			assert_string_equal(test.run.detail, cases[i].detail);
		assert_string_equal(action_test_fields(&test),
		    cases[i].new_fields != NULL ? cases[i].new_fields
		    : fields);
		assert_string_equal(body_of(&test), cases[i].new_body != NULL
		    ? cases[i].new_body : cases[i].body);
		assert_int_equal(test.txn->edits.len != 0,
		    cases[i].new_fields != NULL);
		action_test_end(&test);
	}
}

static void
foreign_mail_is_not_encoded(void **state)
{
	static const enum direction directions[] = { DIRECTION_INBOUND,
		DIRECTION_FORWARDED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(directions); i++) {
		struct action_test test;
		const char *error;

		begin(&test, TEXT, STR("\xe4\r\n"));
		test.txn->direction = directions[i];
		assert_int_equal(action_test_apply(&test, &error), 0);
		assert_null(test.run.detail);
		assert_string_equal(body_of(&test), "\xe4\r\n");
		action_test_end(&test);
	}
}

static void
what_came_in_part_is_not_encoded(void **state)
{
	struct action_test test;
	const char *error;

	(void)state;
	begin(&test, TEXT, STR("\xe4\r\n"));
	test.run.gap = "it is too large";
	assert_int_equal(action_test_apply(&test, &error), 0);
	assert_int_equal(test.txn->edits.len, 0);
	action_test_end(&test);
}

/* Each octet becomes three, in lines short enough for no soft breaks: 240 KB
 * more, which is allowed, and one octet more than 256 KB, which is not. */
static void
growth_has_a_limit(void **state)
{
	const size_t octets = 120 * 1024;

	(void)state;
	for (size_t more = 0; more <= 8 * 1024 + 1; more += 8 * 1024 + 1) {
		struct arena *arena = arena_new(0);
		struct action_test test;
		const char *error;
		struct buf body;

		buf_init(&body, arena);
		for (size_t i = 0; i < octets + more; i++)
			buf_add_text(&body, i % 20 == 19 ? "\xe4\r\n" : "\xe4");
		buf_add_text(&body, "\r\n");
		begin(&test, TEXT, buf_str(&body));
		assert_int_equal(action_test_apply(&test, &error), 0);
		assert_string_equal(test.run.detail, more == 0
		    ? "1 part as quoted-printable"
		    : "not encoded: it would grow by more than max_growth");
		assert_int_equal(test.txn->edits.len != 0, more == 0);
		action_test_end(&test);
		arena_free(&arena);
	}
}

/* As observe mode and dry_run do it. */
static void
it_can_be_undone_and_done_again(void **state)
{
	const char *fields, *error;
	struct action_test test;
	struct undo *undo;

	(void)state;
	begin(&test, TEXT, STR("\xe4\r\n"));
	fields = action_test_fields(&test);
	for (int i = 0; i < 3; i++) {
		undo = undo_save(test.txn);
		assert_int_equal(action_test_apply(&test, &error), 0);
		assert_string_equal(body_of(&test), "=E4\r\n");
		assert_int_equal(test.txn->edits.len, 2);
		undo_restore(test.txn, undo);
		assert_string_equal(body_of(&test), "\xe4\r\n");
		assert_string_equal(action_test_fields(&test), fields);
		assert_int_equal(test.txn->edits.len, 0);
	}
	assert_int_equal(action_test_apply(&test, &error), 0);
	assert_string_equal(body_of(&test), "=E4\r\n");
	action_test_end(&test);
}

/* Both stay until the end; only one edit says so. */
static void
the_last_of_two_bodies_leaves(void **state)
{
	struct spool *again = spool_new(NULL, 64);
	const char *error;
	struct action_test test;
	struct undo *undo;
	const struct edit *edit;

	(void)state;
	begin(&test, TEXT, STR("\xe4\r\n"));
	assert_int_equal(action_test_apply(&test, &error), 0);
	undo = undo_save(test.txn);
	edit_replace_body(test.txn, "other", again, "shorter");
	assert_string_equal(body_of(&test), "");
	assert_int_equal(test.txn->edits.len, 2);
	edit = vec_at(&test.txn->edits, 1);
	assert_int_equal(edit->kind, EDIT_REPLACE_BODY);
	assert_true(str_is(edit->value, "shorter"));
	undo_restore(test.txn, undo);
	assert_string_equal(body_of(&test), "=E4\r\n");
	edit = vec_at(&test.txn->edits, 1);
	assert_true(str_is(edit->value, "1 part as quoted-printable"));
	action_test_end(&test);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_and_what_is_not),
		cmocka_unit_test(foreign_mail_is_not_encoded),
		cmocka_unit_test(what_came_in_part_is_not_encoded),
		cmocka_unit_test(growth_has_a_limit),
		cmocka_unit_test(it_can_be_undone_and_done_again),
		cmocka_unit_test(the_last_of_two_bodies_leaves),
	};

	/* A key is missing, which the log tells each time. */
	log_set_sink(fixture_log_is_dropped, NULL);
	return cmocka_run_group_tests(tests, set_up_all, own_keys_teardown);
}
