/* SPDX-License-Identifier: ISC */
/* test_action_authentication_results.c - which results are told to whom. */
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
#include "mail/auth_results.h"

extern const struct action action_authentication_results;

#define SITE "host { authserv_id mx.ours.example; }\n"

static const struct auth_result iprev = { .method = "iprev",
	.result = "pass", .property_count = 1,
	.properties = { { "policy", "iprev", "192.0.2.1" } } };
static const struct auth_result dkim = { .method = "dkim",
	.result = "fail", .reason = "body hash did not verify",
	.property_count = 1,
	.properties = { { "header", "d", "theirs.example" } } };

static void
begin(struct action_test *t)
{
	action_test_begin(t, &action_authentication_results, SITE, "");
	header_list_add(&t->txn->headers, STR("From"), STR(" a@b.example"));
}

static void
inbound_mail_gets_the_results_of_all_checks_on_top(void **state)
{
	struct action_test t;
	const char *error;
	struct auth_results parsed;
	const struct header *field;

	(void)state;
	begin(&t);
	findings_add(&t.findings, "iprev", RESULT_PASS, "fine")->auth = &iprev;
	findings_add(&t.findings, "helo", RESULT_FAIL, "no part of it");
	findings_add(&t.findings, "dkim", RESULT_FAIL, "bad")->auth = &dkim;
	assert_int_equal(action_test_apply(&t, &error), 0);
	assert_string_equal(t.run.detail, "iprev=pass, dkim=fail");
	field = vec_at(&t.txn->headers.fields, 0);
	assert_true(field->is_ours);
	assert_true(str_is(field->name, "Authentication-Results"));
	assert_int_equal(auth_results_parse(t.arena, field->value, &parsed,
	    &error), 0);
	assert_true(str_is(parsed.authserv_id, "mx.ours.example"));
	assert_int_equal(parsed.count, 2);
	assert_string_equal(parsed.results[0].method, "iprev");
	assert_string_equal(parsed.results[1].result, "fail");
	assert_string_equal(parsed.results[1].reason,
	    "body hash did not verify");
	action_test_end(&t);
}

static void
without_results_it_says_none(void **state)
{
	struct action_test t;
	const char *error;

	(void)state;
	begin(&t);
	findings_add(&t.findings, "helo", RESULT_FAIL, "no part of it");
	assert_int_equal(action_test_apply(&t, &error), 0);
	assert_string_equal(t.run.detail, "none");
	assert_string_equal(action_test_fields(&t),
	    "Authentication-Results: mx.ours.example; none|"
	    "From: a@b.example");
	action_test_end(&t);
}

static void
a_check_in_dry_run_tells_nobody(void **state)
{
	struct action_test t;
	struct finding *finding;
	const char *error;

	(void)state;
	begin(&t);
	finding = findings_add(&t.findings, "dkim", RESULT_FAIL, "bad");
	finding->auth = &dkim;
	finding->is_dry_run = true;
	assert_int_equal(action_test_apply(&t, &error), 0);
	assert_string_equal(t.run.detail, "none");
	action_test_end(&t);
}

static void
mail_that_is_not_inbound_gets_none(void **state)
{
	static const enum direction directions[] = { DIRECTION_OUTBOUND,
		DIRECTION_INTERNAL, DIRECTION_FORWARDED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(directions); i++) {
		struct action_test t;
		const char *error;

		begin(&t);
		t.txn->direction = directions[i];
		findings_add(&t.findings, "dkim", RESULT_FAIL, "bad")->auth =
		    &dkim;
		assert_int_equal(action_test_apply(&t, &error), 0);
		assert_null(t.run.detail);
		assert_string_equal(action_test_fields(&t),
		    "From: a@b.example");
		assert_int_equal(t.txn->edits.len, 0);
		action_test_end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    inbound_mail_gets_the_results_of_all_checks_on_top),
		cmocka_unit_test(without_results_it_says_none),
		cmocka_unit_test(a_check_in_dry_run_tells_nobody),
		cmocka_unit_test(mail_that_is_not_inbound_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
