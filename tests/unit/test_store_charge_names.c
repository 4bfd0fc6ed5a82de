/* SPDX-License-Identifier: ISC */
/* test_store_charge_names.c - the entries of charges: how they are called, and
 * how long they live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "charge_say.h"
#include "store/charge.h"
#include "stores.h"

/* --- how long entries live ----------------------------------------------- */

static long
lives_s(struct charge_story *story, const char *key)
{
	return strtol(stores_say(story->lab, arena_printf(story->arena,
	    "TTL mr:{life}:%s", key)), NULL, 10);
}

/* The server's own clock runs on meanwhile: the bounds are generous. */
static void
entries_live_for_as_long_as_they_count(void **state)
{
	struct store_lab *lab = *state;
	struct charge_story story = { lab, lab->arena, STR("life") };

	charge_say(&story, "0 charge m1 for 10m c:20m:10:10");
	assert_in_range(lives_s(&story, "count:c"), 600, 1220);
	assert_in_range(lives_s(&story, "charge:m1"), 7200, 7800);
	/* A window made longer keeps what would have gone. */
	charge_say(&story, "1s charge m2 c:5h:10:1");
	assert_in_range(lives_s(&story, "count:c"), 17000, 18300);
	assert_true(lives_s(&story, "charge:m2") < 0);
	charge_say(&story, "2s confirm m1");
	assert_in_range(lives_s(&story, "count:c"), 17000, 18300);
	assert_in_range(lives_s(&story, "charge:m1"), 7000, 7800);
	/* To give back all leaves nothing. */
	charge_say(&story, "0 charge m3 for 10m d:20m:10:10");
	charge_say(&story, "0 release m3");
	assert_true(lives_s(&story, "count:d") < 0);
	/* What lapsed comes back by its confirmation, and goes again. */
	charge_say(&story, "0 charge m4 for 1m e:1h:10:10");
	charge_say(&story, "0 reset e");
	charge_say(&story, "2m confirm m4");
	assert_in_range(lives_s(&story, "count:e"), 2900, 3600);
	assert_int_equal(charge_say_eternal(lab), 0);
}

/* The life of an entry is set anew only where that is needed. So the server is
 * told of a short one, and it is seen whether the next charge mends it. */
static void
lives_are_set_anew_where_they_are_too_short(void **state)
{
	static const struct {
		const char *case_name, *first, *second;
		long least, most;
	} cases[] = {
		{ "the same slice: it lives for long enough already",
		  "0 charge m1 c:1h:10:1", "1s charge m2 c:1h:10:1", 1, 60 },
		{ "the next slice",
		  "0 charge m1 c:1h:10:1", "1m charge m2 c:1h:10:1",
		  3600, 3660 },
		{ "the same end, of slices of a longer window",
		  "59s charge m1 c:1m:10:1", "59s charge m2 c:1h:10:1",
		  3600, 3660 },
		{ "what a clock that was ahead has promised does not count",
		  "30s charge m1 c:1h:10:1", "0 charge m2 c:1h:10:1",
		  3600, 3660 },
		{ "refused, of a window made longer",
		  "59s charge m1 c:1m:10:10", "59s charge m2 c:1h:10:1",
		  3600, 3660 },
		{ "refused, and it lives for long enough",
		  "0 charge m1 c:1h:10:10", "1s charge m2 c:1h:10:1", 1, 60 },
		{ "reserved, then for good: a row of its own",
		  "0 charge m1 for 10m c:1h:10:1", "1s charge m2 c:1h:10:1",
		  3600, 3660 },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct charge_story story = { lab, lab->arena, STR("life") };

		print_message("%s\n", cases[i].case_name);
		stores_say(lab, "FLUSHALL");
		charge_say(&story, cases[i].first);
		stores_say(lab, "PEXPIRE mr:{life}:count:c 60000");
		charge_say(&story, cases[i].second);
		assert_in_range(lives_s(&story, "count:c"), cases[i].least,
		    cases[i].most);
	}
}

/* --- names --------------------------------------------------------------- */

static void
names_may_hold_any_byte_and_be_long(void **state)
{
	struct store_lab *lab = *state;
	char all[256] = "", longer[70000] = "";
	struct str names[] = {
		str_of(all, sizeof(all)),
		str_of(longer, sizeof(longer)),
		str_of(longer, sizeof(longer) - 1),
		STR("a b"), STR("a%20b"), STR("a\0b"), STR("a\0c"), STR("{a}"),
		STR("a:b"), STR(">a"), STR("\r\n"),
	};

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	memset(longer, 'x', sizeof(longer));
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			struct charge_story story = { lab, lab->arena,
			    names[i] };

			assert_string_equal(charge_say(&story,
			    "0 charge m for 10m c:1m:10:7"),
			    round == 0 ? "charged 7" : "repeat 7");
			if (round == 1)
				assert_string_equal(charge_say(&story,
				    "0 release m"), "released");
		}
}

static void
names_of_one_charge_have_one_tag_and_no_blank(void **state)
{
	static const struct {
		const char *name, *counter, *error;
	} bad[] = {
		{ "mr:{a}:c:1", "mr:{b}:c:1",
		  "the names of the entries have different tags" },
		{ "mr:{a}:c:1", "mr:{a}:c 1",
		  "the name of an entry is empty or holds a blank" },
		{ "", "mr:{a}:c:1",
		  "the name of an entry is empty or holds a blank" },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct charge_item item = { str_from(bad[i].counter),
		    60000, 10, 1 };
		const struct charge charge = { str_from(bad[i].name),
		    CHARGE_SAY_MS, 0, false, &item, 1 };
		struct store_call *call = charge_ask(lab->store, lab->arena,
		    &charge, NULL);

		assert_int_equal(stores_any_answer(call)->status,
		    STORE_REFUSED);
		assert_string_equal(stores_any_answer(call)->error,
		    bad[i].error);
		store_call_unref(&call);
	}
}

int
main(void)
{
	const struct store_test tests[] = {
		REDIS_TEST(entries_live_for_as_long_as_they_count),
		REDIS_TEST(lives_are_set_anew_where_they_are_too_short),
		STORE_TEST(names_may_hold_any_byte_and_be_long),
		STORE_TEST(names_of_one_charge_have_one_tag_and_no_blank),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
