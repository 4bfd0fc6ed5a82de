/* SPDX-License-Identifier: ISC */
/* test_spf_record.c - SPF records, read strictly (RFC 7208 4.5, 4.6, 5, 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/spf_record.h"
#include "base/arena.h"
#include "fixture.h"

static void
records_are_known_by_their_version(void **state)
{
	static const struct {
		const char *story;
		struct str text;
		bool is_record;
	} cases[] = {
		{ "alone (4.5)", STR("v=spf1"), true },
		{ "with a blank", STR("v=spf1 "), true },
		{ "with terms", STR("v=spf1 -all"), true },
		{ "in any case (12)", STR("V=sPf1 -all"), true },
		{ "nothing", STR(""), false },
		{ "cut short", STR("v=spf"), false },
		{ "another version", STR("v=spf2 -all"), false },
		{ "a longer version", STR("v=spf10 -all"), false },
		{ "no blank behind it", STR("v=spf1-all"), false },
		{ "a tab behind it", STR("v=spf1\t-all"), false },
		{ "NUL behind it", STR("v=spf1\0"), false },
		{ "a blank before it", STR(" v=spf1 -all"), false },
		{ "a byte order mark before it",
		    STR("\xef\xbb\xbfv=spf1 -all"), false },
		{ "Sender ID (RFC 4406)", STR("spf2.0/pra -all"), false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (spf_record_is(cases[i].text) != cases[i].is_record)
			fail_msg("%s", cases[i].story);
}

/* What a record says; no domain: "-". */
static const char *const names[] = {
	[SPF_ALL] = "all", [SPF_INCLUDE] = "include", [SPF_A] = "a",
	[SPF_MX] = "mx", [SPF_PTR] = "ptr", [SPF_IP4] = "ip4",
	[SPF_IP6] = "ip6", [SPF_EXISTS] = "exists",
};

static void
describe_term(struct buf *text, const struct spf_term *term)
{
	char address[NETADDR_TEXT_SIZE] = "-";

	buf_printf(text, "%s %s", result_text(term->result),
	    names[term->mechanism]);
	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		buf_printf(text, " %s (%u)", netaddr_format(&term->network,
		    address), term->network.len);
	if (term->domain_spec.data != NULL)
		buf_printf(text, " %.*s", STR_ARG(term->domain_spec));
	if (term->prefix4 != 32 || term->prefix6 != 128)
		buf_printf(text, " %u %u", term->prefix4, term->prefix6);
	buf_add_text(text, ";");
}

static const char *
describe(struct arena *arena, const struct spf_record *record)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < record->terms.len; i++)
		describe_term(&text, vec_at(&record->terms, i));
	if (record->redirect.data != NULL)
		buf_printf(&text, "redirect %.*s;", STR_ARG(record->redirect));
	if (record->exp.data != NULL)
		buf_printf(&text, "exp %.*s;", STR_ARG(record->exp));
	return text.data;
}

#define GOOD(story, terms, says) { story, STR("v=spf1" terms), says }

static const struct {
	const char *story;
	struct str text;
	const char *says;
} good[] = {
	GOOD("no terms (4.6.1)", "", ""),
	GOOD("blanks at all places (12)", "  a   -all  ", "pass a;fail all;"),
	GOOD("the four qualifiers (4.6.2)", " +a -mx ~ptr ?all",
	    "pass a;fail mx;softfail ptr;neutral all;"),
	GOOD("mechanisms in any case", " MX Ip4:192.0.2.1 -ALL",
	    "pass mx;pass ip4 192.0.2.1 (4);fail all;"),
	GOOD("terms behind all (5.1)", " -all a all",
	    "fail all;pass a;pass all;"),
	GOOD("include (5.2)", " ?include:_spf.example.org",
	    "neutral include _spf.example.org;"),
	GOOD("a with a domain (5.3)", " a:mail.example.org",
	    "pass a mail.example.org;"),
	GOOD("a final dot (7.1)", " a:mail.example.org.",
	    "pass a mail.example.org.;"),
	GOOD("an IPv4 length (5.6)", " a/24", "pass a 24 128;"),
	GOOD("an IPv6 length", " a//64", "pass a 32 64;"),
	GOOD("both lengths", " mx/24//64", "pass mx 24 64;"),
	GOOD("lengths of 0", " mx/0//0", "pass mx 0 0;"),
	GOOD("the longest lengths, and 0 alone", " a/32//128 a//0",
	    "pass a;pass a 32 0;"),
	GOOD("lengths behind a domain", " a:example.org/24//64",
	    "pass a example.org 24 64;"),
	GOOD("a length behind a macro", " a:%{d}/24", "pass a %{d} 24 128;"),
	GOOD("a length behind a final dot", " mx:example.org.//48",
	    "pass mx example.org. 32 48;"),
	GOOD("slashes inside a domain", " a:a/b.example/24",
	    "pass a a/b.example 24 128;"),
	GOOD("what looks like a length inside a domain", " a:x/24.example",
	    "pass a x/24.example;"),
	GOOD("a length inside and one behind", " a:x/24.example/25",
	    "pass a x/24.example 25 128;"),
	GOOD("a slash as a delimiter", " exists:%{l1r/}.example.org",
	    "pass exists %{l1r/}.example.org;"),
	GOOD("a slash as the last delimiter, and a length", " a:%{d1r/}/24",
	    "pass a %{d1r/} 24 128;"),
	GOOD("a colon inside a domain", " a:b:c/d.example",
	    "pass a b:c/d.example;"),
	GOOD("an equals sign inside a domain", " a:b=c.example",
	    "pass a b=c.example;"),
	GOOD("odd labels (7.1 looks at the last alone)",
	    " a:x..y_z!.example", "pass a x..y_z!.example;"),
	GOOD("a domain that begins with a dot", " a:.example",
	    "pass a .example;"),
	GOOD("a top label with hyphens", " a:x.xn--zckzah",
	    "pass a x.xn--zckzah;"),
	GOOD("a top label of digits and a hyphen", " a:x.1-2",
	    "pass a x.1-2;"),
	GOOD("a top label of digits and a letter", " a:x.1a2",
	    "pass a x.1a2;"),
	GOOD("ptr with a domain (5.5)", " ptr:example.org",
	    "pass ptr example.org;"),
	GOOD("ip4 (5.6)", " ip4:192.0.2.0/24",
	    "pass ip4 192.0.2.0 (4) 24 128;"),
	GOOD("ip4 with bits beyond the length", " ip4:255.1.29.100/0",
	    "pass ip4 255.1.29.100 (4) 0 128;"),
	GOOD("ip6", " ip6:2001:DB8::CD30/33",
	    "pass ip6 2001:db8::cd30 (16) 32 33;"),
	GOOD("ip6 with its loopback and none", " ip6:::1 ip6:::/0",
	    "pass ip6 ::1 (16);pass ip6 :: (16) 32 0;"),
	GOOD("ip6 with an IPv4 tail (RFC 4291 2.2) stays IPv6",
	    " ip6:::ffff:1.2.3.4/128", "pass ip6 ::ffff:1.2.3.4 (16);"),
	GOOD("the longest address",
	    " ip6:1111:2222:3333:4444:5555:6666:255.255.255.255",
	    "pass ip6 1111:2222:3333:4444:5555:6666:ffff:ffff (16);"),
	GOOD("exists (5.7)", " exists:%{ir}.%{v}.example.org",
	    "pass exists %{ir}.%{v}.example.org;"),
	GOOD("the modifiers, anywhere (6)",
	    " exp=why.%{d} a redirect=_spf.example.org mx",
	    "pass a;pass mx;redirect _spf.example.org;exp why.%{d};"),
	GOOD("modifiers in any case", " EXP=x.example Redirect=y.example",
	    "redirect y.example;exp x.example;"),
	GOOD("unknown modifiers (6)", " moo.cow-far_out=man:dog/cat x=",
	    ""),
	GOOD("an unknown modifier twice", " x=1 x=2", ""),
	GOOD("a macro in an unknown modifier", " x=%{d}%%%_%-", ""),
	GOOD("a mechanism's name before '=' is a modifier (4.6.1)",
	    " ip4=192.0.2.1 all=", ""),
	GOOD("the version again is an unknown modifier", " v=spf1", ""),
	GOOD("an unknown modifier's value in quotes", " x=\"y\"", ""),
};

static void
good_records_are_read(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct spf_record record;
		const char *error = NULL;

		assert_true(spf_record_is(good[i].text));
		if (spf_record_parse(*state, good[i].text, &record,
		    &error) < 0)
			fail_msg("%s: %s", good[i].story, error);
		if (strcmp(describe(*state, &record), good[i].says) != 0)
			fail_msg("%s: %s", good[i].story,
			    describe(*state, &record));
	}
}

#define TOP "the domain ends in no top-level label"
#define EMPTY "the domain is empty"
#define LENGTH4 "the prefix length is not 0 to 32"
#define LENGTH6 "the prefix length is not 0 to 128"
#define NEED "no ':' with a domain follows its name"
#define NEED4 "no ':' with an IPv4 address follows its name"
#define NEED6 "no ':' with an IPv6 address follows its name"
#define NOTHING "nothing can follow its name"
#define UNKNOWN "no such mechanism"
#define PERCENT "a % begins no macro"

/* One bad term: the reason quotes it. */
static const struct {
	const char *story, *term, *reason;
} bad_terms[] = {
	{ "an unknown mechanism (4.6.1)", "moo", UNKNOWN },
	{ "an unknown mechanism with a value", "moo:x.example", UNKNOWN },
	{ "a dot behind all", "all.", NOTHING },
	{ "a longer name", "aa:x.example", UNKNOWN },
	{ "a qualifier alone", "-", UNKNOWN },
	{ "two qualifiers", "--all", UNKNOWN },
	{ "an unknown qualifier", "!a", UNKNOWN },
	{ "a qualified modifier (6)", "-redirect=x.example", UNKNOWN },
	{ "a modifier with a colon", "redirect:x.example", UNKNOWN },
	{ "a modifier that begins with a digit (12)", "1up=x", UNKNOWN },
	{ "a modifier without a name", "=all", UNKNOWN },
	{ "a slash in a modifier's name", "moo.cow/far=x", UNKNOWN },
	{ "a colon in a modifier's name", "moo.cow:far=x", UNKNOWN },
	{ "an address without a mechanism", "192.0.2.1", UNKNOWN },
	{ "all with a domain (5.1)", "all:x.example", NOTHING },
	{ "all with a colon", "all:", NOTHING },
	{ "all with a length", "-all/8", NOTHING },
	{ "include without a domain (5.2)", "include", NEED },
	{ "include with an empty domain", "include:", EMPTY },
	{ "include with a length", "include:x.example/24", TOP },
	{ "include with a length alone", "include/24", NEED },
	{ "a with an empty domain (5.3)", "a:", EMPTY },
	{ "a with a length behind an empty domain", "a:/24", EMPTY },
	{ "a with a slash alone", "a/", NEED },
	{ "a with a slash at its end", "a:x.example/", TOP },
	{ "a with letters as its length", "a/x", NEED },
	{ "an IPv4 length over 32", "a/33", LENGTH4 },
	{ "an IPv6 length over 128", "mx//129", LENGTH6 },
	{ "an endless length", "a/99999999999999999999999", LENGTH4 },
	{ "a leading zero", "a/032", LENGTH4 },
	{ "two zeros", "a//00", LENGTH6 },
	{ "a sign", "a/+24", NEED },
	{ "one slash before an IPv6 length", "a/24/64", LENGTH4 },
	{ "one slash before a small one", "a/24/16", NEED },
	{ "three slashes", "a///64", NEED },
	{ "the IPv6 length first", "a//64/24", NEED },
	{ "a port", "a:x.example:8080", TOP },
	{ "a single label (7.1)", "a:museum", TOP },
	{ "a single label with a dot", "a:museum.", TOP },
	{ "a dot alone", "a:.", TOP },
	{ "an IPv4 address as a domain", "a:111.222.33.44", TOP },
	{ "a numeric top label", "a:x.123", TOP },
	{ "a hyphen before a top label", "a:x.-com", TOP },
	{ "a hyphen behind a top label", "mx:x.com-", TOP },
	{ "an odd byte in a top label", "a:x.c_m", TOP },
	{ "two final dots", "a:x.example..", TOP },
	{ "a macro and a dot", "a:%{d}.", TOP },
	{ "a macro and no dot", "a:%{d}com", TOP },
	{ "a dot in a macro and letters behind it", "a:%{d.}com", TOP },
	{ "an unknown macro (7.2)", "a:%{a}.example",
	    "a macro has an unknown letter" },
	{ "a macro for explanations (7.2)", "exists:%{c}.example",
	    "%{c} is for explanations alone" },
	{ "the same in another case", "exp=%{R}.example",
	    "%{r} is for explanations alone" },
	{ "a lone percent sign", "exists:x%.example", PERCENT },
	{ "a percent sign before a parenthesis", "exists:%(d).example",
	    PERCENT },
	{ "a percent sign at the end", "a:x.example%", PERCENT },
	{ "mx with an empty domain (5.4)", "mx:", EMPTY },
	{ "ptr with an empty domain (5.5)", "ptr:", EMPTY },
	{ "ptr with a length", "ptr/0", NEED },
	{ "ptr with a domain and a length", "ptr:x.example/24", TOP },
	{ "ip4 without an address (5.6)", "ip4", NEED4 },
	{ "ip4 with an empty one", "ip4:", NEED4 },
	{ "ip4 with a length alone", "ip4/24", NEED4 },
	{ "three numbers", "ip4:1.2.3", NEED4 },
	{ "five numbers", "ip4:1.2.3.4.5", NEED4 },
	{ "a number over 255", "ip4:1.2.3.256", NEED4 },
	{ "a leading zero (qnum)", "ip4:01.2.3.4", NEED4 },
	{ "hexadecimal", "ip4:0x1.2.3.4", NEED4 },
	{ "a port behind ip4", "ip4:1.2.3.4:8080", NEED4 },
	{ "an IPv6 address", "ip4:2001:db8::1", NEED4 },
	{ "brackets", "ip4:[1.2.3.4]", NEED4 },
	{ "a length over 32", "ip4:1.2.3.4/33", LENGTH4 },
	{ "a length with a leading zero", "ip4:1.2.3.4/032", LENGTH4 },
	{ "an IPv6 length", "ip4:1.2.3.4//32", NEED4 },
	{ "no length behind the slash", "ip4:1.2.3.4/", NEED4 },
	{ "two lengths", "ip4:1.2.3.4/8/8", NEED4 },
	{ "ip6 without an address", "ip6", NEED6 },
	{ "an IPv4 address", "ip6:1.2.3.4", NEED6 },
	{ "a colon too few", "ip6::1.1.1.1", NEED6 },
	{ "two gaps", "ip6:1::2::3", NEED6 },
	{ "five digits", "ip6:12345::", NEED6 },
	{ "nine groups", "ip6:1:2:3:4:5:6:7:8:9", NEED6 },
	{ "a zone (RFC 4007 11)", "ip6:fe80::1%eth0", NEED6 },
	{ "brackets again", "ip6:[::1]", NEED6 },
	{ "a long one", "ip6:1111:2222:3333:4444:5555:6666:255.255.255.2550",
	    NEED6 },
	{ "a length over 128", "ip6:::1/129", LENGTH6 },
	{ "two slashes", "ip6:::1//33", NEED6 },
	{ "exists without a domain (5.7)", "exists", NEED },
	{ "exists with an empty domain", "exists:", EMPTY },
	{ "exists with a length", "exists:x.example/24", TOP },
	{ "redirect without a domain (6.1)", "redirect=", EMPTY },
	{ "redirect to a mechanism", "redirect=-all", TOP },
	{ "redirect with a length", "redirect=x.example/24", TOP },
	{ "exp without a domain (6.2)", "exp=", EMPTY },
	{ "exp of one label", "exp=-all", TOP },
	{ "a bad macro in an unknown modifier (6)", "x=%abc", PERCENT },
	{ "a macro for explanations in an unknown modifier", "x=%{t}",
	    "%{t} is for explanations alone" },
};

/* At the start, at the end, behind all. */
static void
a_bad_term_spoils_the_record(void **state)
{
	static const char *const frames[][2] = { { "v=spf1 ", "" },
		{ "v=spf1 -all ", "" },
		{ "v=spf1 ip4:192.0.2.1  ", " a -all " } };

	for (size_t i = 0; i < ARRAY_LEN(bad_terms) * ARRAY_LEN(frames); i++) {
		size_t at = i / ARRAY_LEN(frames);
		const char *const *frame = frames[i % ARRAY_LEN(frames)];
		struct spf_record record;
		const char *error = NULL;

		if (spf_record_parse(*state, str_from(arena_printf(*state,
		    "%s%s%s", frame[0], bad_terms[at].term, frame[1])),
		    &record, &error) == 0)
			fail_msg("%s: accepted", bad_terms[at].story);
		if (strcmp(error, arena_printf(*state, "'%s': %s",
		    bad_terms[at].term, bad_terms[at].reason)) != 0)
			fail_msg("%s: %s", bad_terms[at].story, error);
	}
}

static void
bad_records_are_refused(void **state)
{
	static const struct {
		const char *story;
		struct str text;
		const char *error;
	} cases[] = {
		{ "redirect twice (6)",
		    STR("v=spf1 redirect=x.example -all REDIRECT=x.example"),
		    "'REDIRECT=x.example': it stands twice" },
		{ "exp twice (6)", STR("v=spf1 exp=x.example exp=y.example"),
		    "'exp=y.example': it stands twice" },
		{ "a tab between terms (12)", STR("v=spf1 a\t-all"),
		    "byte 0x09 cannot stand in a record" },
		{ "a line end", STR("v=spf1 a:x.example\r\nptr -all"),
		    "byte 0x0d cannot stand in a record" },
		{ "a line feed at the end", STR("v=spf1 -all\n"),
		    "byte 0x0a cannot stand in a record" },
		{ "NUL behind a domain", STR("v=spf1 a:x.example\0"),
		    "byte 0x00 cannot stand in a record" },
		{ "NUL behind an address", STR("v=spf1 ip4:192.0.2.1\0 -all"),
		    "byte 0x00 cannot stand in a record" },
		{ "a byte above ASCII", STR("v=spf1 a:x.example \x96""all"),
		    "byte 0x96 cannot stand in a record" },
		{ "UTF-8", STR("v=spf1 a:m\xc3\xbcnchen.example -all"),
		    "byte 0xc3 cannot stand in a record" },
		{ "DEL in an unknown modifier", STR("v=spf1 x=\x7f -all"),
		    "byte 0x7f cannot stand in a record" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spf_record record;
		const char *error = NULL;

		if (spf_record_parse(*state, cases[i].text, &record,
		    &error) == 0)
			fail_msg("%s: accepted", cases[i].story);
		if (strcmp(error, cases[i].error) != 0)
			fail_msg("%s: %s", cases[i].story, error);
	}
}

static void
a_long_term_is_quoted_in_part(void **state)
{
	struct buf text;
	struct spf_record record;
	const char *error = NULL;

	buf_init(&text, *state);
	buf_add_text(&text, "v=spf1 a:");
	buf_add_str(&text, fixture_repeat(*state, "x", 100000));
	assert_int_equal(spf_record_parse(*state, buf_str(&text), &record,
	    &error), -1);
	buf_clear(&text);
	buf_printf(&text, "'a:%.*s...': " TOP,
	    STR_ARG(fixture_repeat(*state, "x", 58)));
	assert_string_equal(error, text.data);
}

/* A record of 100 KB: as many terms as it can have, or the longest. What is
 * not linear would not end here, and the arena must not grow faster than the
 * terms. */
static void
a_huge_record_is_read_in_proportion(void **state)
{
	static const struct {
		const char *piece, *last;
		size_t count, terms;
	} cases[] = {
		{ " a", "", 50000, 50000 },
		{ "  ", " -all", 50000, 1 },
		{ " x=", "", 33000, 0 },
		{ " ip4:192.0.2.0/24", " -all", 6000, 6001 },
		{ " include:%{d}", "", 7700, 7700 },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spf_record record;
		const char *error = NULL;
		struct buf text;
		size_t before;

		buf_init(&text, arena);
		buf_add_text(&text, "v=spf1");
		buf_add_str(&text, fixture_repeat(arena, cases[i].piece,
		    cases[i].count));
		buf_add_text(&text, cases[i].last);
		before = arena_size(arena);
		assert_int_equal(spf_record_parse(arena, buf_str(&text),
		    &record, &error), 0);
		assert_int_equal(record.terms.len, cases[i].terms);
		assert_true(arena_size(arena) - before <= 65536 +
		    5 * cases[i].terms * sizeof(struct spf_term));
	}
}

static void
one_huge_term_is_read(void **state)
{
	static const char *const pieces[] = { "%%", "%{d}", "x.", "/24", "9" };
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct spf_record record;
		const char *error = NULL;
		struct buf text;

		buf_init(&text, arena);
		buf_add_text(&text, "v=spf1 a:");
		buf_add_str(&text, fixture_repeat(arena, pieces[i], 25000));
		buf_add_text(&text, ".example");
		assert_int_equal(spf_record_parse(arena, buf_str(&text),
		    &record, &error), 0);
		assert_int_equal(record.terms.len, 1);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_known_by_their_version),
		ARENA_TEST(good_records_are_read),
		ARENA_TEST(a_bad_term_spoils_the_record),
		ARENA_TEST(bad_records_are_refused),
		ARENA_TEST(a_long_term_is_quoted_in_part),
		ARENA_TEST(a_huge_record_is_read_in_proportion),
		ARENA_TEST(one_huge_term_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
