/* SPDX-License-Identifier: ISC */
/* test_queue_notice.c - the notice that a sender gets (RFC 3464, 6522, 6533). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "queue/held.h"
#include "queue/notice.h"

#define ULID "01KAJ3QY7V8Z9ABCDEFGHJKMNP"
#define REASON "outbound limit of ann@lab.test reached: 3 messages per hour"
#define HEADER "From: <ann@lab.test>\nSubject: t\n"

/* A notice about mail to these recipients. */
struct letter_to {
	const char *sender;
	struct held_rcpt rcpts[3];
	const char *reason, *header, *id;
};

static size_t
write_about(struct arena *arena, const struct letter_to *letter,
    struct buf *out)
{
	struct envelope envelope = { .sender = str_from(letter->sender),
	    .envelope_id = STR("QQ+314"), .arrival_s = 1795288918 };
	struct notice notice = { .host = "mx.lab.test", .queue_id = "ABC123",
	    .id = str_from(letter->id), .reason = letter->reason,
	    .envelope = &envelope, .boundary = "=BOUNDARY=" };

	vec_init(&envelope.rcpts, arena, sizeof(struct held_rcpt));
	for (size_t i = 0; letter->rcpts[i].address.len != 0; i++)
		*(struct held_rcpt *)vec_push(&envelope.rcpts) =
		    letter->rcpts[i];
	notice.header = str_from(letter->header);
	buf_init(out, arena);
	return notice_write(out, &notice);
}

static void
a_notice_says_who_got_nothing_and_why(void **state)
{
	static const struct letter_to letter = { "ann@lab.test", {
	    { STR("bob@lab.test"), STR("rfc822;bob+x@lab.test"), 0 },
	    { STR("x@remote.test"), { NULL, 0 }, NOTIFY_FAILURE } },
	    REASON, HEADER, ULID };
	struct buf out;

	assert_int_equal(write_about(*state, &letter, &out), 2);
	assert_string_equal(out.data,
	    "From: Mail Delivery System <MAILER-DAEMON>\n"
	    "To: <ann@lab.test>\n"
	    "Subject: Undelivered mail returned to its sender\n"
	    "Auto-Submitted: auto-replied\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\n"
	    "\tboundary=\"=BOUNDARY=\"\n"
	    "\n"
	    "--=BOUNDARY=\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "\n"
	    "This is the mail system at host mx.lab.test.\n"
	    "\n"
	    "Your message was put on hold here, and will not be delivered "
	    "to:\n"
	    "\n"
	    "  <bob@lab.test>\n"
	    "  <x@remote.test>\n"
	    "\n"
	    "The reason: " REASON "\n"
	    "\n"
	    "Its id here is " ULID ". For help, write to postmaster and "
	    "include this\n"
	    "notice. The header of your message is attached, its text is "
	    "not.\n"
	    "\n"
	    "--=BOUNDARY=\n"
	    "Content-Type: message/delivery-status\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "\n"
	    "Original-Envelope-Id: QQ+314\n"
	    "Reporting-MTA: dns; mx.lab.test\n"
	    "Arrival-Date: Sat, 21 Nov 2026 19:21:58 +0000\n"
	    "X-Postfix-Queue-ID: ABC123\n"
	    "X-Mailreeve-Id: " ULID "\n"
	    "\n"
	    "Original-Recipient: rfc822;bob+x@lab.test\n"
	    "Final-Recipient: rfc822; bob@lab.test\n"
	    "Action: failed\n"
	    "Status: 5.7.1\n"
	    "Diagnostic-Code: X-Mailreeve; " REASON "\n"
	    "\n"
	    "Final-Recipient: rfc822; x@remote.test\n"
	    "Action: failed\n"
	    "Status: 5.7.1\n"
	    "Diagnostic-Code: X-Mailreeve; " REASON "\n"
	    "\n"
	    "--=BOUNDARY=\n"
	    "Content-Type: text/rfc822-headers\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "\n"
	    HEADER
	    "\n"
	    "--=BOUNDARY=--\n");
}

/* RFC 3461 4.1 */
static void
recipients_of_notify_never_are_not_in_it(void **state)
{
	static const struct letter_to some = { "ann@lab.test", {
	    { STR("quiet@lab.test"), { NULL, 0 }, NOTIFY_NEVER },
	    { STR("bob@lab.test"), { NULL, 0 }, 0 } }, REASON, HEADER, "" };
	static const struct letter_to none = { "ann@lab.test", {
	    { STR("quiet@lab.test"), { NULL, 0 }, NOTIFY_NEVER },
	    { STR("late@lab.test"), { NULL, 0 }, NOTIFY_DELAY } }, REASON,
	    HEADER, "" };
	struct buf out;

	assert_int_equal(write_about(*state, &some, &out), 1);
	assert_null(strstr(out.data, "quiet@"));
	assert_non_null(strstr(out.data, "Final-Recipient: rfc822; bob@"));
	assert_int_equal(write_about(*state, &none, &out), 0);
	assert_int_equal(out.len, 0);
}

static const struct {
	const char *title;
	struct letter_to letter;
	const char *has[6], *has_not[3];
} cases[] = {
	{ "without a reason or an id there are words all the same", {
	    "ann@lab.test", { { STR("bob@lab.test"), { NULL, 0 }, 0 } }, NULL,
	    HEADER, "" },
	    { "The reason: the postmaster of this host decided not to deliver "
	    "it\n\nFor help", "Diagnostic-Code: X-Mailreeve; the postmaster" },
	    { "X-Mailreeve-Id", "Its id" } },
	{ "a reason that is not ASCII is told in UTF-8 (RFC 3464 2.3.6)", {
	    "ann@lab.test", { { STR("bob@lab.test"), { NULL, 0 }, 0 } },
	    "zu viel f\xc3\xbcr heute", HEADER, "" },
	    { "charset=utf-8\nContent-Transfer-Encoding: 8bit\n",
	    "The reason: zu viel f\xc3\xbcr heute\n",
	    "Diagnostic-Code: X-Mailreeve; zu viel f??r heute\n",
	    "message/delivery-status\nContent-Transfer-Encoding: 7bit\n" },
	    { "message/global" } },
	{ "local parts are quoted where they must be (RFC 5321 4.1.2)", {
	    "a,victim@lab.test", {
	    { STR("john doe@lab.test"), { NULL, 0 }, 0 } }, REASON, HEADER,
	    "" },
	    { "To: <\"a,victim\"@lab.test>\n", "  <\"john doe\"@lab.test>\n",
	    "rfc822; \"john doe\"@lab.test\n" }, { NULL } },
	{ "addresses in UTF-8 make it a global one (RFC 6533 3)", {
	    "\xc3\xa4nn@lab.test", {
	    { STR("b\xc3\xb6""b@lab.test"), STR("utf-8;b\\x{F6}b@lab.test"),
	    0 }, { STR("x@remote.test"), { NULL, 0 }, 0 } }, REASON,
	    "Subject: \xc3\xa4\n", "" },
	    { "To: <\xc3\xa4nn@lab.test>\n",
	    "message/global-delivery-status\nContent-Transfer-Encoding: 8bit",
	    "Original-Recipient: utf-8;b\\x{F6}b@lab.test\n"
	    "Final-Recipient: utf-8; b\xc3\xb6""b@lab.test\n",
	    "Final-Recipient: rfc822; x@remote.test\n",
	    "message/global-headers\nContent-Transfer-Encoding: 8bit\n" },
	    { "message/delivery-status" } },
	{ "8-bit headers of mail with plain addresses are marked so", {
	    "ann@lab.test", { { STR("bob@lab.test"), { NULL, 0 }, 0 } }, REASON,
	    "Subject: \xe4\n", "" },
	    { "text/rfc822-headers\nContent-Transfer-Encoding: 8bit\n\n"
	    "Subject: \xe4\n\n--=BOUNDARY=--\n" }, { "global" } },
	{ "a header without a last line end gets one", {
	    "ann@lab.test", { { STR("bob@lab.test"), { NULL, 0 }, 0 } }, REASON,
	    "Subject: x", "" }, { "Subject: x\n\n--=BOUNDARY=--\n" },
	    { NULL } },
};

static void
what_is_told_fits_the_message(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;

		write_about(*state, &cases[i].letter, &out);
		for (size_t n = 0; cases[i].has[n] != NULL; n++)
			if (strstr(out.data, cases[i].has[n]) == NULL)
				fail_msg("%s: no '%s' in:\n%s", cases[i].title,
				    cases[i].has[n], out.data);
		for (size_t n = 0; cases[i].has_not[n] != NULL; n++)
			if (strstr(out.data, cases[i].has_not[n]) != NULL)
				fail_msg("%s: '%s' in:\n%s", cases[i].title,
				    cases[i].has_not[n], out.data);
	}
}

/* It ends with a whole line. */
static void
a_long_header_is_cut(void **state)
{
	struct str header = fixture_repeat(*state, "X-Long: 0123456789\n",
	    10000);
	struct letter_to letter = { "ann@lab.test", {
	    { STR("bob@lab.test"), { NULL, 0 }, 0 } }, REASON, NULL, "" };
	struct buf out;

	letter.header = str_dup(*state, header);
	assert_int_equal(write_about(*state, &letter, &out), 1);
	assert_in_range(out.len, 60000, 70000);
	assert_non_null(strstr(out.data,
	    "\nX-Long: 0123456789\n\n--=BOUNDARY=--\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_notice_says_who_got_nothing_and_why),
		ARENA_TEST(recipients_of_notify_never_are_not_in_it),
		ARENA_TEST(what_is_told_fits_the_message),
		ARENA_TEST(a_long_header_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
