/* SPDX-License-Identifier: ISC */
/* test_dmarc_trips.c - DMARC while the DNS answers one by one: what is asked
 * for together, and what is never asked for (RFC 9989 4.10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/wait.h"
#include "dmarc_bench.h"
#include "dns/dns_query.h"
#include "dns_held.h"
#include "fixture.h"

struct held {
	struct dns_held dns;
	struct dns_view *view;
	struct dmarc *dmarc;
};

static void
hold(struct arena *arena, struct held *held, const char *author)
{
	struct wait *wait = wait_new();

	dns_held_init(&held->dns);
	held->view = dns_view_new(arena, &held->dns.source, wait);
	held->dmarc = dmarc_new(arena, held->view, str_from(author));
	wait_unref(&wait);
}

static bool
was_asked(struct held *held, const char *name)
{
	for (size_t i = 0; i < held->dns.asked; i++)
		if (str_is(dns_query_name(held->dns.queries[i]), name))
			return true;
	return false;
}

/* Answer all that was asked: the record for this name, for others nothing. */
static void
answer(struct held *held, const char *name, const char *record)
{
	static const struct dns_answer none = { .status = DNS_NXDOMAIN };

	for (size_t i = held->dns.answered; i < held->dns.asked; i++) {
		struct dns_query *query = held->dns.queries[i];

		if (str_is(dns_query_name(query), name))
			dns_held_answer(query, str_from(record));
		else
			dns_query_complete(query, &none);
	}
	held->dns.answered = held->dns.asked;
}

/* RFC 6376 3.6.1 protects signers who test; RFC 9989 4.4.1 asks for a valid
 * signature. */
static void
a_key_in_test_mode_proves_as_much(void **state)
{
	static const struct dkim_verdict verdict = { .result = RESULT_PASS,
		.domain = "example.org", .is_test_key = true };
	static const struct dkim_verdicts dkim = { 1, 0, &verdict };
	struct held held;

	hold(*state, &held, "example.org");
	answer(&held, "_dmarc.example.org", "v=DMARC1; p=reject");
	assert_string_equal(dmarc_say(*state, dmarc_judge(held.dmarc, NULL,
	    &dkim, false)), "pass p=reject dkim: none");
	dns_held_done(&held.dns);
}

/* The walks of author and identifiers are one round trip, if what is to be
 * authenticated is told while they are under way. */
static void
all_walks_are_under_way_at_once(void **state)
{
	const struct spf_verdict *spf = dmarc_spf_of(*state,
	    "pass bounce.example.org");
	const struct dkim_verdicts *dkim = dmarc_dkim_of(*state,
	    "fail b.example.org, pass c.d.example.org");
	const struct dmarc_verdict *verdict;
	struct held held;

	hold(*state, &held, "example.org");
	assert_int_equal(held.dns.asked, 2);
	dmarc_expect(held.dmarc, STR("BOUNCE.example.org."));
	assert_int_equal(held.dns.asked, 3);
	assert_true(was_asked(&held, "_dmarc.bounce.example.org"));
	dmarc_expect(held.dmarc, STR("example.org"));
	dmarc_expect(held.dmarc, STR("evil.org"));
	dmarc_expect(held.dmarc, STR("bounce.example.net"));
	dmarc_expect(held.dmarc, STR("..."));
	dmarc_prepare(held.dmarc);
	assert_int_equal(held.dns.asked, 3);
	assert_null(dmarc_judge(held.dmarc, spf, dkim, false));
	assert_int_equal(held.dns.asked, 5);
	assert_true(was_asked(&held, "_dmarc.c.d.example.org"));
	answer(&held, "_dmarc.example.org", "v=DMARC1; p=reject");
	verdict = dmarc_judge(held.dmarc, spf, dkim, false);
	assert_non_null(verdict);
	assert_string_equal(dmarc_say(*state, verdict),
	    "pass p=reject spf dkim: none");
	assert_int_equal(held.dns.asked, 5);
	assert_ptr_equal(dmarc_judge(held.dmarc, spf, dkim, true), verdict);
	assert_string_equal(verdict->reason, "aligned with example.org: DKIM "
	    "of c.d.example.org and SPF of bounce.example.org");
	dns_held_done(&held.dns);
}

/* A record that is in the cache already, what stands above it is not: the
 * organizational domains of both are asked for together. */
static void
a_known_record_does_not_make_two_trips_of_one(void **state)
{
	const struct dkim_verdicts *dkim = dmarc_dkim_of(*state,
	    "pass b.example.org");
	struct held held;

	hold(*state, &held, "a.example.org");
	dns_held_answer(dns_held_question(&held.dns, 0),
	    STR("v=DMARC1; p=reject"));
	assert_int_equal(held.dns.asked, 3);
	assert_null(dmarc_judge(held.dmarc, NULL, dkim, false));
	assert_int_equal(held.dns.asked, 4);
	assert_true(was_asked(&held, "_dmarc.b.example.org"));
	held.dns.answered = 1;
	answer(&held, "_dmarc.example.org", "v=DMARC1; p=none");
	assert_string_equal(dmarc_say(*state, dmarc_judge(held.dmarc, NULL,
	    dkim, false)), "pass p=reject dkim: none");
	dns_held_done(&held.dns);
}

/* A domain that asks for nothing costs one walk, whoever signs. */
static void
without_a_record_no_identifier_is_walked(void **state)
{
	struct held held;

	hold(*state, &held, "example.org");
	answer(&held, "", NULL);
	dmarc_expect(held.dmarc, STR("bounce.example.org"));
	assert_int_equal(dmarc_judge(held.dmarc, dmarc_spf_of(*state,
	    "pass bounce.example.org"), dmarc_dkim_of(*state,
	    DMARC_TEN("pass a.example.org")), true)->result, RESULT_NONE);
	assert_int_equal(held.dns.asked, 2);
	dns_held_done(&held.dns);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(a_key_in_test_mode_proves_as_much),
		ARENA_TEST(all_walks_are_under_way_at_once),
		ARENA_TEST(a_known_record_does_not_make_two_trips_of_one),
		ARENA_TEST(without_a_record_no_identifier_is_walked),
	};

	return cmocka_run_group_tests_name("dmarc_trips", tests, NULL, NULL);
}
