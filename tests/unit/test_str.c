/* SPDX-License-Identifier: ISC */
/* test_str.c - slices, texts that grow, UTF-8, and the nearest known word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "fixture.h"

static void
slices_compare_by_bytes_or_by_ascii_letters(void **state)
{
	static const struct {
		const char *sentence;
		struct str a, b;
		bool is_equal, is_equal_nocase;
	} cases[] = {
		{ "two empty ones", STR(""), STR(""), true, true },
		{ "case", STR("aZ"), STR("Az"), false, true },
		{ "a longer one", STR("a"), STR("ab"), false, false },
		{ "NUL counts", STR("a\0b"), STR("a\0c"), false, false },
		{ "next to letters", STR("@[`{"), STR("`{@["), false, false },
		{ "Latin-1 letters are not folded", STR("\xc4"), STR("\xe4"),
		    false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (str_eq(cases[i].a, cases[i].b) != cases[i].is_equal ||
		    str_eq_nocase(cases[i].a, cases[i].b) !=
		    cases[i].is_equal_nocase)
			fail_msg("%s", cases[i].sentence);
	assert_true(str_eq(str_from(NULL), STR("")));
	assert_true(str_has_prefix_nocase(STR("DKIM1"), STR("dkim")));
	assert_false(str_has_prefix_nocase(STR("DK"), STR("dkim")));
	assert_true(str_has_suffix_nocase(STR("a.ORG"), STR(".org")));
	assert_false(str_has_suffix_nocase(STR("g"), STR(".org")));
}

/* Eight octets are compared at once: each octet with each other one, in the middle
 * and behind them. */
static void
long_ones_compare_as_short_ones_do(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char one[] = "Content-Type", other[] = "cONTENT-tYPE";
			bool is_equal = char_lower((char)a) ==
			    char_lower((char)b);

			for (size_t at = 3; at < 12; at += 7) {
				one[at] = (char)a;
				other[at] = (char)b;
				assert_int_equal(str_eq_nocase(str_of(one, 12),
				    str_of(other, 12)), is_equal);
				one[at] = other[at] = '-';
			}
		}
}

/* Of every length, and what stands behind the end does not count. */
static void
one_octet_beyond_ascii_is_seen_wherever_it_stands(void **state)
{
	char text[160];

	(void)state;
	memset(text, '\x7f', sizeof(text));
	for (size_t len = 0; len < sizeof(text); len++) {
		text[len] = '\x80';
		assert_true(str_is_ascii(str_of(text, len)));
		for (size_t at = 0; at <= len; at++)
			assert_false(str_is_ascii(str_of(text + at,
			    len + 1 - at)));
		text[len] = '\x7f';
		for (size_t at = 0; at < len; at++) {
			text[at] = '\x80';
			assert_false(str_is_ascii(str_of(text, len)));
			text[at] = '\x7f';
		}
	}
}

static void
parts_are_cut_to_what_is_there(void **state)
{
	struct str s = STR("abc");

	(void)state;
	assert_true(str_is(str_sub(s, 1, 1), "b"));
	assert_true(str_is(str_sub(s, 1, 99), "bc"));
	assert_true(str_is(str_sub(s, 3, 1), ""));
	assert_true(str_is(str_sub(s, SIZE_MAX, SIZE_MAX), ""));
	assert_true(str_is(str_from_pos(s, 2), "c"));
	assert_int_equal(str_from_pos(str_of(NULL, 0), 5).len, 0);
	assert_int_equal(str_find(s, 'c'), 2);
	assert_int_equal(str_find(s, 'd'), -1);
	assert_int_equal(str_find(str_of(NULL, 0), 'd'), -1);
	assert_int_equal(str_find_last(STR("a.b.c"), '.'), 3);
	assert_true(str_is(str_trim(STR(" \t\r\na b\r\n")), "a b"));
	assert_true(str_is(str_trim(STR(" \t ")), ""));
}

static void
pieces_are_cut_off_one_by_one(void **state)
{
	static const struct {
		const char *text;
		const char *pieces[4];
	} cases[] = {
		{ "a,b", { "a", "b" } },
		{ "a,,b", { "a", "", "b" } },
		{ "a,", { "a", "" } },
		{ ",a", { "", "a" } },
		{ "", { "" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str rest = str_from(cases[i].text), piece;
		size_t count = 0;

		for (; str_cut(&rest, ',', &piece); count++) {
			assert_non_null(cases[i].pieces[count]);
			assert_true(str_is(piece, cases[i].pieces[count]));
		}
		assert_null(cases[i].pieces[count]);
		assert_null(rest.data);
	}
}

static void
numbers_are_digits_within_a_bound(void **state)
{
	static const struct {
		struct str text;
		uint64_t max;
		int result;
		uint64_t value;
	} cases[] = {
		{ STR("0"), 0, 0, 0 },
		{ STR("1"), 0, -1, 0 },
		{ STR("9"), 8, -1, 0 },
		{ STR("255"), 255, 0, 255 },
		{ STR("256"), 255, -1, 0 },
		{ STR("18446744073709551615"), UINT64_MAX, 0, UINT64_MAX },
		{ STR("18446744073709551616"), UINT64_MAX, -1, 0 },
		{ STR("99999999999999999999999"), UINT64_MAX, -1, 0 },
		{ STR("007"), 7, 0, 7 },
		{ STR(""), 10, -1, 0 },
		{ STR("-1"), 10, -1, 0 },
		{ STR("+1"), 10, -1, 0 },
		{ STR(" 1"), 10, -1, 0 },
		{ STR("1\0"), 10, -1, 0 },
		{ STR("1a"), 10, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t value = 0;

		if (str_to_u64(cases[i].text, cases[i].max, &value) !=
		    cases[i].result || value != cases[i].value)
			fail_msg("%.*s", STR_ARG(cases[i].text));
	}
}

static void
a_buf_is_terminated_whatever_is_added(void **state)
{
	struct buf buf;

	buf_init(&buf, *state);
	assert_string_equal(buf.data, "");
	for (int i = 0; i < 1000; i++) {
		buf_add_char(&buf, 'a');
		buf_add(&buf, NULL, 0);
		assert_int_equal(strlen(buf.data), buf.len);
	}
	buf_printf(&buf, "%s", "");
	buf_printf(&buf, "%1000d", 1);
	assert_int_equal(strlen(buf.data), 2000);
	buf_add_str(&buf, STR("x\0y"));
	assert_memory_equal(buf.data + 2000, "x\0y", 4);
	buf_clear(&buf);
	assert_string_equal(buf.data, "");
	/* Its own text, which moves while it is added. */
	buf_add_text(&buf, "0123456789");
	for (int i = 0; i < 10; i++)
		buf_add(&buf, buf.data, buf.len);
	assert_int_equal(buf.len, 10240);
	assert_memory_equal(buf.data + 10230, "0123456789", 11);
}

static void
a_number_is_written_in_decimal_digits(void **state)
{
	static const struct {
		int64_t value;
		const char *wanted;
	} cases[] = {
		{ 0, "0" }, { 7, "7" }, { -1, "-1" }, { 10, "10" },
		{ 1795288935087, "1795288935087" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf buf;

		buf_init(&buf, *state);
		buf_add_int(&buf, cases[i].value);
		assert_string_equal(buf.data, cases[i].wanted);
	}
}

static void
compare_fixed(struct arena *arena, double value)
{
	for (unsigned decimals = 1; decimals <= 3; decimals++) {
		struct buf buf;
		char wanted[400];

		buf_init(&buf, arena);
		buf_add_fixed(&buf, value, decimals);
		snprintf(wanted, sizeof(wanted), "%.*f", (int)decimals, value);
		if (strcmp(buf.data, wanted) != 0)
			fail_msg("%.17g: %s, not %s", value, buf.data, wanted);
	}
}

static void
decimals_are_those_of_printf(void **state)
{
	static const double cases[] = { 0.0, -0.0, 0.05, 0.15, 0.25, 0.35,
		0.95, 9.95, 0.125, 0.0625, 0.0005, 0.00048828125, -0.04, -2.5,
		99.9999, 1e-300, 4.9e-324, 1e15, 4503599627370495.5,
		4503599627370496.0, 9007199254740993.0, 1e300, INFINITY,
		-INFINITY, NAN };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		compare_fixed(*state, cases[i]);
}

/* Numbers of few digits, halves of the last one among them, and any bits. */
static void
decimals_are_those_of_printf_for_a_million_numbers(void **state)
{
	uint64_t seed = 88172645463325252U;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct arena *arena = arena_new(0);

		for (int k = 0; k < 1000; k++) {
			double value;

			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			memcpy(&value, &seed, sizeof(value));
			if (k % 4 == 1)
				value = (double)(int64_t)(seed % 2000000) / 2e4;
			else if (k % 4 == 2)
				value = (double)(int64_t)(seed % 999999) / 64;
			else if (k % 4 == 3)
				value = ldexp((double)(seed >> 12),
				    -(int)(seed % 80));
			if (i % 20 == 0)
				compare_fixed(arena, value);
			else
				compare_fixed(arena, -value);
		}
		arena_free(&arena);
	}
}

static void
copies_stand_on_their_own(void **state)
{
	char from[] = "AbC";
	struct str low = str_lower(*state, str_from(from));
	char *copy = str_dup(*state, str_from(from));

	from[0] = 'x';
	assert_true(str_is(low, "abc"));
	assert_string_equal(copy, "AbC");
	assert_string_equal(str_dup(*state, str_of(NULL, 0)), "");
	assert_string_equal(str_concat(*state, low, str_of(NULL, 0),
	    STR("d")), "abcd");
	assert_string_equal(str_concat(*state, STR(""), str_of(NULL, 0),
	    STR("")), "");
}

static void
packed_texts_stand_behind_each_other(void **state)
{
	char block[8] = "xxxxxxx", *at = block;

	(void)state;
	assert_true(str_is(str_pack(&at, STR("ab")), "ab"));
	assert_true(str_is(str_pack(&at, str_of(NULL, 0)), ""));
	assert_int_equal(str_pack(&at, str_of("c\0", 2)).len, 2);
	assert_ptr_equal(at, block + 7);
	assert_memory_equal(block, "ab\0\0c\0\0", 8);
}

static void
utf8_is_judged_as_in_rfc_3629_4(void **state)
{
	static const struct {
		const char *sentence;
		struct str bytes;
		size_t len;
	} cases[] = {
		{ "nothing", STR(""), 0 },
		{ "NUL is a character", STR("\0"), 1 },
		{ "ASCII", STR("\x7f"), 1 },
		{ "a lone continuation", STR("\x80"), 0 },
		{ "overlong slash", STR("\xc0\xaf"), 0 },
		{ "overlong in two bytes", STR("\xc1\xbf"), 0 },
		{ "the first of two bytes", STR("\xc2\x80"), 2 },
		{ "the second byte is missing", STR("\xc2"), 0 },
		{ "the second byte is ASCII", STR("\xc3("), 0 },
		{ "overlong in three bytes", STR("\xe0\x9f\xbf"), 0 },
		{ "the first of three bytes", STR("\xe0\xa0\x80"), 3 },
		{ "the last before the surrogates", STR("\xed\x9f\xbf"), 3 },
		{ "a surrogate", STR("\xed\xa0\x80"), 0 },
		{ "the first behind the surrogates", STR("\xee\x80\x80"), 3 },
		{ "the third byte is missing", STR("\xe2\x82"), 0 },
		{ "the third byte is wrong", STR("\xe2\x82\xc0"), 0 },
		{ "overlong in four bytes", STR("\xf0\x8f\xbf\xbf"), 0 },
		{ "the first of four bytes", STR("\xf0\x90\x80\x80"), 4 },
		{ "the last character", STR("\xf4\x8f\xbf\xbf"), 4 },
		{ "one too many", STR("\xf4\x90\x80\x80"), 0 },
		{ "no first byte", STR("\xf5\x80\x80\x80"), 0 },
		{ "never a byte", STR("\xff"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (utf8_char_len(cases[i].bytes) != cases[i].len)
			fail_msg("%s", cases[i].sentence);
}

static void
the_nearest_word_is_suggested(void **state)
{
	static const char *const known[] = { "greylist", "dns", "dkim",
		"max_message_size", "max_header_size", "timeout" };
	static const struct {
		const char *typed, *best;
	} cases[] = {
		{ "greylsit", "greylist" },
		{ "GREYLIST", "greylist" },
		{ "grelist", "greylist" },
		{ "greyllist", "greylist" },
		{ "dn", "dns" },
		{ "dsn", "dns" },
		{ "dkin", "dkim" },
		{ "max_mesage_size", "max_message_size" },
		{ "max_heder_size", "max_header_size" },
		{ "tiemout", "timeout" },
		{ "x", NULL },
		{ "", NULL },
		{ "recipient", NULL },
		{ "timeouttimeouttimeouttimeouttimeouttimeouttimeouttimeouttimeout"
		    "timeout", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct suggest suggest;
		const char *best;

		suggest_begin(&suggest, str_from(cases[i].typed));
		for (size_t j = 0; j < ARRAY_LEN(known); j++)
			suggest_offer(&suggest, known[j]);
		best = suggest_best(&suggest);
		if ((best == NULL) != (cases[i].best == NULL) ||
		    (best != NULL && strcmp(best, cases[i].best) != 0))
			fail_msg("%s: %s", cases[i].typed,
			    best != NULL ? best : "none");
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(slices_compare_by_bytes_or_by_ascii_letters),
		ARENA_TEST(long_ones_compare_as_short_ones_do),
		ARENA_TEST(one_octet_beyond_ascii_is_seen_wherever_it_stands),
		ARENA_TEST(parts_are_cut_to_what_is_there),
		ARENA_TEST(pieces_are_cut_off_one_by_one),
		ARENA_TEST(numbers_are_digits_within_a_bound),
		ARENA_TEST(a_buf_is_terminated_whatever_is_added),
		ARENA_TEST(a_number_is_written_in_decimal_digits),
		ARENA_TEST(decimals_are_those_of_printf),
		ARENA_TEST(decimals_are_those_of_printf_for_a_million_numbers),
		ARENA_TEST(copies_stand_on_their_own),
		ARENA_TEST(packed_texts_stand_behind_each_other),
		ARENA_TEST(utf8_is_judged_as_in_rfc_3629_4),
		ARENA_TEST(the_nearest_word_is_suggested),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
