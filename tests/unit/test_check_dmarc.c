/* SPDX-License-Identifier: ISC */
/* test_check_dmarc.c - what the check dmarc makes of a message (RFC 9989). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/vec.h"
#include "check_text.h"
#include "dmarc_letter.h"
#include "mail/txn.h"

#define LAME "From: Bank <service@lame.bank.example>\n"

static const struct {
	const char *sentence;
	struct letter letter;
	const char *outcome;
} cases[] = {
	{ "5.3.5: DKIM of the author's domain", { .headers = BANK,
	    .spf = "fail bounce.example", .dkim = "pass bank.example" },
	    "pass ham" },
	{ "5.3.5: SPF of the author's domain", { .headers = BANK,
	    .spf = "pass bank.example", .dkim = "" }, "pass ham" },
	{ "a plain spoof", { .headers = BANK, .spf = EVIL, .dkim = EVIL },
	    "fail refuse" },
	{ "a spoof of a domain that asks for quarantine", {
	    .headers = "From: a@soft.example\n", .spf = EVIL, .dkim = "" },
	    "fail junk" },
	{ "5.4: p=none changes nothing", {
	    .headers = "From: a@watch.example\n", .spf = EVIL, .dkim = "" },
	    "fail ham" },
	{ "5.3.2: no record", { .headers = "From: a@plain.example\n",
	    .spf = EVIL, .dkim = "" }, "none ham" },
	{ "4.7: t=y makes reject quarantine", {
	    .headers = "From: a@test.example\n", .spf = EVIL, .dkim = "" },
	    "fail junk" },
	{ "4.7: t=y makes quarantine none", {
	    .headers = "From: a@test2.example\n", .spf = EVIL, .dkim = "" },
	    "fail ham" },
	{ "4.7: np for a subdomain that does not exist", {
	    .headers = "From: a@nosuch.shop.example\n", .spf = EVIL,
	    .dkim = "" }, "fail refuse" },
	{ "4.7: np does not hold for one that exists", {
	    .headers = "From: a@www.shop.example\n", .spf = EVIL,
	    .dkim = "" }, "fail ham" },
	{ "5.3.1: U-labels and A-labels are one domain", {
	    .headers = "From: a@B\xc3\xbc" "cher.example\n",
	    .spf = EVIL, .dkim = "pass xn--bcher-kva.example" }, "pass ham" },
	{ "5.3.1: a spoof by U-labels", {
	    .headers = "From: a@b\xc3\xbc" "cher.example\n",
	    .spf = EVIL, .dkim = "" }, "fail refuse" },

	/* Lists: DESIGN 5.6, RFC 9989 7.4. */
	{ "a list signs what it sends", { .headers = BANK LIST,
	    .spf = "pass lists.club.example",
	    .dkim = "fail bank.example, pass lists.club.example" },
	    "fail junk mailing_list" },
	{ "a list signs as its parent", { .headers = BANK LIST,
	    .spf = "pass lists.club.example", .dkim = "pass club.example" },
	    "fail junk mailing_list" },
	{ "a list signs as the mail host beside it", { .headers = BANK LIST,
	    .spf = "none ", .dkim = "pass mail.club.example" },
	    "fail junk mailing_list" },
	{ "List-Post alone names the list", {
	    .headers = BANK "List-Post: <mailto:talk@lists.club.example>\n",
	    .spf = "none ", .dkim = "pass lists.club.example" },
	    "fail junk mailing_list" },
	{ "a forged List-Id without a signature", { .headers = BANK LIST,
	    .spf = "pass lists.club.example", .dkim = "" }, "fail refuse" },
	{ "a forged List-Id with a signature of somebody else", {
	    .headers = BANK LIST, .spf = EVIL, .dkim = EVIL },
	    "fail refuse" },
	{ "the signature of the list is broken", { .headers = BANK LIST,
	    .spf = "none ", .dkim = "fail lists.club.example" },
	    "fail refuse" },
	{ "the signature of the list is too weak", { .headers = BANK LIST,
	    .spf = "none ", .dkim = "policy lists.club.example" },
	    "fail refuse" },
	{ "a signature without List-Id", { .headers = BANK,
	    .spf = "none ", .dkim = "pass lists.club.example" },
	    "fail refuse" },
	{ "our own signature, sent again", {
	    .headers = BANK "List-Id: <talk.ours.example>\n",
	    .spf = "none ", .dkim = "pass ours.example" }, "fail refuse" },
	{ "on_reject refuse knows no lists", { .headers = BANK LIST,
	    .settings = "on_reject refuse;", .spf = "none ",
	    .dkim = "pass lists.club.example" }, "fail refuse" },
	{ "a list does not harm what passes", { .headers = BANK LIST,
	    .spf = "none ", .dkim = "pass bank.example" }, "pass ham" },
	{ "quarantine is junk by wish, list or not", {
	    .headers = "From: a@soft.example\n" LIST, .spf = "none ",
	    .dkim = "pass lists.club.example" }, "fail junk" },

	/* Settings. */
	{ "on_reject quarantine", { .headers = BANK, .spf = EVIL, .dkim = "",
	    .settings = "on_reject quarantine;" },
	    "fail junk local_policy" },
	{ "on_quarantine accept", { .headers = "From: a@soft.example\n",
	    .spf = EVIL, .dkim = "", .settings = "on_quarantine accept;" },
	    "fail ham local_policy" },
	{ "on_quarantine accept is not for reject", { .headers = BANK,
	    .spf = EVIL, .dkim = "",
	    .settings = "on_quarantine accept; on_reject quarantine;" },
	    "fail junk local_policy" },

	/* Trusted forwarders. */
	{ "a forwarder by its address", { .headers = BANK,
	    .client = "203.0.113.9", .spf = "fail bounce.example",
	    .dkim = "" }, "fail junk trusted_forwarder" },
	{ "a forwarder by its name", { .headers = BANK,
	    .name = "MX.alumni.example", .spf = "fail bounce.example",
	    .dkim = "" }, "fail junk trusted_forwarder" },
	{ "a forwarder by a pattern", { .headers = BANK,
	    .name = "a.forward.example", .spf = "fail bounce.example",
	    .dkim = "" }, "fail junk trusted_forwarder" },
	{ "a client without verified name", { .headers = BANK,
	    .name = "unknown", .spf = EVIL, .dkim = "" }, "fail refuse" },
	{ "a forwarder by its signature", { .headers = BANK,
	    .spf = "fail bounce.example",
	    .dkim = "fail bank.example, pass signer.example" },
	    "fail junk trusted_forwarder" },
	{ "a broken signature of a forwarder", { .headers = BANK,
	    .spf = EVIL, .dkim = "fail signer.example" }, "fail refuse" },
	{ "SPF alone does not make a forwarder", { .headers = BANK,
	    .spf = "pass signer.example", .dkim = "" }, "fail refuse" },
	{ "on_trusted_forwarder accept", { .headers = BANK,
	    .client = "203.0.113.9", .spf = "fail bounce.example",
	    .dkim = "", .settings = "on_trusted_forwarder accept;" },
	    "fail ham trusted_forwarder" },
	{ "accept holds for quarantine too", {
	    .headers = "From: a@soft.example\n", .client = "203.0.113.9",
	    .spf = "fail bounce.example", .dkim = "",
	    .settings = "on_trusted_forwarder accept;" },
	    "fail ham trusted_forwarder" },
	{ "a forwarder counts under on_reject refuse", { .headers = BANK,
	    .client = "203.0.113.9", .spf = "fail bounce.example",
	    .dkim = "", .settings = "on_reject refuse;" },
	    "fail junk trusted_forwarder" },
	{ "a forwarder stands before a list", { .headers = BANK LIST,
	    .client = "203.0.113.9", .spf = "fail bounce.example",
	    .dkim = "pass lists.club.example" },
	    "fail junk trusted_forwarder" },
	{ "a trusted relay is no forwarder, who handed it over is", {
	    .headers = "Received: from mx.alumni.example (mx.alumni.example "
	    "[203.0.113.9]) by relay.ours.example (Postfix) with ESMTP id 4A; "
	    "Sat, 21 Nov 2026 10:00:00 +0000\n" BANK,
	    .client = "198.18.0.1", .spf = "fail bounce.example",
	    .dkim = "" }, "fail junk trusted_forwarder" },

	/* The neighbours. */
	{ "spf is off: DKIM alone passes", { .headers = BANK,
	    .spf_is = OFF, .dkim = "pass bank.example" }, "pass ham" },
	{ "spf is off: nothing is refused for that", { .headers = BANK,
	    .spf_is = OFF, .dkim = "" }, "fail junk local_policy" },
	{ "spf had nothing to judge (no client)", { .headers = BANK,
	    .spf = NULL, .dkim = EVIL }, "fail junk local_policy" },
	{ "dkim is off: SPF alone passes", { .headers = BANK,
	    .dkim_is = OFF, .spf = "pass bank.example" }, "pass ham" },
	{ "dkim is off: nothing is refused for that", { .headers = BANK,
	    .dkim_is = OFF, .spf = EVIL }, "fail junk local_policy" },
	{ "on_reject refuse needs both, too", { .headers = BANK,
	    .dkim_is = OFF, .spf = EVIL, .settings = "on_reject refuse;" },
	    "fail junk local_policy" },
	{ "both are off", { .headers = BANK, .spf_is = OFF,
	    .dkim_is = OFF }, "none ham" },
	{ "dkim could not run", { .headers = BANK, .spf = EVIL,
	    .dkim_is = FAILS }, "temperror defer" },
	{ "spf could not run", { .headers = BANK, .spf_is = FAILS,
	    .dkim = EVIL }, "temperror defer" },
	{ "dkim could not run, but SPF passes", { .headers = BANK,
	    .spf = "pass bank.example", .dkim_is = FAILS }, "pass ham" },
	{ "dkim cannot run the next time either", { .headers = BANK,
	    .spf = EVIL, .dkim_is = FAILS, .is_too_large = true },
	    "temperror junk" },
	{ "nor can it for a domain that asks for quarantine", {
	    .headers = "From: a@soft.example\n", .spf = EVIL,
	    .dkim_is = FAILS, .is_too_large = true }, "temperror junk" },
	{ "which does not matter where nothing is asked for", {
	    .headers = "From: a@watch.example\n", .spf = EVIL,
	    .dkim_is = FAILS, .is_too_large = true }, "temperror ham" },

	/* DESIGN 7. */
	{ "SPF has no answer, the policy is reject", { .headers = BANK,
	    .spf = "temperror bank.example", .dkim = "" },
	    "temperror defer" },
	{ "a key has no answer, the policy is reject", { .headers = BANK,
	    .spf = EVIL, .dkim = "temperror bank.example" },
	    "temperror defer" },
	{ "no answer about somebody else does not matter", { .headers = BANK,
	    .spf = "temperror evil.example", .dkim = "" }, "fail refuse" },
	{ "no answer, but something aligned passes", { .headers = BANK,
	    .spf = "temperror bank.example", .dkim = "pass bank.example" },
	    "pass ham" },
	{ "no answer, the policy is quarantine", {
	    .headers = "From: a@soft.example\n",
	    .spf = "temperror soft.example", .dkim = "" },
	    "temperror ham" },
	{ "no answer, reject in test mode", {
	    .headers = "From: a@test.example\n",
	    .spf = "temperror test.example", .dkim = "" },
	    "temperror ham" },
	{ "no answer, the policy is not known", {
	    .headers = "From: a@silent.example\n", .spf = EVIL, .dkim = "" },
	    "temperror ham" },
	{ "no answer of a name below a domain that asks for reject", {
	    .headers = LAME, .spf = EVIL, .dkim = EVIL },
	    "temperror defer" },
	{ "the same by a list that the forger runs", {
	    .headers = LAME LIST, .spf = EVIL,
	    .dkim = "pass lists.club.example" }, "temperror junk" },
	{ "mail that is what it says is not held up by it", {
	    .headers = LAME, .spf = "pass lame.bank.example", .dkim = "" },
	    "temperror ham" },
	{ "no answer, on_error defer holds for the rest", {
	    .headers = "From: a@silent.example\n", .spf = EVIL, .dkim = "",
	    .settings = "on_error defer;" }, "temperror defer" },
	{ "no answer, on_error reject is not weakened", { .headers = BANK,
	    .spf = "temperror bank.example", .dkim = "",
	    .settings = "on_error reject;" }, "temperror refuse" },
	{ "no answer, on_temperror pass", { .headers = BANK,
	    .spf = "temperror bank.example", .dkim = "",
	    .settings = "on_temperror pass;" }, "temperror ham" },
	{ "no answer, on_reject quarantine: no refusal to come", {
	    .headers = BANK, .spf = "temperror bank.example", .dkim = "",
	    .settings = "on_reject quarantine;" }, "temperror junk" },
	{ "no answer, but a list vouches: no refusal to come", {
	    .headers = BANK LIST, .spf = "none ", .dkim =
	    "temperror bank.example, pass lists.club.example" },
	    "temperror junk" },
	{ "no answer, a list vouches, on_temperror pass", {
	    .headers = BANK LIST, .spf = "none ", .dkim =
	    "temperror bank.example, pass lists.club.example",
	    .settings = "on_temperror pass;" }, "temperror ham" },
	{ "no answer, and a trusted forwarder may bring what fails", {
	    .headers = BANK, .client = "203.0.113.7", .dkim = "",
	    .spf = "temperror bank.example",
	    .settings = "on_trusted_forwarder accept;" }, "temperror ham" },

	/* DESIGN 5.15. */
	{ "a login", { .headers = BANK, .login = "joe", .spf = NULL,
	    .dkim = "" }, "none ham" },
	{ "a signing network", { .headers = BANK, .client = "198.51.100.7",
	    .spf = NULL, .dkim = "" }, "none ham" },
	{ "a signing network that passes it on", {
	    .headers = "Received: x\n" BANK, .client = "198.51.100.7",
	    .spf = NULL, .dkim = "" }, "none ham" },
	{ "our own host passes it on", {
	    .headers = "Received: x\n" BANK, .client = "127.0.0.1",
	    .spf = NULL, .dkim = "" }, "none ham" },
};

static void
each_message_has_its_outcome(void **state)
{
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		dmarc_letter_begin(&post, &cases[i].letter);
		check_text(cases[i].sentence, str_from(dmarc_letter_outcome(&post)),
		    cases[i].outcome);
		assert_true(dmarc_letter_finding(&post, 0)->score == 0);
		assert_null(dmarc_letter_finding(&post, 1));
		dmarc_letter_end(&post);
	}
	print_message("%zu outcomes\n", ARRAY_LEN(cases));
}

/* Only what was judged is a fact for others. */
static void
what_is_not_judged_is_no_fact(void **state)
{
	static const struct {
		const char *sentence;
		struct letter letter;
		const char *reason;	/* NULL: it is judged */
	} letters[] = {
		{ "a login", { .headers = BANK, .login = "joe" },
		    "the message is our own" },
		{ "our own host", { .headers = "Received: x\n" BANK,
		    .client = "::1" }, "our own host passes it on" },
		{ "a signing network", { .headers = "Received: x\n" BANK,
		    .client = "198.51.100.7" },
		    "the client is in signing_networks" },
		{ "nothing to go by", { .headers = BANK, .spf_is = OFF,
		    .dkim_is = OFF }, "neither SPF nor DKIM was judged" },
		{ "no record", { .headers = "From: a@plain.example\n",
		    .spf = EVIL, .dkim = "" }, NULL },
	};
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		const char *reason = letters[i].reason;
		const struct finding *finding;

		dmarc_letter_begin(&post, &letters[i].letter);
		finding = dmarc_letter_finding(&post, 0);
		assert_int_equal(finding->result, RESULT_NONE);
		assert_int_equal(finding->auth != NULL, reason == NULL);
		assert_int_equal(post.txn->auth.dmarc != NULL, reason == NULL);
		if (reason != NULL)
			check_text(letters[i].sentence,
			    str_from(finding->reason), reason);
		dmarc_letter_end(&post);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_has_its_outcome),
		cmocka_unit_test(what_is_not_judged_is_no_fact),
	};

	return cmocka_run_group_tests_name("check_dmarc", tests, NULL, NULL);
}
