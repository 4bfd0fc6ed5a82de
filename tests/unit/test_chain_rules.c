/* SPDX-License-Identifier: ISC */
/* test_chain_rules.c - checks that fail, hang, or are not to run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "chain_bench.h"

static enum check_status
run_hang(struct check_run *run, const char **error_r)
{
	(void)error_r;
	/* Adds a finding although it waits: it must not count. */
	findings_add(run->findings, run->name, RESULT_PASS, "half a thought");
	return CHECK_WAIT;
}

static enum check_status
run_fail(struct check_run *run, const char **error_r)
{
	findings_add(run->findings, run->name, RESULT_PASS, "before it broke");
	*error_r = "the library is gone";
	return CHECK_FAILED;
}

static enum check_status
run_accuse(struct check_run *run, const char **error_r)
{
	struct finding *finding;

	(void)error_r;
	for (int i = 0; i < 2; i++) {
		finding = findings_add(run->findings, run->name, RESULT_FAIL,
		    i == 0 ? "first" : "second");
		finding->suggested = DECISION_REFUSE;
	}
	return CHECK_DONE;
}

/* Waits until the check behind it in the table has set a fact. */
static enum check_status
run_needs_fact(struct check_run *run, const char **error_r)
{
	(void)error_r;
	if (run->txn->body_type == NULL)
		return CHECK_WAIT;
	findings_add(run->findings, run->name, RESULT_PASS,
	    run->txn->body_type);
	return CHECK_DONE;
}

static enum check_status
run_gives_fact(struct check_run *run, const char **error_r)
{
	(void)error_r;
	run->txn->body_type = "the fact";
	return CHECK_DONE;
}

/* Ends when the stage it is interested in has come. */
static enum check_status
run_at_message(struct check_run *run, const char **error_r)
{
	(void)error_r;
	if (run->txn->stage < STAGE_MESSAGE)
		return CHECK_WAIT;
	findings_add(run->findings, run->name, RESULT_PASS, "whole");
	return CHECK_DONE;
}

static const struct check check_hang = { .name = "hang", .run = run_hang };
static const struct check check_fail = { .name = "fail", .run = run_fail };
static const struct check check_accuse = { .name = "accuse",
	.run = run_accuse };
static const struct check check_needs = { .name = "needs",
	.run = run_needs_fact };
static const struct check check_gives = { .name = "gives",
	.run = run_gives_fact };
static const struct check check_patient = { .name = "patient",
	.run = run_at_message };
static const struct check check_body = { .name = "body",
	.first_stage = STAGE_MESSAGE, .wants_body = true,
	.run = run_at_message };
static const struct check check_fields = { .name = "fields",
	.first_stage = STAGE_HEADERS, .run = run_at_message };

static const struct check_common on = { .enabled = true };

static void
a_check_that_waits_for_ever_has_failed_at_the_deadline(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_accuse, &on },
		{ &check_hang, &on },
	};
	struct chain_bench bench;
	int64_t start_ms = clock_steady_ms();

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	chain_finish(bench.chain, start_ms + 60);
	assert_in_range(clock_steady_ms() - start_ms, 60, 60000);
	assert_int_equal(chain_bench_count(&bench), 3);
	chain_bench_wants(&bench, 2, "hang", RESULT_TEMPERROR,
	    "no answer in time");
	assert_true(chain_bench_finding(&bench, 2)->has_failed);
	assert_int_equal(chain_bench_finding(&bench, 2)->suggested,
	    DECISION_HAM);
	chain_bench_end(&bench);
}

static void
on_error_decides_what_a_failed_check_suggests(void **state)
{
	static const struct {
		int on_error;
		enum decision suggested;
		int code;
		const char *enhanced;
	} cases[] = {
		{ ON_ERROR_PASS, DECISION_HAM, 0, NULL },
		{ ON_ERROR_DEFER, DECISION_DEFER, 451, "4.7.1" },
		{ ON_ERROR_REJECT, DECISION_REFUSE, 550, "5.7.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct check_common settings = { .enabled = true,
			.on_error = cases[i].on_error };
		const struct chain_entry entry = { &check_fail, &settings };
		const struct finding *finding;
		struct chain_bench bench;

		chain_bench_begin(&bench, &entry, 1);
		assert_int_equal(chain_run(bench.chain), 0);
		assert_int_equal(chain_bench_count(&bench), 1);
		chain_bench_wants(&bench, 0, "fail", RESULT_TEMPERROR,
		    "the library is gone");
		finding = chain_bench_finding(&bench, 0);
		assert_true(finding->has_failed);
		assert_int_equal(finding->suggested, cases[i].suggested);
		if (cases[i].code != 0) {
			assert_int_equal(finding->reply->code, cases[i].code);
			assert_string_equal(finding->reply->enhanced,
			    cases[i].enhanced);
		} else {
			assert_null(finding->reply);
		}
		chain_bench_end(&bench);
	}
}

static void
dry_run_marks_every_finding_of_the_check(void **state)
{
	const struct check_common dry = { .enabled = true, .dry_run = true };
	const struct chain_entry entries[] = {
		{ &check_accuse, &dry },
		{ &check_accuse, &on },
		{ &check_fail, &dry },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 3);
	chain_finish(bench.chain, clock_steady_ms());
	assert_int_equal(chain_bench_count(&bench), 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(chain_bench_finding(&bench, i)->is_dry_run,
		    i < 2 || i == 4);
	chain_bench_wants(&bench, 0, "accuse", RESULT_FAIL, "first");
	chain_bench_wants(&bench, 1, "accuse", RESULT_FAIL, "second");
	chain_bench_end(&bench);
}

static void
a_check_that_is_not_enabled_is_not_run(void **state)
{
	const struct check_common off = { .enabled = false };
	const struct chain_entry entries[] = {
		{ &check_hang, &off }, { &check_accuse, &on },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	assert_int_equal(chain_run(bench.chain), 0);
	assert_int_equal(chain_bench_count(&bench), 2);
	chain_bench_end(&bench);
}

static void
a_check_may_wait_for_the_facts_of_a_later_one(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_needs, &on }, { &check_gives, &on },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	assert_int_equal(chain_run(bench.chain), 0);
	assert_int_equal(chain_bench_count(&bench), 1);
	chain_bench_wants(&bench, 0, "needs", RESULT_PASS, "the fact");
	chain_bench_end(&bench);
}

static void
a_check_begins_at_its_stage_and_may_wait_for_a_later_one(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_patient, &on }, { &check_body, &on },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	for (int stage = STAGE_CONNECT; stage < STAGE_MESSAGE; stage++) {
		bench.txn.stage = (enum stage)stage;
		assert_int_equal(chain_run(bench.chain), 1);
	}
	bench.txn.stage = STAGE_MESSAGE;
	chain_finish(bench.chain, clock_steady_ms());
	assert_int_equal(chain_bench_count(&bench), 2);
	chain_bench_wants(&bench, 0, "patient", RESULT_PASS, "whole");
	chain_bench_wants(&bench, 1, "body", RESULT_PASS, "whole");
	chain_bench_end(&bench);
}

static void
what_was_not_read_whole_is_not_judged(void **state)
{
	static const struct {
		const char *headers, *body;
		bool fields_fail, body_fails;
	} cases[] = {
		{ "too many header fields", NULL, true, true },
		{ NULL, "too long a body", false, true },
		{ NULL, NULL, false, false },
	};
	const struct chain_entry entries[] = {
		{ &check_patient, &on }, { &check_fields, &on },
		{ &check_body, &on },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct chain_bench bench;

		chain_bench_begin(&bench, entries, 3);
		bench.txn.headers_left_out = cases[i].headers;
		bench.txn.body_left_out = cases[i].body;
		chain_finish(bench.chain, clock_steady_ms());
		assert_int_equal(chain_bench_count(&bench), 3);
		assert_false(chain_bench_finding(&bench, 0)->has_failed);
		assert_int_equal(chain_bench_finding(&bench, 1)->has_failed,
		    cases[i].fields_fail);
		assert_int_equal(chain_bench_finding(&bench, 2)->has_failed,
		    cases[i].body_fails);
		chain_bench_end(&bench);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_check_that_waits_for_ever_has_failed_at_the_deadline),
		cmocka_unit_test(on_error_decides_what_a_failed_check_suggests),
		cmocka_unit_test(dry_run_marks_every_finding_of_the_check),
		cmocka_unit_test(a_check_that_is_not_enabled_is_not_run),
		cmocka_unit_test(a_check_may_wait_for_the_facts_of_a_later_one),
		cmocka_unit_test(
		    a_check_begins_at_its_stage_and_may_wait_for_a_later_one),
		cmocka_unit_test(what_was_not_read_whole_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
