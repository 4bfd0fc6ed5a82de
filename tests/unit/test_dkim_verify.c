/* SPDX-License-Identifier: ISC */
/* test_dkim_verify.c - one signature: its verdict and the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "letter.h"

struct bench {
	struct arena *arena;
	struct dkim_forger *rsa, *ed25519, *short_rsa;
};

static struct bench bench;

static int
set_up_all(void **state)
{
	struct arena *arena = arena_new(0);

	*state = arena;
	bench = (struct bench){ arena, dkim_forger_new(arena, 2048),
		dkim_forger_new(arena, 0), dkim_forger_new(arena, 768) };
	return 0;
}

/* --- one signature ----------------------------------------------------------- */

static const struct {
	const char *story;
	const char *tags;	/* more tags of the signature */
	const char *record;	/* NULL: the key; '@' in it: its p= */
	enum result result;
	const char *reason;
} verdicts_wanted[] = {
	{ "plain", "", NULL, RESULT_PASS, NULL },
	{ "relaxed", "c=relaxed/relaxed", NULL, RESULT_PASS, NULL },
	{ "relaxed and simple", "c=relaxed/simple", NULL, RESULT_PASS, NULL },
	{ "simple and relaxed", "c=simple/relaxed", NULL, RESULT_PASS, NULL },
	{ "relaxed, body simple by default", "c=relaxed", NULL, RESULT_PASS,
	    NULL },
	{ "valid for a second yet", "t=1600000000; x=1700000001", NULL,
	    RESULT_PASS, NULL },
	{ "made in five minutes", "t=1700000300; x=1700000301", NULL,
	    RESULT_PASS, NULL },
	{ "made in 1970", "t=5", NULL, RESULT_PASS, NULL },
	{ "made and ended in the future, just acceptable",
	    "t=1700000200; x=1700000201", NULL, RESULT_PASS, NULL },
	{ "l= of the whole body", "l=7", NULL, RESULT_PASS, NULL },
	{ "a subdomain in i=", "i=@mail.example.org", NULL, RESULT_PASS,
	    NULL },
	{ "a test key", "", "t=y; @", RESULT_PASS, NULL },
	{ "expired", "x=1699999999", NULL, RESULT_PERMERROR, "expired" },
	{ "in the future", "t=1700000301", NULL, RESULT_POLICY,
	    "its time lies in the future" },
	{ "i= elsewhere", "i=@example.net", NULL, RESULT_PERMERROR,
	    "i= is not within d=" },
	{ "l= more than the body", "l=8", NULL, RESULT_FAIL,
	    "the body is shorter than l=" },
	{ "revoked", "", "v=DKIM1; p=", RESULT_PERMERROR,
	    "the key is revoked" },
	{ "a key of another", "", "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwI"
	    "RP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTN"
	    "h5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4Ou"
	    "KhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB", RESULT_FAIL,
	    "signature did not verify" },
	{ "no key record", "", "v=spf1 -all", RESULT_PERMERROR,
	    "v= of the key is not DKIM1" },
	{ "the DNS fails", "", "!SERVFAIL", RESULT_TEMPERROR,
	    "no answer for the key: the zone says so" },
	{ "a key for others", "", "s=chat; @", RESULT_PERMERROR,
	    "the key is not for mail" },
	{ "a strict key and i= below", "i=@mail.example.org", "t=s; @",
	    RESULT_PERMERROR, "i= is below d=, which the key forbids (t=s)" },
};

static const char *
fill_in(struct arena *arena, const char *record)
{
	struct str before, rest;

	if (record == NULL)
		return bench.rsa->record;
	rest = str_from(record);
	str_cut(&rest, '@', &before);
	return rest.data == NULL ? record : arena_printf(arena, "%.*sp=%s",
	    STR_ARG(before), bench.rsa->public_key);
}

static void
every_verdict_has_its_reason(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(verdicts_wanted); i++) {
		struct dkim_message *message = letter_new(*state);
		const struct dkim_verdict *verdict;

		letter_add(message, letter_sign(*state, bench.rsa,
		    verdicts_wanted[i].tags));
		verdict = letter_verify(*state, message, fill_in(*state,
		    verdicts_wanted[i].record));
		if (verdict->result == RESULT_TEMPERROR) {
			assert_non_null(strstr(verdict->reason,
			    "no answer for the key: "));
			assert_int_equal(verdicts_wanted[i].result,
			    RESULT_TEMPERROR);
			continue;
		}
		letter_check(verdicts_wanted[i].story, verdict,
		    verdicts_wanted[i].result, verdicts_wanted[i].reason);
	}
}

static void
ed25519_verifies(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdict *verdict;

	letter_add(message, letter_sign(*state, bench.ed25519,
	    "c=relaxed/relaxed"));
	verdict = letter_verify(*state, message, bench.ed25519->record);
	letter_check("relaxed", verdict, RESULT_PASS, NULL);
	assert_int_equal(verdict->key_bits, 0);
	message = letter_new(*state);
	letter_add(message, letter_sign(*state, bench.ed25519, ""));
	letter_check("simple", letter_verify(*state, message,
	    bench.ed25519->record), RESULT_PASS, NULL);
	message = letter_new(*state);
	letter_add(message, letter_sign(*state, bench.ed25519, ""));
	letter_check("an RSA key", letter_verify(*state, message,
	    bench.rsa->record), RESULT_PERMERROR,
	    "k= of the key is rsa, a= is ed25519-sha256");
}

static void
short_keys_are_against_policy(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdict *verdict;

	letter_add(message, letter_sign(*state, bench.short_rsa, ""));
	verdict = letter_verify(*state, message, bench.short_rsa->record);
	letter_check("768 bits", verdict, RESULT_POLICY,
	    "RSA key of 768 bits, 1024 are required");
	assert_int_equal(verdict->key_bits, 768);
}

static void
verdicts_tell_who_signed_what(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdict *verdict;

	letter_add(message, letter_sign(*state, bench.rsa,
	    "i=Joe@mail.example.org"));
	verdict = letter_verify(*state, message, bench.rsa->record);
	assert_string_equal(verdict->domain, "example.org");
	assert_string_equal(verdict->selector, "s");
	assert_string_equal(verdict->algorithm, "rsa-sha256");
	assert_string_equal(verdict->identity, "Joe@mail.example.org");
	assert_int_equal(strlen(verdict->signature_start), 8);
	assert_string_equal(verdict->signed_fields, "from:to:subject");
	assert_int_equal(verdict->key_bits, 2048);
	assert_int_equal(verdict->body_length, strlen(BODY));
	assert_false(verdict->is_test_key);
	assert_false(verdict->is_key_secure);
}

/* --- what happens to messages ------------------------------------------------ */

static void
changes_break_signatures_or_not(void **state)
{
	static const struct {
		const char *story;
		const char *canon;
		const char *message;
		enum result result;
		const char *reason;
	} cases[] = {
		{ "blanks at the end of a line, simple", "simple/simple",
		    HEADER "\r\nhello \r\n", RESULT_FAIL,
		    "body hash did not verify" },
		{ "blanks at the end of a line, relaxed", "simple/relaxed",
		    HEADER "\r\nhello \t\r\n", RESULT_PASS, NULL },
		{ "empty lines at the end, simple", "simple/simple",
		    HEADER "\r\nhello\r\n\r\n\r\n", RESULT_PASS, NULL },
		{ "lines of blanks at the end, simple", "simple/simple",
		    HEADER "\r\nhello\r\n \r\n", RESULT_FAIL,
		    "body hash did not verify" },
		{ "lines of blanks at the end, relaxed", "simple/relaxed",
		    HEADER "\r\nhello\r\n \r\n\t\r\n", RESULT_PASS, NULL },
		{ "a lone CR in the body, relaxed", "relaxed/relaxed",
		    HEADER "\r\nhel\rlo\r\n", RESULT_FAIL,
		    "body hash did not verify" },
		{ "NUL in the body", "relaxed/relaxed",
		    HEADER "\r\nhello!\r\n", RESULT_FAIL,
		    "body hash did not verify" },
		{ "no body", "relaxed/relaxed", HEADER "\r\n", RESULT_FAIL,
		    "body hash did not verify" },
		{ "a blank behind the colon, simple", "simple/simple",
		    "from: joe@example.org\r\nto:ann@example.net\r\n"
		    "subject:hello\r\n\r\nhello\r\n", RESULT_FAIL,
		    "signature did not verify" },
		{ "blanks, case of names and folds, relaxed",
		    "relaxed/simple", "FROM:  joe@example.org \r\n"
		    "To:\r\n\tann@example.net\t\r\nSubject: hello\r\n\r\n"
		    "hello\r\n", RESULT_PASS, NULL },
		{ "another Subject", "relaxed/relaxed",
		    "from:joe@example.org\r\nto:ann@example.net\r\n"
		    "subject:Hello\r\n\r\nhello\r\n", RESULT_FAIL,
		    "signature did not verify" },
		{ "fields in another order", "simple/simple",
		    "subject:hello\r\nto:ann@example.net\r\n"
		    "from:joe@example.org\r\n\r\nhello\r\n", RESULT_PASS,
		    NULL },
		{ "a field that is not signed", "simple/simple",
		    "x:y\r\n" HEADER "\r\nhello\r\n", RESULT_PASS, NULL },
		{ "a second From on top: the lower one is signed (5.4.2)",
		    "simple/simple", "from:eve@example.com\r\n" HEADER
		    "\r\nhello\r\n", RESULT_PASS, NULL },
		{ "a second From below", "simple/simple", HEADER
		    "from:eve@example.com\r\n\r\nhello\r\n", RESULT_FAIL,
		    "signature did not verify" },
		{ "a field is gone", "simple/simple",
		    "from:joe@example.org\r\nsubject:hello\r\n\r\nhello\r\n",
		    RESULT_FAIL, "signature did not verify" },
		{ "a form feed in a relaxed field", "relaxed/relaxed",
		    "from:joe@example.org\r\nto:ann@example.net\r\n"
		    "subject:\fhello\r\n\r\nhello\r\n", RESULT_NEUTRAL,
		    "a signed field has a control character" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dkim_message *message = dkim_message_read(*state,
		    str_from(cases[i].message));

		letter_add(message, letter_sign(*state, bench.rsa,
		    arena_printf(*state, "c=%s", cases[i].canon)));
		letter_check(cases[i].story, letter_verify(*state, message,
		    bench.rsa->record), cases[i].result, cases[i].reason);
	}
}

static void
oversigned_fields_cannot_be_added(void **state)
{
	static const char *const additions[] = { "from:eve@example.com\r\n",
		"cc:all@example.com\r\n" };
	struct str tags = str_from(arena_printf(*state, "v=1; a=rsa-sha256; "
	    "d=example.org; s=s; h=from:to:subject:from:cc; bh=%s; b=",
	    dkim_forge_body_hash(*state, STR(BODY))));
	struct str value = dkim_forge(*state, bench.rsa, STR(HEADER), tags);
	struct dkim_message *message = letter_new(*state);

	letter_add(message, value);
	letter_check("as signed", letter_verify(*state, message,
	    bench.rsa->record), RESULT_PASS, NULL);
	for (size_t i = 0; i < ARRAY_LEN(additions); i++) {
		message = dkim_message_read(*state, str_from(arena_printf(
		    *state, "%s" HEADER "\r\n" BODY, additions[i])));
		letter_add(message, value);
		letter_check(additions[i], letter_verify(*state, message,
		    bench.rsa->record), RESULT_FAIL,
		    "signature did not verify");
	}
}

static void
l_leaves_the_rest_to_anybody(void **state)
{
	struct dkim_message *message = dkim_message_read(*state,
	    STR(HEADER "\r\nhello\r\nbuy this\r\n"));
	const struct dkim_verdict *verdict;

	letter_add(message, letter_sign(*state, bench.rsa, "l=7"));
	verdict = letter_verify(*state, message, bench.rsa->record);
	letter_check("10 bytes more", verdict, RESULT_POLICY,
	    "10 of 17 bytes of the body are not signed");
	assert_int_equal(verdict->body_length, 7);
}

/* NUL reaches us only in a body, or from a file that `scan` reads. */
static void
nul_is_a_byte_like_others(void **state)
{
	struct str body = STR("a\0b\r\n");
	struct dkim_message *message = letter_new(*state);

	message->body = body;
	letter_add(message, dkim_forge(*state, bench.rsa, STR(HEADER),
	    str_from(arena_printf(*state, "v=1; a=rsa-sha256; d=example.org; "
	    "s=s; c=relaxed/relaxed; h=from:to:subject; bh=%s; b=",
	    dkim_forge_body_hash(*state, body)))));
	letter_check("in the body", letter_verify(*state, message,
	    bench.rsa->record), RESULT_PASS, NULL);
	message = dkim_message_read(*state, STR("from:joe@example.org\r\n"
	    "to:ann@example.net\r\nsubject:hello\0 and more\r\n\r\n" BODY));
	letter_add(message, letter_sign(*state, bench.rsa,
	    "c=relaxed/relaxed"));
	letter_check("in a signed field", letter_verify(*state, message,
	    bench.rsa->record), RESULT_NEUTRAL,
	    "a signed field has a control character");
}

/* What libopendkim does not get right is answered as such. */
static void
what_cannot_be_processed_is_neutral(void **state)
{
	struct dkim_message *message = letter_new(*state);
	struct str value = letter_sign(*state, bench.rsa, "");
	struct buf long_list;

	letter_add(message, str_from(arena_printf(*state, "%.*s; b =AAAA",
	    STR_ARG(str_sub(value, 0, (size_t)str_find_last(value, ';'))))));
	letter_check("b =", letter_verify(*state, message, bench.rsa->record),
	    RESULT_NEUTRAL, "blanks between b and =");

	message = letter_new(*state);
	buf_init(&long_list, *state);
	buf_printf(&long_list, "v=1; a=rsa-sha256; d=example.org; s=s; bh=%s; "
	    "b=AAAA; h=from", dkim_forge_body_hash(*state, STR(BODY)));
	for (int i = 0; i < 1000; i++)
		buf_add_text(&long_list, ":from");
	letter_add(message, buf_str(&long_list));
	letter_check("h= of 5,000 bytes", letter_verify(*state, message,
	    bench.rsa->record), RESULT_NEUTRAL, "h= is too long");

	message = letter_new(*state);
	buf_clear(&long_list);
	buf_printf(&long_list, "v=1; a=rsa-sha256; d=example.org; s=s; bh=%s; "
	    "b=AAAA; h=from:dkim-signature", dkim_forge_body_hash(*state,
	    STR(BODY)));
	letter_add(message, buf_str(&long_list));
	letter_check("h= names itself", letter_verify(*state, message,
	    bench.rsa->record), RESULT_NEUTRAL,
	    "h= names more DKIM-Signature fields than there are");
}

/* The case in which libopendkim would write behind its array. */
static void
more_names_than_fields_verify(void **state)
{
	for (size_t fields = 1; fields < 40; fields++) {
		struct dkim_message *message;
		struct buf header, names;

		buf_init(&header, *state);
		buf_init(&names, *state);
		for (size_t i = 0; i < fields; i++)
			buf_printf(&header, "from:%zu@example.org\r\n",
			    fields - i);
		for (size_t i = 0; i < fields + 20; i++)
			buf_add_text(&names, i == 0 ? "from" : ":from");
		message = dkim_message_read(*state, str_from(arena_printf(
		    *state, "%s\r\n" BODY, header.data)));
		buf_clear(&header);
		/* Chosen from the bottom up. */
		for (size_t i = 0; i < fields; i++)
			buf_printf(&header, "from:%zu@example.org\r\n", i + 1);
		letter_add(message, dkim_forge(*state, bench.rsa,
		    buf_str(&header), str_from(arena_printf(*state, "v=1; "
		    "a=rsa-sha256; d=example.org; s=s; h=%s; bh=%s; b=",
		    names.data, dkim_forge_body_hash(*state, STR(BODY))))));
		letter_check("more names", letter_verify(*state, message,
		    bench.rsa->record), RESULT_PASS, NULL);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(every_verdict_has_its_reason),
		ARENA_TEST(ed25519_verifies),
		ARENA_TEST(short_keys_are_against_policy),
		ARENA_TEST(verdicts_tell_who_signed_what),
		ARENA_TEST(changes_break_signatures_or_not),
		ARENA_TEST(oversigned_fields_cannot_be_added),
		ARENA_TEST(l_leaves_the_rest_to_anybody),
		ARENA_TEST(nul_is_a_byte_like_others),
		ARENA_TEST(what_cannot_be_processed_is_neutral),
		ARENA_TEST(more_names_than_fields_verify),
	};

	return cmocka_run_group_tests(tests, set_up_all,
	    fixture_arena_teardown);
}
