/* SPDX-License-Identifier: ISC */
/* test_mime_rtf.c - rich text: unpacked ([MS-OXRTFCP]), and read as a person
 * reads it ([MS-OXRTFEX]). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "mime/rtf.h"

#define MAX 4096
#define B(text) { "" text, sizeof(text) - 1 }

/* --- unpacked ------------------------------------------------------------------- */

#define HEAD "\0\0\0\0\0\0\0\0LZFu\0\0\0\0"

static const struct {
	const char *sentence;
	struct str packed;
	const char *rtf;	/* NULL: it is nothing of that kind */
} packs[] = {
	{ "the first example of [MS-OXRTFCP] 4.1.1",
	    B("\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2"
	    "\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0"),
	    "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" },
	{ "the second one, which reads what it writes (4.1.2)",
	    B("\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4bQA\0\x04 WXYZ\x0dn}\x01\x0e"
	    "\xb0"), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}" },
	{ "one that is not compressed (2.1.3.1.2)",
	    B("\0\0\0\0\0\0\0\0MELA\0\0\0\0{\\rtf1 a}"), "{\\rtf1 a}" },
	{ "what was cut in a piece ends there", B(HEAD "\x01\0"), "" },
	{ "what was cut in a group ends there", B(HEAD "\0ab"), "ab" },
	{ "a head alone", B(HEAD), "" },
	{ "a place that was never written holds nothing of ours",
	    B(HEAD "\x01\xf0\0"), NULL },
	{ "another kind", B("\0\0\0\0\0\0\0\0LZFx\0\0\0\0abc"), NULL },
	{ "less than a head", B("\0\0\0\0\0\0\0\0LZ"), NULL },
};

static void
packed_text_is_unpacked(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(packs); i++) {
		struct str rtf = STR("");
		bool is_packed = rtf_unpack(*state, packs[i].packed, MAX,
		    &rtf);

		print_message("%s\n", packs[i].sentence);
		if (strstr(packs[i].sentence, "never written") != NULL)
			assert_true(str_eq(rtf, str_of("\0\0", 2)));
		else if (packs[i].rtf == NULL)
			assert_false(is_packed);
		else
			assert_true(is_packed && str_is(rtf, packs[i].rtf));
	}
}

/* All of it copies what is before it. */
static void
no_more_is_unpacked_than_is_asked_for(void **state)
{
	struct buf packed;
	struct str rtf;

	buf_init(&packed, *state);
	buf_add(&packed, HEAD, 16);
	for (int i = 0; i < 1000; i++)
		buf_add(&packed, "\xff\x01\x0f\x01\x0f\x01\x0f\x01\x0f\x01\x0f"
		    "\x01\x0f\x01\x0f\x01\x0f", 17);
	assert_true(rtf_unpack(*state, buf_str(&packed), 100, &rtf));
	assert_int_equal(rtf.len, 100);
	assert_true(rtf_unpack(*state, buf_str(&packed), SIZE_MAX, &rtf));
	assert_true(rtf.len <= 1000 * 8 * 17);
}

/* --- read ------------------------------------------------------------------------- */

#define RTF "{\\rtf1\\ansi\\ansicpg1252\\deff0"
#define FONTS "{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Cyr;}" \
    "{\\f2\\fcharset128 Gothic;}}"
#define HTML "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0" FONTS

/* Eight that mean nothing in code page 932. */
#define LATIN "\\'ff\\'ff\\'ff\\'ff\\'ff\\'ff\\'ff\\'ff"
#define LETTERS "\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbf"

static const struct {
	const char *sentence, *rtf, *text;
	bool is_html;
} reads[] = {
	{ "words and lines", RTF " One {\\b two}\\par three\\line four}",
	    "One two\nthree\nfour", false },
	{ "line ends of the file are none of the text", RTF " a\r\nb\\par\nc}",
	    "ab\nc", false },
	{ "tables of fonts, colours and styles are no text",
	    RTF FONTS "{\\colortbl ;\\red0;}{\\stylesheet{\\s0 Normal;}}"
	    "{\\info{\\author X}}{\\*\\generator Y;}seen}", "seen", false },
	{ "what nobody knows is skipped with its group behind \\* alone",
	    RTF "{\\*\\strange hidden {and this}}{\\strange seen}}", "seen",
	    false },
	{ "escaped characters", RTF " \\{a\\}\\\\b\\~c\\_d\\-e}",
	    "{a}\\b\xc2\xa0" "c\xe2\x80\x91" "de", false },
	{ "octets in the document's code page", RTF " Gr\\'fc\\'dfe \\'80}",
	    "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac", false },
	{ "octets as they are", RTF " Gr\xfc\xdf" "e}", "Gr\xc3\xbc\xc3\x9f" "e",
	    false },
	{ "octets in the code page of their font",
	    RTF FONTS "{\\f1 \\'cc\\'e8\\'f0}\\'e4}",
	    "\xd0\x9c\xd0\xb8\xd1\x80\xc3\xa4", false },
	{ "characters of two octets", RTF FONTS "\\f2 \\'93\\'fa\\'96{\\b\\'7b}}",
	    "\xe6\x97\xa5\xe6\x9c\xac", false },
	{ "one whose second octet is a letter", RTF FONTS "\\f2 \\'83A\\'83B}",
	    "\xe3\x82\xa2\xe3\x82\xa3", false },
	{ "octets that their code page has not are those of Latin letters",
	    RTF FONTS "\\f2" LATIN LATIN LATIN "}", LETTERS LETTERS LETTERS,
	    false },
	{ "a code page that nobody knows", "{\\rtf1\\ansicpg9 \\'fc}",
	    "\xc3\xbc", false },
	{ "UTF-8 for a code page", "{\\rtf1\\ansicpg65001 \\'c3\\'bc\\'c3}",
	    "\xc3\xbc\xef\xbf\xbd", false },
	{ "Unicode, and what stands for it elsewhere is skipped",
	    RTF " \\u8364?a\\uc2\\u1052xy\\u1080\\'e8\\'e8b}",
	    "\xe2\x82\xac" "a\xd0\x9c\xd0\xb8" "b", false },
	{ "Unicode above 65535 in two of them", RTF "\\uc0\\u-10179\\u-8704 !}",
	    "\xf0\x9f\x98\x80!", false },
	{ "a half of one is none", RTF "\\uc0\\u-10179 !}", "\xef\xbf\xbd!",
	    false },
	{ "skipping ends with the group", RTF "{\\uc9\\u8364 ?}seen}",
	    "\xe2\x82\xac" "seen", false },
	{ "hidden text is not seen", RTF " a{\\v b\\par}c\\v d\\v0 e}", "ace",
	    false },
	{ "\\plain shows text again", RTF "\\v a\\plain b}", "b", false },
	{ "quotes, dashes, bullets, tabs",
	    RTF "\\ldblquote a\\rdblquote\\endash\\bullet\\tab b}",
	    "\xe2\x80\x9c" "a\xe2\x80\x9d\xe2\x80\x93\xe2\x80\xa2\tb", false },
	{ "a link stands before its words",
	    RTF "{\\field{\\*\\fldinst{HYPERLINK \"http://evil.test/a\"}}"
	    "{\\fldrslt{Bank}}}}", "<http://evil.test/a> Bank", false },
	{ "a link without quotes, in Unicode",
	    RTF "{\\field{\\*\\fldinst  hyperlink \\u104?ttp://evil.test }"
	    "{\\fldrslt x}}}", "<http://evil.test> x", false },
	{ "a place within, other fields",
	    RTF "{\\field{\\*\\fldinst HYPERLINK \\\\l \"a\"}{\\fldrslt x}}"
	    "{\\field{\\*\\fldinst DATE}{\\fldrslt y}}}", "xy", false },
	{ "binary data is passed over, braces and all",
	    RTF "{\\pict\\bin5 }}}}}x}seen}", "seen", false },
	{ "binary data that is not there", RTF " a\\bin2000000000 bcd}", "a",
	    false },
	{ "what is behind the document is not read", RTF " a}b", "a", false },
	{ "a document that was cut", RTF " a{\\b b", "ab", false },
	{ "a cut escape", RTF " a\\'e", "a\x0e", false },
	{ "NUL is no text", "{\\rtf1 a\0b}", "a", false },
	{ "the page of which it was made ([MS-OXRTFEX] 2.1.3)",
	    HTML "{\\*\\htmltag19 <html>}{\\*\\htmltag64 <p class=\"a\\{b\\}\">}"
	    "\\htmlrtf {\\htmlrtf0 Gr\\'fc\\'dfe \\f1\\'cc\\htmlrtf }\\htmlrtf0"
	    "{\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0\\htmlrtf0 end"
	    "{\\*\\mhtmltag64 <p>}{\\*\\htmltag72 </p>}\\htmlrtf\\par\\htmlrtf0"
	    "{\\*\\htmltag27 </html>\\par}}",
	    "<html><p class=\"a{b}\">Gr\xc3\xbc\xc3\x9f" "e \xd0\x9c&nbsp;end"
	    "</p></html>\n", true },
	{ "hidden text of a page is the page's affair",
	    HTML "{\\v a}{\\*\\htmltag <b>}}", "a<b>", true },
	{ "\\htmlrtf holds for its group", HTML "{\\htmlrtf a}b}", "b", true },
	{ "links are in the tags",
	    HTML "{\\*\\htmltag84 <a href=\"http://a/\">}\\htmlrtf {\\field"
	    "{\\*\\fldinst{HYPERLINK \"http://a/\"}}{\\fldrslt\\htmlrtf0 x"
	    "\\htmlrtf }}\\htmlrtf0}", "<a href=\"http://a/\">x", true },
	{ "who says so behind the text says nothing",
	    RTF " a\\fromhtml1{\\*\\htmltag b}\\htmlrtf c}", "ac", false },
	{ "made of plain text ([MS-OXRTFEX] 2.1.2)",
	    "{\\rtf1\\ansi\\fromtext \\pard a\\par b\\par}", "a\nb\n", false },
};

static void
text_is_read(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		struct rtf_reading reading;

		print_message("%s\n", reads[i].sentence);
		assert_true(rtf_read(*state, str_from(reads[i].rtf), MAX,
		    &reading));
		print_message("  %.*s\n", STR_ARG(reading.text));
		assert_true(str_is(reading.text, reads[i].text));
		assert_int_equal(reading.is_html, reads[i].is_html);
		assert_false(reading.is_cut);
	}
}

static void
what_is_no_rich_text_is_not_read(void **state)
{
	static const char *const texts[] = { "", "{\\rt", "{\\rich x}", "hello",
		" {\\rtf1 a}" };
	struct rtf_reading reading;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(rtf_read(*state, str_from(texts[i]), MAX,
		    &reading));
}

static void
a_limit_cuts_no_character(void **state)
{
	static const char *const texts[] = { RTF "abc\\'fc\\'fc}",
		RTF "abc\\u252?\\u252?}", RTF "abc\\emdash}" };
	struct rtf_reading reading;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_true(rtf_read(*state, str_from(texts[i]), 4,
		    &reading));
		assert_true(str_is(reading.text, "abc"));
		assert_true(reading.is_cut);
	}
}

/* --- what it costs ------------------------------------------------------------------ */

/* Octets of the smaller text, so that its work can be measured: with a sanitizer
 * it takes several times as long. */
#if defined(__SANITIZE_ADDRESS__)
#define SIZE ((size_t)500 * 1000)
#else
#define SIZE ((size_t)2000 * 1000)
#endif

static const struct {
	const char *sentence, *text;
} traps[] = {
	{ "groups that only open", "{" },
	{ "groups", "{}" },
	{ "words", "\\b" },
	{ "one word", "a" },
	{ "words of no text", "\\par" },
	{ "octets", "\\'fc" },
	{ "octets and Unicode by turns", "\\'fc\\u252?" },
	{ "fonts by turns", "\\f1\\'fc\\f2\\'fc" },
	{ "links", "{\\field{\\*\\fldinst HYPERLINK \"http://a\"}x}" },
	{ "a link without end", "{\\*\\fldinst HYPERLINK \"" },
	{ "fonts in the table", "{\\fonttbl\\f1\\fcharset2" },
	{ "digits", "\\u1" },
};

static int64_t
cost_of(size_t i, size_t size)
{
	struct arena *arena = arena_new(0);
	struct rtf_reading reading;
	int64_t begin, cost;
	struct buf rtf;

	buf_init(&rtf, arena);
	buf_reserve(&rtf, size + 64);
	buf_add_text(&rtf, RTF FONTS " ");
	while (rtf.len < size)
		buf_add_text(&rtf, traps[i].text);
	begin = fixture_cpu_ms();
	assert_true(rtf_read(arena, buf_str(&rtf), SIZE_MAX / 8, &reading));
	cost = fixture_cpu_ms() - begin;
	arena_free(&arena);
	return cost;
}

static void
work_grows_as_the_text_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++)
		grows_with_bytes(traps[i].sentence, i, SIZE, cost_of);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(packed_text_is_unpacked),
		ARENA_TEST(no_more_is_unpacked_than_is_asked_for),
		ARENA_TEST(text_is_read),
		ARENA_TEST(what_is_no_rich_text_is_not_read),
		ARENA_TEST(a_limit_cuts_no_character),
		cmocka_unit_test(work_grows_as_the_text_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
