/* SPDX-License-Identifier: ISC */
/* test_mime_url.c - links in one form (WHATWG URL, RFC 3986 6.2.2), and found in
 * text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "growth.h"
#include "mime/url.h"

struct reading {
	const char *sentence, *raw;
	const char *normal;	/* NULL: it is no link */
	const char *registered;
	unsigned oddities;
};

static const struct reading readings[] = {
	{ "a link", "http://www.example.org/a?b=c#d",
	    "http://www.example.org/a?b=c", "example.org", 0 },
	{ "RFC 3986 6.2.2.1: case", "HTTP://WWW.Example.ORG/A",
	    "http://www.example.org/A", "example.org", 0 },
	{ "RFC 3986 6.2.2.2: percent", "http://example.org/%7e%41%2f%c3%a4 \xc3",
	    "http://example.org/~A%2F%C3%A4%20%C3", "example.org", 0 },
	{ "a percent sign that encodes nothing", "http://example.org/50%/%zz",
	    "http://example.org/50%25/%25zz", "example.org", 0 },
	{ "nor does it with what is decoded behind it",
	    "http://example.org/%%34%31", "http://example.org/%2541",
	    "example.org", 0 },
	{ "RFC 3986 6.2.2.3: dot segments", "http://example.org/a/./b/../../c/..",
	    "http://example.org/", "example.org", 0 },
	{ "RFC 3986 5.2.4: more of them than segments",
	    "http://example.org/../../a/%2e%2e/b/.",
	    "http://example.org/b/", "example.org", 0 },
	{ "RFC 3986 6.2.3: an empty path, the usual port",
	    "https://example.org:443", "https://example.org/", "example.org",
	    0 },
	{ "an empty port", "http://example.org:/", "http://example.org/",
	    "example.org", 0 },
	{ "another port", "http://example.org:8080/",
	    "http://example.org:8080/", "example.org", URL_ODD_PORT },
	{ "no port", "http://example.org:99999/", NULL, "", 0 },
	{ "no number", "http://example.org:x/", NULL, "", 0 },
	{ "a final dot", "http://example.org./", "http://example.org/",
	    "example.org", 0 },
	{ "a public suffix", "http://co.uk/", "http://co.uk/", "", 0 },
	{ "below a public suffix", "http://a.b.example.co.uk/",
	    "http://a.b.example.co.uk/", "example.co.uk", 0 },
	{ "one label", "http://localhost/", "http://localhost/", "", 0 },

	{ "userinfo", "http://bank.example@evil.com/", "http://evil.com/",
	    "evil.com", URL_USERINFO },
	{ "userinfo: the last '@' counts", "http://a@b:c@evil.com/",
	    "http://evil.com/", "evil.com", URL_USERINFO },
	{ "userinfo: behind a slash is none", "http://evil.com/@bank.example",
	    "http://evil.com/@bank.example", "evil.com", 0 },
	{ "userinfo: a backslash ends it too", "http://evil.com\\@bank.example",
	    "http://evil.com/@bank.example", "evil.com", 0 },
	{ "an address", "http://192.0.2.7/", "http://192.0.2.7/", "",
	    URL_ADDRESS_HOST },
	{ "WHATWG URL 3.5: one number", "http://3221225991/",
	    "http://192.0.2.7/", "", URL_ADDRESS_HOST | URL_NUMERIC_HOST },
	{ "WHATWG URL 3.5: hexadecimal", "http://0xC0.0x00.0x2.0x7/",
	    "http://192.0.2.7/", "", URL_ADDRESS_HOST | URL_NUMERIC_HOST },
	{ "WHATWG URL 3.5: octal", "http://0300.0.02.07/", "http://192.0.2.7/",
	    "", URL_ADDRESS_HOST | URL_NUMERIC_HOST },
	{ "WHATWG URL 3.5: two numbers", "http://127.1/", "http://127.0.0.1/",
	    "", URL_ADDRESS_HOST | URL_NUMERIC_HOST },
	{ "WHATWG URL 3.5: \"0x\" is 0", "http://0x/", "http://0.0.0.0/", "",
	    URL_ADDRESS_HOST | URL_NUMERIC_HOST },
	{ "WHATWG URL 3.5: too many numbers", "http://1.2.3.4.5/", NULL, "", 0 },
	{ "WHATWG URL 3.5: too large", "http://192.0.2.256/", NULL, "", 0 },
	{ "WHATWG URL 3.5: too large at the end", "http://4294967296/", NULL,
	    "", 0 },
	{ "WHATWG URL 3.5: a name that ends in a number",
	    "http://example.09/", NULL, "", 0 },
	{ "full-width digits", "http://\uff11\uff19\uff12.0.2.7/",
	    "http://192.0.2.7/", "", URL_ADDRESS_HOST },
	{ "IPv6", "http://[2001:DB8::7]/a", "http://[2001:db8::7]/a", "",
	    URL_ADDRESS_HOST },
	{ "IPv6 and a port", "http://[2001:db8::7]:81/",
	    "http://[2001:db8::7]:81/", "", URL_ADDRESS_HOST | URL_ODD_PORT },
	{ "IPv6 that is IPv4", "http://[::ffff:192.0.2.7]/",
	    "http://192.0.2.7/", "", URL_ADDRESS_HOST },
	{ "no IPv6", "http://[2001:db8::7/", NULL, "", 0 },
	{ "not IPv6", "http://[192.0.2.7]/", NULL, "", 0 },

	{ "U-labels", "http://b\u00fccher.de/", "http://xn--bcher-kva.de/",
	    "xn--bcher-kva.de", URL_PUNYCODE },
	{ "A-labels", "http://XN--bcher-kva.de/", "http://xn--bcher-kva.de/",
	    "xn--bcher-kva.de", URL_PUNYCODE },
	{ "percent in the host", "http://b%C3%BCcher.d%65/",
	    "http://xn--bcher-kva.de/", "xn--bcher-kva.de",
	    URL_PUNYCODE | URL_ENCODED_HOST },
	{ "a slash that was encoded", "http://a%2fb.com/", NULL, "", 0 },
	{ "a Cyrillic a in Latin", "http://p\u0430ypal.com/",
	    "http://xn--pypal-4ve.com/", "xn--pypal-4ve.com",
	    URL_PUNYCODE | URL_MIXED_SCRIPT },
	{ "UTS 39 5.2: Latin and Japanese go together",
	    "http://abc\u65e5\u30a2.jp/", "http://xn--abc-li4by04y.jp/", NULL,
	    URL_PUNYCODE },
	{ "UTS 46 4: full-width letters and dots",
	    "http://\uff45xample\u3002com/", "http://example.com/",
	    "example.com", 0 },
	{ "UTS 46 4: a letter that nobody sees", "http://exam\u00adple.com/",
	    "http://example.com/", "example.com", URL_CONTROL },
	{ "line ends and tabs within", "http://exa\r\nmple\t.com/",
	    "http://example.com/", "example.com", URL_CONTROL },
	{ "blanks and controls around", " \t\1http://example.com/\n ",
	    "http://example.com/", "example.com", 0 },
	{ "one slash", "http:/example.com/a", "http://example.com/a",
	    "example.com", URL_ODD_SLASHES },
	{ "no slash", "https:example.com", "https://example.com/",
	    "example.com", URL_ODD_SLASHES },
	{ "many slashes", "http:////example.com/", "http://example.com/",
	    "example.com", URL_ODD_SLASHES },
	{ "backslashes", "http:\\\\example.com\\a\\..\\b",
	    "http://example.com/b", "example.com", URL_ODD_SLASHES },
	{ "no scheme: //", "//example.com/a", "http://example.com/a",
	    "example.com", URL_NO_SCHEME },
	{ "no scheme: www.", "WWW.example.com", "http://www.example.com/",
	    "example.com", URL_NO_SCHEME },
	{ "no scheme: a host", "example.com:8080/a",
	    "http://example.com:8080/a", "example.com",
	    URL_NO_SCHEME | URL_ODD_PORT },
	{ "no scheme, no host", "letter.txt", NULL, "", 0 },
	{ "a relative one", "../a/b.html", NULL, "", 0 },
	{ "a fragment", "#top", NULL, "", 0 },
	{ "nothing", "", NULL, "", 0 },
	{ "no host", "http://", NULL, "", 0 },
	{ "no host, a path", "http:///", NULL, "", 0 },
	{ "no host: empty labels", "http://a..com/", NULL, "", 0 },
	{ "no host: a blank", "http://a b.com/", NULL, "", 0 },

	{ "RFC 6068: mailto", "MailTo:Ann@Example.ORG?Subject=a%20b",
	    "mailto:Ann@example.org?Subject=a%20b", "example.org", 0 },
	{ "RFC 6068 2: several", "mailto:a@example.org,b@example.net",
	    "mailto:a@example.org", "example.org", 0 },
	{ "mailto: nobody", "mailto:", NULL, "", 0 },
	{ "tel", "tel:+49-30-1", "tel:+49-30-1", "", 0 },
	{ "data", "data:text/html,<b>a/../b", "data:text/html,<b>a/../b", "",
	    0 },
	{ "javascript", "JavaScript:alert('http://a.com/')",
	    "javascript:alert('http://a.com/')", "", 0 },
	{ "file", "file:///etc/passwd", "file:///etc/passwd", "", 0 },
	{ "ftp", "ftp://example.org:21/a", "ftp://example.org/a",
	    "example.org", 0 },
	{ "a scheme of others", "tg://resolve?domain=a",
	    "tg://resolve?domain=a", "", 0 },
};

static void
links_are_read_as_browsers_do(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *reading = &readings[i];
		struct url url;
		bool is_link = url_parse(arena, str_from(reading->raw), &url);

		if (is_link != (reading->normal != NULL))
			fail_msg("%s: %d", reading->sentence, is_link);
		if (!is_link)
			continue;
		if (!str_is(url.normal, reading->normal))
			fail_msg("%s: '%.*s'", reading->sentence,
			    STR_ARG(url.normal));
		if (reading->registered != NULL &&
		    !str_is(url.registered, reading->registered))
			fail_msg("%s: registered '%.*s'", reading->sentence,
			    STR_ARG(url.registered));
		if (url.oddities != reading->oddities)
			fail_msg("%s: oddities %x", reading->sentence,
			    url.oddities);
	}
	arena_free(&arena);
}

static void
a_link_has_its_pieces(void **state)
{
	struct arena *arena = arena_new(0);
	struct url url;

	(void)state;
	assert_true(url_parse(arena, STR("https://ann:x@B\u00fccher.example:81"
	    "/a/%7e?q=%41#Top"), &url));
	assert_true(str_is(url.scheme, "https"));
	assert_true(str_is(url.userinfo, "ann:x"));
	assert_true(str_is(url.host, "xn--bcher-kva.example"));
	assert_true(str_is(url.host_shown, "b\u00fccher.example"));
	assert_int_equal(url.port, 81);
	assert_true(str_is(url.path, "/a/~"));
	assert_true(str_is(url.query, "q=A"));
	assert_true(str_is(url.fragment, "Top"));
	assert_null(url.inner);
	assert_int_equal(url.address.len, 0);
	assert_true(url_parse(arena, STR("http://0x7f.1/"), &url));
	assert_int_equal(url.address.len, 4);
	assert_memory_equal(url.address.bytes, "\x7f\0\0\1", 4);
	assert_string_equal(url_oddity_name(URL_USERINFO), "userinfo");
	assert_string_equal(url_oddity_name(URL_NO_SCHEME), "no_scheme");
	arena_free(&arena);
}

/* The innermost link. */
static const struct {
	const char *sentence, *raw, *inner;
} carriers[] = {
	{ "none", "http://r.example/a?b=c", NULL },
	{ "an encoded parameter",
	    "https://r.example/?x=1&u=https%3A%2F%2Fevil.com%2Fa%3Fb%3Dc&z=1",
	    "https://evil.com/a?b=c" },
	{ "encoded twice", "https://r.example/?u=http%253A%252F%252Fevil.com",
	    "http://evil.com/" },
	{ "a parameter as it is", "https://r.example/?u=http://evil.com/a&z=1",
	    "http://evil.com/a" },
	{ "in the path, with its query", "https://r.example/go/http://evil.com"
	    "/a?b=c", "http://evil.com/a?b=c" },
	{ "in the path, its slashes made one", "https://r.example/https:/evil.com",
	    "https://evil.com/" },
	{ "in the path, encoded", "https://r.example/http%3A%2F%2Fevil.com/x",
	    "http://evil.com/" },
	{ "in the fragment", "https://r.example/#http://evil.com/",
	    "http://evil.com/" },
	{ "the first letter encoded", "https://r.example/?u=%68ttp://evil.com",
	    NULL },
	{ "RFC 4648 4: base64", "https://r.example/?u=aHR0cHM6Ly9ldmlsLmNvbS8=",
	    "https://evil.com/" },
	{ "RFC 4648 5: base64 in the path",
	    "https://r.example/aHR0cDovL2V2aWwuY29tLz_CvyA/x",
	    "http://evil.com/?%C2%BF" },
	{ "a mail gateway", "https://urldefense.proofpoint.com/v2/url"
	    "?u=http-3A__evil.com_a-3Fb&d=x", "http://evil.com/a?b" },
	{ "a mail gateway, its next form", "https://urldefense.com/v3/"
	    "__https://evil.com/a__;!!x", "https://evil.com/a" },
	{ "one in one in one", "https://a.example/?u=https%3A%2F%2Fb.example%2F"
	    "%3Fu%3Dhttps%253A%252F%252Fevil.com%252F", "https://evil.com/" },
	{ "what is no host", "https://r.example/?u=http%3A%2F%2F..", NULL },
	{ "the second, when the first is none",
	    "https://r.example/?u=http%3A%2F%2F..&v=http%3A%2F%2Fevil.com",
	    "http://evil.com/" },
};

static void
redirectors_give_what_they_carry(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(carriers); i++) {
		const struct url *inner;
		struct url url;

		assert_true(url_parse(arena, str_from(carriers[i].raw), &url));
		assert_int_equal((url.oddities & URL_REDIRECTS) != 0,
		    url.inner != NULL);
		inner = url.inner;
		while (inner != NULL && inner->inner != NULL)
			inner = inner->inner;
		if (inner == NULL ? carriers[i].inner != NULL :
		    carriers[i].inner == NULL ||
		    !str_is(inner->normal, carriers[i].inner))
			fail_msg("%s: '%.*s'", carriers[i].sentence,
			    inner == NULL ? 0 : (int)inner->normal.len,
			    inner == NULL ? "" : inner->normal.data);
	}
	arena_free(&arena);
}

static void
links_are_looked_for_three_deep(void **state)
{
	struct arena *arena = arena_new(0);
	unsigned depth = 0;
	struct url url;

	(void)state;
	assert_true(url_parse(arena, STR("http://a.com/http://b.com/http://c.com"
	    "/http://d.com/http://e.com/http://f.com/"), &url));
	for (const struct url *inner = url.inner; inner != NULL;
	    inner = inner->inner)
		depth++;
	assert_int_equal(depth, 3);
	arena_free(&arena);
}

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
	struct arena *arena = arena_new(0);

	(void)state;
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
	arena_free(&arena);
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
	struct arena *arena = arena_new(0);

	(void)state;
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
	arena_free(&arena);
}

static void
a_hundred_thousand_links_are_found_to_the_limit(void **state)
{
	struct arena *arena = arena_new(0);
	struct vec urls;
	struct buf text;

	(void)state;
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
	arena_free(&arena);
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
		cmocka_unit_test(links_are_read_as_browsers_do),
		cmocka_unit_test(a_link_has_its_pieces),
		cmocka_unit_test(redirectors_give_what_they_carry),
		cmocka_unit_test(links_are_looked_for_three_deep),
		cmocka_unit_test(links_are_found_as_clients_find_them),
		cmocka_unit_test(what_was_not_written_honestly_is_said),
		cmocka_unit_test(
		    a_hundred_thousand_links_are_found_to_the_limit),
		cmocka_unit_test(no_construct_takes_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
