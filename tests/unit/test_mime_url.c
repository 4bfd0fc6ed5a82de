/* SPDX-License-Identifier: ISC */
/* test_mime_url.c - links in one form (WHATWG URL, RFC 3986 6.2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
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
	struct arena *arena = *state;

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
}

static void
a_link_has_its_pieces(void **state)
{
	struct arena *arena = *state;
	struct url url;

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
	struct arena *arena = *state;

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
}

static void
links_are_looked_for_three_deep(void **state)
{
	struct arena *arena = *state;
	unsigned depth = 0;
	struct url url;

	assert_true(url_parse(arena, STR("http://a.com/http://b.com/http://c.com"
	    "/http://d.com/http://e.com/http://f.com/"), &url));
	for (const struct url *inner = url.inner; inner != NULL;
	    inner = inner->inner)
		depth++;
	assert_int_equal(depth, 3);
}

/* More links than are kept, in turns, and each twice behind itself. */
static void
a_link_that_comes_again_is_read_as_before(void **state)
{
	struct arena *arena = *state;
	struct url_reader *reader = url_reader_new(arena);
	struct url url, alone;
	char raw[64];

	for (int i = 0; i < 120; i++) {
		struct str text = str_copy(arena, str_of(raw,
		    (size_t)snprintf(raw, sizeof(raw), i / 2 % 20 == 7 ?
		    "/%d" : "HTTP://u@%d.Example.com/./a?b#c", i / 2 % 20)));
		bool is_link = url_parse(arena, text, &alone);

		assert_int_equal(url_reader_parse(reader, text, &url),
		    is_link);
		if (!is_link)
			continue;
		assert_ptr_equal(url.raw.data, text.data);
		assert_int_equal(url.raw.len, text.len);
		assert_true(str_eq(url.normal, alone.normal));
		assert_true(str_eq(url.host, alone.host));
		assert_true(str_eq(url.fragment, alone.fragment));
		assert_int_equal(url.oddities, alone.oddities);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(links_are_read_as_browsers_do),
		ARENA_TEST(a_link_has_its_pieces),
		ARENA_TEST(redirectors_give_what_they_carry),
		ARENA_TEST(links_are_looked_for_three_deep),
		ARENA_TEST(a_link_that_comes_again_is_read_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
