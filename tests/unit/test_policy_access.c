/* SPDX-License-Identifier: ISC */
/* test_policy_access.c - whom the lists refuse, put off and allow. */
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
#include "mail/finding.h"
#include "policy_bench.h"
#include "policyd/hearing.h"
#include "policyd/rulebook.h"

#define OURS "host { recipient_delimiter +; }\ndomain example.org { }\n"
#define ONE(list) OURS "access x { " list "; action deny; }\n"
#define ANN "recipient=ann@example.org\n"

static const struct {
	const char *sentence, *conf, *lines;
	const char *entry;	/* "access x: deny"; "no entry fits" */
} fits[] = {
	{ "a client's address", ONE("client 192.0.2.7"), ANN,
	    "access x: deny" },
	{ "another address", ONE("client 192.0.2.8"), ANN, "no entry fits" },
	{ "its network", ONE("client 192.0.2.0/24"), ANN, "access x: deny" },
	{ "one of several", ONE("client 10.0.0.0/8 192.0.2.0/24"), ANN,
	    "access x: deny" },
	{ "IPv6", ONE("client 2001:db8::/32"),
	    "client_address=2001:db8::9\n" ANN, "access x: deny" },
	{ "a client without an address", ONE("client 0.0.0.0/0"),
	    "client_address=unknown\n" ANN, "no entry fits" },
	{ "its verified name", ONE("client Mail.Example.net"),
	    "client_name=mail.example.net\n" ANN, "access x: deny" },
	{ "names below", ONE("client *.example.net"),
	    "client_name=mail.example.net\n" ANN, "access x: deny" },
	{ "not the name itself", ONE("client *.example.net"),
	    "client_name=example.net\n" ANN, "no entry fits" },
	{ "not a name that only ends so", ONE("client *.example.net"),
	    "client_name=badexample.net\n" ANN, "no entry fits" },
	{ "a name that Postfix did not verify does not count",
	    ONE("client *.example.net"), "client_name=unknown\n"
	    "reverse_client_name=mail.example.net\n" ANN, "no entry fits" },
	{ "a sender", ONE("sender joe@example.net"),
	    "sender=Joe@EXAMPLE.net\n" ANN, "access x: deny" },
	{ "a sender with an extension", ONE("sender joe@example.net"),
	    "sender=joe+list@example.net\n" ANN, "access x: deny" },
	{ "the extension itself", ONE("sender joe+list@example.net"),
	    "sender=joe+list@example.net\n" ANN, "access x: deny" },
	{ "another extension", ONE("sender joe+list@example.net"),
	    "sender=joe+x@example.net\n" ANN, "no entry fits" },
	{ "a sender's local part anywhere", ONE("sender joe@"),
	    "sender=joe@example.com\n" ANN, "access x: deny" },
	{ "a sender's domain", ONE("sender @example.net"),
	    "sender=joe@example.net\n" ANN, "access x: deny" },
	{ "a domain does not stand for those below",
	    ONE("sender @example.net"), "sender=joe@a.example.net\n" ANN,
	    "no entry fits" },
	{ "all domains below", ONE("sender @.example.net"),
	    "sender=joe@a.b.example.net\n" ANN, "access x: deny" },
	{ "not the domain itself", ONE("sender @.example.net"),
	    "sender=joe@example.net\n" ANN, "no entry fits" },
	{ "not a domain that only ends so", ONE("sender @.example.net"),
	    "sender=joe@badexample.net\n" ANN, "no entry fits" },
	{ "the null sender", ONE("sender <>"), "sender=\n" ANN,
	    "access x: deny" },
	{ "the null sender has no domain", ONE("sender @example.net"),
	    "sender=\n" ANN, "no entry fits" },
	{ "what is no address is not the null sender", ONE("sender <>"),
	    "sender=a@b@\n" ANN, "no entry fits" },
	{ "a recipient", ONE("recipient ann@example.org"), ANN,
	    "access x: deny" },
	{ "a login", ONE("login joe@example.org"),
	    "sasl_username=joe@example.org\n" ANN, "access x: deny" },
	{ "all logins of a domain", ONE("login @example.org"),
	    "sasl_username=joe@example.org\n" ANN, "access x: deny" },
	{ "no login", ONE("login @example.org"), ANN, "no entry fits" },
	{ "HELO", ONE("helo *.dyn.example"), "helo_name=a.DYN.example\n" ANN,
	    "access x: deny" },
	{ "no HELO", ONE("helo *.dyn.example"), ANN, "no entry fits" },
	{ "all kinds that are named must fit",
	    ONE("client 192.0.2.7; sender @example.net"),
	    "sender=joe@example.com\n" ANN, "no entry fits" },
	{ "they do", ONE("client 192.0.2.7; sender @example.net"),
	    "sender=joe@example.net\n" ANN, "access x: deny" },
	{ "who names more kinds decides", OURS
	    "access a { client 192.0.2.7; action deny; }\n"
	    "access b { client 0.0.0.0/0; recipient @example.org; "
	    "action allow; }\n", ANN, "access b: allow" },
	{ "then the longer mask", OURS
	    "access a { client 192.0.2.0/24; action deny; }\n"
	    "access b { client 192.0.2.0/25; action allow; }\n"
	    "access c { client 192.0.0.0/16; action deny; }\n", ANN,
	    "access b: allow" },
	{ "an address before a name", OURS
	    "access a { client *.example.net; action deny; }\n"
	    "access b { client 192.0.2.7; action allow; }\n",
	    "client_name=a.example.net\n" ANN, "access b: allow" },
	{ "a login before an address", OURS
	    "access a { client 192.0.2.7; action deny; }\n"
	    "access b { login @example.org; action allow; }\n",
	    "sasl_username=joe@example.org\n" ANN, "access b: allow" },
	{ "an address before its domain", OURS
	    "access a { recipient @example.org; action deny; }\n"
	    "access b { recipient ann@example.org; action allow; }\n", ANN,
	    "access b: allow" },
	{ "a local part before a domain", OURS
	    "access a { recipient @example.org; action deny; }\n"
	    "access b { recipient ann@; action defer; }\n", ANN,
	    "access b: defer" },
	{ "a domain before those below", OURS
	    "access a { recipient @.org; action deny; }\n"
	    "access b { recipient @example.org; action defer; }\n", ANN,
	    "access b: defer" },
	{ "then the strictest", OURS
	    "access a { client 192.0.2.7; action allow; }\n"
	    "access b { client 192.0.2.7; action deny; }\n"
	    "access c { client 192.0.2.7; action defer; }\n", ANN,
	    "access b: deny" },
	{ "then the first", OURS
	    "access a { client 192.0.2.7; action deny; }\n"
	    "access b { client 192.0.2.7; action deny; }\n", ANN,
	    "access a: deny" },
};

static void
the_entry_that_fits_best_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		struct policy_bench bench;
		const struct finding *finding;

		print_message("%s\n", fits[i].sentence);
		policy_bench_begin(&bench, fits[i].conf);
		policy_bench_ask(&bench, fits[i].lines);
		/* Rules speak in the order of their table. */
		finding = vec_at(&bench.ruling->findings->items, 0);
		assert_string_equal(finding->check, "access");
		assert_string_equal(finding->reason, fits[i].entry);
		policy_bench_end(&bench);
	}
}

static const struct {
	const char *action, *text, *answer;
} actions[] = {
	{ "deny", NULL, "550 5.7.1 [" },
	{ "deny", "go away", "] refused: go away" },
	{ "defer", NULL, "450 4.7.1 [" },
	{ "defer", "come back", "] try again later: come back" },
	{ "allow", NULL, "DUNNO" },
	{ "skip-greylist", NULL, "DUNNO" },
};

static void
each_action_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct policy_bench bench;
		struct buf conf;
		const char *answer;
		struct arena *arena = arena_new(0);

		buf_init(&conf, arena);
		buf_printf(&conf, "access x { client 192.0.2.7; action %s; ",
		    actions[i].action);
		if (actions[i].text != NULL)
			buf_printf(&conf, "text \"%s\"; ", actions[i].text);
		buf_add_text(&conf, "}\n");
		policy_bench_begin(&bench, conf.data);
		answer = policy_bench_ask(&bench, ANN);
		if (strstr(answer, actions[i].answer) == NULL)
			fail_msg("%s: %s", actions[i].action, answer);
		policy_bench_end(&bench);
		arena_free(&arena);
	}
}

static const struct {
	const char *sentence, *entry, *error;
} faults[] = {
	{ "nobody named", "action deny;", "it names nobody" },
	{ "no action", "client 192.0.2.7;", "it has no action" },
	{ "an allow by HELO alone", "helo a.example; action allow;",
	    "anybody can write a HELO name" },
	{ "an allow of the null sender", "sender <>; action allow;",
	    "anybody can write <>" },
	{ "an allow by a local part", "sender @example.net joe@; "
	    "action allow;", "anybody can write <> or joe@" },
	{ "words and maps in one section",
	    "client 192.0.2.7; sender_map /none; action deny;",
	    "cannot stand in one section" },
	{ "a map that is not there", "sender_map /does/not/exist;",
	    "/does/not/exist: No such file" },
	{ "owners that nobody can be", "for @.example.org; "
	    "client 192.0.2.7; action deny;", "'@.example.org' is none of" },
	{ "a class that is not there", "for golf @example.org; "
	    "client 192.0.2.7; action deny;",
	    "test:2: there is no class 'golf'" },
	{ "an owner without a domain", "for ann@; client 192.0.2.7; "
	    "action deny;", "'ann@' is none of" },
	{ "a name of a host that is none", "helo a..example; action deny;",
	    "no name of a host" },
	{ "a text of two lines", "client 192.0.2.7; action deny; "
	    "text \"a\\nb\";", "not printable ASCII" },
	{ "a network with bits beyond its mask",
	    "client 192.0.2.7/24; action deny;", "192.0.2" },
	{ "a mistyped address is not taken for a name",
	    "client 192.0.2.777; action deny;", "192.0.2.777" },
	{ "a mistyped IPv6 network", "client 2001:db8::/129; action deny;",
	    "2001:db8::/129" },
	{ "a sender without @", "sender example.net; action deny;",
	    "none of joe@example.org" },
	{ "a recipient without @", "recipient example.net; action deny;",
	    "none of joe@example.org" },
};

static void
what_cannot_be_meant_is_refused_by_the_configuration(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;

		print_message("%s\n", faults[i].sentence);
		assert_null(policy_rulebook(arena, arena_printf(arena,
		    "access x { %s }\n", faults[i].entry), &error));
		if (strstr(error, faults[i].error) == NULL)
			fail_msg("%s", error);
		arena_free(&arena);
	}
}

/* --- by the sender, where SPF proves him ---------------------------------- */

#define FRIEND OURS "access x { sender joe@friend.example; action allow; }\n"  \
	"access y { client 192.0.2.0/24; action deny; }\n"
#define BY_FRIEND ANN "sender=joe@friend.example\n"

static const char zone[] =
    "friend.example\tTXT\tv=spf1 ip4:192.0.2.7 -all\n"
    "soft.example\tTXT\tv=spf1 ~all\n"
    "broken.example\tTXT\t!SERVFAIL\n";

static const struct {
	const char *sentence, *conf, *lines;
	const char *entry;		/* how the reason begins */
	size_t asked;			/* of the DNS */
} proofs[] = {
	{ "an allow by the sender where SPF passes", FRIEND, BY_FRIEND
	    "client_address=192.0.2.7\n", "access x: allow", 1 },
	{ "where it does not, what else fits decides", FRIEND, BY_FRIEND
	    "client_address=192.0.2.8\n", "access y: deny", 1 },
	{ "or nothing", FRIEND, BY_FRIEND "client_address=192.0.3.8\n",
	    "no entry fits (access x: allow does not count: SPF of the "
	    "sender: -all of friend.example)", 1 },
	{ "softfail is no proof",
	    OURS "access x { sender @soft.example; action allow; }\n",
	    ANN "sender=a@soft.example\n", "no entry fits (", 1 },
	{ "no answer is none", OURS "access x { sender @broken.example; "
	    "action allow; }\n", ANN "sender=a@broken.example\n",
	    "no entry fits (", 1 },
	{ "no record is none", OURS "access x { sender @none.example; "
	    "action allow; }\n", ANN "sender=a@none.example\n",
	    "no entry fits (", 1 },
	{ "for a recipient too", OURS "access x { sender @friend.example; "
	    "recipient ann@example.org; action allow; }\n",
	    BY_FRIEND "client_address=192.0.3.8\n", "no entry fits (", 1 },
	{ "nobody asks about a sender who is not named", FRIEND,
	    ANN "sender=joe@stranger.example\n", "access y: deny", 0 },
	{ "nor to deny", OURS "access x { sender @friend.example; "
	    "action deny; }\n", BY_FRIEND, "access x: deny", 0 },
	{ "nor where another entry decides", FRIEND "access z { final yes; "
	    "client 192.0.2.0/24; action deny; }\n", BY_FRIEND,
	    "access z: deny", 0 },
	{ "nor where the client is named as well", OURS
	    "access x { sender @friend.example; client 192.0.2.7; "
	    "action allow; }\n", BY_FRIEND, "access x: allow", 0 },
	{ "nor to skip greylisting", OURS "access x { "
	    "sender @friend.example; action skip-greylist; }\n", BY_FRIEND,
	    "access x: skip-greylist", 0 },
};

/* Answers from the zone, counted. */
struct counting {
	struct dns_source source;
	struct dns_source *zone;
	size_t asked;
};

static struct dns_query *
ask_and_count(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	struct counting *counting = (struct counting *)source;

	counting->asked++;
	return counting->zone->ask(counting->zone, name, type, wait);
}

static const char *
reason_of(const struct policy_bench *bench)
{
	const struct finding *finding =
	    vec_at(&bench->ruling->findings->items, 0);

	assert_string_equal(finding->check, "access");
	return finding->reason;
}

static void
an_allow_by_the_sender_needs_spf(void **state)
{
	struct arena *arena = *state;
	const char *error = NULL;
	struct counting dns = { .source = { .ask = ask_and_count } };

	dns.zone = zone_source_parse("zone", str_from(zone), arena, &error);
	assert_non_null(dns.zone);
	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		struct policy_bench bench;

		print_message("%s\n", proofs[i].sentence);
		policy_bench_begin(&bench, proofs[i].conf);
		rulebook_set_dns(bench.rulebook, &dns.source);
		dns.asked = 0;
		policy_bench_ask(&bench, proofs[i].lines);
		if (strncmp(reason_of(&bench), proofs[i].entry,
		    strlen(proofs[i].entry)) != 0)
			fail_msg("%s", reason_of(&bench));
		assert_int_equal(dns.asked, proofs[i].asked);
		policy_bench_end(&bench);
	}
	dns_source_free(&dns.zone);
}

static void
what_the_dns_does_not_say_in_time_is_no_proof(void **state)
{
	struct policy_bench bench;
	struct dns_held held;

	(void)state;
	dns_held_init(&held);
	policy_bench_begin(&bench, FRIEND);
	rulebook_set_dns(bench.rulebook, &held.source);
	policy_bench_ask(&bench, BY_FRIEND);
	assert_int_equal(held.asked, 1);
	assert_string_equal(reason_of(&bench), "access y: deny");
	policy_bench_end(&bench);
	dns_held_done(&held);
}

static void
an_allow_that_names_a_client_may_name_a_sender(void **state)
{
	struct arena *arena = *state;
	const char *error = NULL;
	struct rulebook *rulebook = policy_rulebook(arena,
	    "access x { client 192.0.2.7; sender @example.net; "
	    "action allow; }\n"
	    "access y { recipient abuse@example.org; action allow; }\n",
	    &error);

	assert_null(error);
	rulebook_unref(&rulebook);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_entry_that_fits_best_decides),
		cmocka_unit_test(each_action_has_its_answer),
		cmocka_unit_test(
		    what_cannot_be_meant_is_refused_by_the_configuration),
		ARENA_TEST(an_allow_that_names_a_client_may_name_a_sender),
		ARENA_TEST(an_allow_by_the_sender_needs_spf),
		cmocka_unit_test(
		    what_the_dns_does_not_say_in_time_is_no_proof),
	};

	return cmocka_run_group_tests_name("policy_access", tests, NULL, NULL);
}
