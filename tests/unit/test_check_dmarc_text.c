/* SPDX-License-Identifier: ISC */
/* test_check_dmarc_text.c - what the check dmarc says (RFC 9989). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc.h"
#include "base/arena.h"
#include "base/vec.h"
#include "check_text.h"
#include "dmarc_letter.h"
#include "mail/auth_results.h"
#include "mail/verdict.h"

/* --- what is said --------------------------------------------------------- */

static void
the_header_says_what_was_wished_and_done(void **state)
{
	static const struct {
		const char *sentence;
		struct letter letter;
		const char *header;
	} letters[] = {
		{ "a pass", { .headers = BANK, .spf = EVIL,
		    .dkim = "pass bank.example" },
		    "dmarc=pass (p=reject dis=none) header.from=bank.example "
		    "policy.dmarc=none" },
		{ "a refusal", { .headers = BANK, .spf = EVIL, .dkim = "" },
		    "dmarc=fail (p=reject dis=reject) "
		    "header.from=bank.example policy.dmarc=reject" },
		{ "a list", { .headers = BANK LIST, .spf = EVIL,
		    .dkim = "pass club.example" },
		    "dmarc=fail (p=reject dis=quarantine "
		    "override=mailing_list) header.from=bank.example "
		    "policy.dmarc=quarantine" },
		{ "a name that does not exist", {
		    .headers = "From: a@nosuch.shop.example\n",
		    .spf = EVIL, .dkim = "" },
		    "dmarc=fail (np=reject dis=reject) "
		    "header.from=nosuch.shop.example policy.dmarc=reject" },
		{ "test mode", { .headers = "From: a@test.example\n",
		    .spf = EVIL, .dkim = "" },
		    "dmarc=fail (p=reject t=y dis=quarantine) "
		    "header.from=test.example policy.dmarc=quarantine" },
		{ "no record", { .headers = "From: a@plain.example\n",
		    .spf = EVIL, .dkim = "" },
		    "dmarc=none header.from=plain.example" },
		{ "no answer", { .headers = BANK, .dkim = "",
		    .spf = "temperror bank.example" },
		    "dmarc=temperror (p=reject) header.from=bank.example" },
		{ "no From", { .headers = "To: x\n", .spf = EVIL, .dkim = "" },
		    "dmarc=permerror" },
	};
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		struct str value;
		struct buf line;

		dmarc_letter_begin(&post, &letters[i].letter);
		value = header_unfold(post.arena, auth_results_write(
		    post.arena, "mx", &dmarc_letter_finding(&post, 0)->auth, 1));
		buf_init(&line, post.arena);
		for (size_t k = 0; k < value.len; k++)
			buf_add_char(&line, value.data[k] == '\t'
			    ? ' ' : value.data[k]);
		check_text(letters[i].sentence, str_from_pos(buf_str(&line),
		    sizeof("mx; ") - 1), letters[i].header);
		dmarc_letter_end(&post);
	}
}

static void
the_reason_names_the_override_and_who_caused_it(void **state)
{
	static const struct {
		const char *sentence;
		struct letter letter;
		const char *end;	/* of the reason */
	} letters[] = {
		{ "a list", { .headers = BANK LIST, .spf = EVIL,
		    .dkim = "pass club.example" }, "; mailing_list: "
		    "talk.lists.club.example, signed by club.example" },
		{ "an address", { .headers = BANK, .spf = EVIL, .dkim = "",
		    .client = "203.0.113.9" },
		    "; trusted_forwarder: client 203.0.113.9" },
		{ "a name", { .headers = BANK, .spf = EVIL, .dkim = "",
		    .name = "MX.alumni.example" },
		    "; trusted_forwarder: client mx.alumni.example" },
		{ "a signer", { .headers = BANK, .spf = EVIL,
		    .dkim = "pass signer.example" },
		    "; trusted_forwarder: signed by signer.example" },
		{ "SPF off", { .headers = BANK, .spf_is = OFF, .dkim = "" },
		    "; local_policy: SPF was not judged" },
		{ "DKIM off", { .headers = BANK, .spf = EVIL,
		    .dkim_is = OFF }, "; local_policy: DKIM was not judged" },
		{ "a setting", { .headers = BANK, .spf = EVIL, .dkim = "",
		    .settings = "on_reject quarantine;" },
		    "; local_policy: on_reject is quarantine" },
	};
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		const char *reason;

		dmarc_letter_begin(&post, &letters[i].letter);
		reason = dmarc_letter_finding(&post, 0)->reason;
		if (!str_has_suffix_nocase(str_from(reason),
		    str_from(letters[i].end)) ||
		    strstr(reason, ".example asks for reject: ") == NULL)
			fail_msg("%s: %s", letters[i].sentence, reason);
		dmarc_letter_end(&post);
	}
}

static void
the_reason_begins_with_who_asks_for_what(void **state)
{
	static const struct {
		const char *sentence;
		struct letter letter;
		const char *begin;	/* of the reason */
	} letters[] = {
		{ "the author's domain", { .headers = BANK, .spf = EVIL,
		    .dkim = "" }, "bank.example asks for reject: neither " },
		{ "in test mode", { .headers = "From: a@test.example\n",
		    .spf = EVIL, .dkim = "" },
		    "test.example asks for reject in test mode: neither " },
		{ "4.10.1: the domain above one that does not exist", {
		    .headers = "From: a@nosuch.shop.example\n", .spf = EVIL,
		    .dkim = "" }, "shop.example asks for reject of mail from "
		    "nosuch.shop.example: neither " },
		{ "4.10.1: the domain above one that does not answer", {
		    .headers = "From: a@lame.bank.example\n", .spf = EVIL,
		    .dkim = "" }, "bank.example asks for reject of mail from "
		    "lame.bank.example: no answer " },
	};
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		const char *reason;

		dmarc_letter_begin(&post, &letters[i].letter);
		reason = dmarc_letter_finding(&post, 0)->reason;
		if (strncmp(reason, letters[i].begin,
		    strlen(letters[i].begin)) != 0)
			fail_msg("%s: %s", letters[i].sentence, reason);
		dmarc_letter_end(&post);
	}
}

/* RFC 9989 7.2: 550 5.7.1, the domain, DMARC, why; and the id. */
static void
a_refusal_tells_the_sender_why(void **state)
{
	static const struct {
		struct letter letter;
		const char *begin;	/* behind the id */
	} letters[] = {
		{ { .headers = BANK, .spf = EVIL,
		    .dkim = "fail bank.example" }, "bank.example asks to "
		    "refuse mail that it does not authenticate (DMARC)" },
		{ { .headers = "From: a@nosuch.shop.example\n", .spf = EVIL,
		    .dkim = "" }, "shop.example asks to refuse mail from "
		    "nosuch.shop.example that it does not authenticate "
		    "(DMARC)" },
	};
	const struct verdict *verdict;
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		dmarc_letter_begin(&post, &letters[i].letter);
		verdict = dmarc_letter_verdict(&post);
		assert_int_equal(verdict->decision, DECISION_REFUSE);
		assert_int_equal(verdict->reply->code, 550);
		assert_string_equal(verdict->reply->enhanced, "5.7.1");
		check_text("reply", str_from(verdict->reply->text),
		    arena_printf(post.arena, "[%s] refused: %s: %s",
		    post.txn->id, letters[i].begin,
		    post.txn->auth.dmarc->reason));
		dmarc_letter_end(&post);
	}
}

static void
a_deferral_is_temporary(void **state)
{
	static const struct letter letter = { .headers = BANK,
		.spf = "temperror bank.example", .dkim = "" };
	const struct verdict *verdict;
	struct post post;

	(void)state;
	dmarc_letter_begin(&post, &letter);
	verdict = dmarc_letter_verdict(&post);
	assert_int_equal(verdict->decision, DECISION_DEFER);
	assert_int_equal(verdict->reply->code, 451);
	assert_string_equal(verdict->reply->enhanced, "4.7.1");
	assert_non_null(strstr(verdict->reply->text, "DMARC"));
	dmarc_letter_end(&post);
}

/* DESIGN 5.18. */
static void
who_answers_for_the_host_is_not_kept_from_mail(void **state)
{
	static const struct letter letters[] = {
		{ .headers = BANK, .spf = EVIL, .dkim = "",
		    .rcpt = "<postmaster@ours.example>" },
		{ .headers = BANK, .spf = EVIL, .dkim = "",
		    .rcpt = "<Abuse@ours.example>" },
	};
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		dmarc_letter_begin(&post, &letters[i]);
		assert_string_equal(dmarc_letter_outcome(&post), "fail refuse");
		assert_int_equal(dmarc_letter_verdict(&post)->decision, DECISION_JUNK);
		dmarc_letter_end(&post);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_says_what_was_wished_and_done),
		cmocka_unit_test(
		    the_reason_names_the_override_and_who_caused_it),
		cmocka_unit_test(the_reason_begins_with_who_asks_for_what),
		cmocka_unit_test(a_refusal_tells_the_sender_why),
		cmocka_unit_test(a_deferral_is_temporary),
		cmocka_unit_test(
		    who_answers_for_the_host_is_not_kept_from_mail),
	};

	return cmocka_run_group_tests_name("check_dmarc_text", tests, NULL, NULL);
}
