/* SPDX-License-Identifier: ISC */
/* test_rules_call_wrong.c - arguments of calls that are wrong are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rules/call.h"
#include "rules_bench.h"

static void
wrong_arguments_are_told(void **state)
{
	static const struct {
		const char *call, *error;
	} cases[] = {
		{ "finding", "the name of a check must follow" },
		{ "finding dkim fial", "'fial' is no word that it knows, did "
		    "you mean 'fail'?" },
		{ "spf", "a word like 'none' must follow" },
		{ "direction inbond", "'inbond' is no word that it knows, did "
		    "you mean 'inbound'?" },
		{ "oddity", "a word like 'duplicate_type' must follow" },
		{ "count", "'' is no place or fact that can be counted" },
		{ "count partz", "'partz' is no place or fact that can be "
		    "counted, did you mean 'parts'?" },
		{ "count parts more 3", "a bound is 'more than N', 'less than "
		    "N', 'at least N', 'at most N' or 'exactly N'" },
		{ "count parts > 3 4", "a bound is 'more than N', 'less than "
		    "N', 'at least N', 'at most N' or 'exactly N'" },
		{ "count parts > -3", "'-3' is no whole number" },
		{ "count parts > 99999999999999999999",
		    "'99999999999999999999' is no whole number" },
		{ "date_off", "a number of hours must follow, with 'ahead' or "
		    "'behind' before it where only that counts" },
		{ "date_off sideways 3", "'sideways' is no way that a date can "
		    "be off" },
		{ "date_off ahead soon", "'soon' is no whole number" },
		{ "same_domain", "two places must follow" },
		{ "same_domain subject", "two places must follow" },
		{ "same_domain subject text raw", "two places must follow" },
		{ "same_domain subject here", "'here' is no place" },
		{ "url strange", "'strange' is no word that it knows" },
		{ "files macro", "'macro' is no word that it knows, did you "
		    "mean 'macros'?" },
	};
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str rest = str_from(cases[i].call), word;
		struct call_setup setup = { .arena = bench.arena,
			.draft = bench.draft };
		const struct call *call;
		const char *error = "it is taken";
		void *prepared;
		struct vec args;

		str_cut(&rest, ' ', &word);
		call = call_find(word);
		assert_non_null(call);
		vec_init(&args, bench.arena, sizeof(struct str));
		while (str_cut(&rest, ' ', &word))
			*(struct str *)vec_push(&args) = word;
		setup.args = &args;
		if (call->prepare(&setup, &prepared, &error) == 0 ||
		    strcmp(error, cases[i].error) != 0)
			fail_msg("%s: %s", cases[i].call, error);
	}
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_arguments_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
