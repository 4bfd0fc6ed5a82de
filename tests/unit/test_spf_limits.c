/* SPDX-License-Identifier: ISC */
/* test_spf_limits.c - SPF: what records may cost, and records of any size. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns_query.h"
#include "fixture.h"
#include "spf_bench.h"

#define ORG "example.org\tTXT\t"
#define REVERSE "7.2.0.192.in-addr.arpa\tPTR\t"

static const struct spf_asker joe;

static void
check(struct arena *arena, const char *story, const char *zone,
    enum result result, const char *reason)
{
	spf_bench_check_same(story, spf_bench_judge(arena, zone, &joe, NULL),
	    &(struct spf_verdict){ .result = result, .reason = reason });
}

/* --- RFC 7208 4.6.4: counting ------------------------------------------------- */

static void
the_eleventh_term_that_asks_is_one_too_many(void **state)
{
	static const char zone[] =
	    "x.org\tA\t192.0.2.8\nx.org\tMX\t10 x.org\n"
	    REVERSE "y.org\n"
	    "one.org\tTXT\tv=spf1 a:x.org mx:x.org ptr:x.org exists:%{i}.x.org "
	    "redirect=two.org\n"
	    "two.org\tTXT\tv=spf1 a:x.org a:x.org\n"
	    "all.org\tTXT\tv=spf1 include:one.org a:x.org a:x.org ";
	/* include, 4 terms, redirect, 2 terms: 8; 2 more of all.org. */
	static const struct spf_asker asker = { .domain = "all.org" };
	const char *text = arena_printf(*state, "%sip4:192.0.2.7\n", zone);
	const struct spf_verdict *verdict;

	verdict = spf_bench_judge(*state, text, &asker, NULL);
	assert_int_equal(verdict->result, RESULT_PASS);
	text = arena_printf(*state, "%sip4:192.0.2.8 a:x.org ip4:192.0.2.7\n",
	    zone);
	verdict = spf_bench_judge(*state, text, &asker, NULL);
	assert_int_equal(verdict->result, RESULT_PERMERROR);
	assert_string_equal(verdict->reason, "more than 10 terms ask the DNS "
	    "(a:x.org of all.org)");
	text = arena_printf(*state, "%sredirect=two.org\n", zone);
	verdict = spf_bench_judge(*state, text, &asker, NULL);
	assert_int_equal(verdict->result, RESULT_PERMERROR);
	assert_string_equal(verdict->reason, "more than 10 terms ask the DNS "
	    "(redirect=two.org of all.org)");
}

static void
terms_behind_a_match_are_not_counted(void **state)
{
	struct str more = fixture_repeat(*state, " include:x.org", 20);

	check(*state, "a match before the eleventh", arena_printf(*state,
	    ORG "v=spf1 a%.*s -all\nexample.org\tA\t192.0.2.7\n",
	    STR_ARG(more)), RESULT_PASS, "a of example.org");
}

static void
the_third_void_lookup_is_one_too_many(void **state)
{
	check(*state, "two", ORG "v=spf1 a exists:no.org -all\n",
	    RESULT_FAIL, "-all of example.org");
	check(*state, "the third, in another record",
	    ORG "v=spf1 mx:no.org include:x.org -all\n"
	    "x.org\tTXT\tv=spf1 a:no.org ptr\n", RESULT_PERMERROR,
	    "more than 2 terms ask for what the DNS does not have "
	    "(ptr of x.org, included by example.org)");
	check(*state, "an mx whose host has no address is answered",
	    ORG "v=spf1 mx mx:a.org mx:b.org mx:c.org -all\n"
	    "example.org\tMX\t1 x.org\na.org\tMX\t1 x.org\n"
	    "b.org\tMX\t1 x.org\nc.org\tMX\t1 x.org\n",
	    RESULT_FAIL, "-all of example.org");
	check(*state, "a name that cannot be asked for is none",
	    ORG "v=spf1 a:%{l}..a.org a:%{l}..b.org a:%{l}..c.org "
	    "a:%{l}..d.org -all\n", RESULT_FAIL, "-all of example.org");
}

static const char *
hosts_zone(struct arena *arena, const char *begin, const char *record,
    unsigned count, unsigned matching)
{
	struct buf zone;

	buf_init(&zone, arena);
	buf_add_text(&zone, begin);
	for (unsigned i = 1; i <= count; i++) {
		buf_printf(&zone, "%sh%u.example.org\n", record, i);
		buf_printf(&zone, "h%u.example.org\tA\t192.0.2.%d\n", i,
		    i == matching ? 7 : 100);
	}
	return zone.data;
}

static void
an_mx_has_ten_hosts_at_most(void **state)
{
	static const char begin[] = ORG "v=spf1 mx -all\n";
	static const char record[] = "example.org\tMX\t10 ";

	check(*state, "the tenth", hosts_zone(*state, begin, record, 10, 10),
	    RESULT_PASS, "mx of example.org");
	check(*state, "eleven", hosts_zone(*state, begin, record, 11, 1),
	    RESULT_PERMERROR, "example.org has more than 10 MX records (11) "
	    "(mx of example.org)");
}

static void
of_a_clients_names_ten_count(void **state)
{
	static const char begin[] = ORG "v=spf1 ptr ~all\n";
	size_t asked;

	check(*state, "the tenth", hosts_zone(*state, begin, REVERSE, 100, 10),
	    RESULT_PASS, "ptr of example.org");
	check(*state, "the eleventh",
	    hosts_zone(*state, begin, REVERSE, 100, 11),
	    RESULT_SOFTFAIL, "~all of example.org");
	spf_bench_judge(*state, hosts_zone(*state, begin, REVERSE, 100, 11),
	    &joe, &asked);
	assert_int_equal(asked, 2 + 10);
}

/* --- bombs -------------------------------------------------------------------- */

/* Every name has a record with nine includes of other names, five levels deep
 * and more: 66,430 records. */
static struct str
bomb_record(struct arena *arena, struct str name)
{
	struct buf record;

	buf_init(&record, arena);
	buf_add_text(&record, "v=spf1");
	for (unsigned i = 0; i < 9; i++)
		buf_printf(&record, " include:%u.%.*s", i, STR_ARG(name));
	return buf_str(&record);
}

static void
an_include_bomb_asks_for_twenty_records(void **state)
{
	for (unsigned order = 0; order < 50; order++) {
		const struct spf_verdict *verdict;
		struct spf_bench bench;
		unsigned seed = order;

		spf_bench_init(&bench, *state, "", &joe);
		while ((verdict = spf_judge(bench.spf)) == NULL) {
			size_t pending = spf_bench_pending(&bench);
			size_t which = order == 0 ? 0 : order == 1
			    ? pending - 1 : spf_bench_any(&seed, pending);
			struct dns_query *query = spf_bench_question(&bench,
			    which);

			dns_held_answer(query, bomb_record(*state,
			    dns_query_name(query)));
		}
		assert_int_equal(verdict->result, RESULT_PERMERROR);
		assert_true(dns_view_asked(bench.view) <=
		    1 + 2 * SPF_TERMS_MAX);
		spf_bench_done(&bench);
	}
}

static const struct {
	const char *sentence;
	const char *zone;
	size_t asked_max;
} loops[] = {
	{ "include of itself", ORG "v=spf1 include:example.org\n", 1 },
	{ "include of itself nine times", ORG "v=spf1 include:example.org "
	    "include:example.org include:example.org include:example.org "
	    "include:example.org include:example.org include:example.org "
	    "include:example.org include:example.org\n", 1 },
	{ "redirect to itself", ORG "v=spf1 redirect=example.org\n", 1 },
	{ "a loop of two", ORG "v=spf1 redirect=x.org\n"
	    "x.org\tTXT\tv=spf1 include:example.org\n", 2 },
};

static void
loops_end_at_the_limit(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(loops); i++) {
		const struct spf_verdict *verdict;
		struct spf_bench bench;

		spf_bench_init(&bench, *state, loops[i].zone, &joe);
		verdict = spf_bench_finish(&bench, spf_bench_oldest, NULL);
		assert_int_equal(verdict->result, RESULT_PERMERROR);
		assert_true(dns_view_asked(bench.view) <= loops[i].asked_max);
		spf_bench_done(&bench);
	}
}

static void
an_mx_bomb_asks_for_its_hosts_alone(void **state)
{
	const struct spf_verdict *verdict;
	struct spf_bench bench;
	struct buf zone;

	buf_init(&zone, *state);
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&zone, "m%u.org\tMX\t10 h%u.org\n"
		    "h%u.org\tA\t192.0.2.8\n", i / 10, i, i);
	buf_add_text(&zone, ORG "v=spf1");
	for (unsigned i = 0; i < 10; i++)
		buf_printf(&zone, " mx:m%u.org", i);
	buf_add_text(&zone, " mx:m10.org mx:m11.org -all\n");
	spf_bench_init(&bench, *state, zone.data, &joe);
	verdict = spf_bench_finish(&bench, spf_bench_newest, NULL);
	assert_int_equal(verdict->result, RESULT_PERMERROR);
	assert_int_equal(dns_view_asked(bench.view), 1 + 10 + 100);
	spf_bench_done(&bench);
}

/* --- long records ------------------------------------------------------------- */

static const char *
networks_zone(struct arena *arena, unsigned count, const char *tail)
{
	struct buf zone;

	buf_init(&zone, arena);
	buf_add_text(&zone, ORG "v=spf1");
	for (unsigned i = 0; i < count; i++)
		buf_printf(&zone, " ip4:10.%u.%u.0/24", i / 256, i % 256);
	buf_printf(&zone, " %s\n", tail);
	return zone.data;
}

static void
records_of_any_length_are_judged_whole(void **state)
{
	check(*state, "64 networks", networks_zone(*state, 64,
	    "ip4:192.0.2.7 -all"), RESULT_PASS, "ip4:192.0.2.7 of example.org");
	check(*state, "3000 networks", networks_zone(*state, 3000,
	    "ip4:192.0.2.7 -all"), RESULT_PASS, "ip4:192.0.2.7 of example.org");
	check(*state, "3000 others", networks_zone(*state, 3000, "-all"),
	    RESULT_FAIL, "-all of example.org");
}

static void
a_text_of_100_kb_is_judged_whole(void **state)
{
	const char *zone = networks_zone(*state, 6500, "ip4:192.0.2.7 -all");
	struct str text = str_trim(str_from(zone + strlen(ORG)));
	const struct spf_verdict *verdict;
	struct spf_bench bench;

	assert_true(text.len > 100000);
	spf_bench_init(&bench, *state, "", &joe);
	dns_held_answer(spf_bench_question(&bench, 0), text);
	verdict = spf_judge(bench.spf);
	assert_non_null(verdict);
	assert_int_equal(verdict->result, RESULT_PASS);
	spf_bench_done(&bench);
}

/* What overruns libspf2's parser (CVE-2023-42118). The first has no top label
 * at its end, so the grammar refuses it (RFC 7208 7.1). The second has one:
 * right by the letter, its name is cut to 253 bytes (7.3), which leaves "aaa…"
 * alone, no label (RFC 1035 2.3.4), so it matches nothing. */
static void
names_that_crash_the_library_do_not_reach_it(void **state)
{
	static const size_t lengths[] = { 3700, 14000, 60000 };
	struct str macros = fixture_repeat(*state, "%{d}", 127);

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct str literal = fixture_repeat(*state, "a", lengths[i]);
		const struct spf_verdict *verdict;

		verdict = spf_bench_judge(*state, arena_printf(*state,
		    ORG "v=spf1 exists:%.*s%.*s ~all\n", STR_ARG(macros),
		    STR_ARG(literal)), &joe, NULL);
		assert_int_equal(verdict->result, RESULT_PERMERROR);
		check(*state, "with a top label", arena_printf(*state,
		    ORG "v=spf1 exists:%.*s.%.*s ~all\n", STR_ARG(macros),
		    STR_ARG(literal)), RESULT_SOFTFAIL, "~all of example.org");
		verdict = spf_bench_judge(*state, arena_printf(*state,
		    ORG "v=spf1 ~all x-y=%.*s%.*s\n", STR_ARG(macros),
		    STR_ARG(literal)), &joe, NULL);
		assert_int_equal(verdict->result, RESULT_SOFTFAIL);
	}
}

/* --- threads ------------------------------------------------------------------ */

/* Ten records deep, on a stack as small as that of a thread of the milter. */
static void *
judge_often(void *arg)
{
	for (unsigned i = 0; i < 200; i++) {
		struct arena *arena = arena_new(0);
		const struct spf_verdict *verdict;

		verdict = spf_bench_judge(arena, arg, &joe, NULL);
		assert_int_equal(verdict->result, RESULT_PASS);
		assert_non_null(strstr(verdict->reason,
		    "ip4:192.0.2.7 of d10.org, "));
		arena_free(&arena);
	}
	return NULL;
}

static void
threads_judge_side_by_side(void **state)
{
	pthread_t threads[4];
	pthread_attr_t attr;
	struct buf zone;

	buf_init(&zone, *state);
	buf_add_text(&zone, ORG "v=spf1 include:d1.org -all\n"
	    "d10.org\tTXT\tv=spf1 ip4:192.0.2.7 -all\n");
	for (unsigned i = 1; i < 10; i++)
		buf_printf(&zone, "d%u.org\tTXT\tv=spf1 include:d%u.org "
		    "-all\n", i, i + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], &attr,
		    judge_often, zone.data), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attr);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(the_eleventh_term_that_asks_is_one_too_many),
		ARENA_TEST(terms_behind_a_match_are_not_counted),
		ARENA_TEST(the_third_void_lookup_is_one_too_many),
		ARENA_TEST(an_mx_has_ten_hosts_at_most),
		ARENA_TEST(of_a_clients_names_ten_count),
		ARENA_TEST(an_include_bomb_asks_for_twenty_records),
		ARENA_TEST(loops_end_at_the_limit),
		ARENA_TEST(an_mx_bomb_asks_for_its_hosts_alone),
		ARENA_TEST(records_of_any_length_are_judged_whole),
		ARENA_TEST(a_text_of_100_kb_is_judged_whole),
		ARENA_TEST(names_that_crash_the_library_do_not_reach_it),
		ARENA_TEST(threads_judge_side_by_side),
	};

	log_set_sink(fixture_log_is_silent, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
