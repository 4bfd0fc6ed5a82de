/* SPDX-License-Identifier: ISC */
/* dns_speed.c - answers per second through the resolver: from nsd, from cache. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "tests/unit/dns_server.h"

#define NAMES 20000
#define VIEW_QUESTIONS 10	/* of a usual message */
#define AT_ONCE 200		/* of a view, while the cache is cold */
#define WARM_MS 3000
#define MAX_THREADS 2

static const struct dns_server_zone zone = { "bench.test",
	"@ 3600 SOA ns root 1 3600 600 86400 120\n@ 3600 NS ns\n"
	"ns 3600 A 127.0.0.1\n* 3600 A 192.0.2.1\n"
	"* 3600 TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n" };

struct run {
	struct dns_source *source;
	unsigned number;		/* of the thread */
	int64_t until_ms;
	uint64_t answers;
};

static const char *
name_of(char name[32], unsigned i)
{
	snprintf(name, 32, "n%u.bench.test", i % NAMES);
	return name;
}

/* One transaction: count questions, from the first on, until all have come. */
static uint64_t
transact(struct dns_source *source, unsigned first, unsigned count)
{
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, source, wait);
	int64_t until_ms = clock_steady_ms() + 5000;
	uint64_t answers = 0;
	char name[32];

	for (unsigned i = 0; i < count; i++)
		dns_ask(view, str_from(name_of(name, first + i)), DNS_A);
	while (dns_view_pending(view) != 0 && wait_sleep(wait, until_ms) == 1)
		continue;
	for (unsigned i = 0; i < count; i++) {
		const struct dns_answer *answer = dns_ask(view,
		    str_from(name_of(name, first + i)), DNS_A);

		answers += answer != NULL && answer->status == DNS_FOUND;
	}
	arena_free(&arena);
	wait_unref(&wait);
	return answers;
}

static void
report(const char *what, uint64_t answers, int64_t taken_ms)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%-24s %9llu answers %10.0f/s  RSS %ld kB\n", what,
	    (unsigned long long)answers,
	    (double)answers * 1000 / (double)taken_ms, usage.ru_maxrss);
}

static void
run_cold(struct dns_source *source)
{
	int64_t start_ms = clock_steady_ms();
	struct dns_stats stats;
	uint64_t answers = 0;

	for (unsigned i = 0; i < NAMES; i += AT_ONCE)
		answers += transact(source, i, AT_ONCE);
	report("cold, 200 at once", answers, clock_steady_ms() - start_ms);
	dns_source_count(source, &stats);
	printf("%-24s %9llu bytes for %llu entries, latency %.2f ms\n",
	    "cache", (unsigned long long)stats.cache_bytes,
	    (unsigned long long)stats.cache_entries,
	    (double)stats.latency_us / 1000 / (double)stats.sent);
}

static void *
ask_warm(void *arg)
{
	struct run *run = arg;
	unsigned i = run->number * NAMES / MAX_THREADS;

	for (; clock_steady_ms() < run->until_ms; i += VIEW_QUESTIONS)
		run->answers += transact(run->source, i, VIEW_QUESTIONS);
	return NULL;
}

static void
run_warm(struct dns_source *source, unsigned thread_count)
{
	struct run runs[MAX_THREADS];
	pthread_t threads[MAX_THREADS];
	uint64_t answers = 0;
	char what[32];

	for (unsigned i = 0; i < thread_count; i++) {
		runs[i] = (struct run){ source, i,
		    clock_steady_ms() + WARM_MS, 0 };
		if (pthread_create(&threads[i], NULL, ask_warm, &runs[i]) != 0)
			abort();
	}
	for (unsigned i = 0; i < thread_count; i++) {
		pthread_join(threads[i], NULL);
		answers += runs[i].answers;
	}
	snprintf(what, sizeof(what), "warm, %u thread(s)", thread_count);
	report(what, answers, WARM_MS);
}

int
main(void)
{
	struct arena *arena = arena_new(0);
	const char *server_text, *reason;
	struct dns_settings settings = {
		.servers = { 1, &server_text },
		.servers_kind = DNS_SERVERS_LISTED,
		.timeout_ms = 2000,
		.cache_size_bytes = 32 << 20,
		.max_ttl_ms = 86400 * 1000,
		.max_negative_ttl_ms = 900 * 1000,
		.failure_ttl_ms = 5000,
		.max_under_way = 1000,
		.max_waiting = 10000,
	};
	struct dns_server *server = dns_server_start(&zone, 1, &reason);
	struct dns_source *source = NULL;

	if (server != NULL) {
		server_text = arena_printf(arena, "127.0.0.1@%u",
		    dns_server_port(server));
		source = resolver_new(&settings, arena, &reason);
	}
	if (source == NULL) {
		fprintf(stderr, "dns_speed: %s\n", reason);
		dns_server_stop(&server);
		return 1;
	}
	run_cold(source);
	run_warm(source, 1);
	run_warm(source, 2);
	dns_source_free(&source);
	dns_server_stop(&server);
	arena_free(&arena);
	return 0;
}
