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
/* What an octet and a part may take on a machine by itself; one that has much
 * else to do may take so many times as long, a sanitizer's build is not asked. */
#define NS_AN_OCTET 20
#define NS_A_PART 50000
#define BUSY 3

/* Before a repeated piece: the header of a text, of a multipart. */
#define TEXT "X: y\r\n\r\n"
#define MULTIPART "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define PROSE "What is shown is what is read.\r\n"
#define CELL "0123456789abcdef"

static void
add_times(struct buf *out, size_t n, const char *piece)
{
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, piece);
}

static void
nested(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "Content-Type: multipart/mixed; boundary=b%zu"
		    "\r\n\r\n--b%zu\r\n", i, i);
}

static void
long_header(struct buf *out, size_t n)
{
	buf_add_text(out, MULTIPART "--b\r\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "X-%zu: abc\r\n def\r\n", i);
}

/* As many multiparts as may be open, and then lines that could be of each. */
static void
many_open(struct buf *out, size_t n)
{
	nested(out, 1000);
	buf_add_text(out, "\r\n");
	add_times(out, n, "--\r\n--b\r\n");
}

/* Quoted-printable around quoted-printable, which need not escape anything. */
static void
encoded_messages(struct buf *out, size_t n)
{
	add_times(out, 40, "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_times(out, n, PROSE);
}

/* A beginning and n times a piece, or what build makes of n. */
static const struct trap {
	const char *sentence;
	size_t n;
	enum mime_oddity oddity;
	const char *begin, *piece;
	void (*build)(struct buf *out, size_t n);
} traps[] = {
	{ "20,000 multiparts within one another", 20000,
	    MIME_ODD_limit_depth, .build = nested },
	{ "20,000 messages within one another", 20000, MIME_ODD_limit_depth,
	    "", "Content-Type: message/rfc822\r\n\r\n", NULL },
	{ "100,000 parts", 100000, MIME_ODD_limit_parts,
	    MULTIPART, "--b\r\n\r\n", NULL },
	{ "100,000 files", 100000, MIME_ODD_limit_parts,
	    MULTIPART, "--b\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n", NULL },
	{ "a header of 10 MB", 500000, MIME_ODD_limit_header,
	    .build = long_header },
	{ "a header line of 10 MB", 600000, MIME_ODD_limit_header,
	    MULTIPART "--b\r\nX: ", CELL, NULL },
	{ "50 MB of text", 1600000, MIME_ODD_limit_text,
	    TEXT, PROSE, NULL },
	{ "a line without end", 1000000, MIME_ODD_long_line,
	    TEXT, CELL, NULL },
	{ "bare CRs", 1000000, MIME_ODD_bare_cr,
	    MULTIPART, "-\rab\r", NULL },
	{ "bare CRs in a header", 1000000, MIME_ODD_bare_cr,
	    MULTIPART "--b\r\n", "a:b\r", NULL },
	{ "1000 open multiparts", 500000, MIME_ODD_limit_text,
	    .build = many_open },
	{ "lines that may be delimiters", 300000, MIME_ODD_boundary_missing,
	    MULTIPART, "--a\r\n--b b\r\n", NULL },
	{ "beginnings of uuencode", 100000, MIME_ODD_limit_parts,
	    TEXT, "begin 644 a\r\n#0V%T\r\n", NULL },
	{ "beginnings of armour", 100000, MIME_ODD_pgp_inline,
	    TEXT, "-----BEGIN PGP MESSAGE-----\r\nabc\r\n", NULL },
	{ "paragraphs that do not join", 300000, MIME_ODDITY_COUNT,
	    "Content-Type: text/plain; format=flowed\r\n\r\n",
	    "> \r\n>> \r\n", NULL },
	{ "messages encoded again and again", 100000, MIME_ODD_limit_depth,
	    .build = encoded_messages },
	{ "Content-Type again and again", 300000, MIME_ODD_duplicate_type,
	    MULTIPART "--b\r\n", "Content-Type: a/b;c=d;e=f\r\n", NULL },
};

static void
build(const struct trap *trap, struct buf *out, size_t n)
{
	if (trap->build != NULL) {
		trap->build(out, n);
		return;
	}
	buf_add_text(out, trap->begin);
	add_times(out, n, trap->piece);
}

/* What it takes to read the trap of this size. */
static int64_t
measure(const struct trap *trap, size_t n, size_t *octets_r, size_t *parts_r,
    mime_oddities *oddities_r)
{
	struct mime_limits deep = mime_default_limits;
	struct arena *built = arena_new(0), *arena = arena_new(0);
	const struct mime_message *message;
	struct buf bytes;
	int64_t began;

	deep.max_depth = 1000;
	deep.max_parts = 100000;
	buf_init(&bytes, built);
	build(trap, &bytes, n);
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
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		assert_true(whole * 1000000 <= BUSY * (int64_t)(octets *
		    NS_AN_OCTET + parts_read * NS_A_PART) + 20000000);
#endif
	}
}

/* --- each limit ---------------------------------------------------------- */

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
