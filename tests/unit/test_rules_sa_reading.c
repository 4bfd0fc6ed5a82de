/* SPDX-License-Identifier: ISC */
/* test_rules_sa_reading.c - redirector_pattern and originating_ip_headers: how a
 * message is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "growth.h"
#include "rules_bench.h"

static const char message[] = "From: a@example.org\n"
    "X-Sent-By: 192.0.2.7\nX-Originating-IP: 192.0.2.8\n\n"
    "see https://go.example.com/l;deep.example.net/x?y or\n"
    "http://go.example.com/r/plain and\n"
    "http://go.example.com/?to=http://one.example.net/x&u=two.example.net/z\n";

#define URI(pattern) "uri R m{^" pattern "$}\n"
#define RELAY(ip) "header R X-Spam-Relays-Untrusted =~ /ip=" ip "\\b/\n"

static const struct {
	const char *sentence, *rules;
	bool hits;
} cases[] = {
	{ "what a pattern catches is an address too",
	    "redirector_pattern m'^https?:/*go\\.example\\.com/l;(.*)'i\n"
	    URI("http://deep.example.net/x.y"), true },
	{ "without it there is none",
	    URI("http://deep.example.net/x.y"), false },
	{ "what has no dot is no address",
	    "redirector_pattern /go\\.example\\.com\\/r\\/(.*)/\n"
	    URI("(?:http://)?plain"), false },
	{ "an address within the address",
	    URI("http://one.example.net/x"), true },
	{ "which counts only where no pattern catches one",
	    "redirector_pattern /u=(.*)/\n" URI("http://one.example.net/x"),
	    false },
	{ "the pattern that does comes first",
	    "redirector_pattern /u=(.*)/\n" URI("http://two.example.net/z"),
	    true },
	{ "the first pattern that catches something with a dot",
	    "redirector_pattern /(x)&/\nredirector_pattern /u=(.*)/\n"
	    "redirector_pattern /to=(.*?)&/\n" URI("http://two.example.net/z"),
	    true },
	{ "a group that has caught nothing",
	    "redirector_pattern /(nobody)?u=/\n"
	    URI("http://one.example.net/x"), true },
	{ "fields that SpamAssassin's own rules name", RELAY("192\\.0\\.2\\.8"),
	    true },
	{ "fields of ours", "originating_ip_headers X-Other X-Sent-By\n"
	    RELAY("192\\.0\\.2\\.7"), true },
	{ "no others then", "originating_ip_headers X-Other X-Sent-By\n"
	    RELAY("192\\.0\\.2\\.8"), false },
	{ "none at all", "originating_ip_headers X-Sent-By\n"
	    "clear_originating_ip_headers\n" RELAY("192\\.0\\.2\\.7"), false },
	{ "nor the usual ones, once they were cleared",
	    "clear_originating_ip_headers\n" RELAY("192\\.0\\.2\\.8"), false },
	{ "a list that begins anew", "originating_ip_headers X-Sent-By\n"
	    "clear_originating_ip_headers\n"
	    "originating_ip_headers X-Originating-IP\n"
	    RELAY("192\\.0\\.2\\.7"), false },
};

static void
load(struct rules_bench *bench, const char *rules)
{
	rules_bench_begin(bench);
	rules_bench_load_sa(bench, rules);
}

static void
test_how_a_message_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		load(&bench, cases[i].rules);
		assert_int_equal(rules_bench_notes(&bench).len, 0);
		rules_bench_message(&bench, str_from(message));
		rules_bench_must_hit(&bench, cases[i].sentence, cases[i].hits);
		rules_bench_end(&bench);
	}
}

static void
test_a_pattern_that_cannot_be_used_is_noted(void **state)
{
	struct rules_bench bench;

	(void)state;
	load(&bench, "redirector_pattern /(/");
	assert_non_null(strstr(rules_bench_notes(&bench).data,
	    "ERROR redirector_pattern: "));
	rules_bench_end(&bench);
}

static void
judge(struct arena *arena, struct str text)
{
	struct rules_bench bench;

	(void)arena;
	load(&bench, "redirector_pattern "
	    "m'/(?:index.php)?\\?.*(?<=[?&])URL=(.*?)(?:$|[&\\#])'i\n"
	    URI("x"));
	rules_bench_message(&bench, text);
	assert_int_equal(rules_bench_judge(&bench).len, 0);
	rules_bench_end(&bench);
}

static void
test_time_grows_with_the_addresses(void **state)
{
	(void)state;
	grows_with_input("Subject: x\n\nhttp://a.example.com/", "/?&",
	    judge);
	grows_with_pieces("Subject: x\n\n", "http://a.example.com/?/?/?/?\n",
	    "http://b.example.com/?URL=\n", judge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_a_message_is_read),
		cmocka_unit_test(test_a_pattern_that_cannot_be_used_is_noted),
		cmocka_unit_test(test_time_grows_with_the_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
