/* SPDX-License-Identifier: ISC */
/* test_mime_bounds.c - hostile messages through the whole pipeline: structure,
 * texts, pages, links, in bounded time and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mime/content.h"
#include "mime/part.h"
#include "mime/reader.h"

#define CHUNK 65535
/* What an octet and a part may take, and what there is besides for what every
 * message takes and a busy machine's caches. */
#define NS_AN_OCTET 20
#define NS_A_PART 50000
#define NS_A_MESSAGE 1000000
/* That is the bound of a machine with nothing else to do, which the benchmark
 * has; where all cores and caches have others' work too, a test may take so many
 * times that. */
#define BUSY 3
/* The best of so many runs counts, and none of them when the first ones do. */
#define RUNS_MAX 8
/* Beneath this the clock and the caches are what is measured. */
#define SHORTEST_NS 500000
/* With the limits of who configures none: 16 MB of texts, once as read and once
 * as seen, and 20,000 links. */
#define MOST_BYTES ((size_t)160 << 20)

struct shape {
	const char *sentence, *header, *piece, *end;
	size_t count;	/* of pieces */
};

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n\r\n"

/* A '#' in a piece is the number of the piece. */
static const struct shape shapes[] = {
	{ "20,000 multiparts within one another",
	    "Content-Type: multipart/mixed; boundary=b0\r\n\r\n",
	    "--b#\r\nContent-Type: multipart/mixed; boundary=b#\r\n\r\n", "",
	    20000 },
	{ "20,000 messages within one another",
	    "Content-Type: message/rfc822\r\n\r\n",
	    "Content-Type: message/rfc822\r\n\r\n", "", 20000 },
	{ "100,000 parts", MIXED, "--b\r\n\r\nx\r\n", "--b--\r\n", 100000 },
	{ "100,000 pages", MIXED, "--b\r\n" HTML "<p>x\r\n", "--b--\r\n",
	    100000 },
	{ "100,000 links in text", TEXT, "http://www.example.com/#\r\n", "",
	    100000 },
	{ "100,000 links to as many hosts", TEXT, "http://h#.com/\r\n", "",
	    100000 },
	{ "100,000 links of a page", HTML,
	    "<a href=http://h#.example.com/>www.h#.example.com</a>\r\n", "",
	    100000 },
	{ "100,000 links of as many pages", MIXED,
	    "--b\r\n" HTML "<a href=http://h#.com/>x</a>\r\n", "", 100000 },
	{ "100,000 mail addresses", TEXT, "a#@h#.example.com\r\n", "", 100000 },
	{ "50 MB of text", TEXT, "What is shown is what is read. It is not "
	    "much, but there is a lot of it.\r\n", "", 680000 },
	{ "10 MB of base64 text", "Content-Type: text/plain\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    "SGVsbG8gQW5uLCBoZXJlIGlzIGEgdGV4dCBvZiBzb21l\r\n", "", 220000 },
	{ "a header of 10 MB", "", "X-#: abc def\r\n", "\r\nHi", 600000 },
	{ "a header of 10 MB of a part", MIXED "--b\r\n",
	    "X-#: abc def\r\n", "\r\nHi", 600000 },
	{ "a field of 10 MB", "Subject: ", "0123456789abcdef\r\n ", "\r\n\r\n",
	    500000 },
	{ "encoded words without end", "Subject:", " =?utf-8?q?a=C3=BC?=",
	    "\r\n\r\n", 100000 },
	{ "words that begin and do not end", "Subject:", " =?utf-8?q?a",
	    "\r\n\r\n", 100000 },
	{ "parameters without end", "Content-Type: text/plain",
	    "; p*#*=utf-8''%41", "\r\n\r\n", 20000 },
	{ "a million tags", HTML, "<b>", "", 1000000 },
	{ "a million tags that close nothing", HTML, "</div>", "", 1000000 },
	{ "tables within one another", HTML, "<table><tr><td>", "", 200000 },
	{ "attributes of one tag", HTML "<a ", "href=x class=y ", ">", 300000 },
	{ "classes of one element", HTML "<style>.a{color:red}</style><p class='",
	    "a b# ", "'>", 200000 },
	{ "rules of a style", HTML "<style>", ".a#{color:red}", "</style><p>",
	    200000 },
	{ "selectors of one rule", HTML "<style>", "b.a#,", "i{color:red}"
	    "</style>", 200000 },
	{ "comments that do not end", HTML, "<!-- a ", "", 300000 },
	{ "styles that do not end", HTML, "<style> a ", "", 300000 },
	{ "scripts that do not end", HTML, "<script> </scrip ", "", 200000 },
	{ "references", HTML, "&amp;&notit;&#x41", "", 200000 },
	{ "ampersands", HTML, "&", "", 1000000 },
	{ "quotes that do not end", HTML, "<a href=\"x ", "", 300000 },
	{ "links within one another", HTML,
	    "<table><td><a href=http://a.com/>www.b.com", "", 100000 },
	{ "links of one text", HTML "<a href=http://a.com/>",
	    "www.b#.com ", "</a>", 100000 },
	{ "bases", HTML, "<base href=http://a#.com/><a href=x>y</a>", "",
	    50000 },
	{ "a srcset", HTML "<img srcset='", "a# 2x, ", "'>", 200000 },
	{ "dots", TEXT, "a.", "", 2000000 },
	{ "names that might have a path", TEXT, "a.b/", "", 500000 },
	{ "colons", TEXT, "http:", "", 500000 },
	{ "schemes without a host", TEXT, "http://", "", 500000 },
	{ "at signs", TEXT, "a@", "", 500000 },
	{ "brackets", TEXT, "http://a.com/(", "", 200000 },
	{ "defanged dots", TEXT, "a[.]", "", 500000 },
	{ "links within links", TEXT, "http://a.com/?u=", "", 200000 },
	{ "links in base64 within links", TEXT,
	    "http://a.com/aHR0cHM6Ly9hLmNvbS8=/", " ", 100000 },
	{ "percent signs", TEXT "http://a.com/", "%25", "", 300000 },
	{ "dot segments", TEXT "http://a.com", "/a/..", "", 300000 },
	{ "names of other scripts", TEXT, "http://\xc3\xbc#.com/ ", "", 100000 },
	{ "lines of a calendar", "Content-Type: text/calendar\r\n\r\n",
	    "X:a\r\n b.com/\r\n", "", 400000 },
};

static struct str
build(struct arena *arena, const struct shape *shape, size_t count)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, shape->header);
	for (size_t i = 0; i < count; i++) {
		struct str rest = str_from(shape->piece), text;

		while (str_cut(&rest, '#', &text)) {
			buf_add_str(&out, text);
			if (rest.data != NULL)
				buf_printf(&out, "%zu", i);
		}
	}
	buf_add_text(&out, shape->end);
	return buf_str(&out);
}

/* What reading one message took. */
struct cost {
	int64_t ns;
	size_t parts;
	size_t bytes;		/* of memory */
};

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* All that is done with a message whose header the caller has. */
static struct cost
read_split(const struct header_list *headers, struct str body)
{
	struct arena *arena = arena_new(0);
	int64_t began = cpu_ns();
	struct mime_reader *reader = mime_reader_new(arena,
	    &mime_default_limits, NULL);
	const struct mime_message *message;
	struct content content;
	struct cost cost;

	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *header = vec_at(&headers->fields, i);

		mime_reader_field(reader, header->name, header->value);
	}
	for (; body.len != 0; body = str_from_pos(body, CHUNK))
		mime_reader_feed(reader, str_sub(body, 0, CHUNK));
	message = mime_reader_end(reader);
	content_read(arena, headers, message, &mime_default_limits.content,
	    &content);
	cost = (struct cost){ cpu_ns() - began, message->part_count,
		arena_size(arena) };
	arena_free(&arena);
	return cost;
}

static struct cost
read_once(struct str bytes)
{
	struct arena *arena = arena_new(0);
	struct header_list headers;
	struct message stored;
	struct str name, value;
	struct cost cost;

	header_list_init(&headers, arena);
	message_begin(&stored, arena, bytes);
	while (message_next_field(&stored, &name, &value))
		header_list_add(&headers, name, value);
	cost = read_split(&headers, stored.rest);
	arena_free(&arena);
	return cost;
}

static int64_t
bound_ns(struct str bytes, const struct cost *cost)
{
	return (int64_t)(bytes.len * NS_AN_OCTET + cost->parts * NS_A_PART +
	    NS_A_MESSAGE);
}

/* Do they keep the bounds? A sanitizer's or valgrind's build has other absolute
 * ones, but time in proportion there too. */
static bool
is_within_bounds(const struct cost *whole, int64_t quarter_ns, int64_t bound)
{
	if (quarter_ns < SHORTEST_NS)
		quarter_ns = SHORTEST_NS;
	return whole->ns < 8 * quarter_ns && whole->ns <= bound;
}

/* The best of some runs: more of them, as long as the bounds are not kept, for a
 * busy machine disturbs some runs, and a trap is found by each. */
static bool
check_shape(const struct shape *shape, bool is_measured)
{
	struct arena *built = arena_new(0);
	struct str bytes = build(built, shape, shape->count);
	struct str quarter = build(built, shape, shape->count / 4);
	struct cost whole = { INT64_MAX, 0, 0 }, small = whole;
	int64_t bound = 0;
	bool is_kept = false;

	for (int i = 0; i < RUNS_MAX && !is_kept; i++) {
		struct cost a = read_once(quarter), b = read_once(bytes);

		small = a.ns < small.ns ? a : small;
		whole = b.ns < whole.ns ? b : whole;
		bound = bound_ns(bytes, &whole);
		is_kept = is_within_bounds(&whole, small.ns,
		    is_measured ? BUSY * bound : INT64_MAX);
	}
	print_message("%-40s %9zu octets %6zu parts %6lld us, a quarter %6lld "
	    "us, bound %7lld us; %6zu KB%s\n", shape->sentence, bytes.len,
	    whole.parts, (long long)whole.ns / 1000,
	    (long long)small.ns / 1000,
	    (long long)bound / 1000, whole.bytes / 1024,
	    is_kept ? "" : " TOO MUCH");
	arena_free(&built);
	return is_kept && whole.bytes <= MOST_BYTES;
}

/* Time in an instrumented program says nothing of the program. */
static bool
is_instrumented(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#endif
	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static void
test_hostile_shapes(void **state)
{
	bool is_measured = !is_instrumented();
	size_t wrong = 0;

	(void)state;
	if (!is_measured)
		print_message("instrumented: the absolute bounds of time are "
		    "not measured\n");
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (!check_shape(&shapes[i], is_measured))
			wrong++;
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_shapes),
	};

	return cmocka_run_group_tests_name("mime_bounds", tests, NULL, NULL);
}
