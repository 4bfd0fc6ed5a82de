/* SPDX-License-Identifier: ISC */
/* test_dns_resolver.c - the resolver against an honest nsd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "dns/resolver.h"
#include "fixture.h"
#include "lookup.h"

#define TEN "0123456789"

/* What came by several answers may be a little older than the last of them. */
static bool
is_ttl(uint32_t ttl_s, uint32_t wanted_s, int64_t since_ms)
{
	int64_t passed_s = (clock_steady_ms() - since_ms) / 1000 + 1;

	return ttl_s <= wanted_s && ttl_s + passed_s >= wanted_s;
}

static void
every_type_and_status_comes_through(void **state)
{
	static const struct {
		const char *sentence, *name;
		enum dns_type type;
		const char *wanted;
		uint32_t ttl_s;
	} cases[] = {
		{ "A, the smaller TTL", "A.test", DNS_A,
		  "found c0000201 c0000202", 50 },
		{ "AAAA", "a.test.", DNS_AAAA,
		  "found 20010db8000000000000000000000001", 300 },
		{ "MX", "a.test", DNS_MX, "found 10:mail.test 20:b.test",
		  300 },
		{ "null MX", "null.test", DNS_MX, "found 0:", 300 },
		{ "TXT of two strings", "a.test", DNS_TXT, "found one two",
		  300 },
		{ "a key record", "sel._domainkey.test", DNS_TXT, "found p=",
		  300 },
		{ "a wildcard", "some.thing.test", DNS_TXT, "found anything",
		  300 },
		{ "NS", "test", DNS_NS, "found ns.test", 300 },
		{ "CNAME followed", "alias2.test", DNS_A,
		  "found c0000201 c0000202", 40 },
		{ "CNAME itself", "alias2.test", DNS_CNAME,
		  "found alias.test", 40 },
		{ "CNAME into another zone", "far.test", DNS_A,
		  "found c0000203", 300 },
		{ "CNAME to nowhere", "lost.test", DNS_MX, "no such record",
		  120 },
		{ "NODATA", "a.test", DNS_PTR, "no such record", 120 },
		{ "an empty non-terminal", "empty.test", DNS_A,
		  "no such record", 120 },
		{ "NXDOMAIN", "absent.invalid", DNS_A, "no such name", 120 },
		{ "an odd name", "odd name.test", DNS_A, "found c0000208",
		  300 },
		{ "invalid. is asked", "host.invalid", DNS_A,
		  "found c0000203", 300 },
		{ "reverse of a test net", "7.113.0.203.in-addr.arpa", DNS_PTR,
		  "found mail.test", 300 },
		{ "reverse of 10/8", "1.0.0.10.in-addr.arpa", DNS_PTR,
		  "found ten.test", 300 },
		{ "reverse of 192.168/16", "1.0.168.192.in-addr.arpa", DNS_PTR,
		  "found home.test", 300 },
		{ "reverse of 127/8", "2.0.0.127.in-addr.arpa", DNS_PTR,
		  "found loop.test", 300 },
		{ "reverse of 2001:db8::/32", "1.8.b.d.0.1.0.0.2.ip6.arpa",
		  DNS_PTR, "found six.test", 300 },
		{ "a CNAME loop", "loop1.test", DNS_A, "lookup failed", 0 },
		{ "a zone that cannot be loaded", "a.broken.test", DNS_A,
		  "lookup failed", 0 },
		{ "a name that nobody serves", "example.org", DNS_A,
		  "lookup failed", 0 },
	};
	struct lookup *f = *state;

	lookup_use_server(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t since_ms = clock_steady_ms();
		const struct dns_answer *answer = lookup_ask(f, cases[i].name,
		    cases[i].type);
		const char *got = fixture_answer_text(f->arena, answer,
		    cases[i].type);

		if (strcmp(got, cases[i].wanted) != 0 ||
		    !is_ttl(answer->ttl_s, cases[i].ttl_s, since_ms))
			fail_msg("%s: got \"%s\" for %u s (%s)",
			    cases[i].sentence, got, answer->ttl_s,
			    answer->error != NULL ? answer->error : "");
		assert_true((answer->error != NULL) ==
		    (answer->status == DNS_SERVFAIL));
		assert_false(answer->is_secure);
	}
}

static void
a_large_txt_comes_by_tcp(void **state)
{
	struct lookup *f = *state;
	const struct dns_answer *answer;

	lookup_use_server(f);
	answer = lookup_ask(f, "big.test", DNS_TXT);
	assert_int_equal(answer->status, DNS_FOUND);
	assert_int_equal(answer->records[0].data.len, 2500);
	assert_memory_equal(answer->records[0].data.data + 2490, TEN, 10);
}

static void
a_hundred_equal_questions_are_one(void **state)
{
	struct lookup *f = *state;
	unsigned before = dns_relay_count(f->relay);
	struct dns_view *views[100];

	lookup_use_relay(f);
	dns_relay_hold(f->relay, true);
	for (size_t i = 0; i < 100; i++) {
		views[i] = dns_view_new(f->arena, f->source, f->wait);
		assert_null(dns_ask(views[i], STR("a.test"), DNS_A));
	}
	dns_relay_hold(f->relay, false);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(lookup_ask_in(views[i], f->wait, "a.test",
		    DNS_A)->count, 2);
	assert_int_equal(dns_relay_count(f->relay) - before, 1);
	assert_int_equal(lookup_count(f).coalesced, 99);
	assert_int_equal(lookup_count(f).sent, 1);
	assert_int_equal(lookup_ask_anew(f, "a.test", DNS_A)->count, 2);
	assert_int_equal(lookup_count(f).hits, 1);
	assert_int_equal(dns_relay_count(f->relay) - before, 1);
}

static void
forgetting_asks_again(void **state)
{
	struct lookup *f = *state;

	lookup_use_server(f);
	lookup_ask(f, "a.test", DNS_A);
	/* Once this is answered, the first is settled in the cache. */
	lookup_ask(f, "alias.test", DNS_A);
	lookup_ask_anew(f, "a.test", DNS_A);
	assert_int_equal(lookup_count(f).sent, 2);
	dns_source_forget(f->source);
	lookup_ask_anew(f, "a.test", DNS_A);
	assert_int_equal(lookup_count(f).sent, 3);
}

static void
signed_zones_are_validated(void **state)
{
	static const struct {
		const char *sentence, *name;
		enum dns_type type;
		enum dns_status status;
		bool is_secure, is_bogus;
	} cases[] = {
		{ "a signed record", "mail.signed.test", DNS_A, DNS_FOUND,
		  true, false },
		{ "a signed CNAME", "www.signed.test", DNS_A, DNS_FOUND, true,
		  false },
		{ "a signed TXT", "_dmarc.signed.test", DNS_TXT, DNS_FOUND,
		  true, false },
		{ "a proof that there is no such name", "no.signed.test",
		  DNS_A, DNS_NXDOMAIN, true, false },
		{ "or record", "mail.signed.test", DNS_TXT, DNS_NODATA, true,
		  false },
		{ "a forged address", "bogus.signed.test", DNS_A,
		  DNS_SERVFAIL, false, true },
		{ "an unsigned zone", "a.test", DNS_A, DNS_FOUND, false,
		  false },
	};
	struct lookup *f = *state;

	f->settings.trust_anchor = dns_server_write(f->server, f->arena,
	    "anchor", dns_signed_anchor);
	lookup_use_server(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct dns_answer *answer = lookup_ask(f, cases[i].name,
		    cases[i].type);

		if (answer->status != cases[i].status ||
		    answer->is_secure != cases[i].is_secure ||
		    answer->is_bogus != cases[i].is_bogus)
			fail_msg("%s: %s secure=%d bogus=%d (%s)",
			    cases[i].sentence, dns_status_text(answer->status),
			    answer->is_secure, answer->is_bogus,
			    answer->error != NULL ? answer->error : "");
	}
	assert_non_null(strstr(lookup_ask(f, "bogus.signed.test", DNS_A)->error,
	    "signature"));
	assert_int_equal(lookup_count(f).bogus, 1);
}

static void
an_insecure_domain_is_not_validated(void **state)
{
	static const char *const domains[] = { "bogus.signed.test" };
	struct lookup *f = *state;
	const struct dns_answer *answer;

	f->settings.trust_anchor = dns_server_write(f->server, f->arena,
	    "anchor", dns_signed_anchor);
	f->settings.insecure_domains = (struct setting_list){ 1, domains };
	lookup_use_server(f);
	answer = lookup_ask(f, "bogus.signed.test", DNS_A);
	assert_int_equal(answer->status, DNS_FOUND);
	assert_false(answer->is_secure);
}

static atomic_uint lines_logged;

static void
a_missing_trust_anchor_is_an_error_at_start(void **state)
{
	struct lookup *f = *state;
	const char *error = NULL;

	f->settings.trust_anchor = "/nonexistent/anchor";
	f->servers[0] = "127.0.0.1";
	log_set_sink(fixture_log_is_counted, &lines_logged);
	assert_null(resolver_new(&f->settings, f->arena, &error));
	assert_non_null(strstr(error, "resolver: "));
	assert_int_not_equal(atomic_load(&lines_logged), 0);
}

static void
a_zone_file_of_the_settings_answers_all(void **state)
{
	struct lookup *f = *state;
	const char *error = NULL;

	f->settings.zone_file = dns_server_write(f->server, f->arena, "zone",
	    "a.org\tA\t192.0.2.1\n");
	lookup_use_server(f);
	assert_int_equal(lookup_ask(f, "a.org", DNS_A)->status, DNS_FOUND);
	assert_int_equal(lookup_ask(f, "a.test", DNS_A)->status, DNS_NXDOMAIN);
	assert_int_equal(lookup_count(f).asked, 0);
	f->settings.zone_file = "/nonexistent/zone";
	assert_null(resolver_new(&f->settings, f->arena, &error));
	assert_non_null(strstr(error, "/nonexistent/zone"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LOOKUP_TEST(every_type_and_status_comes_through),
		LOOKUP_TEST(a_large_txt_comes_by_tcp),
		LOOKUP_TEST(a_hundred_equal_questions_are_one),
		LOOKUP_TEST(forgetting_asks_again),
		LOOKUP_TEST(signed_zones_are_validated),
		LOOKUP_TEST(an_insecure_domain_is_not_validated),
		LOOKUP_TEST(a_missing_trust_anchor_is_an_error_at_start),
		LOOKUP_TEST(a_zone_file_of_the_settings_answers_all),
	};

	if (!lookup_begin(ARRAY_LEN(tests)))
		return 0;
	return cmocka_run_group_tests(tests, NULL, lookup_end);
}
