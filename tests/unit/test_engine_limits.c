/* SPDX-License-Identifier: ISC */
/* test_engine_limits.c - what is too much, too large or cannot be stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "engine_bench.h"
#include "mail/spool.h"

static enum check_status
run_body_size(struct check_run *run, const char **error_r)
{
	(void)error_r;
	findings_add(run->findings, run->name, RESULT_PASS,
	    arena_printf(run->txn->arena, "%zu bytes",
	    spool_size(run->txn->body)));
	return CHECK_DONE;
}

static const struct check check_body_size = { .name = "body_size",
	.first_stage = STAGE_MESSAGE, .wants_body = true,
	.run = run_body_size };
static const struct check_common check_on = { .enabled = true };

static void
assert_limit(const struct engine_bench *bench, const char *reason)
{
	const struct finding *finding = engine_bench_finding(bench, "limits");

	assert_non_null(finding);
	assert_int_equal(finding->result, RESULT_POLICY);
	assert_string_equal(finding->reason, reason);
}

static void
too_many_header_fields_are_a_finding(void **state)
{
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; max_headers 100; }");
	engine_bench_open(&bench, "<b@example.net>");
	for (int i = 0; i < 20000; i++)
		engine_add_header(bench.engine, STR("X"), STR(" y"));
	engine_bench_close(&bench);
	assert_int_equal(bench.txn->headers.fields.len, 100);
	assert_limit(&bench, "more than 100 header fields");
	assert_int_equal(bench.outcome->verdict->done, DECISION_REFUSE);
	assert_int_equal(bench.outcome->verdict->reply->code, 552);
	assert_string_equal(bench.outcome->verdict->reply->enhanced, "5.3.4");
	engine_bench_end(&bench);
}

static void
too_large_header_fields_are_a_finding(void **state)
{
	struct engine_bench bench;
	struct str value;

	(void)state;
	engine_bench_begin(&bench,
	    "milter { mode enforce; max_header_size 64k; }");
	engine_bench_open(&bench, "<b@example.net>");
	value = str_of(arena_zalloc(bench.arena, 65537), 65537);
	engine_add_header(bench.engine, STR("X"), STR(" y"));
	engine_add_header(bench.engine, STR("X"), value);
	engine_bench_close(&bench);
	assert_int_equal(bench.txn->headers.fields.len, 1);
	assert_limit(&bench, "more than 65536 bytes of header fields");
	engine_bench_end(&bench);
}

static void
a_too_large_body_is_a_finding_and_not_judged(void **state)
{
	struct chain_entry entry = { &check_body_size, &check_on };
	struct engine_bench bench;
	char *piece;

	(void)state;
	engine_bench_begin(&bench,
	    "milter { mode enforce; max_message_size 64k; }");
	engine_bench_checks(&bench, &entry, 1);
	engine_bench_open(&bench, "<b@example.net>");
	piece = arena_zalloc(bench.arena, 40000);
	engine_add_body(bench.engine, piece, 40000);
	engine_add_body(bench.engine, piece, 40000);
	engine_bench_close(&bench);
	assert_limit(&bench, "a message of more than 65536 bytes");
	assert_true(engine_bench_finding(&bench, "body_size")->has_failed);
	assert_int_equal(spool_size(bench.txn->body), 0);
	engine_bench_end(&bench);
}

static void
on_limit_says_what_a_limit_means(void **state)
{
	static const struct {
		const char *conf;
		enum decision decision;
		int code;
	} cases[] = {
		{ "milter { mode enforce; max_headers 100; on_limit pass; }",
		    DECISION_HAM, 0 },
		{ "milter { mode enforce; max_headers 100; on_limit defer; }",
		    DECISION_DEFER, 451 },
		{ "milter { mode enforce; max_headers 100; }",
		    DECISION_REFUSE, 552 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct engine_bench bench;

		engine_bench_begin(&bench, cases[i].conf);
		engine_bench_open(&bench, "<b@example.net>");
		for (int n = 0; n < 101; n++)
			engine_add_header(bench.engine, STR("X"), STR(" y"));
		engine_bench_close(&bench);
		assert_int_equal(bench.outcome->verdict->decision,
		    cases[i].decision);
		if (cases[i].code != 0)
			assert_int_equal(bench.outcome->verdict->reply->code,
			    cases[i].code);
		engine_bench_end(&bench);
	}
}

static void
too_many_recipients_are_refused_or_when_observed_left_out(void **state)
{
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; max_rcpts 100; }");
	engine_bench_open(&bench, "<b@example.net>");
	for (int i = 1; i < 100; i++)
		assert_int_equal(engine_add_rcpt(bench.engine, "<c@d.e>"),
		    RCPT_TAKEN);
	assert_int_equal(engine_add_rcpt(bench.engine, "<c@d.e>"),
	    RCPT_TOO_MANY);
	engine_bench_close(&bench);
	assert_int_equal(bench.txn->rcpts.len, 100);
	assert_null(engine_bench_finding(&bench, "limits"));
	engine_bench_end(&bench);

	engine_bench_begin(&bench, "milter { max_rcpts 100; }");
	engine_bench_open(&bench, "<b@example.net>");
	for (int i = 1; i < 5000; i++)
		assert_int_equal(engine_add_rcpt(bench.engine, "<c@d.e>"),
		    RCPT_TAKEN);
	engine_bench_close(&bench);
	assert_int_equal(bench.txn->rcpts.len, 100);
	assert_limit(&bench, "more than 100 recipients");
	assert_int_equal(bench.outcome->verdict->done, DECISION_HAM);
	engine_bench_end(&bench);
}

static void
a_body_that_cannot_be_stored_defers_with_452(void **state)
{
	struct chain_entry entry = { &check_body_size, &check_on };
	struct engine_bench bench;
	char *piece;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; spool_memory 4k; "
	    "spool_directory /nonexistent; }");
	engine_bench_checks(&bench, &entry, 1);
	engine_bench_open(&bench, "<b@example.net>");
	piece = arena_zalloc(bench.arena, 10000);
	engine_add_body(bench.engine, piece, 10000);
	engine_add_body(bench.engine, piece, 10000);
	engine_bench_close(&bench);
	assert_int_equal(engine_bench_finding(&bench, "spool")->result,
	    RESULT_TEMPERROR);
	assert_non_null(strstr(engine_bench_finding(&bench, "spool")->reason,
	    "No such file"));
	assert_int_equal(bench.outcome->verdict->done, DECISION_DEFER);
	assert_int_equal(bench.outcome->verdict->reply->code, 452);
	assert_string_equal(bench.outcome->verdict->reply->enhanced, "4.3.1");
	engine_bench_end(&bench);
}

static void
a_body_that_nobody_wants_is_not_kept(void **state)
{
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "");
	bench.snapshot->wants_body = false;
	engine_bench_message(&bench);
	assert_int_equal(spool_size(bench.txn->body), 0);
	engine_bench_end(&bench);
}

static void
a_body_comes_to_the_check_that_wants_it(void **state)
{
	struct chain_entry entry = { &check_body_size, &check_on };
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "");
	engine_bench_checks(&bench, &entry, 1);
	engine_bench_message(&bench);
	assert_string_equal(engine_bench_finding(&bench, "body_size")->reason,
	    "7 bytes");
	engine_bench_end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_header_fields_are_a_finding),
		cmocka_unit_test(too_large_header_fields_are_a_finding),
		cmocka_unit_test(a_too_large_body_is_a_finding_and_not_judged),
		cmocka_unit_test(on_limit_says_what_a_limit_means),
		cmocka_unit_test(
		    too_many_recipients_are_refused_or_when_observed_left_out),
		cmocka_unit_test(a_body_that_cannot_be_stored_defers_with_452),
		cmocka_unit_test(a_body_that_nobody_wants_is_not_kept),
		cmocka_unit_test(a_body_comes_to_the_check_that_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
