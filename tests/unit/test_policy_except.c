/* SPDX-License-Identifier: ISC */
/* test_policy_except.c - who is excepted from rules, or allowed by one of them,
 * up to the end of the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/zone.h"
#include "dns_held.h"
#include "fixture.h"
#include "policy_bench.h"
#include "policyd/ledger.h"
#include "policyd/rulebook.h"
#include "store/memory.h"

#define HOST "host { recipient_delimiter +; }\ndomain example.org { }\n"
#define ALL "access all { client 192.0.2.0/24; action deny; }\n"
#define LIMIT "throttle two { direction any; per client; limit 2/1h; }\n"
#define JOE "sender=joe@friend.example\n"
#define PROVEN "client_address=192.0.2.7\n"
#define FORGED "client_address=192.0.2.8\n"

static const char zone[] =
    "friend.example\tTXT\tv=spf1 ip4:192.0.2.7 -all\n";

/* With Bob as a second recipient, or without. */
enum outcome { PASSES, REFUSED, BOB_PASSES, BOB_REFUSED };

static const struct {
	const char *sentence, *rules, *lines;
	enum outcome outcome;		/* of the third time */
} cases[] = {
	{ "a sender whom SPF proves", ALL "rule access { "
	    "except_senders joe@friend.example; }\n", JOE PROVEN, PASSES },
	{ "one whom it does not", ALL "rule access { "
	    "except_senders joe@friend.example; }\n", JOE FORGED, REFUSED },
	{ "all of a domain", ALL "rule access { "
	    "except_senders @friend.example; }\n", JOE PROVEN, PASSES },
	{ "with an extension", ALL "rule access { except_senders "
	    "joe@friend.example; }\n", "sender=Joe+x@Friend.example\n" PROVEN,
	    PASSES },
	{ "another sender", ALL "rule access { "
	    "except_senders ann@friend.example; }\n", JOE PROVEN, REFUSED },
	{ "the null sender is nobody's", ALL "rule access { "
	    "except_senders @friend.example; }\n",
	    "sender=\nhelo_name=friend.example\n" PROVEN, REFUSED },
	{ "a limit counts who is no exception", "throttle two { "
	    "direction any; per client; limit 2/1h; }\n", JOE PROVEN, REFUSED },
	{ "a limit of its own", "throttle two { direction any; per client; "
	    "limit 2/1h; except_senders @friend.example; }\n", JOE PROVEN,
	    PASSES },
	{ "not for who is not proven", "throttle two { direction any; "
	    "per client; limit 2/1h; except_senders @friend.example; }\n",
	    JOE FORGED, REFUSED },
	{ "who is allowed runs into no limit", "access friend { "
	    "client 192.0.2.7; action allow; }\n" LIMIT, JOE PROVEN, PASSES },
	{ "by the sender too, where SPF passes", "access friend { "
	    "sender @friend.example; action allow; }\n" LIMIT, JOE PROVEN,
	    PASSES },
	{ "and not where it does not", "access friend { "
	    "sender @friend.example; action allow; }\n" LIMIT, JOE FORGED,
	    REFUSED },
	{ "to two recipients", "access friend { client 192.0.2.7; "
	    "recipient @example.org; action allow; }\n" LIMIT, JOE PROVEN,
	    BOB_PASSES },
	{ "not where one of them is not allowed", "access friend { "
	    "client 192.0.2.7; recipient ann@example.org; action allow; }\n"
	    LIMIT, JOE PROVEN, BOB_REFUSED },
	{ "all limits", "rule throttle { except_senders @friend.example; }\n"
	    "throttle two { direction any; per client; limit 2/1h; }\n",
	    JOE PROVEN, PASSES },
};

/* A message to Ann, and Bob: what was answered first that is not DUNNO. */
static const char *
send(struct policy_bench *bench, const char *lines, bool has_bob,
    size_t number)
{
	const struct {
		const char *state, *rcpt;
	} asked[] = {
		{ "RCPT", "ann@example.org" },
		{ "RCPT", has_bob ? "bob@example.org" : "ann@example.org" },
		{ "END-OF-MESSAGE", has_bob ? "" : "ann@example.org" },
	};
	const char *answer = "DUNNO";

	for (size_t i = 0; i < ARRAY_LEN(asked) &&
	    strcmp(answer, "DUNNO") == 0; i++)
		answer = policy_bench_ask(bench, arena_printf(bench->arena,
		    "protocol_state=%s\ninstance=i%zu\nsize=10\n"
		    "recipient_count=%d\nrecipient=%s\n%s", asked[i].state,
		    number, has_bob ? 2 : 1, asked[i].rcpt, lines));
	return answer;
}

static void
run_case(size_t i, struct dns_source *dns)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL, *answer = "";
	enum outcome outcome = cases[i].outcome;
	bool has_bob = outcome == BOB_PASSES || outcome == BOB_REFUSED;
	bool is_refused = outcome == REFUSED || outcome == BOB_REFUSED;
	struct store *store = memory_open(NULL, arena, &error);
	struct ledger *ledger = ledger_new(store);
	struct policy_bench bench;

	policy_bench_begin(&bench, arena_printf(arena, "%s%s", HOST,
	    cases[i].rules));
	rulebook_set_ledger(bench.rulebook, ledger);
	rulebook_set_dns(bench.rulebook, dns);
	for (size_t number = 0; number < 3; number++)
		answer = send(&bench, cases[i].lines, has_bob, number);
	if ((strcmp(answer, "DUNNO") != 0) != is_refused)
		fail_msg("%s", answer);
	policy_bench_end(&bench);
	ledger_free(&ledger);
	store_free(&store);
	arena_free(&arena);
}

static void
who_is_proven_is_an_exception(void **state)
{
	struct arena *arena = *state;
	const char *error = NULL;
	struct dns_source *dns = zone_source_parse("zone", str_from(zone),
	    arena, &error);

	assert_non_null(dns);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		run_case(i, dns);
	}
	dns_source_free(&dns);
}

static void
who_is_not_proven_in_time_is_none(void **state)
{
	struct policy_bench bench;
	struct dns_held held;

	(void)state;
	dns_held_init(&held);
	policy_bench_begin(&bench, HOST ALL
	    "rule access { except_senders @friend.example; }\n");
	rulebook_set_dns(bench.rulebook, &held.source);
	assert_string_not_equal(send(&bench, JOE PROVEN, false, 0), "DUNNO");
	assert_int_equal(held.asked, 1);
	policy_bench_end(&bench);
	dns_held_done(&held);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(who_is_proven_is_an_exception),
		cmocka_unit_test(who_is_not_proven_in_time_is_none),
	};

	return cmocka_run_group_tests_name("policy_except", tests, NULL, NULL);
}
