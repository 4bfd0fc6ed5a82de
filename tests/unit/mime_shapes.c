/* SPDX-License-Identifier: ISC */
/* mime_shapes.c - for tests and benches: messages that are built to take long. */
#include "mime_shapes.h"

#include "base/arena.h"
#include "base/vec.h"

/* What an octet and a part may take, and what there is besides for what every
 * message takes. */
#define NS_AN_OCTET 20
#define NS_A_PART 50000
#define NS_A_MESSAGE 1000000

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n\r\n"
#define ODD(name) .oddities = UINT64_C(1) << MIME_ODD_##name
#define ODD_NONE .oddities = 0
#define CELL "0123456789abcdef"

const struct mime_shape mime_shapes[] = {
	{ "20,000 multiparts within one another",
	    "Content-Type: multipart/mixed; boundary=b0\r\n\r\n",
	    "--b#\r\nContent-Type: multipart/mixed; boundary=b#\r\n\r\n", "",
	    20000, ODD(limit_depth) },
	{ "20,000 messages within one another",
	    "Content-Type: message/rfc822\r\n\r\n",
	    "Content-Type: message/rfc822\r\n\r\n", "", 20000,
	    ODD(limit_depth) },
	{ "100,000 parts", MIXED, "--b\r\n\r\nx\r\n", "--b--\r\n", 100000,
	    ODD(limit_parts) },
	{ "100,000 pages", MIXED, "--b\r\n" HTML "<p>x\r\n", "--b--\r\n",
	    100000, ODD(limit_parts) },
	{ "100,000 links in text", TEXT, "http://www.example.com/#\r\n", "",
	    100000, ODD(limit_urls) },
	{ "100,000 links to as many hosts", TEXT, "http://h#.com/\r\n", "",
	    100000, ODD(limit_urls) },
	{ "100,000 links of a page", HTML,
	    "<a href=http://h#.example.com/>www.h#.example.com</a>\r\n", "",
	    100000, ODD(limit_urls) },
	{ "100,000 links of as many pages", MIXED,
	    "--b\r\n" HTML "<a href=http://h#.com/>x</a>\r\n", "", 100000,
	    ODD_NONE },
	{ "100,000 mail addresses", TEXT, "a#@h#.example.com\r\n", "", 100000,
	    ODD(limit_urls) },
	{ "50 MB of text", TEXT, "What is shown is what is read. It is not "
	    "much, but there is a lot of it.\r\n", "", 680000,
	    ODD(limit_text) },
	{ "10 MB of base64 text", "Content-Type: text/plain\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    "SGVsbG8gQW5uLCBoZXJlIGlzIGEgdGV4dCBvZiBzb21l\r\n", "", 220000,
	    ODD(limit_text) },
	{ "a header of 10 MB", "", "X-#: abc def\r\n", "\r\nHi", 600000,
	    ODD_NONE },
	{ "a header of 10 MB of a part", MIXED "--b\r\n",
	    "X-#: abc\r\n def\r\n", "\r\nHi", 500000, ODD(limit_header) },
	{ "a header line of 10 MB of a part", MIXED "--b\r\nX: ", CELL, "",
	    600000, ODD(limit_header) },
	{ "a field of 10 MB", "Subject: ", "0123456789abcdef\r\n ", "\r\n\r\n",
	    500000, ODD_NONE },
	{ "encoded words without end", "Subject:", " =?utf-8?q?a=C3=BC?=",
	    "\r\n\r\n", 100000, ODD_NONE },
	{ "words that begin and do not end", "Subject:", " =?utf-8?q?a",
	    "\r\n\r\n", 100000, ODD_NONE },
	{ "parameters without end", "Content-Type: text/plain",
	    "; p*#*=utf-8''%41", "\r\n\r\n", 20000, ODD_NONE },
	{ "a million tags", HTML, "<b>", "", 1000000, ODD(limit_page) },
	{ "a million tags that close nothing", HTML, "</div>", "", 1000000,
	    ODD_NONE },
	{ "tables within one another", HTML, "<table><tr><td>", "", 200000,
	    ODD(limit_page) },
	{ "attributes of one tag", HTML "<a ", "href=x class=y ", ">", 300000,
	    ODD_NONE },
	{ "classes of one element", HTML "<style>.a{color:red}</style><p class='",
	    "a b# ", "'>", 200000, ODD_NONE },
	{ "rules of a style", HTML "<style>", ".a#{color:red}", "</style><p>",
	    200000, ODD(limit_page) },
	{ "selectors of one rule", HTML "<style>", "b.a#,", "i{color:red}"
	    "</style>", 200000, ODD_NONE },
	{ "comments that do not end", HTML, "<!-- a ", "", 300000, ODD_NONE },
	{ "styles that do not end", HTML, "<style> a ", "", 300000, ODD_NONE },
	{ "scripts that do not end", HTML, "<script> </scrip ", "", 200000,
	    ODD_NONE },
	{ "references", HTML, "&amp;&notit;&#x41", "", 200000, ODD_NONE },
	{ "ampersands", HTML, "&", "", 1000000, ODD_NONE },
	{ "quotes that do not end", HTML, "<a href=\"x ", "", 300000,
	    ODD_NONE },
	{ "links within one another", HTML,
	    "<table><td><a href=http://a.com/>www.b.com", "", 100000,
	    ODD_NONE },
	{ "links of one text", HTML "<a href=http://a.com/>",
	    "www.b#.com ", "</a>", 100000, ODD_NONE },
	{ "bases", HTML, "<base href=http://a#.com/><a href=x>y</a>", "",
	    50000, ODD_NONE },
	{ "a srcset", HTML "<img srcset='", "a# 2x, ", "'>", 200000,
	    ODD_NONE },
	{ "dots", TEXT, "a.", "", 2000000, ODD_NONE },
	{ "names that might have a path", TEXT, "a.b/", "", 500000, ODD_NONE },
	{ "colons", TEXT, "http:", "", 500000, ODD_NONE },
	{ "schemes without a host", TEXT, "http://", "", 500000, ODD_NONE },
	{ "at signs", TEXT, "a@", "", 500000, ODD_NONE },
	{ "brackets", TEXT, "http://a.com/(", "", 200000, ODD_NONE },
	{ "defanged dots", TEXT, "a[.]", "", 500000, ODD_NONE },
	{ "links within links", TEXT, "http://a.com/?u=", "", 200000,
	    ODD_NONE },
	{ "links in base64 within links", TEXT,
	    "http://a.com/aHR0cHM6Ly9hLmNvbS8=/", " ", 100000, ODD_NONE },
	{ "percent signs", TEXT "http://a.com/", "%25", "", 300000, ODD_NONE },
	{ "dot segments", TEXT "http://a.com", "/a/..", "", 300000, ODD_NONE },
	{ "names of other scripts", TEXT, "http://\xc3\xbc#.com/ ", "", 100000,
	    ODD(limit_urls) },
	{ "lines of a calendar", "Content-Type: text/calendar\r\n\r\n",
	    "X:a\r\n b.com/\r\n", "", 400000, ODD_NONE },
	{ "100,000 files", MIXED, "--b\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n",
	    "", 100000, ODD(limit_parts) },
	{ "a line without end", TEXT, CELL, "", 1000000, ODD(long_line) },
	{ "bare CRs", MIXED, "-\rab\r", "", 1000000, ODD(bare_cr) },
	{ "bare CRs in a header", MIXED "--b\r\n", "a:b\r", "", 1000000,
	    ODD(bare_cr) },
	{ "1000 open multiparts, and lines that could be of each", "",
	    "--\r\n--b\r\n", "", 600000,
	    .before = "Content-Type: multipart/mixed; boundary=b#\r\n\r\n--b#\r\n",
	    .before_count = 1000, .max_depth = 1000, ODD(limit_text) },
	{ "lines that may be delimiters", MIXED, "--a\r\n--b b\r\n", "",
	    300000, ODD(boundary_missing) },
	{ "beginnings of uuencode", TEXT, "begin 644 a\r\n\"0V$\r\n", "",
	    100000, ODD(limit_parts) },
	{ "beginnings of armour", TEXT,
	    "-----BEGIN PGP MESSAGE-----\r\nabc\r\n", "", 100000,
	    ODD(pgp_inline) },
	{ "paragraphs that do not join",
	    "Content-Type: text/plain; format=flowed\r\n\r\n",
	    "> \r\n>> \r\n", "", 300000, ODD_NONE },
	{ "messages encoded again and again", "",
	    "What is shown is what is read.\r\n", "", 100000,
	    .before = "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    .before_count = 40,
	    ODD(encoded_container) },
	{ "Content-Type again and again", MIXED "--b\r\n",
	    "Content-Type: a/b;c=d;e=f\r\n", "", 300000, ODD(duplicate_type) },
};

const size_t mime_shape_count = ARRAY_LEN(mime_shapes);

static void
add_pieces(struct buf *out, const char *piece, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str rest = str_from(piece), text;

		while (str_cut(&rest, '#', &text)) {
			buf_add_str(out, text);
			if (rest.data != NULL)
				buf_printf(out, "%zu", i);
		}
	}
}

struct str
mime_shape_build(struct arena *arena, const struct mime_shape *shape,
    size_t count)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, shape->header);
	if (shape->before != NULL)
		add_pieces(&out, shape->before, shape->before_count);
	add_pieces(&out, shape->piece, count);
	buf_add_text(&out, shape->end);
	return buf_str(&out);
}

struct mime_limits
mime_shape_limits(const struct mime_shape *shape)
{
	struct mime_limits limits = mime_default_limits;

	if (shape->max_depth != 0)
		limits.max_depth = shape->max_depth;
	return limits;
}

int64_t
mime_shape_bound_ns(size_t octets, size_t parts)
{
	return (int64_t)(octets * NS_AN_OCTET + parts * NS_A_PART +
	    NS_A_MESSAGE);
}
