/* SPDX-License-Identifier: ISC */
/* test_rules_sa_boundaries.c - util_rb_tld and the like: which names may be there,
 * and under which of them others register. What is wanted is what trim_domain() and
 * is_domain_valid() of SpamAssassin 4.0 give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules/place/sa_boundaries.h"
#include "rules/sa_read.h"
#include "rules_bench.h"

static const char lines[] = "util_rb_tld example UK us xn--p1ai\n"
    "util_rb_2tld co.uk home.example\nutil_rb_3tld a.b.example\n";

static const struct {
	const char *host, *registered;
	bool is_known;
} cases[] = {
	{ "www.example.uk", "example.uk", true },
	{ "WWW.Example.UK", "example.uk", true },
	{ "www.example.co.uk", "example.co.uk", true },
	{ "co.uk", "co.uk", true },
	{ "host.home.example", "host.home.example", true },
	{ "home.example", "home.example", true },
	{ "x.a.b.example", "x.a.b.example", true },
	{ "y.x.a.b.example", "x.a.b.example", true },
	{ "a.b.example", "a.b.example", true },
	{ "x.b.example", "b.example", true },
	{ "x.fire.ci.la.ca.us", "fire.ci.la.ca.us", true },
	{ "x.school.pvt.k12.ca.us", "school.pvt.k12.ca.us", true },
	{ "z.y.x.ca.us", "y.x.ca.us", true },
	{ "x.zz.us", "zz.us", true },
	{ "www.unknown.com", "unknown.com", false },
	{ "\xd0\xbf\xd1\x80.\xd1\x80\xd1\x84", "xn--o1ac.xn--p1ai", true },
	{ "no name", "no name", false },
};

static const struct sa_boundaries *
read_lines(struct rules_bench *bench, const char *text)
{
	rules_bench_begin(bench);
	sa_parse(bench->draft, "test", str_from(text));
	return sa_boundaries_new(bench->draft);
}

static void
names_are_those_of_the_rules(void **state)
{
	struct rules_bench bench;
	const struct sa_boundaries *boundaries = read_lines(&bench, lines);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str domain = sa_registered(bench.arena, boundaries,
		    str_from(cases[i].host));

		if (!str_is(domain, cases[i].registered) ||
		    sa_has_known_end(boundaries, domain) != cases[i].is_known)
			fail_msg("%s: %.*s", cases[i].host, STR_ARG(domain));
	}
	rules_bench_end(&bench);
}

/* Of rules that say nothing, and of no rules. */
static void
without_any_the_public_suffix_list_answers(void **state)
{
	struct rules_bench bench;
	const struct sa_boundaries *all[] = { NULL, read_lines(&bench,
	    "util_rb_tld example\nutil_rb_2tld home.example\nclear_util_rb\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_true(str_is(sa_registered(bench.arena, all[i],
		    STR("a.b.github.io")), "b.github.io"));
		assert_true(str_is(sa_registered(bench.arena, all[i],
		    STR("x.home.org")), "home.org"));
		assert_true(sa_has_known_end(all[i], STR("home.org")));
		assert_false(sa_has_known_end(all[i], STR("letter.txt")));
	}
	rules_bench_end(&bench);
}

static void
a_name_below_which_others_register_is_one_beside_that_list(void **state)
{
	struct rules_bench bench;
	const struct sa_boundaries *boundaries = read_lines(&bench,
	    "util_rb_2tld home.org\n");

	(void)state;
	assert_true(str_is(sa_registered(bench.arena, boundaries,
	    STR("x.y.home.org")), "y.home.org"));
	assert_true(str_is(sa_registered(bench.arena, boundaries,
	    STR("x.y.co.uk")), "y.co.uk"));
	assert_true(sa_has_known_end(boundaries, STR("x.org")));
	rules_bench_end(&bench);
}

static void
what_is_no_such_name_is_told(void **state)
{
	struct rules_bench bench;
	const struct sa_boundaries *boundaries = read_lines(&bench,
	    "util_rb_tld org co.uk\nutil_rb_2tld one.org two\n"
	    "util_rb_3tld a..b\nutil_rb_tld\n");

	(void)state;
	assert_string_equal(rules_bench_notes(&bench).data,
	    "ERROR util_rb_tld: \"co.uk\" is no name of 1 label\n"
	    "ERROR util_rb_2tld: \"two\" is no name of 2 labels\n"
	    "ERROR util_rb_3tld: \"a..b\" is no name of 3 labels\n"
	    "ERROR util_rb_tld: nothing stands behind it\n");
	/* All of such a line is left out. */
	assert_true(str_is(sa_registered(bench.arena, boundaries,
	    STR("x.one.org")), "one.org"));
	rules_bench_end(&bench);
}

/* Through the places that ask: links in the text, domains of fields. */
static void
places_ask_them(void **state)
{
	static const char message[] = "From: a@x.y.home.example\n\n"
	    "see z.home.example or name.org\n";
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	sa_parse(bench.draft, "test", str_from("util_rb_tld example\n"
	    "util_rb_2tld home.example\n"
	    "uri A m{^http://z\\.home\\.example$}\nuri B /name\\.org/\n"
	    "header C From:addr:domain =~ /^y\\.home\\.example$/\n"
	    "uri_detail D domain =~ /^z\\.home\\.example$/\n"));
	sa_finish(bench.draft);
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, str_from(message));
	assert_string_equal(rules_bench_judge(&bench).data, "A C D");
	rules_bench_end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_rules),
		cmocka_unit_test(without_any_the_public_suffix_list_answers),
		cmocka_unit_test(
		    a_name_below_which_others_register_is_one_beside_that_list),
		cmocka_unit_test(what_is_no_such_name_is_told),
		cmocka_unit_test(places_ask_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
