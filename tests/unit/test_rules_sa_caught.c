/* SPDX-License-Identifier: ISC */
/* test_rules_sa_caught.c - %{NAME}: what one rule caught is in another's
 * pattern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "growth.h"
#include "rules_bench.h"

static const char message[] = "From: Joan <joan@sender.test>\n"
    "To: ann.b@lab.test\n"
    "Subject: hello ann.b@lab.test and (joan)\n\n"
    "Hello Ann, Hello Bob: https://phish.example.com/x.html#ann.b@lab.test or\n"
    "https://other.example.com/?q=annXb@lab.test\n";

#define TO "header __TO To:addr =~ /(?<TO_ADDR>.*)/\n"
#define HELLO "body __HELLO /Hello (?<HELLO>\\w+)/\n"

static const struct {
	const char *sentence, *rules, *hits;
} cases[] = {
	{ "an address in a link",
	    TO "uri R m|^https://.{1,64}\\#%{TO_ADDR}|", "R" },
	{ "its letters mean themselves",
	    TO "uri R m|q=%{TO_ADDR}|", "" },
	{ "without regard to case where the pattern says so",
	    "header __TO To =~ /(?<TO_ADDR>ANN)/i\n"
	    "uri R m|\\#%{TO_ADDR}\\.B@|i", "R" },
	{ "with regard to it where not",
	    "header __TO To =~ /(?<TO_ADDR>ann)/\n"
	    "uri R m|\\#%{TO_ADDR}\\.B@|", "" },
	{ "what was not caught: the rule does not run",
	    "header __TO To =~ /(?<TO_ADDR>nobody)/\n"
	    "uri R m|x%{TO_ADDR}?|", "" },
	{ "nor does one that must not match",
	    "header __TO To =~ /(?<TO_ADDR>nobody)/\n"
	    "uri R m|%{TO_ADDR}|\nheader S Subject !~ /%{TO_ADDR}/", "" },
	{ "one that must not match, and does not",
	    HELLO "header R Subject !~ /%{HELLO}/", "R" },
	{ "one that must not match, and does",
	    TO "header R Subject !~ /%{TO_ADDR}/", "" },
	{ "an empty one is none",
	    "header __TO To =~ /(?<TO_ADDR>)/\nuri R m|%{TO_ADDR}|", "" },
	{ "the first match counts",
	    HELLO "body R /, Hello %{HELLO}/", "" },
	{ "all of them where the rule counts",
	    HELLO "tflags __HELLO multiple\nbody R /, Hello %{HELLO}/", "R" },
	{ "two rules catch by one name",
	    "header __A From =~ /(?<WHO>nobody|Joan)/\n"
	    "header __B To =~ /(?<WHO>ann)/\nheader R Subject =~ /o %{WHO}/",
	    "R" },
	{ "two names in a pattern",
	    TO "header __F From:addr =~ /^(?P<WHO>\\w+)/\n"
	    "header R Subject =~ /%{TO_ADDR} and \\(%{WHO}\\)/", "R" },
	{ "one of two was not caught",
	    TO "header __F From:addr =~ /(?<WHO>nobody)/\n"
	    "header R Subject =~ /%{TO_ADDR}|%{WHO}/", "" },
	{ "within parentheses",
	    TO "header R Subject =~ /(?:x|%{TO_ADDR})/", "R" },
	{ "what must not stand there",
	    TO "header R Subject =~ /hello (?!%{TO_ADDR})/\n"
	    "header S Subject =~ /hello (?!.*%{TO_ADDR}x)/", "S" },
	{ "a backslash before it: no name",
	    TO "header R Subject =~ /\\%{TO_ADDR}/", "" },
	{ "how often", TO "header R Subject =~ /%{TO_ADDR}|o/\n"
	    "tflags R multiple maxhits=2", "R*2" },
	{ "a field that is not there is an empty text",
	    TO "header R X-None !~ /%{TO_ADDR}/", "R" },
	{ "or what stands for it",
	    TO "header R X-None =~ /%{TO_ADDR}/ [if-unset: ann.b@lab.test]",
	    "R" },
	{ "a rule that must not match catches nothing",
	    "header __TO To !~ /(?<TO_ADDR>x)/\nuri R m|%{TO_ADDR}|", "" },
};

static void
load(struct rules_bench *bench, const char *rules)
{
	rules_bench_begin(bench);
	rules_bench_load_sa(bench, rules);
}

/* What hits, without those for other rules. */
static struct str
judged(struct rules_bench *bench)
{
	struct str found = rules_bench_judge(bench);
	ptrdiff_t inner = str_find(found, '[');

	return inner < 0 ? found : str_trim(str_sub(found, 0,
	    (size_t)inner));
}

static void
test_what_was_caught(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;
		struct str found;

		load(&bench, cases[i].rules);
		rules_bench_message(&bench, str_from(message));
		found = judged(&bench);
		if (!str_is(found, cases[i].hits))
			fail_msg("%s: \"%.*s\"", cases[i].sentence,
			    STR_ARG(found));
		rules_bench_end(&bench);
	}
}

static void
judge(struct arena *arena, struct str text)
{
	struct rules_bench bench;

	(void)arena;
	load(&bench, "body __H /Hello (?<HELLO>\\w+)/\n"
	    "tflags __H multiple\nbody R /Hello (?:%{HELLO}|x)b/");
	rules_bench_message(&bench, text);
	assert_int_equal(judged(&bench).len, 0);
	rules_bench_end(&bench);
}

static void
test_time_grows_with_the_text(void **state)
{
	(void)state;
	grows_with_input("Subject: x\n\n", "Hello aaaaaaaac aaaaaaaab\n",
	    judge);
	grows_with_input("Subject: x\n\n", "Hello a", judge);
}

static void
test_by_itself_it_is_no_test(void **state)
{
	struct rules_bench bench;

	(void)state;
	load(&bench, "body R eval:check_caught('x', 'y')\n"
	    "body S eval:check_caught()");
	assert_non_null(strstr(rules_bench_notes(&bench).data,
	    "ERROR R: it stands for %{NAME} in a pattern"));
	assert_int_equal(ruleset_count(bench.ruleset), 0);
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_caught),
		cmocka_unit_test(test_time_grows_with_the_text),
		cmocka_unit_test(test_by_itself_it_is_no_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
