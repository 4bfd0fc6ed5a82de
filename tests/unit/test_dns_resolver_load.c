/* SPDX-License-Identifier: ISC */
/* test_dns_resolver_load.c - many answers at once, slow ones, none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/wait.h"
#include "fixture.h"
#include "lookup.h"

static void
silence_ends_at_the_deadline(void **state)
{
	struct lookup *f = *state;
	int64_t start_ms, end_ms;
	char name[32];

	f->settings.timeout_ms = 2000;
	lookup_use_relay(f);
	dns_relay_set(f->relay, -1, -1);
	start_ms = clock_steady_ms();
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_null(dns_ask(f->view, str_from(name), DNS_A));
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_int_equal(lookup_ask(f, name, DNS_A)->status,
		    DNS_TIMEOUT);
	}
	end_ms = clock_steady_ms();
	/* One after the other it would be ten minutes. */
	assert_in_range(end_ms - start_ms, 2000, 60000);
	assert_int_equal(lookup_count(f).timeouts, 300);
}

static void
a_late_answer_fills_the_cache(void **state)
{
	struct lookup *f = *state;
	int64_t until_ms = clock_steady_ms() + 60000;

	f->settings.timeout_ms = 1000;
	f->settings.failure_ttl_ms = 60000;
	lookup_use_relay(f);
	dns_relay_hold(f->relay, true);
	assert_int_equal(lookup_ask(f, "a.test", DNS_A)->status, DNS_TIMEOUT);
	dns_relay_hold(f->relay, false);
	while (lookup_ask_anew(f, "a.test", DNS_A)->status != DNS_FOUND) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(10000);
	}
	assert_int_equal(lookup_count(f).late, 1);
	assert_int_equal(lookup_count(f).sent, 1);
}

static void
one_slow_name_among_quick_ones_is_waited_for(void **state)
{
	struct lookup *f = *state;
	const struct dns_answer *answer;
	char name[32];
	int i = 0;

	/* A resolver that had learned from the quick ones would ask four times
	 * within three quarters of a second, and no more. */
	f->settings.timeout_ms = 10000;
	lookup_use_relay(f);
	dns_relay_set(f->relay, 0, 1500);
	do {
		snprintf(name, sizeof(name), "quick%d.many.test", i++);
		assert_int_equal(lookup_ask(f, name, DNS_A)->status, DNS_FOUND);
		usleep(1000);
		answer = dns_ask(f->view, STR("slow.many.test"), DNS_A);
	} while (answer == NULL);
	assert_int_equal(answer->status, DNS_FOUND);
}

static void
a_server_that_comes_back_is_used_again(void **state)
{
	struct lookup *f = *state;
	int64_t back_ms;
	char name[32];
	int i = 0;

	f->settings.timeout_ms = 500;
	lookup_use_relay(f);
	assert_int_equal(lookup_ask(f, "first.many.test", DNS_A)->status,
	    DNS_FOUND);
	dns_relay_set(f->relay, -1, -1);
	for (int64_t until_ms = clock_steady_ms() + 2000;
	    clock_steady_ms() < until_ms; usleep(10000)) {
		snprintf(name, sizeof(name), "n%d.many.test", i++);
		dns_ask(f->view, str_from(name), DNS_A);
	}
	dns_relay_set(f->relay, 0, 0);
	back_ms = clock_steady_ms();
	do {
		snprintf(name, sizeof(name), "n%d.many.test", i++);
	} while (lookup_ask(f, name, DNS_A)->status != DNS_FOUND &&
	    clock_steady_ms() < back_ms + 60000);
	/* Left to itself it stays away for a quarter of an hour. */
	assert_in_range(clock_steady_ms() - back_ms, 0, 60000);
}

static void
the_second_server_stands_in_for_a_silent_first(void **state)
{
	struct lookup *f = *state;
	char name[32];

	f->settings.timeout_ms = 4000;
	dns_relay_set(f->relay, -1, -1);
	f->servers[1] = arena_printf(f->arena, "127.0.0.1@%u",
	    dns_relay_port(f->relay));
	f->settings.servers.count = 2;
	lookup_use_server(f);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_int_equal(lookup_ask(f, name, DNS_A)->status, DNS_FOUND);
	}
}

static void
silent_names_do_not_starve_the_others(void **state)
{
	struct lookup *f = *state;
	char name[32];

	/* Thirty wait for an answer, and a hundred have not been given up. */
	f->settings.max_under_way = 50;
	f->settings.timeout_ms = 1000;
	lookup_use_relay(f);
	dns_relay_set(f->relay, 0, -1);
	for (int i = 0; i < 130; i++) {
		snprintf(name, sizeof(name), "slow%d.many.test", i);
		dns_ask(f->view, str_from(name), DNS_A);
		usleep(33000);
		snprintf(name, sizeof(name), "quick%d.many.test", i);
		assert_int_equal(lookup_ask(f, name, DNS_A)->status, DNS_FOUND);
	}
}

static atomic_uint lines_logged;

static void
few_descriptors_mean_fewer_questions_at_once(void **state)
{
	struct lookup *f = *state;
	struct rlimit before, few;
	char name[32];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	atomic_store(&lines_logged, 0);
	log_set_sink(fixture_log_is_counted, &lines_logged);
	lookup_use_relay(f);
	dns_relay_set(f->relay, 20, 20);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		dns_ask(f->view, str_from(name), DNS_A);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_int_equal(lookup_ask(f, name, DNS_A)->status, DNS_FOUND);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* One line at start, none for a question. */
	assert_int_equal(atomic_load(&lines_logged), 1);
}

#define THREADS 4
#define QUESTIONS 2000

struct asking {
	struct dns_source *source;
	int number;
	unsigned found;
};

static void *
ask_thousands(void *arg)
{
	struct asking *asking = arg;
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, asking->source, wait);
	int64_t until_ms = clock_steady_ms() + 120000;
	char name[48];

	for (int i = 0; i < QUESTIONS; i++) {
		snprintf(name, sizeof(name), "t%dn%d.many.test",
		    asking->number, i);
		dns_ask(view, str_from(name), DNS_A);
		/* Questions that all threads have in common. */
		snprintf(name, sizeof(name), "common%d.many.test", i);
		dns_ask(view, str_from(name), DNS_A);
	}
	while (dns_view_pending(view) != 0 && wait_sleep(wait, until_ms) == 1)
		continue;
	for (int i = 0; i < QUESTIONS; i++) {
		const struct dns_answer *answer;

		snprintf(name, sizeof(name), "t%dn%d.many.test",
		    asking->number, i);
		answer = dns_ask(view, str_from(name), DNS_A);
		asking->found += answer != NULL &&
		    answer->status == DNS_FOUND;
	}
	arena_free(&arena);
	wait_unref(&wait);
	return NULL;
}

static void
thousands_from_several_threads_are_all_answered(void **state)
{
	struct lookup *f = *state;
	struct asking asking[THREADS];
	pthread_t threads[THREADS];
	int64_t until_ms = clock_steady_ms() + 180000;

	f->settings.timeout_ms = 60000;
	lookup_use_relay(f);
	dns_relay_set(f->relay, 20, 20);
	for (int i = 0; i < THREADS; i++) {
		asking[i] = (struct asking){ f->source, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL,
		    ask_thousands, &asking[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(asking[i].found, QUESTIONS);
	}
	assert_int_equal(lookup_count(f).sent, (THREADS + 1) * QUESTIONS);
	/* Who asked has the answers before its thread has counted again. */
	while (lookup_count(f).under_way != 0) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
	}
}

static void
a_resolver_may_go_with_questions_under_way(void **state)
{
	struct lookup *f = *state;
	char name[32];

	lookup_use_relay(f);
	dns_relay_set(f->relay, -1, -1);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_null(dns_ask(f->view, str_from(name), DNS_A));
	}
	usleep(20000);
	dns_source_free(&f->source);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d.many.test", i);
		assert_int_equal(dns_ask(f->view, str_from(name),
		    DNS_A)->status, DNS_SERVFAIL);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LOOKUP_TEST(silence_ends_at_the_deadline),
		LOOKUP_TEST(a_late_answer_fills_the_cache),
		LOOKUP_TEST(one_slow_name_among_quick_ones_is_waited_for),
		LOOKUP_TEST(a_server_that_comes_back_is_used_again),
		LOOKUP_TEST(the_second_server_stands_in_for_a_silent_first),
		LOOKUP_TEST(silent_names_do_not_starve_the_others),
		LOOKUP_TEST(few_descriptors_mean_fewer_questions_at_once),
		LOOKUP_TEST(thousands_from_several_threads_are_all_answered),
		LOOKUP_TEST(a_resolver_may_go_with_questions_under_way),
	};

	if (!lookup_begin(ARRAY_LEN(tests)))
		return 0;
	return cmocka_run_group_tests(tests, NULL, lookup_end);
}
