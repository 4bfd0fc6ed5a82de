/* SPDX-License-Identifier: ISC */
/* test_encode.c - bodies made 7-bit clean and short-lined, and those that
 * cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/spool.h"

struct result {
	struct arena *arena;
	struct spool *spool;
	enum encode_outcome outcome;
	struct encoded encoded;
	const char *reason;
	struct str body;
};

/* fields: "Name: value|Name: value". */
static void
begin(struct result *result, const char *fields, struct str body)
{
	struct arena *arena = arena_new(0);
	struct header_list headers;

	*result = (struct result){ .arena = arena,
	    .spool = spool_new(NULL, 65536) };
	header_list_init(&headers, arena);
	fixture_add_fields(&headers, fields, '|');
	result->outcome = encode_body(arena, &headers, body, result->spool,
	    &result->encoded, &result->reason);
	if (result->outcome == ENCODE_DONE)
		assert_int_equal(spool_data(result->spool, &result->body), 0);
}

static void
end(struct result *result)
{
	spool_free(&result->spool);
	arena_free(&result->arena);
}

static void
check_str(struct arena *arena, struct str is, struct str expected)
{
	assert_string_equal(str_dup(arena, is), str_dup(arena, expected));
}

#define TEXT "MIME-Version: 1.0|Content-Type: text/plain; charset=utf-8"
#define MIXED "MIME-Version: 1.0|Content-Type: multipart/mixed; boundary=b"
#define DATA "application/octet-stream"
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY \
	FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY
#define CTE(value) "Content-Transfer-Encoding: " value "\r\n"

static const struct {
	const char *why, *fields, *body;
	const char *transfer;	/* of the message itself; NULL: unchanged */
	const char *encoded;
} good[] = {
	{ "plain text stays", TEXT, "hello \r\n=\r\n", NULL,
	    "hello \r\n=\r\n" },
	{ "an empty body", TEXT, "", NULL, "" },
	{ "8 bits", TEXT "|Content-Transfer-Encoding: 8bit",
	    "Gr\xc3\xbc\xc3\x9f" "e\r\n", "quoted-printable",
	    "Gr=C3=BC=C3=9Fe\r\n" },
	{ "7bit is no obstacle when it is a lie",
	    TEXT "|Content-Transfer-Encoding: (really) 7BIT (!)", "\xe4\r\n",
	    "quoted-printable", "=E4\r\n" },
	{ "8bit that is 7bit", TEXT "|Content-Transfer-Encoding: 8Bit",
	    "a=b\r\n", "7bit", "a=b\r\n" },
	{ "blanks at the end of a line, equal signs, controls (RFC 2045 6.7)",
	    TEXT, "\xe4 a \t\r\n = \001\r\n\r\n\t\r\n", "quoted-printable",
	    "=E4 a =09\r\n =3D =01\r\n\r\n=09\r\n" },
	{ "76 columns need no soft break", TEXT,
	    "\xe4" FIFTY TEN TEN "123\r\n", "quoted-printable",
	    "=E4" FIFTY TEN TEN "123\r\n" },
	{ "77 do", TEXT, "\xe4" FIFTY TEN TEN "1234\r\n",
	    "quoted-printable", "=E4" FIFTY TEN TEN "12=\r\n34\r\n" },
	{ "a code is not cut", TEXT, FIFTY TEN TEN "1234\xe4x\r\n",
	    "quoted-printable", FIFTY TEN TEN "1234=\r\n=E4x\r\n" },
	{ "a soft break makes no delimiter", TEXT,
	    "\xe4" FIFTY TEN TEN "12--b\r\n--\r\n-\r\n", "quoted-printable",
	    "=E4" FIFTY TEN TEN "12=\r\n=2D-b\r\n=2D-\r\n-\r\n" },
	{ "no MIME at all (RFC 1428 3)", "Subject: x", "\xe4\r\n",
	    "quoted-printable", "=E4\r\n" },
	{ "what is no text", "Content-Type: " DATA, "\xff\r\n", "base64",
	    "/w0K\r\n" },
	{ "58 octets of it", "Content-Type: " DATA,
	    "\xff" FIFTY "12345\r\n", "base64",
	    "/zAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2"
	    "Nzg5MTIzNDUN\r\nCg==\r\n" },
	{ "parts, of which some need it", MIXED
	    "|Content-Transfer-Encoding: 8bit",
	    "pre =\r\n--b\r\n\r\n\xe4\r\n--b \t\r\nContent-Type: image/png\r\n"
	    CTE("\r\n binary") "X: y\r\n\r\n\xff\xfe\r\n--b\r\n\r\n=\r\n--b--\r\n"
	    "epi =\r\n", "7bit",
	    "pre =\r\n--b\r\n" CTE("quoted-printable") "\r\n=E4\r\n--b \t\r\n"
	    "Content-Type: image/png\r\n" CTE("base64") "X: y\r\n\r\n//4=\r\n"
	    "--b\r\n\r\n=\r\n--b--\r\nepi =\r\n" },
	{ "a blank in front of a delimiter's line end", MIXED,
	    "--b\r\n\r\n\xe4 \r\n--b--\r\n", NULL,
	    "--b\r\n" CTE("quoted-printable") "\r\n=E4=20\r\n--b--\r\n" },
	{ "content that begins with blanks is no fold", MIXED,
	    "--b\r\nX: y\r\n\r\n \xe4\r\n--b--\r\n", NULL,
	    "--b\r\nX: y\r\n" CTE("quoted-printable") "\r\n =E4\r\n--b--\r\n" },
	{ "a part with nothing in it", MIXED,
	    "--b\r\n" CTE("8bit") "\r\n--b\r\n\r\n\xe4\r\n--b--\r\n", NULL,
	    "--b\r\n" CTE("7bit") "\r\n--b\r\n" CTE("quoted-printable")
	    "\r\n=E4\r\n--b--\r\n" },
	{ "parts of parts; an outer delimiter ends the inner", MIXED,
	    "--b\r\nContent-Type: multipart/alternative; boundary=\"b i\"\r\n"
	    CTE("8bit") "\r\n--b i\r\n\r\n\xe4\r\n--b\r\n\r\n\xe5\r\n", NULL,
	    "--b\r\nContent-Type: multipart/alternative; boundary=\"b i\"\r\n"
	    CTE("7bit") "\r\n--b i\r\n" CTE("quoted-printable") "\r\n=E4\r\n"
	    "--b\r\n" CTE("quoted-printable") "\r\n=E5\r\n" },
	{ "an inner one without parts", MIXED,
	    "--b\r\n\r\n\xe4\r\n--b--\r\n--b\r\n", NULL, "--b\r\n"
	    CTE("quoted-printable") "\r\n=E4\r\n--b--\r\n--b\r\n" },
	{ "signed content that needs nothing, beside some that does", MIXED,
	    "--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
	    CTE("8bit") "\r\nx\r\n--s--\r\n--b\r\n\r\n\xe4\r\n--b--\r\n", NULL,
	    "--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
	    CTE("8bit") "\r\nx\r\n--s--\r\n--b\r\n" CTE("quoted-printable")
	    "\r\n=E4\r\n--b--\r\n" },
	{ "an attached message that needs nothing", MIXED,
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nx\r\n--b\r\n"
	    "\r\n\xe4\r\n--b--\r\n", NULL,
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nx\r\n--b\r\n"
	    CTE("quoted-printable") "\r\n=E4\r\n--b--\r\n" },
	{ "what is encoded already, beside", MIXED,
	    "--b\r\n" CTE("base64") "\r\n5A==\r\n--b\r\n\r\n\xe4\r\n--b--\r\n",
	    NULL, "--b\r\n" CTE("base64") "\r\n5A==\r\n--b\r\n"
	    CTE("quoted-printable") "\r\n=E4\r\n--b--\r\n" },
	{ "boundaries as people write them", "Content-Type: multipart/mixed;\n"
	    "\tcharset=x; Boundary=----=_Part/1? (c) ; type=\"text/plain\";",
	    "------=_Part/1?\r\n\r\n\xe4\r\n------=_Part/1?--\r\n", NULL,
	    "------=_Part/1?\r\n" CTE("quoted-printable")
	    "\r\n=E4\r\n------=_Part/1?--\r\n" },
};

static void
encoded_as_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct result result;

		print_message("%s\n", good[i].why);
		begin(&result, good[i].fields, str_from(good[i].body));
		if (result.outcome != ENCODE_DONE)
			fail_msg("not encoded: %s", result.reason);
		check_str(result.arena, result.body,
		    str_from(good[i].encoded));
		if (good[i].transfer == NULL)
			assert_null(result.encoded.transfer);
		else
			assert_string_equal(result.encoded.transfer,
			    good[i].transfer);
		assert_int_equal(result.encoded.has_new_body,
		    strcmp(good[i].body, good[i].encoded) != 0);
		end(&result);
	}
}

static const struct {
	const char *why, *fields, *body, *reason;
} bad[] = {
	{ "PGP/MIME (RFC 3156 5)", "Content-Type: multipart/signed; "
	    "boundary=b", "--b\r\n\r\n\xe4\r\n--b--\r\n",
	    "multipart/signed must stay as it is" },
	{ "PGP/MIME within another part", MIXED,
	    "--b\r\nContent-Type: Multipart/Encrypted; boundary=s\r\n\r\n"
	    "--s\r\n\r\n\xe4\r\n--s--\r\n--b--\r\n",
	    "multipart/encrypted must stay as it is" },
	{ "S/MIME", "Content-Type: application/pkcs7-mime; name=x", "\xff\r\n",
	    "application/pkcs7-mime must stay as it is" },
	{ "an attached message (RFC 2046 5.2.1)", MIXED,
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\n\xe4\r\n"
	    "--b--\r\n", "message/rfc822 must stay as it is" },
	{ "one in a digest (RFC 2046 5.1.5)",
	    "Content-Type: multipart/digest; boundary=b",
	    "--b\r\n\r\nA: b\r\n\r\n\xe4\r\n--b--\r\n",
	    "message/rfc822 must stay as it is" },
	{ "an inline PGP signature", TEXT,
	    "\xe4\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n",
	    "text with a PGP signature must stay as it is" },
	{ "it could be done for one part, but not for all", MIXED,
	    "--b\r\n\r\n\xe4\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "\xe4\r\n--b--\r\n", "message/rfc822 must stay as it is" },
	{ "base64 with long lines",
	    TEXT "|Content-Transfer-Encoding: base64", LONG "\r\n",
	    "content that says it is base64 has 8-bit octets or long lines" },
	{ "an encoding that nobody knows",
	    TEXT "|Content-Transfer-Encoding: x-uuencode", "\xe4\r\n",
	    "content that says it is x-uuencode has 8-bit octets or long "
	    "lines" },
	{ "8 bits in the preamble", MIXED, "\xe4\r\n--b\r\n\r\nx\r\n--b--\r\n",
	    "8-bit octets or long lines stand outside of the parts" },
	{ "a long line in the epilogue", MIXED, "--b\r\n\r\nx\r\n--b--\r\n" LONG
	    "\r\n", "8-bit octets or long lines stand outside of the parts" },
	{ "8 bits in a part's header", MIXED,
	    "--b\r\nX: \xe4\r\n\r\nx\r\n--b--\r\n",
	    "a part's header has 8-bit octets" },
	{ "no boundary", "Content-Type: multipart/mixed", "\xe4\r\n",
	    "a multipart has no boundary" },
	{ "two boundaries", MIXED "; boundary=c", "\xe4\r\n",
	    "a multipart has two boundaries" },
	{ "a boundary that is too long (RFC 2046 5.1.1)",
	    MIXED FIFTY TEN TEN, "\xe4\r\n",
	    "a multipart's boundary is malformed" },
	{ "the boundary is not found", MIXED, "x\r\n",
	    "a multipart's boundary is not found" },
	{ "only its end is found", MIXED, "x\r\n--b--\r\n",
	    "a multipart's boundary is not found" },
	{ "nobody knows where data ends", MIXED,
	    "--b\r\nContent-Type: " DATA "\r\n\r\n\xff\r\n",
	    "a multipart's end is missing" },
	{ "an inner boundary is not found", MIXED,
	    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\nx\r\n--b\r\n"
	    "\r\n\xe4\r\n--b--\r\n", "a multipart's boundary is not found" },
	{ "one boundary for two", MIXED,
	    "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
	    "\xe4\r\n--b--\r\n", "two multiparts have one boundary" },
	{ "a line that some take for a delimiter", MIXED,
	    "--b\r\n\r\n\xe4\r\n--bc\r\n\r\nx\r\n--b--\r\n",
	    "a line begins like a boundary, and is none" },
	{ "a header without its end", MIXED, "--b\r\nX: y\r\n",
	    "a part's header does not end" },
	{ "a header that a delimiter ends", MIXED, "--b\r\nX: y\r\n--b--\r\n",
	    "a part's header is malformed" },
	{ "text where a header should be", MIXED, "--b\r\n\xe4\r\n--b--\r\n",
	    "a part's header is malformed" },
	{ "two Content-Types", TEXT "|Content-Type: text/html", "\xe4\r\n",
	    "Content-Type stands twice in one header" },
	{ "two encodings", "Content-Transfer-Encoding: 7bit|"
	    "Content-Transfer-Encoding: 8bit", "\xe4\r\n",
	    "Content-Transfer-Encoding stands twice in one header" },
	{ "a type without subtype", "Content-Type: text", "\xe4\r\n",
	    "a Content-Type is malformed" },
	{ "an encoding with something behind it",
	    "Content-Transfer-Encoding: 8bit base64", "\xe4\r\n",
	    "a Content-Transfer-Encoding is malformed" },
	{ "an encoded multipart (RFC 2045 6.4)",
	    MIXED "|Content-Transfer-Encoding: quoted-printable",
	    "--b\r\n\r\n\xe4\r\n--b--\r\n",
	    "a multipart says that it is encoded" },
	{ "a lone LF", TEXT, "\xe4\n", "a line does not end with CRLF" },
	{ "a lone CR", TEXT, "\xe4\ra\r\n", "a line does not end with CRLF" },
	{ "no line end", TEXT, "\xe4", "a line does not end with CRLF" },
};

static void
not_encoded_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct result result;

		print_message("%s\n", bad[i].why);
		begin(&result, bad[i].fields, str_from(bad[i].body));
		assert_int_equal(result.outcome, ENCODE_UNABLE);
		assert_string_equal(result.reason, bad[i].reason);
		end(&result);
	}
}

static void
what_the_header_lacks_is_told(void **state)
{
	static const struct {
		const char *fields;
		bool version, type;
	} cases[] = {
		{ "Subject: x", true, true },
		{ TEXT, false, false },
		{ "MIME-Version: 1.0", false, false },
		{ "Content-Type: text/plain", true, false },
		{ "Content-Transfer-Encoding: 8bit", true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result result;

		begin(&result, cases[i].fields, STR("\xe4\r\n"));
		assert_int_equal(result.encoded.lacks_version,
		    cases[i].version);
		assert_int_equal(result.encoded.lacks_type, cases[i].type);
		assert_int_equal(result.encoded.quoted, 1);
		end(&result);
	}
}

static const char *
nested(struct arena *arena, int depth)
{
	struct buf body;

	buf_init(&body, arena);
	for (int i = 1; i < depth; i++)
		buf_printf(&body, "--%c%c\r\nContent-Type: multipart/mixed; "
		    "boundary=%c%c\r\n\r\n", 'a' + (i - 1) / 8,
		    'a' + (i - 1) % 8, 'a' + i / 8, 'a' + i % 8);
	buf_printf(&body, "--%c%c\r\n\r\n\xe4\r\n", 'a' + (depth - 1) / 8,
	    'a' + (depth - 1) % 8);
	return body.data;
}

static void
nesting_has_a_limit(void **state)
{
	struct arena *arena = *state;
	struct result result;

	begin(&result, "Content-Type: multipart/mixed; boundary=aa",
	    str_from(nested(arena, 32)));
	assert_int_equal(result.outcome, ENCODE_DONE);
	end(&result);
	begin(&result, "Content-Type: multipart/mixed; boundary=aa",
	    str_from(nested(arena, 33)));
	assert_string_equal(result.reason, "its parts are nested too deep");
	end(&result);
}

static void
the_number_of_parts_has_a_limit(void **state)
{
	struct arena *arena = *state;
	struct result result;

	begin(&result, MIXED, fixture_repeat(arena,
	    "--b\r\n\r\n\xe4\r\n", 1000));
	assert_int_equal(result.outcome, ENCODE_DONE);
	assert_int_equal(result.encoded.quoted, 1000);
	end(&result);
	begin(&result, MIXED, fixture_repeat(arena,
	    "--b\r\n\r\n\xe4\r\n", 1001));
	assert_string_equal(result.reason, "it has too many parts");
	end(&result);
}

/* Lines that could be delimiters of each of 32 open multiparts, and none. */
static void
ten_megabytes_take_no_time_of_note(void **state)
{
	struct arena *arena = *state;
	int64_t start_ms = fixture_cpu_ms();
	struct result result;
	struct buf body;

	buf_init(&body, arena);
	buf_add_text(&body, nested(arena, 32));
	buf_add_str(&body, fixture_repeat(arena, "--zz\r\n", 1700000));
	begin(&result, "Content-Type: multipart/mixed; boundary=aa",
	    buf_str(&body));
	assert_int_equal(result.outcome, ENCODE_DONE);
	assert_true(result.body.len > body.len);
	/* Under sanitizers. */
	assert_true(fixture_cpu_ms() - start_ms < 10000);
	end(&result);
}

static void
labels_that_say_8bit_are_found(void **state)
{
	static const struct {
		const char *field, *body;
		bool is_found;
	} cases[] = {
		{ "Content-Transfer-Encoding: 8BIT", "", true },
		{ "Content-Transfer-Encoding: binary", "", true },
		{ "Content-Transfer-Encoding: 7bit", "x\r\n", false },
		{ "X: y", "--b\r\ncontent-transfer-encoding:8bit\r\n", true },
		{ "X: y", "--b\r\n" CTE("base64") "\r\n8bit\r\n", false },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str field = str_from(cases[i].field), name;
		struct header_list headers;

		str_cut(&field, ':', &name);
		header_list_init(&headers, arena);
		header_list_add(&headers, name, field);
		assert_int_equal(encode_finds_label(&headers,
		    str_from(cases[i].body)), cases[i].is_found);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoded_as_it_should),
		cmocka_unit_test(not_encoded_and_why),
		cmocka_unit_test(what_the_header_lacks_is_told),
		ARENA_TEST(nesting_has_a_limit),
		ARENA_TEST(the_number_of_parts_has_a_limit),
		ARENA_TEST(ten_megabytes_take_no_time_of_note),
		ARENA_TEST(labels_that_say_8bit_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
