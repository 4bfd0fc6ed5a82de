/* SPDX-License-Identifier: ISC */
/* pattern_reading.c - the parts of a pattern, one after the other. */
#include "rules/pattern_reading.h"

int
reading_peek(const struct reading *reading, size_t ahead)
{
	return perl_peek(&reading->walk, ahead);
}

void
reading_skip_unseen(struct reading *reading)
{
	perl_skip_unseen(reading->walk.text, &reading->walk.at,
	    reading->is_extended);
}

unsigned
reading_number(struct reading *reading, unsigned none)
{
	unsigned value = none;

	for (int c = reading_peek(reading, 0); c >= '0' && c <= '9';
	    c = reading_peek(reading, 0)) {
		value = (value == none ? 0 : value) * 10 + (unsigned)(c - '0');
		value = value > 65535 ? 65535 : value;
		reading->walk.at++;
	}
	return value;
}

/* {2}, {2,}, {2,5} at the place; else nothing is taken. */
static bool
read_braces(struct reading *reading, unsigned *least_r, unsigned *most_r)
{
	size_t start = reading->walk.at++;
	unsigned least = reading_number(reading, 65535), most = least;

	if (reading_peek(reading, 0) == ',') {
		reading->walk.at++;
		most = reading_number(reading, READING_MANY);
	}
	if (least == 65535 || reading_peek(reading, 0) != '}') {
		reading->walk.at = start;
		return false;
	}
	reading->walk.at++;
	*least_r = least;
	*most_r = most;
	return true;
}

void
reading_quantifier(struct reading *reading, unsigned *least_r, unsigned *most_r)
{
	int c;

	*least_r = *most_r = 1;
	reading_skip_unseen(reading);
	c = reading_peek(reading, 0);
	if (c == '{') {
		if (!read_braces(reading, least_r, most_r))
			return;
	} else if (c == '*' || c == '?' || c == '+') {
		*least_r = c == '+';
		*most_r = c == '?' ? 1 : READING_MANY;
		reading->walk.at++;
	} else {
		return;
	}
	reading_skip_unseen(reading);
	c = reading_peek(reading, 0);
	reading->walk.at += c == '?' || c == '+';
}

/* (?i) and (?i:. */
static enum group_kind
read_flags(struct reading *reading)
{
	int c = reading_peek(reading, 0);

	for (; c >= 0 && (char_is_alpha((char)c) || c == '^' || c == '-');
	    c = reading_peek(reading, 0)) {
		reading->is_lost |= c == 'x' || c == 'P' || c == 'R' ||
		    c == 'C';
		reading->walk.at++;
	}
	reading->walk.at++;
	reading->is_lost |= c != ')' && c != ':';
	return c == ')' ? GROUP_FLAGS : GROUP_PLAIN;
}

/* (?<name>, (?'name', (?P<name>. */
static enum group_kind
read_name(struct reading *reading)
{
	int c;

	do {
		reading->walk.at++;
		c = reading_peek(reading, 0);
	} while (c >= 0 && c != '>' && c != '\'');
	reading->walk.at++;
	return GROUP_PLAIN;
}

enum group_kind
reading_opening(struct reading *reading)
{
	int next = reading_peek(reading, 1), letter = reading_peek(reading, 2);
	int third = reading_peek(reading, 3);

	reading->walk.at++;
	reading->is_lost |= next == '*';
	if (next != '?')
		return GROUP_PLAIN;
	reading->walk.at++;
	if (letter == '(')
		return GROUP_ANYTHING;
	if (letter == '=' || letter == '!' || (letter == '<' &&
	    (third == '=' || third == '!'))) {
		reading->walk.at += letter == '<' ? 2 : 1;
		return GROUP_NOTHING;
	}
	if (letter == '<' || letter == '\'' || (letter == 'P' && third == '<'))
		return read_name(reading);
	if (letter == ':' || letter == '|' || letter == '>') {
		reading->walk.at++;
		return GROUP_PLAIN;
	}
	/* Calls, (?1) and (?&name), are of the rest. */
	return read_flags(reading);
}

bool
reading_enter(struct reading *reading, enum group_kind *kind_r)
{
	*kind_r = reading_opening(reading);
	if (*kind_r == GROUP_FLAGS || reading->is_lost)
		return false;
	if (reading->depth == READING_DEPTH) {
		reading->is_lost = true;
		return false;
	}
	reading->depth++;
	return true;
}

void
reading_leave(struct reading *reading)
{
	reading->depth--;
	reading->is_lost |= reading_peek(reading, 0) != ')';
	reading->walk.at++;
}

bool
reading_has_flags(struct str text, const char *letters)
{
	for (size_t at = 0; at + 2 < text.len; at++) {
		if (text.data[at] != '(' || text.data[at + 1] != '?')
			continue;
		for (at += 2; at < text.len && (char_is_alpha(text.data[at]) ||
		    text.data[at] == '-' || text.data[at] == '^'); at++)
			if (strchr(letters, text.data[at]) != NULL)
				return true;
		at--;
	}
	return false;
}
