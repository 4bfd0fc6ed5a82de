/* SPDX-License-Identifier: ISC */
/* fuzz_spf.c - an SPF evaluation on a hostile zone: the verdict is the same
 * whatever answer comes first, it is fit to be shown, and it does not take more
 * questions than RFC 7208 4.6.4 lets it. The first byte draws the order and the
 * client; a byte 1 separates the local part, the HELO, and the zone of
 * example.org, in the form of zone.h. */
#include <string.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "base/wait.h"
#include "dns/dns_query.h"
#include "dns/zone.h"
#include "fuzz.h"

/* The first record; 20 terms (10 walked, 10 asked ahead) that are an mx with 10
 * hosts each; the names of the client and their addresses; the explanation. */
#define QUESTIONS_MAX (1 + 2 * SPF_TERMS_MAX * (1 + SPF_NAMES_MAX) + \
    1 + SPF_NAMES_MAX + 1)

/* A source that gives its answers one by one. */
struct slow {
	struct dns_source source;
	struct dns_source *zone;
	struct wait *wait;
	struct dns_query *pending[QUESTIONS_MAX];
	size_t count;
	unsigned seed;
};

static struct dns_query *
slow_ask(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	struct slow *slow = (struct slow *)source;
	struct dns_query *query = dns_query_new(name, type);

	dns_query_add_wait(query, wait);
	must(slow->count < QUESTIONS_MAX);
	slow->pending[slow->count++] = dns_query_ref(query);
	return query;
}

/* One question that waits gets its answer. */
static void
slow_answer(struct slow *slow)
{
	struct dns_query *question, *answered;
	size_t which;

	must(slow->count != 0);
	slow->seed = slow->seed * 1103515245 + 12345;
	which = (slow->seed >> 16) % slow->count;
	question = slow->pending[which];
	slow->pending[which] = slow->pending[--slow->count];
	answered = slow->zone->ask(slow->zone, dns_query_name(question),
	    question->type, slow->wait);
	dns_query_complete(question, dns_query_answer(answered));
	dns_query_unref(&answered);
	dns_query_unref(&question);
}

static void
must_be_shown(const char *text, size_t most)
{
	must(strlen(text) <= most);
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static void
check_verdict(const struct spf_verdict *verdict, struct dns_view *view)
{
	must_be_shown(verdict->reason, 2000);
	must(verdict->result != RESULT_POLICY);
	must(dns_view_asked(view) <= QUESTIONS_MAX);
	if (verdict->explanation == NULL)
		return;
	must(verdict->result == RESULT_FAIL);
	must_be_shown(verdict->explanation, 500);
}

static const struct spf_verdict *
judge_at_once(struct arena *arena, struct dns_source *zone, struct wait *wait,
    const struct spf_query *query)
{
	struct dns_view *view = dns_view_new(arena, zone, wait);
	const struct spf_verdict *verdict;

	verdict = spf_judge(spf_new(arena, view, query));
	must(verdict != NULL);
	check_verdict(verdict, view);
	return verdict;
}

/* After so many answers no more is waited for. */
static const struct spf_verdict *
judge_slowly(struct arena *arena, struct slow *slow,
    const struct spf_query *query, size_t answers)
{
	struct dns_view *view = dns_view_new(arena, &slow->source, slow->wait);
	struct spf *spf = spf_new(arena, view, query);
	const struct spf_verdict *verdict;

	while ((verdict = spf_judge(spf)) == NULL && answers-- != 0)
		slow_answer(slow);
	if (verdict == NULL) {
		dns_view_give_up(view);
		verdict = spf_judge(spf);
		must(verdict != NULL);
	}
	check_verdict(verdict, view);
	while (slow->count != 0)
		slow_answer(slow);
	return verdict;
}

static void
must_be_same(const struct spf_verdict *a, const struct spf_verdict *b)
{
	must(a->result == b->result);
	must(strcmp(a->reason, b->reason) == 0);
	must((a->explanation == NULL) == (b->explanation == NULL));
	if (a->explanation != NULL)
		must(strcmp(a->explanation, b->explanation) == 0);
}

static void
judge(struct arena *arena, struct dns_source *zone,
    const struct spf_query *query, unsigned draw)
{
	struct wait *wait = wait_new();
	struct slow slow = { .source.ask = slow_ask, .zone = zone,
		.wait = wait, .seed = draw };
	const struct spf_verdict *verdict;

	verdict = judge_at_once(arena, zone, wait, query);
	must_be_same(verdict, judge_slowly(arena, &slow, query, SIZE_MAX));
	judge_slowly(arena, &slow, query, draw % 32);
	wait_unref(&wait);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spf_query query = { .domain = STR("example.org"),
		.receiver = "mx.example.com", .now_ms = 1790000000000 };
	struct str rest = { (const char *)data, size };
	unsigned draw = size != 0 ? data[0] : 0;
	struct arena *arena = arena_new(0);
	struct dns_source *zone;
	const char *error;

	rest = str_from_pos(rest, 1);
	str_cut(&rest, '\1', &query.local);
	str_cut(&rest, '\1', &query.helo);
	must(netaddr_parse(draw % 4 == 0 ? STR("2001:db8::7")
	    : STR("192.0.2.7"), &query.client) == 0);
	zone = zone_source_parse("zone", rest, arena, &error);
	if (zone != NULL)
		judge(arena, zone, &query, draw);
	arena_free(&arena);
	if (zone != NULL)
		dns_source_free(&zone);
	return 0;
}
