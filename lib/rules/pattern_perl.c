/* SPDX-License-Identifier: ISC */
/* pattern_perl.c - what Perl means, in the words of PCRE2 and of Hyperscan.
 *
 * Both read nearly all of Perl's patterns as Perl does. What they do not is
 * rewritten here, everything else copied as it stands:
 *
 *   {,3} { 1, 3 }  a quantifier since Perl 5.34, text to the others
 *   \x{456}        in octets: the octets of its UTF-8; in a set an alternative
 *   \N{U+e4}       PCRE2 has it for UTF-8 alone
 *   \xe4 under /i  Hyperscan folds ASCII alone, /aa all of Latin-1: [\xe4\xc4]
 *
 * One pass with a place in the text and no depth: groups need not be understood,
 * only sets, escapes and comments be told apart from the rest. */
#include "rules/pattern_perl.h"

#include "base/arena.h"
#include "rules/pattern_perl_class.h"

/* Longer names in braces there are not. */
#define NAME_LONGEST 128

unsigned
pattern_perl_other_case(unsigned octet)
{
	if (octet >= 0xc0 && octet <= 0xde && octet != 0xd7)
		return octet + 0x20;
	if (octet >= 0xe0 && octet <= 0xfe && octet != 0xf7)
		return octet - 0x20;
	return octet;
}

/* --- single characters ---------------------------------------------------- */

static int
peek(const struct perl_walk *walk, size_t ahead)
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

	if (peek(walk, 2) == '{')
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
	int key = peek(walk, 2);

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

	if (is_octal(letter) && is_octal(peek(walk, 2)) &&
	    is_octal(peek(walk, 3))) {
		value = (letter - '0') * 64 + (peek(walk, 2) - '0') * 8 +
		    (peek(walk, 3) - '0');
		walk->at += 4;
		return value;
	}
	if (letter == 'c')
		return control_key(walk);
	if (letter == 'o' && peek(walk, 2) == '{')
		value = braced_number(walk->text, walk->at + 3, 8, &end);
	else if (letter == 'N' && peek(walk, 2) == '{' &&
	    peek(walk, 3) == 'U' && peek(walk, 4) == '+')
		value = braced_number(walk->text, walk->at + 5, 16, &end);
	if (value >= 0) {
		walk->at = end;
		return value;
	}
	walk->at += walk->at + 2 > walk->text.len ? 1 : 2;
	if (letter > 0 && strchr("pPkgbBNo", letter) != NULL)
		skip_name(walk, letter);
	return char_is_alnum((char)letter) ? control(letter) : letter;
}

int32_t
perl_walk_char(struct perl_walk *walk)
{
	int c = peek(walk, 0), letter = peek(walk, 1);
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

/* --- writing -------------------------------------------------------------- */

/* U+0080 to U+10FFFF in UTF-8 (RFC 3629 3), as escapes. */
void
perl_write_utf8(struct buf *out, int32_t value)
{
	if (value < 0x800) {
		buf_printf(out, "\\x%02x", (unsigned)(0xc0 | value >> 6));
	} else if (value < 0x10000) {
		buf_printf(out, "\\x%02x", (unsigned)(0xe0 | value >> 12));
	} else {
		buf_printf(out, "\\x%02x\\x%02x",
		    (unsigned)(0xf0 | value >> 18),
		    (unsigned)(0x80 | (value >> 12 & 0x3f)));
	}
	if (value >= 0x800)
		buf_printf(out, "\\x%02x",
		    (unsigned)(0x80 | (value >> 6 & 0x3f)));
	buf_printf(out, "\\x%02x", (unsigned)(0x80 | (value & 0x3f)));
}

bool
perl_walk_folds(struct perl_walk *walk, int32_t value)
{
	if (value < 0xc0 || value > 0xff || walk->is_utf ||
	    pattern_perl_other_case((unsigned)value) == (unsigned)value)
		return false;
	walk->has_folding = true;
	return walk->for_lane && (walk->is_caseless || walk->folds_all);
}

static bool
is_plain_escape(struct str piece)
{
	return piece.len < 2 || piece.data[0] != '\\' || piece.data[1] != 'N' ||
	    str_find(piece, '}') < 0;
}

void
perl_write_piece(struct perl_walk *walk, struct str piece, int32_t value)
{
	if (value == 0 && piece.len == 1)
		buf_add_text(&walk->out, "\\x00");
	else if (value >= 0 && !is_plain_escape(piece))
		buf_printf(&walk->out, "\\x{%x}", (unsigned)value);
	else
		buf_add_str(&walk->out, piece);
}

static void
walk_single(struct perl_walk *walk)
{
	size_t start = walk->at;
	int32_t value = perl_walk_char(walk);
	struct str piece = str_sub(walk->text, start, walk->at - start);

	if (value > 0xff && !walk->is_utf) {
		buf_add_text(&walk->out, "(?:");
		perl_write_utf8(&walk->out, value);
		buf_add_char(&walk->out, ')');
	} else if (perl_walk_folds(walk, value)) {
		buf_printf(&walk->out, "[\\x%02x\\x%02x]", (unsigned)value,
		    pattern_perl_other_case((unsigned)value));
	} else {
		perl_write_piece(walk, piece, value);
	}
	walk->has_letters_of_others |= piece.len >= 2 &&
	    piece.data[0] == '\\' && strchr("XRGKC", piece.data[1]) != NULL;
}

/* --- quantifiers, groups, comments ---------------------------------------- */

static struct str
digits_at(struct str text, size_t *at)
{
	size_t start = *at;

	while (*at < text.len && char_is_digit(text.data[*at]))
		++*at;
	return str_sub(text, start, *at - start);
}

static void
skip_blanks(struct str text, size_t *at)
{
	while (*at < text.len && char_is_blank(text.data[*at]))
		++*at;
}

/* perlre(1), "Quantifiers": {min}, {min,}, {,max}, {min,max}, with blanks. */
static void
walk_brace(struct perl_walk *walk)
{
	struct str text = walk->text, least, most = { NULL, 0 };
	size_t at = walk->at + 1;
	bool has_comma;

	skip_blanks(text, &at);
	least = digits_at(text, &at);
	skip_blanks(text, &at);
	has_comma = at < text.len && text.data[at] == ',';
	if (has_comma) {
		at++;
		skip_blanks(text, &at);
		most = digits_at(text, &at);
		skip_blanks(text, &at);
	}
	if (least.len + most.len == 0 || at >= text.len ||
	    text.data[at] != '}') {
		buf_add_char(&walk->out, '{');
		walk->at++;
		return;
	}
	walk->at = at + 1;
	buf_printf(&walk->out, "{%.*s%s%.*s}",
	    STR_ARG(least.len == 0 ? STR("0") : least),
	    has_comma ? "," : "", STR_ARG(most.len == 0 ? STR("") : most));
}

/* Up to end, and with it. */
static void
copy_through(struct perl_walk *walk, char end)
{
	struct str rest = str_from_pos(walk->text, walk->at);
	ptrdiff_t place = str_find(rest, end);
	size_t len = place < 0 ? rest.len : (size_t)place + 1;

	buf_add_str(&walk->out, str_sub(rest, 0, len));
	walk->at += len;
}

/* The letters of (?i), (?^s-x:...): which of them are changed here. */
static void
note_letters(struct perl_walk *walk)
{
	for (size_t ahead = 2; ; ahead++) {
		int c = peek(walk, ahead);

		if (c == 'i' || c == '^')
			walk->has_inner_case = true;
		if (c == 'x')
			walk->is_extended = walk->has_inner_extended = true;
		if (c < 0 || (!char_is_alpha((char)c) && c != '^' && c != '-'))
			return;
	}
}

/* (?i) in front of everything is the flag i. */
static bool
takes_leading_letters(struct perl_walk *walk)
{
	bool is_caseless = false, is_extended = false;
	size_t ahead = 2;

	for (; peek(walk, ahead) >= 0 &&
	    strchr("imsx", peek(walk, ahead)) != NULL; ahead++) {
		is_caseless |= peek(walk, ahead) == 'i';
		is_extended |= peek(walk, ahead) == 'x';
	}
	if (walk->at != 0 || peek(walk, ahead) != ')')
		return false;
	walk->is_caseless |= is_caseless;
	walk->is_extended |= is_extended;
	return true;
}

static void
walk_parenthesis(struct perl_walk *walk)
{
	int next = peek(walk, 1), letter = peek(walk, 2);

	if (next == '?' && letter == '#') {
		copy_through(walk, ')');
		return;
	}
	if (next == '?' && (letter == '^' || (letter >= 0 &&
	    char_is_alpha((char)letter))) && !takes_leading_letters(walk))
		note_letters(walk);
	buf_add_char(&walk->out, '(');
	walk->at++;
}

static int
walk_text(struct perl_walk *walk)
{
	while (walk->at < walk->text.len) {
		char c = walk->text.data[walk->at];

		if (c == '[' && perl_walk_class(walk) < 0)
			return -1;
		else if (c == '[')
			continue;
		if (c == '(')
			walk_parenthesis(walk);
		else if (c == '{')
			walk_brace(walk);
		else if (c == '#' && walk->is_extended)
			copy_through(walk, '\n');
		else
			walk_single(walk);
	}
	return 0;
}

static int
walk_source(struct perl_walk *walk, struct arena *arena,
    const struct pattern_source *source, const char **error_r)
{
	walk->arena = arena;
	walk->text = source->text;
	walk->is_utf = (source->flags & PATTERN_UTF) != 0;
	walk->is_caseless = (source->flags & PATTERN_CASELESS) != 0;
	walk->is_extended = (source->flags & PATTERN_EXTENDED) != 0;
	walk->error_r = error_r;
	buf_init(&walk->out, arena);
	return walk_text(walk);
}

int
pattern_perl_translate(struct arena *arena, const struct pattern_source *source,
    struct str *text_r, const char **error_r)
{
	struct perl_walk walk = { .for_lane = false };

	if (walk_source(&walk, arena, source, error_r) < 0)
		return -1;
	*text_r = buf_str(&walk.out);
	return 0;
}

static bool
walk_for_lane(struct perl_walk *walk, struct arena *arena,
    const struct pattern_source *source)
{
	const char *error;

	return walk_source(walk, arena, source, &error) == 0 &&
	    !walk->has_letters_of_others &&
	    !(walk->has_inner_extended && str_find(source->text, '#') >= 0) &&
	    str_find(buf_str(&walk->out), '\0') < 0;
}

/* Where /i is on in one part of the pattern alone, all of it is taken for such a
 * part, which matches more, but for sets that leave out. */
bool
pattern_perl_for_lane(struct arena *arena, const struct pattern_source *source,
    struct str *text_r, bool *is_approximate_r)
{
	struct perl_walk walk = { .for_lane = true };
	struct perl_walk folding = { .for_lane = true, .folds_all = true };

	*is_approximate_r = false;
	if ((source->flags & PATTERN_EXTENDED_MORE) != 0 ||
	    !walk_for_lane(&walk, arena, source))
		return false;
	if (walk.has_inner_case && walk.has_folding) {
		*is_approximate_r = true;
		if (!walk_for_lane(&folding, arena, source) ||
		    folding.has_negated_folding)
			return false;
		walk = folding;
	}
	*text_r = buf_str(&walk.out);
	if ((source->flags & PATTERN_EXTENDED) != 0)
		*text_r = str_from(arena_printf(arena, "(?x)%s",
		    text_r->data));
	return true;
}
