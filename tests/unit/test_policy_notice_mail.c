/* SPDX-License-Identifier: ISC */
/* test_policy_notice_mail.c - a notice, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "fixture.h"
#include "policyd/notice_mail.h"

#define ID "01ARZ3NDEKTSV4RRFFQ69G5FA1"
#define NOW_MS INT64_C(1795297565678)

#define TOP "From: postmaster@example.org\r\nTo: ann@example.org\r\n"          \
	"Subject: Limit\r\nDate: Sat, 21 Nov 2026 21:46:05 +0000\r\n"          \
	"Message-ID: <*@mx.example.org>\r\n"                                   \
	"Auto-Submitted: auto-generated\r\n"
#define MIME "MIME-Version: 1.0\r\n"                                           \
	"Content-Type: text/plain; charset=utf-8\r\n"

static const struct {
	const char *name, *text, *id, *want;
} cases[] = {
	{ "nobody answers it by itself (RFC 3834 5)", "a\n\nb\n", NULL,
	  TOP MIME "Content-Transfer-Encoding: 7bit\r\n\r\na\r\n\r\nb\r\n" },
	{ "8-bit text says so (RFC 2045 6.2)", "J\u00f6\n", NULL,
	  TOP MIME "Content-Transfer-Encoding: 8bit\r\n\r\nJ\u00f6\r\n" },
	{ "the id stands there where it is wanted", "a\n", ID,
	  TOP "X-Mailreeve-Id: " ID "\r\n" MIME
	  "Content-Transfer-Encoding: 7bit\r\n\r\na\r\n" },
};

/* A new Message-ID each time: a star instead, when it is a ULID. */
static const char *
without_id(struct arena *arena, const char *text)
{
	const char *at = strstr(text, "Message-ID: <");

	assert_non_null(at);
	at += strlen("Message-ID: <");
	assert_true(ulid_is_valid(str_of(at, ULID_SIZE - 1)));
	return arena_printf(arena, "%.*s*%s", (int)(at - text), text,
	    at + ULID_SIZE - 1);
}

static void
test_table(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct notice_mail mail = {
			.from = "postmaster@example.org",
			.to = "ann@example.org", .subject = "Limit",
			.text = cases[i].text, .host = "mx.example.org",
			.now_ms = NOW_MS, .id = cases[i].id };
		struct buf out;

		buf_init(&out, arena);
		notice_mail_write(&mail, &out);
		assert_string_equal(without_id(arena, out.data),
		    cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
