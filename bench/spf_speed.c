/* SPDX-License-Identifier: ISC */
/* spf_speed.c - SPF evaluations per second on the answers present. */
/*
 * usage: spf_speed SECONDS
 *
 * One line of JSON for each record: how many evaluations of it lib/auth makes
 * with one and with two threads, and how many libspf2 makes by itself, with a
 * resolver of its own that has the same answers in memory.  Each evaluation is
 * a client's first: nothing is kept but the answers, and libspf2's server.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/zone.h"

#define DOMAIN "example.org"
#define CLIENT "192.0.2.7"
#define RECORDS_MAX 8
#define THREADS_MAX 2

enum {
	ARENA_FIRST = 4096,
	INCLUDED_NETWORKS = 12,
	MANY_NETWORKS = 200,
};

struct published {
	const char *name;
	const char *text;
};

struct record {
	const char *label;
	struct published published[RECORDS_MAX];
	size_t count;
};

struct run {
	struct dns_source *zone;	/* for ours */
	SPF_server_t *server;		/* for libspf2 */
	atomic_bool is_over;
	atomic_ullong evaluations;
	_Atomic(const char *) result;	/* a word, of all of them */
};

/* --- records ----------------------------------------------------------------- */

/* COUNT networks without the client, then REST. */
static const char *
networks(struct arena *arena, unsigned first, unsigned count,
    const char *rest)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "v=spf1");
	for (unsigned i = first; i < first + count; i++)
		buf_printf(&text, " ip4:198.18.%u.0/24", i % 256);
	buf_printf(&text, " %s", rest);
	return text.data;
}

static void
publish(struct record *record, const char *name, const char *text)
{
	record->published[record->count++] = (struct published){ name, text };
}

static struct record
make_short(void)
{
	struct record record = { .label = "one ip4" };

	publish(&record, DOMAIN, "v=spf1 ip4:192.0.2.0/24 -all");
	return record;
}

/* As large providers have it; the last of them names the client. */
static struct record
make_includes(struct arena *arena)
{
	struct record record = { .label = "4 includes of 12 ip4" };

	publish(&record, DOMAIN, "v=spf1 include:_a." DOMAIN " include:_b."
	    DOMAIN " include:_c." DOMAIN " include:_d." DOMAIN " ~all");
	for (unsigned i = 0; i < 4; i++)
		publish(&record, arena_printf(arena, "_%c." DOMAIN, 'a' + i),
		    networks(arena, i * INCLUDED_NETWORKS, INCLUDED_NETWORKS,
		    i < 3 ? "~all" : "ip4:192.0.2.0/24 ~all"));
	return record;
}

static struct record
make_many(struct arena *arena)
{
	struct record record = { .label = "200 ip4" };

	publish(&record, DOMAIN, networks(arena, 0, MANY_NETWORKS,
	    "ip4:192.0.2.0/24 -all"));
	return record;
}

/* --- evaluations ------------------------------------------------------------- */

static void
evaluate_ours(struct run *run)
{
	struct arena *arena = arena_new(ARENA_FIRST);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, run->zone, wait);
	struct spf_query query = {
		.helo = str_from("mail." DOMAIN),
		.local = str_from("joe"),
		.domain = str_from(DOMAIN),
		.receiver = "mx.example.com",
		.now_ms = clock_now_ms(),
	};
	const struct spf_verdict *verdict;

	if (netaddr_parse(str_from(CLIENT), &query.client) != 0)
		abort();
	verdict = spf_judge(spf_new(arena, view, &query));
	if (verdict == NULL)
		abort();
	run->result = result_text(verdict->result);
	arena_free(&arena);
	wait_unref(&wait);
}

static void
evaluate_theirs(struct run *run)
{
	SPF_request_t *request = SPF_request_new(run->server);
	SPF_response_t *response = NULL;

	SPF_request_set_ipv4_str(request, CLIENT);
	SPF_request_set_helo_dom(request, "mail." DOMAIN);
	SPF_request_set_env_from(request, "joe@" DOMAIN);
	SPF_request_query_mailfrom(request, &response);
	if (response == NULL)
		abort();
	run->result = SPF_strresult(SPF_response_result(response));
	SPF_response_free(response);
	SPF_request_free(request);
}

static void *
evaluate_until_over(void *arg)
{
	struct run *run = arg;

	while (!atomic_load_explicit(&run->is_over, memory_order_relaxed)) {
		if (run->zone != NULL)
			evaluate_ours(run);
		else
			evaluate_theirs(run);
		atomic_fetch_add_explicit(&run->evaluations, 1,
		    memory_order_relaxed);
	}
	return NULL;
}

/* Evaluations a second. */
static double
measure(struct run *run, unsigned threads, double seconds)
{
	pthread_t ids[THREADS_MAX];
	int64_t began_ms = clock_steady_ms();

	run->is_over = false;
	run->evaluations = 0;
	for (unsigned i = 0; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, evaluate_until_over,
		    run) != 0)
			abort();
	}
	usleep((useconds_t)(seconds * 1e6));
	run->is_over = true;
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return (double)run->evaluations * 1000 /
	    (double)(clock_steady_ms() - began_ms);
}

/* --- the same answers for both ----------------------------------------------- */

static struct dns_source *
make_zone(struct arena *arena, const struct record *record)
{
	struct dns_source *zone;
	const char *error;
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < record->count; i++)
		buf_printf(&text, "%s\tTXT\t%s\n", record->published[i].name,
		    record->published[i].text);
	zone = zone_source_parse("zone", str_from(text.data), arena, &error);
	if (zone == NULL) {
		fprintf(stderr, "spf_speed: %s\n", error);
		exit(1);
	}
	return zone;
}

static SPF_server_t *
make_server(const struct record *record)
{
	SPF_dns_server_t *zone = SPF_dns_zone_new(NULL, "zone", 0);
	SPF_server_t *server;

	if (zone == NULL)
		abort();
	for (size_t i = 0; i < record->count; i++)
		SPF_dns_zone_add_str(zone, record->published[i].name, ns_t_txt,
		    NETDB_SUCCESS, record->published[i].text);
	server = SPF_server_new_dns(zone, 0);
	if (server == NULL)
		abort();
	return server;
}

static void
compare(struct arena *arena, const struct record *record, double seconds)
{
	struct run ours = { .zone = make_zone(arena, record) };
	struct run theirs = { .server = make_server(record) };

	printf("{\"record\": \"%s\", \"bytes\": %zu", record->label,
	    strlen(record->published[0].text));
	for (unsigned threads = 1; threads <= THREADS_MAX; threads++)
		printf(", \"ours_%u\": %.0f", threads,
		    measure(&ours, threads, seconds));
	/* Its resolver is not made for more than one thread. */
	printf(", \"libspf2\": %.0f", measure(&theirs, 1, seconds));
	printf(", \"result\": \"%s\", \"libspf2_result\": \"%s\"}\n",
	    ours.result, theirs.result);
	dns_source_free(&ours.zone);
	SPF_server_free(theirs.server);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_FIRST);
	double seconds = argc == 2 ? strtod(argv[1], NULL) : 0;
	const struct record records[] = {
		make_short(), make_includes(arena), make_many(arena),
	};

	if (seconds <= 0) {
		fputs("usage: bench-spf-speed SECONDS\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		compare(arena, &records[i], seconds);
	arena_free(&arena);
	return 0;
}
