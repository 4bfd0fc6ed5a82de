/* SPDX-License-Identifier: ISC */
/* test_mime_limits.c - what is beyond a limit of the reader is not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_tree.h"

static const struct mime_limits small = {
	.max_depth = 2,
	.max_parts = 4,
	.max_header_bytes = 40,
	.max_text_bytes = 8,
	.max_content_bytes = 8,
};

static const struct {
	const char *sentence, *message, *tree;
} cases[] = {
	{ "max_text_bytes of one text", "X: y\r\n\r\n0123456789",
	    "text/plain 10 |01234567| limit_text\n" },
	{ "max_content_bytes; the size is that of the whole",
	    "Content-Type: a/b\r\n\r\n0123456789",
	    "a/b 10 {01234567} limit_content\n" },
	{ "max_header_bytes: what is behind them is not read",
	    "Content-Type: message/rfc822\r\n\r\nX: 0123456789012345678901234567"
	    "\r\nContent-Type: text/html\r\n\r\nHi",
	    "message/rfc822\n"
	    "  text/plain 2 |Hi| limit_header\n" },
	{ "max_depth: deeper ones are text",
	    "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822"
	    "\r\n\r\nContent-Type: message/rfc822\r\n\r\nHi",
	    "message/rfc822\n"
	    "  message/rfc822\n"
	    "    message/rfc822 2 |Hi| limit_depth\n" },
	{ "max_parts: what follows is not read",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\r\n"
	    "--b\r\n\r\nb\r\n--b\r\n\r\nc\r\n--b\r\n\r\nd\r\n--b--",
	    "multipart/mixed limit_parts\n"
	    "  text/plain 1 |a|\n"
	    "  text/plain 1 |b|\n"
	    "  text/plain 1 |c|\n" },
};

static void
test_each_limit(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str tree = mime_tree_text(*state, mime_tree_read(*state,
		    &small, str_from(cases[i].message), 0, 1));

		if (str_is(tree, cases[i].tree))
			continue;
		print_error("%s:\n%.*s\nwanted:\n%s", cases[i].sentence,
		    STR_ARG(tree), cases[i].tree);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_each_limit),
	};

	return cmocka_run_group_tests_name("mime_limits", tests, NULL, NULL);
}
