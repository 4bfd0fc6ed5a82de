/* SPDX-License-Identifier: ISC */
/* pattern_perl_class.c - sets of a Perl pattern, [...], for PCRE2 and
 * Hyperscan. */
#include "rules/pattern_perl_class.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern_perl.h"

struct set {
	struct perl_walk *walk;
	bool is_negated, has_members;
	struct buf others;	/* octets that are the other case of a member */
	struct buf wide;	/* "|\xd1\x96": members above 255 in octets */
};

static bool
is_at(const struct perl_walk *walk, char c)
{
	return walk->at < walk->text.len && walk->text.data[walk->at] == c;
}

/* The other cases of what lies in [first, last] of one half of Latin-1; the two
 * signs without case are not in between. */
static void
fold_part(struct set *set, int32_t first, int32_t last, int32_t from,
    int32_t to)
{
	first = first > from ? first : from;
	last = last < to ? last : to;
	if (first <= last)
		buf_printf(&set->others, "\\x%02x-\\x%02x",
		    pattern_perl_other_case((unsigned)first),
		    pattern_perl_other_case((unsigned)last));
}

static void
fold_range(struct set *set, int32_t first, int32_t last)
{
	fold_part(set, first, last, 0xc0, 0xd6);
	fold_part(set, first, last, 0xd8, 0xde);
	fold_part(set, first, last, 0xe0, 0xf6);
	fold_part(set, first, last, 0xf8, 0xfe);
}

static bool
range_folds(struct perl_walk *walk, int32_t first, int32_t last)
{
	bool folds = false;

	for (int32_t c = first < 0xc0 ? 0xc0 : first;
	    c <= 0xff && c <= last && !folds; c++)
		folds = perl_walk_folds(walk, c);
	return folds;
}

static int
fail(struct set *set, const char *reason)
{
	*set->walk->error_r = reason;
	return -1;
}

/* A member that ends where the walk is. */
static int
add_member(struct set *set, size_t start, int32_t first, int32_t last)
{
	struct perl_walk *walk = set->walk;
	struct str piece = str_sub(walk->text, start, walk->at - start);

	if (last <= 0xff || walk->is_utf) {
		set->has_members = true;
		/* What is put behind a dash must not make a range of it. */
		if (piece.len == 1 && first == '-')
			buf_add_char(&walk->out, '\\');
		perl_write_piece(walk, piece, first == last ? first : -1);
		if (!range_folds(walk, first, last))
			return 0;
		fold_range(set, first, last);
		walk->has_negated_folding |= set->is_negated;
		return 0;
	}
	if (first != last)
		return fail(set, "a range that goes above \\x{ff} in a "
		    "pattern of octets");
	buf_add_char(&set->wide, '|');
	perl_write_utf8(&set->wide, first);
	return 0;
}

size_t
perl_posix_len(const struct perl_walk *walk)
{
	struct str rest = str_from_pos(walk->text, walk->at);
	size_t at = 2;

	if (rest.len < 4 || rest.data[0] != '[' || rest.data[1] != ':')
		return 0;
	while (at < rest.len && (char_is_alpha(rest.data[at]) ||
	    rest.data[at] == '^'))
		at++;
	return at + 1 < rest.len && rest.data[at] == ':' &&
	    rest.data[at + 1] == ']' ? at + 2 : 0;
}

static int
walk_member(struct set *set)
{
	struct perl_walk *walk = set->walk;
	size_t start = walk->at, len = perl_posix_len(walk), dash;
	int32_t first, last;

	if (len != 0) {
		walk->at += len;
		return add_member(set, start, -1, -1);
	}
	first = last = perl_walk_char(walk);
	dash = walk->at;
	if (first >= 0 && is_at(walk, '-') && walk->at + 1 < walk->text.len &&
	    walk->text.data[walk->at + 1] != ']') {
		walk->at++;
		last = perl_walk_char(walk);
	}
	/* A dash in front of a whole set is a dash. */
	if (last < 0 && first >= 0) {
		walk->at = dash;
		last = first;
	}
	return add_member(set, start, first, last);
}

/* What is in front of the members is at place front of out. */
static void
finish(struct set *set, size_t front)
{
	struct buf *out = &set->walk->out;
	struct str narrow;

	buf_add_str(out, buf_str(&set->others));
	if (set->wide.len == 0) {
		buf_add_char(out, ']');
		return;
	}
	/* Any octet is another one than a character of several. */
	if (set->is_negated && !set->has_members) {
		out->len = front;
		buf_add_text(out, "[\\x00-\\xff]");
		return;
	}
	if (set->is_negated) {
		buf_add_char(out, ']');
		return;
	}
	narrow = str_copy(set->walk->arena, str_from_pos(buf_str(out), front));
	out->len = front;
	buf_add_text(out, "(?:");
	if (set->has_members) {
		buf_add_str(out, narrow);
		buf_add_char(out, ']');
	}
	buf_add_str(out, str_from_pos(buf_str(&set->wide),
	    set->has_members ? 0 : 1));
	buf_add_char(out, ')');
}

int
perl_walk_class(struct perl_walk *walk)
{
	struct set set = { .walk = walk };
	size_t front = walk->out.len;
	bool is_first = true;

	buf_init(&set.others, walk->arena);
	buf_init(&set.wide, walk->arena);
	walk->at++;
	buf_add_char(&walk->out, '[');
	if (is_at(walk, '^')) {
		set.is_negated = true;
		walk->at++;
		buf_add_char(&walk->out, '^');
	}
	for (; walk->at < walk->text.len; is_first = false) {
		if (is_at(walk, ']') && !is_first) {
			walk->at++;
			finish(&set, front);
			return 0;
		}
		if (walk_member(&set) < 0)
			return -1;
	}
	/* Without end: PCRE2 says so. */
	return 0;
}
