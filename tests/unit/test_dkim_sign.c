/* SPDX-License-Identifier: ISC */
/* test_dkim_sign.c - what we sign holds, with us and with others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dkim_key.h"
#include "auth/dkim_sign.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "fixture.h"
#include "own_keys.h"

#define NOW_S 1700000000
#define NOW_MS (NOW_S * INT64_C(1000))
#define DOMAIN "example.org"

/* --- signatures -------------------------------------------------------------- */

static struct str
sign(struct arena *arena, const struct dkim_key *key, const char *selector,
    const struct dkim_message *message)
{
	const char *reason = NULL;
	struct str value;

	if (dkim_sign_message(arena, key, STR(DOMAIN), selector, NOW_MS,
	    &message->headers, message->body, &value, &reason) != DKIM_SIGNED)
		fail_msg("%s", reason);
	return value;
}

static struct str
zone_of_keys(struct arena *arena)
{
	struct buf zone;

	buf_init(&zone, arena);
	dkim_zone_add(&zone, STR("rsa._domainkey." DOMAIN),
	    str_from(dkim_key_record(own_keys.rsa, arena)));
	dkim_zone_add(&zone, STR("ed._domainkey." DOMAIN),
	    str_from(dkim_key_record(own_keys.ed25519, arena)));
	return buf_str(&zone);
}

/* Messages of all sorts, and what becomes of them on the way. */
static const char *const messages[] = {
	"From: Joe <joe@example.org>\r\nTo: ann@example.net\r\n"
	    "Subject: hello\r\n\r\nhello\r\n",
	"From: joe@example.org\r\n\r\n",
	"From: joe@example.org\r\nSubject:\r\n\r\n\r\n\r\n",
	"From: joe@example.org\r\nSubject: a  folded\r\n\tsubject \r\n"
	    "Received: from a\r\nTo: a@example.net,\r\n b@example.net\r\n"
	    "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n"
	    "MIME-Version: 1.0\r\n\r\n  blanks  and\ttabs \t\r\n\t\r\n\r\n"
	    "more \xc3\xa4\xf6\xfc\r\n \r\n\r\n",
	"From: joe@example.org\r\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "\r\nReferences: <1@example.net>\r\n <2@example.net>\r\n"
	    "List-Unsubscribe: <https://example.org/u?1>\r\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
	    "List-Id: <l.example.org>\r\n\r\n.\r\n..\r\nFrom here\r\n",
	"From: joe@example.org\r\nFrom: eve@example.org\r\n"
	    "To: x@example.net\r\nTo: y@example.net\r\n\r\nx\r\n",
};

/* As a relay may change it within what relaxed form forgives. */
static struct str
relay(struct arena *arena, const struct dkim_message *message,
    struct str signature)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, "Received: by relay\r\nX-Added: yes\r\n");
	buf_add_str(&out, dkim_message_write(arena, message, signature));
	buf_add_text(&out, "\r\n\r\n");
	return buf_str(&out);
}

static void
what_is_signed_verifies(void **state)
{
	struct str zone = zone_of_keys(*state);

	for (size_t i = 0; i < ARRAY_LEN(messages) * 2; i++) {
		const struct dkim_message *message = dkim_message_read(*state,
		    str_from(messages[i / 2]));
		struct str value = i % 2 == 0
		    ? sign(*state, own_keys.rsa, "rsa", message)
		    : sign(*state, own_keys.ed25519, "ed", message);
		const struct dkim_verdicts *verdicts = dkim_verify_with(*state,
		    dkim_message_read(*state, relay(*state, message, value)),
		    zone, NOW_S, &dkim_usual);

		assert_int_equal(verdicts->count, 1);
		if (verdicts->verdicts[0].result != RESULT_PASS)
			fail_msg("message %zu: %s", i / 2,
			    verdicts->verdicts[0].reason);
	}
}

static void
the_field_is_made_to_be_read(void **state)
{
	const struct dkim_message *message = dkim_message_read(*state,
	    str_from(messages[0]));
	struct str value = sign(*state, own_keys.rsa, "rsa", message);
	struct str rest = value, line;

	assert_int_equal(value.data[0], ' ');
	assert_int_equal(str_find(value, '\r'), -1);
	assert_non_null(strstr(value.data, "a=rsa-sha256"));
	assert_non_null(strstr(value.data, "c=relaxed/relaxed"));
	assert_non_null(strstr(value.data, "t=1700000000"));
	assert_null(strstr(value.data, "l="));
	assert_null(strstr(value.data, "z="));
	while (str_cut(&rest, '\n', &line))
		assert_true(line.len <= 78 + strlen("DKIM-Signature:"));
}

/* Whoever adds one of these, or a second one, breaks the signature. */
static void
oversigned_fields_cannot_be_added(void **state)
{
	static const struct {
		size_t message;
		const char *field;
		enum result result;
	} cases[] = {
		{ 0, "From: eve@example.com", RESULT_FAIL },
		{ 0, "Subject: buy", RESULT_FAIL },
		{ 0, "Reply-To: eve@example.com", RESULT_FAIL },
		{ 0, "Date: today", RESULT_FAIL },
		{ 0, "To: eve@example.com", RESULT_FAIL },
		{ 0, "Cc: eve@example.com", RESULT_FAIL },
		{ 0, "Message-ID: <1@example.com>", RESULT_FAIL },
		{ 0, "MIME-Version: 1.0", RESULT_FAIL },
		{ 0, "Content-Type: text/html", RESULT_FAIL },
		{ 0, "Content-Transfer-Encoding: base64", RESULT_FAIL },
		{ 0, "Received: by relay", RESULT_PASS },
		/* What a mailing list adds to a letter. */
		{ 0, "Sender: list@example.net", RESULT_PASS },
		{ 0, "List-Unsubscribe: <https://example.net>", RESULT_PASS },
		/* But not to bulk mail, which has its own. */
		{ 4, "List-Unsubscribe: <https://example.net>", RESULT_FAIL },
		{ 4, "List-Unsubscribe-Post: x", RESULT_FAIL },
	};
	struct str zone = zone_of_keys(*state);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct dkim_message *message = dkim_message_read(*state,
		    str_from(messages[cases[i].message]));
		struct str value = sign(*state, own_keys.rsa, "rsa", message);
		struct str bytes = dkim_message_write(*state, message, value);
		const struct dkim_verdicts *verdicts = dkim_verify_with(*state,
		    dkim_message_read(*state, str_from(arena_printf(*state,
		    "%s\r\n%.*s", cases[i].field, STR_ARG(bytes)))), zone,
		    NOW_S, &dkim_usual);

		if (verdicts->verdicts[0].result != cases[i].result)
			fail_msg("%s: %s", cases[i].field,
			    result_text(verdicts->verdicts[0].result));
	}
}

static void
what_would_not_last_is_not_signed(void **state)
{
	const struct {
		struct str message, body;
		const char *reason;
	} cases[] = {
		{ STR("To: a@example.net\r\n\r\n"), STR("x\r\n"),
		    "there is no From" },
		{ STR("From: joe@example.org\r\nSubject: a\001b\r\n\r\n"),
		    STR("x\r\n"), "Subject has a control character" },
		{ STR("From: joe@example.org\r\n\r\n"), STR("a\rb\r\n"),
		    "the body has a line end that is not CRLF" },
		{ STR("From: joe@example.org\r\n\r\n"), STR("a\nb\r\n"),
		    "the body has a line end that is not CRLF" },
		{ STR("From: joe@example.org\r\n\r\n"), STR("a\r\nb"),
		    "the body has a line end that is not CRLF" },
		{ STR("From: joe@example.org\r\n\r\n"), STR("a\r\r\n"),
		    "the body has a line end that is not CRLF" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dkim_message *message = dkim_message_read(*state,
		    cases[i].message);
		const char *reason = NULL;
		struct str value;

		assert_int_equal(dkim_sign_message(*state, own_keys.rsa,
		    STR(DOMAIN), "rsa", NOW_MS, &message->headers,
		    cases[i].body, &value, &reason), DKIM_UNSIGNABLE);
		assert_string_equal(reason, cases[i].reason);
	}
}

static void
fields_as_they_leave_are_signed(void **state)
{
	struct dkim_message *message = dkim_message_read(*state, STR(
	    "From: old@example.org\r\nFrom: joe@example.org\r\n\r\nx\r\n"));
	const struct dkim_verdicts *verdicts;
	struct str value;

	((struct header *)vec_at(&message->headers.fields, 0))->is_removed =
	    true;
	header_list_insert(&message->headers, 0, STR("Subject"),
	    STR(" written here"));
	value = sign(*state, own_keys.rsa, "rsa", message);
	message = dkim_message_read(*state, str_from(arena_printf(*state,
	    "DKIM-Signature:%.*s\nSubject: written here\n"
	    "From: joe@example.org\n\nx\n", STR_ARG(value))));
	verdicts = dkim_verify_with(*state, message, zone_of_keys(*state),
	    NOW_S, &dkim_usual);
	assert_int_equal(verdicts->verdicts[0].result, RESULT_PASS);
}

static void
bodies_tell_their_risks(void **state)
{
	static const struct {
		const char *body;
		bool has_8bit, has_long_line, has_lone_end;
	} cases[] = {
		{ "", false, false, false },
		{ "text of some length\r\n", false, false, false },
		{ "\r\n\r\n", false, false, false },
		{ "text \xc3\xa4 somewhere in it\r\n", true, false, false },
		{ "12345678\xff\r\n", true, false, false },
		{ "no end", false, false, true },
		{ "a\n", false, false, true },
		{ "a\rb\r\n", false, false, true },
	};
	char line[1002];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dkim_body_risks risks = dkim_body_look(
		    str_from(cases[i].body));

		assert_int_equal(risks.has_8bit, cases[i].has_8bit);
		assert_int_equal(risks.has_long_line, cases[i].has_long_line);
		assert_int_equal(risks.has_lone_end, cases[i].has_lone_end);
	}
	memset(line, 'x', sizeof(line));
	memcpy(line + 998, "\r\n", 2);
	assert_false(dkim_body_look(str_of(line, 1000)).has_long_line);
	memcpy(line + 998, "x\r\n", 3);
	assert_true(dkim_body_look(str_of(line, 1001)).has_long_line);
}

/* --- threads, leaks ---------------------------------------------------------- */

static void *
sign_and_verify(void *arg)
{
	const struct dkim_key *key = arg;
	const char *wrong = NULL;

	for (int i = 0; i < 200 && wrong == NULL; i++) {
		struct arena *arena = arena_new(0);
		const struct dkim_message *message = dkim_message_read(arena,
		    str_from(messages[3]));
		struct str value;
		const char *reason;

		if (dkim_sign_message(arena, key, STR(DOMAIN),
		    key == own_keys.rsa ? "rsa" : "ed", NOW_MS,
		    &message->headers, message->body, &value, &reason) !=
		    DKIM_SIGNED)
			wrong = "not signed";
		else if (dkim_verify_with(arena, dkim_message_read(arena,
		    dkim_message_write(arena, message, value)),
		    zone_of_keys(arena), NOW_S, &dkim_usual)->verdicts[0].result
		    != RESULT_PASS)
			wrong = "not verified";
		arena_free(&arena);
	}
	return (void *)(uintptr_t)wrong;
}

static void
threads_sign_at_once(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    sign_and_verify, i % 2 == 0 ? own_keys.rsa
		    : own_keys.ed25519), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

/* --- what others say --------------------------------------------------------- */

static const char *
write_bytes(struct arena *arena, const char *name, struct str bytes)
{
	const char *path = own_keys_file(arena, name);
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	fclose(file);
	return path;
}

/* Two other verifiers; Mail::DKIM of Debian 12 does not know Ed25519. */
static void
others_verify_our_signatures(void **state)
{
	struct str zone = zone_of_keys(*state);

	if (system("/usr/bin/python3 -c 'import dkim, nacl' 2>/dev/null && "
	    "perl -MMail::DKIM -e 1 2>/dev/null") != 0) {
		printf("skipped: DKIM signatures judged by others: no "
		    "python3-dkim, python3-nacl or libmail-dkim-perl\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct dkim_message *message = dkim_message_read(*state,
		    str_from(messages[i]));
		struct str rsa = sign(*state, own_keys.rsa, "rsa", message);
		struct str ed = sign(*state, own_keys.ed25519, "ed", message);
		char answer[512] = "";
		FILE *pipe;

		header_list_insert(&message->headers, 0,
		    STR("DKIM-Signature"), ed);
		pipe = popen(arena_printf(*state, "/usr/bin/python3 "
		    "tests/unit/dkim_oracle.py %s %s 2>&1", write_bytes(
		    *state, "message", dkim_message_write(*state, message,
		    rsa)), write_bytes(*state, "zone", zone)), "r");
		answer[fread(answer, 1, sizeof(answer) - 1, pipe)] = '\0';
		pclose(pipe);
		if (strcmp(answer, "python3-dkim pass pass\n"
		    "Mail::DKIM pass invalid\n") != 0)
			fail_msg("message %zu: %s", i, answer);
	}
	printf("counted: our signatures: %zu messages by RSA and Ed25519 "
	    "verify with python3-dkim, by RSA with Mail::DKIM\n",
	    ARRAY_LEN(messages));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(what_is_signed_verifies),
		ARENA_TEST(the_field_is_made_to_be_read),
		ARENA_TEST(oversigned_fields_cannot_be_added),
		ARENA_TEST(what_would_not_last_is_not_signed),
		ARENA_TEST(fields_as_they_leave_are_signed),
		ARENA_TEST(bodies_tell_their_risks),
		ARENA_TEST(threads_sign_at_once),
		ARENA_TEST(others_verify_our_signatures),
	};

	return cmocka_run_group_tests(tests, own_keys_setup, own_keys_teardown);
}
