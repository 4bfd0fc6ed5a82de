/* SPDX-License-Identifier: ISC */
/* test_mime_limits.c - hostile messages: limits hold, and time is in proportion
 * to the size. */
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

#define CHUNK 65535
/* The bound of the issue: an octet, a part. A sanitizer's build has another. */
#define NS_AN_OCTET 20
#define NS_A_PART 50000

static void
nested(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "Content-Type: multipart/mixed; boundary=b%zu"
		    "\r\n\r\n--b%zu\r\n", i, i);
}

static void
nested_messages(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "Content-Type: message/rfc822\r\n\r\n");
}

static void
add_begin(struct buf *out)
{
	buf_add_text(out, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
}

static void
parts(struct buf *out, size_t n)
{
	add_begin(out);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "--b\r\n\r\n");
}

static void
files(struct buf *out, size_t n)
{
	add_begin(out);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "--b\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n");
}

static void
long_header(struct buf *out, size_t n)
{
	add_begin(out);
	buf_add_text(out, "--b\r\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "X-%zu: abc\r\n def\r\n", i);
}

static void
long_header_line(struct buf *out, size_t n)
{
	add_begin(out);
	buf_add_text(out, "--b\r\nX: ");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "0123456789abcdef");
}

static void
text(struct buf *out, size_t n)
{
	buf_add_text(out, "X: y\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "What is shown is what is read.\r\n");
}

static void
endless_line(struct buf *out, size_t n)
{
	buf_add_text(out, "X: y\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "0123456789abcdef");
}

static void
bare_crs(struct buf *out, size_t n)
{
	add_begin(out);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "-\rab\r");
}

static void
bare_crs_in_header(struct buf *out, size_t n)
{
	add_begin(out);
	buf_add_text(out, "--b\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "a:b\r");
}

/* As many multiparts as may be open, and then lines that could be of each. */
static void
many_open(struct buf *out, size_t n)
{
	nested(out, 1000);
	buf_add_text(out, "\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "--\r\n--b\r\n");
}

static void
guesses(struct buf *out, size_t n)
{
	add_begin(out);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "--a\r\n--b b\r\n");
}

static void
begins_of_uuencode(struct buf *out, size_t n)
{
	buf_add_text(out, "X: y\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "begin 644 a\r\n#0V%T\r\n");
}

static void
begins_of_armour(struct buf *out, size_t n)
{
	buf_add_text(out, "X: y\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "-----BEGIN PGP MESSAGE-----\r\nabc\r\n");
}

static void
flowed(struct buf *out, size_t n)
{
	buf_add_text(out, "Content-Type: text/plain; format=flowed\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "> \r\n>> \r\n");
}

static void
types(struct buf *out, size_t n)
{
	add_begin(out);
	buf_add_text(out, "--b\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "Content-Type: a/b;c=d;e=f\r\n");
}

/* Quoted-printable around quoted-printable, which need not escape anything. */
static void
encoded_messages(struct buf *out, size_t n)
{
	for (size_t i = 0; i < 40; i++)
		buf_add_text(out, "Content-Type: message/rfc822\r\n"
		    "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, "What is shown is what is read.\r\n");
}

static const struct trap {
	const char *sentence;
	void (*build)(struct buf *out, size_t n);
	size_t n;
	enum mime_oddity oddity;
} traps[] = {
	{ "20,000 multiparts within one another", nested, 20000,
	    MIME_ODD_limit_depth },
	{ "20,000 messages within one another", nested_messages, 20000,
	    MIME_ODD_limit_depth },
	{ "100,000 parts", parts, 100000, MIME_ODD_limit_parts },
	{ "100,000 files", files, 100000, MIME_ODD_limit_parts },
	{ "a header of 10 MB", long_header, 500000, MIME_ODD_limit_header },
	{ "a header line of 10 MB", long_header_line, 600000,
	    MIME_ODD_limit_header },
	{ "50 MB of text", text, 1600000, MIME_ODD_limit_text },
	{ "a line without end", endless_line, 1000000, MIME_ODD_long_line },
	{ "bare CRs", bare_crs, 1000000, MIME_ODD_bare_cr },
	{ "bare CRs in a header", bare_crs_in_header, 1000000,
	    MIME_ODD_bare_cr },
	{ "1000 open multiparts", many_open, 500000, MIME_ODD_limit_text },
	{ "lines that may be delimiters", guesses, 300000,
	    MIME_ODD_boundary_missing },
	{ "beginnings of uuencode", begins_of_uuencode, 100000,
	    MIME_ODD_limit_parts },
	{ "beginnings of armour", begins_of_armour, 100000,
	    MIME_ODD_pgp_inline },
	{ "paragraphs that do not join", flowed, 300000,
	    MIME_ODDITY_COUNT },
	{ "messages encoded again and again", encoded_messages, 100000,
	    MIME_ODD_limit_depth },
	{ "Content-Type again and again", types, 300000,
	    MIME_ODD_duplicate_type },
};

/* What it takes to read the trap of this size. */
static int64_t
measure(const struct trap *trap, size_t n, size_t *octets_r, size_t *parts_r,
    mime_oddities *oddities_r)
{
	static const struct mime_limits deep = { 1000, 100000, 256 * 1024,
	    4 * 1024 * 1024, 256 * 1024 * 1024 };
	struct arena *built = arena_new(0), *arena = arena_new(0);
	const struct mime_message *message;
	struct buf bytes;
	int64_t began;

	buf_init(&bytes, built);
	trap->build(&bytes, n);
	began = fixture_cpu_ms();
	message = mime_tree_read(arena, trap->build == many_open ? &deep
	    : &mime_default_limits, buf_str(&bytes), 0, CHUNK);
	began = fixture_cpu_ms() - began;
	*octets_r = bytes.len;
	*parts_r = message->part_count;
	*oddities_r = message->oddities;
	arena_free(&arena);
	arena_free(&built);
	return began;
}

/* Both sizes have the fixed costs, so the small one must not be too small: below
 * some milliseconds nothing can be said. */
static void
test_time_is_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++) {
		const struct trap *trap = &traps[i];
		size_t octets, parts_read;
		mime_oddities oddities;
		int64_t small = measure(trap, trap->n / 4, &octets,
		    &parts_read, &oddities);
		int64_t whole = measure(trap, trap->n, &octets, &parts_read,
		    &oddities);

		print_message("%-40s %9zu octets %6zu parts %5lld ms, a "
		    "quarter %lld ms\n", trap->sentence, octets, parts_read,
		    (long long)whole, (long long)small);
		if (trap->oddity != MIME_ODDITY_COUNT)
			assert_true(mime_has(oddities, trap->oddity));
		assert_true(whole < 8 * (small + 10));
#ifndef __SANITIZE_ADDRESS__
		assert_true(whole * 1000000 <= (int64_t)(octets * NS_AN_OCTET +
		    parts_read * NS_A_PART) + 20000000);
#endif
	}
}

/* --- each limit ------------------------------------------------------------------ */

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
		ARENA_TEST(test_time_is_linear),
	};

	return cmocka_run_group_tests_name("mime_limits", tests, NULL, NULL);
}
