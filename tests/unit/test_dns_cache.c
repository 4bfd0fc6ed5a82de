/* SPDX-License-Identifier: ISC */
/* test_dns_cache.c - coalescing, times, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "dns/cache.h"
#include "dns/dns_query.h"

static const struct dns_answer nothing = { .status = DNS_NXDOMAIN };

/* Ask, and tell whether it was new; the reference is dropped. */
static bool
is_new(struct dns_cache *cache, const char *name, int64_t now_ms)
{
	struct wait *wait = wait_new();
	struct dns_query *query;
	bool was_new;

	query = dns_cache_ask(cache, str_from(name), DNS_A, wait, now_ms,
	    &was_new);
	dns_query_unref(&query);
	wait_unref(&wait);
	return was_new;
}

/* Ask for name and answer at once, to be kept until expires_ms. */
static void
fill(struct dns_cache *cache, const char *name, int64_t now_ms,
    int64_t expires_ms)
{
	struct wait *wait = wait_new();
	struct dns_query *query;
	bool was_new;

	query = dns_cache_ask(cache, str_from(name), DNS_A, wait, now_ms,
	    &was_new);
	if (was_new) {
		dns_query_complete(query, &nothing);
		dns_cache_settle(cache, query, expires_ms, now_ms);
	}
	dns_query_unref(&query);
	wait_unref(&wait);
}

static struct dns_stats
count(struct dns_cache *cache)
{
	struct dns_stats stats = { 0 };

	dns_cache_count(cache, &stats);
	return stats;
}

static void
equal_questions_under_way_are_one(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);
	struct dns_query *queries[100];
	struct wait *waits[100];
	bool was_new;

	(void)state;
	for (int i = 0; i < 100; i++) {
		waits[i] = wait_new();
		queries[i] = dns_cache_ask(cache, STR("a.org"), DNS_A,
		    waits[i], i, &was_new);
		assert_int_equal(was_new, i == 0);
		assert_ptr_equal(queries[i], queries[0]);
		assert_null(dns_query_answer(queries[i]));
	}
	dns_query_complete(queries[0], &nothing);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(wait_sleep(waits[i], 0), 1);
		assert_non_null(dns_query_answer(queries[i]));
		dns_query_unref(&queries[i]);
		wait_unref(&waits[i]);
	}
	assert_int_equal(count(cache).asked, 100);
	assert_int_equal(count(cache).coalesced, 99);
	assert_int_equal(count(cache).hits, 0);
	dns_cache_free(&cache);
}

static void
an_entry_is_used_until_its_time_is_over(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);

	(void)state;
	fill(cache, "a.org", 1000, 6000);
	assert_false(is_new(cache, "a.org", 1000));
	assert_false(is_new(cache, "a.org", 5999));
	assert_int_equal(count(cache).hits, 2);
	assert_true(is_new(cache, "a.org", 6000));
	assert_false(is_new(cache, "a.org", 6000));
	assert_int_equal(count(cache).coalesced, 1);
	dns_cache_free(&cache);
}

static void
an_entry_without_time_is_for_those_who_wait(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);

	(void)state;
	fill(cache, "a.org", 1000, 1000);
	assert_int_equal(count(cache).cache_entries, 0);
	assert_true(is_new(cache, "a.org", 1000));
	dns_cache_free(&cache);
}

static void
name_and_type_make_an_entry(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);
	struct wait *wait = wait_new();
	struct dns_query *query;
	bool was_new;

	(void)state;
	fill(cache, "a.org", 0, 10);
	query = dns_cache_ask(cache, STR("a.org"), DNS_AAAA, wait, 0,
	    &was_new);
	assert_true(was_new);
	dns_query_unref(&query);
	assert_true(is_new(cache, "a.or", 0));
	wait_unref(&wait);
	dns_cache_free(&cache);
}

static void
a_late_answer_takes_the_place_of_a_settled_one(void **state)
{
	static const struct dns_answer found = { .status = DNS_NODATA };
	struct dns_cache *cache = dns_cache_new(1 << 20);
	struct dns_query *late = dns_query_new(STR("a.org"), DNS_A), *query;
	struct wait *wait = wait_new();
	bool was_new;

	(void)state;
	fill(cache, "a.org", 0, 10);
	dns_query_complete(late, &found);
	dns_cache_settle(cache, late, 20, 5);
	query = dns_cache_ask(cache, STR("a.org"), DNS_A, wait, 15, &was_new);
	assert_false(was_new);
	assert_ptr_equal(query, late);
	assert_int_equal(count(cache).cache_entries, 1);
	dns_query_unref(&query);
	dns_query_unref(&late);
	wait_unref(&wait);
	dns_cache_free(&cache);
}

static void
a_late_answer_leaves_one_under_way_alone(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);
	struct dns_query *late = dns_query_new(STR("a.org"), DNS_A);

	(void)state;
	assert_true(is_new(cache, "a.org", 0));
	dns_query_complete(late, &nothing);
	dns_cache_settle(cache, late, 20, 5);
	assert_false(is_new(cache, "a.org", 6));
	assert_int_equal(count(cache).coalesced, 1);
	dns_query_unref(&late);
	dns_cache_free(&cache);
}

#define CACHE_BYTES (256 * 1024)

static void
the_cache_stays_within_its_size(void **state)
{
	struct dns_cache *cache = dns_cache_new(CACHE_BYTES);
	struct dns_stats stats;
	char name[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "n%d.example.org", i);
		fill(cache, name, 0, 1000);
		assert_true(count(cache).cache_bytes <= CACHE_BYTES);
	}
	stats = count(cache);
	assert_int_equal(stats.evictions + stats.cache_entries, 20000);
	assert_true(stats.cache_entries > 500);
	assert_false(is_new(cache, "n19999.example.org", 0));
	assert_true(is_new(cache, "n0.example.org", 0));
	dns_cache_free(&cache);
}

static void
what_is_used_stays(void **state)
{
	struct dns_cache *cache = dns_cache_new(CACHE_BYTES);
	char name[32];

	(void)state;
	fill(cache, "used.org", 0, 1000);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "n%d.example.org", i);
		fill(cache, name, 0, 1000);
		if (is_new(cache, "used.org", 0))
			fail_msg("gone after %d others", i);
	}
	dns_cache_free(&cache);
}

static void
an_answer_larger_than_its_shard_is_not_kept(void **state)
{
	static char big[CACHE_BYTES / 16];
	const struct dns_record record = { .data = { big, sizeof(big) } };
	const struct dns_answer answer = { .count = 1, .records = &record };
	struct dns_cache *cache = dns_cache_new(CACHE_BYTES);
	struct wait *wait = wait_new();
	struct dns_query *query;
	bool was_new;

	(void)state;
	query = dns_cache_ask(cache, STR("big.org"), DNS_TXT, wait, 0,
	    &was_new);
	dns_query_complete(query, &answer);
	dns_cache_settle(cache, query, 1000, 0);
	assert_int_equal(count(cache).cache_entries, 0);
	assert_int_equal(dns_query_answer(query)->records[0].data.len,
	    sizeof(big));
	dns_query_unref(&query);
	wait_unref(&wait);
	dns_cache_free(&cache);
}

static void
clearing_forgets_what_is_settled_only(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);

	(void)state;
	fill(cache, "a.org", 0, 1000);
	assert_true(is_new(cache, "b.org", 0));
	dns_cache_clear(cache);
	assert_true(is_new(cache, "a.org", 0));
	assert_false(is_new(cache, "b.org", 0));
	assert_int_equal(count(cache).cache_bytes, 0);
	dns_cache_free(&cache);
}

/* --- threads that ask, one that answers --- */

#define THREADS 4
#define ROUNDS 20000
#define NAMES 50
#define RING 64

struct crowd {
	struct dns_cache *cache;
	pthread_mutex_t lock;
	struct dns_query *ring[RING];
	size_t put, taken;	/* at most one of each name is between */
	atomic_uint asked_anew, running, wrong;
};

static void
hand_over(struct crowd *crowd, struct dns_query *query)
{
	pthread_mutex_lock(&crowd->lock);
	crowd->ring[crowd->put++ % RING] = dns_query_ref(query);
	pthread_mutex_unlock(&crowd->lock);
}

static struct dns_query *
take_over(struct crowd *crowd)
{
	struct dns_query *query = NULL;

	pthread_mutex_lock(&crowd->lock);
	if (crowd->taken != crowd->put)
		query = crowd->ring[crowd->taken++ % RING];
	pthread_mutex_unlock(&crowd->lock);
	return query;
}

static void *
ask_much(void *arg)
{
	struct crowd *crowd = arg;
	struct wait *wait = wait_new();
	char name[16];

	for (int i = 0; i < ROUNDS; i++) {
		struct dns_query *query;
		bool was_new;

		snprintf(name, sizeof(name), "n%d", i * 7 % NAMES);
		query = dns_cache_ask(crowd->cache, str_from(name), DNS_A,
		    wait, clock_steady_ms(), &was_new);
		if (was_new) {
			atomic_fetch_add(&crowd->asked_anew, 1);
			hand_over(crowd, query);
		}
		while (dns_query_answer(query) == NULL)
			wait_sleep(wait, clock_steady_ms() + 1000);
		if (!str_is(dns_query_answer(query)->records[0].data, name))
			atomic_fetch_add(&crowd->wrong, 1);
		dns_query_unref(&query);
	}
	wait_unref(&wait);
	atomic_fetch_sub(&crowd->running, 1);
	return NULL;
}

static void *
answer_all(void *arg)
{
	struct crowd *crowd = arg;
	struct dns_query *query;

	while (atomic_load(&crowd->running) != 0) {
		while ((query = take_over(crowd)) != NULL) {
			const struct dns_record record = {
				.data = dns_query_name(query),
			};
			const struct dns_answer answer = {
				.count = 1,
				.records = &record,
			};
			int64_t now_ms = clock_steady_ms();

			dns_query_complete(query, &answer);
			dns_cache_settle(crowd->cache, query, now_ms + 1,
			    now_ms);
			dns_query_unref(&query);
		}
		sched_yield();
	}
	return NULL;
}

static void
threads_get_each_their_answers(void **state)
{
	struct crowd crowd = { .cache = dns_cache_new(64 * 1024) };
	pthread_t threads[THREADS], answering;
	struct dns_stats stats;

	(void)state;
	pthread_mutex_init(&crowd.lock, NULL);
	atomic_init(&crowd.running, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_much,
		    &crowd), 0);
	assert_int_equal(pthread_create(&answering, NULL, answer_all, &crowd),
	    0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(answering, NULL);
	assert_int_equal(atomic_load(&crowd.wrong), 0);
	stats = count(crowd.cache);
	assert_int_equal(stats.asked, THREADS * ROUNDS);
	assert_int_equal(stats.hits + stats.coalesced +
	    atomic_load(&crowd.asked_anew), stats.asked);
	dns_cache_free(&crowd.cache);
	pthread_mutex_destroy(&crowd.lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_questions_under_way_are_one),
		cmocka_unit_test(an_entry_is_used_until_its_time_is_over),
		cmocka_unit_test(an_entry_without_time_is_for_those_who_wait),
		cmocka_unit_test(name_and_type_make_an_entry),
		cmocka_unit_test(
		    a_late_answer_takes_the_place_of_a_settled_one),
		cmocka_unit_test(a_late_answer_leaves_one_under_way_alone),
		cmocka_unit_test(the_cache_stays_within_its_size),
		cmocka_unit_test(what_is_used_stays),
		cmocka_unit_test(an_answer_larger_than_its_shard_is_not_kept),
		cmocka_unit_test(clearing_forgets_what_is_settled_only),
		cmocka_unit_test(threads_get_each_their_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
