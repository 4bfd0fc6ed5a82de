/* SPDX-License-Identifier: ISC */
/* test_mime_charset.c - text of any charset as UTF-8, and lies about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "mime/charset.h"

enum { FINE, WRONG, UNKNOWN };

#define TEXT(literal) { "" literal, sizeof(literal) - 1 }
#define NONE "\ufffd"

struct reading {
	const char *sentence, *claimed;
	struct str octets, text;
	const char *used;
	int judged;
	size_t replaced;
};

static const struct reading readings[] = {
	{ "RFC 2045 5.2: none is us-ascii", "", TEXT("abc"), TEXT("abc"),
	    "us-ascii", FINE, 0 },
	{ "nothing", "utf-8", TEXT(""), TEXT(""), "utf-8", FINE, 0 },
	{ "UTF-8", "UTF-8", TEXT("\u00e4\u20ac\U0001f600"),
	    TEXT("\u00e4\u20ac\U0001f600"), "utf-8", FINE, 0 },
	{ "us-ascii", "us-ascii", TEXT("a~\\"), TEXT("a~\\"), "us-ascii",
	    FINE, 0 },
	{ "ISO 8859-1", "iso-8859-1", TEXT("\xe4\xff\xa0"),
	    TEXT("\u00e4\u00ff\u00a0"), "windows-1252", FINE, 0 },
	{ "WHATWG Encoding 4.2: ISO 8859-1 is windows-1252", "iso-8859-1",
	    TEXT("\x80\x93\x94\x81"), TEXT("\u20ac\u201c\u201d\xc2\x81"),
	    "windows-1252", FINE, 0 },
	{ "windows-1251", "windows-1251", TEXT("\xcf\xf0\xe8"),
	    TEXT("\u041f\u0440\u0438"), "windows-1251", FINE, 0 },
	{ "KOI8-R", "koi8-r", TEXT("\xf0\xd2\xc9"),
	    TEXT("\u041f\u0440\u0438"), "koi8-r", FINE, 0 },
	{ "ISO 8859-15", "iso-8859-15", TEXT("\xa4"), TEXT("\u20ac"),
	    "iso-8859-15", FINE, 0 },
	{ "WHATWG Encoding 4.2: ISO 8859-9 is windows-1254", "iso-8859-9",
	    TEXT("\xdd \x80"), TEXT("\u0130 \u20ac"), "windows-1254", FINE, 0 },
	{ "Thai", "tis-620", TEXT("\xa1"), TEXT("\u0e01"), "windows-874", FINE,
	    0 },
	{ "GB 2312 is GB 18030", "gb2312", TEXT("\xd6\xd0\xce\xc4\x80\x84"),
	    TEXT("\u4e2d\u6587" NONE NONE), "gb18030", FINE, 2 },
	{ "GB 18030: four octets", "gb18030", TEXT("\x81\x30\x81\x30"),
	    TEXT("\xc2\x80"), "gb18030", FINE, 0 },
	{ "Big5", "big5", TEXT("\xa4\xa4\xa4\xe5"), TEXT("\u4e2d\u6587"),
	    "big5", FINE, 0 },
	{ "KS C 5601 is cp949", "ks_c_5601-1987", TEXT("\xc7\xd1\x8c\x63"),
	    TEXT("\ud55c\ub620"), "euc-kr", FINE, 0 },
	{ "Shift_JIS is cp932", "shift_jis", TEXT("\x93\xfa\x87\x40\\"),
	    TEXT("\u65e5\u2460\\"), "shift_jis", FINE, 0 },
	{ "EUC-JP", "euc-jp", TEXT("\xc6\xfc\xcb\xdc"), TEXT("\u65e5\u672c"),
	    "euc-jp", FINE, 0 },
	{ "RFC 1468: ISO-2022-JP", "iso-2022-jp",
	    TEXT("a\033$BF|K\\\033(Bb"), TEXT("a\u65e5\u672c" "b"),
	    "iso-2022-jp", FINE, 0 },
	{ "ISO-2022-JP: half-width kana, row 13, JIS X 0201",
	    "iso-2022-jp", TEXT("\033(I1\033$B-!\033(Ja"),
	    TEXT("\uff71\u2460" "a"), "iso-2022-jp", FINE, 0 },
	{ "RFC 1554: JIS X 0212", "iso-2022-jp", TEXT("\033$(D0!\033(B"),
	    TEXT("\u4e02"), "iso-2022-jp", FINE, 0 },
	{ "ISO-2022-JP: a line begins in ASCII", "iso-2022-jp",
	    TEXT("\033$BF|\nabc"), TEXT("\u65e5\nabc"), "iso-2022-jp", FINE,
	    0 },
	{ "ISO-2022-JP without escapes", "iso-2022-jp", TEXT("abc"),
	    TEXT("abc"), "iso-2022-jp", FINE, 0 },
	{ "RFC 1843: HZ", "hz-gb-2312", TEXT("a ~{VPND~} ~~ b"),
	    TEXT("a \u4e2d\u6587 ~ b"), "hz-gb-2312", FINE, 0 },
	{ "RFC 1843: HZ, a line that goes on", "HZ", TEXT("a~\nb"),
	    TEXT("ab"), "hz-gb-2312", FINE, 0 },
	{ "HZ: a line begins in ASCII", "hz-gb-2312", TEXT("~{VP\nabc"),
	    TEXT("\u4e2d\nabc"), "hz-gb-2312", FINE, 0 },
	{ "HZ: what is none stays", "hz-gb-2312", TEXT("~x ~{V ~} a~"),
	    TEXT("~x V  a~"), "hz-gb-2312", FINE, 3 },
	{ "HZ with octets of GB 2312", "hz-gb-2312", TEXT("\xd6\xd0~{ND~}"),
	    TEXT("\u4e2d\u6587"), "hz-gb-2312", FINE, 0 },
	{ "RFC 1557: ISO-2022-KR", "iso-2022-kr",
	    TEXT("\033$)C\016GQ\017 a"), TEXT("\ud55c a"), "iso-2022-kr",
	    FINE, 0 },
	{ "RFC 2152: UTF-7", "utf-7", TEXT("Hi Mom -+Jjo--!"),
	    TEXT("Hi Mom -\u263a-!"), "utf-7", FINE, 0 },
	{ "RFC 2152: UTF-7, a plus", "utf-7", TEXT("1 +- 1"), TEXT("1 + 1"),
	    "utf-7", FINE, 0 },
	{ "RFC 2781: UTF-16 with its mark", "utf-16",
	    TEXT("\xfe\xff\0a\xd8\x3d\xde\0"), TEXT("a\U0001f600"), "utf-16be",
	    FINE, 0 },
	{ "UTF-16, the other order", "utf-16", TEXT("\xff\xfe" "a\0\xe4\0"),
	    TEXT("a\u00e4"), "utf-16le", FINE, 0 },
	{ "UTF-16 without a mark: found out", "utf-16",
	    TEXT("\0a\0b\0c"), TEXT("abc"), "utf-16be", FINE, 0 },
	{ "UTF-16: half a pair, and an octet too many", "utf-16le",
	    TEXT("\x3d\xd8" "a\0b"), TEXT(NONE "a" NONE), "utf-16le", FINE,
	    2 },
	{ "UTF-32 by its mark", "", TEXT("\xff\xfe\0\0a\0\0\0"), TEXT("a"),
	    "utf-32le", FINE, 0 },
	{ "UTF-32, beyond the last character", "utf-32be",
	    TEXT("\0\0\0a\0\x11\0\0"), TEXT("a" NONE), "utf-32be", FINE, 1 },
	{ "a mark of UTF-8 is no text", "utf-8", TEXT("\xef\xbb\xbf" "a"),
	    TEXT("a"), "utf-8", FINE, 0 },

	{ "none, but UTF-8", "", TEXT("\u00e4"), TEXT("\u00e4"), "utf-8", FINE,
	    0 },
	{ "none, and no UTF-8", "", TEXT("\xe4"), TEXT("\u00e4"),
	    "windows-1252", FINE, 0 },
	{ "us-ascii, but UTF-8", "us-ascii", TEXT("\u00e4"), TEXT("\u00e4"),
	    "utf-8", WRONG, 0 },
	{ "us-ascii, but octets", "us-ascii", TEXT("\xe4"), TEXT("\u00e4"),
	    "windows-1252", WRONG, 0 },
	{ "ISO 8859-1, but UTF-8", "iso-8859-1", TEXT("\u00e4"),
	    TEXT("\u00e4"), "utf-8", WRONG, 0 },
	{ "windows-1251, but UTF-8", "windows-1251", TEXT("\u0434\u0430"),
	    TEXT("\u0434\u0430"), "utf-8", WRONG, 0 },
	{ "Big5, but UTF-8 that is no Big5", "big5", TEXT("\u00e4 \u2122!"),
	    TEXT("\u00e4 \u2122!"), "utf-8", WRONG, 0 },
	{ "GB 2312, but much UTF-8", "gb2312",
	    TEXT("\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434"),
	    TEXT("\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434"),
	    "utf-8", WRONG, 0 },
	{ "GB 2312 that looks like UTF-8", "gb2312",
	    TEXT("\xc1\xaa\xcd\xa8 \xcd\xa8"), TEXT("\u8054\u901a \u901a"),
	    "gb18030", FINE, 0 },
	{ "UTF-8, but ISO 8859-1", "utf-8", TEXT("Gr\xfc\xdf" "e"),
	    TEXT("Gr\u00fc\u00dfe"), "windows-1252", WRONG, 0 },
	{ "UTF-8, but UTF-16 by its mark", "utf-8", TEXT("\xff\xfe" "a\0"),
	    TEXT("a"), "utf-16le", WRONG, 0 },
	{ "UTF-16, but UTF-8", "utf-16", TEXT("abcd"), TEXT("abcd"), "utf-8",
	    WRONG, 0 },
	{ "windows-1251 that looks like a mark", "windows-1251",
	    TEXT("\xff\xfe"), TEXT("\u044f\u044e"), "windows-1251", FINE, 0 },
	{ "us-ascii, but ISO-2022-JP", "us-ascii", TEXT("\033$BF|\033(B"),
	    TEXT("\u65e5"), "iso-2022-jp", WRONG, 0 },
	{ "ISO-2022-JP, but UTF-8", "iso-2022-jp", TEXT("\u65e5"),
	    TEXT("\u65e5"), "utf-8", WRONG, 0 },
	{ "nobody knows it, but UTF-8", "x-none", TEXT("\u00e4"),
	    TEXT("\u00e4"), "utf-8", UNKNOWN, 0 },
	{ "nobody knows it", "x-none", TEXT("\xe4"), TEXT("\u00e4"),
	    "windows-1252", UNKNOWN, 0 },
	{ "iconv's own words are no charset", "utf-8//translit/",
	    TEXT("\u00e4"), TEXT("\u00e4"), "utf-8", FINE, 0 },

	{ "Unicode 3.9: UTF-8 that is cut", "utf-8",
	    TEXT("\u00e4\u00e4\xe2\x82 x"), TEXT("\u00e4\u00e4" NONE " x"),
	    "utf-8", FINE, 1 },
	{ "Unicode 3.9, table 3-8", "utf-8",
	    TEXT("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
	    "\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64"),
	    TEXT("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
	    "a" NONE NONE NONE "b" NONE "c" NONE NONE "d"), "utf-8", FINE,
	    6 },
	{ "RFC 3629 4: overlong forms and surrogates", "utf-8",
	    TEXT("\u00e4\u00e4\u00e4\u00e4\u00e4\xc0\xaf\xed\xa0\x80"),
	    TEXT("\u00e4\u00e4\u00e4\u00e4\u00e4" NONE NONE NONE NONE NONE),
	    "utf-8", FINE, 5 },
};

static void
octets_become_text(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *reading = &readings[i];
		struct charset_reading got;

		/* Twice: converters are used again. */
		for (int j = 0; j < 2; j++)
			charset_read(arena, str_from(reading->claimed),
			    reading->octets, &got);
		if (!str_eq(got.text, reading->text))
			fail_msg("%s: '%.*s'", reading->sentence,
			    STR_ARG(got.text));
		if (strcmp(got.used, reading->used) != 0 ||
		    got.is_wrong != (reading->judged == WRONG) ||
		    got.is_unknown != (reading->judged == UNKNOWN) ||
		    got.replaced != reading->replaced)
			fail_msg("%s: %s, wrong %d, unknown %d, replaced %zu",
			    reading->sentence, got.used, got.is_wrong,
			    got.is_unknown, got.replaced);
	}
}

static void
names_are_known_as_senders_write_them(void **state)
{
	static const struct {
		const char *claimed, *used;
	} names[] = {
		{ "utf8", "utf-8" }, { "UTF_8", "utf-8" },
		{ " \"utf-8\" ", "utf-8" }, { "utf-8;", "utf-8" },
		{ "utf-8http-equiv", "utf-8" }, { "unicode-1-1-utf-8", "utf-8" },
		{ "windows-1252http-equivContent-Type", "windows-1252" },
		{ "latin1", "windows-1252" }, { "CP1252", "windows-1252" },
		{ "iso8859-1", "windows-1252" }, { "ISO_8859-1", "windows-1252" },
		{ "iso-8859-15", "iso-8859-15" }, { "iso-8859-2", "iso-8859-2" },
		{ "ANSI_X3.4-1968", "us-ascii" }, { "x-sjis", "shift_jis" },
		{ "windows-31j", "shift_jis" }, { "x-gbk", "gb18030" },
		{ "cp936", "gb18030" }, { "cp1251", "windows-1251" },
		{ "KOI8-RU", "koi8-u" }, { "ks_c_5601", "euc-kr" },
		{ "x-mac-roman", "macintosh" }, { "iso-8859-8-i", "iso-8859-8" },
		{ "cp50221", "iso-2022-jp" }, { "866", "ibm866" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct charset_reading got;

		charset_read(arena, str_from(names[i].claimed), STR("abc"),
		    &got);
		if (got.is_unknown || strcmp(got.used, names[i].used) != 0)
			fail_msg("%s: %s", names[i].claimed, got.used);
	}
}

static void
names_that_iconv_knows_alone_are_unknown(void **state)
{
	static const char *const names[] = { "INTERNAL", "UCS-4//IGNORE", "char",
		"wchar_t", "EBCDIC-US", "IBM037", "../../tmp/x", "utf-81",
		"windows-12521", "iso-8859-99", "hz-gb-2313", "viscii", "a",
		"-", "?" };
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct charset_reading got;

		charset_read(arena, str_from(names[i]), STR("abc"), &got);
		if (!got.is_unknown && i != 1)
			fail_msg("%s: %s", names[i], got.used);
	}
}

static void
text_that_needs_nothing_is_not_copied(void **state)
{
	static const char *const claims[] = { "", "us-ascii", "utf-8",
		"iso-8859-1", "koi8-r", "big5", "iso-2022-jp" };
	struct arena *arena = *state;
	struct str text = STR("nothing but ASCII");
	size_t before = arena_size(arena);

	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct charset_reading got;

		charset_read(arena, str_from(claims[i]), text, &got);
		assert_ptr_equal(got.text.data, text.data);
	}
	assert_int_equal(arena_size(arena), before);
}

static void
no_text_at_all_is_empty_text(void **state)
{
	static const char *const claims[] = { "", "utf-8", "big5", "utf-7",
		"iso-2022-jp", "utf-16", "utf-32be", "x-none" };
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct charset_reading got;

		charset_read(arena, str_from(claims[i]), str_of(NULL, 0),
		    &got);
		assert_int_equal(got.text.len, 0);
		assert_non_null(got.text.data);
	}
}

static void
read_each(struct arena *arena, struct str text)
{
	static const char *const claims[] = { "", "utf-8", "koi8-r", "big5",
		"gb18030", "shift_jis", "euc-kr", "iso-2022-jp", "iso-2022-kr",
		"utf-7", "utf-16", "utf-32" };

	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct charset_reading got;

		charset_read(arena, str_from(claims[i]), text, &got);
		assert_true(got.replaced <= text.len);
	}
}

static void
no_construct_takes_more_than_its_length(void **state)
{
	static const char *const pieces[] = { "a", "\xff", "\xe4 ", "\x81",
		"\033", "\033$B", "\033$BF|\033(B", "\xe2\x82", "+", "+A", "\016",
		"\u00e4", "\u65e5", "\xe4\u00e4", "\xd6\xd0\xff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		grows_with_input("", pieces[i], read_each);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(octets_become_text),
		ARENA_TEST(names_are_known_as_senders_write_them),
		ARENA_TEST(names_that_iconv_knows_alone_are_unknown),
		ARENA_TEST(text_that_needs_nothing_is_not_copied),
		ARENA_TEST(no_text_at_all_is_empty_text),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
