/* SPDX-License-Identifier: ISC */
/* test_clock.c - times read and written, and the ids that begin with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ulid.h"
#include "base/vec.h"

#define TEN_O_CLOCK INT64_C(1795168800000)	/* 2026-11-20T10:00:00Z */

static void
times_are_read_as_in_rfc_3339_5_6(void **state)
{
	static const struct {
		const char *sentence;
		struct str text;
		int64_t ms;	/* -1: refused */
	} cases[] = {
		{ "Unix seconds", STR("1795168800"), TEN_O_CLOCK },
		{ "the epoch", STR("0"), 0 },
		{ "UTC", STR("2026-11-20T10:00:00Z"), TEN_O_CLOCK },
		{ "small letters", STR("2026-11-20t10:00:00z"), TEN_O_CLOCK },
		{ "east of it", STR("2026-11-20T11:30:00+01:30"), TEN_O_CLOCK },
		{ "west of it", STR("2026-11-20T02:00:00-08:00"), TEN_O_CLOCK },
		{ "a fraction is cut", STR("2026-11-20T10:00:00.999Z"),
		    TEN_O_CLOCK },
		{ "a leap second", STR("1990-12-31T23:59:60Z"),
		    INT64_C(662688000000) },
		{ "a leap day", STR("2028-02-29T00:00:00Z"),
		    INT64_C(1835395200000) },
		{ "no leap day", STR("2027-02-29T00:00:00Z"), -1 },
		{ "the 31st of a short month", STR("2026-11-31T00:00:00Z"), -1 },
		{ "day zero", STR("2026-11-00T00:00:00Z"), -1 },
		{ "month zero", STR("2026-00-20T00:00:00Z"), -1 },
		{ "month 13", STR("2026-13-20T00:00:00Z"), -1 },
		{ "hour 24", STR("2026-11-20T24:00:00Z"), -1 },
		{ "no zone", STR("2026-11-20T10:00:00"), -1 },
		{ "a zone's name", STR("2026-11-20T10:00:00CET"), -1 },
		{ "a zone without colon", STR("2026-11-20T10:00:00+0100"), -1 },
		{ "an empty fraction", STR("2026-11-20T10:00:00.Z"), -1 },
		{ "blanks for digits", STR("2026-11- 2T10:00:00Z"), -1 },
		{ "a blank in front", STR(" 2026-11-20T10:00:00Z"), -1 },
		{ "one digit", STR("2026-1-20T10:00:00Z"), -1 },
		{ "something behind", STR("2026-11-20T10:00:00Zx"), -1 },
		{ "NUL behind", STR("2026-11-20T10:00:00Z\0x"), -1 },
		{ "before 1970", STR("1969-12-31T23:59:59Z"), -1 },
		{ "before 1970 by its zone", STR("1970-01-01T00:00:00+00:01"),
		    -1 },
		{ "a negative number", STR("-1"), -1 },
		{ "beyond the year 9999", STR("253402300800"), -1 },
		{ "nothing", STR(""), -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms = -1;
		int result = clock_parse(cases[i].text, &ms);

		if (result != (cases[i].ms < 0 ? -1 : 0) ||
		    (result == 0 && ms != cases[i].ms))
			fail_msg("%s: %d %lld", cases[i].sentence, result,
			    (long long)ms);
	}
}

static void
times_are_written_with_milliseconds(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	assert_string_equal(clock_format(TEN_O_CLOCK + 7, text),
	    "2026-11-20T10:00:00.007Z");
	assert_string_equal(clock_format(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(-1, text),
	    "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(INT64_MAX, text),
	    "9999-12-31T23:59:59.999Z");
}

static void
a_set_clock_stands_still_until_it_is_given_back(void **state)
{
	int64_t real = clock_now_ms();

	(void)state;
	clock_set(TEN_O_CLOCK);
	assert_int_equal(clock_now_ms(), TEN_O_CLOCK);
	clock_set(0);
	assert_int_equal(clock_now_ms(), 0);
	clock_set(-1);
	assert_in_range(clock_now_ms() - real, 0, 60000);
}

static void
the_steady_clock_ignores_the_set_one(void **state)
{
	int64_t before = clock_steady_ms();

	(void)state;
	clock_set(1);
	assert_in_range(clock_steady_ms() - before, 0, 60000);
	assert_in_range(clock_steady_us() / 1000 - before, 0, 60000);
	clock_set(-1);
}

static void
ids_are_valid_differ_and_sort_by_time(void **state)
{
	char old[ULID_SIZE], new[ULID_SIZE], same[ULID_SIZE];

	(void)state;
	ulid_make(TEN_O_CLOCK, old);
	ulid_make(TEN_O_CLOCK, same);
	ulid_make(TEN_O_CLOCK + 1, new);
	assert_true(ulid_is_valid(str_from(old)));
	assert_string_not_equal(old, same);
	assert_memory_equal(old, same, 10);
	assert_true(strcmp(old, new) < 0);
	ulid_make(INT64_C(1469918176385), old);
	assert_memory_equal(old, "01ARYZ6S41", 10);
}

static void
what_is_not_an_id_is_told_apart(void **state)
{
	static const struct {
		const char *sentence;
		struct str text;
		bool is_valid;
	} cases[] = {
		{ "an id", STR("01ARZ3NDEKTSV4RRFFQ69G5FAV"), true },
		{ "small letters", STR("01arz3ndektsv4rrffq69g5fav"), true },
		{ "one short", STR("01ARZ3NDEKTSV4RRFFQ69G5FA"), false },
		{ "one long", STR("01ARZ3NDEKTSV4RRFFQ69G5FAVV"), false },
		{ "more than 48 bits of time",
		    STR("81ARZ3NDEKTSV4RRFFQ69G5FAV"), false },
		{ "I is no digit", STR("01ARZ3NDEKTSV4RRFFQ69G5FAI"), false },
		{ "l is no digit", STR("01ARZ3NDEKTSV4RRFFQ69G5FAl"), false },
		{ "o is no digit", STR("01ARZ3NDEKTSV4RRFFQ69G5FAo"), false },
		{ "U is no digit", STR("01ARZ3NDEKTSV4RRFFQ69G5FAU"), false },
		{ "NUL is no digit", STR("01ARZ3NDEKTSV4RRFFQ69G5FA\0"), false },
		{ "8 bits", STR("01ARZ3NDEKTSV4RRFFQ69G5FA\xc1"), false },
		{ "nothing", STR(""), false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (ulid_is_valid(cases[i].text) != cases[i].is_valid)
			fail_msg("%s", cases[i].sentence);
}

static void
what_is_due_is_so_once_in_its_time(void **state)
{
	int64_t last_ms = 0, before_ms = clock_steady_ms();

	(void)state;
	assert_true(clock_is_due(&last_ms, INT64_MAX));
	assert_true(last_ms >= before_ms);
	before_ms = last_ms;
	assert_false(clock_is_due(&last_ms, INT64_MAX));
	assert_int_equal(last_ms, before_ms);
	last_ms = clock_steady_ms() - 5000;
	assert_true(clock_is_due(&last_ms, 5000));
	assert_true(last_ms >= before_ms);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_as_in_rfc_3339_5_6),
		cmocka_unit_test(times_are_written_with_milliseconds),
		cmocka_unit_test(
		    a_set_clock_stands_still_until_it_is_given_back),
		cmocka_unit_test(the_steady_clock_ignores_the_set_one),
		cmocka_unit_test(what_is_due_is_so_once_in_its_time),
		cmocka_unit_test(ids_are_valid_differ_and_sort_by_time),
		cmocka_unit_test(what_is_not_an_id_is_told_apart),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
