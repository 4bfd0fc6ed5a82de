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
 *   $? \b*         to PCRE2 a place cannot be repeated, a group of one can
 *
 * One pass with a place in the text and no depth: groups need not be understood,
 * only sets, escapes and comments be told apart from the rest. */
#include "rules/pattern_perl.h"

#include "base/arena.h"
#include "rules/pattern_perl_class.h"

unsigned
pattern_perl_other_case(unsigned octet)
{
	if (octet >= 0xc0 && octet <= 0xde && octet != 0xd7)
		return octet + 0x20;
	if (octet >= 0xe0 && octet <= 0xfe && octet != 0xf7)
		return octet - 0x20;
	return octet;
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

struct bounds {
	struct str least, most;
	bool has_comma;
};

/* perlre(1), "Quantifiers": {min}, {min,}, {,max}, {min,max}, with blanks.
 * *at is behind it then. False: the brace at *at is one of the text. */
static bool
read_bounds(struct str text, size_t *at, struct bounds *bounds_r)
{
	size_t place = *at + 1;

	*bounds_r = (struct bounds){ .has_comma = false };
	skip_blanks(text, &place);
	bounds_r->least = digits_at(text, &place);
	skip_blanks(text, &place);
	if (place < text.len && text.data[place] == ',') {
		bounds_r->has_comma = true;
		place++;
		skip_blanks(text, &place);
		bounds_r->most = digits_at(text, &place);
		skip_blanks(text, &place);
	}
	if (bounds_r->least.len + bounds_r->most.len == 0 ||
	    place >= text.len || text.data[place] != '}')
		return false;
	*at = place + 1;
	return true;
}

static void
walk_brace(struct perl_walk *walk)
{
	struct bounds bounds;

	if (!read_bounds(walk->text, &walk->at, &bounds)) {
		buf_add_char(&walk->out, '{');
		walk->at++;
		return;
	}
	buf_printf(&walk->out, "{%.*s%s%.*s}",
	    STR_ARG(bounds.least.len == 0 ? STR("0") : bounds.least),
	    bounds.has_comma ? "," : "",
	    STR_ARG(bounds.most.len == 0 ? STR("") : bounds.most));
}

/* Does what comes next repeat what stood before it? */
static bool
is_repeated(const struct perl_walk *walk)
{
	struct bounds bounds;
	size_t at = walk->at;

	perl_skip_unseen(walk->text, &at, walk->is_extended);
	if (at >= walk->text.len)
		return false;
	return walk->text.data[at] == '{' ?
	    read_bounds(walk->text, &at, &bounds) :
	    str_find(STR("?*+"), walk->text.data[at]) >= 0;
}

/* A place in the text: ^ $ \b \B \A \z \Z \G, \b{wb}. */
static bool
is_place(struct str piece)
{
	if (piece.len == 1)
		return piece.data[0] == '^' || piece.data[0] == '$';
	return piece.data[0] == '\\' &&
	    str_find(STR("bBAzZG"), piece.data[1]) >= 0;
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
	} else if (is_place(piece) && is_repeated(walk)) {
		buf_printf(&walk->out, "(?:%.*s)", STR_ARG(piece));
	} else {
		perl_write_piece(walk, piece, value);
	}
	walk->has_letters_of_others |= piece.len >= 2 &&
	    piece.data[0] == '\\' && strchr("XRGKC", piece.data[1]) != NULL;
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
		int c = perl_peek(walk, ahead);

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

	for (; perl_peek(walk, ahead) >= 0 &&
	    strchr("imsx", perl_peek(walk, ahead)) != NULL; ahead++) {
		is_caseless |= perl_peek(walk, ahead) == 'i';
		is_extended |= perl_peek(walk, ahead) == 'x';
	}
	if (walk->at != 0 || perl_peek(walk, ahead) != ')')
		return false;
	walk->is_caseless |= is_caseless;
	walk->is_extended |= is_extended;
	return true;
}

static void
walk_parenthesis(struct perl_walk *walk)
{
	int next = perl_peek(walk, 1), letter = perl_peek(walk, 2);

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
