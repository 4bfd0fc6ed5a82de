/* SPDX-License-Identifier: ISC */
/* test_engine.c - a transaction, its deadline and its configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"
#include "engine_bench.h"
#include "fixture.h"

static enum check_status
run_wait_for_dns(struct check_run *run, const char **error_r)
{
	(void)run;
	(void)error_r;
	return CHECK_WAIT;
}

static const struct check check_wait = { .name = "wait",
	.run = run_wait_for_dns };
static const struct check_common check_on = { .enabled = true };

static void
a_transaction_keeps_the_configuration_it_began_with(void **state)
{
	struct snapshot *first;
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { mode enforce; }");
	engine_bench_open(&bench, "<b@example.net>");
	first = bench.snapshot;
	snapshot_unref(&bench.snapshot);
	engine_bench_close(&bench);
	assert_ptr_equal(snapshot_site(first), bench.txn->site);
	assert_int_equal(bench.outcome->verdict->mode, MODE_ENFORCE);
	engine_bench_end(&bench);
}

static void
the_deadline_of_the_configuration_ends_the_waiting(void **state)
{
	struct chain_entry entry = { &check_wait, &check_on };
	struct engine_bench bench;

	(void)state;
	engine_bench_begin(&bench, "milter { deadline 100ms; }");
	engine_bench_checks(&bench, &entry, 1);
	engine_bench_message(&bench);
	assert_string_equal(engine_bench_finding(&bench, "wait")->reason,
	    "no answer in time");
	assert_in_range(bench.outcome->waited_us, 90000, 5000000);
	assert_true(bench.outcome->total_us >= bench.outcome->waited_us);
	engine_bench_end(&bench);
}

static void
a_client_may_be_gone_at_every_stage(void **state)
{
	struct chain_entry entry = { &check_wait, &check_on };

	(void)state;
	for (int stage = STAGE_CONNECT; stage <= STAGE_MESSAGE; stage++) {
		struct engine_bench bench;

		engine_bench_begin(&bench, "");
		engine_bench_checks(&bench, &entry, 1);
		bench.engine = engine_new(bench.snapshot, NULL, 0);
		engine_add_body(bench.engine, "x", 1);
		engine_reach(bench.engine, (enum stage)stage);
		engine_bench_end(&bench);
	}
}

static void
a_configuration_that_names_what_is_not_there_is_refused(void **state)
{
	struct arena *arena = *state;
	const char *error = NULL;
	struct snapshot *snapshot;
	struct conf *conf;

	conf = conf_parse("test", "host { login_map /nonexistent/map; }",
	    engine_sections(), engine_other_sections(), arena, &error);
	assert_non_null(conf);
	snapshot = snapshot_new(conf, false, arena, &error);
	assert_null(snapshot);
	assert_non_null(strstr(error, "/nonexistent/map"));
	conf_unref(&conf);
}

static void
an_address_to_listen_on_is_checked(void **state)
{
	static const struct {
		const char *listen;
		bool is_good;
	} cases[] = {
		{ "unix:/run/x.sock", true }, { "inet:8891@127.0.0.1", true },
		{ "inet6:8891@::1", true }, { "unix:relative", false },
		{ "/run/x.sock", false }, { "inet:8891", false },
		{ "inet:@127.0.0.1", false }, { "inet:8891@", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;
		struct conf *conf = conf_parse("test", arena_printf(arena,
		    "milter { listen \"%s\"; }", cases[i].listen),
		    engine_sections(), engine_other_sections(), arena, &error);

		assert_int_equal(conf != NULL, cases[i].is_good);
		conf_unref(&conf);
		arena_free(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_transaction_keeps_the_configuration_it_began_with),
		cmocka_unit_test(
		    the_deadline_of_the_configuration_ends_the_waiting),
		cmocka_unit_test(a_client_may_be_gone_at_every_stage),
		ARENA_TEST(
		    a_configuration_that_names_what_is_not_there_is_refused),
		cmocka_unit_test(an_address_to_listen_on_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
