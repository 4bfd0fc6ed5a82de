/* SPDX-License-Identifier: ISC */
/* test_policy_greylist.c - who comes back passes: on every kind of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "dns/zone.h"
#include "dns_held.h"
#include "mail/finding.h"
#include "policy_bench.h"
#include "policyd/hearing.h"
#include "policyd/ledger.h"
#include "policyd/rulebook.h"
#include "store/call.h"
#include "stores.h"

/* 2026-11-20T14:00:00Z. */
#define START_MS INT64_C(1795183200000)
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

#define HOST "host { recipient_delimiter +; trusted_relays 203.0.113.4; "      \
	"trusted_forwarders 203.0.113.5 *.forward.example; }\n"               \
	"domain example.org { greylist yes; }\n"                              \
	"domain quick.example { }\n"                                          \
	"class patient { greylist yes; greylist_delay 10m; }\n"              \
	"domain patient.example { class patient; }\n"                         \
	"user ever@patient.example { greylist_delay 1d; }\n"                  \
	"domain mixed.example { }\n"                                          \
	"user slow@mixed.example { greylist yes; }\n"                         \
	"user eager@example.org { greylist no; }\n"
#define TERMS "rule greylist { delay 5m; window 8h; lifetime 30d; "            \
	"passes_after 3; }\n"

static const char zone[] =
    "big.example\tTXT\tv=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all\n"
    "mx.big.example\tTXT\tv=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all\n"
    "none.example\tA\t192.0.2.1\n"
    "broken.example\tTXT\t!SERVFAIL\n";

/* A request in a few words. NULL: a@far.example to ann@example.org, from
 * 192.0.2.7, no login, HELO mx.far.example. */
struct visit {
	int64_t at_s;
	const char *client, *sender, *rcpt, *login, *helo;
	const char *name;	/* of the client */
};

struct bench {
	struct policy_bench policy;
	struct ledger *ledger;
	struct dns_source *dns;		/* the test's own; NULL: none */
	int64_t start_ms;
};

static void
begin(struct bench *bench, const char *conf, struct store *store,
    struct dns_source *dns)
{
	const char *error = NULL;

	memset(bench, 0, sizeof(*bench));
	bench->start_ms = START_MS;
	clock_set(START_MS);
	policy_bench_begin(&bench->policy, conf);
	if (store != NULL)
		bench->ledger = ledger_new(store);
	rulebook_set_ledger(bench->policy.rulebook, bench->ledger);
	if (dns == NULL)
		dns = bench->dns = zone_source_parse("zone", str_from(zone),
		    bench->policy.arena, &error);
	assert_non_null(dns);
	rulebook_set_dns(bench->policy.rulebook, dns);
}

static void
end(struct bench *bench)
{
	policy_bench_end(&bench->policy);
	if (bench->ledger != NULL)
		ledger_free(&bench->ledger);
	if (bench->dns != NULL)
		dns_source_free(&bench->dns);
	clock_set(-1);
}

static const char *
or(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

static const char *
visit(struct bench *bench, const struct visit *visit)
{
	clock_set(bench->start_ms + visit->at_s * 1000);
	return policy_bench_ask(&bench->policy, arena_printf(
	    bench->policy.arena, "client_address=%s\nsender=%s\n"
	    "recipient=%s\nsasl_username=%s\nhelo_name=%s\nclient_name=%s\n",
	    or(visit->client, "192.0.2.7"),
	    or(visit->sender, "a@far.example"),
	    or(visit->rcpt, "ann@example.org"), or(visit->login, ""),
	    or(visit->helo, "mx.far.example"),
	    or(visit->name, "unknown")));
}

static const struct finding *
finding(const struct bench *bench)
{
	const struct findings *findings = bench->policy.ruling->findings;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *item = vec_at(&findings->items, i);

		if (strcmp(item->check, "greylist") == 0)
			return item;
	}
	fail_msg("the rule has found nothing");
	return NULL;
}

/* "+": passes, "-": greylisted. */
struct step {
	struct visit visit;
	char expected;
};

#define BIG .sender = "a@big.example", .helo = "mx.big.example"

static const struct {
	const char *sentence, *conf;
	struct step steps[10];
} stories[] = {
	{ "a stranger waits, comes back after the delay, and is known "
	    "(RFC 6647 2.3)", NULL, {
		{ { 0 }, '-' }, { { .at_s = 5 * MINUTE - 1 }, '-' },
		{ { .at_s = 5 * MINUTE }, '+' },
		{ { .at_s = 6 * MINUTE }, '+' },
		{ { .at_s = 29 * DAY }, '+' },
		{ { .at_s = 58 * DAY }, '+' } } },
	{ "who comes back too late begins anew", NULL, {
		{ { 0 }, '-' }, { { .at_s = 8 * HOUR }, '-' },
		{ { .at_s = 8 * HOUR + 5 * MINUTE }, '+' } } },
	{ "who did not come for the lifetime begins anew", NULL, {
		{ { 0 }, '-' }, { { .at_s = 5 * MINUTE }, '+' },
		{ { .at_s = 5 * MINUTE + 30 * DAY }, '-' } } },
	{ "a recipient's class has a delay of its own", NULL, {
		{ { 0, .rcpt = "a@patient.example" }, '-' },
		{ { 5 * MINUTE, .rcpt = "a@patient.example" }, '-' },
		{ { 10 * MINUTE, .rcpt = "a@patient.example" }, '+' } } },
	{ "who must wait longer than the window can still come back", NULL, {
		{ { 0, .rcpt = "ever@patient.example" }, '-' },
		{ { 8 * HOUR, .rcpt = "ever@patient.example" }, '-' },
		{ { DAY, .rcpt = "ever@patient.example" }, '+' } } },
	{ "another host of the network is the same client", NULL, {
		{ { 0 }, '-' },
		{ { 5 * MINUTE, .client = "192.0.2.250" }, '+' } } },
	{ "a host of another network is another", NULL, {
		{ { 0 }, '-' },
		{ { 5 * MINUTE, .client = "192.0.3.7" }, '-' } } },
	{ "the mask can be set", "rule greylist { ipv4_mask 32; }", {
		{ { 0 }, '-' },
		{ { 5 * MINUTE, .client = "192.0.2.8" }, '-' } } },
	{ "a mask within a byte", "rule greylist { ipv4_mask 20; }", {
		{ { 0, .client = "192.0.31.7" }, '-' },
		{ { 5 * MINUTE, .client = "192.0.16.7" }, '+' },
		{ { 5 * MINUTE, .client = "192.0.32.7" }, '-' } } },
	{ "IPv6 counts by /64", NULL, {
		{ { 0, .client = "2001:db8::1" }, '-' },
		{ { 5 * MINUTE, .client = "2001:db8::2:3:4:5" }, '+' },
		{ { 5 * MINUTE, .client = "2001:db8:0:1::1" }, '-' } } },
	{ "an IPv4-mapped address is the IPv4 client", NULL, {
		{ { 0, .client = "::ffff:192.0.2.9" }, '-' },
		{ { .at_s = 5 * MINUTE }, '+' } } },
	{ "another sender and another recipient are strangers again", NULL, {
		{ { 0 }, '-' },
		{ { 5 * MINUTE, .sender = "b@far.example" }, '-' },
		{ { 5 * MINUTE, .rcpt = "bob@example.org" }, '-' } } },
	{ "case and extensions do not matter", NULL, {
		{ { 0, .sender = "Joe@Far.example", .rcpt = "Ann@example.org" },
		    '-' },
		{ { 5 * MINUTE, .sender = "joe+x@far.example",
		    .rcpt = "ann+y@EXAMPLE.org" }, '+' } } },
	{ "neither does the number of a message in VERP", NULL, {
		{ { 0, .sender = "list-bounces-4711@far.example" }, '-' },
		{ { 5 * MINUTE, .sender = "list-bounces-4812@far.example" },
		    '+' } } },
	{ "nor the day in SRS", NULL, {
		{ { 0, .sender = "SRS0=aB3d=X7=b.example=joe@far.example" },
		    '-' },
		{ { DAY / 4, .sender =
		    "SRS0=zZ9x=X8=b.example=joe@far.example" }, '+' } } },
	{ "a client that has delivered often passes whatever it sends", NULL, {
		{ { 0 }, '-' }, { { .at_s = 5 * MINUTE }, '+' },
		{ { .at_s = 6 * MINUTE }, '+' },
		{ { 7 * MINUTE, .sender = "new@far.example" }, '-' },
		{ { .at_s = 8 * MINUTE }, '+' },
		{ { 9 * MINUTE, .sender = "new@far.example" }, '+' },
		{ { 9 * MINUTE, .sender = "b@other.example" }, '+' },
		{ { 9 * MINUTE, .client = "192.0.9.9" }, '-' } } },
	{ "all hosts that pass the sender's SPF are one", NULL, {
		{ { 0, .client = "198.51.100.1", BIG }, '-' },
		{ { 5 * MINUTE, .client = "203.0.113.200", BIG }, '+' } } },
	{ "a host that does not pass it is not among them", NULL, {
		{ { 0, .client = "198.51.100.1", BIG }, '-' },
		{ { 5 * MINUTE, .client = "192.0.2.7", BIG }, '-' } } },
	{ "nor where this is switched off", "rule greylist { spf no; }", {
		{ { 0, .client = "198.51.100.1", BIG }, '-' },
		{ { 5 * MINUTE, .client = "203.0.113.200", BIG }, '-' } } },
	{ "a large sender passes whatever it sends, from any of its hosts",
	    NULL, {
		{ { 0, .client = "198.51.100.1", BIG }, '-' },
		{ { 5 * MINUTE, .client = "203.0.113.1", BIG }, '+' },
		{ { 0, .client = "198.51.100.1", .sender = "b@big.example" },
		    '-' },
		{ { 5 * MINUTE, .client = "203.0.113.1",
		    .sender = "b@big.example" }, '+' },
		{ { 0, .client = "198.51.100.1", .sender = "c@big.example" },
		    '-' },
		{ { 5 * MINUTE, .client = "203.0.113.1",
		    .sender = "c@big.example" }, '+' },
		{ { 6 * MINUTE, .client = "203.0.113.1",
		    .sender = "d@big.example" }, '+' },
		{ { 6 * MINUTE, .client = "192.0.2.7",
		    .sender = "e@big.example" }, '-' } } },
	{ "no SPF, the network it is", NULL, {
		{ { 0, .sender = "a@none.example" }, '-' },
		{ { 5 * MINUTE, .sender = "a@none.example" }, '+' } } },
	{ "SPF that cannot be had, the network it is", NULL, {
		{ { 0, .sender = "a@broken.example" }, '-' },
		{ { 5 * MINUTE, .sender = "a@broken.example" }, '+' } } },
	{ "the null sender is no exception", NULL, {
		{ { 0, .sender = "" }, '-' },
		{ { 5 * MINUTE, .sender = "" }, '+' } } },
	{ "its SPF is that of HELO (RFC 7208 2.4)", NULL, {
		{ { 0, .client = "198.51.100.1", .sender = "",
		    .helo = "mx.big.example" }, '-' },
		{ { 5 * MINUTE, .client = "203.0.113.1", .sender = "",
		    .helo = "MX.big.example" }, '+' } } },
	{ "a sender that is no address is not the null sender", NULL, {
		{ { 0, .client = "198.51.100.1", .sender = "a@b@",
		    .helo = "mx.big.example" }, '-' },
		{ { 5 * MINUTE, .client = "203.0.113.1", .sender = "a@b@",
		    .helo = "mx.big.example" }, '-' } } },
	{ "nobody is greylisted who does not want it", NULL, {
		{ { 0, .rcpt = "ann@quick.example" }, '+' },
		{ { 0, .rcpt = "ann@elsewhere.example" }, '+' },
		{ { 0, .rcpt = "eager@example.org" }, '+' },
		{ { 0, .rcpt = "fast@mixed.example" }, '+' },
		{ { 0, .rcpt = "slow@mixed.example" }, '-' } } },
	{ "a policy for all", "policy { greylist yes; }", {
		{ { 0, .rcpt = "ann@quick.example" }, '-' },
		{ { 0, .rcpt = "eager@example.org" }, '+' } } },
	{ "logins and networks of ours are not greylisted", NULL, {
		{ { 0, .login = "joe@example.org" }, '+' },
		{ { 0, .client = "127.0.0.1" }, '+' },
		{ { 0, .client = "203.0.113.4" }, '+' },
		{ { 0, .client = "203.0.113.5" }, '+' },
		{ { 0, .name = "MX1.forward.example" }, '+' },
		{ { 0, .client = "unknown" }, '+' } } },
	{ "nor what an exception names", "rule greylist { except_networks "
	    "192.0.2.0/25; }", {
		{ { 0 }, '+' }, { { 0, .client = "192.0.2.200" }, '-' } } },
	{ "nor a sender who is excepted, where SPF passes", "rule greylist { "
	    "except_senders @big.example; }", {
		{ { .client = "198.51.100.1", BIG }, '+' },
		{ { .client = "192.0.2.7", BIG }, '-' },
		{ { .client = "198.51.100.1", .sender = "a@b.example" },
		    '-' } } },
	{ "nor what rule access spares", "access x { sender @far.example; "
	    "action skip-greylist; }\naccess y { client 192.0.9.0/24; "
	    "action allow; }", {
		{ { 0 }, '+' }, { { 0, .sender = "a@b.example" }, '-' },
		{ { 0, .client = "192.0.9.1", .sender = "a@b.example" },
		    '+' } } },
	{ "the postmaster is reached at once", NULL, {
		{ { 0, .rcpt = "postmaster@example.org" }, '+' },
		{ { 0, .rcpt = "abuse@example.org" }, '+' } } },
	{ "a dry run puts nobody off", "rule greylist { dry_run yes; }", {
		{ { 0 }, '+' } } },
	{ "switched off, it is off", "rule greylist { enabled no; }", {
		{ { 0 }, '+' } } },
};

static void
tell_story(size_t i, struct store *store)
{
	struct bench bench;
	struct arena *arena = arena_new(0);
	const char *own = or(stories[i].conf, "");

	print_message("%s\n", stories[i].sentence);
	begin(&bench, arena_printf(arena, "%s%s%s", HOST, own,
	    strstr(own, "rule greylist") == NULL ? TERMS : ""), store, NULL);
	/* What the stories before have left is forgotten. */
	bench.start_ms += (int64_t)i * 1000 * DAY * 1000;
	for (const struct step *step = stories[i].steps;
	    step->expected != '\0'; step++) {
		const char *answer = visit(&bench, &step->visit);
		bool passed = strcmp(answer, "DUNNO") == 0;

		if (passed != (step->expected == '+'))
			fail_msg("step %td: %s", step - stories[i].steps,
			    answer);
	}
	end(&bench);
	arena_free(&arena);
}

static void
stories_end_as_they_should(void **state)
{
	const struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(stories); i++)
		tell_story(i, lab->store);
}

static void
the_reply_tells_when_to_come_back(void **state)
{
	const struct store_lab *lab = *state;
	struct bench bench;
	const char *answer;

	begin(&bench, HOST TERMS, lab->store, NULL);
	answer = visit(&bench, &(struct visit){ .at_s = 30 });
	assert_ptr_equal(strstr(answer, "450 4.7.1 ["), answer);
	assert_non_null(strstr(answer, "] try again later: greylisted; next "
	    "possible at 14:06 UTC"));
	assert_string_equal(finding(&bench)->reason, "new: from a@far.example "
	    "by 192.0.2.0/24 to ann@example.org");
	visit(&bench, &(struct visit){ .at_s = 60 });
	assert_string_equal(finding(&bench)->reason, "too early: from "
	    "a@far.example by 192.0.2.0/24 to ann@example.org");
	visit(&bench, &(struct visit){ .at_s = 330 });
	assert_string_equal(finding(&bench)->reason, "has come back: from "
	    "a@far.example by 192.0.2.0/24 to ann@example.org");
	answer = visit(&bench, &(struct visit){ 10 * HOUR - 30, .sender = "",
	    .client = "198.51.100.3", .helo = "MX.Big.example" });
	assert_non_null(strstr(answer, "next possible at 2026-11-21 00:05"));
	assert_non_null(strstr(finding(&bench)->reason, "new: from <> by "));
	end(&bench);
}

static void
a_slow_dns_is_no_way_around(void **state)
{
	const struct store_lab *lab = *state;
	struct dns_held held;
	struct bench bench;

	dns_held_init(&held);
	begin(&bench, HOST TERMS, lab->store, &held.source);
	assert_string_not_equal(visit(&bench, &(struct visit){ BIG }),
	    "DUNNO");
	assert_int_not_equal(held.asked, 0);
	assert_string_not_equal(visit(&bench, &(struct visit){
	    .at_s = MINUTE, BIG }), "DUNNO");
	assert_string_equal(visit(&bench, &(struct visit){
	    .at_s = 5 * MINUTE, BIG }), "DUNNO");
	end(&bench);
	dns_held_done(&held);
}

static void
whom_the_network_tells_of_needs_no_dns(void **state)
{
	const struct store_lab *lab = *state;
	struct dns_held held;
	struct bench bench;
	size_t asked;

	dns_held_init(&held);
	begin(&bench, HOST TERMS, lab->store, &held.source);
	visit(&bench, &(struct visit){ BIG });
	asked = held.asked;
	for (int64_t i = 5; i < 20; i++)
		assert_string_equal(visit(&bench, &(struct visit){ i * MINUTE,
		    BIG }), "DUNNO");
	assert_int_equal(held.asked, asked);
	end(&bench);
	dns_held_done(&held);
}

/* --- a store that does not work ------------------------------------------- */

static struct store_call *
ask_in_vain(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct store_call *call = store_call_new(wait);

	(void)store;
	(void)request;
	store_call_fail(call, STORE_DOWN, "nobody there");
	return call;
}

static void
free_nothing(struct store *store)
{
	(void)store;
}

static void
without_a_store_on_error_decides(void **state)
{
	struct store store = { .ask = ask_in_vain, .free = free_nothing };
	struct bench bench;

	(void)state;
	begin(&bench, HOST TERMS, &store, NULL);
	assert_string_equal(visit(&bench, &(struct visit){ 0 }), "DUNNO");
	assert_true(finding(&bench)->has_failed);
	assert_string_equal(finding(&bench)->reason,
	    "the store: nobody there");
	end(&bench);
	begin(&bench, HOST "rule greylist { on_error defer; }\n", &store,
	    NULL);
	assert_non_null(strstr(visit(&bench, &(struct visit){ 0 }), "45"));
	end(&bench);
	begin(&bench, HOST TERMS, NULL, NULL);
	assert_string_equal(visit(&bench, &(struct visit){ 0 }), "DUNNO");
	assert_string_equal(finding(&bench)->reason,
	    "nothing is remembered here");
	end(&bench);
}

static void
terms_that_nobody_can_meet_are_refused(void **state)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL;

	(void)state;
	assert_null(policy_rulebook(arena,
	    "rule greylist { delay 1h; window 1h; }", &error));
	assert_non_null(strstr(error, "nobody would ever pass"));
	arena_free(&arena);
}

int
main(void)
{
	static const struct store_test tests[] = {
		STORE_TEST(stories_end_as_they_should),
		STORE_TEST(the_reply_tells_when_to_come_back),
		STORE_TEST(a_slow_dns_is_no_way_around),
		STORE_TEST(whom_the_network_tells_of_needs_no_dns),
		STORE_TEST(without_a_store_on_error_decides),
		STORE_TEST(terms_that_nobody_can_meet_are_refused),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
