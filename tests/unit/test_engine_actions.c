/* SPDX-License-Identifier: ISC */
/* test_engine_actions.c - actions in their order, dry, failing, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "engine_bench.h"
#include "mail/edit.h"

static enum check_status
run_refuse(struct check_run *run, const char **error_r)
{
	(void)error_r;
	findings_add(run->findings, run->name, RESULT_FAIL,
	    "it is bad")->suggested = DECISION_REFUSE;
	return CHECK_DONE;
}

static const struct check check_refuse = { .name = "refuse",
	.run = run_refuse };
static const struct check_common check_on = { .enabled = true };

static int
apply_insert(struct action_run *run, const char **error_r)
{
	(void)error_r;
	edit_insert_header(run->txn, run->name, STR("X-Test"), STR(" one"));
	run->detail = "inserted X-Test";
	return 0;
}

/* Takes out what another action put in, and the Subject. */
static int
apply_remove(struct action_run *run, const char **error_r)
{
	struct txn *txn = run->txn;

	(void)error_r;
	if (header_first(&txn->headers, "X-Test") != NULL)
		edit_remove_header(txn, run->name,
		    header_first(&txn->headers, "X-Test"));
	if (header_first(&txn->headers, "Subject") != NULL)
		edit_remove_header(txn, run->name,
		    header_first(&txn->headers, "Subject"));
	run->detail = "removed all";
	return 0;
}

/* Says how many fields of each it sees. */
static int
apply_look(struct action_run *run, const char **error_r)
{
	const struct header_list *headers = &run->txn->headers;

	(void)error_r;
	run->detail = arena_printf(run->txn->arena, "X-Test %zu, Subject %zu",
	    header_count(headers, "X-Test"), header_count(headers, "Subject"));
	return 0;
}

static int
apply_sign(struct action_run *run, const char **error_r)
{
	run->detail = "signed";
	*error_r = run->gap;
	return run->gap == NULL ? 0 : -1;
}

static int
apply_nothing(struct action_run *run, const char **error_r)
{
	(void)run;
	(void)error_r;
	return 0;
}

static int
apply_fail(struct action_run *run, const char **error_r)
{
	edit_insert_header(run->txn, run->name, STR("X-Half"), STR(" done"));
	*error_r = "the key is gone";
	return -1;
}

static const struct action action_insert = { .name = "insert",
	.apply = apply_insert };
static const struct action action_remove = { .name = "remove",
	.apply = apply_remove };
static const struct action action_look = { .name = "look",
	.apply = apply_look };
static const struct action action_nothing = { .name = "nothing",
	.apply = apply_nothing };
static const struct action action_fail = { .name = "fail",
	.apply = apply_fail };
static const struct action action_sign = { .name = "sign",
	.wants_body = true, .apply = apply_sign };
static const struct action_common on = { .enabled = true };
static const struct action_common off = { .enabled = false };
static const struct action_common dry = { .enabled = true, .dry_run = true };

static void
each_action_sees_what_the_ones_before_did(void **state)
{
	struct action_entry entries[] = {
		{ &action_nothing, &on }, { &action_insert, &on },
		{ &action_look, &on }, { &action_insert, &off },
	};
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; }");
	engine_bench_actions(&bench, entries, 4);
	engine_bench_message(&bench);
	assert_int_equal(bench.outcome->report_count, 2);
	assert_string_equal(engine_bench_report(&bench, "look")->detail,
	    "X-Test 1, Subject 1");
	assert_false(engine_bench_report(&bench, "insert")->is_dry_run);
	assert_int_equal(bench.txn->edits.len, 1);
	engine_bench_end(&bench);
}

static void
observe_mode_tells_what_would_be_done_and_changes_nothing(void **state)
{
	struct action_entry entries[] = {
		{ &action_insert, &on }, { &action_remove, &on },
		{ &action_insert, &on }, { &action_look, &on },
	};
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode observe; }");
	engine_bench_actions(&bench, entries, 4);
	engine_bench_message(&bench);
	assert_int_equal(bench.outcome->report_count, 4);
	assert_string_equal(engine_bench_report(&bench, "look")->detail,
	    "X-Test 1, Subject 0");
	for (size_t i = 0; i < 4; i++)
		assert_true(bench.outcome->reports[i].is_dry_run);
	assert_int_equal(bench.txn->edits.len, 0);
	assert_int_equal(header_count(&bench.txn->headers, "X-Test"), 0);
	assert_int_equal(header_count(&bench.txn->headers, "Subject"), 1);
	engine_bench_end(&bench);
}

static void
an_action_in_dry_run_leaves_the_message_as_it_was(void **state)
{
	struct action_entry entries[] = {
		{ &action_insert, &on }, { &action_remove, &dry },
		{ &action_look, &on },
	};
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; }");
	engine_bench_actions(&bench, entries, 3);
	engine_bench_message(&bench);
	assert_string_equal(engine_bench_report(&bench, "remove")->detail,
	    "removed all");
	assert_true(engine_bench_report(&bench, "remove")->is_dry_run);
	assert_string_equal(engine_bench_report(&bench, "look")->detail,
	    "X-Test 1, Subject 1");
	assert_int_equal(bench.txn->edits.len, 1);
	assert_string_equal(((struct edit *)vec_at(&bench.txn->edits,
	    0))->action, "insert");
	engine_bench_end(&bench);
}

static void
a_message_that_is_refused_has_no_actions(void **state)
{
	struct chain_entry check = { &check_refuse, &check_on };
	struct action_entry action = { &action_insert, &on };
	static const char *const modes[] = { "milter { mode enforce; }",
		"milter { mode observe; }" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct engine_bench bench;

		engine_bench_begin(&bench, modes[i]);
		engine_bench_checks(&bench, &check, 1);
		engine_bench_actions(&bench, &action, 1);
		engine_bench_message(&bench);
		assert_int_equal(bench.outcome->verdict->decision,
		    DECISION_REFUSE);
		assert_int_equal(bench.outcome->report_count, 0);
		assert_int_equal(bench.txn->edits.len, 0);
		engine_bench_end(&bench);
	}
}

static void
on_error_decides_what_a_failed_action_means(void **state)
{
	static const struct {
		struct action_common settings;
		enum decision decision;
		size_t reports, edits;
	} cases[] = {
		{ { .enabled = true, .on_error = ON_ERROR_PASS },
		    DECISION_HAM, 3, 2 },
		{ { .enabled = true, .on_error = ON_ERROR_DEFER },
		    DECISION_DEFER, 0, 0 },
		{ { .enabled = true, .on_error = ON_ERROR_REJECT },
		    DECISION_REFUSE, 0, 0 },
		{ { .enabled = true, .on_error = ON_ERROR_REJECT,
		    .dry_run = true }, DECISION_HAM, 3, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct action_entry entries[] = {
			{ &action_insert, &on },
			{ &action_fail, &cases[i].settings },
			{ &action_insert, &on },
		};
		struct engine_bench bench;

		engine_bench_begin(&bench, "milter { mode enforce; }");
		engine_bench_actions(&bench, entries, 3);
		engine_bench_message(&bench);
		assert_int_equal(bench.outcome->verdict->decision,
		    cases[i].decision);
		assert_true(engine_bench_finding(&bench, "fail")->has_failed);
		assert_string_equal(engine_bench_finding(&bench,
		    "fail")->reason, "the key is gone");
		assert_int_equal(bench.outcome->report_count,
		    cases[i].reports);
		assert_int_equal(bench.txn->edits.len, cases[i].edits);
		if (cases[i].reports != 0)
			assert_true(engine_bench_report(&bench,
			    "fail")->has_failed);
		engine_bench_end(&bench);
	}
}

static void
what_needs_the_whole_message_fails_when_a_part_was_left_out(void **state)
{
	struct action_entry entries[] = {
		{ &action_insert, &on }, { &action_sign, &on },
	};
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; max_headers 100; "
	    "on_limit pass; }");
	engine_bench_actions(&bench, entries, 2);
	engine_bench_open(&bench, "<b@example.net>");
	for (int i = 0; i < 101; i++)
		engine_add_header(bench.engine, STR("X"), STR(" y"));
	engine_bench_close(&bench);
	assert_false(engine_bench_report(&bench, "insert")->has_failed);
	assert_true(engine_bench_report(&bench, "sign")->has_failed);
	engine_bench_end(&bench);
}

static void
scan_judges_as_enforce_mode_would(void **state)
{
	struct action_entry entry = { &action_insert, &on };
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode observe; }");
	engine_bench_actions(&bench, &entry, 1);
	engine_bench_open(&bench, "<b@example.net>");
	engine_set_mode(bench.engine, MODE_ENFORCE);
	engine_bench_close(&bench);
	assert_int_equal(bench.outcome->verdict->mode, MODE_ENFORCE);
	assert_int_equal(bench.txn->edits.len, 1);
	engine_bench_end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_action_sees_what_the_ones_before_did),
		cmocka_unit_test(
		    observe_mode_tells_what_would_be_done_and_changes_nothing),
		cmocka_unit_test(
		    an_action_in_dry_run_leaves_the_message_as_it_was),
		cmocka_unit_test(a_message_that_is_refused_has_no_actions),
		cmocka_unit_test(on_error_decides_what_a_failed_action_means),
		cmocka_unit_test(
		    what_needs_the_whole_message_fails_when_a_part_was_left_out),
		cmocka_unit_test(scan_judges_as_enforce_mode_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
