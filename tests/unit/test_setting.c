/* SPDX-License-Identifier: ISC */
/* test_setting.c - texts become values of each kind, and texts again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"

struct values {
	bool flag;
	int64_t number, any_number, size, any_size, time, any_time;
	double real, any_real;
	const char *text;
	int word;
	struct setting_list list;
};

static const char *const words[] = { "observe", "enforce", NULL };

enum { FLAG, NUMBER, ANY_NUMBER, SIZE, ANY_SIZE, TIME, ANY_TIME, REAL,
	ANY_REAL, TEXT, WORD, LIST };

static const struct setting rows[] = {
	SETTING_BOOL_ROW("flag", struct values, flag, "yes", "."),
	SETTING_INT_ROW("number", struct values, number, "5", -10, 100, "."),
	SETTING_INT_ROW("any_number", struct values, any_number, NULL, 0, 0,
	    "."),
	SETTING_SIZE_ROW("size", struct values, size, "64k", 1024, 1 << 20,
	    "."),
	SETTING_SIZE_ROW("any_size", struct values, any_size, NULL, 0, 0, "."),
	SETTING_DURATION_ROW("time", struct values, time, "2s", 100, 30000,
	    "."),
	SETTING_DURATION_ROW("any_time", struct values, any_time, NULL, 0, 0,
	    "."),
	SETTING_REAL_ROW("real", struct values, real, "0.5", -1, 10, "."),
	SETTING_REAL_ROW("any_real", struct values, any_real, NULL, 0, 0, "."),
	SETTING_TEXT_ROW("text", struct values, text, "a b;", "."),
	SETTING_WORD_ROW("word", struct values, word, words, "enforce", "."),
	SETTING_LIST_ROW("list", struct values, list, "a  b c", "."),
};

/* wanted: the value as it is printed; NULL: refused with this reason. */
static const struct {
	int row;
	const char *text, *wanted, *reason;
} cases[] = {
	{ FLAG, "yes", "yes", NULL },
	{ FLAG, "no", "no", NULL },
	{ FLAG, "true", NULL, "'true' is not yes or no" },
	{ FLAG, "YES", NULL, "'YES' is not yes or no" },
	{ FLAG, "", NULL, "'' is not yes or no" },
	{ NUMBER, "100", "100", NULL },
	{ NUMBER, "-10", "-10", NULL },
	{ NUMBER, "101", NULL, "'101' is out of range, allowed is -10 to 100" },
	{ NUMBER, "-11", NULL, "'-11' is out of range, allowed is -10 to 100" },
	{ NUMBER, "1.5", NULL, "'1.5' is not a whole number from -10 to 100" },
	{ NUMBER, "-", NULL, "'-' is not a whole number from -10 to 100" },
	{ NUMBER, "+1", NULL, "'+1' is not a whole number from -10 to 100" },
	{ NUMBER, "0x10", NULL,
	    "'0x10' is not a whole number from -10 to 100" },
	{ ANY_NUMBER, "9223372036854775807", "9223372036854775807", NULL },
	{ ANY_NUMBER, "9223372036854775808", NULL,
	    "'9223372036854775808' is not a whole number" },
	{ ANY_NUMBER, "-9223372036854775807", "-9223372036854775807", NULL },
	{ ANY_NUMBER, "--1", NULL, "'--1' is not a whole number" },
	{ SIZE, "1024", "1k", NULL },
	{ SIZE, "1025", "1025", NULL },
	{ SIZE, "2K", "2k", NULL },
	{ SIZE, "1m", "1m", NULL },
	{ SIZE, "0", NULL, "'0' is out of range, allowed is 1k to 1m" },
	{ SIZE, "2m", NULL, "'2m' is out of range, allowed is 1k to 1m" },
	{ SIZE, "-1k", NULL, "'-1k' is not a size from 1k to 1m" },
	{ SIZE, "1kb", NULL, "'1kb' is not a size from 1k to 1m" },
	{ SIZE, "k", NULL, "'k' is not a size from 1k to 1m" },
	{ ANY_SIZE, "8589934591g", "8589934591g", NULL },
	{ ANY_SIZE, "8589934592g", NULL, "'8589934592g' is not a size such as "
	    "512, 64k, 10m or 1g" },
	{ ANY_SIZE, "0", "0", NULL },
	{ ANY_SIZE, "1024g", "1t", NULL },
	{ TIME, "100ms", "100ms", NULL },
	{ TIME, "30000ms", "30s", NULL },
	{ TIME, "1500ms", "1500ms", NULL },
	{ TIME, "0", NULL, "'0' is out of range, allowed is 100ms to 30s" },
	{ TIME, "1m", NULL, "'1m' is out of range, allowed is 100ms to 30s" },
	{ TIME, "10", NULL, "'10' is not a duration from 100ms to 30s" },
	{ TIME, "10 s", NULL, "'10 s' is not a duration from 100ms to 30s" },
	{ ANY_TIME, "0", "0", NULL },
	{ ANY_TIME, "90m", "90m", NULL },
	{ ANY_TIME, "120m", "2h", NULL },
	{ ANY_TIME, "48h", "2d", NULL },
	{ ANY_TIME, "106751991168d", NULL, "'106751991168d' is not a duration "
	    "such as 250ms, 10s, 2h or 1d" },
	{ REAL, "10", "10", NULL },
	{ REAL, "-1.0", "-1", NULL },
	{ REAL, "10.1", NULL, "'10.1' is out of range, allowed is -1 to 10" },
	{ REAL, "nan", NULL, "'nan' is not a number from -1 to 10" },
	{ REAL, "inf", NULL, "'inf' is not a number from -1 to 10" },
	{ REAL, "1e1", NULL, "'1e1' is not a number from -1 to 10" },
	{ REAL, "0x1", NULL, "'0x1' is not a number from -1 to 10" },
	{ REAL, ".5", NULL, "'.5' is not a number from -1 to 10" },
	{ REAL, "5.", NULL, "'5.' is not a number from -1 to 10" },
	{ REAL, "1.2.3", NULL, "'1.2.3' is not a number from -1 to 10" },
	{ REAL, "1,5", NULL, "'1,5' is not a number from -1 to 10" },
	{ REAL, "", NULL, "'' is not a number from -1 to 10" },
	{ ANY_REAL, "0.1", "0.1", NULL },
	{ ANY_REAL, "-12345678.9012345", "-12345678.9012345", NULL },
	{ ANY_REAL, "0.00000000000001", "0.00000000000001", NULL },
	{ ANY_REAL, "999999999999999", "999999999999999", NULL },
	{ ANY_REAL, "0.1234567890123456", NULL,
	    "'0.1234567890123456' is not a number" },
	{ TEXT, "plain", "plain", NULL },
	{ TEXT, "", "\"\"", NULL },
	{ TEXT, "a b", "\"a b\"", NULL },
	{ TEXT, "a;b", "\"a;b\"", NULL },
	{ TEXT, "#1", "\"#1\"", NULL },
	{ TEXT, "a#1", "a#1", NULL },
	{ TEXT, "=", "\"=\"", NULL },
	{ TEXT, "a=b", "a=b", NULL },
	{ TEXT, "'a'", "\"'a'\"", NULL },
	{ TEXT, "\"\\\n\t", "\"\\\"\\\\\\n\\t\"", NULL },
	{ WORD, "observe", "observe", NULL },
	{ WORD, "enforec", NULL, "'enforec' is not one of observe, enforce, "
	    "did you mean 'enforce'?" },
	{ WORD, "x", NULL, "'x' is not one of observe, enforce" },
	{ WORD, "Observe", NULL, "'Observe' is not one of observe, enforce, "
	    "did you mean 'observe'?" },
	{ LIST, "a", "a", NULL },
	{ LIST, "a b", "\"a b\"", NULL },
};

static void
every_kind_is_parsed_and_printed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct setting *row = &rows[cases[i].row];
		struct values values = { 0 };
		const char *got = NULL, *reason = NULL;

		if (setting_parse(row, &values, &cases[i].text, 1, *state,
		    &reason) == 0)
			got = setting_print(row, &values, *state);
		if (cases[i].wanted != NULL &&
		    (got == NULL || strcmp(got, cases[i].wanted) != 0))
			fail_msg("%s %s: got %s, %s", row->key, cases[i].text,
			    got, reason);
		if (cases[i].reason != NULL && (reason == NULL ||
		    strcmp(reason, cases[i].reason) != 0))
			fail_msg("%s %s: got %s, %s", row->key, cases[i].text,
			    got, reason);
	}
}

static void
a_refused_value_leaves_the_old_one(void **state)
{
	struct values values = { .number = 7, .real = 2 };
	const char *reason, *bad = "1000";

	assert_int_equal(setting_parse(&rows[NUMBER], &values, &bad, 1, *state,
	    &reason), -1);
	assert_int_equal(setting_parse(&rows[REAL], &values, &bad, 1, *state,
	    &reason), -1);
	assert_int_equal(values.number, 7);
	assert_true(values.real == 2);
}

static void
the_number_of_values_is_checked(void **state)
{
	const char *const texts[] = { "a", "b c", "d" };
	struct values values = { 0 };
	const char *reason;

	assert_int_equal(setting_parse(&rows[LIST], &values, texts, 3, *state,
	    &reason), 0);
	assert_int_equal(values.list.count, 3);
	assert_string_equal(values.list.texts[1], "b c");
	assert_string_equal(setting_print(&rows[LIST], &values, *state),
	    "a \"b c\" d");
	assert_int_equal(setting_parse(&rows[LIST], &values, texts, 0, *state,
	    &reason), -1);
	assert_string_equal(reason, "a value is missing: one or more texts");
	assert_int_equal(setting_parse(&rows[TEXT], &values, texts, 2, *state,
	    &reason), -1);
	assert_string_equal(reason,
	    "one value, not 2: a text with blanks stands in \"\"");
}

static void
what_is_stored_does_not_point_into_what_was_given(void **state)
{
	char text[] = "abc";
	const char *texts[] = { text };
	struct values values;
	const char *reason;

	setting_parse(&rows[TEXT], &values, texts, 1, *state, &reason);
	setting_parse(&rows[LIST], &values, texts, 1, *state, &reason);
	text[0] = 'x';
	texts[0] = NULL;
	assert_string_equal(values.text, "abc");
	assert_string_equal(values.list.texts[0], "abc");
}

static void
defaults_are_stored_without_quotes_and_lists_split(void **state)
{
	struct values values = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		setting_default(&rows[i], &values, *state);
	assert_true(values.flag);
	assert_int_equal(values.number, 5);
	assert_int_equal(values.size, 65536);
	assert_int_equal(values.time, 2000);
	assert_true(values.real == 0.5);
	assert_string_equal(values.text, "a b;");
	assert_int_equal(values.word, 1);
	assert_int_equal(values.list.count, 3);
	assert_string_equal(values.list.texts[2], "c");
	assert_int_equal(values.any_number, 0);
}

static void
absent_texts_print_as_nothing(void **state)
{
	struct values values = { 0 };

	assert_string_equal(setting_print(&rows[TEXT], &values, *state), "");
	assert_string_equal(setting_print(&rows[LIST], &values, *state), "");
}

static void
kinds_are_described_with_their_range(void **state)
{
	static const char *const wanted[] = {
		[FLAG] = "yes or no",
		[NUMBER] = "a whole number from -10 to 100",
		[ANY_NUMBER] = "a whole number",
		[SIZE] = "a size from 1k to 1m",
		[ANY_SIZE] = "a size such as 512, 64k, 10m or 1g",
		[TIME] = "a duration from 100ms to 30s",
		[ANY_TIME] = "a duration such as 250ms, 10s, 2h or 1d",
		[REAL] = "a number from -1 to 10",
		[ANY_REAL] = "a number",
		[TEXT] = "a text",
		[WORD] = "one of observe, enforce",
		[LIST] = "one or more texts",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(setting_describe(&rows[i], *state),
		    wanted[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(every_kind_is_parsed_and_printed),
		ARENA_TEST(a_refused_value_leaves_the_old_one),
		ARENA_TEST(the_number_of_values_is_checked),
		ARENA_TEST(what_is_stored_does_not_point_into_what_was_given),
		ARENA_TEST(defaults_are_stored_without_quotes_and_lists_split),
		ARENA_TEST(absent_texts_print_as_nothing),
		ARENA_TEST(kinds_are_described_with_their_range),
	};

	return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
