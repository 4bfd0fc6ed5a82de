/* SPDX-License-Identifier: ISC */
/* pattern_split.c - a pattern in two.
 *
 * Lists of a thousand domains are written as one pattern, x(?:a|b|c|d)y, and are
 * longer, compiled, than PCRE2's offsets reach. x(?:a|b)y and x(?:c|d)y are half
 * as long. Where the bar nearest to the middle stands deep inside, the way leads
 * down through the longest group each time. */
#include "rules/pattern_split.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern_perl_class.h"

/* A group whose alternatives may be told apart: once, and without a condition. */
struct group {
	size_t open, body, close;	/* "(", what follows "(?:", ")" */
};

/* Alternatives that stand side by side. */
struct level {
	size_t from, to;
	size_t bar;			/* nearest to the middle; 0: none */
	struct group longest;		/* open == close: none */
};

/* --- what can be told apart ---------------------------------------------------- */

/* Behind "(?" and its letters: i-sx */
static size_t
skip_letters(struct str text, size_t at)
{
	while (at < text.len && (char_is_alpha(text.data[at]) ||
	    text.data[at] == '^' || text.data[at] == '-'))
		at++;
	return at;
}

static bool
has_at(struct str text, size_t at, const char *sign)
{
	return str_eq(str_sub(text, at, strlen(sign)), str_from(sign));
}

/* Where the first alternative begins behind the "(" at open; 0: it is no plain
 * group. */
static size_t
body_of(struct str text, size_t open)
{
	size_t at = open + 1;

	if (at < text.len && text.data[at] != '?')
		return text.data[at] == '*' ? 0 : at;
	at = skip_letters(text, open + 2);
	return has_at(text, at, ":") ? at + 1 : 0;
}

/* Names, conditions, calls, verbs, letters for the rest of the pattern: what such
 * a group means depends on others. */
static bool
is_understood(struct str text, size_t open)
{
	static const char *const kinds[] = { "(?=", "(?!", "(?>", "(?<=",
		"(?<!" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (has_at(text, open, kinds[i]))
			return true;
	return body_of(text, open) != 0;
}

/* Goes on behind what stands at the place: a set, an escape, one octet. */
static void
step(struct perl_walk *walk)
{
	char c = walk->text.data[walk->at];

	if (c == '[') {
		buf_clear(&walk->out);
		(void)perl_walk_class(walk);
	} else if (c == '\\') {
		(void)perl_walk_char(walk);
	} else {
		walk->at++;
	}
}

static bool
is_plain(struct perl_walk *walk)
{
	struct str text = walk->text;

	for (walk->at = 0; walk->at < text.len; step(walk)) {
		if (text.data[walk->at] == '(' &&
		    !is_understood(text, walk->at))
			return false;
		if (text.data[walk->at] == '\\' && walk->at + 1 < text.len &&
		    str_find(STR("123456789gkQE"), text.data[walk->at + 1]) >=
		    0)
			return false;
	}
	return true;
}

/* --- the place ------------------------------------------------------------------ */

static size_t
distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

static void
take_group(struct level *level, struct str text, size_t open, size_t close)
{
	struct group group = { open, body_of(text, open), close };

	if (group.body != 0 && close - open > level->longest.close -
	    level->longest.open && (close + 1 >= text.len ||
	    str_find(STR("?*+{"), text.data[close + 1]) < 0))
		level->longest = group;
}

static void
look_at(struct perl_walk *walk, struct level *level)
{
	size_t middle = level->from + (level->to - level->from) / 2;
	size_t depth = 0, open = 0;

	for (walk->at = level->from; walk->at < level->to; step(walk)) {
		char c = walk->text.data[walk->at];

		if (c == '(' && depth++ == 0)
			open = walk->at;
		if (c == ')' && depth > 0 && --depth == 0)
			take_group(level, walk->text, open, walk->at);
		if (c == '|' && depth == 0 && (level->bar == 0 ||
		    distance(walk->at, middle) < distance(level->bar, middle)))
			level->bar = walk->at;
	}
}

bool
pattern_split(struct arena *arena, struct str text, struct str halves_r[2])
{
	struct perl_walk walk = { .arena = arena, .text = text };
	struct level level = { .to = text.len };
	struct str head, tail;

	buf_init(&walk.out, arena);
	if (!is_plain(&walk))
		return false;
	for (look_at(&walk, &level); level.bar == 0; look_at(&walk, &level)) {
		if (level.longest.close == 0)
			return false;
		level = (struct level){ .from = level.longest.body,
			.to = level.longest.close };
	}
	head = str_sub(text, 0, level.from);
	tail = str_from_pos(text, level.to);
	halves_r[0] = str_from(str_concat(arena, head, str_sub(text,
	    level.from, level.bar - level.from), tail));
	halves_r[1] = str_from(str_concat(arena, head, str_sub(text,
	    level.bar + 1, level.to - level.bar - 1), tail));
	return halves_r[0].len * 4 <= text.len * 3 &&
	    halves_r[1].len * 4 <= text.len * 3;
}
