/* SPDX-License-Identifier: ISC */
/* test_check_helo.c - the name that the client gave at HELO. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "milter/check.h"
#include "trial.h"

extern const struct check check_helo;

static const char zone[] =
    "mail.example.net\tA\t192.0.2.7\n"
    "mail.example.net\tAAAA\t2001:db8::1\n"
    "other.example.net\tA\t192.0.2.8\n"
    "a_b.example.net\tA\t192.0.2.7\n"
    "xn--bcher-kva.example\tA\t192.0.2.7\n"
    "empty.example.net\tTXT\tno address\n"
    "fault.example.net\tA\t!SERVFAIL\n"
    "silent.example.net\tA\t!TIMEOUT\n"
    "example.org\tA\t203.0.113.1\n"
    "mx.example.org\tA\t203.0.113.1\n"
    "mx.example.org\tAAAA\t!TIMEOUT\n"
    "example.org\tAAAA\t!SERVFAIL\n";

struct helo_case {
	const char *sentence;
	const char *client, *helo, *login;
	bool is_local;
	enum result result;
	const char *reason;
	double score;
};

#define STRANGER "192.0.2.7"

static const struct helo_case cases[] = {
	{ "its own name", STRANGER, "mail.example.net", NULL, false,
	    RESULT_PASS, "mail.example.net has the client's address", 0 },
	{ "its own name in capitals", STRANGER, "MAIL.example.NET", NULL,
	    false, RESULT_PASS, "mail.example.net has the client's address",
	    0 },
	{ "its own name, IPv6", "2001:db8::1", "mail.example.net", NULL,
	    false, RESULT_PASS, "mail.example.net has the client's address",
	    0 },
	{ "a name with an underscore", STRANGER, "a_b.example.net", NULL,
	    false, RESULT_PASS, "a_b.example.net has the client's address",
	    0 },
	{ "an A-label", STRANGER, "xn--bcher-kva.example", NULL, false,
	    RESULT_PASS, "xn--bcher-kva.example has the client's address", 0 },
	{ "another's name", STRANGER, "other.example.net", NULL, false,
	    RESULT_NEUTRAL,
	    "other.example.net has another address than the client", 0.2 },
	{ "a name that does not exist", STRANGER, "none.example.net", NULL,
	    false, RESULT_NEUTRAL, "none.example.net has no address", 0.2 },
	{ "a name without address", STRANGER, "empty.example.net", NULL,
	    false, RESULT_NEUTRAL, "empty.example.net has no address", 0.2 },
	{ "a name that the DNS fails for", STRANGER, "fault.example.net", NULL,
	    false, RESULT_TEMPERROR, "the DNS fails for fault.example.net",
	    0 },
	{ "a name that the DNS is silent about", STRANGER,
	    "silent.example.net", NULL, false, RESULT_TEMPERROR,
	    "the DNS is silent about silent.example.net", 0 },

	{ "its own address (RFC 5321 4.1.3)", STRANGER, "[192.0.2.7]", NULL,
	    false, RESULT_PASS, "the client gave its address", 0 },
	{ "its own IPv6 address, spelled otherwise", "2001:db8::1",
	    "[IPv6:2001:0DB8:0::0001]", NULL, false, RESULT_PASS,
	    "the client gave its address", 0 },
	{ "another's address", STRANGER, "[192.0.2.8]", NULL, false,
	    RESULT_FAIL, "[192.0.2.8] is not the client's address", 0.2 },
	{ "brackets without address", STRANGER, "[mail.example.net]", NULL,
	    false, RESULT_PERMERROR,
	    "\"[mail.example.net]\" is no address in brackets", 0.5 },
	{ "an open bracket", STRANGER, "[192.0.2.7", NULL, false,
	    RESULT_PERMERROR, "\"[192.0.2.7\" is no address in brackets", 0.5 },
	{ "a bracket alone", STRANGER, "[", NULL, false,
	    RESULT_PERMERROR, "\"[\" is no address in brackets", 0.5 },

	{ "nothing", STRANGER, NULL, NULL, false, RESULT_PERMERROR,
	    "the client gave no name", 1 },
	{ "an empty name", STRANGER, "", NULL, false, RESULT_PERMERROR,
	    "the client gave no name", 1 },
	{ "an address without brackets", STRANGER, "192.0.2.7", NULL, false,
	    RESULT_PERMERROR,
	    "\"192.0.2.7\" is an address without brackets, or a number", 0.5 },
	{ "a name without domain (RFC 5321 2.3.5)", STRANGER, "friend", NULL,
	    false, RESULT_PERMERROR, "\"friend\" is a name without domain",
	    0.5 },
	{ "a blank", STRANGER, "mail example.net", NULL, false,
	    RESULT_PERMERROR, "\"mail example.net\" is no host name", 0.5 },
	{ "an empty label", STRANGER, "mail..example.net", NULL, false,
	    RESULT_PERMERROR, "\"mail..example.net\" is no host name", 0.5 },
	{ "a dot at the end", STRANGER, "mail.example.net.", NULL, false,
	    RESULT_PERMERROR, "\"mail.example.net.\" is no host name", 0.5 },
	{ "a hyphen in front of a label (RFC 5321 4.1.2)", STRANGER,
	    "-mail.example.net", NULL, false, RESULT_PERMERROR,
	    "\"-mail.example.net\" is no host name", 0.5 },
	{ "a hyphen behind a label", STRANGER, "mail-.example.net", NULL,
	    false, RESULT_PERMERROR, "\"mail-.example.net\" is no host name",
	    0.5 },
	{ "a U-label (RFC 6531 3.7.1)", STRANGER, "b\xc3\xbc" "cher.example",
	    NULL, false, RESULT_PERMERROR,
	    "\"b\xc3\xbc" "cher.example\" is no host name", 0.5 },

	{ "our own host", STRANGER, "MX.example.org", NULL, false, RESULT_FAIL,
	    "a stranger calls itself mx.example.org, which is a name of ours",
	    3 },
	{ "our authserv-id", STRANGER, "auth.example.org", NULL, false,
	    RESULT_FAIL, "a stranger calls itself auth.example.org, which is "
	    "a name of ours", 3 },
	{ "a domain of ours", STRANGER, "Example.org", NULL, false,
	    RESULT_FAIL, "a stranger calls itself example.org, which is a "
	    "name of ours", 3 },
	{ "our own host, but the DNS is silent", "2001:db8::1",
	    "mx.example.org", NULL, false, RESULT_TEMPERROR,
	    "the DNS is silent about mx.example.org", 0 },
	{ "a domain of ours, but the DNS fails", "2001:db8::1",
	    "example.org", NULL, false, RESULT_TEMPERROR,
	    "the DNS fails for example.org", 0 },
	{ "a host below a domain of ours", STRANGER, "web.example.org", NULL,
	    false, RESULT_NEUTRAL, "web.example.org has no address", 0.2 },
	{ "our own name that leads to the client", "203.0.113.1",
	    "mx.example.org", NULL, false, RESULT_PASS,
	    "mx.example.org has the client's address", 0 },

	{ "a login may say what it likes", STRANGER, "PC", "joe", false,
	    RESULT_NONE, "the client has a login", 0 },
	{ "so may a client of signing_networks", "198.51.100.9",
	    "example.org", NULL, false, RESULT_NONE,
	    "the client is in signing_networks", 0 },
	{ "so may our own host", "127.0.0.1", "mx.example.org", NULL, false,
	    RESULT_NONE, "the client is this host", 0 },
	{ "sendmail says nothing", NULL, NULL, NULL, true, RESULT_NONE,
	    "the client has no address", 0 },
};

static void
names_are_judged_as_in_rfc_5321_4_1_1_1(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct helo_case *c = &cases[i];
		const struct trial trial = { .zone = zone,
		    .client = c->client, .helo = c->helo, .login = c->login,
		    .is_local = c->is_local };
		struct arena *arena = arena_new(0);
		const struct finding *finding = trial_run(arena, &check_helo,
		    &trial);

		print_message("%s\n", c->sentence);
		assert_string_equal(finding->reason, c->reason);
		assert_int_equal(finding->result, c->result);
		assert_true(finding->score == c->score);
		assert_int_equal(finding->suggested, DECISION_HAM);
		assert_null(finding->auth);
		arena_free(&arena);
	}
}

static void
refusals_are_what_the_postmaster_asks_for(void **state)
{
	static const struct {
		const char *helo, *settings;
		enum decision suggested;
		int code;
	} asked[] = {
		{ "friend", "on_invalid refuse;", DECISION_REFUSE, 550 },
		{ "[x]", "on_invalid junk;", DECISION_JUNK, 0 },
		{ "friend", "on_own_name refuse;", DECISION_HAM, 0 },
		{ "example.org", "on_own_name refuse;", DECISION_REFUSE, 550 },
		{ "example.org", "on_own_name junk;", DECISION_JUNK, 0 },
		{ "example.org", "on_invalid refuse;", DECISION_HAM, 0 },
		{ "fault.example.net", "on_error reject;", DECISION_REFUSE,
		    550 },
		{ "none.example.net", "on_error reject;", DECISION_HAM, 0 },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		const struct trial trial = { .zone = zone, .client = STRANGER,
		    .helo = asked[i].helo, .settings = asked[i].settings };
		const struct finding *finding = trial_run(arena, &check_helo,
		    &trial);

		print_message("%s %s\n", asked[i].helo, asked[i].settings);
		assert_int_equal(finding->suggested, asked[i].suggested);
		assert_int_equal(finding->reply != NULL, asked[i].code != 0);
		if (asked[i].code != 0)
			assert_int_equal(finding->reply->code, asked[i].code);
	}
}

/* --- mail by a trusted relay ----------------------------------------------------- */

#define RELAY "198.18.0.1"
#define BY " by mx2.example.org (Postfix) with ESMTP id 1; date\n"
#define SAID " (client 192.0.2.7, says the trusted relay " RELAY ")"

static const struct {
	const char *sentence, *client, *received;
	enum result result;
	const char *reason;
} relayed[] = {
	{ "its client's own name", RELAY,
	    "Received: from mail.example.net (unknown [192.0.2.7])" BY,
	    RESULT_PASS, "mail.example.net has the client's address" SAID },
	{ "its client's own address", RELAY,
	    "Received: from [192.0.2.7] (unknown [192.0.2.7])" BY,
	    RESULT_PASS, "the client gave its address" SAID },
	{ "the relay's address", RELAY,
	    "Received: from [" RELAY "] (unknown [192.0.2.7])" BY,
	    RESULT_FAIL, "[" RELAY "] is not the client's address" SAID },
	{ "its client's no name", RELAY,
	    "Received: from friend (unknown [192.0.2.7])" BY,
	    RESULT_PERMERROR, "\"friend\" is a name without domain" SAID },
	{ "its client calls itself as we do", RELAY,
	    "Received: from example.org (unknown [192.0.2.7])" BY,
	    RESULT_FAIL, "a stranger calls itself example.org, which is a "
	    "name of ours" SAID },
	{ "its client's name fails", RELAY,
	    "Received: from fault.example.net (unknown [192.0.2.7])" BY,
	    RESULT_TEMPERROR, "the DNS fails for fault.example.net" SAID },
	{ "it does not tell the name", RELAY,
	    "Received: from (unknown [192.0.2.7])" BY,
	    RESULT_NONE, "the client's name is not told" SAID },
	{ "it does not tell the client", RELAY, "Subject: x\n",
	    RESULT_NONE, "the trusted relay " RELAY " does not tell from whom "
	    "it has the message" },
	{ "its client is in signing_networks", RELAY,
	    "Received: from friend (unknown [198.51.100.9])" BY,
	    RESULT_NONE, "the trusted relay has it from signing_networks "
	    "(client 198.51.100.9, says the trusted relay " RELAY ")" },
	{ "its own message", RELAY,
	    "Received: by mx2.example.org (Postfix) id 1; date\n",
	    RESULT_NEUTRAL,
	    "other.example.net has another address than the client" },
	{ "no relay, and a Received like one's", "203.0.113.5",
	    "Received: from mail.example.net (unknown [192.0.2.7])" BY,
	    RESULT_NEUTRAL,
	    "other.example.net has another address than the client" },
};

static void
of_a_trusted_relay_the_client_is_judged(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(relayed); i++) {
		const struct trial trial = { .zone = zone,
		    .client = relayed[i].client, .helo = "other.example.net",
		    .headers = relayed[i].received };
		const struct finding *finding = trial_run(arena, &check_helo,
		    &trial);

		print_message("%s\n", relayed[i].sentence);
		assert_string_equal(finding->reason, relayed[i].reason);
		assert_int_equal(finding->result, relayed[i].result);
	}
}

static void
a_dry_run_says_so(void **state)
{
	static const struct trial trial = { .zone = zone, .client = STRANGER,
	    .helo = "friend", .settings = "on_invalid refuse; dry_run yes;" };
	struct arena *arena = *state;
	const struct finding *finding = trial_run(arena, &check_helo, &trial);

	assert_true(finding->is_dry_run);
	assert_int_equal(finding->suggested, DECISION_REFUSE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_judged_as_in_rfc_5321_4_1_1_1),
		ARENA_TEST(refusals_are_what_the_postmaster_asks_for),
		ARENA_TEST(of_a_trusted_relay_the_client_is_judged),
		ARENA_TEST(a_dry_run_says_so),
	};

	return cmocka_run_group_tests_name("check_helo", tests, NULL, NULL);
}
