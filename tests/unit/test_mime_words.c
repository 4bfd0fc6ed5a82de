/* SPDX-License-Identifier: ISC */
/* test_mime_words.c - encoded words (RFC 2047), right ones and those of the
 * wild. */
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
#include "mime/words.h"

#define BAD (UINT64_C(1) << MIME_ODD_bad_word)
#define RAW (UINT64_C(1) << MIME_ODD_header_8bit)
#define UNKNOWN (UINT64_C(1) << MIME_ODD_charset_unknown)
#define WRONG (UINT64_C(1) << MIME_ODD_charset_wrong)

struct reading {
	const char *sentence, *value, *text;
	mime_oddities oddities;
};

static const struct reading readings[] = {
	{ "nothing", "", "", 0 },
	{ "no words", " Plain text\r\n", "Plain text", 0 },
	{ "RFC 5322 2.2.3: folds", " one\r\n two\n\tthree", "one two\tthree",
	    0 },
	{ "RFC 2047 8: a name", "=?US-ASCII?Q?Keith_Moore?= <moore@x>",
	    "Keith Moore <moore@x>", 0 },
	{ "RFC 2047 8: ISO 8859-1", "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <k>",
	    "Keld J\u00f8rn Simonsen <k>", 0 },
	{ "RFC 2047 8: base64 over two lines",
	    "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
	    " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    "If you can read this you understand the example.", 0 },
	{ "RFC 2047 8: (a)", "(=?ISO-8859-1?Q?a?=)", "(a)", 0 },
	{ "RFC 2047 8: (a b)", "(=?ISO-8859-1?Q?a?= b)", "(a b)", 0 },
	{ "RFC 2047 8: (ab)", "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)",
	    "(ab)", 0 },
	{ "RFC 2047 8: (ab), two blanks",
	    "(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)", 0 },
	{ "RFC 2047 8: (ab), a fold",
	    "(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)", 0 },
	{ "RFC 2047 8: (a b), an underscore",
	    "(=?ISO-8859-1?Q?a_b?=)", "(a b)", 0 },
	{ "RFC 2047 8: (a b), it is in the second word",
	    "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)", 0 },
	{ "RFC 2231 5: a language", "=?US-ASCII*EN?Q?Keith_Moore?=",
	    "Keith Moore", 0 },
	{ "RFC 2047 6.2: the blank to plain text stays",
	    "a =?utf-8?q?b?= c =?utf-8?q?d?= =?utf-8?q?e?= f", "a b c de f", 0 },
	{ "small letters, and mixed", "=?UtF-8?b?w6Q=?= =?utf-8?q?=c3=a4?=",
	    "\u00e4\u00e4", 0 },
	{ "ISO-2022-JP", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=",
	    "\u65e5\u672c", 0 },
	{ "Shift_JIS", "=?shift_jis?B?k/qWew==?=", "\u65e5\u672c", 0 },
	{ "GB2312", "=?gb2312?B?1tDOxA==?=", "\u4e2d\u6587", 0 },
	{ "KOI8-R", "=?koi8-r?Q?=F0=D2=C9?=", "\u041f\u0440\u0438", 0 },
	{ "a character that is cut in two, quoted",
	    "=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "\u00e4", 0 },
	{ "a character that is cut in two, base64",
	    "=?utf-8?B?ww==?=\r\n =?utf-8?B?pA==?=", "\u00e4", BAD },
	{ "a character that is cut in two, first base64, then quoted",
	    "=?utf-8?B?ww==?= =?utf-8?Q?=A4?=", "\u00e4", 0 },
	{ "base64 that is cut between words, not at a group",
	    "=?utf-8?B?SGVsb?= =?utf-8?B?G8=?=", "Hello", 0 },
	{ "an empty word", "a =?utf-8?Q?" "?= b", "a  b", 0 },

	{ "blanks in a word", "=?utf-8?Q?two words?=", "two words", BAD },
	{ "\"?\" in a word", "=?utf-8?Q?why?_so?=", "why? so", BAD },
	{ "inside of quotes", "\"=?utf-8?Q?a?=\" <b@x>", "\"a\" <b@x>", BAD },
	{ "no blank before", "x=?utf-8?Q?a?=", "xa", BAD },
	{ "no blank behind", "=?utf-8?Q?a?=x", "ax", BAD },
	{ "no blank between", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab", BAD },
	{ "\"_\" in base64", "=?utf-8?B?SGVs_bG8=?=", "Hello", BAD },
	{ "no padding", "=?utf-8?B?SGVsbG8?=", "Hello", BAD },
	{ "a wrong escape", "=?utf-8?Q?a=4?=", "a=4", BAD },
	{ "'=' is last", "=?utf-8?Q?a=?=", "a=", BAD },
	{ "longer than 75", "=?utf-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", BAD },
	{ "a word that does not end", "=?utf-8?Q?abc", "=?utf-8?Q?abc", BAD },
	{ "a word that begins in another", "=?utf-8?Q?a =?utf-8?Q?b?=",
	    "=?utf-8?Q?a b", BAD },
	{ "no encoding of that name", "=?utf-8?X?abc?=", "=?utf-8?X?abc?=", 0 },
	{ "no charset", "=??Q?abc?=", "=??Q?abc?=", 0 },
	{ "no word at all", "a =? b ?= c", "a =? b ?= c", 0 },
	{ "a line end that was encoded", "=?utf-8?Q?a=0D=0Ab=00c?=",
	    "a  b c", 0 },
	{ "a fold within a word", "=?utf-8?Q?a\r\n_b?=", "a b", 0 },

	{ "RFC 6532 3: UTF-8 as it is", "Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe",
	    0 },
	{ "other octets as they are", "Gr\xfc\xdf" "e", "Gr\u00fc\u00dfe", RAW },
	{ "octets before a word", "\xfc =?utf-8?Q?=C3=A4?=", "\u00fc \u00e4",
	    RAW },
	{ "a charset that nobody knows", "=?x-none?Q?abc?=", "abc", UNKNOWN },
	{ "another charset than is said", "=?utf-8?Q?=FC?=", "\u00fc", WRONG },
	{ "UTF-8 under another name", "=?iso-8859-1?Q?=C3=A4?=", "\u00e4",
	    WRONG },
};

static void
values_are_read_as_people_read_them(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *reading = &readings[i];
		mime_oddities oddities = 0;
		struct str text = words_decode(arena,
		    str_from(reading->value), &oddities);

		if (!str_is(text, reading->text))
			fail_msg("%s: '%.*s'", reading->sentence,
			    STR_ARG(text));
		if (oddities != reading->oddities)
			fail_msg("%s: oddities %llx", reading->sentence,
			    (unsigned long long)oddities);
		text = words_decode(arena, str_from(reading->value), NULL);
		assert_true(str_is(text, reading->text));
	}
}

static void
text_without_words_is_not_copied(void **state)
{
	struct arena *arena = *state;
	struct str value = STR("  A subject of some length  ");
	size_t before = arena_size(arena);
	struct str text = words_decode(arena, value, NULL);

	assert_ptr_equal(text.data, value.data + 2);
	assert_int_equal(arena_size(arena), before);
}

static void
read_words(struct arena *arena, struct str text)
{
	words_decode(arena, text, NULL);
}

static void
no_construct_takes_more_than_its_length(void **state)
{
	static const char *const pieces[] = { "=?", "=?a?Q?", "=?utf-8?Q?a ",
		"=?utf-8?Q?a?= ", "=?utf-8?B?", "=?utf-8?Q?" "?", "\r\n ", "\xfc",
		"=?utf-8?B?YQ==?= =?big5?Q?a?= ", "=?koi8-r?Q?=F0?= x ",
		"=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", "?=" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		grows_with_input("", pieces[i], read_words);
		grows_with_input("=?utf-8?Q?", pieces[i], read_words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(values_are_read_as_people_read_them),
		ARENA_TEST(text_without_words_is_not_copied),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
