/* SPDX-License-Identifier: ISC */
/* test_smtp_reply.c - replies of servers, in whatever pieces they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "check_text.h"
#include "fixture.h"
#include "smtp/smtp_reply.h"

/* In `want` a reply is CODE:LINES; and what has not come whole is "...". */
static const struct {
	const char *name, *said, *want;
} cases[] = {
	{ "one line (RFC 5321 4.2)", "250 ok\r\n", "250:ok;" },
	{ "a code alone is a reply (RFC 5321 4.2)", "250\r\n", "250:;" },
	{ "a code with a blank and no text", "250 \r\n", "250:;" },
	{ "several lines (RFC 5321 4.2.1)",
	  "250-mx\r\n250-SIZE 10\r\n250 DSN\r\n", "250:mx\nSIZE 10\nDSN;" },
	{ "a line without text among them", "250-a\r\n250-\r\n250 b\r\n",
	  "250:a\n\nb;" },
	{ "two replies at once", "250 a\r\n354 b\r\n", "250:a;354:b;" },
	{ "LF alone ends a line too", "220 a\n250-b\n250 c\n",
	  "220:a;250:b\nc;" },
	{ "the end is missing", "250 a\r\n250-b\r\n25", "250:a;..." },
	{ "lines of different codes (RFC 5321 4.2.1)",
	  "250-a\r\n550 b\r\n", "the lines of its reply have different codes" },
	{ "another protocol", "+OK POP3 ready\r\n", "what it says is no reply" },
	{ "HTTP", "HTTP/1.1 400 Bad Request\r\n", "what it says is no reply" },
	{ "an empty line", "\r\n", "what it says is no reply" },
	{ "a code that begins with 1 (RFC 5321 4.2)", "150 a\r\n",
	  "what it says is no reply" },
	{ "a code that begins with 6 (RFC 5321 4.2)", "600 a\r\n",
	  "what it says is no reply" },
	{ "a second digit above 5 (RFC 5321 4.2)", "260 a\r\n",
	  "what it says is no reply" },
	{ "no blank behind the code", "250ok\r\n", "what it says is no reply" },
	{ "two digits", "25 ok\r\n", "what it says is no reply" },
	{ "what came before garbage counts, nothing after it",
	  "220 a\r\nx\r\n250 b\r\n", "220:a;what it says is no reply" },
};

/* Everything that is said, the first piece until cut. */
static const char *
read_in_two(struct arena *arena, struct str said, size_t cut)
{
	struct smtp_reader *reader = smtp_reader_new();
	struct smtp_reply reply;
	const char *error = NULL;
	struct buf out;
	int found = 0;

	buf_init(&out, arena);
	for (int piece = 0; piece < 2 && found >= 0; piece++) {
		struct str part = piece == 0 ? str_sub(said, 0, cut)
		    : str_from_pos(said, cut);

		smtp_reader_feed(reader, part.data, part.len);
		while ((found = smtp_reader_next(reader, &reply, &error)) == 1)
			buf_printf(&out, "%u:%.*s;", reply.code,
			    STR_ARG(reply.text));
	}
	if (found < 0)
		buf_add_text(&out, error);
	else if (!smtp_reader_is_empty(reader))
		buf_add_text(&out, "...");
	smtp_reader_free(&reader);
	return out.data;
}

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_text_in_two(cases[i].name, cases[i].said, read_in_two,
		    cases[i].want);
}

/* What is read of that; whether its end has come or not. */
static void
expect(struct arena *arena, struct str said, const char *want)
{
	assert_string_equal(read_in_two(arena, said, said.len / 2), want);
}

static void
test_sizes_are_bounded(void **state)
{
	static const char too_long[] = "a line of its reply is too long";
	struct arena *arena = *state;
	struct str line = fixture_repeat(arena, "2", SMTP_REPLY_LINE_MAX + 1);

	expect(arena, fixture_repeat(arena, "250-x\r\n",
	    SMTP_REPLY_LINES_MAX), "...");
	expect(arena, fixture_repeat(arena, "250-x\r\n",
	    SMTP_REPLY_LINES_MAX + 1), "its reply is too long");
	expect(arena, fixture_repeat(arena, "2", SMTP_REPLY_LINE_MAX), "...");
	/* It is not kept until its end comes. */
	expect(arena, line, too_long);
	expect(arena, str_from(arena_printf(arena, "%s\r\n", line.data)),
	    too_long);
}

static void
test_many_long_lines_are_bounded_together(void **state)
{
	struct arena *arena = *state;
	const char *line = arena_printf(arena, "250-%s\r\n",
	    fixture_repeat(arena, "x", 2000).data);

	expect(arena, fixture_repeat(arena, line, SMTP_REPLY_BYTES_MAX / 2004),
	    "...");
	expect(arena, fixture_repeat(arena, line,
	    SMTP_REPLY_BYTES_MAX / 2004 + 1), "its reply is too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		ARENA_TEST(test_sizes_are_bounded),
		ARENA_TEST(test_many_long_lines_are_bounded_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
