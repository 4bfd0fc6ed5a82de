/* SPDX-License-Identifier: ISC */
/* test_smtp_reply.c - replies of servers, in whatever pieces they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
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
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str said = str_from(cases[i].said);

		for (size_t cut = 0; cut <= said.len; cut++) {
			const char *got = read_in_two(arena, said, cut);

			if (strcmp(got, cases[i].want) != 0)
				fail_msg("%s, cut at %zu: %s", cases[i].name,
				    cut, got);
		}
	}
	arena_free(&arena);
}

static struct buf
repeat(struct arena *arena, const char *text, size_t times)
{
	struct buf buf;

	buf_init(&buf, arena);
	for (size_t i = 0; i < times; i++)
		buf_add_text(&buf, text);
	return buf;
}

/* What is read of that; whether its end has come or not. */
static void
expect(struct arena *arena, const struct buf *said, const char *want)
{
	assert_string_equal(read_in_two(arena, buf_str(said), said->len / 2),
	    want);
}

static void
test_sizes_are_bounded(void **state)
{
	struct arena *arena = arena_new(0);
	struct buf said;

	(void)state;
	said = repeat(arena, "250-x\r\n", SMTP_REPLY_LINES_MAX);
	expect(arena, &said, "...");
	said = repeat(arena, "250-x\r\n", SMTP_REPLY_LINES_MAX + 1);
	expect(arena, &said, "its reply is too long");
	said = repeat(arena, "2", SMTP_REPLY_LINE_MAX);
	expect(arena, &said, "...");
	/* It is not kept until its end comes. */
	said = repeat(arena, "2", SMTP_REPLY_LINE_MAX + 1);
	expect(arena, &said, "a line of its reply is too long");
	buf_add_text(&said, "\r\n");
	expect(arena, &said, "a line of its reply is too long");
	arena_free(&arena);
}

static void
test_many_long_lines_are_bounded_together(void **state)
{
	struct arena *arena = arena_new(0);
	struct buf line, said;

	(void)state;
	line = repeat(arena, "250-", 1);
	buf_add_str(&line, buf_str(&(struct buf){
	    .data = repeat(arena, "x", 2000).data, .len = 2000 }));
	buf_add_text(&line, "\r\n");
	said = repeat(arena, line.data, SMTP_REPLY_BYTES_MAX / 2004);
	expect(arena, &said, "...");
	said = repeat(arena, line.data, SMTP_REPLY_BYTES_MAX / 2004 + 1);
	expect(arena, &said, "its reply is too long");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sizes_are_bounded),
		cmocka_unit_test(test_many_long_lines_are_bounded_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
