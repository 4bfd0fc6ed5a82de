/* SPDX-License-Identifier: ISC */
/* date.c - reads [Weekday,] day month year hour:minute[:second] zone. */
#include "mail/date.h"

#include <stddef.h>

#include "base/vec.h"
#include "mail/lexer.h"

struct moment {
	unsigned day, month, year, hour, minute, second;
	int zone_minutes;
};

static bool
is_letter(char c)
{
	return char_is_alpha(c);
}

static bool
is_digit(char c)
{
	return char_is_digit(c);
}

/* A word, and the blanks and comments behind it. */
static int
take_word(struct lexer *lexer, bool (*belongs)(char), struct str *word_r)
{
	*word_r = lexer_run(lexer, belongs);
	return word_r->len == 0 ? -1 : lexer_skip_cfws(lexer, NULL);
}

static int
take_char(struct lexer *lexer, char c)
{
	return lexer_take(lexer, c) ? lexer_skip_cfws(lexer, NULL) : -1;
}

static int
take_number(struct lexer *lexer, unsigned max, unsigned *number_r,
    size_t *digits_r)
{
	struct str digits;
	uint64_t number;

	if (take_word(lexer, is_digit, &digits) < 0 ||
	    str_to_u64(digits, max, &number) < 0)
		return -1;
	*number_r = (unsigned)number;
	*digits_r = digits.len;
	return 0;
}

/* The place of word in names of three letters each, from 1 on; 0: no place. */
static unsigned
find_name(struct str word, const char *names)
{
	for (unsigned i = 0; names[3 * i] != '\0'; i++)
		if (str_eq_nocase(word, str_of(names + 3 * (size_t)i, 3)))
			return i + 1;
	return 0;
}

static int
read_weekday(struct lexer *lexer)
{
	struct str word = lexer_run(lexer, is_letter);

	if (word.len == 0)
		return 0;
	if (find_name(word, "SunMonTueWedThuFriSat") == 0 ||
	    lexer_skip_cfws(lexer, NULL) < 0)
		return -1;
	return take_char(lexer, ',');
}

/* RFC 5322 4.3: 2 digits are of 1950 to 2049, 3 digits are added to 1900. */
static unsigned
whole_year(unsigned year, size_t digits)
{
	if (digits == 2)
		return year < 50 ? year + 2000 : year + 1900;
	return digits == 3 ? year + 1900 : year;
}

static int
read_day(struct lexer *lexer, struct moment *moment)
{
	struct str word;
	size_t digits;

	if (take_number(lexer, 31, &moment->day, &digits) < 0 || digits > 2 ||
	    take_word(lexer, is_letter, &word) < 0)
		return -1;
	moment->month = find_name(word, "JanFebMarAprMayJunJulAugSepOctNovDec");
	if (moment->month == 0 ||
	    take_number(lexer, 9999, &moment->year, &digits) < 0 || digits < 2)
		return -1;
	moment->year = whole_year(moment->year, digits);
	return 0;
}

/* A leap second too (RFC 5322 3.3). */
static int
read_time(struct lexer *lexer, struct moment *moment)
{
	size_t digits;

	if (take_number(lexer, 23, &moment->hour, &digits) < 0 ||
	    take_char(lexer, ':') < 0 ||
	    take_number(lexer, 59, &moment->minute, &digits) < 0)
		return -1;
	if (lexer_peek(lexer) != ':')
		return 0;
	return take_char(lexer, ':') < 0 ? -1 :
	    take_number(lexer, 60, &moment->second, &digits);
}

/* RFC 5322 4.3: those whose offset is known; all others are -0000. */
static int
minutes_of_name(struct str name)
{
	static const char american[] = "ESTEDTCSTCDTMSTMDTPSTPDT";
	static const signed char hours[] = { -5, -4, -6, -5, -7, -6, -8, -7 };
	unsigned place = find_name(name, american);

	return place == 0 ? 0 : hours[place - 1] * 60;
}

static int
read_zone(struct lexer *lexer, struct moment *moment)
{
	bool is_west = lexer_peek(lexer) == '-';
	unsigned number;
	struct str name;
	size_t digits;

	if (!is_west && lexer_peek(lexer) != '+') {
		if (take_word(lexer, is_letter, &name) < 0)
			return -1;
		moment->zone_minutes = minutes_of_name(name);
		return 0;
	}
	lexer->at++;
	if (take_number(lexer, 9959, &number, &digits) < 0 || digits != 4 ||
	    number % 100 > 59)
		return -1;
	moment->zone_minutes = (int)(number / 100 * 60 + number % 100);
	if (is_west)
		moment->zone_minutes = -moment->zone_minutes;
	return 0;
}

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool
is_in_calendar(const struct moment *moment)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	unsigned last = days[moment->month - 1];

	if (moment->month == 2 && is_leap(moment->year))
		last++;
	return moment->day >= 1 && moment->day <= last;
}

/* Days since 1970-01-01, of years that begin in March: the leap day is the last
 * of its year then. */
static int64_t
days_since_1970(const struct moment *moment)
{
	int64_t year = (int64_t)moment->year - (moment->month <= 2);
	int64_t month = (moment->month + 9) % 12;
	int64_t leap_days = year / 4 - year / 100 + year / 400;

	return year * 365 + leap_days + (month * 153 + 2) / 5 + moment->day -
	    719469;
}

int
date_parse(struct str value, int64_t *seconds_r)
{
	struct moment moment = { 0 };
	struct lexer lexer;

	lexer_init(&lexer, value);
	if (lexer_skip_cfws(&lexer, NULL) < 0 || read_weekday(&lexer) < 0 ||
	    read_day(&lexer, &moment) < 0 || read_time(&lexer, &moment) < 0 ||
	    read_zone(&lexer, &moment) < 0 || lexer_peek(&lexer) >= 0 ||
	    !is_in_calendar(&moment))
		return -1;
	*seconds_r = days_since_1970(&moment) * 86400 +
	    (int64_t)moment.hour * 3600 + (int64_t)moment.minute * 60 +
	    moment.second - (int64_t)moment.zone_minutes * 60;
	return 0;
}
