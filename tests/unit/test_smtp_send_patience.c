/* SPDX-License-Identifier: ISC */
/* test_smtp_send_patience.c - servers that are silent, do not read, say too
 * much or are not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/vec.h"
#include "fixture.h"
#include "smtp/smtp_send.h"
#include "smtp/smtp_server.h"
#include "smtp_talk.h"

static const struct {
	const char *name;
	const char *replies[SMTP_SCRIPT_MAX];
	const char *last, *results;
} silences[] = {
	{ "no greeting (RFC 5321 4.5.3.2.1)", { SMTP_SCRIPT_SILENT }, "",
	  "later 0 it does not greet;" },
	{ "no answer to EHLO", { "220 mx", SMTP_SCRIPT_SILENT }, EHLO,
	  "later 0 it does not answer our greeting;" },
	{ "none to MAIL (RFC 5321 4.5.3.2.2)", { HI, SMTP_SCRIPT_SILENT },
	  "MAIL FROM:<>\n", "later 0 it does not answer MAIL;" },
	{ "none to RCPT (RFC 5321 4.5.3.2.3)",
	  { HI, "250 ok", SMTP_SCRIPT_SILENT },
	  "RCPT TO:<ann@example.org>\n", "later 0 it does not answer RCPT;" },
	{ "none to DATA (RFC 5321 4.5.3.2.4)",
	  { HI, "250 ok", "250 ok", SMTP_SCRIPT_SILENT }, "DATA\n",
	  "later 0 it does not answer DATA;" },
	{ "none to the end (RFC 5321 4.5.3.2.6)",
	  { HI, "250 ok", "250 ok", "354 go", SMTP_SCRIPT_SILENT }, "\n.\n",
	  "later 0 it does not answer the end of the message;" },
	{ "half a reply is none",
	  { HI, "250-ok", SMTP_SCRIPT_SILENT }, "MAIL FROM:<>\n",
	  "later 0 it does not answer MAIL;" },
	{ "none to QUIT: it has been taken",
	  { HI, "250 ok", "250 ok", "354 go", "250 kept",
	    SMTP_SCRIPT_SILENT }, QUIT, "taken 250 kept;" },
};

/* Which silence the client was tired of, it tells itself: on a machine that was
 * held up it may be an earlier one. */
static void
check_silence(const char *name, const char *said, const char *results)
{
	for (size_t i = 0; i < ARRAY_LEN(silences); i++)
		if (smtp_talk_ends(said, silences[i].last) &&
		    strcmp(results, silences[i].results) == 0)
			return;
	fail_msg("%s: said:\n%sresults: %s", name, said, results);
}

static void
test_silence_ends(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
		struct smtp_talk talk = { .name = silences[i].name };
		const char *results;
		char *said;

		memcpy(talk.replies, silences[i].replies,
		    sizeof(talk.replies));
		said = smtp_talk_hold(arena, &talk, false, 500, &results);
		check_silence(talk.name, said, results);
		free(said);
	}
}

/* (RFC 5321 4.5.3.2.5) */
static void
test_who_does_not_read_is_left(void **state)
{
	struct arena *arena = *state;
	const struct smtp_talk talk = { .name = "deaf",
		.replies = { HI, "250 ok", "250 ok", "#354 go" },
		.content = smtp_talk_long(arena) };
	const char *results;

	free(smtp_talk_hold(arena, &talk, false, 500, &results));
	assert_string_equal(results,
	    "later 0 it does not take the message;");
}

/* Who has enough of the message says so before its end, and closes. */
static void
test_a_reply_in_the_middle_of_the_message_counts(void **state)
{
	struct arena *arena = *state;
	const struct smtp_talk talk = { .name = "early",
		.replies = { HI, "250 ok", "250 ok",
		    "#354 go\r\n552 too long" },
		.content = smtp_talk_long(arena) };
	const char *results;

	free(smtp_talk_hold(arena, &talk, false, SMTP_TALK_PATIENT_MS, &results));
	assert_string_equal(results, "never 552 \"too long\";");
}

/* The second would be taken for the answer to the next command. */
static void
test_two_replies_to_one_command_end_the_talk(void **state)
{
	struct arena *arena = *state;
	const struct smtp_talk talk = { .name = "ahead",
		.replies = { "220 mx\r\n250 mx" } };
	const char *results;
	char *said;

	said = smtp_talk_hold(arena, &talk, false, SMTP_TALK_PATIENT_MS, &results);
	assert_string_equal(said, "");
	assert_string_equal(results, "later 0 it says what nobody asked;");
	free(said);
}

static void
test_nobody_listens(void **state)
{
	struct arena *arena = *state;
	const struct smtp_talk talk = { .name = "nobody",
		.path = "/nonexistent/socket" };
	const char *results;

	free(smtp_talk_hold(arena, &talk, false, SMTP_TALK_PATIENT_MS,
	    &results));
	assert_string_equal(results, "later 0 cannot connect: No such file or "
	    "directory; is the server running?;");
}

static void
test_what_is_given_up_is_not_told(void **state)
{
	static const char *const replies[] = { SMTP_SCRIPT_SILENT };
	struct smtp_script *script = smtp_script_start(replies, false);
	struct loop *loop = loop_new();
	const struct smtp_server server = { .path = smtp_script_path(script),
		.helo = "me", .timeout_ms = SMTP_TALK_PATIENT_MS };
	const struct str rcpt = STR("ann@example.org");
	const struct smtp_mail mail = { .rcpts = &rcpt, .rcpt_count = 1,
		.content = STR(SMTP_TALK_LETTER) };
	struct smtp_sending *sending = smtp_send(loop, &server, &mail, NULL,
	    NULL);

	(void)state;
	smtp_cancel(&sending);
	assert_null(sending);
	smtp_cancel(&sending);
	loop_stop(loop);
	loop_run(loop);
	loop_free(&loop);
	free(smtp_script_end(&script));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_silence_ends),
		ARENA_TEST(test_who_does_not_read_is_left),
		ARENA_TEST(test_a_reply_in_the_middle_of_the_message_counts),
		ARENA_TEST(test_two_replies_to_one_command_end_the_talk),
		ARENA_TEST(test_nobody_listens),
		cmocka_unit_test(test_what_is_given_up_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
