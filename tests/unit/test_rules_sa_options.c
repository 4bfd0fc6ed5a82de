/* SPDX-License-Identifier: ISC */
/* test_rules_sa_options.c - settings of SpamAssassin's language that are one value
 * each: what is said of them, and what they change. tests/rules/test_options.py
 * compares them with SpamAssassin itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "growth.h"
#include "mail/txn.h"
#include "rules/sa_read.h"
#include "rules_bench.h"

static void
load(struct rules_bench *bench, const char *options, const char *rule)
{
	rules_bench_begin(bench);
	sa_parse(bench->draft, "test", str_from(arena_printf(bench->arena,
	    "%s%s", options, rule)));
	sa_finish(bench->draft);
	rules_bench_load(bench, NULL);
}

/* --- what is said ------------------------------------------------------------------ */

#define NUMBER(value) ": a number of 0 or more is wanted: \"" value "\"\n"
#define YES(value) ": yes or no (1 or 0) is wanted: \"" value "\"\n"
#define FIELD "ERROR envelope_sender_header: the name of one header field is " \
    "wanted: "
#define NEARLY "APPROXIMATED "
#define MEGABYTES ": no more than 1 MB of a part are looked at\n"

static const struct {
	const char *line, *notes;
} said[] = {
	{ "freemail_max_body_emails 7", "" },
	{ "freemail_max_body_freemails +7.0", "" },
	{ "freemail_max_body_emails -1",
	    "ERROR freemail_max_body_emails" NUMBER("-1") },
	{ "freemail_skip_when_over_max yes",
	    "ERROR freemail_skip_when_over_max" NUMBER("yes") },
	{ "freemail_skip_bulk_envfrom",
	    "ERROR freemail_skip_bulk_envfrom" NUMBER("") },
	{ "freemail_import_whitelist_auth 1 2",
	    "ERROR freemail_import_whitelist_auth" NUMBER("1 2") },
	{ "freemail_add_describe_email 0", "PASSED_OVER "
	    "freemail_add_describe_email: a setting of reports and marks in "
	    "messages\n" },
	{ "fns_check .5", "ERROR fns_check" NUMBER(".5") },
	{ "body_part_scan_size 100000", "" },
	{ "body_part_scan_size 0", NEARLY "body_part_scan_size" MEGABYTES },
	{ "rawbody_part_scan_size 99999999999999999999",
	    NEARLY "rawbody_part_scan_size" MEGABYTES },
	{ "rawbody_part_scan_size 1M",
	    "ERROR rawbody_part_scan_size" NUMBER("1M") },
	{ "normalize_charset Yes", "" },
	{ "normalize_charset 0", NEARLY "normalize_charset: text is put into "
	    "UTF-8 here whatever its charset\n" },
	{ "normalize_charset on", "ERROR normalize_charset" YES("on") },
	{ "parse_dkim_uris NO", "" },
	{ "parse_dkim_uris 2", "ERROR parse_dkim_uris" YES("2") },
	{ "dkim_minimum_key_bits 2048", "" },
	{ "dkim_minimum_key_bits 512", NEARLY "dkim_minimum_key_bits: keys that "
	    "are too short for check dkim { minimum_bits } prove nothing "
	    "here\n" },
	{ "envelope_sender_header X-From", NEARLY "envelope_sender_header: it "
	    "counts where no SMTP client is known; else the sender at MAIL "
	    "FROM does\n" },
	{ "envelope_sender_header", FIELD "\"\"\n" },
	{ "envelope_sender_header X-From:", FIELD "\"X-From:\"\n" },
	{ "envelope_sender_header X-A X-B", FIELD "\"X-A X-B\"\n" },
	{ "always_trust_envelope_sender 1", "PASSED_OVER "
	    "always_trust_envelope_sender: a setting of SPF, which is asked "
	    "about the sender at MAIL FROM\n" },
	{ "adsp_override example.com", "PASSED_OVER adsp_override: a setting of "
	    "ADSP (RFC 5617), which is historic\n" },
	{ "ok_locales en ja", "" },
	{ "ok_languages en", "UNSUPPORTED ok_languages: the plugin TextCat is "
	    "not answered here\n" },
	{ "welcomelist_from_rcvd a@b", "ERROR welcomelist_from_rcvd: an address "
	    "and the domain of a relay are wanted: \"a@b\"\n" },
	{ "whitelist_from_dkim a@b c d", "ERROR whitelist_from_dkim: an address "
	    "is wanted, and perhaps the domain that signs: \"a@b c d\"\n" },
};

static void
what_is_said_of_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct rules_bench bench;
		struct str notes;

		load(&bench, said[i].line, "\n");
		notes = rules_bench_notes(&bench);
		if (!str_is(notes, said[i].notes))
			fail_msg("%s: %.*s", said[i].line, STR_ARG(notes));
		if (said[i].notes[0] != '\0')
			assert_int_equal(((struct draft_note *)vec_at(
			    &bench.draft->notes, 0))->origin.line, 1);
		rules_bench_end(&bench);
	}
}

/* --- what they change --------------------------------------------------------------- */

#define FREE "freemail_domains gmail.com\n"
#define IN_BODY "header R eval:check_freemail_body()\n"
#define ELSEWHERE "header R eval:check_freemail_replyto()\n"
#define ONE "a@gmail.com "
#define THREE "a@gmail.com b@gmail.com c@gmail.com "
#define BULK "Return-Path: <x-bounces@example.org>\nFrom: a@gmail.com\n" \
    "Reply-To: b@gmail.com\n\n"
#define SIGNED "DKIM-Signature: v=1; d = a.example.com; b=x\n\n"
#define SENDER "header R EnvelopeFrom =~ /^own\\@/\n"
#define KOI8 "Content-Type: text/plain; charset=\"koi8-r\"\n\n" \
    "\xf0\xf2\xe9\xf7\xe5\xf4\n"
#define FAR "body R eval:check_for_faraway_charset()\n"
#define FAR_WORD "header R eval:check_for_faraway_charset_in_headers()\n"
#define FAR_PART "rawbody R eval:check_for_mime('mime_faraway_charset')\n"

static const struct {
	const char *sentence, *options, *rule, *message;
	bool hits;
} changed[] = {
	{ "three addresses are a list", FREE, IN_BODY, "\n" THREE, false },
	{ "more may be", FREE "freemail_max_body_freemails 4\n", IN_BODY,
	    "\n" THREE, true },
	{ "but not of others", FREE "freemail_max_body_freemails 4\n"
	    "freemail_max_body_emails 3\n", IN_BODY, "\n" THREE, false },
	{ "nothing is a list", FREE "freemail_skip_when_over_max 0\n", IN_BODY,
	    "\n" THREE, true },
	{ "0 is no bound", FREE "freemail_max_body_emails 0\n"
	    "freemail_max_body_freemails 0\n", IN_BODY, "\n" THREE, true },
	{ "one is a list", FREE "freemail_max_body_freemails 1\n", IN_BODY,
	    "\n" ONE, false },
	{ "the last line counts", FREE "freemail_max_body_freemails 1\n"
	    "freemail_max_body_freemails 2\n", IN_BODY, "\n" ONE, true },
	{ "a line that is wrong does not", FREE
	    "freemail_max_body_freemails 1\nfreemail_max_body_freemails x\n",
	    IN_BODY, "\n" ONE, false },
	{ "a mailing list may answer elsewhere", FREE, ELSEWHERE, BULK, false },
	{ "unless nobody may", FREE "freemail_skip_bulk_envfrom 0\n", ELSEWHERE,
	    BULK, true },
	{ "who is welcome where he proves it", FREE "welcomelist_auth a*@*\n"
	    "freemail_import_welcomelist_auth 1\n", IN_BODY, "\n" ONE, false },
	{ "by the other list", FREE "welcomelist_auth a*@*\n"
	    "freemail_import_def_welcomelist_auth 1\n", IN_BODY, "\n" ONE,
	    true },
	{ "which nobody asked for", FREE "def_welcomelist_auth a*@*\n",
	    IN_BODY, "\n" ONE, true },

	{ "so much of a part", "body_part_scan_size 4\n", "body R /end/\n",
	    "\nbegin\nend\n", false },
	{ "and no less", "body_part_scan_size 9\n", "body R /end/\n",
	    "\nbegin\nend\n", true },
	{ "also as it stands", "rawbody_part_scan_size 4\n",
	    "rawbody R /end/\n", "\nbegin\nend\n", false },
	{ "which the other does not bound", "body_part_scan_size 4\n",
	    "rawbody R /end/\n", "\nbegin\nend\n", true },

	{ "a domain that signs is listed", "enlist_uri_host (L) example.com\n",
	    "header R eval:check_uri_host_listed('L')\n", SIGNED, true },
	{ "unless it is not asked", "enlist_uri_host (L) example.com\n"
	    "parse_dkim_uris 0\n", "header R eval:check_uri_host_listed('L')\n",
	    SIGNED, false },
	{ "it is no link", "", "uri R /example/\n", SIGNED, false },

	{ "the sender by a field", "envelope_sender_header X-Own\n", SENDER,
	    "X-Own: <own@example.org>\nReturn-Path: <x@example.org>\n\n",
	    true },
	{ "by none", "", SENDER,
	    "X-Own: <own@example.org>\nReturn-Path: <x@example.org>\n\n",
	    false },
	{ "then by no other", "envelope_sender_header X-Own\n", SENDER,
	    "Return-Path: <own@example.org>\n\n", false },

	{ "all languages", "", FAR, KOI8, false },
	{ "one of them", "ok_locales en\n", FAR, KOI8, true },
	{ "another", "ok_locales en bg_BG.KOI8-R\n", FAR, KOI8, false },
	{ "all after all", "ok_locales en\nok_locales all\n", FAR, KOI8,
	    false },
	{ "letters of ASCII", "ok_locales en\n", FAR,
	    "Content-Type: text/plain; charset=koi8-r\n\nHello there\n",
	    false },
	{ "a word of a subject", "ok_locales ja\n", FAR_WORD,
	    "Subject: =?utf-8?Q?a?= =?big5?Q?b?=\n\n", true },
	{ "of a language that is wanted", "ok_locales ja zh\n", FAR_WORD,
	    "Subject: =?utf-8?Q?a?= =?big5?Q?b?=\n\n", false },
	{ "a part", "ok_locales ja\n", FAR_PART, KOI8, true },
	{ "a part where all are wanted", "", FAR_PART, KOI8, false },

	{ "a subject's words together", "welcomelist_subject Two words\n",
	    "header R eval:check_subject_in_welcomelist()\n",
	    "Subject: in two words, yes\n\n", true },
	{ "not one of them", "welcomelist_subject Two words\n",
	    "header R eval:check_subject_in_welcomelist()\n",
	    "Subject: words\n\n", false },
};

static void
what_they_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changed); i++) {
		struct rules_bench bench;
		struct str found;

		load(&bench, changed[i].options, changed[i].rule);
		rules_bench_message(&bench, str_from(changed[i].message));
		found = rules_bench_judge(&bench);
		if (str_is(found, "R") != changed[i].hits)
			fail_msg("%s: \"%.*s\" %.*s", changed[i].sentence,
			    STR_ARG(found), STR_ARG(rules_bench_notes(&bench)));
		rules_bench_end(&bench);
	}
}

/* Any signature is one; a domain is proven by a key that is long enough. */
static void
short_keys_prove_no_domain(void **state)
{
	static const struct {
		const char *options, *rule;
		unsigned bits;
		bool hits;
	} cases[] = {
		{ "", "full R eval:check_dkim_valid_author_sig()\n", 1024,
		    true },
		{ "", "full R eval:check_dkim_valid_author_sig()\n", 1023,
		    false },
		{ "", "full R eval:check_dkim_valid()\n", 512, true },
		{ "dkim_minimum_key_bits 2048\n",
		    "full R eval:check_dkim_valid_author_sig()\n", 2047,
		    false },
		{ "dkim_minimum_key_bits 2048\n",
		    "full R eval:check_dkim_valid('example.org')\n", 2048,
		    true },
		{ "dkim_minimum_key_bits 0\n",
		    "full R eval:check_dkim_valid('example.org')\n", 512,
		    true },
		/* Ed25519 */
		{ "dkim_minimum_key_bits 2048\n",
		    "full R eval:check_dkim_valid('example.org')\n", 0, true },
		{ "dkim_minimum_key_bits 2048\nwelcomelist_from_dkim *@*\n",
		    "full R eval:check_for_dkim_welcomelist_from()\n", 1024,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dkim_verdict verdict = { .result = RESULT_PASS,
			.domain = "example.org", .key_bits = cases[i].bits };
		struct dkim_verdicts dkim = { .count = 1,
			.verdicts = &verdict };
		struct rules_bench bench;

		load(&bench, cases[i].options, cases[i].rule);
		rules_bench_message(&bench, STR("From: a@example.org\n\n"));
		bench.txn->auth.dkim = &dkim;
		assert_true(str_is(rules_bench_judge(&bench), "R") ==
		    cases[i].hits);
		rules_bench_end(&bench);
	}
}

/* Then nobody needs a field. */
static void
the_sender_of_a_client_is_known(void **state)
{
	struct rules_bench bench;

	(void)state;
	load(&bench, "envelope_sender_header X-Own\n", SENDER);
	rules_bench_message(&bench, STR("X-Own: <own@example.org>\n\n"));
	bench.txn->client.address = (struct netaddr){ .len = 4,
		.bytes = { 192, 0, 2, 7 } };
	assert_int_equal(rules_bench_judge(&bench).len, 0);
	rules_bench_end(&bench);
}

/* --- input that is made to be slow ---------------------------------------------------- */

static void
read_signature(struct arena *arena, struct str text)
{
	struct rules_bench bench;

	(void)arena;
	load(&bench, "enlist_uri_host (L) example.com\n",
	    "header R eval:check_uri_host_listed('L')\n");
	rules_bench_message(&bench, text);
	assert_int_equal(rules_bench_judge(&bench).len, 0);
	rules_bench_end(&bench);
}

static void
read_subject(struct arena *arena, struct str text)
{
	struct rules_bench bench;

	(void)arena;
	load(&bench, "ok_locales ja\n", FAR_WORD);
	rules_bench_message(&bench, text);
	rules_bench_judge(&bench);
	rules_bench_end(&bench);
}

static void
time_grows_with_the_message(void **state)
{
	(void)state;
	grows_with_input("DKIM-Signature: ", "d=a.example.org;", read_signature);
	grows_with_input("DKIM-Signature: ", "d ", read_signature);
	grows_with_input("DKIM-Signature: ", "d=", read_signature);
	grows_with_input("Subject: ", "=?utf-8?Q?a?= ", read_subject);
	grows_with_input("Subject: ", "=?a?q?", read_subject);
	grows_with_input("Subject: ", "=?", read_subject);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_of_them),
		cmocka_unit_test(what_they_change),
		cmocka_unit_test(short_keys_prove_no_domain),
		cmocka_unit_test(the_sender_of_a_client_is_known),
		cmocka_unit_test(time_grows_with_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
