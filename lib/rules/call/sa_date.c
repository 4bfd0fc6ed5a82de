/* SPDX-License-Identifier: ISC */
/* sa_date.c - eval: tests of the time of a message (Plugin/HeaderEval.pm): what
 * Date says against what the hosts on the way wrote. */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "mail/date.h"
#include "mail/txn.h"

#define HOUR 3600.0
#define MONTH 2629746.0		/* a twelfth of a year of 365.2425 days */
/* The ids of Outlook count time in these units, since this moment. */
#define OUTLOOK_SCALE 0.0023283064365387
#define OUTLOOK_BASE 27111902.8329849
#define OUTLOOK_FUDGE 250.0

static bool
is_number(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!char_is_digit(word.data[i]))
			return false;
	return word.len != 0;
}

static bool
is_time(struct str word)
{
	return word.len >= 4 && char_is_digit(word.data[0]) &&
	    str_find(word, ':') > 0 && str_find(word, ':') <= 2;
}

static bool
is_zone(struct str word)
{
	return word.len == 5 && (word.data[0] == '+' || word.data[0] == '-') &&
	    is_number(str_from_pos(word, 1));
}

/* "Sat Sep 21 08:18:08 2002", as ctime() writes it. There the time of it is not
 * understood: it is midnight. */
static bool
parse_ctime(struct arena *arena, struct str date, int64_t *seconds_r)
{
	struct str words[4] = { 0 }, word;

	while (str_cut(&date, ' ', &word)) {
		if (word.len == 0)
			continue;
		memmove(words, words + 1, 3 * sizeof(*words));
		words[3] = word;
		if (words[0].len == 3 && is_number(words[1]) &&
		    is_time(words[2]) && is_number(words[3]) &&
		    words[3].len == 4)
			return date_parse(str_from(arena_printf(arena,
			    "%.*s %.*s %.*s 00:00:00 +0000", STR_ARG(words[1]),
			    STR_ARG(words[0]), STR_ARG(words[3]))),
			    seconds_r) == 0;
	}
	return false;
}

/* A date, or as much of one as can be understood: day, month and year that follow
 * each other; without a time it is midnight, without a zone UTC. */
static int
parse(struct arena *arena, struct str date, int64_t *seconds_r)
{
	struct str words[3] = { STR(""), STR(""), STR("") }, word;
	struct str day = STR(""), month = STR(""), year = STR("");
	struct str time = STR("00:00:00"), zone = STR("+0000");

	if (parse_ctime(arena, date, seconds_r) ||
	    date_parse(date, seconds_r) == 0)
		return 0;
	while (str_cut(&date, ' ', &word)) {
		while (word.len != 0 && word.data[word.len - 1] == ',')
			word.len--;
		if (word.len == 0)
			continue;
		words[0] = words[1];
		words[1] = words[2];
		words[2] = word;
		if (year.len == 0 && is_number(words[0]) &&
		    words[1].len == 3 && is_number(words[2])) {
			day = words[0];
			month = words[1];
			year = words[2];
		} else if (is_time(word)) {
			time = word;
		} else if (is_zone(word)) {
			zone = word;
		}
	}
	return date_parse(str_from(arena_printf(arena,
	    "%.*s %.*s %.*s %.*s %.*s", STR_ARG(day), STR_ARG(month),
	    STR_ARG(year), STR_ARG(time), STR_ARG(zone))), seconds_r);
}

/* Day, month, year, time and zone that follow each other, wherever that is. */
static bool
find_date(struct str line, int64_t *seconds_r)
{
	struct str words[5] = { 0 }, word;

	while (str_cut(&line, ' ', &word)) {
		if (word.len == 0)
			continue;
		memmove(words, words + 1, 4 * sizeof(*words));
		words[4] = word;
		if (is_number(words[0]) && words[1].len == 3 &&
		    is_number(words[2]) && is_time(words[3]) &&
		    date_parse((struct str){ words[0].data,
		    (size_t)(word.data + word.len - words[0].data) },
		    seconds_r) == 0)
			return true;
	}
	return false;
}

/* Behind the last semicolon (RFC 5322 3.6.7), or where the host has put it. */
static bool
received_date(struct str line, int64_t *seconds_r)
{
	ptrdiff_t at = str_find_last(line, ';');

	return (at >= 0 && date_parse(str_trim(str_from_pos(line,
	    (size_t)at + 1)), seconds_r) == 0) || find_date(line, seconds_r);
}

static bool
header_date(struct view *view, int64_t *seconds_r)
{
	static const char *const names[] = { "resent-date", "date" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct vec *dates = sa_get_all(view, names[i]);

		for (size_t j = 0; j < dates->len; j++)
			if (parse(view->arena, str_trim(
			    *(struct str *)vec_at(dates, j)), seconds_r) == 0)
				return true;
	}
	return false;
}

/* Did a program of the reader's own host write it, as it fetched mail? */
static bool
is_of_fetcher(struct str line)
{
	return sa_has(line, "by localhost with ") &&
	    sa_has(line, " (fetchmail-");
}

static bool
is_of_localhost(struct str line)
{
	const char *at = memmem(line.data, line.len, "from ", 5);
	struct str rest, word;

	if (at == NULL)
		return false;
	rest = str_from_pos(line, (size_t)(at - line.data) + 5);
	if (str_has_prefix_nocase(rest, STR("localhost ")))
		return true;
	for (unsigned i = 0; i < 3 && str_cut(&rest, ' ', &word); i++)
		if (i != 0 && sa_has(word, "127.0.0.1"))
			return true;
	return false;
}

/* How many of the newest lines a fetcher wrote. */
static size_t
fetched_lines(const struct vec *lines)
{
	size_t first = 0;

	if (lines->len != 0 && is_of_localhost(*(struct str *)vec_at(lines, 0)))
		first = 1;
	if (lines->len > first &&
	    is_of_fetcher(*(struct str *)vec_at(lines, first)))
		return first + 1;
	return 0;
}

/* Seconds that Date is ahead of the hop it is nearest to; 0 where nothing can be
 * said. */
static double
difference_of(struct view *view)
{
	const struct vec *lines = sa_get_all(view, "received");
	int64_t date, hop;
	double nearest = 0;
	bool has_one = false, is_last;

	if (!header_date(view, &date))
		return 0;
	for (size_t i = fetched_lines(lines); i < lines->len; i++) {
		double difference;

		if (!received_date(*(struct str *)vec_at(lines, i), &hop))
			continue;
		is_last = i + 1 == lines->len;
		difference = (double)(date - hop);
		/* Whoever made the message knows its date too well. */
		if (is_last && has_one && date == hop)
			continue;
		if (!has_one || (difference < 0 ? -difference : difference) <
		    (nearest < 0 ? -nearest : nearest))
			nearest = difference;
		has_one = true;
	}
	return nearest;
}

static double
kept_difference(struct view *view)
{
	void **kept = view_kept(view, "sa_date");

	if (*kept == NULL) {
		*kept = arena_alloc(view->arena, sizeof(double));
		*(double *)*kept = difference_of(view);
	}
	return *(double *)*kept;
}

static double
run_shifted(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double difference = kept_difference(view);

	return difference >= HOUR * args->least[0] &&
	    difference < HOUR * args->most[1];
}

/* When it was received, as far as the header tells: the middle one of its Date, of
 * what the newest hop wrote, and of the hop's that is nearest to Date. 0: it does
 * not. */
static double
received_at(struct view *view)
{
	const struct vec *lines = sa_get_all(view, "received");
	int64_t date, hop;
	bool has_date = header_date(view, &date), has_hop = false;
	double middle, nearest;

	for (size_t i = fetched_lines(lines); i < lines->len && !has_hop; i++)
		has_hop = received_date(*(struct str *)vec_at(lines, i), &hop);
	if (!has_date || !has_hop)
		return has_date ? (double)date : has_hop ? (double)hop : 0;
	nearest = (double)date - kept_difference(view);
	middle = (double)date > (double)hop ? (double)date : (double)hop;
	if (nearest >= middle)
		return middle;
	middle = (double)date < (double)hop ? (double)date : (double)hop;
	return nearest > middle ? nearest : middle;
}

static double
run_months(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double age = (double)(view->txn->now_ms / 1000) - received_at(view);

	return age >= MONTH * args->least[0] && age < MONTH * args->most[1];
}

/* --- ids that tell the time ------------------------------------------------------------ */

/* Eight digits of "<0123456789ab$...", but the first four. -1: none. */
static double
outlook_token(struct str id)
{
	double token = 0;

	if (id.len < 32 || id.data[0] != '<' || id.data[13] != '$' ||
	    id.data[22] != '$' || id.data[31] != '@')
		return -1;
	for (size_t i = 1; i < 31; i++) {
		int digit = char_hex_value(id.data[i]);

		if (digit < 0 && i != 13 && i != 22)
			return -1;
		if (i >= 5 && i < 13)
			token = token * 16 + digit;
	}
	return token;
}

static bool
is_near(double token, int64_t seconds)
{
	double expected = (double)(int64_t)((double)seconds * OUTLOOK_SCALE +
	    OUTLOOK_BASE);
	double difference = token - expected;

	return difference < OUTLOOK_FUDGE && difference > -OUTLOOK_FUDGE;
}

static double
run_outlook(struct view *view, const void *prepared)
{
	double token = outlook_token(sa_get_text(view, "messageid"));
	const struct vec *lines = sa_get_all(view, "received");
	int64_t seconds = 0;

	(void)prepared;
	if (token < 0)
		return 0;
	if (date_parse(str_trim(sa_get_text(view, "date")), &seconds) != 0)
		seconds = 0;
	if (is_near(token, seconds))
		return 0;
	if (lines->len == 0 ||
	    !received_date(*(struct str *)vec_at(lines, 0), &seconds))
		seconds = 0;
	return !is_near(token, seconds);
}

const struct call call_check_for_shifted_date = { "check_for_shifted_date",
	NULL, sa_prepare_args, run_shifted };
const struct call call_received_within_months = { "received_within_months",
	"what a program wrote that fetched the mail is not asked",
	sa_prepare_args, run_months };
const struct call call_check_outlook_message_id = {
	"check_outlook_message_id", NULL, NULL, run_outlook };
