/* SPDX-License-Identifier: ISC */
/* test_message.c - stored messages split into fields and body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/message.h"

struct split {
	const char *story;
	const char *bytes;
	const char *fields;	/* "name|value;" of each */
	const char *body;
	bool has_bare_lines;
};

static const struct split splits[] = {
	{ "LF reads as CRLF", "A: 1\nB: 2\n\nx\ny\n", "A| 1;B| 2;",
	    "x\r\ny\r\n", false },
	{ "CRLF stays as it is", "A: 1\r\nB: 2\r\n\r\nx\r\ny\r\n",
	    "A| 1;B| 2;", "x\r\ny\r\n", false },
	{ "both in one message", "A: 1\r\nB: 2\n\r\nx\ny\r\n", "A| 1;B| 2;",
	    "x\r\ny\r\n", false },
	{ "folds keep their blanks and get LF",
	    "A: 1\r\n\t2\r\n  3 \r\nB:4\n 5\n\n", "A| 1\n\t2\n  3 ;B|4\n 5;",
	    "", false },
	{ "a fold of blanks alone belongs to its field",
	    "A: 1\n \nB: 2\n\nx\n", "A| 1\n ;B| 2;", "x\r\n", false },
	{ "leading and trailing blanks of a value stay", "A:\t 1 \t\n\n",
	    "A|\t 1 \t;", "", false },
	{ "blanks before the colon are cut (RFC 5322 4.5)",
	    "Subject \t: x\n\n", "Subject| x;", "", false },
	{ "an empty value", "A:\nB: \n\n", "A|;B| ;", "", false },
	{ "a message without body", "A: 1\n", "A| 1;", "", false },
	{ "a last header line that does not end", "A: 1", "A| 1;", "", false },
	{ "a last body line that does not end is ended", "A: 1\n\nx",
	    "A| 1;", "x\r\n", false },
	{ "empty lines of the body count", "A: 1\n\n\n\nx\n\n", "A| 1;",
	    "\r\n\r\nx\r\n\r\n", false },
	{ "no header at all", "\nx\n", "", "x\r\n", false },
	{ "nothing", "", "", "", false },
	{ "a line without colon begins the body, as in Postfix",
	    "A: 1\nwhat is this\nB: 2\n\nx\n", "A| 1;",
	    "what is this\r\nB: 2\r\n\r\nx\r\n", true },
	{ "a first line that begins with a blank is body", " A: 1\n\nx\n", "",
	    " A: 1\r\n\r\nx\r\n", true },
	{ "a name with a blank inside is no field", "A B: 1\n\n", "",
	    "A B: 1\r\n\r\n", true },
	{ "a name beyond ASCII is no field", "\xc3\xa4: 1\n\n", "",
	    "\xc3\xa4: 1\r\n\r\n", true },
	{ "a colon without a name is no field", ": 1\n\n", "",
	    ": 1\r\n\r\n", true },
	{ "the From line of a mailbox is passed over",
	    "From x@y Mon Jan  1\nA: 1\n\nx\n", "A| 1;", "x\r\n", false },
	{ "so are several, and quoted ones, as in Postfix",
	    ">From x\nFrom y\n>>From z\nA: 1\n\nFrom x\n", "A| 1;",
	    "From x\r\n", false },
	{ "only in front", "A: 1\nFrom x\nB: 2\n\n", "A| 1;",
	    "From x\r\nB: 2\r\n\r\n", true },
	{ "a colon makes a field of it", ">From: x\nFrom: y\n\n",
	    ">From| x;From| y;", "", false },
	{ "a CR alone is no line end", "A: 1\r2\n\nx\ry\n", "A| 1\r2;",
	    "x\ry\r\n", false },
	{ "a CR at the very end gets its LF", "A: 1\n\nx\r", "A| 1;",
	    "x\r\n", false },
};

static void
add_fields(struct message *message, struct buf *out)
{
	struct str name, value;

	while (message_next_field(message, &name, &value)) {
		buf_add_str(out, name);
		buf_add_char(out, '|');
		buf_add_str(out, value);
		buf_add_char(out, ';');
	}
}

static void
add_body(struct message *message, struct buf *out)
{
	struct str piece;

	while (message_next_piece(message, &piece))
		buf_add_str(out, piece);
}

static void
a_message_is_split_as_a_mail_server_would(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(splits); i++) {
		struct arena *arena = arena_new(0);
		size_t len = strlen(splits[i].bytes);
		/* Of exactly this size, so that a byte too far is seen. */
		char *bytes = malloc(len + 1);
		struct message message;
		struct buf fields, body;

		memcpy(bytes, splits[i].bytes, len);
		bytes = realloc(bytes, len != 0 ? len : 1);
		buf_init(&fields, arena);
		buf_init(&body, arena);
		message_begin(&message, arena, str_of(bytes, len));
		add_fields(&message, &fields);
		add_body(&message, &body);
		print_message("%s\n", splits[i].story);
		assert_string_equal(fields.data, splits[i].fields);
		assert_string_equal(body.data, splits[i].body);
		assert_int_equal(message.has_bare_lines,
		    splits[i].has_bare_lines);
		arena_free(&arena);
		free(bytes);
	}
}

/* Lines of every length around the size of a piece. */
static void
a_body_larger_than_a_piece_comes_whole(void **state)
{
	static const size_t lengths[] = { 1, 7, 65533, 65534, 65535, 65536,
		65537, 200000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct arena *arena = arena_new(0);
		struct buf bytes, expected, body;
		struct message message;
		struct str name, value;

		buf_init(&bytes, arena);
		buf_init(&expected, arena);
		buf_init(&body, arena);
		buf_add_text(&bytes, "\n");
		for (size_t total = 0; total < 300000; total += lengths[i]) {
			char *line = arena_alloc(arena, lengths[i]);

			memset(line, 'a' + (int)(total % 26), lengths[i]);
			buf_add(&bytes, line, lengths[i]);
			buf_add(&expected, line, lengths[i]);
			buf_add_text(&bytes, total % 2 == 0 ? "\n" : "\r\n");
			buf_add_text(&expected, "\r\n");
		}
		message_begin(&message, arena, buf_str(&bytes));
		assert_false(message_next_field(&message, &name, &value));
		add_body(&message, &body);
		assert_true(str_eq(buf_str(&body), buf_str(&expected)));
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_split_as_a_mail_server_would),
		cmocka_unit_test(a_body_larger_than_a_piece_comes_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
