/* SPDX-License-Identifier: ISC */
/* clock.c - the time of day, which a test may set, and the steady clock. */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* The end of the year 9999. */
#define LAST_MS INT64_C(253402300799999)

static _Atomic int64_t clock_fixed_ms = -1;

static int64_t
read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
	int64_t fixed_ms = atomic_load(&clock_fixed_ms);

	return fixed_ms >= 0 ? fixed_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_steady_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

bool
clock_is_due(int64_t *last_ms, int64_t every_ms)
{
	int64_t now_ms = clock_steady_ms();

	if (*last_ms != 0 && now_ms - *last_ms < every_ms)
		return false;
	*last_ms = now_ms;
	return true;
}

void
clock_set(int64_t now_ms)
{
	atomic_store(&clock_fixed_ms, now_ms);
}

/* Take a number of so many digits off *rest. */
static bool
take_number(struct str *rest, size_t digits, int max, int *value_r)
{
	uint64_t value;

	if (rest->len < digits || str_to_u64(str_sub(*rest, 0, digits),
	    (uint64_t)max, &value) < 0)
		return false;
	*value_r = (int)value;
	*rest = str_from_pos(*rest, digits);
	return true;
}

static bool
take_char(struct str *rest, char c)
{
	if (rest->len == 0 || char_lower(rest->data[0]) != c)
		return false;
	*rest = str_from_pos(*rest, 1);
	return true;
}

/* RFC 3339 5.6 partial-time without its fraction, in seconds. */
static bool
take_time(struct str *rest, int64_t *seconds_r)
{
	int hour, minute, second;

	if (!take_number(rest, 2, 23, &hour) || !take_char(rest, ':') ||
	    !take_number(rest, 2, 59, &minute) || !take_char(rest, ':') ||
	    !take_number(rest, 2, 60, &second))
		return false;
	*seconds_r = (hour * 60 + minute) * 60 + second;
	return true;
}

/* RFC 3339 5.6 full-date, in seconds since 1970. */
static bool
take_date(struct str *rest, int64_t *seconds_r)
{
	struct tm tm = { 0 };
	int year, month, day;

	if (!take_number(rest, 4, 9999, &year) || !take_char(rest, '-') ||
	    !take_number(rest, 2, 12, &month) || !take_char(rest, '-') ||
	    !take_number(rest, 2, 31, &day))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	*seconds_r = (int64_t)timegm(&tm);
	/* timegm() makes a day that is not in the calendar another one. */
	return tm.tm_mday == day && tm.tm_mon == month - 1;
}

/* What stands behind the seconds: a fraction, which is cut, and the offset. */
static bool
take_offset(struct str *rest, int64_t *offset_s_r)
{
	int hours, minutes, sign = 1;

	if (take_char(rest, '.')) {
		size_t digits = 0;

		while (digits < rest->len && char_is_digit(rest->data[digits]))
			digits++;
		if (digits == 0)
			return false;
		*rest = str_from_pos(*rest, digits);
	}
	*offset_s_r = 0;
	if (take_char(rest, 'z'))
		return true;
	if (take_char(rest, '-'))
		sign = -1;
	else if (!take_char(rest, '+'))
		return false;
	if (!take_number(rest, 2, 23, &hours) || !take_char(rest, ':') ||
	    !take_number(rest, 2, 59, &minutes))
		return false;
	*offset_s_r = sign * (hours * 60 + minutes) * 60;
	return true;
}

int
clock_parse(struct str text, int64_t *ms_r)
{
	int64_t date_s, time_s, offset_s;
	uint64_t seconds;

	if (str_to_u64(text, LAST_MS / 1000, &seconds) == 0) {
		*ms_r = (int64_t)seconds * 1000;
		return 0;
	}
	if (!take_date(&text, &date_s) || !take_char(&text, 't') ||
	    !take_time(&text, &time_s) || !take_offset(&text, &offset_s) ||
	    text.len != 0)
		return -1;
	*ms_r = (date_s + time_s - offset_s) * 1000;
	return *ms_r < 0 ? -1 : 0;
}

/* A number of so many digits, and what stands behind it. */
static char *
put_number(char *to, int value, int digits, char behind)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	to[digits] = behind;
	return to + digits + 1;
}

/* Each event has one, and printf would be most of what it costs. RFC 3339 has
 * four digits for a year. */
const char *
clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
	char *to = text;
	time_t seconds;
	struct tm tm;

	ms = ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms;
	seconds = ms / 1000;
	gmtime_r(&seconds, &tm);
	to = put_number(to, tm.tm_year + 1900, 4, '-');
	to = put_number(to, tm.tm_mon + 1, 2, '-');
	to = put_number(to, tm.tm_mday, 2, 'T');
	to = put_number(to, tm.tm_hour, 2, ':');
	to = put_number(to, tm.tm_min, 2, ':');
	to = put_number(to, tm.tm_sec, 2, '.');
	to = put_number(to, (int)(ms % 1000), 3, 'Z');
	*to = '\0';
	return text;
}
