/* SPDX-License-Identifier: ISC */
/* pattern_perl_char.c - one character of a pattern, as Perl writes them. */
#include "rules/pattern_perl_class.h"

/* Longer names in braces there are not. */
#define NAME_LONGEST 128

int
perl_peek(const struct perl_walk *walk, size_t ahead)
{
	return walk->at + ahead < walk->text.len
	    ? (unsigned char)walk->text.data[walk->at + ahead] : -1;
}

static bool
is_octal(int c)
{
	return c >= '0' && c <= '7';
}

/* The digits between braces at place; *end_r is behind the closing one. -1: no
 * such number. */
static int32_t
braced_number(struct str text, size_t place, int32_t base, size_t *end_r)
{
	int32_t value = 0;
	size_t i = place;

	for (; i < text.len && text.data[i] != '}'; i++) {
		int digit = char_hex_value(text.data[i]);

		if (digit < 0 || digit >= base || value > 0x10ffff)
			return -1;
		value = value * base + digit;
	}
	if (i == place || i == text.len || value > 0x10ffff)
		return -1;
	*end_r = i + 1;
	return value;
}

/* \xHH, \x{H...}; one or two digits without braces, or none. */
static int32_t
hexadecimal(struct perl_walk *walk)
{
	int32_t value = 0;

	if (perl_peek(walk, 2) == '{')
		return braced_number(walk->text, walk->at + 3, 16, &walk->at);
	walk->at += 2;
	for (int i = 0; i < 2 && walk->at < walk->text.len &&
	    char_hex_value(walk->text.data[walk->at]) >= 0; i++)
		value = value * 16 +
		    char_hex_value(walk->text.data[walk->at++]);
	return value;
}

/* What the letters of controls stand for (perlrebackslash, "Character
 * Escapes"). */
static int32_t
control(int letter)
{
	static const char letters[] = "tnrfea", values[] = "\t\n\r\f\033\a";
	const char *found = strchr(letters, letter);

	return found == NULL ? -1 : values[found - letters];
}

/* Skip what belongs to a letter: \p{Lu}, \pL, \k{name}. */
static void
skip_name(struct perl_walk *walk, int letter)
{
	struct str rest = str_sub(walk->text, walk->at, NAME_LONGEST);
	ptrdiff_t end = rest.len != 0 && rest.data[0] == '{'
	    ? str_find(rest, '}') : -1;

	if (end >= 0)
		walk->at += (size_t)end + 1;
	else if ((letter == 'p' || letter == 'P') && rest.len != 0)
		walk->at++;
}

/* \cA: the control with which the letter shares its lower bits. */
static int32_t
control_key(struct perl_walk *walk)
{
	int key = perl_peek(walk, 2);

	walk->at += key < 0 ? 2 : 3;
	if (key >= 'a' && key <= 'z')
		key -= 'a' - 'A';
	return key < 0 ? -1 : key ^ 64;
}

/* \o{...}, \N{U+...}, \101 and the others: an escape that is no \x. */
static int32_t
escaped(struct perl_walk *walk, int letter)
{
	size_t end = 0;
	int32_t value = -1;

	if (is_octal(letter) && is_octal(perl_peek(walk, 2)) &&
	    is_octal(perl_peek(walk, 3))) {
		value = (letter - '0') * 64 + (perl_peek(walk, 2) - '0') * 8 +
		    (perl_peek(walk, 3) - '0');
		walk->at += 4;
		return value;
	}
	if (letter == 'c')
		return control_key(walk);
	if (letter == 'o' && perl_peek(walk, 2) == '{')
		value = braced_number(walk->text, walk->at + 3, 8, &end);
	else if (letter == 'N' && perl_peek(walk, 2) == '{' &&
	    perl_peek(walk, 3) == 'U' && perl_peek(walk, 4) == '+')
		value = braced_number(walk->text, walk->at + 5, 16, &end);
	if (value >= 0) {
		walk->at = end;
		return value;
	}
	walk->at += walk->at + 2 > walk->text.len ? 1 : 2;
	if (letter > 0 && strchr("pPkgNo", letter) != NULL)
		skip_name(walk, letter);
	return char_is_alnum((char)letter) ? control(letter) : letter;
}

int32_t
perl_walk_char(struct perl_walk *walk)
{
	int c = perl_peek(walk, 0), letter = perl_peek(walk, 1);
	size_t start = walk->at;
	int32_t value;

	if (c != '\\') {
		walk->at++;
		return c;
	}
	if (letter != 'x')
		return escaped(walk, letter);
	value = hexadecimal(walk);
	if (value < 0)
		walk->at = start + 2;
	return value;
}

/* --- what stands between them --------------------------------------------- */

static void
skip_through(struct str text, size_t *at, char end)
{
	while (*at < text.len && text.data[(*at)++] != end)
		;
}

static bool
is_blank(char c)
{
	return char_is_space(c) || c == '\v' || c == '\f';
}

void
perl_skip_unseen(struct str text, size_t *at, bool is_extended)
{
	while (*at < text.len) {
		if (str_eq(str_sub(text, *at, 3), STR("(?#")))
			skip_through(text, at, ')');
		else if (is_extended && text.data[*at] == '#')
			skip_through(text, at, '\n');
		else if (is_extended && is_blank(text.data[*at]))
			++*at;
		else
			return;
	}
}
