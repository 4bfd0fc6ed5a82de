/* SPDX-License-Identifier: ISC */
/* test_address_list.c - addresses in header fields (RFC 5322 3.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/address.h"

struct list_case {
	const char *sentence, *value;
	/* What is in the list: address, then "|display" when there is one, one
	 * line each. */
	const char *wanted;
	bool is_malformed;
};

/* The list as a text like list_case.wanted. */
static struct str
list_text(struct arena *arena, const struct vec *list)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < list->len; i++) {
		const struct address *address = vec_at(list, i);

		if (i != 0)
			buf_add_char(&text, '\n');
		buf_add_str(&text, address_print(arena, address));
		if (address->display.len != 0)
			buf_printf(&text, "|%.*s", STR_ARG(address->display));
		if (address_oddity(address) != NULL)
			buf_printf(&text, " (%s)", address_oddity(address));
	}
	return buf_str(&text);
}

static void
check_list(struct arena *arena, const struct list_case *c)
{
	const char *error = NULL;
	struct vec list;
	int status;

	vec_init(&list, arena, sizeof(struct address));
	status = address_parse_list(arena, str_from(c->value), 1000, &list,
	    &error);
	if (status != (c->is_malformed ? -1 : 0))
		fail_msg("%s: status %d: %s", c->sentence, status,
		    error != NULL ? error : "taken");
	assert_int_equal(error != NULL, c->is_malformed);
	check_text(c->sentence, list_text(arena, &list), c->wanted);
}

#define GOOD(sentence, value, wanted) { sentence, value, wanted, false }
#define BAD(sentence, value, wanted) { sentence, value, wanted, true }

static const struct list_case good_lists[] = {
	GOOD("an address", " joe@example.org", "joe@example.org"),
	GOOD("a domain in capitals", "Joe@EXAMPLE.org", "Joe@example.org"),
	GOOD("an address in brackets", "<joe@example.org>", "joe@example.org"),
	GOOD("a display name of atoms", "Joe Q. Public <joe@example.org>",
	    "joe@example.org|Joe Q. Public"),
	GOOD("blanks in a display name count once",
	    "  Joe \t Public\t<joe@example.org> ", "joe@example.org|Joe Public"),
	GOOD("a quoted display name (RFC 5322 3.2.4)",
	    "\"Joe, \\\"the\\\\ boss\\\" <x@y>\" <joe@example.org>",
	    "joe@example.org|Joe, \"the\\ boss\" <x@y>"),
	GOOD("quoted and atoms", "\"Joe\" Public <joe@example.org>",
	    "joe@example.org|Joe Public"),
	GOOD("a fold in a quoted name (RFC 5322 2.2.3)",
	    "\"Joe\n Public\" <joe@example.org>", "joe@example.org|Joe Public"),
	GOOD("folds everywhere", "\n Joe\r\n\t<\n joe\n @\n example.org\n >\n ",
	    "joe@example.org|Joe (blanks or comments inside of it)"),
	GOOD("an empty display name", "\"\" <joe@example.org>",
	    "joe@example.org"),
	GOOD("an encoded word stays as it is (RFC 2047)",
	    "=?utf-8?q?J=C3=B6?= <joe@example.org>",
	    "joe@example.org|=?utf-8?q?J=C3=B6?="),
	GOOD("a careless encoded word with comma and colon",
	    "=?utf-8?q?Public,_Joe:?= <joe@example.org>",
	    "joe@example.org|=?utf-8?q?Public,_Joe:?="),
	GOOD("8-bit in a display name (RFC 6532)",
	    "J\xc3\xb6 <joe@example.org>", "joe@example.org|J\xc3\xb6"),
	GOOD("Latin-1 in a display name", "J\xf6 <joe@example.org>",
	    "joe@example.org|J\xf6"),
	GOOD("a control character in a display name (RFC 5322 4.1)",
	    "J\033$x <joe@example.org>", "joe@example.org|J\033$x"),
	GOOD("no blank in front of the bracket", "Joe<joe@example.org>",
	    "joe@example.org|Joe"),
	GOOD("a comment behind (RFC 5322 3.2.2)", "joe@example.org (Joe)",
	    "joe@example.org"),
	GOOD("comments everywhere",
	    "(a)Joe(b)<(c)joe(d)@(e)example.org(f)>(g)",
	    "joe@example.org|Joe (blanks or comments inside of it)"),
	GOOD("comments around an address", "(a)Joe(b)<(c)joe@example.org(f)>(g)",
	    "joe@example.org|Joe"),
	GOOD("blanks and folds around an address", " < joe@example.org\n > ",
	    "joe@example.org"),
	GOOD("a blank in front of the at", "joe @example.org",
	    "joe@example.org (blanks or comments inside of it)"),
	GOOD("a comment behind the at", "<joe@(b@bank.example)example.org>",
	    "joe@example.org (blanks or comments inside of it)"),
	GOOD("a blank in the first of two addresses alone",
	    "joe@ example.org, ann@example.org", "joe@example.org (blanks or "
	    "comments inside of it)\nann@example.org"),
	GOOD("a gap that another reader takes for the end",
	    "joe@bank.example. evil.example", "joe@bank.example.evil.example "
	    "(blanks or comments inside of it)"),
	GOOD("a comment with an address, bracket and comma",
	    "(<x@y>, z@w) joe@example.org", "joe@example.org"),
	GOOD("comments nested and quoted", "(a(b\\)(c))\\(d)joe@example.org",
	    "joe@example.org"),
	GOOD("two addresses", "a@example.org, b@example.net",
	    "a@example.org\nb@example.net"),
	GOOD("two named ones", "A <a@example.org>,B <b@example.net>",
	    "a@example.org|A\nb@example.net|B"),
	GOOD("empty elements (RFC 5322 4.4)", ",, a@b.c , ,d@e.f,",
	    "a@b.c\nd@e.f"),
	GOOD("an empty group", "undisclosed-recipients:;", ""),
	GOOD("a group with a name of several words", "Our \"dear\" friends: ;",
	    ""),
	GOOD("a group with members (RFC 5322 3.4, RFC 6854)",
	    "Team: A <a@example.org>, b@example.org (x);",
	    "a@example.org|A\nb@example.org"),
	GOOD("groups among addresses", "a@b.c, G: d@e.f;, h@i.j",
	    "a@b.c\nd@e.f\nh@i.j"),
	GOOD("a group with empty elements", "G: ,a@b.c,,;", "a@b.c"),
	GOOD("a route (RFC 5322 4.4 obs-route)",
	    "Joe <@a.example,@b.example:joe@c.example>",
	    "joe@c.example|Joe (a source route)"),
	GOOD("a route with blanks, comments and empty parts",
	    "< , @a.example , (x) , @ b . example : joe@c.example>",
	    "joe@c.example (a source route)"),
	GOOD("a quoted local part", "\"joe public\"@example.org",
	    "\"joe public\"@example.org"),
	GOOD("a local part that needs no quotes", "\"joe\"@example.org",
	    "joe@example.org"),
	GOOD("an at in a quoted local part", "<\"a@b\"@example.org>",
	    "\"a@b\"@example.org (an \"@\" in its local part)"),
	GOOD("an encoded word for a local part (RFC 2047 5)",
	    "=?utf-8?q?a=40b.example?=@example.org",
	    "=?utf-8?q?a=40b.example?=@example.org "
	    "(an encoded word in its local part)"),
	GOOD("what only looks like one", "=?a@example.org",
	    "=?a@example.org"),
	GOOD("words and dots (RFC 5322 4.4 obs-local-part)",
	    "joe . \"q\" . public@example.org", "joe.q.public@example.org "
	    "(blanks or comments inside of it)"),
	GOOD("blanks around dots (RFC 5322 4.4 obs-domain)",
	    "joe@example . (x) org",
	    "joe@example.org (blanks or comments inside of it)"),
	GOOD("dots anywhere in the local part", "joe..x.@example.org",
	    "\"joe..x.\"@example.org"),
	GOOD("a final dot", "joe@example.org.", "joe@example.org"),
	GOOD("a literal (RFC 5322 3.4.1)", "joe@[192.0.2.1]",
	    "joe@[192.0.2.1]"),
	GOOD("a literal with blanks and a fold", "joe@[ 192.0.2.1\n ]",
	    "joe@[192.0.2.1]"),
	GOOD("UTF-8 in the address (RFC 6532 3.2)",
	    "j\xc3\xb6@b\xc3\xbc" "cher.example",
	    "j\xc3\xb6@xn--bcher-kva.example"),
	GOOD("a local part alone", "root", "root"),
	GOOD("a local part alone in brackets", "Cron <root>", "root|Cron"),
	GOOD("the same address as its own name",
	    "joe@Example.org <joe@example.org>",
	    "joe@example.org|joe@example.org"),
	GOOD("nothing", "", ""),
	GOOD("blanks and a comment", " (x) ", ""),
};

static const struct list_case bad_lists[] = {
	BAD("no local part", "@x.com", ""),
	BAD("no local part in brackets", "<@x.com>", ""),
	GOOD("a route of 16 hosts", "<@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,"
	    "@a,@a,@a:joe@c.example>", "joe@c.example (a source route)"),
	BAD("a route of more", "<@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,@a,"
	    "@a,@a,@a:joe@c.example>", ""),
	BAD("a route without address", "<@a.b:>", ""),
	BAD("a route without colon", "<@a.b,@c.d>", ""),
	BAD("a route that has no domain", "<@:a@b.c>", ""),
	BAD("empty brackets", "<>", ""),
	BAD("a name with empty brackets", "Joe <>", ""),
	BAD("two ats", "a@b.c@d.e", ""),
	BAD("two ats in brackets", "<a@b.c@d.e>", ""),
	BAD("a quoted address before an at", "\"a@b.c\"@d.e@f.g", ""),
	BAD("two addresses with a blank", "a@b.c d@e.f", ""),
	BAD("two in brackets", "Display <a@b.c> <d@e.f>", ""),
	BAD("another address as the name", "a@b.c <d@e.f>", ""),
	BAD("another local part as the name", "a@b.c <d@b.c>", ""),
	BAD("brackets, then an address", "<a@b.c> d@e.f", ""),
	BAD("brackets, then a name", "<a@b.c> Joe", ""),
	BAD("brackets, then an at", "<a@b.c>@d.e", ""),
	BAD("brackets in brackets", "<a@b.c <d@e.f>>", ""),
	BAD("brackets twice", "<<a@b.c>>", ""),
	BAD("an open bracket", "Joe <a@b.c", ""),
	BAD("an open bracket, then a comma", "Joe <a@b.c, d@e.f", ""),
	BAD("a closing bracket alone", "a@b.c>", ""),
	BAD("names alone", "Joe Public", ""),
	BAD("a name with a comma and blanks", "Public Joe, Dr <a@b.c>", ""),
	BAD("a quoted name alone", "\"a@b.c\" Joe", ""),
	BAD("an open quote", "\"Joe <a@b.c>", ""),
	BAD("an open comment", "Joe (x <a@b.c>", ""),
	BAD("an open comment with a quoted end", "a@b.c (x\\)", ""),
	BAD("a closing parenthesis alone", "Joe) <a@b.c>", ""),
	BAD("a literal in the name", "Joe [x] <a@b.c>", ""),
	BAD("an open literal", "a@[192.0.2.1", ""),
	BAD("a backslash in a literal", "a@[192\\.0.2.1]", ""),
	BAD("a blank in the domain", "a@b.c d", ""),
	BAD("a comment in the domain", "a@b(x)c", ""),
	BAD("no domain", "a@", ""),
	BAD("no domain in brackets", "<a@>", ""),
	BAD("a comment for a domain", "a@(b.c)", ""),
	BAD("an empty label", "a@b..c", ""),
	BAD("a bad byte in the domain", "a@b!c", ""),
	BAD("Latin-1 in the domain", "a@b\xfc.c", ""),
	BAD("Latin-1 in the local part", "j\xf6@b.c", ""),
	BAD("a control character in the local part", "j\001@b.c", ""),
	BAD("a quoted line end in the local part", "\"j\\\nx\"@b.c", ""),
	BAD("a bare CR in the local part", "\"j\rx\"@b.c", ""),
	BAD("a character that maps to an at (UTS 46)", "a@b\xef\xbc\xa0" "c.d",
	    ""),
	BAD("an open group", "Team: a@b.c", "a@b.c"),
	BAD("a group in a group", "G: H: a@b.c;", ""),
	BAD("a group in a group, both ended", "G: H: a@b.c;;", ""),
	BAD("a group without name", ": a@b.c;", ""),
	BAD("a semicolon alone", "a@b.c; d@e.f", ""),
	BAD("a group, then an address without comma", "G:; a@b.c", ""),
	BAD("what came before the fault is in the list",
	    "a@b.c, \"Joe\" <d@e.f>, @g.h", "a@b.c\nd@e.f|Joe"),
	BAD("an encoded word hides no address",
	    "=?x?q?<a@b.c>?= <d@e.f>", ""),
	BAD("an encoded word hides no bracket", "=?x?q?a<b?= <d@e.f>", ""),
	BAD("words of a local part not joined by dots", "a b@c.d", ""),
	BAD("quoted and plain not joined by a dot", "\"a\"b@c.d", ""),
};

static void
lists_are_read_as_in_rfc_5322_3_4_and_4_4(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(good_lists); i++)
		check_list(*state, &good_lists[i]);
}

static void
lists_that_two_could_read_in_two_ways_are_refused(void **state)
{
	const char *error;
	struct vec list;

	for (size_t i = 0; i < ARRAY_LEN(bad_lists); i++)
		check_list(*state, &bad_lists[i]);
	vec_init(&list, *state, sizeof(struct address));
	assert_int_equal(address_parse_list(*state,
	    STR("<a@b.c>\0, <d@e.f>"), 10, &list, &error), -1);
	assert_int_equal(address_parse_list(*state,
	    STR("\"a\0b\" <a@b.c>"), 10, &list, &error), -1);
	assert_int_equal(address_parse_list(*state,
	    STR("a@b.c (\0)"), 10, &list, &error), -1);
	assert_int_equal(list.len, 0);
}

static void
a_list_ends_at_the_most_that_is_wanted(void **state)
{
	struct str value = fixture_repeat(*state, "Joe <joe@example.org>, ",
	    1000);
	const char *error;
	struct vec list;

	vec_init(&list, *state, sizeof(struct address));
	assert_int_equal(address_parse_list(*state, value, 2000, &list,
	    &error), 0);
	assert_int_equal(list.len, 1000);
	assert_int_equal(address_parse_list(*state, value, 10, &list,
	    &error), 0);
	assert_int_equal(list.len, 1010);
}

/* Each of these costs seconds or the stack where somebody recurses or begins
 * again at each byte. */
static void
a_megabyte_of_nonsense_is_read_at_once(void **state)
{
	static const char *const pieces[] = { "(", "(()", "\"", "\\", "=?",
	    "=?a?q?", "<", "<@a,", "a:", ",", ";", ".", "a@b,", "a.", "[",
	    "a(", "a@b.", "\xc3\xbc.", "a@\xc3\xbc", " \n " };
	int64_t start_ms = fixture_cpu_ms();

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct arena *arena = arena_new(0);
		struct str value = fixture_repeat(arena, pieces[i],
		    1000000 / strlen(pieces[i]));
		const char *error;
		struct vec list;

		vec_init(&list, arena, sizeof(struct address));
		address_parse_list(arena, value, 100, &list, &error);
		vec_init(&list, arena, sizeof(struct address));
		address_parse_list(arena, str_sub(value, 0, 100000), SIZE_MAX,
		    &list, &error);
		arena_free(&arena);
	}
	/* A quadratic reader needs hours, in any build. */
	assert_true(fixture_cpu_ms() - start_ms < 60000);
	(void)state;
}

static void
comments_may_nest_as_deep_as_they_like(void **state)
{
	struct buf value;
	struct list_case deep = { "10,000 comments in one another", NULL,
	    "joe@example.org", false };

	buf_init(&value, *state);
	buf_add_str(&value, fixture_repeat(*state, "(", 10000));
	buf_add_str(&value, fixture_repeat(*state, ")", 10000));
	buf_add_text(&value, " joe@example.org");
	deep.value = buf_str(&value).data;
	check_list(*state, &deep);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(lists_are_read_as_in_rfc_5322_3_4_and_4_4),
		ARENA_TEST(lists_that_two_could_read_in_two_ways_are_refused),
		ARENA_TEST(a_list_ends_at_the_most_that_is_wanted),
		ARENA_TEST(a_megabyte_of_nonsense_is_read_at_once),
		ARENA_TEST(comments_may_nest_as_deep_as_they_like),
	};

	return cmocka_run_group_tests_name("address_list", tests, NULL, NULL);
}
