/* SPDX-License-Identifier: ISC */
/* test_spf_costs.c - SPF: what an evaluation takes of memory and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns_query.h"
#include "fixture.h"
#include "spf_bench.h"

#define ORG "example.org\tTXT\t"
#define REVERSE "7.2.0.192.in-addr.arpa\tPTR\t"

static const struct spf_asker joe;

/* --- what it leaves in memory --------------------------------------------- */

/* How much the arena grows until the verdict is there, where each answer is
 * followed by runs for answers that are others'. */
static size_t
growth(const char *zone, unsigned idle_runs, enum result result)
{
	const struct spf_verdict *verdict;
	struct arena *arena = arena_new(0);
	struct spf_bench bench;
	size_t before;

	spf_bench_init(&bench, arena, zone, &joe);
	before = arena_size(arena);
	while ((verdict = spf_judge(bench.spf)) == NULL) {
		for (unsigned i = 0; i < idle_runs; i++)
			assert_null(spf_judge(bench.spf));
		spf_bench_release(&bench, spf_bench_pending(&bench) - 1);
	}
	assert_int_equal(verdict->result, result);
	before = arena_size(arena) - before;
	spf_bench_done(&bench);
	arena_free(&arena);
	return before;
}

/* Ten records of 64 KB with 30,000 terms each: what a walk can meet is kept. */
static void
long_records_leave_little_behind(void **state)
{
	struct str terms = fixture_repeat(*state, " a", 30000);
	struct buf zone;

	buf_init(&zone, *state);
	buf_printf(&zone, ORG "v=spf1 include:d1.org%.*s\n", STR_ARG(terms));
	for (unsigned i = 1; i < 10; i++)
		buf_printf(&zone, "d%u.org\tTXT\tv=spf1 include:d%u.org%.*s\n",
		    i, i + 1, STR_ARG(terms));
	buf_add_text(&zone, "d10.org\tTXT\tv=spf1 ip4:192.0.2.7\n");
	assert_true(growth(zone.data, 0, RESULT_PASS) < 256 * 1024);
}

/* Names of 60 KB of macros, for the terms and for the explanation. */
static void
runs_in_vain_leave_little_behind(void **state)
{
	struct str macros = fixture_repeat(*state, "%%", 30000);
	const char *zone = arena_printf(*state,
	    ORG "v=spf1 exists:%.*s.%%{p}.example.org -all "
	    "exp=%.*s.%%{p}.why.org\n"
	    REVERSE "a.org\n" REVERSE "b.org\n"
	    "a.org\tA\t192.0.2.7\n"
	    "a.org.why.org\tTXT\tno\n", 2000, macros.data,
	    STR_ARG(macros));

	assert_true(growth(zone, 300, RESULT_FAIL) < 1024 * 1024);
}

/* The hosts of an mx that the DNS fails for, behind one that is silent. */
static void
faults_in_vain_leave_little_behind(void **state)
{
	struct str label = fixture_repeat(*state, "a", 60);
	struct buf zone;

	buf_init(&zone, *state);
	buf_add_text(&zone, ORG "v=spf1 a:slow.org");
	for (unsigned i = 0; i < 9; i++)
		buf_printf(&zone, " mx:m%u.org", i);
	buf_add_text(&zone, " -all\nslow.org\tA\t!SERVFAIL\n");
	for (unsigned i = 0; i < 90; i++)
		buf_printf(&zone, "m%u.org\tMX\t10 %.*s.h%u.org\n"
		    "%.*s.h%u.org\tA\t!SERVFAIL\n", i / 10, STR_ARG(label),
		    i, STR_ARG(label), i);
	assert_true(growth(zone.data, 0, RESULT_TEMPERROR) < 256 * 1024);
}

/* Whoever waits for the names of the client has them in every term. */
static void
names_in_vain_leave_little_behind(void **state)
{
	struct str terms = fixture_repeat(*state, " ptr:b.org", 9);
	const char *zone = arena_printf(*state,
	    ORG "v=spf1%.*s exists:%%{p}.b.org -all\n"
	    REVERSE "a.org\na.org\tA\t192.0.2.7\n", STR_ARG(terms));

	assert_true(growth(zone, 300, RESULT_FAIL) < 16 * 1024);
}

/* Who has failed is known, and why: what is said to it is not there yet. */
static void
explanations_in_vain_leave_little_behind(void **state)
{
	struct str label = fixture_repeat(*state, "a", 60);
	const char *zone = arena_printf(*state,
	    ORG "v=spf1 -include:%.*s.%.*s.b.org exp=why.org\n"
	    "%.*s.%.*s.b.org\tTXT\tv=spf1 +all\nwhy.org\tTXT\tno\n",
	    STR_ARG(label), STR_ARG(label), STR_ARG(label), STR_ARG(label));

	assert_true(growth(zone, 300, RESULT_FAIL) < 16 * 1024);
}

/* --- what it costs -------------------------------------------------------- */

/* Four names of 60 KB of macros, or an explanation that is as long, wait for the
 * names of a client whose DNS is the last to answer. */
static const char *
waiting_zone(struct arena *arena, const char *terms)
{
	struct str macros = fixture_repeat(arena, "%%", 30000);
	struct buf zone;

	buf_init(&zone, arena);
	buf_printf(&zone, ORG "v=spf1 %s exp=why.org\n"
	    "why.org\tTXT\t%.*s%%{p}\n", terms, STR_ARG(macros));
	for (unsigned i = 1; i <= 4; i++)
		buf_printf(&zone, "d%u.org\tTXT\tv=spf1 include:d%u.org "
		    "a:%.*s.%%{p}.org ?all\n", i, i + 1, STR_ARG(macros));
	buf_add_text(&zone, "d5.org\tTXT\tv=spf1 ?all\n"
	    REVERSE "a.org\na.org\tA\t192.0.2.7\n"
	    "a.org.org\tA\t192.0.2.9\n");
	return zone.data;
}

static size_t
but_for_names(struct spf_bench *bench)
{
	size_t newest = spf_bench_pending(bench) - 1;

	return newest != 0 && spf_bench_question(bench, newest)->type ==
	    DNS_PTR ? newest - 1 : newest;
}

static void
check_cost(struct arena *arena, const char *terms)
{
	const char *zone = waiting_zone(arena, terms);
	const struct spf_verdict *verdict;
	struct spf_bench bench;
	clock_t start = clock();

	spf_bench_init(&bench, arena, zone, &joe);
	while ((verdict = spf_judge(bench.spf)) == NULL) {
		for (unsigned i = 0; i < 1000; i++)
			assert_null(spf_judge(bench.spf));
		spf_bench_release(&bench, but_for_names(&bench));
	}
	assert_int_equal(verdict->result, RESULT_FAIL);
	assert_int_equal(strlen(verdict->explanation), 500);
	if (clock() - start > 2 * CLOCKS_PER_SEC)
		fail_msg("%s: %ld us", terms, (long)(clock() - start));
	spf_bench_done(&bench);
}

static void
runs_in_vain_cost_little(void **state)
{
	check_cost(*state, "include:d1.org -all");
	check_cost(*state, "-all");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(long_records_leave_little_behind),
		ARENA_TEST(runs_in_vain_leave_little_behind),
		ARENA_TEST(faults_in_vain_leave_little_behind),
		ARENA_TEST(names_in_vain_leave_little_behind),
		ARENA_TEST(explanations_in_vain_leave_little_behind),
		ARENA_TEST(runs_in_vain_cost_little),
	};

	log_set_sink(fixture_log_is_silent, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
