/* SPDX-License-Identifier: ISC */
/* test_smtp_dots.c - what stands between DATA and the final dot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "check_text.h"
#include "smtp/smtp_dots.h"

static const struct {
	const char *name, *content, *want;
} cases[] = {
	{ "an empty message", "", ".\r\n" },
	{ "lines as they should be", "a\r\nb\r\n", "a\r\nb\r\n.\r\n" },
	{ "the last line is ended", "a\r\nb", "a\r\nb\r\n.\r\n" },
	{ "LF becomes CRLF (RFC 5321 2.3.8)", "a\nb\n", "a\r\nb\r\n.\r\n" },
	{ "CR too (RFC 5321 2.3.8)", "a\rb\r", "a\r\nb\r\n.\r\n" },
	{ "empty lines stay", "a\r\n\r\n\n\nb\n",
	  "a\r\n\r\n\r\n\r\nb\r\n.\r\n" },
	{ "CR CR LF is two ends", "a\r\r\nb\n", "a\r\n\r\nb\r\n.\r\n" },
	{ "a dot that begins a line is doubled (RFC 5321 4.5.2)",
	  ".a\r\n.b.c\r\n..\r\n", "..a\r\n..b.c\r\n...\r\n.\r\n" },
	{ "the end within the message does not end it (RFC 5321 4.5.2)",
	  "a\r\n.\r\nMAIL\r\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "nor does one with other ends of lines (RFC 5321 4.1.1.4)",
	  "a\n.\nb\r.\rc\r\n.\nd", "a\r\n..\r\nb\r\n..\r\nc\r\n..\r\nd\r\n.\r\n" },
};

static const char *
write_in_two(struct arena *arena, struct str content, size_t cut)
{
	struct smtp_dots dots = { 0 };
	struct buf out;

	buf_init(&out, arena);
	smtp_dots_add(&dots, str_sub(content, 0, cut), &out);
	smtp_dots_add(&dots, str_from_pos(content, cut), &out);
	smtp_dots_end(&dots, &out);
	return out.data;
}

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_text_in_two(cases[i].name, cases[i].content, write_in_two,
		    cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
