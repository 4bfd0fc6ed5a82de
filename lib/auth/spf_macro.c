/* SPDX-License-Identifier: ISC */
/* spf_macro.c - macro strings taken apart and checked (RFC 7208 7.1). */
#include "auth/spf_macro.h"

#include <stdint.h>
#include <string.h>

#include "auth/spf_macro_private.h"
#include "base/arena.h"

/* More parts than any value has. */
#define PARTS_MAX (SIZE_MAX / 16)

bool
spf_char_is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* *DIGIT: any number of them, but not zero (7.3). */
static int
take_part_count(struct str *rest, struct spf_piece *piece, const char **error_r)
{
	size_t digits = 0;

	while (digits < rest->len && char_is_digit(rest->data[digits])) {
		if (piece->part_count < PARTS_MAX)
			piece->part_count = piece->part_count * 10 +
			    (size_t)(rest->data[digits] - '0');
		digits++;
	}
	*rest = str_from_pos(*rest, digits);
	if (digits == 0 || piece->part_count != 0)
		return 0;
	*error_r = "a macro asks for 0 parts";
	return -1;
}

/* *delimiter: any number of them, but no more than seven that differ. */
static int
take_delimiters(struct str text, struct spf_piece *piece, const char **error_r)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!spf_char_is_in(text.data[i], SPF_DELIMITERS)) {
			*error_r = "a macro has odd bytes before its brace";
			return -1;
		}
		if (!spf_char_is_in(text.data[i], piece->delimiters))
			piece->delimiters[count++] = text.data[i];
	}
	if (count == 0)
		piece->delimiters[0] = '.';	/* 7.3 */
	return 0;
}

/* macro-letter transformers *delimiter "}" behind "%{" (7.1). No "}" can stand
 * inside. */
static int
take_braces(struct str *rest, struct spf_piece *piece, const char **error_r)
{
	struct str inside;

	str_cut(rest, '}', &inside);
	if (rest->data == NULL) {
		*error_r = "a macro has no closing brace";
		return -1;
	}
	if (inside.len == 0 || !spf_char_is_in(char_lower(inside.data[0]),
	    "slodiphcrtv")) {
		*error_r = "a macro has an unknown letter";
		return -1;
	}
	piece->letter = char_lower(inside.data[0]);
	piece->is_escaped = piece->letter != inside.data[0];
	inside = str_from_pos(inside, 1);
	if (take_part_count(&inside, piece, error_r) < 0)
		return -1;
	if (inside.len != 0 && char_lower(inside.data[0]) == 'r') {
		piece->is_reversed = true;
		inside = str_from_pos(inside, 1);
	}
	return take_delimiters(inside, piece, error_r);
}

int
spf_piece_take(struct str *rest, struct spf_piece *piece_r,
    const char **error_r)
{
	ptrdiff_t percent = str_find(*rest, '%');
	char next = rest->len > 1 ? rest->data[1] : '\0';

	*piece_r = (struct spf_piece){ .is_literal = percent != 0 };
	if (percent != 0) {
		piece_r->text = str_sub(*rest, 0, percent < 0 ? rest->len
		    : (size_t)percent);
		*rest = str_from_pos(*rest, piece_r->text.len);
		return 0;
	}
	*rest = str_from_pos(*rest, 2);
	switch (next) {
	case '{':
		return take_braces(rest, piece_r, error_r);
	case '%':
		piece_r->text = STR("%");
		return 0;
	case '_':
		piece_r->text = STR(" ");
		return 0;
	case '-':
		piece_r->text = STR("%20");
		return 0;
	default:
		*error_r = "a % begins no macro";
		return -1;
	}
}

/* macro-literal = %x21-24 / %x26-7E; explain-string has SP beside it (12). */
static int
check_piece(struct arena *arena, const struct spf_piece *piece,
    enum spf_macro_place place, const char **error_r)
{
	char least = place == SPF_IN_EXPLANATION ? ' ' : '!';

	/* 7.2: c, r and t are for explanations alone. */
	if (place != SPF_IN_EXPLANATION &&
	    spf_char_is_in(piece->letter, "crt")) {
		*error_r = arena_printf(arena,
		    "%%{%c} is for explanations alone", piece->letter);
		return -1;
	}
	if (!piece->is_literal)
		return 0;
	for (size_t i = 0; i < piece->text.len; i++) {
		char c = piece->text.data[i];

		if (c >= least && c <= '~')
			continue;
		*error_r = arena_printf(arena,
		    "byte 0x%02x cannot stand in a macro string",
		    (unsigned char)c);
		return -1;
	}
	return 0;
}

/* toplabel: letters, digits, hyphens; no hyphen at either end, and not digits
 * alone (7.1). */
static bool
is_top_label(struct str label)
{
	bool is_number = true;

	if (label.len == 0 || label.data[0] == '-' ||
	    label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!char_is_alnum(label.data[i]) && label.data[i] != '-')
			return false;
		if (!char_is_digit(label.data[i]))
			is_number = false;
	}
	return !is_number;
}

/* domain-end = ( "." toplabel [ "." ] ) / macro-expand (7.1): it is looked at
 * before anything is expanded. */
static int
check_end(const struct spf_piece *last, const char **error_r)
{
	struct str end = last->text;
	ptrdiff_t dot;

	if (!last->is_literal)
		return 0;
	if (end.len != 0 && end.data[end.len - 1] == '.')
		end.len--;
	dot = str_find_last(end, '.');
	if (dot >= 0 && is_top_label(str_from_pos(end, (size_t)dot + 1)))
		return 0;
	*error_r = "the domain ends in no top-level label";
	return -1;
}

int
spf_macro_check(struct arena *arena, struct str text,
    enum spf_macro_place place, const char **error_r)
{
	struct spf_piece piece;

	if (text.len == 0 && place == SPF_IN_DOMAIN) {
		*error_r = "the domain is empty";
		return -1;
	}
	while (text.len != 0) {
		if (spf_piece_take(&text, &piece, error_r) < 0 ||
		    check_piece(arena, &piece, place, error_r) < 0)
			return -1;
	}
	return place == SPF_IN_DOMAIN ? check_end(&piece, error_r) : 0;
}

bool
spf_macro_wants_name(struct str text)
{
	struct spf_piece piece;
	const char *error;

	while (text.len != 0 && spf_piece_take(&text, &piece, &error) == 0)
		if (piece.letter == 'p')
			return true;
	return false;
}
