/* SPDX-License-Identifier: ISC */
/* test_mime_url_find.c - links found in text, and how long it takes to find and
 * read what is made to take long. */
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
#include "mime/url.h"

/* What is found, as "raw>normal" with blanks between. */
static const struct {
	const char *sentence, *text, *found;
} texts[] = {
	{ "none", "Nothing here: a.b, c/d, 1.5/2, x@y and letter.txt.", "" },
	{ "by scheme", "see http://example.org/a now",
	    "http://example.org/a>http://example.org/a" },
	{ "in capitals", "HTTPS://EXAMPLE.ORG",
	    "HTTPS://EXAMPLE.ORG>https://example.org/" },
	{ "a final dot", "It is http://example.org/a.b.",
	    "http://example.org/a.b>http://example.org/a.b" },
	{ "a host and a comma", "http://example.org, and",
	    "http://example.org>http://example.org/" },
	{ "a question", "Was it http://example.org/a?b=c?!",
	    "http://example.org/a?b=c>http://example.org/a?b=c" },
	{ "brackets around", "(http://example.org/a) [http://example.org/b]",
	    "http://example.org/a>http://example.org/a "
	    "http://example.org/b>http://example.org/b" },
	{ "brackets within", "http://example.org/a_(b) (http://example.org/c_(d))",
	    "http://example.org/a_(b)>http://example.org/a_(b) "
	    "http://example.org/c_(d)>http://example.org/c_(d)" },
	{ "RFC 3986 C: angle brackets", "<http://example.org/a>b",
	    "http://example.org/a>http://example.org/a" },
	{ "quotes", "\"http://example.org/a\" \u201chttp://example.org/b\u201d",
	    "http://example.org/a>http://example.org/a "
	    "http://example.org/b>http://example.org/b" },
	{ "markup", "[x](http://example.org/a) **http://example.org/b**",
	    "http://example.org/a>http://example.org/a "
	    "http://example.org/b>http://example.org/b" },
	{ "www", "www.example.org and www.example.org/a",
	    "www.example.org>http://www.example.org/ "
	    "www.example.org/a>http://www.example.org/a" },
	{ "www of no suffix", "www.letter.txt", "" },
	{ "a host and a path", "example.org/a but not example.org nor a.txt/b",
	    "example.org/a>http://example.org/a" },
	{ "a host, a port and a path", "example.org:81/a",
	    "example.org:81/a>http://example.org:81/a" },
	{ "a host and a colon", "example.org: no", "" },
	{ "a port and userinfo", "http://a:b@example.org:81/",
	    "http://a:b@example.org:81/>http://example.org:81/" },
	{ "an address", "http://0x7f.1/ http://[::1]/",
	    "http://0x7f.1/>http://127.0.0.1/ http://[::1]/>http://[::1]/" },
	{ "no word boundary", "xhttp://", "" },
	{ "another script before and behind", "\u8bf7http://example.org\u67e5"
	    " \u8bf7www.example.org\u67e5\u770b",
	    "http://example.org>http://example.org/ "
	    "www.example.org>http://www.example.org/" },
	{ "U-labels", "http://b\u00fccher.de/x www.b\u00fccher.de",
	    "http://b\u00fccher.de/x>http://xn--bcher-kva.de/x "
	    "www.b\u00fccher.de>http://www.xn--bcher-kva.de/" },
	{ "a full stop of another script", "http://example.org/a\u3002\u8bf7",
	    "http://example.org/a>http://example.org/a" },
	{ "blanks and stops of another script around a host",
	    "\u3000example.org/a\u3000 \u3002example.net/b\u3002 www.\u3002"
	    " \u3002/", "example.org/a>http://example.org/a "
	    "example.net/b>http://example.net/b" },
	{ "one behind the other", "http://example.org/a,http://example.net/b",
	    "http://example.org/a,http://example.net/b>"
	    "http://example.org/a,http://example.net/b" },
	{ "hxxp", "hxxp://example.org/a hXXps://example.org",
	    "hxxp://example.org/a>http://example.org/a "
	    "hXXps://example.org>https://example.org/" },
	{ "dots in brackets", "http://evil[.]example[.]org/a.b "
	    "example(dot)org example{.}net",
	    "http://evil[.]example[.]org/a.b>http://evil.example.org/a.b "
	    "example(dot)org>http://example.org/ "
	    "example{.}net>http://example.net/" },
	{ "a colon in brackets", "hxxps[:]//example[.]org",
	    "hxxps[:]//example[.]org>https://example.org/" },
	{ "odd slashes", "http:\\\\example.org\\a",
	    "http:\\\\example.org\\a>http://example.org/a" },
	{ "mail addresses", "Ann <Ann@Example.org>, mailto:bob@example.co.uk.",
	    "Ann@Example.org>mailto:Ann@example.org "
	    "bob@example.co.uk>mailto:bob@example.co.uk" },
	{ "mail addresses with dots and plus", "a.b+c@mail.example.org-",
	    "a.b+c@mail.example.org>mailto:a.b+c@mail.example.org" },
	{ "mail addresses, defanged", "ann[at]example[.]org ann(@)example.org",
	    "ann[at]example[.]org>mailto:ann@example.org "
	    "ann(@)example.org>mailto:ann@example.org" },
	{ "no mail addresses", "@example.org a@b a@letter.txt a@co.uk "
	    "a@192.0.2.7", "" },
	{ "NUL and controls", "\1http://example.org/a\1b",
	    "http://example.org/a>http://example.org/a" },
};

static struct str
print(struct arena *arena, const struct vec *urls)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < urls->len; i++) {
		const struct url *url = vec_at(urls, i);

		buf_printf(&out, "%s%.*s>%.*s", i == 0 ? "" : " ",
		    STR_ARG(url->raw), STR_ARG(url->normal));
	}
	return buf_str(&out);
}

static void
links_are_found_as_clients_find_them(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct vec urls;
		struct str found;

		vec_init(&urls, arena, sizeof(struct url));
		url_find(arena, str_from(texts[i].text), 100, &urls);
		found = print(arena, &urls);
		if (!str_is(found, texts[i].found))
			fail_msg("%s: '%.*s'", texts[i].sentence,
			    STR_ARG(found));
	}
}

static void
what_was_not_written_honestly_is_said(void **state)
{
	static const struct {
		const char *text;
		unsigned oddities;
	} odd[] = {
		{ "http://example.org", 0 },
		{ "www.example.org", URL_NO_SCHEME },
		{ "hxxp://example.org", URL_DEFANGED },
		{ "http://example[.]org", URL_DEFANGED },
		{ "http:/example.org/", URL_ODD_SLASHES },
		{ "http://a@example.org/", URL_USERINFO },
		{ "ann[at]example.org", URL_DEFANGED },
		{ "ann@example.org", 0 },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct vec urls;

		vec_init(&urls, arena, sizeof(struct url));
		url_find(arena, str_from(odd[i].text), 100, &urls);
		assert_int_equal(urls.len, 1);
		if (((struct url *)vec_at(&urls, 0))->oddities !=
		    odd[i].oddities)
			fail_msg("%s: oddities %x", odd[i].text,
			    ((struct url *)vec_at(&urls, 0))->oddities);
	}
}

static void
a_hundred_thousand_links_are_found_to_the_limit(void **state)
{
	struct arena *arena = *state;
	struct vec urls;
	struct buf text;

	buf_init(&text, arena);
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "http://h%d.example.org/%d\n", i, i);
	vec_init(&urls, arena, sizeof(struct url));
	url_find(arena, buf_str(&text), 99999, &urls);
	assert_int_equal(urls.len, 99999);
	assert_true(str_is(((struct url *)vec_at(&urls, 99998))->normal,
	    "http://h99998.example.org/99998"));
	url_find(arena, buf_str(&text), 99999, &urls);
	assert_int_equal(urls.len, 99999);
}

static void
find_in(struct arena *arena, struct str text)
{
	struct vec urls;

	vec_init(&urls, arena, sizeof(struct url));
	url_find(arena, text, SIZE_MAX, &urls);
}

static void
parse(struct arena *arena, struct str text)
{
	struct url url;

	url_parse(arena, text, &url);
}

static void
no_construct_takes_more_than_its_length(void **state)
{
	static const char *const pieces[] = { "http://", "http://[", "a.", "a@",
		"www.", "(", "[.]", "a[.]", "http://a.com/(", "/..", "/../a",
		"%68ttp%3A%2F%2F..&", "=http://[", "/http://..", "=http%3A", "aHR0c",
		"/aHR0cDovLw", "%25", "\u00fc", "www.\u00fc", "a.de/ ", "a:b@",
		":", "//", "\\", "a", ".", " ", "http:", "mailto:", "__http://.." };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		grows_with_input("", pieces[i], find_in);
		grows_with_input("http://a.com/?", pieces[i], find_in);
		grows_with_input("http://a.com/", pieces[i], parse);
		grows_with_input("http://", pieces[i], parse);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(links_are_found_as_clients_find_them),
		ARENA_TEST(what_was_not_written_honestly_is_said),
		ARENA_TEST(a_hundred_thousand_links_are_found_to_the_limit),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
