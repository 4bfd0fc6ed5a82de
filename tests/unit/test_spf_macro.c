/* SPDX-License-Identifier: ISC */
/* test_spf_macro.c - macro strings, checked and expanded (RFC 7208 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "tests/fuzz/spf_name.h"

/* The same text in three places: 'd' a domain-spec, 'm' an unknown modifier,
 * 'e' an explanation; where it is right. */
static const struct {
	const char *story;
	struct str text;
	const char *places;
} checks[] = {
	{ "a name", STR("mail.example.org"), "dme" },
	{ "a final dot", STR("mail.example.org."), "dme" },
	{ "nothing", STR(""), "me" },
	{ "all letters for domains (7.2), in both cases",
	    STR("%{s}%{l}%{o}%{d}%{i}%{p}%{h}%{v}"
	    "%{S}%{L}%{O}%{D}%{I}%{P}%{H}%{V}"), "dme" },
	{ "a letter for explanations (7.2)", STR("%{c}"), "e" },
	{ "another", STR("%{r}"), "e" },
	{ "the third", STR("%{t}"), "e" },
	{ "the same in upper case", STR("%{C}%{R}%{T}"), "e" },
	{ "an unknown letter", STR("%{a}"), "" },
	{ "a digit for a letter", STR("%{1}"), "" },
	{ "NUL for a letter", STR("%{\0}"), "" },
	{ "no letter", STR("%{}"), "" },
	{ "two letters", STR("%{dd}"), "" },
	{ "digits (7.1)", STR("%{d2}"), "dme" },
	{ "more parts than 127 (7.3)", STR("%{d128}"), "dme" },
	{ "an endless number",
	    STR("%{d99999999999999999999999999999999999999}"), "dme" },
	{ "an endless number that ends in a zero",
	    STR("%{d18446744073709551616}"), "dme" },
	{ "a number with leading zeros", STR("%{d007}"), "dme" },
	{ "no parts at all (7.3)", STR("%{d0}"), "" },
	{ "no parts at all, spelled out", STR("%{d000r}"), "" },
	{ "a negative number", STR("%{d-1}"), "" },
	{ "reversed", STR("%{dr}"), "dme" },
	{ "reversed in upper case", STR("%{dR}"), "dme" },
	{ "reversed twice", STR("%{drr}"), "" },
	{ "reversed before digits", STR("%{dr2}"), "" },
	{ "all delimiters", STR("%{d2r.-+,/_=}"), "dme" },
	{ "a delimiter again and again", STR("%{l------}"), "dme" },
	{ "a delimiter before digits", STR("%{d.2}"), "" },
	{ "an unknown delimiter", STR("%{d:}"), "" },
	{ "NUL as a delimiter", STR("%{d\0}"), "" },
	{ "a blank inside", STR("%{d }"), "" },
	{ "a macro inside a macro", STR("%{d%{d}}"), "" },
	{ "no closing brace", STR("%{d"), "" },
	{ "no closing brace before the next macro", STR("%{d%{d}"), "" },
	{ "an opening brace alone", STR("%{"), "" },
	{ "a percent sign alone", STR("%"), "" },
	{ "a percent sign at the end", STR("a.example%"), "" },
	{ "a percent sign and a letter", STR("%d"), "" },
	{ "a percent sign and a blank", STR("a.b% c.d"), "" },
	{ "a percent sign and a parenthesis", STR("%(d)"), "" },
	{ "the three escapes, as an end too", STR("%%%_%-"), "dme" },
	{ "three percent signs", STR("%%%"), "" },
	{ "braces without a percent sign", STR("{d}.example"), "dme" },
	{ "a macro before a top label", STR("%{d}.example"), "dme" },
	{ "a macro before the label that a top label follows",
	    STR("%{l}x.example"), "dme" },
	{ "a macro before letters alone", STR("%{d}example"), "me" },
	{ "a macro before a dot alone", STR("%{d}."), "me" },
	{ "a delimiter is no dot of a name", STR("%{d.}example"), "me" },
	{ "an escape before letters alone", STR("x.%%com"), "me" },
	{ "a single label", STR("example"), "me" },
	{ "a number as top label", STR("x.123"), "me" },
	{ "a number as top label, and a final dot", STR("x.123."), "me" },
	{ "hyphens inside a top label", STR("x.a--b"), "dme" },
	{ "a hyphen at its start", STR("x.-b"), "me" },
	{ "a hyphen at its end", STR("x.b-"), "me" },
	{ "a hyphen alone", STR("x.-"), "me" },
	{ "every visible byte before a top label",
	    STR("!\"#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~.example"), "dme" },
	{ "a blank (6.2)", STR("a b.example"), "e" },
	{ "a tab", STR("a\tb.example"), "" },
	{ "a line end", STR("a.example\n"), "" },
	{ "NUL", STR("a\0b.example"), "" },
	{ "DEL", STR("a\x7f.example"), "" },
	{ "UTF-8 (6.2)", STR("b\xc3\xbc""cher.example"), "" },
	{ "a byte order mark", STR("\xef\xbb\xbf""a.example"), "" },
};

static void
strings_are_checked_for_their_place(void **state)
{
	static const char letters[] = { [SPF_IN_DOMAIN] = 'd',
		[SPF_IN_MODIFIER] = 'm', [SPF_IN_EXPLANATION] = 'e' };

	for (size_t i = 0; i < ARRAY_LEN(checks) * sizeof(letters); i++) {
		size_t at = i / sizeof(letters), place = i % sizeof(letters);
		const char *error = NULL;
		int status = spf_macro_check(*state, checks[at].text,
		    (enum spf_macro_place)place, &error);

		if ((status == 0) != (strchr(checks[at].places,
		    letters[place]) != NULL))
			fail_msg("%s as '%c': %s", checks[at].story,
			    letters[place], status == 0 ? "right" : error);
		assert_true((status == 0) == (error == NULL));
	}
}

static void
faults_are_named(void **state)
{
	static const struct {
		struct str text;
		const char *error;
	} cases[] = {
		{ STR("x%"), "a % begins no macro" },
		{ STR("%{d"), "a macro has no closing brace" },
		{ STR("%{x}"), "a macro has an unknown letter" },
		{ STR("%{d0}"), "a macro asks for 0 parts" },
		{ STR("%{d!}"), "a macro has odd bytes before its brace" },
		{ STR("%{T}"), "%{t} is for explanations alone" },
		{ STR("a b"), "byte 0x20 cannot stand in a macro string" },
		{ STR("x"), "the domain ends in no top-level label" },
		{ STR(""), "the domain is empty" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *error = NULL;

		assert_int_equal(spf_macro_check(*state, cases[i].text,
		    SPF_IN_DOMAIN, &error), -1);
		assert_string_equal(error, cases[i].error);
	}
}

static void
the_name_is_wanted_for_p_alone(void **state)
{
	(void)state;
	assert_true(spf_macro_wants_name(STR("%{p}")));
	assert_true(spf_macro_wants_name(STR("x.%{l}.%{P2r-}.example")));
	assert_false(spf_macro_wants_name(STR("%{d}.%%{p}.example")));
	assert_false(spf_macro_wants_name(STR("p.example")));
	assert_false(spf_macro_wants_name(STR("")));
	assert_false(spf_macro_wants_name(STR("%p")));
}

/* The example of 7.4, an IPv6 client, and odd facts. */
enum { MAIL, MAIL6, ODD, NOBODY };

static struct spf_query
query_of(int whose)
{
	static const struct {
		const char *client;
		struct str helo, local, domain;
	} rows[] = {
		[MAIL] = { "192.0.2.3", STR("mta.example.net"),
		    STR("strong-bad"), STR("email.example.com") },
		[MAIL6] = { "2001:db8::cb01", STR("mta.example.net"),
		    STR("strong-bad"), STR("email.example.com") },
		[ODD] = { "::ffff:192.0.2.3", STR("JUMPIN' JUPITER"),
		    STR("~a--b&c=d\0\xff%{d}/e.+"), STR("x..y.") },
		[NOBODY] = { "192.0.2.3", { NULL, 0 }, STR(""),
		    STR("example.org") },
	};
	struct spf_query query = { .helo = rows[whose].helo,
		.local = rows[whose].local, .domain = rows[whose].domain,
		.receiver = "mx.example.net", .now_ms = 1790000000999 };

	assert_int_equal(netaddr_parse(str_from(rows[whose].client),
	    &query.client), 0);
	return query;
}

static const struct {
	int whose;
	struct str text, expanded;
} expansions[] = {
	/* 7.4 */
	{ MAIL, STR("%{s}"), STR("strong-bad@email.example.com") },
	{ MAIL, STR("%{o}"), STR("email.example.com") },
	{ MAIL, STR("%{d}"), STR("email.example.com") },
	{ MAIL, STR("%{d4}"), STR("email.example.com") },
	{ MAIL, STR("%{d3}"), STR("email.example.com") },
	{ MAIL, STR("%{d2}"), STR("example.com") },
	{ MAIL, STR("%{d1}"), STR("com") },
	{ MAIL, STR("%{dr}"), STR("com.example.email") },
	{ MAIL, STR("%{d2r}"), STR("example.email") },
	{ MAIL, STR("%{l}"), STR("strong-bad") },
	{ MAIL, STR("%{l-}"), STR("strong.bad") },
	{ MAIL, STR("%{lr}"), STR("strong-bad") },
	{ MAIL, STR("%{lr-}"), STR("bad.strong") },
	{ MAIL, STR("%{l1r-}"), STR("strong") },
	{ MAIL, STR("%{ir}.%{v}._spf.%{d2}"),
	    STR("3.2.0.192.in-addr._spf.example.com") },
	{ MAIL, STR("%{lr-}.lp._spf.%{d2}"),
	    STR("bad.strong.lp._spf.example.com") },
	{ MAIL, STR("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}"),
	    STR("bad.strong.lp.3.2.0.192.in-addr._spf.example.com") },
	{ MAIL, STR("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}"),
	    STR("3.2.0.192.in-addr.strong.lp._spf.example.com") },
	{ MAIL, STR("%{d2}.trusted-domains.example.net"),
	    STR("example.com.trusted-domains.example.net") },
	{ MAIL6, STR("%{ir}.%{v}._spf.%{d2}"), STR("1.0.B.C.0.0.0.0.0.0.0.0.0."
	    "0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com") },
	/* 7.2: what the other letters stand for. */
	{ MAIL, STR("%{h} %{p}"), STR("mta.example.net mx.example.org") },
	{ MAIL, STR("%{i} %{c} %{v}"), STR("192.0.2.3 192.0.2.3 in-addr") },
	{ MAIL6, STR("%{c} %{v}"), STR("2001:db8::cb01 ip6") },
	{ MAIL6, STR("%{i4}"), STR("C.B.0.1") },
	{ MAIL, STR("%{r} %{t}"), STR("mx.example.net 1790000000") },
	{ MAIL, STR("%{r2} %{t1} %{c2r}"),
	    STR("example.net 1790000000 0.192") },
	{ NOBODY, STR("%{s} %{l} %{o}"),
	    STR("postmaster@example.org postmaster example.org") },
	{ NOBODY, STR("[%{h}] [%{H}] [%{hr-}]"), STR("[] [] []") },
	{ NOBODY, STR("%{p} %{p1}"), STR("unknown unknown") },
	{ ODD, STR("%{c} %{v}"), STR("192.0.2.3 in-addr") },
	/* 7.1 */
	{ MAIL, STR("%%a%_b%-c"), STR("%a b%20c") },
	{ MAIL, STR(""), STR("") },
	{ MAIL, STR("See {d} of %{d1}."), STR("See {d} of com.") },
	/* 7.3: parts. */
	{ MAIL, STR("%{d99999999999999999999}"), STR("email.example.com") },
	{ MAIL, STR("%{o1r}"), STR("email") },
	{ MAIL, STR("%{l1-}"), STR("bad") },
	{ MAIL, STR("%{l2r+-}"), STR("bad.strong") },
	{ MAIL, STR("%{s3.-}"), STR("bad@email.example.com") },
	{ MAIL, STR("%{s4-.}"), STR("strong.bad@email.example.com") },
	{ MAIL, STR("%{sr-}"), STR("bad@email.example.com.strong") },
	/* 7.3: no special treatment of delimiters at an end or in a row. */
	{ ODD, STR("%{d}|%{d1}|%{d2}|%{d3}"), STR("x..y.||y.|.y.") },
	{ ODD, STR("%{dr}|%{d1r}|%{d2r}|%{d3r}"),
	    STR(".y..x|x|.x|y..x") },
	{ ODD, STR("%{l-}"), STR("~a..b&c=d\0\xff%{d}/e.+") },
	{ ODD, STR("%{l2/}"), STR("~a--b&c=d\0\xff%{d}.e.+") },
	{ ODD, STR("%{l1r-}"), STR("~a") },
	{ ODD, STR("%{l2r-}"), STR(".~a") },
	{ ODD, STR("%{l1r=}"), STR("~a--b&c") },
	{ ODD, STR("%{l1r........=}"), STR("~a--b&c") },
	{ ODD, STR("%{lr+}"), STR(".~a--b&c=d\0\xff%{d}/e.") },
	/* 7.3: upper case escapes all but RFC 3986's unreserved characters,
	 * once the parts are joined. */
	{ MAIL, STR("%{S} %{L-}"),
	    STR("strong-bad%40email.example.com strong.bad") },
	{ ODD, STR("%{L}"), STR("~a--b%26c%3Dd%00%FF%25%7Bd%7D%2Fe.%2B") },
	{ ODD, STR("%{H}"), STR("JUMPIN%27%20JUPITER") },
	{ ODD, STR("%{L1R=}"), STR("~a--b%26c") },
	{ MAIL6, STR("%{C}"), STR("2001%3Adb8%3A%3Acb01") },
};

static void
strings_expand(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(expansions); i++) {
		struct spf_query query = query_of(expansions[i].whose);
		struct spf_macro_facts facts = { &query, query.domain,
			expansions[i].whose == NOBODY ? str_of(NULL, 0)
			: STR("mx.example.org") };
		const char *error;
		struct str expanded;

		if (spf_macro_check(*state, expansions[i].text,
		    SPF_IN_EXPLANATION, &error) < 0)
			fail_msg("%s: %s", expansions[i].text.data, error);
		expanded = spf_macro_expand(*state, expansions[i].text,
		    &facts);
		if (!str_eq(expanded, expansions[i].expanded))
			fail_msg("%s: %.*s", expansions[i].text.data,
			    STR_ARG(expanded));
	}
}

/* The end of an expansion alone is made; it must be the same as if all of it
 * were, at each length around the longest name. */
static void
names_are_the_end_of_the_expansion(void **state)
{
	static const char *const heads[] = { "", "a", ".", "%{d}", "%{H}" };
	static const char *const pieces[] = { "x", "x.", ".", "%{d}", "%{d}.",
		"%{l-}", "%%", "%{h9}", "abcdefgh.", "%{L}%{p1}" };
	static const char *const tails[] = { "", ".", "%{d1}", "%{d1}bc.de." };
	static const size_t counts[] = { ARRAY_LEN(heads), ARRAY_LEN(pieces),
		ARRAY_LEN(tails), 260 };
	struct spf_query query = query_of(ODD);
	struct spf_macro_facts facts = { &query, query.domain,
		STR("mx.example.org") };

	(void)state;
	for (size_t i = 0; i < counts[0] * counts[1] * counts[2]; i++) {
		struct arena *arena = arena_new(0);
		struct buf text;

		buf_init(&text, arena);
		for (size_t n = 0; n < counts[3]; n++) {
			struct str domain, whole;

			buf_clear(&text);
			buf_add_text(&text, heads[i % counts[0]]);
			buf_add_str(&text, fixture_repeat(arena,
			    pieces[i / counts[0] % counts[1]], n));
			buf_add_text(&text, tails[i / counts[0] / counts[1]]);
			domain = spf_macro_domain(arena, buf_str(&text),
			    &facts);
			whole = spf_macro_expand(arena, buf_str(&text),
			    &facts);
			if (!str_eq(domain, spf_name_cut(whole)))
				fail_msg("%s: %.*s", text.data,
				    STR_ARG(domain));
		}
		arena_free(&arena);
	}
}

static void
names_are_cut_at_the_left(void **state)
{
	static const struct {
		const char *story, *head;
		size_t labels;		/* of ten bytes with their dots */
		const char *tail;
		size_t len;
	} cases[] = {
		{ "short", "a.", 1, "%{d1}", 2 + 10 + 3 },
		{ "the longest (253)", "aaaaaa.", 24, "%{d1}bbb", 253 },
		{ "the same and a final dot", "aaaaaa.", 24, "%{d1}bbb.",
		    253 },
		{ "a byte more", "aaaaaaa.", 24, "%{d1}bbb", 246 },
		{ "a byte more and a final dot", "aaaaaaa.", 24,
		    "%{d1}bbb.", 246 },
		{ "without macros", "aaaaaaa.", 24, "bbbbbb", 246 },
		{ "an empty label more", ".aaaaaa.", 24, "%{d1}bbb", 253 },
		{ "labels without end", "a.", 9000, "%{d1}", 253 },
		{ "one label without a dot", "%{d1}", 0, "%{d1}", 6 },
	};
	struct spf_query query = query_of(MAIL);
	struct spf_macro_facts facts = { &query, query.domain, STR("") };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf text;
		struct str name;

		buf_init(&text, *state);
		buf_add_text(&text, cases[i].head);
		buf_add_str(&text, fixture_repeat(*state, "abcdefghi.",
		    cases[i].labels));
		buf_add_text(&text, cases[i].tail);
		name = spf_macro_domain(*state, buf_str(&text), &facts);
		assert_non_null(name.data);
		if (name.len != cases[i].len)
			fail_msg("%s: %.*s", cases[i].story, STR_ARG(name));
	}
	/* One label that is too long leaves nothing, but not NULL. */
	for (int is_macro = 0; is_macro < 2; is_macro++) {
		struct str name = spf_macro_domain(*state,
		    fixture_repeat(*state, is_macro ? "%{d1}" : "abc", 100),
		    &facts);

		assert_non_null(name.data);
		assert_int_equal(name.len, 0);
	}
}

/* Hostile texts with a local part of 64 KB: each would take minutes, or
 * gigabytes, if a piece cost more than what comes out of it. */
static const struct {
	const char *story, *head, *piece;
	size_t count;
	const char *tail;
	size_t len;		/* of the whole expansion, as it is cut */
	size_t name_len;
} hostile[] = {
	{ "a part of nothing", "", "%{l1}", 20000, ".example", 8, 8 },
	{ "a part of nothing, reversed", "", "%{l1r}", 16000, "", 0, 0 },
	{ "a part of nothing of the sender", "", "%{s1}", 20000, "", 0, 0 },
	{ "the sender", "", "%{s}", 25000, "", SPF_EXPANSION_MAX, 252 },
	{ "the sender, escaped", "", "%{S}", 25000, "", SPF_EXPANSION_MAX,
	    250 },
	{ "the sender, reversed", "", "%{sr-+}", 14000, "",
	    SPF_EXPANSION_MAX, 252 },
	{ "the domain", "", "%{d}", 500, "", 500 * 12, 251 },
	{ "as many delimiters as there is room for", "%{l", ".-/", 33000,
	    "}x.example", SPF_EXPANSION_MAX, 253 },
	{ "as many digits", "%{l", "9", 100000, "}", SPF_EXPANSION_MAX - 1,
	    253 },
	{ "all of the parts but one", "", "%{l32768r}", 10000, "",
	    SPF_EXPANSION_MAX, 253 },
	{ "escapes", "", "%%", 50000, ".example", 50008, 7 },
	{ "a thousand labels", "", "x.", 1000, "example", 2007, 253 },
};

static void
hostile_strings_cost_what_they_give(void **state)
{
	struct spf_query query = query_of(MAIL);
	struct spf_macro_facts facts = { &query, STR("example.org."),
		STR("") };

	query.local = fixture_repeat(*state, ".!", 32768);
	query.local.len--;
	query.domain = STR("example.org.");
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct arena *arena = arena_new(0);
		clock_t start;
		struct str expanded, name;
		struct buf text;
		const char *error;
		size_t before;

		buf_init(&text, arena);
		buf_add_text(&text, hostile[i].head);
		buf_add_str(&text, fixture_repeat(arena, hostile[i].piece,
		    hostile[i].count));
		buf_add_text(&text, hostile[i].tail);
		before = arena_size(arena);
		start = clock();
		if (spf_macro_check(arena, buf_str(&text), SPF_IN_DOMAIN,
		    &error) < 0)
			fail_msg("%s: %s", hostile[i].story, error);
		expanded = spf_macro_expand(arena, buf_str(&text), &facts);
		name = spf_macro_domain(arena, buf_str(&text), &facts);
		if (expanded.len != hostile[i].len ||
		    name.len != hostile[i].name_len)
			fail_msg("%s: %zu, %zu", hostile[i].story,
			    expanded.len, name.len);
		if (arena_size(arena) - before > 8 << 20 ||
		    clock() - start > 2 * CLOCKS_PER_SEC)
			fail_msg("%s: %zu bytes, %ld us", hostile[i].story,
			    arena_size(arena) - before,
			    (long)(clock() - start));
		arena_free(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(strings_are_checked_for_their_place),
		ARENA_TEST(faults_are_named),
		cmocka_unit_test(the_name_is_wanted_for_p_alone),
		ARENA_TEST(strings_expand),
		ARENA_TEST(names_are_cut_at_the_left),
		cmocka_unit_test(names_are_the_end_of_the_expansion),
		ARENA_TEST(hostile_strings_cost_what_they_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
