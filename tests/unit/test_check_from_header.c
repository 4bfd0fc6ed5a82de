/* SPDX-License-Identifier: ISC */
/* test_check_from_header.c - who the author of a message is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "milter/check.h"
#include "trial.h"

extern const struct check check_from_header;

struct from_case {
	const char *sentence, *headers;
	enum result result;
	const char *reason;
	enum decision suggested;
};

static const struct from_case cases[] = {
	{ "one author (RFC 5322 3.6.2)", "From: Joe <joe@example.net>",
	    RESULT_PASS, "one author", DECISION_HAM },
	{ "several authors and a Sender",
	    "From: a@example.net, b@example.net\nSender: a@example.net",
	    RESULT_PASS, "several authors, one Sender", DECISION_HAM },
	{ "a group of one (RFC 6854)", "From: Team: a@example.net;",
	    RESULT_PASS, "one author", DECISION_HAM },
	{ "a U-label", "From: a@b\xc3\xbc" "cher.example", RESULT_PASS,
	    "one author", DECISION_HAM },
	{ "a literal", "From: a@[192.0.2.7]", RESULT_PASS, "one author",
	    DECISION_HAM },
	{ "a Sender beside one author need not be read",
	    "From: a@example.net\nSender: <>", RESULT_PASS, "one author",
	    DECISION_HAM },

	{ "no From", "Subject: x", RESULT_PERMERROR,
	    "the message has no From", DECISION_JUNK },
	{ "Resent-From is none", "Resent-From: a@example.net",
	    RESULT_PERMERROR, "the message has no From", DECISION_JUNK },
	{ "an empty From", "From: ", RESULT_PERMERROR, "From has no address",
	    DECISION_JUNK },
	{ "an empty group", "From: nobody:;", RESULT_PERMERROR,
	    "From has no address", DECISION_JUNK },

	{ "two From fields", "From: a@example.net\nfrom: b@example.net",
	    RESULT_PERMERROR, "the message has 2 From fields",
	    DECISION_REFUSE },
	{ "two of the same", "From: a@example.net\nFrom: a@example.net",
	    RESULT_PERMERROR, "the message has 2 From fields",
	    DECISION_REFUSE },
	{ "a second one that is empty", "From: a@example.net\nFROM:",
	    RESULT_PERMERROR, "the message has 2 From fields",
	    DECISION_REFUSE },

	{ "several authors without Sender",
	    "From: a@example.net, b@example.net", RESULT_PERMERROR,
	    "From has several authors and there is no one Sender",
	    DECISION_JUNK },
	{ "several authors with two Senders",
	    "From: a@b.net, c@d.net\nSender: a@b.net\nSender: c@d.net",
	    RESULT_PERMERROR,
	    "From has several authors and there is no one Sender",
	    DECISION_JUNK },
	{ "several authors with a Sender of two",
	    "From: a@b.net, c@d.net\nSender: a@b.net, c@d.net",
	    RESULT_PERMERROR,
	    "From has several authors and there is no one Sender",
	    DECISION_JUNK },
	{ "several authors with a Sender that cannot be read",
	    "From: a@b.net, c@d.net\nSender: a@b.net c@d.net",
	    RESULT_PERMERROR,
	    "From has several authors and there is no one Sender",
	    DECISION_JUNK },
	{ "an address as the name of another",
	    "From: ceo@bank.example <joe@example.net>", RESULT_PERMERROR,
	    "From cannot be read: two addresses without a comma",
	    DECISION_JUNK },
	{ "no local part", "From: @example.net", RESULT_PERMERROR,
	    "From cannot be read: an address without local part",
	    DECISION_JUNK },
	{ "a name alone", "From: Joe Public", RESULT_PERMERROR,
	    "From cannot be read: a name without address", DECISION_JUNK },
	{ "a bad one behind a good one",
	    "From: a@example.net, @\nSender: a@example.net", RESULT_PERMERROR,
	    "From cannot be read: an address without local part",
	    DECISION_JUNK },
	{ "no domain", "From: root", RESULT_PERMERROR,
	    "From has an address without domain", DECISION_JUNK },
	{ "one behind a bare CR",
	    "Subject: x\rFrom: service@bank.example\nFrom: joe@example.net",
	    RESULT_PERMERROR, "the message has 2 From fields",
	    DECISION_REFUSE },
	{ "a source route (RFC 5322 4.4)",
	    "From: <@bank.example:joe@example.net>", RESULT_PERMERROR,
	    "From has an address with a source route", DECISION_JUNK },
	{ "blanks in the domain (RFC 5322 4.4)",
	    "From: service@bank.example. example.net", RESULT_PERMERROR,
	    "From has an address with blanks or comments inside of it",
	    DECISION_JUNK },
	{ "an address within the address",
	    "From: \"service@bank.example\"@example.net", RESULT_PERMERROR,
	    "From has an address with an \"@\" in its local part",
	    DECISION_JUNK },
	{ "an encoded word within the address (RFC 2047 5)",
	    "From: <=?utf-8?q?service=40bank.example?=@example.net>",
	    RESULT_PERMERROR, "From has an address with an encoded word in "
	    "its local part", DECISION_JUNK },
	{ "comments around an address",
	    "From: (Joe) joe@example.net (home)", RESULT_PASS,
	    "one author", DECISION_HAM },
};

static void
authors_are_judged_as_in_rfc_5322_3_6_2(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct from_case *c = &cases[i];
		const struct trial trial = { .headers = c->headers };
		struct arena *arena = arena_new(0);
		const struct finding *finding = trial_run(arena,
		    &check_from_header, &trial);

		print_message("%s\n", c->sentence);
		assert_string_equal(finding->reason, c->reason);
		assert_int_equal(finding->result, c->result);
		assert_int_equal(finding->suggested, c->suggested);
		assert_int_equal(finding->reply != NULL,
		    c->suggested == DECISION_REFUSE);
		arena_free(&arena);
	}
}

static void
what_to_do_is_a_setting(void **state)
{
	static const struct {
		const char *headers, *settings;
		enum decision suggested;
	} asked[] = {
		{ "Subject: x", "on_missing refuse;", DECISION_REFUSE },
		{ "Subject: x", "on_missing accept;", DECISION_HAM },
		{ "From: :;\n", "on_malformed refuse;", DECISION_REFUSE },
		{ "From: x:;\n", "on_missing refuse;", DECISION_REFUSE },
		{ "From: a@b.c\nFrom: a@b.c", "on_multiple junk;",
		    DECISION_JUNK },
		{ "From: a@b.c\nFrom: a@b.c", "on_multiple accept;",
		    DECISION_HAM },
		{ "From: root", "on_malformed refuse;", DECISION_REFUSE },
		{ "From: root", "on_malformed accept;", DECISION_HAM },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		const struct trial trial = { .headers = asked[i].headers,
		    .settings = asked[i].settings };
		const struct finding *finding = trial_run(arena,
		    &check_from_header, &trial);

		print_message("%s %s\n", asked[i].headers, asked[i].settings);
		assert_int_equal(finding->result, RESULT_PERMERROR);
		assert_int_equal(finding->suggested, asked[i].suggested);
		if (finding->suggested == DECISION_REFUSE) {
			assert_int_equal(finding->reply->code, 550);
			assert_string_equal(finding->reply->enhanced, "5.6.0");
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(authors_are_judged_as_in_rfc_5322_3_6_2),
		ARENA_TEST(what_to_do_is_a_setting),
	};

	return cmocka_run_group_tests_name("check_from_header", tests, NULL,
	    NULL);
}
