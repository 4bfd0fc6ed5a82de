/* SPDX-License-Identifier: ISC */
/* test_smtp_send.c - one message, and all that servers say to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "smtp_talk.h"

#define MAIL EHLO "MAIL FROM:<>\n"
#define RCPT MAIL "RCPT TO:<ann@example.org>\n"
#define DATA RCPT "DATA\n"
#define SENT DATA "Subject: x\n\nhello\n.\n"

static const struct smtp_talk talks[] = {
	{ .name = "a message is taken (RFC 5321 3.3)",
	  { HI, "250 ok", "250 ok", "354 go", "250 2.0.0 kept", BYE },
	  SENT QUIT, "taken 250 \"2.0.0 kept\";" },
	{ .name = "a sender and several recipients",
	  { HI, "250 a", "250 b", "251 c", "354 go", "250 kept", BYE },
	  EHLO "MAIL FROM:<joe@example.org>\nRCPT TO:<ann@example.org>\n"
	  "RCPT TO:<bob@example.org>\nDATA\nSubject: x\n\nhello\n.\n" QUIT,
	  "taken 250 kept;taken 250 kept;", .sender = "joe@example.org",
	  .rcpts = { "ann@example.org", "bob@example.org" } },
	{ .name = "dots are doubled (RFC 5321 4.5.2)",
	  { HI, "250 ok", "250 ok", "354 go", "250 kept", BYE },
	  DATA "Subject: x\n\n..\n...a\n.\n" QUIT, "taken 250 kept;",
	  .content = "Subject: x\r\n\r\n.\r\n..a" },
	{ .name = "replies of several lines (RFC 5321 4.2.1)",
	  { "220-mx\r\n220 ready", "250-mx\r\n250 HELP", "250-a\r\n250 b",
	    "250-a\r\n250 b", "354-a\r\n354 go", "250-kept\r\n250 well",
	    BYE }, SENT QUIT, "taken 250 \"kept well\";" },

	/* What is offered and needed. */
	{ .name = "SIZE where it is offered (RFC 1870 3)",
	  { "220 mx", "250-mx\r\n250-8bitmime\r\n250-SMTPUTF8\r\n250 size 99",
	    "250 ok", "250 ok", "354 go", "250 kept", BYE },
	  EHLO "MAIL FROM:<> SIZE=21\nRCPT TO:<ann@example.org>\nDATA\n"
	  "Subject: x\n\nhello\n.\n" QUIT, "taken 250 kept;" },
	{ .name = "more than it takes is not tried (RFC 1870 6.1)",
	  { "220 mx", "250-mx\r\n250 SIZE 20", BYE }, EHLO QUIT,
	  "never 0 the message is larger than it takes (SIZE);" },
	{ .name = "SIZE 0 is no bound (RFC 1870 4)",
	  { "220 mx", "250-mx\r\n250 SIZE 0", "250 ok", "250 ok", "354 go",
	    "250 kept", BYE },
	  EHLO "MAIL FROM:<> SIZE=21\nRCPT TO:<ann@example.org>\nDATA\n"
	  "Subject: x\n\nhello\n.\n" QUIT, "taken 250 kept;" },
	{ .name = "8-bit text needs 8BITMIME (RFC 6152 3)",
	  { "220 mx", "250-mx\r\n250 8BITMIME", "250 ok", "250 ok", "354 go",
	    "250 kept", BYE },
	  EHLO "MAIL FROM:<> BODY=8BITMIME\nRCPT TO:<ann@example.org>\n"
	  "DATA\nSubject: x\n\nh\u00e9\n.\n" QUIT, "taken 250 kept;",
	  .content = "Subject: x\r\n\r\nh\u00e9\r\n" },
	{ .name = "and is not sent where it is not offered (RFC 6152 3)",
	  { HI, BYE }, EHLO QUIT,
	  "never 0 it does not take 8-bit text (8BITMIME);",
	  .content = "Subject: x\r\n\r\nh\u00e9\r\n" },
	{ .name = "an address in UTF-8 needs SMTPUTF8 (RFC 6531 3.4)",
	  { "220 mx", "250-mx\r\n250-SMTPUTF8\r\n250 8BITMIME", "250 ok",
	    "250 ok", "354 go", "250 kept", BYE },
	  EHLO "MAIL FROM:<> SMTPUTF8\nRCPT TO:<j\u00f6e@example.org>\n"
	  "DATA\nSubject: x\n\nhello\n.\n" QUIT, "taken 250 kept;",
	  .rcpts = { "j\u00f6e@example.org" } },
	{ .name = "a header in UTF-8 too (RFC 6531 3.4)",
	  { "220 mx", "250-mx\r\n250 8BITMIME", BYE }, EHLO QUIT,
	  "never 0 it does not take addresses in UTF-8 (SMTPUTF8);",
	  .content = "Subject: h\u00e9\r\n\r\nhello\r\n" },

	/* What is refused. */
	{ .name = "no service at the greeting says nothing of the mail (RFC 5321 3.1)",
	  { "554 no service", BYE }, QUIT, "later 554 \"no service\";" },
	{ .name = "nor does a greeting that it does not take",
	  { "220 mx", "502 what?", BYE }, EHLO QUIT, "later 502 what?;" },
	{ .name = "MAIL refused for good", { HI, "550 no", BYE }, MAIL QUIT,
	  "never 550 no;" },
	{ .name = "MAIL refused for a time", { HI, "452 full", BYE }, MAIL QUIT,
	  "later 452 full;" },
	{ .name = "the only recipient refused: no DATA",
	  { HI, "250 ok", "550 5.1.1 unknown", BYE }, RCPT QUIT,
	  "never 550 \"5.1.1 unknown\";" },
	{ .name = "each recipient has a result of its own (RFC 5321 3.3)",
	  { HI, "250 ok", "450 busy", "250 ok", "550 no", "354 go",
	    "250 kept", BYE },
	  MAIL "RCPT TO:<a@x>\nRCPT TO:<b@x>\nRCPT TO:<c@x>\nDATA\n"
	  "Subject: x\n\nhello\n.\n" QUIT,
	  "later 450 busy;taken 250 kept;never 550 no;",
	  .rcpts = { "a@x", "b@x", "c@x" } },
	{ .name = "DATA refused", { HI, "250 ok", "250 ok", "554 no", BYE },
	  DATA QUIT, "never 554 no;" },
	{ .name = "a success to DATA is none (RFC 5321 4.3.2)",
	  { HI, "250 ok", "250 ok", "250 ok", BYE }, DATA QUIT,
	  "later 250 ok;" },
	{ .name = "354 to MAIL is no success",
	  { HI, "354 go", BYE }, MAIL QUIT, "later 354 go;" },
	{ .name = "the end refused for good",
	  { HI, "250 ok", "250 ok", "354 go", "554 spam", BYE }, SENT QUIT,
	  "never 554 spam;" },
	{ .name = "the end refused for a time",
	  { HI, "250 ok", "250 ok", "354 go", "451 later", BYE }, SENT QUIT,
	  "later 451 later;" },

	/* LMTP. */
	{ .name = "LMTP: LHLO, and one reply for each recipient (RFC 2033 4.2)",
	  { HI, "250 ok", "250 a", "250 b", "354 go",
	    "250 one\r\n452 over quota", BYE },
	  "LHLO me.example.org\nMAIL FROM:<>\nRCPT TO:<a@x>\nRCPT TO:<b@x>\n"
	  "DATA\nSubject: x\n\nhello\n.\n" QUIT,
	  "taken 250 one;later 452 \"over quota\";",
	  .rcpts = { "a@x", "b@x" }, .is_lmtp = true },
	{ .name = "LMTP: none for those that were refused before (RFC 2033 4.2)",
	  { HI, "250 ok", "250 a", "550 no", "250 c", "354 go",
	    "250 one\r\n250 three", BYE },
	  "LHLO me.example.org\nMAIL FROM:<>\nRCPT TO:<a@x>\nRCPT TO:<b@x>\n"
	  "RCPT TO:<c@x>\nDATA\nSubject: x\n\nhello\n.\n" QUIT,
	  "taken 250 one;never 550 no;taken 250 three;",
	  .rcpts = { "a@x", "b@x", "c@x" }, .is_lmtp = true },
	{ .name = "LMTP: it leaves between two replies",
	  { HI, "250 ok", "250 a", "250 b", "354 go", "~250 one\r\n" },
	  "LHLO me.example.org\nMAIL FROM:<>\nRCPT TO:<a@x>\nRCPT TO:<b@x>\n"
	  "DATA\nSubject: x\n\nhello\n.\n",
	  "taken 250 one;later 0 it closed the connection;",
	  .rcpts = { "a@x", "b@x" }, .is_lmtp = true },

	/* What breaks. */
	{ .name = "421 instead of a greeting (RFC 5321 3.8)", { "421 busy" }, "",
	  "later 421 busy;" },
	{ .name = "421 in the middle (RFC 5321 3.8)",
	  { HI, "250 ok", "250 ok", "421 going down" }, DATA,
	  "later 421 \"going down\";" },
	{ .name = "421 keeps what was refused before (RFC 5321 3.8)",
	  { HI, "250 ok", "550 no", "421 going down" },
	  MAIL "RCPT TO:<a@x>\nRCPT TO:<b@x>\n",
	  "never 550 no;later 421 \"going down\";",
	  .rcpts = { "a@x", "b@x" } },
	{ .name = "it closes before the greeting", { SMTP_SCRIPT_CLOSE }, "",
	  "later 0 it closed the connection;" },
	{ .name = "it closes in the middle of a reply",
	  { HI, "250 ok", "~250 o" }, RCPT,
	  "later 0 it closed the connection;" },
	{ .name = "it closes behind the final dot (RFC 1047)",
	  { HI, "250 ok", "250 ok", "354 go", SMTP_SCRIPT_CLOSE }, SENT,
	  "later 0 it closed the connection;" },
	{ .name = "it closes behind its last reply: taken",
	  { HI, "250 ok", "250 ok", "354 go", "250 kept",
	    SMTP_SCRIPT_CLOSE }, SENT QUIT, "taken 250 kept;" },
	{ .name = "garbage to QUIT changes nothing",
	  { HI, "250 ok", "250 ok", "354 go", "250 kept", "what?" },
	  SENT QUIT, "taken 250 kept;" },
	{ .name = "another protocol", { "+OK POP3" }, "",
	  "later 0 what it says is no reply;" },
	{ .name = "garbage in the middle", { HI, "ok" }, MAIL,
	  "later 0 what it says is no reply;" },

	/* What is not said at all. */
	{ .name = "an address cannot smuggle commands (RFC 5321 4.1.2)",
	  { HI, "250 ok", "250 ok", "354 go", "250 kept", BYE },
	  SENT QUIT, "never 0 an address has a control character in it;"
	  "taken 250 kept;",
	  .rcpts = { "a@x>\r\nRCPT TO:<b@x", "ann@example.org" } },
	{ .name = "where nothing else is to be said, nobody is asked",
	  { SMTP_SCRIPT_SILENT }, "",
	  "never 0 an address has a control character in it;",
	  .rcpts = { "a@x\n" } },
	{ .name = "a sender with one neither",
	  { SMTP_SCRIPT_SILENT }, "",
	  "never 0 an address has a control character in it;",
	  .sender = "a@x\x7f" },
};

static void
hold_all(bool is_torn)
{
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		const char *results;
		char *said = smtp_talk_hold(arena, &talks[i], is_torn, SMTP_TALK_PATIENT_MS,
		    &results);

		if (strcmp(said, talks[i].said) != 0 ||
		    strcmp(results, talks[i].results) != 0)
			fail_msg("%s: said:\n%sresults: %s", talks[i].name,
			    said, results);
		free(said);
	}
	arena_free(&arena);
}

static void
test_talks(void **state)
{
	(void)state;
	hold_all(false);
}

static void
test_talks_whose_replies_come_octet_by_octet(void **state)
{
	(void)state;
	hold_all(true);
}

static void
test_a_long_message_comes_whole(void **state)
{
	struct arena *arena = *state;
	const struct smtp_talk talk = { .name = "long",
		.replies = { HI, "250 ok", "250 ok", "354 go", "250 kept",
		    BYE }, .content = smtp_talk_long(arena) };
	struct str rest, line;
	const char *results;
	char *said;
	int lines = 0;

	said = smtp_talk_hold(arena, &talk, false, SMTP_TALK_PATIENT_MS, &results);
	assert_string_equal(results, "taken 250 kept;");
	rest = str_from(said);
	while (str_cut(&rest, '\n', &line))
		lines += str_is(line, "..0123456789 0123456789");
	assert_int_equal(lines, 100000);
	assert_true(smtp_talk_ends(said, "\n.\nQUIT\n"));
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_talks_whose_replies_come_octet_by_octet),
		ARENA_TEST(test_a_long_message_comes_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
