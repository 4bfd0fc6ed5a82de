/* SPDX-License-Identifier: ISC */
/* test_limit.c - how much of something is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/limit.h"

/* Words with blanks between; printed again, or the reason. */
static const struct {
	const char *sentence, *text, *expected;
} cases[] = {
	{ "one window", "100/1h", "100/1h" },
	{ "two windows", "100/1h 1000/1d", "100/1h 1000/1d" },
	{ "the shortest first", "1000/1d 100/1h 5/10s",
	    "5/10s 100/1h 1000/1d" },
	{ "commas", "100/1h,1000/1d", "100/1h 1000/1d" },
	{ "commas and blanks", "1/1s,2/2s 3/3s", "1/1s 2/2s 3/3s" },
	{ "bytes", "10m/1d", "10m/1d" },
	{ "nothing may pass", "0/1d", "0/1d" },
	{ "a year", "1/366d", "1/366d" },
	{ "unlimited", "unlimited", "unlimited" },
	{ "none", "none", "none" },
	{ "no window", "100", "'100' is no limit such as 100/1h" },
	{ "an empty text", "", "'' is no limit such as 100/1h" },
	{ "a comma at the end", "1/1s,", "'' is no limit such as 100/1h" },
	{ "unlimited beside a window", "1/1s unlimited",
	    "'unlimited' is no limit such as 100/1h" },
	{ "no amount", "/1h", "'' is not a size" },
	{ "a negative amount", "-1/1h", "'-1' is not a size" },
	{ "no duration", "1/h", "'h' is not a duration" },
	{ "a duration without a unit", "1/60", "'60' is not a duration" },
	{ "a window below a second", "1/999ms", "'999ms' is out of range" },
	{ "a window of no length", "1/0", "'0' is out of range" },
	{ "a window above a year", "1/367d", "'367d' is out of range" },
	{ "the same window twice", "1/60s 2/1m",
	    "a window stands there twice" },
	{ "too many windows", "1/1s 1/2s 1/3s 1/4s 1/5s 1/6s 1/7s 1/8s 1/9s",
	    "more than 8 windows" },
};

static const char *
read_case(struct arena *arena, const char *text)
{
	struct str rest = str_from(text), word;
	const char *words[16], *error = NULL;
	struct limit limit;
	size_t count = 0;

	while (str_cut(&rest, ' ', &word))
		words[count++] = str_dup(arena, word);
	if (limit_parse(arena, words, count, &limit, &error) < 0)
		return error;
	return limit_print(arena, &limit);
}

static void
a_limit_is_read_and_printed(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = read_case(arena, cases[i].text);

		if (strncmp(got, cases[i].expected,
		    strlen(cases[i].expected)) != 0)
			fail_msg("%s: %s", cases[i].sentence, got);
	}
}

static void
windows_keep_their_amounts(void **state)
{
	const char *const words[] = { "1k/1d", "7/90s" };
	const char *error = NULL;
	struct limit limit;

	assert_int_equal(limit_parse(*state, words, 2, &limit, &error), 0);
	assert_int_equal(limit.kind, LIMIT_WINDOWS);
	assert_int_equal(limit.count, 2);
	assert_int_equal(limit.windows[0].amount, 7);
	assert_int_equal(limit.windows[0].window_ms, 90000);
	assert_int_equal(limit.windows[1].amount, 1024);
	assert_int_equal(limit.windows[1].window_ms, 24 * 3600 * 1000);
}

static void
a_window_has_a_name(void **state)
{
	static const struct {
		int64_t ms;
		const char *name;
	} spans[] = {
		{ 3600000, "hour" }, { 7200000, "2 hours" }, { 60000, "minute" },
		{ 90000, "90 seconds" }, { 86400000, "day" },
		{ 7 * 86400000, "7 days" }, { 1000, "second" },
		{ 1500, "1500 milliseconds" },
	};

	for (size_t i = 0; i < ARRAY_LEN(spans); i++)
		assert_string_equal(limit_span(*state, spans[i].ms),
		    spans[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_limit_is_read_and_printed),
		ARENA_TEST(windows_keep_their_amounts),
		ARENA_TEST(a_window_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
