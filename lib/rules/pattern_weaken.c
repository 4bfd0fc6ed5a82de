/* SPDX-License-Identifier: ISC */
/* pattern_weaken.c - a short pattern that matches whatever a long one does.
 *
 * Rules against disguised words have a long group for each letter; a database of
 * them takes minutes to make and is large. Written as what its octets may be, a
 * letter is short, and a word of such letters is rare in texts all the same:
 *
 *   (?:[aA@]|[\xc3][\x80-\x85]|&#(?:65|97);)  ->
 *   (?:[aA@\xc3&][\x80-\x85#;5679]*)
 *
 * Who finds the short pattern asks PCRE2 for the long one. All that is done makes
 * it match more, never less: look-around and anchors in groups are left out,
 * {2,5} of a group becomes {2,}, and longer repeats shorter ones. */
#include "rules/pattern_weaken.h"

#include "base/arena.h"
#include "rules/pattern_reading.h"
#include "rules/pattern_shape.h"

/* A group is a letter where it may be one octet, is no longer than this, and
 * takes more room than it would as sets. */
#define LETTER_LONGEST 12
#define LETTER_ROOM 24
/* Repeats that stay as they are; those of groups are costly. */
#define REPEATS_KEPT 8
#define GROUP_ROOM 200
/* Pieces that make a front rare, and fewer than which it is common. Sets of so
 * many octets are no piece. */
#define MOST 10
#define FEWEST 3
#define ANYTHING 100
/* No longer ones are kept, or looked at. */
#define WEAK_LONGEST 6000
#define SOURCE_LONGEST ((size_t)512 << 10)

static void
write_sets(const struct shape *shape, struct buf *out)
{
	struct octets first = shape->single;

	octets_unite(&first, &shape->first);
	buf_add_text(out, "(?:");
	octets_write(&first, out);
	if (!octets_are_none(&shape->rest)) {
		octets_write(&shape->rest, out);
		buf_add_char(out, '*');
	}
	buf_add_char(out, ')');
}

/* Writing goes on until so many pieces stand one behind the other on every way
 * through the pattern: what matches all of it matches its front. */
struct front {
	unsigned len;		/* pieces so far, on the shortest way */
	unsigned enough;
	bool is_cut;		/* they are enough */
};

static void
write_alternatives(struct reading *reading, struct front *front,
    struct buf *out);

/* The group at start, and what is in it; (?i) and (?i: stay. False: it is no
 * group, but flags for what follows. */
static bool
write_group(struct reading *reading, size_t start, struct front *front,
    struct buf *out)
{
	size_t end = reading->walk.at;
	enum group_kind kind;
	bool has_flags;

	reading->walk.at = start;
	kind = reading_opening(reading);
	has_flags = kind == GROUP_FLAGS ||
	    reading->walk.text.data[reading->walk.at - 1] == ':';
	buf_add_str(out, has_flags ? str_sub(reading->walk.text, start,
	    reading->walk.at - start) : STR("(?:"));
	if (kind == GROUP_FLAGS)
		return false;
	reading->depth++;
	write_alternatives(reading, front, out);
	reading->depth--;
	buf_add_char(out, ')');
	reading->walk.at = end;
	return true;
}

static bool
is_letter(const struct shape *shape, size_t room)
{
	return !octets_are_none(&shape->single) &&
	    shape->longest <= LETTER_LONGEST && room >= LETTER_ROOM;
}

/* Look-around, and an anchor in a group, ask for more than is there. */
static bool
may_be_left_out(const struct reading *reading)
{
	int c = reading_peek(reading, 0), letter = reading_peek(reading, 2);
	int third = reading_peek(reading, 3);

	if (c == '^' || c == '$')
		return reading->depth > 0;
	return c == '(' && reading_peek(reading, 1) == '?' &&
	    (letter == '=' || letter == '!' || (letter == '<' &&
	    (third == '=' || third == '!')));
}

/* What stands behind a group that was cut is not written, nor how often it
 * comes. One that may be missing is not cut: it may be missing. */
static void
write_inner(struct reading *reading, size_t start, struct front *front,
    struct buf *out)
{
	size_t end = reading->walk.at, behind;
	struct front inner = *front;
	unsigned least, most;

	reading_quantifier(reading, &least, &most);
	behind = reading->walk.at;
	reading->walk.at = end;
	if (least == 0)
		inner = (struct front){ .enough = READING_MANY };
	if (!write_group(reading, start, &inner, out))
		return;
	reading->walk.at = behind;
	if (least != 0)
		*front = inner;
	if (!inner.is_cut)
		repeat_write(out, least, most, end - start > GROUP_ROOM ? 1 :
		    2);
}

static void
write_piece(struct reading *reading, struct front *front, struct buf *out)
{
	bool is_left_out = may_be_left_out(reading);
	bool is_group = reading_peek(reading, 0) == '(';
	size_t start = reading->walk.at, room;
	unsigned least, most, kept = REPEATS_KEPT;
	struct shape shape;

	pattern_shape(reading, &shape);
	room = reading->walk.at - start;
	if (is_left_out || reading->is_lost) {
		reading_quantifier(reading, &least, &most);
		return;
	}
	if (is_group && !is_letter(&shape, room)) {
		write_inner(reading, start, front, out);
		return;
	}
	if (is_group) {
		write_sets(&shape, out);
		kept = 2;
	} else {
		buf_add_str(out, str_sub(reading->walk.text, start, room));
	}
	reading_quantifier(reading, &least, &most);
	if (is_group && shape.may_be_empty)
		least = 0;
	repeat_write(out, least, most, kept);
	if (octets_count(&shape.single) < ANYTHING)
		front->len += least;
}

/* Past the rest of an alternative. */
static void
skip_sequence(struct reading *reading)
{
	while (!reading->is_lost) {
		int c = reading_peek(reading, 0);
		struct shape shape;

		if (c < 0 || c == '|' || c == ')')
			return;
		pattern_shape(reading, &shape);
	}
}

static void
write_sequence(struct reading *reading, struct front *front, struct buf *out)
{
	while (!reading->is_lost) {
		int c = reading_peek(reading, 0);

		if (c < 0 || c == '|' || c == ')')
			return;
		front->is_cut |= front->len >= front->enough;
		if (front->is_cut) {
			skip_sequence(reading);
			return;
		}
		write_piece(reading, front, out);
	}
}

static void
write_alternatives(struct reading *reading, struct front *front,
    struct buf *out)
{
	struct front before = *front;

	write_sequence(reading, front, out);
	while (!reading->is_lost && reading_peek(reading, 0) == '|') {
		struct front other = before;

		reading->walk.at++;
		buf_add_char(out, '|');
		write_sequence(reading, &other, out);
		front->is_cut |= other.is_cut;
		if (other.len < front->len)
			front->len = other.len;
	}
}

static bool
weaken(struct str text, unsigned enough, struct buf *out)
{
	struct reading reading = { .walk = { .text = text } };
	struct front front = { .enough = enough };

	buf_clear(out);
	write_alternatives(&reading, &front, out);
	return !reading.is_lost && reading.walk.at >= text.len &&
	    front.len >= FEWEST && out->len <= WEAK_LONGEST;
}

bool
pattern_weaken(struct arena *arena, struct str text, struct str *weak_r)
{
	struct buf out;

	if (text.len > SOURCE_LONGEST)
		return false;
	buf_init(&out, arena);
	for (unsigned enough = MOST; enough > FEWEST; enough -= 3)
		if (weaken(text, enough, &out)) {
			*weak_r = buf_str(&out);
			return true;
		}
	return false;
}
