/* SPDX-License-Identifier: ISC */
/* test_mime_reader.c - messages in, trees of parts out, however they are cut. */
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

#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=" boundary \
	"\r\n\r\n"

static const struct {
	const char *sentence, *message, *tree;
} cases[] = {
	{ "no field at all is text (RFC 2045 5.2)", "Subject: x\r\n\r\nHello\r\n",
	    "text/plain 7 |Hello/|\n" },
	{ "an empty body", "Subject: x\r\n\r\n", "text/plain 0 ||\n" },
	{ "two parts, the line end before a delimiter is its (RFC 2046 5.1.1)",
	    MIXED("b") "--b\r\n\r\nOne\r\n--b\r\nContent-Type: text/html\r\n\r\n"
	    "<p>Two\r\n\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 3 |One|\n"
	    "  text/html 8 |<p>Two/|\n" },
	{ "a file in base64 has a name and its content",
	    MIXED("b") "--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  application/pdf 5 \"a.pdf\" {Hello}\n" },
	{ "an attached text is a file that can be read",
	    MIXED("b") "--b\r\nContent-Disposition: attachment; filename=a.txt"
	    "\r\n\r\nHello\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 5 \"a.txt\" |Hello|\n" },
	{ "blanks behind a boundary (RFC 2046 5.1.1 transport-padding)",
	    MIXED("b") "--b \t\r\n\r\nOne\r\n--b-- \r\n",
	    "multipart/mixed\n"
	    "  text/plain 3 |One|\n" },
	{ "text behind a boundary: no delimiter",
	    MIXED("b") "--b\r\n\r\nOne\r\n--bc\r\n--b x\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 16 |One/--bc/--b x|\n" },
	{ "text behind a boundary, and a field below: a delimiter (RFC 2046 "
	    "5.1.1)", MIXED("b") "--b\r\n\r\nOne\r\n--b x\r\n"
	    "Content-Type: text/html\r\n\r\nTwo\r\n--b--\r\n",
	    "multipart/mixed bad_delimiter\n"
	    "  text/plain 10 |One/--b x|\n"
	    "  text/html 3 |Two|\n" },
	{ "boundaries that are prefixes of one another",
	    MIXED("b") "--b\r\n" MIXED("bb") "--bb\r\n\r\nOne\r\n--bb--\r\n"
	    "--b\r\n\r\nTwo\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  multipart/mixed\n"
	    "    text/plain 3 |One|\n"
	    "  text/plain 3 |Two|\n" },
	{ "a boundary that is another one and \"--\"",
	    MIXED("b") "--b\r\n" MIXED("b--") "--b--\r\n\r\nOne\r\n--b----\r\n"
	    "--b\r\n\r\nTwo\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  multipart/mixed\n"
	    "    text/plain 3 |One|\n"
	    "  text/plain 3 |Two|\n" },
	{ "an inner multipart that is not closed",
	    MIXED("a") "--a\r\n" MIXED("b") "--b\r\n\r\nOne\r\n"
	    "--a\r\n\r\nTwo\r\n--a--\r\n",
	    "multipart/mixed\n"
	    "  multipart/mixed not_closed\n"
	    "    text/plain 3 |One|\n"
	    "  text/plain 3 |Two|\n" },
	{ "a message that ends within a part",
	    MIXED("a") "--a\r\n\r\nOne\r\n",
	    "multipart/mixed not_closed\n"
	    "  text/plain 5 |One/|\n" },
	{ "a message that ends within a delimiter",
	    MIXED("a") "--a\r\n\r\nOne\r\n--a-",
	    "multipart/mixed not_closed\n"
	    "  text/plain 9 |One/--a-|\n" },
	{ "a delimiter without a line end", MIXED("a") "--a\r\n\r\nOne\r\n--a--",
	    "multipart/mixed\n"
	    "  text/plain 3 |One|\n" },
	{ "one boundary for two multiparts: the inner one has it first",
	    MIXED("a") "--a\r\n" MIXED("a") "--a\r\n\r\nOne\r\n--a--\r\n"
	    "--a\r\n\r\nTwo\r\n--a--\r\n",
	    "multipart/mixed\n"
	    "  multipart/mixed repeated_boundary\n"
	    "    text/plain 3 |One|\n"
	    "  text/plain 3 |Two|\n" },
	{ "parts behind the last delimiter are read, text there is odd",
	    MIXED("a") "--a\r\n\r\nOne\r\n--a--\r\nfoot\r\n--a\r\n\r\nTwo\r\n",
	    "multipart/mixed text_outside\n"
	    "  text/plain 3 |One|\n"
	    "  text/plain 5 |Two/|\n" },
	{ "a multipart without boundary: the one that seems to be meant",
	    "Content-Type: multipart/mixed\r\n\r\nhead\r\n--x y\r\n"
	    "Content-Type: text/html\r\n\r\n<p>\r\n--x y--\r\n",
	    "multipart/mixed no_boundary\n"
	    "  text/html 3 |<p>|\n" },
	{ "a multipart without boundary and parts is text",
	    "Content-Type: multipart/mixed\r\n\r\n-- \r\nHello\r\n",
	    "multipart/mixed no_boundary\n"
	    "  text/plain 12 |-- /Hello/|\n" },
	{ "the wrong boundary is named", MIXED("zz") "--x\r\n"
	    "Content-Type: text/html\r\n\r\n<p>\r\n--x--\r\n",
	    "multipart/mixed boundary_missing\n"
	    "  text/html 3 |<p>|\n" },
	{ "a boundary that never comes", MIXED("zz") "Hello\r\n",
	    "multipart/mixed boundary_missing\n"
	    "  text/plain 7 |Hello/|\n" },
	{ "Content-Type twice: a multipart counts",
	    "Content-Type: text/plain\r\n" MIXED("b") "--b\r\n\r\nOne\r\n--b--\r\n",
	    "multipart/mixed duplicate_type\n"
	    "  text/plain 3 |One|\n" },
	{ "Content-Type twice: both boundaries are good",
	    "Content-Type: multipart/mixed; boundary=a\r\n" MIXED("b")
	    "--a\r\n\r\nOne\r\n--b\r\n\r\nTwo\r\n--b--\r\n--a--\r\n",
	    "multipart/mixed duplicate_type\n"
	    "  text/plain 3 |One|\n"
	    "  text/plain 3 |Two|\n" },
	{ "Content-Transfer-Encoding twice: the one that decodes",
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n",
	    "text/plain 5 |Hello| duplicate_transfer\n" },
	{ "a Content-Type that cannot be read is text (RFC 2045 5.2)",
	    "Content-Type: what?\r\n\r\nHello\r\n",
	    "text/plain 7 |Hello/| bad_type\n" },
	{ "a transfer encoding that is not known",
	    "Content-Transfer-Encoding: rot13\r\n\r\nHello\r\n",
	    "text/plain 7 |Hello/| bad_transfer\n" },
	{ "a digest has messages (RFC 2046 5.1.5)",
	    "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"
	    "Subject: in\r\n\r\nOne\r\n--b--\r\n",
	    "multipart/digest\n"
	    "  message/rfc822\n"
	    "    text/plain 3 |One|\n" },
	{ "a message in a message, and one in that",
	    "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n"
	    "\r\nSubject: in\r\n\r\nOne\r\n",
	    "message/rfc822\n"
	    "  message/rfc822\n"
	    "    text/plain 5 |One/|\n" },
	{ "a message in base64, which RFC 2045 6.4 forbids",
	    "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
	    "\r\n\r\nU3ViamVjdDogaW4NCkNvbnRlbnQtVHlwZTogdGV4dC9odG1sDQoNCk9u"
	    "ZQ0K\r\n",
	    "message/rfc822 encoded_container\n"
	    "  text/html 5 |One/|\n" },
	{ "a message that only says it is in base64",
	    "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
	    "\r\n\r\nSubject: in\r\n\r\nOne\r\n",
	    "message/rfc822 encoded_container\n"
	    "  text/plain 5 |One/|\n" },
	{ "a multipart in base64",
	    "Content-Transfer-Encoding: base64\r\n" MIXED("b")
	    "LS1iDQoNCk9uZQ0KLS1iLS0NCg==\r\n",
	    "multipart/mixed encoded_container\n"
	    "  text/plain 3 |One|\n" },
	{ "a multipart that only says it is in base64",
	    "Content-Transfer-Encoding: base64\r\n" MIXED("b")
	    "--b\r\n\r\nOne\r\n--b--\r\n",
	    "multipart/mixed encoded_container\n"
	    "  text/plain 3 |One|\n" },
	{ "a piece of a message (RFC 2046 5.2.2)",
	    "Content-Type: message/partial; id=x; number=2\r\n\r\nabc",
	    "message/partial 3 {abc} partial\n" },
	{ "content elsewhere (RFC 2046 5.2.3)",
	    "Content-Type: message/external-body; access-type=URL\r\n\r\n"
	    "Content-Type: text/html\r\n\r\n",
	    "message/external-body 27 {Content-Type: text/html\\/\\/} "
	    "external_body\n" },
	{ "a report is text (RFC 3464 2.1)",
	    "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
	    "message/delivery-status 16 |Action: failed/|\n" },

	{ "a bare LF ends lines, and is odd among CRLF",
	    MIXED("b") "--b\n\nOne\n--b--\r\n",
	    "multipart/mixed bare_lf\n"
	    "  text/plain 3 |One|\n" },
	{ "a bare CR ends lines, before a delimiter too",
	    MIXED("b") "--b\r\n\r\nOne\r--b\rContent-Type: text/html\r\rTwo"
	    "\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 3 |One| bare_cr\n"
	    "  text/html 3 |Two| bare_cr\n" },
	{ "a bare CR in a file stays what it is",
	    "Content-Type: image/x\r\n\r\na\rb\r\n",
	    "image/x 5 {a\\b\\/} bare_cr\n" },
	{ "NUL in a text, and in a header",
	    MIXED("b") "--b\r\nX-A: @\r\n\r\nO@e\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 3 |O?e| header_nul nul\n" },
	{ "no empty line behind the header: two lines that are no fields",
	    MIXED("b") "--b\r\nContent-Type: text/html\r\nOne\r\nTwo\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/html 8 |One/Two| no_header_end\n" },
	{ "no header at all", MIXED("b") "--b\r\nOne\r\n\r\nTwo\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 10 |One//Two| no_header_end\n" },
	{ "one line that is no field: the header goes on, the line is shown",
	    MIXED("b") "--b\r\nX: y\r\nOne\r\nContent-Type: text/html\r\n\r\n"
	    "Two\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/html 8 |One/Two| bad_header_line\n" },
	{ "a header that ends with the delimiter it announces",
	    MIXED("b") "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n"
	    "--c\r\n\r\nOne\r\n--c--\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  multipart/mixed no_header_end\n"
	    "    text/plain 3 |One|\n" },
	{ "a header that the next part ends",
	    MIXED("b") "--b\r\nContent-Type: text/html\r\n--b\r\n\r\nTwo\r\n--b--",
	    "multipart/mixed\n"
	    "  text/html 0 || no_header_end\n"
	    "  text/plain 3 |Two|\n" },
	{ "a header within a message that the end ends",
	    "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822",
	    "message/rfc822\n"
	    "  message/rfc822 no_header_end\n"
	    "    text/plain 0 || no_header_end\n" },
	{ "a line of blanks is no header",
	    MIXED("b") "--b\r\n \r\nOne\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 3 |One|\n" },
	{ "a line of an mbox in front of a message",
	    "Content-Type: message/rfc822\r\n\r\n>From a@b Sat Nov 21\r\n"
	    "Subject: in\r\n\r\nOne",
	    "message/rfc822\n"
	    "  text/plain 3 |One|\n" },
	{ "blanks before the colon (RFC 5322 4.5)",
	    MIXED("b") "--b\r\nContent-Type : text/html\r\n\r\nOne\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/html 3 |One|\n" },
	{ "8-bit octets in a header, and in 7bit text",
	    MIXED("b") "--b\r\nX: \xe9\r\n\r\n\xc3\xa9\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 2 |\xc3\xa9| header_8bit octets_8bit\n" },
	{ "names with a path, or that turn round", MIXED("b")
	    "--b\r\nContent-Disposition: attachment; filename=\"../a\"\r\n\r\n"
	    "\r\n--b\r\nContent-Disposition: attachment; "
	    "filename=\"a\xe2\x80\xaegpj.exe\"\r\n\r\n\r\n--b--\r\n",
	    "multipart/mixed\n"
	    "  text/plain 0 \"../a\" {} name_path\n"
	    "  text/plain 0 \"a\xe2\x80\xaegpj.exe\" {} name_path\n" },
	{ "an encrypted message (RFC 1847 2.2)",
	    "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n"
	    "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--",
	    "multipart/encrypted encrypted\n"
	    "  application/pgp-encrypted 10 {Version: 1} encrypted\n" },
	{ "a type by its boundary alone",
	    "Content-Type: multipart; boundary=b\r\n\r\n--b\r\n\r\nOne\r\n--b--",
	    "multipart/mixed bad_type\n"
	    "  text/plain 3 |One|\n" },

	{ "paragraphs are joined (RFC 3676 4.1), the signature is not (4.3)",
	    "Content-Type: text/plain; format=flowed\r\n\r\nOne \r\ntwo.\r\n"
	    "-- \r\n Ann\r\n",
	    "text/plain 23 |One two./-- /Ann/|\n" },
	{ "quotes are joined with their like only (RFC 3676 4.5)",
	    "Content-Type: text/plain; format=flowed\r\n\r\n> a \r\n> b \r\n"
	    ">> c \r\nd\r\n",
	    "text/plain 22 |> a b />> c /d/|\n" },
	{ "DelSp: the blank goes (RFC 3676 4.1)",
	    "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nOne \r\n"
	    "two\r\n", "text/plain 11 |Onetwo/|\n" },
	{ "a page names its charset itself", "Content-Type: text/html\r\n\r\n"
	    "<meta charset=\"iso-8859-2\">\xb1", "text/html 28 "
	    "|<meta charset=\"iso-8859-2\">\xc4\x85| octets_8bit\n" },

	{ "uuencode within text", "X: y\r\n\r\nSee:\r\nbegin 644 a.txt\r\n"
	    "%2&5L;&\\\r\n`\r\nend\r\nBye\r\n",
	    "text/plain 46 |See:/Bye/| uuencoded\n"
	    "  application/octet-stream 5 \"a.txt\" <uuencode> {Hello}\n" },
	{ "uuencode -m within text", "X: y\r\n\r\nSee:\r\n"
	    "begin-base64 644 a.txt\r\nSGVs\r\nbG8=\r\n====\r\nBye\r\n",
	    "text/plain 53 |See:/Bye/| uuencoded\n"
	    "  application/octet-stream 5 \"a.txt\" <uuencode> {Hello}\n" },
	{ "what only begins like uuencode -m is text",
	    "X: y\r\n\r\nbegin-base64 644 men\r\nand we see\r\n",
	    "text/plain 34 |begin-base64 644 men/and we see/|\n" },
	{ "what only begins like uuencode is text",
	    "X: y\r\n\r\nbegin 644 men\r\nand we will see\r\nend\r\n",
	    "text/plain 37 |begin 644 men/and we will see/end/|\n" },
	{ "yEnc within text", "X: y\r\n\r\nSee:\r\n=ybegin line=128 size=5 "
	    "name=a b.txt\r\nr\x8f\x96\x96\x99\r\n=yend size=5\r\nBye\r\n",
	    "text/plain 70 |See:/Bye/| octets_8bit yencoded\n"
	    "  application/octet-stream 5 \"a b.txt\" <yenc> {Hello}\n" },
	{ "inline PGP: the signature goes, the text stays (RFC 9580 7)",
	    "X: y\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n"
	    "\r\nHello\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n=abcd\r\n"
	    "-----END PGP SIGNATURE-----\r\n",
	    "text/plain 134 |-----BEGIN PGP SIGNED MESSAGE-----/Hash: SHA256//"
	    "Hello/| pgp_inline\n"
	    "  application/pgp-signature 75 <pgp> {-----BEGIN PGP SIGNATURE"
	    "-----\\/\\/iQEz\\/=abcd\\/-----END PGP SIGNATURE-----\\/}\n" },
	{ "words in armour are text", "X: y\r\n\r\n-----BEGIN PGP MESSAGE-----"
	    "\r\n\r\nBuy this now\r\n-----END PGP MESSAGE-----\r\n",
	    "text/plain 72 |-----BEGIN PGP MESSAGE-----//Buy this now/"
	    "-----END PGP MESSAGE-----/| pgp_inline encrypted\n" },
};

/* '@' stands for NUL in two cases. */
static struct str
message_of(struct arena *arena, size_t i)
{
	struct str message = str_copy(arena, str_from(cases[i].message));

	if (strstr(cases[i].sentence, "NUL") != NULL)
		for (size_t at = 0; at < message.len; at++)
			if (message.data[at] == '@')
				((char *)message.data)[at] = '\0';
	return message;
}

static bool
reads(size_t i, struct str message, size_t first, size_t chunk)
{
	struct arena *arena = arena_new(0);
	struct str tree = mime_tree_text(arena, mime_tree_read(arena,
	    &mime_default_limits, message, first, chunk));

	bool is_right = str_is(tree, cases[i].tree);

	if (!is_right)
		print_error("%s (cut at %zu, then each %zu):\n%.*s\nwanted:\n%s",
		    cases[i].sentence, first, chunk, STR_ARG(tree),
		    cases[i].tree);
	arena_free(&arena);
	return is_right;
}

static void
test_trees(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		wrong += !reads(i, message_of(*state, i), 0, 0);
	assert_int_equal(wrong, 0);
}

static void
test_cut_at_every_octet(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str message = message_of(*state, i);

		for (size_t at = 1; at < message.len; at++)
			assert_true(reads(i, message, at, 0));
		for (size_t chunk = 1; chunk < 4; chunk++)
			assert_true(reads(i, message, 0, chunk));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_trees),
		ARENA_TEST(test_cut_at_every_octet),
	};

	return cmocka_run_group_tests_name("mime_reader", tests, NULL, NULL);
}
