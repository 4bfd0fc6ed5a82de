/* SPDX-License-Identifier: ISC */
/* test_store_charge.c - counting against limits, on every kind of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "charge_say.h"
#include "stores.h"

static const struct {
	const char *name;
	struct {
		const char *step, *result;
	} steps[16];
} cases[] = {
	{ "the first charge is checked too", {
		{ "0 charge m c:1m:10:11", "refused 0>never" },
		{ "0 usage - c:1m:10:1", "charged 0" } } },
	{ "the limit is admitted, one more is not", {
		{ "0 charge m1 c:1m:10:9", "charged 9" },
		{ "0 charge m2 c:1m:10:1", "charged 10" },
		{ "0 charge m3 c:1m:10:1", "refused 10>61000" } } },
	{ "a refused charge adds nothing, however often it is tried", {
		{ "0 charge m1 c:1m:10:8", "charged 8" },
		{ "1s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "2s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "3s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "4s charge m3 c:1m:10:2", "charged 10" } } },
	{ "what was charged counts for its whole window and a slice at most", {
		{ "500 charge m1 c:1m:10:10", "charged 10" },
		{ "60499 charge m2 c:1m:10:1", "refused 10>61000" },
		{ "60999 charge m2 c:1m:10:1", "refused 10>61000" },
		{ "61s charge m2 c:1m:10:1", "charged 1" } } },
	{ "no double burst over the edge of a clock's minute", {
		{ "59900 charge m1 c:1m:10:10", "charged 10" },
		{ "60100 charge m2 c:1m:10:1", "refused 10>120000" },
		{ "119900 charge m2 c:1m:10:1", "refused 10>120000" },
		{ "2m charge m2 c:1m:10:10", "charged 10" } } },
	{ "what fits first is told: as much as is needed has to go", {
		{ "0 charge m1 c:1m:10:3", "charged 3" },
		{ "10s charge m2 c:1m:10:3", "charged 6" },
		{ "20s charge m3 c:1m:10:4", "charged 10" },
		{ "30s usage - c:1m:10:3", "refused 10>61000" },
		{ "30s usage - c:1m:10:4", "refused 10>71000" },
		{ "30s usage - c:1m:10:10", "refused 10>81000" },
		{ "61s charge m4 c:1m:10:3", "charged 10" } } },
	{ "no limit: only counted", {
		{ "0 charge m1 c:1m:-1:1000", "charged 1000" },
		{ "0 charge m2 c:1m:-1:1000", "charged 2000" } } },
	{ "the limit nought refuses all but nothing", {
		{ "0 charge m1 c:1m:0:1", "refused 0>never" },
		{ "0 charge m2 c:1m:0:0", "charged 0" } } },
	{ "nothing always fits, even when a limit was lowered", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "0 charge m2 c:1m:5:0", "charged 10" },
		{ "0 charge m3 c:1m:5:1", "refused 10>61000" } } },

	{ "all or none: the first of three is full", {
		{ "0 charge m1 a:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:5:1 b:1m:9:1 c:1m:9:1",
		  "refused 5>61000 0 0" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 5 0 0" } } },
	{ "all or none: the second of three is full", {
		{ "0 charge m1 b:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:9:1 b:1m:5:1 c:1m:9:1",
		  "refused 0 5>61000 0" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 0 5 0" } } },
	{ "all or none: the last of three is full", {
		{ "0 charge m1 c:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:9:1 b:1m:9:1 c:1m:5:1",
		  "refused 0 0 5>61000" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 0 0 5" } } },
	{ "all three fit, in any order and by different amounts", {
		{ "0 charge m1 a:1m:9:1 b:1h:9:2 c:1d:9:3", "charged 1 2 3" },
		{ "0 charge m2 c:1d:9:3 a:1m:9:1 b:1h:9:2", "charged 6 2 4" },
		{ "0 charge m3 b:1h:9:2 c:1d:9:4 a:1m:9:1",
		  "refused 4 6>87840000 2" } } },
	{ "several windows of one limit, the short one gives way first", {
		{ "0 charge m1 h:1h:3:3 d:1d:5:3", "charged 3 3" },
		{ "0 charge m2 h:1h:3:1 d:1d:5:1", "refused 3>3660000 3" },
		{ "61m charge m2 h:1h:3:1 d:1d:5:1", "charged 1 4" },
		{ "61m charge m3 h:1h:3:2 d:1d:5:2",
		  "refused 1 4>87840000" } } },

	{ "a repeat adds nothing and answers the same", {
		{ "0 charge m1 c:1m:10:4", "charged 4" },
		{ "0 charge m1 c:1m:10:4", "repeat 4" },
		{ "5s charge m1 c:1m:10:4", "repeat 4" },
		{ "5s charge m2 c:1m:10:6", "charged 10" },
		{ "5s charge m1 c:1m:10:4", "repeat 10" } } },
	{ "a name is forgotten after two hours", {
		{ "0 charge m1 c:1m:10:4", "charged 4" },
		{ "7199s charge m1 c:1m:10:4", "repeat 0" },
		{ "7200s charge m1 c:1m:10:4", "charged 4" } } },

	{ "what was reserved counts until it is given back", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1s charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "2s release m1", "released" },
		{ "3s charge m2 c:1h:10:10", "charged 10" } } },
	{ "what was confirmed stays, and does not lapse", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1s confirm m1", "confirmed" },
		{ "11m charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m2 c:1h:10:1", "charged 1" } } },
	{ "what nobody settles lapses by itself", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "599999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "10m charge m2 c:1h:10:10", "charged 10" } } },
	{ "it lapses at most a sixtieth of its time late", {
		{ "5s charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "609999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "610s charge m2 c:1h:10:10", "charged 10" } } },
	{ "a confirmation that comes late counts again", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "20m charge m2 c:1h:10:4", "charged 4" },
		{ "21m confirm m1", "confirmed" },
		{ "21m usage - c:1h:10:0", "charged 14" },
		{ "21m confirm m1", "confirmed" },
		{ "21m usage - c:1h:10:0", "charged 14" },
		{ "61m usage - c:1h:10:0", "charged 4" } } },
	{ "a confirmation so late that the window is over adds nothing", {
		{ "0 charge m1 for 30s c:1m:10:10", "charged 10" },
		{ "61s confirm m1", "confirmed" },
		{ "61s usage - c:1m:10:0", "charged 0" } } },
	{ "to confirm twice counts once", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s confirm m1", "confirmed" },
		{ "1s confirm m1", "confirmed" },
		{ "1s usage - c:1h:10:0", "charged 5" } } },
	{ "to release twice gives back once", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "0 charge m2 for 10m c:1h:10:5", "charged 10" },
		{ "1s release m1", "released" },
		{ "1s release m1", "released" },
		{ "1s usage - c:1h:10:0", "charged 5" } } },
	{ "what was confirmed is not given back", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s confirm m1", "confirmed" },
		{ "2s release m1", "confirmed" },
		{ "2s usage - c:1h:10:0", "charged 5" } } },
	{ "what was released is not confirmed", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s release m1", "released" },
		{ "2s confirm m1", "released" },
		{ "2s usage - c:1h:10:0", "charged 0" } } },
	{ "what was charged for good is confirmed already", {
		{ "0 charge m1 c:1h:10:5", "charged 5" },
		{ "0 confirm m1", "confirmed" },
		{ "0 release m1", "confirmed" },
		{ "0 usage - c:1h:10:0", "charged 5" } } },
	{ "a released name is charged anew", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "0 charge m1 for 10m c:1h:10:5", "repeat 5" },
		{ "1s release m1", "released" },
		{ "2s charge m1 for 10m c:1h:10:6", "charged 6" },
		{ "3s confirm m1", "confirmed" },
		{ "11m usage - c:1h:10:0", "charged 6" } } },
	{ "a lapsed name is charged anew", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "10m charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "11m confirm m1", "confirmed" },
		{ "30m usage - c:1h:10:0", "charged 5" } } },
	{ "a name that nobody charged is unknown", {
		{ "0 confirm m1", "unknown" },
		{ "0 release m1", "unknown" },
		{ "0 charge m1 for 10m c:1m:10:11", "refused 0>never" },
		{ "0 confirm m1", "unknown" },
		{ "0 usage - c:1m:10:0", "charged 0" } } },
	{ "all counters of a charge are settled", {
		{ "0 charge m1 for 10m a:1m:9:1 b:1h:9:2 c:1d:9:3",
		  "charged 1 2 3" },
		{ "0 charge m2 for 10m a:1m:9:4 c:1d:9:4", "charged 5 7" },
		{ "1s release m1", "released" },
		{ "1s usage - a:1m:9:0 b:1h:9:0 c:1d:9:0", "charged 4 0 4" },
		{ "2s confirm m2", "confirmed" },
		{ "11m usage - a:1m:9:0 b:1h:9:0 c:1d:9:0",
		  "charged 0 0 4" } } },
	{ "many under way at once, each settled in its own way", {
		{ "0 charge m1 for 10m c:1h:20:1", "charged 1" },
		{ "1s charge m2 for 10m c:1h:20:2", "charged 3" },
		{ "2m charge m3 for 10m c:1h:20:4", "charged 7" },
		{ "2m charge m4 c:1h:20:8", "charged 15" },
		{ "3m release m2", "released" },
		{ "3m usage - c:1h:20:0", "charged 13" },
		{ "3m confirm m1", "confirmed" },
		{ "3m usage - c:1h:20:0", "charged 13" },
		{ "13m usage - c:1h:20:0", "charged 9" },
		{ "13m confirm m3", "confirmed" },
		{ "13m usage - c:1h:20:0", "charged 13" },
		{ "61m usage - c:1h:20:0", "charged 12" },
		{ "63m usage - c:1h:20:0", "charged 0" } } },

	{ "a raised limit keeps what was used", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "0 charge m2 c:1m:20:10", "charged 20" },
		{ "0 charge m3 c:1m:20:1", "refused 20>61000" } } },
	{ "a lowered limit holds at once", {
		{ "0 charge m1 c:1m:20:15", "charged 15" },
		{ "1s charge m2 c:1m:10:1", "refused 15>61000" },
		{ "61s charge m2 c:1m:10:1", "charged 1" } } },
	{ "a longer window keeps what was used, for as long as it says", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "30s charge m2 c:1h:10:1", "refused 10>3601000" },
		{ "59m charge m2 c:1h:10:1", "refused 10>3601000" },
		{ "3601s charge m2 c:1h:10:1", "charged 1" } } },
	{ "a shorter window keeps what lies in it", {
		{ "0 charge m1 c:1h:10:4", "charged 4" },
		{ "10m charge m2 c:1h:10:5", "charged 9" },
		{ "10m charge m3 c:1m:6:2", "refused 5>661000" },
		{ "660999 charge m3 c:1m:6:2", "refused 5>661000" },
		{ "661s charge m4 c:1m:6:6", "charged 6" } } },

	{ "forced: counted over the limit, and told", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "1s force m2 c:1m:10:5", "charged 15>61000" },
		{ "1s force m2 c:1m:10:5", "repeat 15>61000" },
		{ "2s charge m3 c:1m:10:1", "refused 15>61000" } } },
	{ "forced: more than the limit at once, reserved and confirmed", {
		{ "0 force m1 for 10m a:1h:5:1 b:1h:5:9", "charged 1 9>never" },
		{ "1s confirm m1", "confirmed" },
		{ "1s force m1 for 10m a:1h:5:1 b:1h:5:9", "repeat 1 9>never" },
		{ "20m usage - a:1h:5:0 b:1h:5:0", "charged 1 9" } } },

	{ "forced later than it happened: what came meanwhile stays", {
		{ "20m charge m1 c:1h:10:10", "charged 10" },
		{ "10m force m2 c:1h:10:5", "charged 15>4860000" },
		{ "10m force m2 c:1h:10:5", "repeat 15>4860000" },
		{ "20m usage - c:1h:10:0", "charged 15" },
		{ "71m usage - c:1h:10:1", "refused 10>4860000" },
		{ "4859999 charge m3 c:1h:10:1", "refused 10>4860000" },
		{ "81m charge m3 c:1h:10:1", "charged 1" } } },
	{ "forced when its window is over: what came meanwhile stays", {
		{ "20m charge m1 c:1m:10:10", "charged 10" },
		{ "10m force m2 c:1m:10:5", "charged 15>1261000" },
		{ "1260999 usage - c:1m:10:1", "refused 10>1261000" },
		{ "1261s charge m3 c:1m:10:1", "charged 1" } } },

	{ "usage changes nothing, and says what would be", {
		{ "0 charge m1 c:1h:10:6", "charged 6" },
		{ "0 usage - c:1h:10:4", "charged 6" },
		{ "0 usage - c:1h:10:5", "refused 6>3660000" },
		{ "0 usage - c:1m:10:5", "refused 6>61000" },
		{ "2m usage - c:1m:10:5", "charged 0" },
		{ "2m usage - c:1h:10:5", "refused 6>3660000" },
		{ "2m charge m2 c:1h:10:4", "charged 10" } } },
	{ "a reset forgets the counter and nothing else", {
		{ "0 charge m1 a:1h:10:10 b:1h:10:10", "charged 10 10" },
		{ "0 reset a", "reset" },
		{ "0 reset a", "reset" },
		{ "0 charge m2 a:1h:10:3", "charged 3" },
		{ "0 usage - a:1h:10:0 b:1h:10:0", "charged 3 10" } } },
	{ "what was reserved before a reset counts when it is confirmed", {
		{ "0 charge m1 for 10m a:1h:10:4", "charged 4" },
		{ "0 charge m2 for 10m a:1h:10:4", "charged 8" },
		{ "0 reset a", "reset" },
		{ "1s release m1", "released" },
		{ "1s confirm m2", "confirmed" },
		{ "1s usage - a:1h:10:0", "charged 4" } } },

	{ "a clock that was ahead blocks for no longer than a window", {
		{ "1d charge m1 c:1h:10:10", "charged 10" },
		{ "0 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "30m charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "3659999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m2 c:1h:10:1", "charged 1" } } },
	{ "usage does not set a clock that was ahead right", {
		{ "1d charge m1 c:1h:10:10", "charged 10" },
		{ "0 usage - c:1h:10:1", "refused 10>3660000" },
		{ "1m usage - c:1h:10:1", "refused 10>3720000" },
		{ "1d usage - c:1h:10:1", "refused 10>90060000" } } },
	{ "a clock that is a slice behind counts as well", {
		{ "61s charge m1 c:1h:10:5", "charged 5" },
		{ "59s charge m2 c:1h:10:5", "charged 10" },
		{ "61s charge m3 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m3 c:1h:10:6", "refused 5>3719000" },
		{ "61m charge m3 c:1h:10:5", "charged 10" } } },
	{ "a clock that was behind: what was counted then is long past", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1d charge m2 c:1h:10:10", "charged 10" },
		{ "1d confirm m1", "unknown" } } },
	{ "the clock goes to and fro, and no more is ever in use", {
		{ "0 charge m1 c:1m:10:5", "charged 5" },
		{ "30s charge m2 c:1m:10:5", "charged 10" },
		{ "10s charge m3 c:1m:10:1", "refused 10>61000" },
		{ "40s charge m3 c:1m:10:1", "refused 10>61000" },
		{ "61s charge m3 c:1m:10:1", "charged 6" },
		{ "35s charge m4 c:1m:10:5", "refused 6>71000" } } },

	{ "large amounts are exact", {
		{ "0 charge m1 c:1m:-1:1125899906842624",
		  "charged 1125899906842624" },
		{ "0 charge m2 c:1m:-1:1125899906842623",
		  "charged 2251799813685247" },
		{ "0 charge m3 c:1m:1000000000000000:1",
		  "refused 2251799813685247>61000" } } },
	{ "what cannot be counted is refused with its reason", {
		{ "0 charge m c:1m:10:1125899906842625",
		  "an amount is negative or too large to be counted" },
		{ "0 charge m c:1m:10:-1",
		  "an amount is negative or too large to be counted" },
		{ "0 charge m c:1m:1125899906842625:1",
		  "a limit is too large to be counted" },
		{ "0 charge m c:0:10:1", "a window makes no sense" },
		{ "0 charge m a:1m:10:1 c:1m:10:1 a:1m:10:1",
		  "a counter stands twice in one charge" },
		{ "-2000000d charge m c:1m:10:1", "the time makes no sense" },
		{ "0 usage - a:1m:10:1", "charged 0" } } },
};

static void
the_table_of_semantics(void **state)
{
	struct store_lab *lab = *state;
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct charge_story story = { lab, lab->arena, str_from(
		    arena_printf(lab->arena, "case %zu", i)) };

		for (size_t j = 0; j < 16 && cases[i].steps[j].step; j++) {
			const char *result = charge_say(&story,
			    cases[i].steps[j].step);

			if (strcmp(result, cases[i].steps[j].result) == 0)
				continue;
			print_error("%s: \"%s\" gives \"%s\", not \"%s\"\n",
			    cases[i].name, cases[i].steps[j].step, result,
			    cases[i].steps[j].result);
			wrong++;
		}
	}
	if (strcmp(lab->kind, "redis") == 0)
		assert_int_equal(charge_say_eternal(lab), 0);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_table_of_semantics),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
