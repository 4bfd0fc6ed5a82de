/* SPDX-License-Identifier: ISC */
/* pattern_shape.c - of which octets a piece of a pattern is made.
 *
 * Of a sequence AB the single octets are those of one where the other may be
 * empty, the first those of A, and of B where A may be empty; behind the first
 * there may be what stands in A behind its first, and all of B. Of alternatives
 * everything is put together. Both cases of ASCII count as one. */
#include "rules/pattern_shape.h"

static void
unite_if(bool condition, struct octets *octets, const struct octets *more)
{
	if (condition)
		octets_unite(octets, more);
}

static void
add_range(struct octets *octets, int32_t from, int32_t to)
{
	struct octets range = { { 0 } };

	octets_add_range(&range, from, to);
	octets_add_cases(&range);
	octets_unite(octets, &range);
}

/* --- pieces --------------------------------------------------------------- */

/* The octets of \w and its like; false: it is another letter. */
static bool
add_kind(struct octets *octets, int letter)
{
	struct octets kind = { { 0 } };

	if (letter == 'w' || letter == 'W') {
		add_range(&kind, 'a', 'z');
		add_range(&kind, '0', '9');
		octets_add(&kind, '_');
	} else if (letter == 'd' || letter == 'D') {
		add_range(&kind, '0', '9');
	} else if (letter == 's' || letter == 'S') {
		add_range(&kind, '\t', '\r');
		octets_add(&kind, ' ');
	} else {
		return false;
	}
	if (letter < 'a')
		octets_invert(&kind);
	octets_unite(octets, &kind);
	return true;
}

/* One member or range of a set. */
static void
read_member(struct reading *reading, struct octets *members)
{
	struct perl_walk *walk = &reading->walk;
	int letter = reading_peek(reading, 0) == '\\'
	    ? reading_peek(reading, 1) : -1;
	int32_t from, to;

	reading->is_lost |= perl_posix_len(walk) != 0;
	from = to = perl_walk_char(walk);
	if (from >= 0 && reading_peek(reading, 0) == '-' &&
	    reading_peek(reading, 1) >= 0 && reading_peek(reading, 1) != ']') {
		walk->at++;
		to = perl_walk_char(walk);
	}
	if (from >= 0 && to >= 0)
		add_range(members, from, to);
	else if (from >= 0 || !add_kind(members, letter))
		reading->is_lost = true;
}

/* What a set leaves out, whose letters have both cases here: where only one of
 * them was written, the other is not left out. */
static void
not_in(struct octets *members)
{
	octets_invert(members);
	add_range(members, 'a', 'z');
}

static void
read_set(struct reading *reading, struct octets *members)
{
	bool is_negated = reading_peek(reading, 1) == '^';
	size_t first = reading->walk.at + (is_negated ? 2 : 1);

	reading->walk.at = first;
	while (reading->walk.at == first || reading_peek(reading, 0) != ']') {
		if (reading_peek(reading, 0) < 0) {
			reading->is_lost = true;
			return;
		}
		read_member(reading, members);
	}
	reading->walk.at++;
	if (is_negated)
		not_in(members);
}

static void
read_escape(struct reading *reading, struct shape *shape)
{
	int letter = reading_peek(reading, 1);
	int32_t value;

	if (letter < 0 || strchr("QEgkKGXRC", letter) != NULL ||
	    char_is_digit((char)letter)) {
		reading->is_lost = true;
		return;
	}
	value = perl_walk_char(&reading->walk);
	if (value >= 0) {
		add_range(&shape->single, value, value);
	} else if (strchr("bBAZz", letter) != NULL) {
		shape->may_be_empty = true;
		shape->longest = 0;
	} else if (!add_kind(&shape->single, letter)) {
		add_range(&shape->single, 0, 255);
	}
}

static void
read_alternatives(struct reading *reading, struct shape *shape);

static void
read_group(struct reading *reading, struct shape *shape)
{
	enum group_kind kind;

	if (reading_enter(reading, &kind)) {
		read_alternatives(reading, shape);
		reading_leave(reading);
	}
	reading->is_lost |= kind == GROUP_ANYTHING;
	if (kind != GROUP_PLAIN)
		*shape = (struct shape){ .may_be_empty = true };
}

static void
read_piece(struct reading *reading, struct shape *shape)
{
	int c = reading_peek(reading, 0);

	*shape = (struct shape){ .longest = 1 };
	if (c == '(') {
		read_group(reading, shape);
	} else if (c == '[') {
		read_set(reading, &shape->single);
	} else if (c == '\\') {
		read_escape(reading, shape);
	} else {
		reading->walk.at++;
		if (c == '.')
			add_range(&shape->single, 0, 255);
		else if (c == '^' || c == '$')
			*shape = (struct shape){ .may_be_empty = true };
		else
			add_range(&shape->single, c, c);
	}
}

/* --- put together --------------------------------------------------------- */

static unsigned
times(unsigned longest, unsigned most)
{
	uint64_t product = (uint64_t)longest * most;

	return product < READING_MANY ? (unsigned)product : READING_MANY;
}

static void
repeat(struct shape *shape, unsigned least, unsigned most)
{
	struct shape one = *shape;

	if (most > 1) {
		octets_unite(&shape->first, &one.single);
		octets_unite(&shape->rest, &one.single);
		octets_unite(&shape->rest, &one.first);
	}
	/* Two or more of what is one octet is none. */
	if (least > 1 && !one.may_be_empty)
		shape->single = (struct octets){ { 0 } };
	shape->may_be_empty |= least == 0;
	shape->longest = times(one.longest, most);
}

static void
follow(struct shape *shape, const struct shape *next)
{
	struct shape front = *shape;
	bool can_go_on = next->longest > 0;

	*shape = (struct shape){
		.may_be_empty = front.may_be_empty && next->may_be_empty,
		.longest = times(front.longest + next->longest, 1),
	};
	unite_if(next->may_be_empty, &shape->single, &front.single);
	unite_if(front.may_be_empty, &shape->single, &next->single);
	octets_unite(&shape->first, &front.first);
	unite_if(can_go_on, &shape->first, &front.single);
	unite_if(front.may_be_empty, &shape->first, &next->first);
	octets_unite(&shape->rest, &front.rest);
	unite_if(front.longest > 0, &shape->rest, &next->single);
	unite_if(front.longest > 0, &shape->rest, &next->first);
	octets_unite(&shape->rest, &next->rest);
}

static void
read_sequence(struct reading *reading, struct shape *shape)
{
	*shape = (struct shape){ .may_be_empty = true };
	while (!reading->is_lost) {
		struct shape piece;
		unsigned least, most;
		int c;

		reading_skip_unseen(reading);
		c = reading_peek(reading, 0);
		if (c < 0 || c == '|' || c == ')')
			return;
		read_piece(reading, &piece);
		reading_quantifier(reading, &least, &most);
		repeat(&piece, least, most);
		follow(shape, &piece);
	}
}

static void
read_alternatives(struct reading *reading, struct shape *shape)
{
	read_sequence(reading, shape);
	while (!reading->is_lost && reading_peek(reading, 0) == '|') {
		struct shape other;

		reading->walk.at++;
		read_sequence(reading, &other);
		octets_unite(&shape->single, &other.single);
		octets_unite(&shape->first, &other.first);
		octets_unite(&shape->rest, &other.rest);
		shape->may_be_empty |= other.may_be_empty;
		if (other.longest > shape->longest)
			shape->longest = other.longest;
	}
}

void
pattern_shape(struct reading *reading, struct shape *shape_r)
{
	read_piece(reading, shape_r);
}

void
repeat_write(struct buf *out, unsigned least, unsigned most, unsigned kept)
{
	if (least == 1 && most == 1)
		return;
	if (least > kept)
		least = kept;
	if (least == 0 && most == 1)
		buf_add_char(out, '?');
	else if (most <= kept)
		buf_printf(out, "{%u,%u}", least, most);
	else if (least < 2)
		buf_add_char(out, least == 0 ? '*' : '+');
	else
		buf_printf(out, "{%u,}", least);
}
