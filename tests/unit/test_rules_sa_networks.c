/* SPDX-License-Identifier: ISC */
/* test_rules_sa_networks.c - trusted_networks, internal_networks and
 * msa_networks: whose relays are trusted and internal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/netlist.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "rules/place/sa_networks.h"
#include "rules/place/sa_private.h"
#include "rules/sa_read.h"
#include "rules_bench.h"

static void
load(struct rules_bench *bench, const char *rules)
{
	rules_bench_begin(bench);
	sa_parse(bench->draft, "test", str_from(rules));
	sa_finish(bench->draft);
}

static void
receive(struct rules_bench *bench, struct str message)
{
	rules_bench_message(bench, message);
	bench->view->sa_reading = bench->draft->sa_reading;
}

/* --- relays ------------------------------------------------------------------- */

/* As Mail::SpamAssassin 4.0 has them in X-Spam-Relays-...: T trusted, I internal,
 * M of msa_networks. The newest comes first; "+": it was logged in. */
static const struct {
	const char *sentence, *rules, *relays, *wanted;
} chains[] = {
	{ "nothing is told: private addresses are ours", "",
	    "10.0.0.1 192.168.0.1 203.0.113.1 10.0.0.2", "TI TI -- --" },
	{ "nothing is told: so is who logged in", "",
	    "10.0.0.1 203.0.113.1+ 203.0.113.2", "TI TI --" },
	{ "msa_networks alone leave it so", "msa_networks 203.0.113.1",
	    "10.0.0.1 203.0.113.1", "TI --" },
	{ "a list that was cleared tells nothing",
	    "trusted_networks 203.0.113.1\nclear_trusted_networks",
	    "10.0.0.1 203.0.113.1", "TI --" },
	{ "a list of networks that are none tells that there are none",
	    "trusted_networks nowhere", "127.0.0.1 10.0.0.1", "TI --" },
	{ "once told, a private address is like others",
	    "trusted_networks 192.0.2.1", "192.0.2.1 10.0.0.1", "TI --" },
	{ "an address", "trusted_networks 192.0.2.1", "192.0.2.1 192.0.2.2",
	    "TI --" },
	{ "several, in several lines",
	    "trusted_networks 192.0.2.1 192.0.2.2\ntrusted_networks 192.0.2.3",
	    "192.0.2.3 192.0.2.2 192.0.2.1 192.0.2.4", "TI TI TI --" },
	{ "a list that begins anew",
	    "trusted_networks 192.0.2.1\nclear_trusted_networks\n"
	    "trusted_networks 192.0.2.2", "192.0.2.2 192.0.2.1", "TI --" },
	{ "three octets and a dot", "trusted_networks 192.0.2.",
	    "192.0.2.255 192.0.3.0", "TI --" },
	{ "two octets, no dot", "trusted_networks 192.0",
	    "192.0.255.1 192.1.0.1", "TI --" },
	{ "an octet", "trusted_networks 10.", "10.255.0.1 11.0.0.1", "TI --" },
	{ "a prefix", "trusted_networks 192.0.2.128/25",
	    "192.0.2.128 192.0.2.127", "TI --" },
	{ "a prefix of few octets", "trusted_networks 10.1/16",
	    "10.1.2.3 10.2.0.0", "TI --" },
	{ "bits beyond the prefix", "trusted_networks 192.0.2.7/24",
	    "192.0.2.200 192.0.3.7", "TI --" },
	{ "a mask", "trusted_networks 10.0.0.0/255.255.0.0",
	    "10.0.9.9 10.1.0.0", "TI --" },
	{ "all of IPv4", "trusted_networks 0/0",
	    "203.0.113.1 10.0.0.1 2001:db8::1", "TI TI --" },
	{ "all of IPv6 has IPv4 too", "trusted_networks ::/0",
	    "203.0.113.1 2001:db8::1", "TI TI" },
	{ "zeros in front", "trusted_networks 192.000.002.007",
	    "192.0.2.7 192.0.2.8", "TI --" },
	{ "brackets", "trusted_networks [192.0.2.7] [2001:db8::]/32",
	    "192.0.2.7 2001:db8:1::1 2001:db9::1", "TI TI --" },
	{ "IPv6", "trusted_networks 2001:db8::/32",
	    "2001:db8:ffff::1 2001:db9::1", "TI --" },
	{ "an address of IPv6", "trusted_networks 2001:db8::1",
	    "2001:db8::1 2001:db8::2", "TI --" },
	{ "IPv4 within IPv6", "trusted_networks ::ffff:10.0.0.0/104",
	    "10.9.9.9 11.0.0.1", "TI --" },
	{ "a zone says nothing", "trusted_networks fe80::%eth0/64",
	    "fe80::1 fe81::1", "TI --" },
	{ "but for an address in front",
	    "trusted_networks !10.0.1.5 10.0.1/24", "10.0.1.4 10.0.1.5",
	    "TI --" },
	{ "but for one behind: too late",
	    "trusted_networks 10.0.1/24 !10.0.1.5", "10.0.1.4 10.0.1.5",
	    "TI TI" },
	{ "one within one within one",
	    "trusted_networks 2001:db8:1::1 !2001:db8:1::/64 2001:db8::/32",
	    "2001:db8:2::1 2001:db8:1::1 2001:db8:1::2", "TI TI --" },
	{ "this host, always", "trusted_networks 192.0.2.1",
	    "127.0.0.1 ::1 127.9.9.9 192.0.2.1 192.0.2.2", "TI TI TI TI --" },
	{ "and whatever is said", "trusted_networks !127.0.0.1 192.0.2.1",
	    "127.0.0.1 192.0.2.2", "TI --" },
	{ "but for everybody: this host alone",
	    "trusted_networks 192.0.2.1\ninternal_networks !0/0",
	    "127.0.0.1 192.0.2.1", "TI T-" },
	{ "who logged in", "trusted_networks 192.0.2.1",
	    "192.0.2.1 203.0.113.1+ 203.0.113.2", "TI TI --" },
	{ "behind a stranger nobody is trusted", "trusted_networks 192.0.2.1",
	    "192.0.2.1 203.0.113.1 192.0.2.1 203.0.113.1+", "TI -- -- --" },
	{ "internal_networks alone stand for both",
	    "internal_networks 192.0.2.0/24",
	    "192.0.2.1 192.0.2.2 203.0.113.1", "TI TI --" },
	{ "trusted, and not internal",
	    "trusted_networks 192.0.2.0/24 198.51.100.\ninternal_networks "
	    "192.0.2.0/24", "192.0.2.1 198.51.100.1 192.0.2.2 203.0.113.1",
	    "TI T- T- --" },
	{ "who logged in is internal",
	    "trusted_networks 192.0.2.0/24\ninternal_networks 192.0.2.1",
	    "192.0.2.1 203.0.113.1+ 192.0.2.2 203.0.113.1", "TI TI T- --" },
	{ "and not behind one that is not",
	    "trusted_networks 192.0.2.0/24\ninternal_networks 192.0.2.1",
	    "192.0.2.2 203.0.113.1+ 192.0.2.1", "T- T- T-" },
	{ "internal, and not trusted: neither",
	    "trusted_networks 192.0.2.1\ninternal_networks 192.0.2.1 "
	    "198.51.100.1", "192.0.2.1 198.51.100.1", "TI --" },
	{ "internal in part of what is trusted: not at all",
	    "trusted_networks 192.0.2.0/25\ninternal_networks 192.0.2.0/24",
	    "192.0.2.1", "T-" },
	{ "unless it says that it is not",
	    "trusted_networks 192.0.2.\ninternal_networks !10.0.0.0/8 "
	    "192.0.2.0/25", "192.0.2.1 192.0.2.200", "TI T-" },
	{ "what a submission host got is trusted",
	    "trusted_networks 192.0.2. 198.51.100.1\nmsa_networks "
	    "198.51.100.1", "192.0.2.1 198.51.100.1 203.0.113.1 203.0.113.2",
	    "TI TIM TI TI" },
	{ "and internal, where the host is",
	    "trusted_networks 192.0.2. 198.51.100.\ninternal_networks "
	    "192.0.2.\nmsa_networks 192.0.2.9 198.51.100.9",
	    "192.0.2.1 192.0.2.9 203.0.113.1 198.51.100.9", "TI TIM TI TI" },
	{ "trusted alone, where it is that",
	    "trusted_networks 192.0.2. 198.51.100.\ninternal_networks "
	    "192.0.2.\nmsa_networks 192.0.2.9 198.51.100.9",
	    "192.0.2.1 198.51.100.9 203.0.113.1 192.0.2.9", "TI T-M T- T-" },
	{ "a submission host that is not trusted",
	    "trusted_networks 192.0.2.\nmsa_networks 198.51.100.1",
	    "192.0.2.1 198.51.100.1 203.0.113.1", "TI -- --" },
	{ "nor is it one when somebody logs in there",
	    "trusted_networks 192.0.2.\nmsa_networks 198.51.100.1",
	    "192.0.2.1 198.51.100.1+ 203.0.113.1", "TI TI --" },
	{ "beside internal_networks alone",
	    "internal_networks 192.0.2. 198.51.100.1\nmsa_networks "
	    "198.51.100.1", "192.0.2.1 198.51.100.1 203.0.113.1",
	    "TI TIM TI" },
	{ "msa_networks have no loopback",
	    "trusted_networks 192.0.2.\nmsa_networks 192.0.2.9",
	    "127.0.0.1 203.0.113.1", "TI --" },
	{ "a submission host taken out",
	    "trusted_networks 192.0.2.\nmsa_networks !192.0.2.9 192.0.2.",
	    "192.0.2.9 203.0.113.1", "TI --" },
	{ "from one address to another",
	    "trusted_networks 192.0.2.3-192.0.2.129",
	    "192.0.2.3 192.0.2.64 192.0.2.129 192.0.2.130", "TI TI TI --" },
	{ "not before it", "trusted_networks 192.0.2.3-192.0.2.129",
	    "192.0.2.2", "--" },
	{ "but for those between",
	    "trusted_networks !192.0.2.3-192.0.2.4 192.0.2.",
	    "192.0.2.2 192.0.2.5 192.0.2.4", "TI TI --" },
};

static struct str
message_of(struct arena *arena, const char *relays)
{
	struct str rest = str_from(relays), relay;
	struct buf out;

	buf_init(&out, arena);
	while (str_cut(&rest, ' ', &relay)) {
		bool has_login = relay.data[relay.len - 1] == '+';

		relay.len -= has_login;
		buf_printf(&out, "Received: from h (h [%.*s]) by b (Postfix) "
		    "with ESMTP%s id 123\n", STR_ARG(relay),
		    has_login ? "A" : "");
	}
	buf_add_text(&out, "Subject: x\n\n");
	return buf_str(&out);
}

static struct str
told(struct rules_bench *bench)
{
	const struct vec *relays = &sa_relays(bench->view)->relays;
	struct buf out;

	buf_init(&out, bench->arena);
	for (size_t i = 0; i < relays->len; i++) {
		const struct sa_relay *relay = vec_at(relays, i);

		buf_printf(&out, "%s%c%c%s", i != 0 ? " " : "",
		    relay->is_trusted ? 'T' : '-',
		    relay->is_internal ? 'I' : '-', relay->is_msa ? "M" : "");
	}
	return buf_str(&out);
}

static void
test_relays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
		struct rules_bench bench;
		struct str found;

		load(&bench, chains[i].rules);
		receive(&bench, message_of(bench.arena, chains[i].relays));
		found = told(&bench);
		if (!str_is(found, chains[i].wanted))
			fail_msg("%s: \"%.*s\"", chains[i].sentence,
			    STR_ARG(found));
		rules_bench_end(&bench);
	}
}

/* --- words and notes ------------------------------------------------------------ */

static void
test_words(void **state)
{
	static const char right[] = "10 10. 10.1 10.1. 10.1.2. 10.1.2.3 10/8 "
	    "10.1/8 10.1.2.3/8 10.0.0.0/08 10.0.0.0/255.0.0.0 0/0 !0/0 "
	    "[10.0.0.1] [10.0.0.0]/8 [::1] :: ::1 ::1%lo fe80::%eth0/64 "
	    "[fe80::1%eth0]/64 2001:db8::/32 2001:db8::1/32 ::/0 "
	    "::ffff:10.0.0.0/104 ::ffff:10.0.0.1 10.0.0.1-10.0.0.7 "
	    "!10.0.0.7-10.0.0.7 0.0.0.0-255.255.255.255";
	static const char wrong[] = "10.1.2.3. 256.1.2.3 300/8 1.2.3.4.5 "
	    "10..1 . 10.0.0.0/ 10.0.0.0/33 10.0.0.0/+8 10.0.0.0/-8 "
	    "10.0.0.0/8/8 10.0.0.0/255.0.255.0 10.0.0.0/0.255.255.255 "
	    "10.0.0.0/255.0.0 ! !!10.0.0.1 [10.0.0.1 [[::1]] 2001:db8: "
	    "2001:db8::/129 2001:db8::/ IPv6:::1 [] %lo localhost a.b "
	    "10.0.0.1,10.0.0.2 10.0.0.* 10.0.0.0/8; 0x7f.1 "
	    "10.0.0.7-10.0.0.1 10.0-10.1 10.0.0.1- -10.0.0.1 ::1-::2";
	struct arena *arena = arena_new(0);
	struct str rest, word;
	const char *error;

	(void)state;
	for (rest = str_from(right); str_cut(&rest, ' ', &word);)
		if (sa_network_check(arena, word, &error) < 0)
			fail_msg("%s", error);
	for (rest = str_from(wrong); str_cut(&rest, ' ', &word);)
		if (sa_network_check(arena, word, &error) == 0)
			fail_msg("%.*s is none", STR_ARG(word));
	arena_free(&arena);
}

#define NOTE(option, text) "ERROR " option "_networks: " text "\n"
#define NONE "this is no address and no network (10.0.1.5, 10.0.1., " \
    "10.0.1.0/24, 2001:db8::/32, each with ! in front to leave it out): "
#define FIRST " counts for nothing: the first that has an address decides, " \
    "and in front of it stands "
#define OUTSIDE " counts for nothing: not all of it is in "

static void
test_notes(void **state)
{
	static const struct {
		const char *sentence, *rules, *wanted;
	} cases[] = {
		{ "nothing wrong", "trusted_networks !10.0.0.1 10/8 10/8 ::1\n"
		    "internal_networks !0/0\nmsa_networks 10.0.0.2", "" },
		{ "each word that is none", "trusted_networks x 10. 10.300",
		    NOTE("trusted", NONE "x") NOTE("trusted", NONE "10.300") },
		{ "no word", "msa_networks",
		    NOTE("msa", "nothing stands behind it") },
		{ "behind a wider one", "internal_networks 10/8 !10.0.0.1",
		    NOTE("internal", "!10.0.0.1" FIRST "10/8") },
		{ "this host", "trusted_networks !127.0.0.1-127.0.0.9",
		    NOTE("trusted",
		    "!127.0.0.1-127.0.0.9" FIRST "127.0.0.0/8") },
		{ "outside of what is trusted", "trusted_networks !10.1/16 10/8"
		    "\ninternal_networks 10.1.1. 10.2/16 11.\n"
		    "msa_networks 10.0.0.0-10.255.255.250 9.1.1.1-9.1.1.9",
		    NOTE("internal", "10.1.1." OUTSIDE "trusted_networks")
		    NOTE("internal", "11." OUTSIDE "trusted_networks")
		    NOTE("msa", "9.1.1.1-9.1.1.9" OUTSIDE "trusted_networks") },
		{ "outside of what is internal", "internal_networks 10/8\n"
		    "msa_networks 11.1.1.1", NOTE("msa",
		    "11.1.1.1" OUTSIDE "internal_networks") },
		{ "msa_networks alone", "msa_networks 10/8", NOTE("msa",
		    "it counts only beside trusted_networks or "
		    "internal_networks") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;
		struct str found;

		load(&bench, cases[i].rules);
		found = rules_bench_notes(&bench);
		if (!str_is(found, cases[i].wanted))
			fail_msg("%s: \"%.*s\"", cases[i].sentence,
			    STR_ARG(found));
		rules_bench_end(&bench);
	}
}

static void
test_a_wrong_word_has_its_place(void **state)
{
	const struct draft_note *note;
	struct rules_bench bench;

	(void)state;
	load(&bench, "trusted_networks 10.\ntrusted_networks 10.x");
	note = vec_at(&bench.draft->notes, 0);
	assert_string_equal(note->origin.file, "test");
	assert_int_equal(note->origin.line, 2);
	rules_bench_end(&bench);
}

/* --- where they are seen ----------------------------------------------------------- */

static void
expect(struct rules_bench *bench, const char *request, const char *wanted)
{
	struct str found = sa_get_text(bench->view, request);

	if (!str_is(found, wanted))
		fail_msg("%s: \"%.*s\"", request, STR_ARG(found));
}

#define RELAY(ip, intl, msa) "[ ip=" ip " rdns=h helo=h by=b ident= " \
    "envfrom= intl=" intl " id=123 auth= msa=" msa " ]"
#define FIELD(ip) \
    "Received: from h (h [" ip "]) by b (Postfix) with ESMTP id 123\n"

static void
test_texts(void **state)
{
	struct rules_bench bench;

	(void)state;
	load(&bench, "trusted_networks 192.0.2. 198.51.100.\n"
	    "internal_networks 192.0.2.\nmsa_networks 198.51.100.2");
	receive(&bench, message_of(bench.arena,
	    "192.0.2.1 198.51.100.1 198.51.100.2 203.0.113.1"));
	expect(&bench, "x-spam-relays-trusted", RELAY("192.0.2.1", "1", "0")
	    " " RELAY("198.51.100.1", "0", "0") " "
	    RELAY("198.51.100.2", "0", "1") " " RELAY("203.0.113.1", "0", "0"));
	expect(&bench, "x-spam-relays-untrusted", "");
	expect(&bench, "x-spam-relays-internal", RELAY("192.0.2.1", "1", "0"));
	expect(&bench, "x-spam-relays-external",
	    RELAY("198.51.100.1", "0", "0") " "
	    RELAY("198.51.100.2", "0", "1") " " RELAY("203.0.113.1", "0", "0"));
	expect(&bench, "all-internal", FIELD("192.0.2.1")
	    FIELD("198.51.100.1"));
	expect(&bench, "all-external", FIELD("198.51.100.1")
	    FIELD("198.51.100.2") FIELD("203.0.113.1") "Subject: x\n");
	expect(&bench, "all-trusted", FIELD("192.0.2.1") FIELD("198.51.100.1")
	    FIELD("198.51.100.2") FIELD("203.0.113.1") "Subject: x\n");
	expect(&bench, "all-untrusted", "");
	rules_bench_end(&bench);
}

/* The client, and who is trusted by the configuration. */
static void
test_the_site(void **state)
{
	static const struct {
		const char *sentence, *client, *rules, *wanted;
	} cases[] = {
		{ "nothing is told", "198.51.100.2", "", "TI TI --" },
		{ "a stranger", "203.0.113.9", "", "-- -- --" },
		{ "others are told", "198.51.100.2",
		    "trusted_networks 203.0.113.1", "TI TI TI" },
		{ "one is internal", "198.51.100.2",
		    "internal_networks 198.51.100.2", "TI T- --" },
		{ "neither", "198.51.100.2", "internal_networks 203.0.113.1",
		    "T- T- T-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;
		struct str found;

		load(&bench, cases[i].rules);
		bench.site = mail_site(bench.arena,
		    "host { trusted_relays 192.0.2.1 198.51.100.2; }");
		receive(&bench, message_of(bench.arena,
		    "192.0.2.1 203.0.113.1"));
		netaddr_parse(str_from(cases[i].client),
		    &bench.txn->client.address);
		found = told(&bench);
		if (!str_is(found, cases[i].wanted))
			fail_msg("%s: \"%.*s\"", cases[i].sentence,
			    STR_ARG(found));
		rules_bench_end(&bench);
	}
}

/* The hop that brought it to the trusted ones tells who sent it. */
static void
test_the_sender(void **state)
{
	static const char message[] = "Return-Path: <top@example.org>\n"
	    "Received: from h ([192.0.2.1] helo=h) by b with esmtp (Exim 4) "
	    "(envelope-from <near@example.org>) id 123\n"
	    "Received: from h ([203.0.113.1] helo=h) by b with esmtp (Exim 4) "
	    "(envelope-from <far@example.org>) id 123\n\n";
	static const struct {
		const char *rules, *client, *login, *wanted;
	} cases[] = {
		{ "", NULL, NULL, "near@example.org" },
		{ "trusted_networks 192.0.2.1", NULL, NULL,
		    "far@example.org" },
		{ "trusted_networks 0/0", NULL, NULL, "far@example.org" },
		{ "", "198.51.100.1", NULL, "smtp@example.org" },
		{ "", "198.51.100.1", "user", "smtp@example.org" },
		{ "trusted_networks 198.51.100.1", "198.51.100.1", NULL,
		    "near@example.org" },
		{ "trusted_networks 198.51.100.1 192.0.2.1", "198.51.100.1",
		    NULL, "far@example.org" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		load(&bench, cases[i].rules);
		receive(&bench, str_from(message));
		if (cases[i].client != NULL)
			netaddr_parse(str_from(cases[i].client),
			    &bench.txn->client.address);
		bench.txn->client.login = cases[i].login;
		bench.txn->sender.local = STR("smtp");
		bench.txn->sender.domain = STR("example.org");
		expect(&bench, "envelopefrom", cases[i].wanted);
		rules_bench_end(&bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relays),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_a_wrong_word_has_its_place),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_the_site),
		cmocka_unit_test(test_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
