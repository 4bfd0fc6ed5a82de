/* SPDX-License-Identifier: ISC */
/* pattern_window.c - runs of octets, one of which stands in each text that a
 * pattern matches.
 *
 * "(?:^|\s)v\W?[i1]\W?agra" has no word that a text must have. But behind a "v"
 * stands an "i", a "1" or no letter at all, and so on: as one set of octets for
 * each distance from the "v" this is known, whatever the pattern's parts are, and
 * few texts have eight such octets in a row.
 *
 * A piece is summed up by what may stand at each distance from its start, and
 * at which distances it may end. Of a sequence, which is read first and summed
 * up from its end, a window may begin at each piece, or be one of a group that
 * has to be there; of alternatives each has its own, or all of them one. The
 * rarest ones are taken. Whatever may be left out of account (case,
 * look-around, anchors) is: a window tells where nothing matches, no more. */
#include "rules/pattern_window.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern_shape.h"

/* Longer patterns are not looked at. */
#define LONGEST ((size_t)16 << 10)
/* Windows that are met by more octets of a text than this share tell little. */
#define COMMONEST 4e-3

/* Bit i of ends: it may end behind i octets. */
struct sum {
	struct octets sets[WINDOW_LEN];
	unsigned ends;
};

#define ENDS_KEPT ((1u << WINDOW_LEN) - 1)

/* Windows, and how many octets of a text begin one. */
struct choice {
	const struct pattern_window *windows;
	size_t count;		/* 0: there are none */
	double share;
};

struct part {
	struct sum sum;
	struct choice choice;
};

struct looking {
	struct reading reading;
	struct arena *arena;
};

/* --- how rare ------------------------------------------------------------- */

/* Of 10,000 octets of English text, how many are this one. */
static unsigned
how_often(unsigned octet)
{
	static const unsigned short letters[] = {
		640, 120, 220, 300, 980, 180, 160, 390, 560, 10, 60, 320, 200,
		560, 610, 160, 10, 490, 510, 720, 220, 80, 150, 20, 150, 10,
	};

	if (octet >= 'a' && octet <= 'z')
		return letters[octet - 'a'];
	if (octet >= 'A' && octet <= 'Z')
		return 10 + letters[octet - 'A'] / 10;
	if (octet == ' ')
		return 1600;
	if (octet >= '0' && octet <= '9')
		return 40;
	return octet == '.' || octet == ',' || octet == '\n' ? 100 : 8;
}

static double
share_of_set(const struct octets *octets)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < ARRAY_LEN(octets->bits); i++)
		for (uint64_t bits = octets->bits[i]; bits != 0;
		    bits &= bits - 1)
			sum += how_often(i * 64 +
			    (unsigned)__builtin_ctzll(bits));
	return sum < 10000 ? sum / 10000.0 : 1;
}

static double
share_of(const struct pattern_window *window)
{
	double share = 1;

	for (unsigned i = 0; i < window->len; i++)
		share *= share_of_set(&window->sets[i]);
	return share;
}

static void
take_rarer(struct choice *best, const struct choice *other)
{
	if (other->count != 0 && (best->count == 0 ||
	    other->share < best->share))
		*best = *other;
}

/* --- sums ----------------------------------------------------------------- */

static void
unite(struct sum *sum, const struct sum *more)
{
	for (size_t i = 0; i < WINDOW_LEN; i++)
		octets_unite(&sum->sets[i], &more->sets[i]);
	sum->ends |= more->ends;
}

/* sum, and behind it next. */
static void
follow(struct sum *sum, const struct sum *next)
{
	unsigned ends = sum->ends;

	sum->ends = 0;
	for (unsigned i = 0; i < WINDOW_LEN; i++) {
		if ((ends >> i & 1) == 0)
			continue;
		for (unsigned j = 0; i + j < WINDOW_LEN; j++)
			octets_unite(&sum->sets[i + j], &next->sets[j]);
		sum->ends |= next->ends << i & ENDS_KEPT;
	}
}

/* More often than a window is long changes nothing. */
static void
repeat(struct sum *sum, unsigned least, unsigned most)
{
	struct sum one = *sum;

	*sum = (struct sum){ .ends = 1 };
	for (unsigned i = 0; i < least && i < WINDOW_LEN; i++)
		follow(sum, &one);
	for (unsigned i = least; i < most && i < least + WINDOW_LEN; i++) {
		struct sum longer = *sum;

		follow(&longer, &one);
		unite(sum, &longer);
	}
}

static struct choice
window_of(struct arena *arena, const struct sum *sum)
{
	struct pattern_window *window;

	if ((sum->ends & 1) != 0)
		return (struct choice){ .count = 0 };
	window = arena_zalloc(arena, sizeof(*window));
	while (window->len < WINDOW_LEN &&
	    (sum->ends >> window->len & 1) == 0) {
		window->sets[window->len] = sum->sets[window->len];
		window->len++;
	}
	return (struct choice){ window, 1, share_of(window) };
}

/* One of the windows of both; without any of one of them there is none. */
static void
join(struct arena *arena, struct choice *choice, const struct choice *other)
{
	size_t count = choice->count + other->count;
	struct pattern_window *all;

	if (choice->count == 0 || other->count == 0 || count > WINDOWS_MOST) {
		choice->count = 0;
		return;
	}
	all = arena_alloc(arena, count * sizeof(*all));
	memcpy(all, choice->windows, choice->count * sizeof(*all));
	memcpy(all + choice->count, other->windows,
	    other->count * sizeof(*all));
	*choice = (struct choice){ all, count, choice->share + other->share };
}

/* --- reading -------------------------------------------------------------- */

static void
read_alternatives(struct looking *looking, struct part *part);

/* A group begins; true: it is one with something in it. */
static bool
read_group(struct looking *looking, struct part *part)
{
	struct reading *reading = &looking->reading;
	enum group_kind kind;

	if (reading_enter(reading, &kind)) {
		read_alternatives(looking, part);
		reading_leave(reading);
	}
	reading->is_lost |= kind == GROUP_ANYTHING;
	return kind == GROUP_PLAIN;
}

static void
read_piece(struct looking *looking, struct part *part)
{
	struct reading *reading = &looking->reading;
	unsigned least, most;
	struct shape shape;

	*part = (struct part){ .sum = { .ends = 1 } };
	if (reading_peek(reading, 0) == '(') {
		if (!read_group(looking, part))
			*part = (struct part){ .sum = { .ends = 1 } };
	} else {
		pattern_shape(reading, &shape);
		part->sum.sets[0] = shape.single;
		if (!shape.may_be_empty)
			part->sum.ends = 2;
	}
	reading_quantifier(reading, &least, &most);
	if (least == 0)
		part->choice.count = 0;
	if (least != 1 || most != 1)
		repeat(&part->sum, least, most);
}

static void
read_sequence(struct looking *looking, struct part *whole)
{
	struct reading *reading = &looking->reading;
	struct vec parts;

	*whole = (struct part){ .sum = { .ends = 1 } };
	vec_init(&parts, looking->arena, sizeof(struct part));
	while (!reading->is_lost) {
		int c = reading_peek(reading, 0);
		struct part part;

		if (c < 0 || c == '|' || c == ')')
			break;
		read_piece(looking, &part);
		*(struct part *)vec_push(&parts) = part;
	}
	for (size_t i = parts.len; i > 0 && !reading->is_lost; i--) {
		struct part *part = vec_at(&parts, i - 1);
		struct choice window;

		follow(&part->sum, &whole->sum);
		whole->sum = part->sum;
		take_rarer(&whole->choice, &part->choice);
		window = window_of(looking->arena, &whole->sum);
		take_rarer(&whole->choice, &window);
	}
}

static void
read_alternatives(struct looking *looking, struct part *part)
{
	struct reading *reading = &looking->reading;
	struct choice window;

	read_sequence(looking, part);
	while (!reading->is_lost && reading_peek(reading, 0) == '|') {
		struct part other;

		reading->walk.at++;
		read_sequence(looking, &other);
		unite(&part->sum, &other.sum);
		join(looking->arena, &part->choice, &other.choice);
	}
	window = window_of(looking->arena, &part->sum);
	take_rarer(&part->choice, &window);
}

size_t
pattern_windows(struct arena *arena, struct str text,
    const struct pattern_window **windows_r)
{
	struct looking looking = { .reading = { .walk = { .text = text } } };
	size_t count = 0;
	struct part part;

	if (text.len > LONGEST)
		return 0;
	looking.arena = arena_new(0);
	read_alternatives(&looking, &part);
	if (!looking.reading.is_lost && looking.reading.walk.at >= text.len &&
	    part.choice.count != 0 && part.choice.share <= COMMONEST) {
		count = part.choice.count;
		*windows_r = arena_memdup(arena, part.choice.windows,
		    count * sizeof(**windows_r));
	}
	arena_free(&looking.arena);
	return count;
}
