/* SPDX-License-Identifier: ISC */
/* walk_case.c - for tests: a tree walk, its zone, and what comes of it. */
#include "walk_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc_walk.h"
#include "base/arena.h"
#include "base/wait.h"
#include "dns/dns_query.h"
#include "dns/zone.h"
#include "dns_held.h"

const char *
walk_policy(struct arena *arena, struct dns_view *dns, const char *domain)
{
	struct dmarc_applied a;
	enum dmarc_walk_status status = dmarc_walk_policy(arena, dns,
	    str_from(domain), &a);
	const char *remark = a.remark == NULL ? "" :
	    arena_printf(arena, ", %s", a.remark);

	if (status == DMARC_WALK_WAIT)
		return NULL;
	if (!a.has_record)
		return arena_printf(arena, "%s%s",
		    status == DMARC_WALK_FAULT ? "fault" : "none", remark);
	if (status == DMARC_WALK_FAULT)
		return arena_printf(arena, "fault%s; perhaps %s by %s= of %.*s",
		    remark, dmarc_policy_text(a.policy), a.tag,
		    STR_ARG(a.record_domain));
	return arena_printf(arena, "%s by %s= of %.*s%s%s",
	    dmarc_policy_text(a.policy), a.tag, STR_ARG(a.record_domain),
	    remark, a.record.defect == NULL ? "" :
	    arena_printf(arena, " (%s)", a.record.defect));
}

const char *
walk_org(struct arena *arena, struct dns_view *dns, const char *domain)
{
	static const char *const sources[] = {
		[DMARC_ORG_WALK] = "the walk",
		[DMARC_ORG_SUFFIX_LIST] = "the suffix list",
		[DMARC_ORG_SELF] = "itself",
	};
	struct dmarc_org org;
	enum dmarc_walk_status status = dmarc_walk_org(arena, dns,
	    str_from(domain), &org);

	if (status != DMARC_WALK_DONE)
		return status == DMARC_WALK_FAULT ? "fault" : NULL;
	return arena_printf(arena, "%.*s by %s", STR_ARG(org.domain),
	    sources[org.source]);
}

static struct dns_source *
make_zone(struct arena *arena, const struct walk_case *c)
{
	const char *error = NULL;
	struct dns_source *zone = zone_source_parse("zone", str_from(c->zone),
	    arena, &error);

	if (zone == NULL)
		fail_msg("%s: %s", c->sentence, error);
	return zone;
}

static void
expect(const struct walk_case *c, const char *said)
{
	if (said == NULL || strcmp(said, c->says) != 0)
		fail_msg("%s: %s", c->sentence, said != NULL ? said : "waits");
}

static void
check_at_once(walk_fn *walk, const struct walk_case *c)
{
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct dns_source *zone = make_zone(arena, c);
	struct dns_view *view = dns_view_new(arena, zone, wait);

	expect(c, walk(arena, view, c->domain));
	/* It is pure: once more is the same, and asks for nothing. */
	expect(c, walk(arena, view, c->domain));
	if (dns_view_asked(view) != c->questions)
		fail_msg("%s: %zu questions", c->sentence,
		    dns_view_asked(view));
	arena_free(&arena);
	dns_source_free(&zone);
	wait_unref(&wait);
}

/* Answer a held question with what the zone says. */
static void
answer_from(struct dns_view *zone, struct dns_query *query)
{
	dns_query_complete(query, dns_ask(zone, dns_query_name(query),
	    query->type));
}

/* The order of 0 to count - 1 that has this number among all of them. */
static void
choose_order(size_t number, size_t count, size_t *order)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = number % (i + 1);

		number /= i + 1;
		memmove(order + at + 1, order + at, (i - at) *
		    sizeof(*order));
		order[at] = i;
	}
}

/* All that is missing is asked for in the first call. Then the answers come
 * one by one: once there is a result, it stays. Returns how many questions the
 * first call asked. */
static size_t
check_order(walk_fn *walk, const struct walk_case *c, size_t number)
{
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct dns_source *zone = make_zone(arena, c);
	struct dns_view *answers = dns_view_new(arena, zone, wait);
	struct dns_held held;
	struct dns_view *view;
	const char *said;
	size_t order[DMARC_WALK_MAX], asked;

	dns_held_init(&held);
	view = dns_view_new(arena, &held.source, wait);
	said = walk(arena, view, c->domain);
	asked = held.asked;
	assert_true(asked <= DMARC_WALK_MAX);
	assert_int_equal(said == NULL, asked != 0);
	choose_order(number, asked, order);
	for (size_t i = 0; i < asked; i++) {
		answer_from(answers, held.queries[order[i]]);
		said = walk(arena, view, c->domain);
		if (said != NULL)
			expect(c, said);
	}
	/* At most one more round: whether the author domain exists. */
	assert_true(held.asked <= asked + 1);
	if (held.asked > asked)
		answer_from(answers, held.queries[asked]);
	expect(c, walk(arena, view, c->domain));
	assert_int_equal(dns_view_pending(view), 0);
	arena_free(&arena);
	dns_held_done(&held);
	dns_source_free(&zone);
	wait_unref(&wait);
	return asked;
}

/* Every order of up to five answers; of more, the first and the last. */
static void
check_orders(walk_fn *walk, const struct walk_case *c)
{
	size_t asked = check_order(walk, c, 0), orders = 1;

	for (size_t i = 2; i <= asked; i++)
		orders *= i;
	if (asked > 5) {
		check_order(walk, c, orders - 1);
		return;
	}
	for (size_t number = 1; number < orders; number++)
		check_order(walk, c, number);
}

void
walk_check(walk_fn *walk, const struct walk_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_at_once(walk, &cases[i]);
		check_orders(walk, &cases[i]);
	}
}
