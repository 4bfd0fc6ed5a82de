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
#include "base/loop.h"
#include "base/vec.h"
#include "smtp/smtp_send.h"
#include "smtp/smtp_server.h"
#include "smtp_script.h"

#define PATIENT_MS INT64_C(600000)
#define RCPTS_MAX 4

#define LETTER "Subject: x\r\n\r\nhello\r\n"
#define HI "220 mx ready", "250 mx"
#define BYE "221 bye"
#define EHLO "EHLO me.example.org\n"
#define MAIL EHLO "MAIL FROM:<>\n"
#define RCPT MAIL "RCPT TO:<ann@example.org>\n"
#define DATA RCPT "DATA\n"
#define SENT DATA "Subject: x\n\nhello\n.\n"
#define QUIT "QUIT\n"

struct talk {
	const char *name;
	const char *replies[SMTP_SCRIPT_MAX];
	const char *said, *results;
	const char *content;		/* NULL: LETTER */
	const char *sender;		/* NULL: the null sender */
	const char *rcpts[RCPTS_MAX];	/* none: ann@example.org */
	bool is_lmtp;
};

static const struct talk talks[] = {
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

struct hearing {
	struct loop *loop;
	struct smtp_sending *sending;
	size_t rcpt_count;
	struct buf results;
};

static void
on_done(void *arg, const struct smtp_result *results)
{
	static const char *const words[] = { "taken", "later", "never" };
	struct hearing *hearing = arg;

	for (size_t i = 0; i < hearing->rcpt_count; i++) {
		const char *code = results[i].code == 0 ? "0 " : "";

		buf_printf(&hearing->results, "%s %s%s;",
		    words[results[i].outcome], code, results[i].text);
	}
	hearing->sending = NULL;
	loop_stop(hearing->loop);
}

/* Hold the talk: what was said, to be freed, and the results. */
static char *
hold(struct arena *arena, const struct talk *talk, bool is_torn,
    int64_t timeout_ms, const char **results_r)
{
	struct smtp_script *script = smtp_script_start(talk->replies, is_torn);
	struct hearing hearing = { .loop = loop_new(), .rcpt_count = 1 };
	struct smtp_server server = { .path = smtp_script_path(script),
		.is_lmtp = talk->is_lmtp, .helo = "me.example.org",
		.timeout_ms = timeout_ms };
	struct str rcpts[RCPTS_MAX] = { STR("ann@example.org") };
	struct smtp_mail mail = { .sender = str_from(talk->sender),
		.rcpts = rcpts, .content = str_from(talk->content != NULL
		    ? talk->content : LETTER) };

	for (size_t i = 0; i < RCPTS_MAX && talk->rcpts[i] != NULL; i++) {
		rcpts[i] = str_from(talk->rcpts[i]);
		hearing.rcpt_count = i + 1;
	}
	mail.rcpt_count = hearing.rcpt_count;
	buf_init(&hearing.results, arena);
	hearing.sending = smtp_send(hearing.loop, &server, &mail, on_done,
	    &hearing);
	loop_run(hearing.loop);
	assert_null(hearing.sending);
	loop_free(&hearing.loop);
	*results_r = hearing.results.data;
	return smtp_script_end(&script);
}

static void
hold_all(bool is_torn)
{
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		const char *results;
		char *said = hold(arena, &talks[i], is_torn, PATIENT_MS,
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

/* --- servers that are slow ------------------------------------------------ */

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

static bool
ends_in(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) &&
	    strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* Which silence the client was tired of, it tells itself: on a machine that was
 * held up it may be an earlier one. */
static void
check_silence(const char *name, const char *said, const char *results)
{
	for (size_t i = 0; i < ARRAY_LEN(silences); i++)
		if (ends_in(said, silences[i].last) &&
		    strcmp(results, silences[i].results) == 0)
			return;
	fail_msg("%s: said:\n%sresults: %s", name, said, results);
}

static void
test_silence_ends(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
		struct talk talk = { .name = silences[i].name };
		const char *results;
		char *said;

		memcpy(talk.replies, silences[i].replies,
		    sizeof(talk.replies));
		said = hold(arena, &talk, false, 500, &results);
		check_silence(talk.name, said, results);
		free(said);
	}
	arena_free(&arena);
}

static const char *
long_content(struct arena *arena)
{
	struct buf content;

	buf_init(&content, arena);
	buf_add_text(&content, "Subject: long\r\n\r\n");
	for (int i = 0; i < 100000; i++)
		buf_add_text(&content, ".0123456789 0123456789\r\n");
	return content.data;
}

/* (RFC 5321 4.5.3.2.5) */
static void
test_who_does_not_read_is_left(void **state)
{
	struct arena *arena = arena_new(0);
	const struct talk talk = { .name = "deaf",
		.replies = { HI, "250 ok", "250 ok", "#354 go" },
		.content = long_content(arena) };
	const char *results;

	(void)state;
	free(hold(arena, &talk, false, 500, &results));
	assert_string_equal(results,
	    "later 0 it does not take the message;");
	arena_free(&arena);
}

static void
test_a_long_message_comes_whole(void **state)
{
	struct arena *arena = arena_new(0);
	const struct talk talk = { .name = "long",
		.replies = { HI, "250 ok", "250 ok", "354 go", "250 kept",
		    BYE }, .content = long_content(arena) };
	const char *results, *at;
	char *said;
	int lines = 0;

	(void)state;
	said = hold(arena, &talk, false, PATIENT_MS, &results);
	assert_string_equal(results, "taken 250 kept;");
	for (at = said; (at = strstr(at, "\n..0123456789 0123456789\n")) !=
	    NULL; at++)
		lines++;
	assert_int_equal(lines, 100000);
	assert_true(ends_in(said, "\n.\nQUIT\n"));
	free(said);
	arena_free(&arena);
}

/* Who has enough of the message says so before its end, and closes. */
static void
test_a_reply_in_the_middle_of_the_message_counts(void **state)
{
	struct arena *arena = arena_new(0);
	const struct talk talk = { .name = "early",
		.replies = { HI, "250 ok", "250 ok",
		    "#354 go\r\n552 too long" },
		.content = long_content(arena) };
	const char *results;

	(void)state;
	free(hold(arena, &talk, false, PATIENT_MS, &results));
	assert_string_equal(results, "never 552 \"too long\";");
	arena_free(&arena);
}

/* The second would be taken for the answer to the next command. */
static void
test_two_replies_to_one_command_end_the_talk(void **state)
{
	struct arena *arena = arena_new(0);
	const struct talk talk = { .name = "ahead",
		.replies = { "220 mx\r\n250 mx" } };
	const char *results;
	char *said;

	(void)state;
	said = hold(arena, &talk, false, PATIENT_MS, &results);
	assert_string_equal(said, "");
	assert_string_equal(results, "later 0 it says what nobody asked;");
	free(said);
	arena_free(&arena);
}

/* --- no server ------------------------------------------------------------ */

static void
test_nobody_listens(void **state)
{
	struct arena *arena = arena_new(0);
	struct hearing hearing = { .loop = loop_new(), .rcpt_count = 1 };
	const struct smtp_server server = { .path = "/nonexistent/socket",
		.helo = "me", .timeout_ms = PATIENT_MS };
	const struct str rcpt = STR("ann@example.org");
	const struct smtp_mail mail = { .rcpts = &rcpt, .rcpt_count = 1,
		.content = STR(LETTER) };

	(void)state;
	buf_init(&hearing.results, arena);
	hearing.sending = smtp_send(hearing.loop, &server, &mail, on_done,
	    &hearing);
	/* Told from the loop, never at once. */
	assert_int_equal(hearing.results.len, 0);
	loop_run(hearing.loop);
	assert_string_equal(hearing.results.data, "later 0 cannot connect: No "
	    "such file or directory; is the server running?;");
	loop_free(&hearing.loop);
	arena_free(&arena);
}

static void
test_what_is_given_up_is_not_told(void **state)
{
	static const char *const replies[] = { SMTP_SCRIPT_SILENT };
	struct smtp_script *script = smtp_script_start(replies, false);
	struct loop *loop = loop_new();
	const struct smtp_server server = { .path = smtp_script_path(script),
		.helo = "me", .timeout_ms = PATIENT_MS };
	const struct str rcpt = STR("ann@example.org");
	const struct smtp_mail mail = { .rcpts = &rcpt, .rcpt_count = 1,
		.content = STR(LETTER) };
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

/* --- where ---------------------------------------------------------------- */

static const struct {
	const char *name, *text, *want;
} places[] = {
	{ "a UNIX socket", "unix:/run/dovecot/lmtp", "/run/dovecot/lmtp" },
	{ "TCP, IPv4", "inet:25@127.0.0.1", "127.0.0.1 25" },
	{ "TCP, IPv6", "inet:10025@[::1]", "::1 10025" },
	{ "not another host: nothing is encrypted", "inet:25@192.0.2.1",
	  "'inet:25@192.0.2.1' is neither unix:/PATH nor inet:PORT@ADDRESS "
	  "with an address of this host alone, such as inet:25@127.0.0.1" },
	{ "no name: that would be a look-up", "inet:25@localhost", "'inet:25" },
	{ "no port 0", "inet:0@127.0.0.1", "'inet:0" },
	{ "no port", "inet:127.0.0.1", "'inet:127" },
	{ "no kind", "127.0.0.1:25", "'127" },
	{ "a path is absolute", "unix:private/lmtp", "the path of a socket "
	  "begins with '/', as in unix:/run/dovecot/lmtp" },
	{ "and not too long", "unix:/0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789012345678901234"
	  "567", "a socket path has at most 107 bytes" },
};

static void
test_places(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct smtp_server server = { 0 };
		char text[NETADDR_TEXT_SIZE];
		const char *error = NULL, *got;

		if (smtp_server_parse(places[i].text, &server, arena,
		    &error) < 0)
			got = error;
		else if (server.path != NULL)
			got = server.path;
		else
			got = arena_printf(arena, "%s %d",
			    netaddr_format(&server.address, text),
			    server.port);
		if (strncmp(got, places[i].want, strlen(places[i].want)) != 0)
			fail_msg("%s: %s", places[i].name, got);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_talks_whose_replies_come_octet_by_octet),
		cmocka_unit_test(test_silence_ends),
		cmocka_unit_test(test_who_does_not_read_is_left),
		cmocka_unit_test(test_a_long_message_comes_whole),
		cmocka_unit_test(
		    test_a_reply_in_the_middle_of_the_message_counts),
		cmocka_unit_test(
		    test_two_replies_to_one_command_end_the_talk),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_what_is_given_up_is_not_told),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
