/* SPDX-License-Identifier: ISC */
/* test_action_remove_forged.c - what must not pass, and what must stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "action_test.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/edit.h"

extern const struct action action_remove_forged;

#define SITE "host { authserv_id mx.ours.example; }\n"
#define FIELDS_MAX 8

struct row {
	const char *why, *settings;
	struct { const char *name, *value; } fields[FIELDS_MAX];
	const char *left, *detail;	/* detail NULL: nothing was done */
};

static const struct row rows[] = {
	{ "nothing forged", "", {
	    { "From", " a@b.example" },
	    { "Authentication-Results", " mx.theirs.example; spf=pass" },
	    { "X-Mailreeves", " 1" }, { "X-Mailreeve", " 1" },
	    { "X-Spam-Level", " *" } },
	    "From: a@b.example|"
	    "Authentication-Results: mx.theirs.example; spf=pass|"
	    "X-Mailreeves: 1|X-Mailreeve: 1|X-Spam-Level: *", NULL },
	{ "our Authentication-Results in every spelling (RFC 8601 5)", "", {
	    { "Authentication-Results", " mx.ours.example; spf=pass" },
	    { "authentication-results", "\n MX.Ours.Example 1; none" },
	    { "Authentication-Results", " \"mx.ours.example\"; spf=pass" },
	    { "Authentication-Results", " (x) mx.ours.example (y); none" },
	    { "Authentication-Results", " mx.ours.example.evil.example; none" },
	    { "From", " a@b.example" } },
	    "Authentication-Results: mx.ours.example.evil.example; none|"
	    "From: a@b.example", "4 Authentication-Results" },
	{ "our own prefix", "", {
	    { "X-Mailreeve-Id", " 1" }, { "x-mailreeve-verdict", " ham" },
	    { "X-MAILREEVE-Anything", "" }, { "To", " a@b.example" } },
	    "To: a@b.example", "3 X-Mailreeve-*" },
	{ "spam fields of others", "", {
	    { "X-Spam-Flag", " NO" }, { "X-SPAM-SCORE", " -99" },
	    { "X-Spam-Status", " No, score=-99" }, { "X-Spam-Report", " x" } },
	    "X-Spam-Report: x", "3 X-Spam-*" },
	{ "spam fields of a trusted filter", "trusted_filters rspamd;", {
	    { "X-Spam-Flag", " YES" }, { "X-Mailreeve-Id", " 1" } },
	    "X-Spam-Flag: YES", "1 X-Mailreeve-*" },
	{ "what some readers take for a field behind a lone CR", "", {
	    { "X-A", " a\rAuthentication-Results: mx.ours.example; dkim=pass" },
	    { "X-B", " a\r\r x-mailreeve-verdict : ham\rc" },
	    { "X-C", " a\rX-Spam-Flag" }, { "X-D", " a\rX-Mailreeve: 1" },
	    { "X-E", " a\r" } },
	    "X-C: a\rX-Spam-Flag|X-D: a\rX-Mailreeve: 1|X-E: a\r",
	    "1 Authentication-Results, 1 X-Mailreeve-*" },
	{ "all kinds", "", {
	    { "X-Spam-Flag", " NO" }, { "X-Mailreeve-Verdict", " ham" },
	    { "Authentication-Results", " mx.ours.example; dkim=pass" },
	    { "X-Mailreeve-Id", " 1" } },
	    "", "1 Authentication-Results, 2 X-Mailreeve-*, 1 X-Spam-*" },
};

static void
forged_fields_go_in_every_direction(void **state)
{
	static const enum direction directions[] = { DIRECTION_INBOUND,
		DIRECTION_OUTBOUND, DIRECTION_INTERNAL, DIRECTION_FORWARDED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(directions); i++) {
		const struct row *row = &rows[i / ARRAY_LEN(directions)];
		struct action_test t;
		const char *error;

		print_message("%s\n", row->why);
		action_test_begin(&t, &action_remove_forged, SITE,
		    row->settings);
		t.txn->direction = directions[i % ARRAY_LEN(directions)];
		for (size_t f = 0; row->fields[f].name != NULL; f++)
			header_list_add(&t.txn->headers,
			    str_from(row->fields[f].name),
			    str_from(row->fields[f].value));
		assert_int_equal(action_test_apply(&t, &error), 0);
		assert_string_equal(action_test_fields(&t), row->left);
		if (row->detail == NULL)
			assert_null(t.run.detail);
		else
			assert_string_equal(t.run.detail, row->detail);
		action_test_end(&t);
	}
}

static void
what_we_wrote_ourselves_stays(void **state)
{
	struct action_test t;
	const char *error;

	(void)state;
	action_test_begin(&t, &action_remove_forged, SITE, "");
	edit_insert_header(t.txn, "mark", STR("X-Mailreeve-Id"), STR(" 1"));
	assert_int_equal(action_test_apply(&t, &error), 0);
	assert_string_equal(action_test_fields(&t), "X-Mailreeve-Id: 1");
	assert_null(t.run.detail);
	action_test_end(&t);
}

static void
hundreds_are_removed_thousands_are_an_error(void **state)
{
	static const struct {
		size_t count;
		int result;
	} cases[] = { { 500, 0 }, { 501, -1 }, { 20000, -1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct action_test t;
		const char *error = NULL;

		action_test_begin(&t, &action_remove_forged, SITE, "");
		for (size_t n = 0; n < cases[i].count; n++)
			header_list_add(&t.txn->headers,
			    STR("Authentication-Results"),
			    STR(" mx.ours.example; spf=pass"));
		assert_int_equal(action_test_apply(&t, &error),
		    cases[i].result);
		if (cases[i].result == 0)
			assert_string_equal(action_test_fields(&t), "");
		else
			assert_string_equal(error,
			    "more than 500 forged header fields");
		action_test_end(&t);
	}
}

/* Else a stranger writes as many fields as are read, and his lies behind them:
 * mail to a postmaster, and with on_limit pass all mail, would keep these. */
static void
fields_that_were_not_read_are_an_error(void **state)
{
	struct action_test t;
	const char *error = NULL;

	(void)state;
	action_test_begin(&t, &action_remove_forged, SITE, "");
	t.txn->headers_left_out = "more than 100 header fields";
	header_list_add(&t.txn->headers, STR("From"), STR(" a@b.example"));
	assert_int_equal(action_test_apply(&t, &error), -1);
	assert_string_equal(error, "more than 100 header fields");
	action_test_end(&t);
}

static void
a_body_that_was_not_read_is_none(void **state)
{
	struct action_test t;
	const char *error = NULL;

	(void)state;
	action_test_begin(&t, &action_remove_forged, SITE, "");
	t.txn->body_left_out = "a message of more than 65536 bytes";
	header_list_add(&t.txn->headers, STR("X-Spam-Flag"), STR(" NO"));
	assert_int_equal(action_test_apply(&t, &error), 0);
	assert_string_equal(action_test_fields(&t), "");
	action_test_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_fields_go_in_every_direction),
		cmocka_unit_test(what_we_wrote_ourselves_stays),
		cmocka_unit_test(hundreds_are_removed_thousands_are_an_error),
		cmocka_unit_test(fields_that_were_not_read_are_an_error),
		cmocka_unit_test(a_body_that_was_not_read_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
