/* SPDX-License-Identifier: ISC */
/* test_mime_params.c - values with parameters (RFC 2045 5.1, RFC 2183, RFC
 * 2231), right ones and those of the wild. */
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
#include "mime/params.h"
#include "mime/part.h"

#define BAD (UINT64_C(1) << MIME_ODD_bad_param)
#define SPLIT (UINT64_C(1) << MIME_ODD_split_param)
#define WORD (UINT64_C(1) << MIME_ODD_bad_word)
#define RAW (UINT64_C(1) << MIME_ODD_header_8bit)
#define UNKNOWN (UINT64_C(1) << MIME_ODD_charset_unknown)

/* What is read, printed as "word|name=value|...". */
struct reading {
	const char *sentence, *value, *printed;
	mime_oddities oddities;
};

static const struct reading readings[] = {
	{ "nothing", "", "", 0 },
	{ "RFC 2045 5.1: a type", "text/plain", "text/plain", 0 },
	{ "RFC 2045 5.1: a comment", " text/plain; charset=us-ascii "
	    "(Plain text)", "text/plain|charset=us-ascii", 0 },
	{ "RFC 2045 5.1: quotes", "text/plain; charset=\"us-ascii\"",
	    "text/plain|charset=us-ascii", 0 },
	{ "RFC 2045 5.1: case of names", "TEXT/Html; CHARSET=UTF-8",
	    "text/html|charset=UTF-8", 0 },
	{ "RFC 2045 5.1: blanks around all", " text / html ; charset = utf-8 ;",
	    "text/html|charset=utf-8", 0 },
	{ "RFC 2045 5.1: comments around all",
	    "(a)text(b)/(c)html(d);(e)charset(f)=utf-8(g)",
	    "text/html|charset=utf-8", 0 },
	{ "RFC 5322 3.2.4: quoted pairs and folds",
	    "x/y; name=\"a\\\"b\\\\c\r\n d\"", "x/y|name=a\"b\\c d", 0 },
	{ "RFC 2046 5.1.1: a boundary with '=' and '?'",
	    "multipart/mixed; boundary=\"gc0pJq0M:08jU534c0p=_?x\"",
	    "multipart/mixed|boundary=gc0pJq0M:08jU534c0p=_?x", 0 },
	{ "a boundary without quotes", "multipart/mixed;\r\n"
	    "\tboundary=----=_NextPart_000;type=a",
	    "multipart/mixed|boundary=----=_NextPart_000|type=a", 0 },
	{ "a boundary is no text", "m/x; boundary=\"=?utf-8?Q?a?= \"",
	    "m/x|boundary==?utf-8?Q?a?= ", 0 },
	{ "RFC 2183 2: a disposition", "attachment; filename=genome.jpeg;\n"
	    " modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\"",
	    "attachment|filename=genome.jpeg|"
	    "modification-date=Wed, 12 Feb 1997 16:29:51 -0500", 0 },

	{ "RFC 2231 3: pieces", "message/external-body; access-type=URL;\n"
	    " URL*0=\"ftp://\";\n URL*1=\"cs.utk.edu/pub/moore/x.tar\"",
	    "message/external-body|access-type=URL|"
	    "url=ftp://cs.utk.edu/pub/moore/x.tar", 0 },
	{ "RFC 2231 4: charset and language", "application/x-stuff;\n"
	    " title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
	    "application/x-stuff|title=This is ***fun***", 0 },
	{ "RFC 2231 4.1: both", "application/x-stuff;\n"
	    " title*0*=us-ascii'en'This%20is%20even%20more%20;\n"
	    " title*1*=%2A%2A%2Afun%2A%2A%2A%20;\n title*2=\"isn't it!\"",
	    "application/x-stuff|title=This is even more ***fun*** isn't it!",
	    0 },
	{ "RFC 2231 3: pieces in any order", "x/y; n*2=c; n*0=a; n*1=b",
	    "x/y|n=abc", 0 },
	{ "a piece is missing", "x/y; n*0=a; n*2=c", "x/y|n=a", SPLIT },
	{ "the first piece is missing", "x/y; n*1=b; n*2=c", "x/y|n=bc",
	    SPLIT },
	{ "a piece is given twice", "x/y; n*0=a; n*0=z; n*1=b", "x/y|n=ab",
	    SPLIT },
	{ "a character that is cut in two",
	    "x/y; n*0*=utf-8''%C3; n*1*=%A4.txt", "x/y|n=\u00e4.txt", 0 },
	{ "ISO 8859-1", "x/y; n*=iso-8859-1''%E4", "x/y|n=\u00e4", 0 },
	{ "no charset", "x/y; n*=''a%20b", "x/y|n=a b", 0 },
	{ "no charset, nor its quotes", "x/y; n*=a%20b", "x/y|n=a b", BAD },
	{ "in quotes all the same", "x/y; n*=\"utf-8''a%20b\"", "x/y|n=a b",
	    0 },
	{ "a wrong escape", "x/y; n*=utf-8''50%25%zz%", "x/y|n=50%%zz%", BAD },
	{ "a charset that nobody knows", "x/y; n*=x-none''a", "x/y|n=a",
	    UNKNOWN },
	{ "filename* before filename, wherever it stands",
	    "attachment; filename=\"a.txt\"; filename*=utf-8''%C3%A4.txt",
	    "attachment|filename=\u00e4.txt", 0 },
	{ "pieces before filename", "attachment; filename=x; filename*0=y",
	    "attachment|filename=y", 0 },
	{ "a piece with a zero before its number", "x/y; n*00=a; n*01=b",
	    "x/y|n=ab", 0 },
	{ "no number of a piece", "x/y; n*a=b", "x/y|n*a=b", 0 },
	{ "a boundary in pieces", "m/x; boundary*0=\"a \"; boundary*1=b",
	    "m/x|boundary=a b", 0 },

	{ "a name without quotes", "attachment; filename=my file.txt",
	    "attachment|filename=my file.txt", BAD },
	{ "a name without quotes, with brackets",
	    "attachment; filename=my file (1).txt; x=y",
	    "attachment|filename=my file (1).txt|x=y", BAD },
	{ "octets above 127", "attachment; filename=\"\xfc.txt\"",
	    "attachment|filename=\u00fc.txt", RAW },
	{ "UTF-8 as it is", "attachment; filename=\"\u00fc.txt\"",
	    "attachment|filename=\u00fc.txt", 0 },
	{ "encoded words within quotes",
	    "attachment; filename=\"=?utf-8?Q?=C3=BC?= =?utf-8?Q?.txt?=\"",
	    "attachment|filename=\u00fc.txt", 0 },
	{ "encoded words without quotes",
	    "attachment; filename==?utf-8?B?w7wudHh0?=",
	    "attachment|filename=\u00fc.txt", 0 },
	{ "an encoded word in pieces", "attachment; filename*0=\"=?utf-8?Q?=C3\";"
	    " filename*1=\"=BC.txt?=\"", "attachment|filename=\u00fc.txt", 0 },
	{ "no ';' before a parameter", "text/html charset=utf-8",
	    "text/html|charset=utf-8", 0 },
	{ "no ';' between parameters",
	    "text/html; charset=utf-8 name=\"a b\" x=y",
	    "text/html|charset=utf-8|name=a b|x=y", BAD },
	{ "',' for ';'", "text/html, charset=utf-8", "text/html|charset=utf-8",
	    0 },
	{ "';' twice", "text/plain;; charset=utf-8;", "text/plain|charset=utf-8",
	    0 },
	{ "quotes that do not end", "x/y; name=\"a; b=c", "x/y|name=a; b=c",
	    BAD },
	{ "text behind quotes", "x/y; name=\"a\"b.exe; c=d", "x/y|name=a|c=d",
	    BAD },
	{ "a comment that does not end", "x/y; name=a (b; c=d",
	    "x/y|name=a (b|c=d", BAD },
	{ "a parameter without value", "x/y; name; b=c", "x/y|b=c", BAD },
	{ "an empty value", "x/y; name=; b=", "x/y|name=|b=", 0 },
	{ "no name", "x/y; =a; b=c", "x/y|b=c", BAD },
	{ "no word, only parameters", "filename=a.txt; x=y",
	    "|filename=a.txt|x=y", BAD },
	{ "a word in quotes", "\"text/html\"; charset=utf-8",
	    "text/html|charset=utf-8", 0 },
	{ "a parameter is given twice", "x/y; name=a; name=b", "x/y|name=a",
	    SPLIT },
	{ "a blank type", " ; charset=utf-8", "|charset=utf-8", 0 },
};

static struct str
print(struct arena *arena, const struct mime_value *value)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, value->word);
	for (size_t i = 0; i < value->params.len; i++) {
		const struct mime_param *param = vec_at(&value->params, i);

		buf_printf(&out, "|%.*s=%.*s", STR_ARG(param->name),
		    STR_ARG(param->value));
	}
	return buf_str(&out);
}

static void
values_are_taken_as_clients_take_them(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *reading = &readings[i];
		mime_oddities oddities = 0;
		struct mime_value value;
		struct str printed;

		params_parse(arena, str_from(reading->value), &value,
		    &oddities);
		printed = print(arena, &value);
		if (!str_is(printed, reading->printed))
			fail_msg("%s: '%.*s'", reading->sentence,
			    STR_ARG(printed));
		if (oddities != reading->oddities)
			fail_msg("%s: oddities %llx", reading->sentence,
			    (unsigned long long)oddities);
		params_parse(arena, str_from(reading->value), &value, NULL);
		assert_true(str_eq(print(arena, &value), printed));
	}
}

static void
more_than_64_parameters_are_not_read(void **state)
{
	struct arena *arena = *state;
	mime_oddities oddities = 0;
	struct mime_value value;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "x/y");
	for (int i = 0; i < 64; i++)
		buf_printf(&text, "; n%d=v", i);
	params_parse(arena, buf_str(&text), &value, &oddities);
	assert_int_equal(value.params.len, 64);
	assert_int_equal(oddities, 0);
	buf_add_text(&text, "; more=v");
	params_parse(arena, buf_str(&text), &value, &oddities);
	assert_int_equal(value.params.len, 64);
	assert_true(mime_has(oddities, MIME_ODD_limit_header));
}

static void
more_than_16_kilobytes_are_not_read(void **state)
{
	struct arena *arena = *state;
	mime_oddities oddities = 0;
	struct mime_value value;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "x/y; a=b; c=");
	while (text.len < 17000)
		buf_add_char(&text, 'x');
	params_parse(arena, buf_str(&text), &value, &oddities);
	assert_int_equal(value.params.len, 1);
	assert_true(mime_has(oddities, MIME_ODD_limit_header));
}

static void
read_params(struct arena *arena, struct str text)
{
	struct mime_value value;

	params_parse(arena, text, &value, NULL);
}

static void
no_construct_takes_more_than_its_length(void **state)
{
	static const char *const pieces[] = { "(", "((a)", "(a)", "\"", ";",
		"a ", "=", "a=b;", "a=\"b\";", "x*1=a;", "a;", "\\", "/", " ",
		"\"a", "a (", "=(", "*", "x/y " };
	static const char *const fronts[] = { "", "x/y; name=", "x/y; n*=" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		for (size_t j = 0; j < ARRAY_LEN(fronts); j++)
			grows_with_input(fronts[j], pieces[i], read_params);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(values_are_taken_as_clients_take_them),
		ARENA_TEST(more_than_64_parameters_are_not_read),
		ARENA_TEST(more_than_16_kilobytes_are_not_read),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
