/* SPDX-License-Identifier: ISC */
/* test_rules_sa_uri_detail.c - uri_detail: one address that fulfils all of its
 * conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules_bench.h"

static const char message[] = "From: a@example.org\n"
    "Content-Type: text/html\n\n"
    "<a href=\"http://one.example.com/x\">https://bank.example.net</a>\n"
    "<img src=\"http://img.example.org/%2Ebar\">\n";

static const struct {
	const char *sentence, *rule;
	bool hits;
} cases[] = {
	{ "a text that names another host",
	    "text =~ /\\bhttps:/  cleaned !~ /\\bhttps:/", true },
	{ "both of them of one address", "text =~ /bank/ type =~ /^a$/",
	    true },
	{ "not one here and the other there",
	    "text =~ /bank/ domain =~ /^example\\.org$/", false },
	{ "as it was found", "raw =~ /%2Ebar/", true },
	{ "what it means", "cleaned =~ m{/\\.bar}", true },
	{ "the tag", "type =~ /^img$/ host =~ /^img\\.example\\.org$/", true },
	{ "another tag", "type =~ /^frame$/", false },
	{ "a text where there is none", "text !~ /x/ type =~ /^img$/", false },
	{ "the registrable domain", "domain =~ /^example\\.com$/", true },
	{ "the host is not the domain", "domain =~ /^one\\./", false },
};

static void
test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		rules_bench_load_sa(&bench, arena_printf(bench.arena,
		    "uri_detail R %s\n", cases[i].rule));
		assert_int_equal(rules_bench_notes(&bench).len, 0);
		rules_bench_message(&bench, str_from(message));
		rules_bench_must_hit(&bench, cases[i].sentence, cases[i].hits);
		rules_bench_end(&bench);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
