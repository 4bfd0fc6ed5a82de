/* SPDX-License-Identifier: ISC */
/* spf_bench.c - for tests: an SPF evaluation, with answers in any order. */
#include "spf_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/wait.h"
#include "dns/dns_query.h"
#include "dns/zone.h"

static struct spf *
begin(struct arena *arena, struct dns_view *view,
    const struct spf_asker *asker)
{
	struct spf_query query = {
		.helo = str_from(asker->helo != NULL ? asker->helo
		    : "mail.example.net"),
		.local = str_from(asker->local != NULL ? asker->local
		    : "joe"),
		.domain = str_from(asker->domain != NULL ? asker->domain
		    : "example.org"),
		.receiver = "mx.example.com",
		.now_ms = 1700000000000,
	};

	assert_int_equal(netaddr_parse(str_from(asker->client != NULL
	    ? asker->client : "192.0.2.7"), &query.client), 0);
	return spf_new(arena, view, &query);
}

static struct dns_source *
load(struct arena *arena, const char *text)
{
	const char *error = NULL;
	struct dns_source *zone = zone_source_parse("zone", str_from(text),
	    arena, &error);

	if (zone == NULL)
		fail_msg("%s", error);
	return zone;
}

const struct spf_verdict *
spf_bench_judge(struct arena *arena, const char *zone,
    const struct spf_asker *asker, size_t *asked_r)
{
	struct dns_source *source = load(arena, zone);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, source, wait);
	struct spf *spf = begin(arena, view, asker);
	const struct spf_verdict *verdict = spf_judge(spf);

	assert_non_null(verdict);
	assert_ptr_equal(spf_judge(spf), verdict);
	if (asked_r != NULL)
		*asked_r = dns_view_asked(view);
	wait_unref(&wait);
	dns_source_free(&source);
	return verdict;
}

void
spf_bench_init(struct spf_bench *bench, struct arena *arena,
    const char *zone, const struct spf_asker *asker)
{
	bench->zone = load(arena, zone);
	dns_held_init(&bench->held);
	bench->wait = wait_new();
	bench->view = dns_view_new(arena, &bench->held.source, bench->wait);
	bench->spf = begin(arena, bench->view, asker);
	spf_judge(bench->spf);
}

void
spf_bench_done(struct spf_bench *bench)
{
	dns_held_done(&bench->held);
	dns_source_free(&bench->zone);
	wait_unref(&bench->wait);
}

size_t
spf_bench_pending(struct spf_bench *bench)
{
	size_t pending = 0;

	for (size_t i = 0; i < bench->held.asked; i++)
		if (dns_query_answer(bench->held.queries[i]) == NULL)
			pending++;
	return pending;
}

struct dns_query *
spf_bench_question(struct spf_bench *bench, size_t which)
{
	for (size_t i = 0; i < bench->held.asked; i++)
		if (dns_query_answer(bench->held.queries[i]) == NULL &&
		    which-- == 0)
			return bench->held.queries[i];
	fail_msg("nobody asked");
	return NULL;
}

void
spf_bench_release(struct spf_bench *bench, size_t which)
{
	struct dns_query *question = spf_bench_question(bench, which);
	struct dns_query *answered;

	answered = bench->zone->ask(bench->zone, dns_query_name(question),
	    question->type, bench->wait);
	dns_query_complete(question, dns_query_answer(answered));
	dns_query_unref(&answered);
}

const struct spf_verdict *
spf_bench_finish(struct spf_bench *bench,
    size_t (*pick)(void *arg, size_t pending), void *arg)
{
	const struct spf_verdict *verdict;

	while ((verdict = spf_judge(bench->spf)) == NULL) {
		size_t pending = spf_bench_pending(bench);

		/* Whoever has no verdict waits for something. */
		assert_int_not_equal(pending, 0);
		spf_bench_release(bench, pick(arg, pending));
	}
	return verdict;
}

size_t
spf_bench_oldest(void *arg, size_t pending)
{
	(void)arg;
	(void)pending;
	return 0;
}

size_t
spf_bench_newest(void *arg, size_t pending)
{
	(void)arg;
	return pending - 1;
}

size_t
spf_bench_any(void *seed, size_t pending)
{
	unsigned *state = seed;

	*state = *state * 1103515245 + 12345;
	return (*state >> 16) % pending;
}

static const char *
shown(const char *text)
{
	return text != NULL ? text : "(none)";
}

void
spf_bench_check_same(const char *story, const struct spf_verdict *verdict,
    const struct spf_verdict *wanted)
{
	if (verdict->result == wanted->result &&
	    strcmp(verdict->reason, wanted->reason) == 0 &&
	    strcmp(shown(verdict->explanation),
	    shown(wanted->explanation)) == 0)
		return;
	fail_msg("%s: %s: %s; %s\ninstead of %s: %s; %s", story,
	    result_text(verdict->result), verdict->reason,
	    shown(verdict->explanation), result_text(wanted->result),
	    wanted->reason, shown(wanted->explanation));
}
