/* SPDX-License-Identifier: ISC */
/* test_date.c - the date of a message (RFC 5322 3.3, 4.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "growth.h"
#include "mail/date.h"

#define NONE INT64_MIN

static void
dates_are_read(void **state)
{
	static const struct {
		const char *sentence, *value;
		int64_t seconds;
	} cases[] = {
		{ "3.3: as mail has it", " Sun, 22 Nov 2026 10:20:30 +0000",
		    1795342830 },
		{ "3.3: a zone to the east", "Sun, 22 Nov 2026 10:20:30 +0130",
		    1795337430 },
		{ "3.3: a zone to the west", "22 Nov 2026 10:20:30 -0800",
		    1795371630 },
		{ "3.3: no seconds", "22 Nov 2026 10:20 +0000", 1795342800 },
		{ "3.3: a leap second", "31 Dec 2016 23:59:60 +0000",
		    1483228800 },
		{ "3.3: a leap day", "29 Feb 2024 00:00:00 +0000",
		    1709164800 },
		{ "3.3: the epoch", "1 Jan 1970 00:00:00 +0000", 0 },
		{ "3.3: before the epoch", "31 Dec 1969 23:59:59 +0000", -1 },
		{ "3.2.2: comments and folds", " Sun (a (b)),\n 22 Nov 2026 "
		    "10 : 20:30 +0000 (UTC)", 1795342830 },
		{ "4.3: two digits of a year to 49", "22 Nov 26 10:20:30 UT",
		    1795342830 },
		{ "4.3: two digits of a year from 50 on",
		    "1 Jan 70 00:00:00 GMT", 0 },
		{ "4.3: three digits of a year", "1 Jan 126 00:00:00 GMT",
		    1767225600 },
		{ "4.3: a zone by name", "22 Nov 2026 10:20:30 PST",
		    1795371630 },
		{ "4.3: a zone by a name that is not known counts as -0000",
		    "22 Nov 2026 10:20:30 CET", 1795342830 },
		{ "letters of either case", "SUN, 22 nov 2026 10:20:30 gmt",
		    1795342830 },
		{ "no leap day in 2100", "29 Feb 2100 00:00:00 +0000", NONE },
		{ "a leap day in 2000", "29 Feb 2000 00:00:00 +0000",
		    951782400 },
		{ "no 31 April", "31 Apr 2026 00:00:00 +0000", NONE },
		{ "no day 0", "0 Apr 2026 00:00:00 +0000", NONE },
		{ "no hour 24", "1 Apr 2026 24:00:00 +0000", NONE },
		{ "no minute 60", "1 Apr 2026 00:60:00 +0000", NONE },
		{ "a zone must be there", "1 Apr 2026 00:00:00", NONE },
		{ "a zone has four digits", "1 Apr 2026 00:00:00 +100", NONE },
		{ "a zone has no more than 59 minutes",
		    "1 Apr 2026 00:00:00 +0060", NONE },
		{ "a month that is not known", "1 Foo 2026 00:00:00 +0000",
		    NONE },
		{ "half a month", "1 Ap 2026 00:00:00 +0000", NONE },
		{ "a day that is not known", "Foo, 1 Apr 2026 00:00:00 +0000",
		    NONE },
		{ "text behind it", "1 Apr 2026 00:00:00 +0000 x", NONE },
		{ "a comment that does not end",
		    "1 Apr 2026 00:00:00 +0000 (x", NONE },
		{ "a year of 20 digits",
		    "1 Apr 20262026202620262026 00:00:00 +0000", NONE },
		{ "another order", "2026-04-01 00:00:00 +0000", NONE },
		{ "nothing", "", NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t seconds = NONE;
		int result = date_parse(str_from(cases[i].value), &seconds);

		if (result != (cases[i].seconds == NONE ? -1 : 0) ||
		    seconds != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].sentence,
			    (long long)seconds);
	}
}

/* Days are counted as the C library counts them. */
static void
every_day_is_counted(void **state)
{
	int64_t seconds;

	(void)state;
	for (time_t day = -40000; day < 100000; day += 17) {
		time_t at = day * 86400;
		char text[64];
		struct tm tm;

		gmtime_r(&at, &tm);
		strftime(text, sizeof(text), "%d %b %Y %H:%M:%S +0000", &tm);
		assert_int_equal(date_parse(str_from(text), &seconds), 0);
		assert_int_equal(seconds, at);
	}
}

static void
read_once(struct arena *arena, struct str text)
{
	int64_t seconds;

	(void)arena;
	date_parse(text, &seconds);
}

static void
time_is_in_proportion(void **state)
{
	(void)state;
	grows_with_input("1 Jan 2026 00:00:00 +0000", "(", read_once);
	grows_with_input("1 Jan 2026 00:00:00 +0000", " (()) ", read_once);
	grows_with_input("", "1", read_once);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(every_day_is_counted),
		cmocka_unit_test(time_is_in_proportion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
