/* SPDX-License-Identifier: ISC */
/* test_spf_orders.c - SPF: whatever comes first, the verdict is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "spf_bench.h"

#define REVERSE "7.2.0.192.in-addr.arpa\tPTR\t"

/* Chains of all kinds, ending in a refusal that explains itself. */
static const char long_way[] =
    "example.org\tTXT\tv=spf1 a mx ptr:example.net include:one.example.net "
    "exists:%{p}.ok.example.org redirect=two.example.net\n"
    "example.org\tA\t192.0.2.8\n"
    "example.org\tMX\t10 mx1.example.org\n"
    "example.org\tMX\t20 mx2.example.org\n"
    "mx1.example.org\tA\t192.0.2.9\n"
    "mx2.example.org\tA\t192.0.2.10\n"
    REVERSE "a.example.com\n"
    REVERSE "b.example.com\n"
    "a.example.com\tA\t192.0.2.7\n"
    "b.example.com\tA\t192.0.2.70\n"
    "one.example.net\tTXT\tv=spf1 include:sub.example.net -all\n"
    "sub.example.net\tTXT\tv=spf1 a:x.example.net ~all\n"
    "x.example.net\tA\t192.0.2.11\n"
    "a.example.com.ok.example.org\tTXT\tnot an address\n"
    "two.example.net\tTXT\tv=spf1 -all exp=why.%{d}\n"
    "why.two.example.net\tTXT\t%{i} of %{p} is not welcome\n";

static const struct spf_asker joe;

static void
each_order_ends_in_the_same_verdict(void **state)
{
	const struct spf_verdict *wanted = spf_bench_judge(*state, long_way,
	    &joe, NULL);

	assert_int_equal(wanted->result, RESULT_FAIL);
	assert_string_equal(wanted->reason, "-all of two.example.net, to which "
	    "example.org redirects");
	assert_string_equal(wanted->explanation,
	    "192.0.2.7 of a.example.com is not welcome");
	for (unsigned order = 0; order < 300; order++) {
		struct spf_bench bench;
		unsigned seed = order;

		spf_bench_init(&bench, *state, long_way, &joe);
		spf_bench_check_same("any order", spf_bench_finish(&bench,
		    order == 0 ? spf_bench_oldest : order == 1
		    ? spf_bench_newest : spf_bench_any, &seed), wanted);
		spf_bench_done(&bench);
	}
}

/* Questions that are put in one go take one round of the DNS. */
static void
a_record_is_asked_about_in_one_go(void **state)
{
	/* In each round all is answered that was asked by then. */
	static const size_t pending_wanted[] = {
		1,	/* the record */
		5,	/* a, mx, the client's names, two records */
		5,	/* two hosts, two names, sub.example.net */
		2,	/* x.example.net, %{p}.ok.example.org */
		1,	/* the explanation */
	};
	struct spf_bench bench;

	spf_bench_init(&bench, *state, long_way, &joe);
	for (size_t i = 0; i < ARRAY_LEN(pending_wanted); i++) {
		assert_null(spf_judge(bench.spf));
		assert_int_equal(spf_bench_pending(&bench), pending_wanted[i]);
		while (spf_bench_pending(&bench) != 0)
			spf_bench_release(&bench, 0);
	}
	assert_non_null(spf_judge(bench.spf));
	spf_bench_done(&bench);
}

/* A term that matches ends what is behind it. */
static void
a_match_does_not_wait_for_what_is_behind_it(void **state)
{
	static const char zone[] =
	    "example.org\tTXT\tv=spf1 mx include:slow.example.net -all\n"
	    "example.org\tMX\t10 mx1.example.org\n"
	    "example.org\tMX\t20 mx2.example.org\n"
	    "mx2.example.org\tA\t192.0.2.7\n";
	const struct spf_verdict *verdict;
	struct spf_bench bench;

	spf_bench_init(&bench, *state, zone, &joe);
	spf_bench_release(&bench, 0);
	assert_null(spf_judge(bench.spf));
	spf_bench_release(&bench, 0);	/* the MX */
	assert_null(spf_judge(bench.spf));
	assert_int_equal(spf_bench_pending(&bench), 3);
	spf_bench_release(&bench, 2);	/* the second host */
	verdict = spf_judge(bench.spf);
	assert_non_null(verdict);
	assert_int_equal(verdict->result, RESULT_PASS);
	assert_string_equal(verdict->reason, "mx of example.org");
	spf_bench_done(&bench);
}

static void
a_name_that_leads_back_does_not_wait_for_others(void **state)
{
	static const char zone[] = "example.org\tTXT\tv=spf1 ptr -all\n"
	    REVERSE "a.example.org\n" REVERSE "b.example.org\n"
	    "a.example.org\tA\t192.0.2.7\n";
	const struct spf_verdict *verdict;
	struct spf_bench bench;

	spf_bench_init(&bench, *state, zone, &joe);
	for (unsigned i = 0; i < 3; i++) {
		assert_null(spf_judge(bench.spf));
		spf_bench_release(&bench, 0);
	}
	verdict = spf_judge(bench.spf);
	assert_int_equal(spf_bench_pending(&bench), 1);
	assert_non_null(verdict);
	assert_int_equal(verdict->result, RESULT_PASS);
	spf_bench_done(&bench);
}

/* Ahead of a walk that waits for slow.net, too. */
static void
what_is_behind_a_match_is_not_asked_for(void **state)
{
	static const char zone[] =
	    "example.org\tTXT\tv=spf1 include:slow.net include:x.net "
	    "a:h.org\n"
	    "h.org\tA\t192.0.2.7\n"
	    "x.net\tTXT\tv=spf1 a:h.org include:never.net\n";
	struct spf_bench bench;

	spf_bench_init(&bench, *state, zone, &joe);
	spf_bench_release(&bench, 0);
	assert_null(spf_judge(bench.spf));
	assert_int_equal(dns_view_asked(bench.view), 1 + 3);
	spf_bench_release(&bench, 2);	/* h.org */
	assert_null(spf_judge(bench.spf));
	spf_bench_release(&bench, 1);	/* x.net */
	assert_null(spf_judge(bench.spf));
	assert_int_equal(dns_view_asked(bench.view), 1 + 3);
	spf_bench_done(&bench);
}

/* RFC 7208 4.6.4, 2.6.6: the time is over, the rest is silence. */
static void
giving_up_at_any_time_is_a_temperror(void **state)
{
	/* After 13 answers the explanation alone is missing. */
	for (size_t answers = 0; answers < 14; answers++) {
		const struct spf_verdict *verdict;
		struct spf_bench bench;

		spf_bench_init(&bench, *state, long_way, &joe);
		for (size_t i = 0; i < answers; i++) {
			spf_bench_release(&bench, 0);
			assert_null(spf_judge(bench.spf));
		}
		dns_view_give_up(bench.view);
		verdict = spf_judge(bench.spf);
		assert_non_null(verdict);
		assert_int_equal(verdict->result, answers < 13
		    ? RESULT_TEMPERROR : RESULT_FAIL);
		assert_null(verdict->explanation);
		spf_bench_done(&bench);
	}
}

/* --- zones by chance ---------------------------------------------------------- */

struct dice {
	unsigned seed;
	struct buf zone;
};

static unsigned
roll(struct dice *dice, unsigned sides)
{
	return (unsigned)spf_bench_any(&dice->seed, sides);
}

static void
add_term(struct dice *dice)
{
	static const char *const qualifiers[] = { "", "", "-", "~", "?" };
	static const struct {
		const char *head, *tail;
	} shapes[] = {
		{ "a:", "" }, { "a:", "/28" }, { "mx:", "" }, { "mx:", "/0" },
		{ "ptr:", "" }, { "exists:", "" }, { "exists:%{p}.", "" },
		{ "include:", "" }, { "include:", "" }, { "include:", "" },
	};
	unsigned shape = roll(dice, ARRAY_LEN(shapes));

	buf_printf(&dice->zone, " %s%sd%u.example%s",
	    qualifiers[roll(dice, ARRAY_LEN(qualifiers))],
	    shapes[shape].head, roll(dice, 9), shapes[shape].tail);
}

static void
add_record(struct dice *dice, const char *domain)
{
	unsigned terms = roll(dice, 7);

	buf_printf(&dice->zone, "%s\tTXT\tv=spf1", domain);
	for (unsigned i = 0; i < terms; i++)
		add_term(dice);
	if (roll(dice, 3) == 0)
		buf_printf(&dice->zone, " redirect=d%u.example",
		    roll(dice, 9));
	if (roll(dice, 3) == 0)
		buf_printf(&dice->zone, " exp=why.%s", domain);
	buf_add_text(&dice->zone, roll(dice, 2) == 0 ? " -all\n" : "\n");
	buf_printf(&dice->zone, "why.%s\tTXT\t%%{p} by %%{d}\n", domain);
}

static void
add_hosts(struct dice *dice, const char *owner, const char *type,
    const char *more)
{
	unsigned hosts = roll(dice, 12);

	for (unsigned i = 0; i < hosts; i++)
		buf_printf(&dice->zone, "%s\t%s\t%sd%u.example\n", owner, type,
		    more, roll(dice, 9));
}

static const char *
zone_by_chance(struct arena *arena, unsigned seed)
{
	static const char *const addresses[] = { "192.0.2.7", "192.0.2.1",
		"198.51.100.1", "!SERVFAIL", "!TIMEOUT", NULL };
	struct dice dice = { .seed = seed };

	buf_init(&dice.zone, arena);
	add_record(&dice, "example.org");
	add_hosts(&dice, "7.2.0.192.in-addr.arpa", "PTR", "");
	for (unsigned i = 0; i < 9; i++) {
		const char *domain = arena_printf(arena, "d%u.example", i);
		const char *address = addresses[roll(&dice,
		    ARRAY_LEN(addresses))];

		if (roll(&dice, 8) != 0)
			add_record(&dice, domain);
		add_hosts(&dice, domain, "MX", "10 ");
		if (address != NULL)
			buf_printf(&dice.zone, "%s\tA\t%s\n", domain, address);
	}
	return dice.zone.data;
}

static void
zones_by_chance_have_one_verdict_each(void **state)
{
	unsigned results[RESULT_TEMPERROR + 1] = { 0 };

	(void)state;
	for (unsigned zone = 0; zone < 500; zone++) {
		struct arena *arena = arena_new(0);
		const char *text = zone_by_chance(arena, zone);
		const struct spf_verdict *wanted = spf_bench_judge(arena, text,
		    &joe, NULL);

		results[wanted->result]++;
		for (unsigned order = 0; order < 4; order++) {
			struct spf_bench bench;
			unsigned seed = order;

			spf_bench_init(&bench, arena, text, &joe);
			spf_bench_check_same(text, spf_bench_finish(&bench,
			    order == 0 ? spf_bench_oldest : order == 1
			    ? spf_bench_newest : spf_bench_any, &seed),
			    wanted);
			assert_true(dns_view_asked(bench.view) <=
			    SPF_BENCH_QUESTIONS_MAX);
			spf_bench_done(&bench);
		}
		arena_free(&arena);
	}
	/* The zones are of all kinds. */
	assert_true(results[RESULT_PASS] > 20);
	assert_true(results[RESULT_FAIL] > 20);
	assert_true(results[RESULT_SOFTFAIL] > 20);
	assert_true(results[RESULT_NEUTRAL] > 20);
	assert_true(results[RESULT_PERMERROR] > 20);
	assert_true(results[RESULT_TEMPERROR] > 20);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(each_order_ends_in_the_same_verdict),
		ARENA_TEST(a_record_is_asked_about_in_one_go),
		ARENA_TEST(a_match_does_not_wait_for_what_is_behind_it),
		ARENA_TEST(a_name_that_leads_back_does_not_wait_for_others),
		ARENA_TEST(what_is_behind_a_match_is_not_asked_for),
		ARENA_TEST(giving_up_at_any_time_is_a_temperror),
		ARENA_TEST(zones_by_chance_have_one_verdict_each),
	};

	log_set_sink(fixture_log_is_silent, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
