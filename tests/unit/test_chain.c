/* SPDX-License-Identifier: ISC */
/* test_chain.c - checks that wait, hang and share their answers. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "chain_bench.h"
#include "dns/dns_query.h"

#define LATE_US 2000

/* A check that needs `steps` answers, each question known only when the one
 * before is answered; then reports how the last answer was. */
struct stairs_settings {
	struct check_common common;
	const char *prefix;
	int steps;
};

struct stairs_state {
	int runs;
};

#define FOUND dns_status_text(DNS_FOUND)

static enum check_status
run_stairs(struct check_run *run, const char **error_r)
{
	const struct stairs_settings *settings = run->settings;
	const struct dns_answer *answer = NULL;
	char name[64];

	(void)error_r;
	if (run->state == NULL)
		run->state = arena_zalloc(run->txn->arena,
		    sizeof(struct stairs_state));
	((struct stairs_state *)run->state)->runs++;
	for (int i = 1; i <= settings->steps; i++) {
		snprintf(name, sizeof(name), "%s-%d.example", settings->prefix,
		    i);
		answer = dns_ask(run->dns, str_from(name), DNS_TXT);
		if (answer == NULL)
			return CHECK_WAIT;
	}
	findings_add(run->findings, run->name,
	    answer->status == DNS_FOUND ? RESULT_PASS : RESULT_TEMPERROR,
	    arena_strdup(run->txn->arena, dns_status_text(answer->status)));
	return CHECK_DONE;
}

static const struct check check_a = { .name = "a", .run = run_stairs };
static const struct check check_b = { .name = "b", .run = run_stairs };
static const struct check check_c = { .name = "c", .run = run_stairs };

#define STAIRS(p, n) \
	&(const struct stairs_settings){ .common.enabled = true, .prefix = p, \
	    .steps = n }

static void
answer_with_name(struct chain_bench *bench, size_t i)
{
	dns_held_answer(bench->dns.queries[i],
	    dns_query_name(bench->dns.queries[i]));
}

static void
everything_that_waits_is_under_way_at_once(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_a, STAIRS("a", 2) },
		{ &check_b, STAIRS("b", 5) },
		{ &check_c, STAIRS("c", 3) },
	};
	struct chain_bench bench;
	int rounds = 0;

	(void)state;
	chain_bench_begin(&bench, entries, 3);
	assert_int_equal(chain_run(bench.chain), 3);
	assert_int_equal(bench.dns.asked, 3);
	for (; chain_run(bench.chain) != 0; rounds++)
		dns_held_answer_round(&bench.dns);
	/* The longest chain has 5 links; their sum is 10. */
	assert_int_equal(rounds, 5);
	assert_int_equal(bench.dns.asked, 10);
	assert_int_equal(chain_questions(bench.chain), 10);
	chain_bench_wants(&bench, 0, "a", RESULT_PASS, FOUND);
	chain_bench_wants(&bench, 1, "b", RESULT_PASS, FOUND);
	chain_bench_wants(&bench, 2, "c", RESULT_PASS, FOUND);
	chain_bench_end(&bench);
}

static void
answers_out_of_order_leave_findings_in_table_order(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_a, STAIRS("a", 1) },
		{ &check_b, STAIRS("b", 1) },
		{ &check_c, STAIRS("c", 1) },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 3);
	assert_int_equal(chain_run(bench.chain), 3);
	for (size_t i = 3; i-- > 0; ) {
		answer_with_name(&bench, i);
		assert_int_equal(chain_run(bench.chain), i);
	}
	assert_int_equal(chain_bench_count(&bench), 3);
	assert_string_equal(chain_bench_finding(&bench, 0)->check, "a");
	assert_string_equal(chain_bench_finding(&bench, 1)->check, "b");
	assert_string_equal(chain_bench_finding(&bench, 2)->check, "c");
	chain_bench_end(&bench);
}

static void
checks_that_ask_the_same_question_ask_it_once(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_a, STAIRS("same", 2) },
		{ &check_b, STAIRS("same", 2) },
	};
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	while (chain_run(bench.chain) != 0)
		dns_held_answer_round(&bench.dns);
	assert_int_equal(bench.dns.asked, 2);
	assert_int_equal(chain_bench_count(&bench), 2);
	chain_bench_end(&bench);
}

/* Answers every question a while after it was asked, from its own thread. */
static void *
answer_late(void *arg)
{
	struct dns_held *held = arg;
	struct dns_query *query;

	for (size_t i = 0; ; i++) {
		while ((query = dns_held_question(held, i)) == NULL)
			usleep(100);
		if (str_has_prefix_nocase(dns_query_name(query), STR("stop")))
			return NULL;
		usleep(LATE_US);
		dns_held_answer(query, dns_query_name(query));
	}
}

static void
answers_that_come_late_from_another_thread_wake_the_chain(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_a, STAIRS("a", 8) },
		{ &check_b, STAIRS("b", 3) },
		{ &check_c, STAIRS("c", 8) },
	};
	struct chain_bench bench;
	struct wait *wait = wait_new();
	struct dns_query *stop;
	int64_t start_us = clock_steady_us(), waited_us;
	pthread_t thread;

	(void)state;
	chain_bench_begin(&bench, entries, 3);
	pthread_create(&thread, NULL, answer_late, &bench.dns);
	chain_finish(bench.chain, clock_steady_ms() + 120000);
	assert_true(clock_steady_us() - start_us >= 19 * LATE_US);
	waited_us = chain_waited_us(bench.chain);
	assert_in_range(waited_us, 1, clock_steady_us() - start_us);
	stop = bench.dns.source.ask(&bench.dns.source, STR("stop.example"),
	    DNS_TXT, wait);
	pthread_join(thread, NULL);
	assert_int_equal(chain_bench_count(&bench), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(chain_bench_finding(&bench, i)->result,
		    RESULT_PASS);
	dns_query_unref(&stop);
	chain_bench_end(&bench);
	wait_unref(&wait);
}

static void
missing_answers_become_the_checks_own_temperror(void **state)
{
	const struct chain_entry entries[] = {
		{ &check_a, STAIRS("a", 1) },
		{ &check_b, STAIRS("b", 3) },
	};
	struct chain_bench bench;
	int64_t start_ms = clock_steady_ms();

	(void)state;
	chain_bench_begin(&bench, entries, 2);
	chain_run(bench.chain);
	answer_with_name(&bench, 0);
	chain_finish(bench.chain, start_ms + 60);
	assert_in_range(clock_steady_ms() - start_ms, 60, 60000);
	assert_int_equal(chain_bench_count(&bench), 2);
	chain_bench_wants(&bench, 0, "a", RESULT_PASS, FOUND);
	chain_bench_wants(&bench, 1, "b", RESULT_TEMPERROR,
	    dns_status_text(DNS_TIMEOUT));
	assert_false(chain_bench_finding(&bench, 1)->has_failed);
	chain_bench_end(&bench);
}

static void
an_answer_that_comes_after_the_transaction_is_gone_hurts_nobody(void **state)
{
	const struct chain_entry entries[] = { { &check_a, STAIRS("a", 1) } };
	struct chain_bench bench;

	(void)state;
	chain_bench_begin(&bench, entries, 1);
	assert_int_equal(chain_run(bench.chain), 1);
	arena_free(&bench.txn.arena);
	answer_with_name(&bench, 0);
	dns_held_done(&bench.dns);
}

static void
without_dns_nothing_waits(void **state)
{
	const struct chain_entry entry = { &check_a, STAIRS("a", 3) };
	struct txn txn = { .arena = arena_new(0), .stage = STAGE_MESSAGE };
	struct chain *chain = chain_new(&txn, &entry, 1, NULL);

	(void)state;
	assert_int_equal(chain_run(chain), 0);
	assert_int_equal(chain_findings(chain)->items.len, 1);
	arena_free(&txn.arena);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_waits_is_under_way_at_once),
		cmocka_unit_test(
		    answers_out_of_order_leave_findings_in_table_order),
		cmocka_unit_test(checks_that_ask_the_same_question_ask_it_once),
		cmocka_unit_test(
		    answers_that_come_late_from_another_thread_wake_the_chain),
		cmocka_unit_test(
		    missing_answers_become_the_checks_own_temperror),
		cmocka_unit_test(
		    an_answer_that_comes_after_the_transaction_is_gone_hurts_nobody),
		cmocka_unit_test(without_dns_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
