/* SPDX-License-Identifier: ISC */
/* test_mime_content.c - what a message says: its texts, and its links with their
 * places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mime/content.h"
#include "mime/part.h"
#include "mime/reader.h"

static const struct content_limits small = {
	.html = {
		.max_text_bytes = 1000,
		.max_addresses = 1000,
		.max_depth = 10,
		.max_css_rules = 10,
	},
	.max_urls = 2,
};

static void
read_message(struct arena *arena, struct str text,
    const struct content_limits *limits, struct content *content_r)
{
	struct mime_reader *reader = mime_reader_new(arena,
	    &mime_default_limits, NULL);
	struct header_list *headers = arena_alloc(arena, sizeof(*headers));
	struct message stored;
	struct str name, value;

	header_list_init(headers, arena);
	message_begin(&stored, arena, text);
	while (message_next_field(&stored, &name, &value)) {
		header_list_add(headers, name, value);
		mime_reader_field(reader, name, value);
	}
	mime_reader_feed(reader, stored.rest);
	content_read(arena, headers, mime_reader_end(reader), limits,
	    content_r);
}

static void
add_url(struct buf *out, const struct content_url *url)
{
	buf_add_text(out, url_place_text(url->place));
	if (url->place == URL_IN_HTML)
		buf_printf(out, " %s", html_use_text(url->use));
	buf_add_char(out, ' ');
	buf_add_str(out, url->url.normal);
	if (url->hidden != HTML_SEEN)
		buf_printf(out, " (%s)", html_hidden_text(url->hidden));
	if (url->shown_host.len != 0)
		buf_printf(out, " shows %.*s", STR_ARG(url->shown_host));
	if (url->misleads)
		buf_add_text(out, " misleads");
	buf_add_char(out, '\n');
}

/* One line for each link. */
static struct str
urls_text(struct arena *arena, const struct content *content)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < content->urls.len; i++)
		add_url(&out, vec_at(&content->urls, i));
	if (content->oddities != 0)
		buf_add_text(&out, "cut\n");
	return buf_str(&out);
}

#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"

static const struct reading {
	const char *sentence, *message, *urls;
	const struct content_limits *limits;	/* NULL: the usual */
} readings[] = {
	{ "a link in the subject, decoded (RFC 2047)",
	    "Subject: =?utf-8?q?see_http://a.example.com/x?=\r\n\r\nHi",
	    "subject http://a.example.com/x\n", NULL },
	{ "of two subjects the first one is shown",
	    "Subject: http://a.example.com/\r\n"
	    "Subject: http://b.example.com/\r\n\r\nHi",
	    "subject http://a.example.com/\n", NULL },
	{ "links and addresses in text",
	    "X: y\r\n\r\nSee www.example.com, or ask ann@example.org.",
	    "text http://www.example.com/\ntext mailto:ann@example.org\n",
	    NULL },
	{ "a link, an image, a form, a script, a frame, a style sheet",
	    HTML "<a href=http://a.example.com/>Go</a>"
	    "<img src=http://b.example.com/i.gif>"
	    "<form action=http://c.example.com/f></form>"
	    "<script src=http://d.example.com/s.js></script>"
	    "<iframe src=http://e.example.com/></iframe>"
	    "<link rel=stylesheet href=http://f.example.com/c.css>"
	    "<meta http-equiv=refresh content='0; url=http://g.example.com/'>",
	    "html link http://a.example.com/\n"
	    "html image http://b.example.com/i.gif\n"
	    "html form http://c.example.com/f\n"
	    "html script http://d.example.com/s.js\n"
	    "html frame http://e.example.com/\n"
	    "html style http://f.example.com/c.css\n"
	    "html refresh http://g.example.com/\n", NULL },
	{ "CSS: an address in a style, its escapes resolved (CSS Syntax 4.3.7)",
	    HTML "<p style='background: url(http://a.ex\\61mple.com/i.png)'>Hi",
	    "html image http://a.example.com/i.png\n", NULL },
	{ "what is seen of a page, but is no link of it",
	    HTML "<p>Go to http://a.example.com/x or <b>www.example.org</b>",
	    "html text http://a.example.com/x\n"
	    "html text http://www.example.org/\n", NULL },
	{ "the text of a link is no place of its own",
	    HTML "<a href=http://a.example.com/x>http://a.example.com/x</a> "
	    "<a href=http://b.example.com/>see www.b.example.com now</a>",
	    "html link http://a.example.com/x shows a.example.com\n"
	    "html link http://b.example.com/ shows www.b.example.com\n", NULL },
	{ "text between links, before and behind them, is one",
	    HTML "http://a.example.com/1 <a href=http://b.example.com/2>"
	    "www.b.example.com</a> http://c.example.com/3 <a href="
	    "http://d.example.com/4>www.d.example.com</a> "
	    "http://e.example.com/5",
	    "html link http://b.example.com/2 shows www.b.example.com\n"
	    "html link http://d.example.com/4 shows www.d.example.com\n"
	    "html text http://a.example.com/1\n"
	    "html text http://c.example.com/3\n"
	    "html text http://e.example.com/5\n", NULL },
	{ "a name that goes on behind the link is more than its text",
	    HTML "<a href=http://a.example.com/>www.example.com</a>/more",
	    "html link http://a.example.com/ shows www.example.com\n"
	    "html text http://www.example.com/more\n", NULL },
	{ "the alt text of an image is the text of its link",
	    HTML "<a href=http://evil.example.net/><img src=cid:1 "
	    "alt=www.example.com></a>",
	    "html link http://evil.example.net/ shows www.example.com "
	    "misleads\nhtml image cid:1\n", NULL },
	{ "a link that says where it goes, and goes elsewhere",
	    HTML "<a href=http://evil.example.net/>https://www.example.com/"
	    "login</a>",
	    "html link http://evil.example.net/ shows www.example.com "
	    "misleads\n", NULL },
	{ "a name alone says it too",
	    HTML "<a href=http://evil.example.net/> example.com </a>",
	    "html link http://evil.example.net/ shows example.com misleads\n",
	    NULL },
	{ "a sentence that ends in a name says nothing",
	    HTML "<a href=http://evil.example.net/>Read more.Now it is</a>",
	    "html link http://evil.example.net/\n", NULL },
	{ "another host of the same registered domain is the same house",
	    HTML "<a href=http://click.example.com/>www.example.com</a>",
	    "html link http://click.example.com/ shows www.example.com\n",
	    NULL },
	{ "two customers of one public suffix are two houses",
	    HTML "<a href=http://a.co.uk/>www.b.co.uk</a>",
	    "html link http://a.co.uk/ shows www.b.co.uk misleads\n", NULL },
	{ "a text that shows a host, and an address goes to a number",
	    HTML "<a href=http://192.0.2.1/>www.example.com</a>",
	    "html link http://192.0.2.1/ shows www.example.com misleads\n",
	    NULL },
	{ "a mail address shown over a link of mail",
	    HTML "<a href=mailto:ann@example.org>ann@example.org</a>",
	    "html link mailto:ann@example.org shows example.org\n", NULL },
	{ "a hidden link, with its hidden text",
	    HTML "<a style='display:none' href=http://a.example.com/>"
	    "www.example.com</a>",
	    "html link http://a.example.com/ (not shown) shows "
	    "www.example.com\n", NULL },
	{ "relative links have their base (WHATWG HTML 4.2.3)",
	    HTML "<base href=http://a.example.com/dir/x><a href=y>y</a>"
	    "<a href=/z>z</a><a href=//b.example.com/>b</a>",
	    "html link http://a.example.com/dir/y\n"
	    "html link http://a.example.com/z\n"
	    "html link http://b.example.com/\n", NULL },
	{ "relative links without a base go nowhere",
	    HTML "<a href=y>y</a><a href='#top'>top</a>", "", NULL },
	{ "each comes once a place and use",
	    HTML "<a href=http://a.example.com/>1</a>"
	    "<a href=HTTP://A.example.com>2</a>"
	    "<img src=http://a.example.com/>"
	    "http://a.example.com/ http://a.example.com:80/",
	    "html link http://a.example.com/\n"
	    "html image http://a.example.com/\n"
	    "html text http://a.example.com/\n", NULL },
	{ "one that misleads is told beside one that does not",
	    HTML "<a href=http://a.example.com/>1</a>"
	    "<a href=http://a.example.com/>www.example.org</a>",
	    "html link http://a.example.com/\n"
	    "html link http://a.example.com/ shows www.example.org misleads\n",
	    NULL },
	{ "folded lines of a calendar are one (RFC 5545 3.1)",
	    "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n"
	    "URL:http://a.exam\r\n ple.com/\r\n\tmeeting\r\nEND:VEVENT\r\n",
	    "calendar http://a.example.com/meeting\n", NULL },
	{ "a card (RFC 6350 3.2)",
	    "Content-Type: text/vcard\r\n\r\nURL:http://a.example.com/\r\n"
	    "EMAIL:ann@exam\r\n ple.org\r\n",
	    "calendar http://a.example.com/\ncalendar mailto:ann@example.org\n",
	    NULL },
	{ "both alternatives are read",
	    "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
	    "\r\nhttp://a.example.com/\r\n--b\r\n" HTML
	    "<a href=http://b.example.com/>b</a>\r\n--b--\r\n",
	    "text http://a.example.com/\nhtml link http://b.example.com/\n",
	    NULL },
	{ "a page that is attached is a page",
	    "Content-Type: text/html; name=a.html\r\n"
	    "Content-Disposition: attachment\r\n\r\n"
	    "<a href=http://a.example.com/>a</a>",
	    "html link http://a.example.com/\n", NULL },
	{ "max_urls: no more are kept",
	    "X: y\r\n\r\nhttp://a.example.com/ http://b.example.com/ "
	    "http://a.example.com/ http://c.example.com/",
	    "text http://a.example.com/\ntext http://b.example.com/\ncut\n",
	    &small },
	{ "max_urls: of those that come again twice as many are read",
	    "X: y\r\n\r\nwww.a.com www.a.com www.a.com www.a.com www.b.com",
	    "text http://www.a.com/\ncut\n", &small },
	{ "names in the text of a link are not links; one that ends behind is",
	    HTML "<a href=http://a.example.com/>www.a.example.com www.b.com "
	    "www.c.com www.d</a>.com/x www.e.com",
	    "html link http://a.example.com/ shows www.a.example.com\n"
	    "html text http://www.d.com/x\nhtml text http://www.e.com/\n",
	    NULL },
	{ "max_urls is reached when there is one more",
	    "X: y\r\n\r\nwww.a.com www.b.com www.a.com",
	    "text http://www.a.com/\ntext http://www.b.com/\n", &small },
	{ "max_urls: those of a page count with those of the text",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	    "\r\nhttp://a.example.com/\r\n--b\r\n" HTML
	    "<a href=http://b.example.com/>b</a>"
	    "<a href=http://c.example.com/>b</a>\r\n--b--\r\n",
	    "text http://a.example.com/\nhtml link http://b.example.com/\n"
	    "cut\n", &small },
};

static void
test_links(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *reading = &readings[i];
		struct content content;
		struct str urls;

		read_message(*state, str_from(reading->message),
		    reading->limits != NULL ? reading->limits
		    : &mime_default_limits.content, &content);
		urls = urls_text(*state, &content);
		if (str_is(urls, reading->urls))
			continue;
		print_error("%s:\n%.*swanted:\n%s", reading->sentence,
		    STR_ARG(urls), reading->urls);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Each as "type: text|". */
static void
test_texts(void **state)
{
	struct content content;
	struct buf out;

	read_message(*state, STR("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nHi\r\n"
	    "--b\r\nContent-Type: text/html\r\n\r\n<p>Hello<br>Ann\r\n"
	    "--b\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n"
	    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n=FC=\r\n"
	    "--b\r\n\r\n"
	    "--b--\r\n"), &mime_default_limits.content, &content);
	assert_true(str_is(content.subject, "Gr\xc3\xbc\xc3\x9f" "e"));
	buf_init(&out, *state);
	for (size_t i = 0; i < content.texts.len; i++) {
		const struct content_text *text = vec_at(&content.texts, i);

		buf_printf(&out, "%u%s %.*s|", text->part->number,
		    text->page != NULL ? " page" : "", STR_ARG(text->text));
	}
	assert_string_equal(out.data,
	    "2 Hi|3 page Hello\nAnn|5 \xc3\xbc|");
}

static void
test_doubles_are_counted(void **state)
{
	struct content content;

	read_message(*state, STR("Subject: www.a.com\r\n\r\n"
	    "www.a.com www.a.com www.b.com"), &mime_default_limits.content,
	    &content);
	assert_int_equal(content.urls.len, 3);
	assert_int_equal(content.url_count, 4);
	assert_int_equal(content.oddities, 0);
}

/* Each takes the library of U-labels some microseconds. */
static void
test_hosts_of_other_scripts_are_limited(void **state)
{
	struct content content;
	struct buf text;

	buf_init(&text, *state);
	buf_add_text(&text, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	for (int i = 0; i < 2100; i++)
		buf_printf(&text, "http://\xc3\xbc%d.com/\r\n", i);
	buf_add_text(&text, "http://a.example.com/");
	read_message(*state, buf_str(&text), &mime_default_limits.content,
	    &content);
	assert_int_equal(content.urls.len, 2001);
	assert_true(mime_has(content.oddities, MIME_ODD_limit_urls));
}

static void
test_links_know_their_part(void **state)
{
	struct content content;
	const struct content_url *url;

	read_message(*state, STR("Subject: www.a.com\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nwww.b.com\r\n--b--\r\n"), &mime_default_limits.content,
	    &content);
	assert_int_equal(content.urls.len, 2);
	url = vec_at(&content.urls, 0);
	assert_null(url->part);
	url = vec_at(&content.urls, 1);
	assert_int_equal(url->part->number, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_links),
		ARENA_TEST(test_texts),
		ARENA_TEST(test_doubles_are_counted),
		ARENA_TEST(test_hosts_of_other_scripts_are_limited),
		ARENA_TEST(test_links_know_their_part),
	};

	return cmocka_run_group_tests_name("mime_content", tests, NULL, NULL);
}
