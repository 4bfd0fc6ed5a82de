/* SPDX-License-Identifier: ISC */
/* test_mime_transfer.c - transfer encodings undone (RFC 2045 6), however they
 * are cut and whatever is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "growth.h"
#include "mime/transfer.h"

#define B64 TRANSFER_BASE64
#define QP TRANSFER_QUOTED
#define UU TRANSFER_UUENCODE
#define YENC TRANSFER_YENC
#define FINE (-1)
#define BAD_64 MIME_ODD_bad_base64
#define BAD_QP MIME_ODD_bad_quoted
#define BAD_UU MIME_ODD_bad_uuencode

struct decoding {
	const char *sentence;
	enum transfer transfer;
	struct str encoded, decoded;
	int oddity;
};

#define TEXT(literal) { "" literal, sizeof(literal) - 1 }

static const struct decoding decodings[] = {
	{ "RFC 4648 10: nothing", B64, TEXT(""), TEXT(""), FINE },
	{ "RFC 4648 10: f", B64, TEXT("Zg=="), TEXT("f"), FINE },
	{ "RFC 4648 10: fo", B64, TEXT("Zm8="), TEXT("fo"), FINE },
	{ "RFC 4648 10: foo", B64, TEXT("Zm9v"), TEXT("foo"), FINE },
	{ "RFC 4648 10: foobar", B64, TEXT("Zm9vYmFy"), TEXT("foobar"), FINE },
	{ "RFC 2045 6.8: lines", B64, TEXT("SGVs\r\nbG8sIHdv\ncmxkLiBIZWxs"
	    "\r\nbywgd29ybGQu\r\n"), TEXT("Hello, world. Hello, world."),
	    FINE },
	{ "lines of any length", B64, TEXT("S\nGVsb\nG8sI\nHd\nvcmxkLiBIZWxsb"
	    "ywg\nd29ybGQu"), TEXT("Hello, world. Hello, world."), FINE },
	{ "every octet", B64, TEXT("AAECA/z9/v8="),
	    TEXT("\0\1\2\3\xfc\xfd\xfe\xff"), FINE },
	{ "RFC 2045 6.8: foreign characters are passed over", B64,
	    TEXT("SG!Vs*bG\0\xff" "8="), TEXT("Hello"), BAD_64 },
	{ "padding within, as of pieces put together: it goes on", B64,
	    TEXT("SGk=SGk=\r\nIQ==IQ=="), TEXT("HiHi!!"), BAD_64 },
	{ "no padding", B64, TEXT("SGVsbG8"), TEXT("Hello"), BAD_64 },
	{ "one '=' of two", B64, TEXT("SQ="), TEXT("I"), BAD_64 },
	{ "'=' on lines of their own", B64, TEXT("SQ=\r\n=\r\n"), TEXT("I"),
	    FINE },
	{ "'=' more than is due", B64, TEXT("SGk=="), TEXT("Hi"), BAD_64 },
	{ "'=' within a group takes a byte from it", B64,
	    TEXT("JV=ARERG"), TEXT("%PDDF"), BAD_64 },
	{ "'=' at the start of a group", B64, TEXT("=SGVsbG8"),
	    TEXT("\1!\xb1\xb1\xbc"), BAD_64 },
	{ "a group of nothing but '='", B64, TEXT("SGVs===="), TEXT("Hel\0"),
	    BAD_64 },
	{ "six bits are no byte", B64, TEXT("SGVsb"), TEXT("Hel"), BAD_64 },
	{ "six bits and '='", B64, TEXT("b===SGVs"), TEXT("lHel"), BAD_64 },
	{ "RFC 4648 5: the other alphabet is foreign", B64, TEXT("SG-Vs_"),
	    TEXT("Hel"), BAD_64 },
	{ "a list's footer behind the end", B64, TEXT("SGVsbG8=\r\n--\r\nab"),
	    TEXT("Helloi"), BAD_64 },

	{ "RFC 2045 6.7: the example of a soft line end", QP,
	    TEXT("Now's the time =\r\nfor all folk to come=\r\n to the aid of "
	    "their country."), TEXT("Now's the time for all folk to come to "
	    "the aid of their country."), FINE },
	{ "RFC 2045 6.7 (1): escapes", QP, TEXT("a=3D=E4=00=0D=0Az"),
	    TEXT("a=\xe4\0\r\nz"), FINE },
	{ "RFC 2045 6.7: small digits", QP, TEXT("=c3=a4=C3=a4"),
	    TEXT("\xc3\xa4\xc3\xa4"), FINE },
	{ "line ends stay", QP, TEXT("a\r\nb\nc\r\n"), TEXT("a\r\nb\nc\r\n"),
	    FINE },
	{ "a soft line end of LF alone", QP, TEXT("a=\nb"), TEXT("ab"), FINE },
	{ "RFC 2045 6.7: blanks behind the '=' of a soft line end", QP,
	    TEXT("a= \t \r\nb=\t\nc"), TEXT("abc"), FINE },
	{ "a soft line end of CR alone", QP, TEXT("a=\rb"), TEXT("ab"), FINE },
	{ "blanks at the end of a line stay", QP, TEXT("-- \r\na \nb"),
	    TEXT("-- \r\na \nb"), FINE },
	{ "'=' is the last of all", QP, TEXT("a="), TEXT("a"), FINE },
	{ "'=' and blanks are the last of all", QP, TEXT("a=  "), TEXT("a"),
	    FINE },
	{ "a wrong escape stays", QP, TEXT("a=zz b=4 c=G1"),
	    TEXT("a=zz b=4 c=G1"), BAD_QP },
	{ "a wrong escape before a good one", QP, TEXT("==41=4=41"),
	    TEXT("=A=4A"), BAD_QP },
	{ "half an escape is the last of all", QP, TEXT("a=4"), TEXT("a=4"),
	    BAD_QP },
	{ "'=' and blanks before a letter", QP, TEXT("a = b"), TEXT("a = b"),
	    BAD_QP },
	{ "octets as they are", QP, TEXT("\xc3\xa4\0=\xe4"),
	    TEXT("\xc3\xa4\0=\xe4"), BAD_QP },

	{ "uuencode: the usual example", UU, TEXT("begin 644 cat.txt\n"
	    "#0V%T\n`\nend\n"), TEXT("Cat"), FINE },
	{ "uuencode: text around it, CRLF, a blank for zero", UU,
	    TEXT("See this:\r\nbegin with it\r\nbegin 644 wiki\r\n"
	    "::'1T<#HO+W=W=RYW:6MI<&5D:6$N;W)G#0H \r\n \r\nend\r\nBye\r\n"),
	    TEXT("http://www.wikipedia.org\r\n"), FINE },
	{ "uuencode: a checksum behind each line", UU,
	    TEXT("begin 644 a\n#0V%TX\n`\nend"), TEXT("Cat"), FINE },
	{ "uuencode: no end", UU, TEXT("begin 644 a\n#0V%T"), TEXT("Cat"),
	    BAD_UU },
	{ "uuencode: a short line", UU, TEXT("begin 644 a\nM0V%T\n`\nend\n"),
	    TEXT("Cat"), BAD_UU },
	{ "uuencode: a file of two lengths", UU, TEXT("begin 644 a\n\"0V$\n"
	    "!0P\n`\nend"), TEXT("CaC"), FINE },
	{ "uuencode: nothing behind the end", UU, TEXT("begin 644 a\nend\n"
	    "#0V%T\nbegin 644 b\n#0V%T\nend\n"), TEXT(""), FINE },
	{ "uuencode: it never begins", UU, TEXT("#0V%T\nend\n"), TEXT(""),
	    BAD_UU },
	{ "uuencode -m", UU, TEXT("Hi\r\nbegin-base64 644 cat.txt\r\n"
	    "Q2F0IGFuZCBk\r\nb2c=\r\n====\r\nBye\r\n"), TEXT("Cat and dog"),
	    FINE },
	{ "uuencode -m: nothing behind the end", UU, TEXT("begin-base64 644 a\n"
	    "Q2F0\n====\nbegin 644 b\n#0V%T\nend\n"), TEXT("Cat"), FINE },
	{ "uuencode -m: no end", UU, TEXT("begin-base64 644 a\nQ2F0\nQ2"),
	    TEXT("CatC"), BAD_UU },
	{ "uuencode -m: characters of no base64", UU,
	    TEXT("begin-base64 644 a\nQ2!F0\n====\n"), TEXT("Cat"), BAD_UU },

	{ "yEnc: data between its lines", YENC, TEXT("Hi\r\n"
	    "=ybegin line=128 size=4 name=a.bin\r\n\x6d\x8b\x9e\x4b\r\n"
	    "=yend size=4\r\nBye\r\n"), TEXT("Cat!"), FINE },
	{ "yEnc: escapes, at the start of a line too", YENC,
	    TEXT("=ybegin line=4 size=4 name=a\n=ypart begin=1 end=4\n"
	    "=@=\x4a\x6d\r\n=\x7d" "a\n=yend size=4"),
	    TEXT("\xd6\xe0" "C\x13" "7"), FINE },
	{ "yEnc: no end", YENC, TEXT("=ybegin line=4 size=4 name=a\n\x6d"),
	    TEXT("C"), BAD_UU },
	{ "yEnc: an escape of nothing", YENC, TEXT("=ybegin line=4 name=a\n"
	    "\x6d=\n\x6d\n=yend"), TEXT("CC"), BAD_UU },

	{ "RFC 2045 6.2: 7bit", TRANSFER_7BIT, TEXT("a=41\n"),
	    TEXT("a=41\n"), FINE },
	{ "RFC 2045 6.2: 7bit that is not", TRANSFER_7BIT, TEXT("a\xe4"),
	    TEXT("a\xe4"), MIME_ODD_octets_8bit },
	{ "RFC 2045 6.2: 8bit", TRANSFER_8BIT, TEXT("a\xe4"), TEXT("a\xe4"),
	    FINE },
};

/* Chunks of step octets; 0: the first is as long as cut, the rest another. */
static void
decode(const struct decoding *decoding, size_t step, size_t cut)
{
	struct str rest = decoding->encoded;
	struct transfer_decoder decoder;
	char out[1024];
	size_t len = 0;

	transfer_begin(&decoder, decoding->transfer);
	while (rest.len != 0) {
		struct str chunk = str_sub(rest, 0, step != 0 ? step : cut);

		assert_true(len + transfer_room(chunk.len) <= sizeof(out));
		len += transfer_decode(&decoder, chunk, out + len);
		rest = str_from_pos(rest, chunk.len);
		if (step == 0)
			cut = rest.len;
	}
	len += transfer_end(&decoder, out + len);
	if (len != decoding->decoded.len ||
	    memcmp(out, decoding->decoded.data, len) != 0)
		fail_msg("%s (step %zu, cut %zu): '%.*s'", decoding->sentence,
		    step, cut, (int)len, out);
	if (decoder.oddities != (decoding->oddity == FINE ? 0
	    : mime_odd((enum mime_oddity)decoding->oddity)))
		fail_msg("%s (step %zu): oddities %llx", decoding->sentence,
		    step, (unsigned long long)decoder.oddities);
}

static void
each_encoding_is_undone_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decodings); i++) {
		const struct decoding *decoding = &decodings[i];

		for (size_t step = 1; step <= 5; step++)
			decode(decoding, step, 0);
		for (size_t cut = 1; cut <= decoding->encoded.len; cut++)
			decode(decoding, 0, cut);
	}
}

static void
names_are_known_as_they_come(void **state)
{
	static const struct {
		const char *value;
		enum transfer transfer;
	} values[] = {
		{ "", TRANSFER_7BIT },
		{ "7bit", TRANSFER_7BIT },
		{ " 8BIT\r\n", TRANSFER_8BIT },
		{ "8-bit", TRANSFER_8BIT },
		{ "binary", TRANSFER_BINARY },
		{ " Quoted-Printable", QP },
		{ "quoted-printable; charset=utf-8", QP },
		{ "(of old) BASE64 (RFC 2045 6.1)", B64 },
		{ "\"base64\"", B64 },
		{ "base64\n ", B64 },
		{ "x-uuencode", UU },
		{ "uuencode", UU },
		{ "x-uue", UU },
		{ "x-yenc", YENC },
		{ "base 64", TRANSFER_UNKNOWN },
		{ "utf-8", TRANSFER_UNKNOWN },
		{ ";", TRANSFER_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (transfer_parse(str_from(values[i].value)) !=
		    values[i].transfer)
			fail_msg("'%s'", values[i].value);
	for (int i = TRANSFER_7BIT; i < TRANSFER_UNKNOWN; i++)
		assert_int_equal(transfer_parse(str_from(
		    transfer_text((enum transfer)i))), i);
	assert_string_equal(transfer_text(QP), "quoted-printable");
}

static void
decode_all(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, transfer_room(text.len));

	for (int i = TRANSFER_7BIT; i <= TRANSFER_UNKNOWN; i++) {
		struct transfer_decoder decoder;
		size_t len;

		transfer_begin(&decoder, (enum transfer)i);
		len = transfer_decode(&decoder, text, out);
		assert_true(len <= transfer_room(text.len));
		transfer_end(&decoder, out);
	}
}

static void
no_construct_takes_more_than_its_length(void **state)
{
	static const char *const pieces[] = { "=", "= ", "=\r", "=4", "==",
		"QQ==", "QQ=", "!", "M\n", "begin 644 a\n", "=ybegin ", "=y\n",
		"=ybegin a\n", "a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		grows_with_input("", pieces[i], decode_all);
		grows_with_input("begin 644 a\n", pieces[i], decode_all);
		grows_with_input("=ybegin a\n", pieces[i], decode_all);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_encoding_is_undone_however_it_is_cut),
		cmocka_unit_test(names_are_known_as_they_come),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
