/* SPDX-License-Identifier: ISC */
/* pattern_starts.c - where in a text a long pattern may begin to match.
 *
 * PCRE2 knows the first octet that a pattern needs, at most. For a pattern of
 * hundreds of words this is nearly each letter, and at each it tries all of them.
 * Here the first four octets count: all that a match may begin with are in a
 * small table, by a hash.
 *
 * A piece is a list of beginnings, each of up to four sets of octets; of a
 * sequence every one of the first piece that is shorter has each of the next
 * piece behind it. Case is left out of account. */
#include "rules/pattern_starts.h"

#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern_shape.h"

#define LEN 4
#define TABLE_BITS 15
/* Longer patterns, more beginnings, and more entries are not looked at. */
#define LONGEST ((size_t)16 << 10)
#define BEGINNINGS_MOST 10000
#define ENTRIES_MOST 200000
/* A table that is fuller than one in so many says too little. */
#define SPARSE 8

struct pattern_starts {
	unsigned char fold[256];
	uint64_t bits[(1 << TABLE_BITS) / 64];
};

struct beginning {
	unsigned len;
	struct octets sets[LEN];
};

struct looking {
	struct reading reading;
	struct arena *arena;
};

/* --- lists of beginnings -------------------------------------------------- */

static void
list_init(struct looking *looking, struct vec *list)
{
	vec_init(list, looking->arena, sizeof(struct beginning));
}

static void
add(struct looking *looking, struct vec *list, const struct beginning *more)
{
	if (list->len >= BEGINNINGS_MOST)
		looking->reading.is_lost = true;
	else
		*(struct beginning *)vec_push(list) = *more;
}

static void
add_all(struct looking *looking, struct vec *list, const struct vec *more)
{
	for (size_t i = 0; i < more->len; i++)
		add(looking, list, vec_at(more, i));
}

static void
add_nothing(struct looking *looking, struct vec *list)
{
	const struct beginning nothing = { .len = 0 };

	add(looking, list, &nothing);
}

static void
add_joined(struct looking *looking, struct vec *list,
    const struct beginning *front, const struct vec *next)
{
	for (size_t i = 0; i < next->len && !looking->reading.is_lost; i++) {
		const struct beginning *behind = vec_at(next, i);
		struct beginning joined = *front;

		for (unsigned j = 0; j < behind->len && joined.len < LEN; j++)
			joined.sets[joined.len++] = behind->sets[j];
		add(looking, list, &joined);
	}
}

static bool
is_nothing(const struct vec *list)
{
	return list->len == 1 &&
	    ((const struct beginning *)vec_at(list, 0))->len == 0;
}

static void
follow(struct looking *looking, struct vec *list, const struct vec *next)
{
	struct vec front = *list;

	if (is_nothing(next))
		return;
	list_init(looking, list);
	for (size_t i = 0; i < front.len && !looking->reading.is_lost; i++) {
		const struct beginning *beginning = vec_at(&front, i);

		if (beginning->len == LEN)
			add(looking, list, beginning);
		else
			add_joined(looking, list, beginning, next);
	}
}

/* Those that may become longer. */
static struct vec
short_ones(struct looking *looking, const struct vec *list)
{
	struct vec some;

	list_init(looking, &some);
	for (size_t i = 0; i < list->len; i++) {
		const struct beginning *beginning = vec_at(list, i);

		if (beginning->len < LEN)
			add(looking, &some, beginning);
	}
	return some;
}

/* More than four times changes nothing that is not there by then. */
static void
repeat(struct looking *looking, struct vec *list, unsigned least,
    unsigned most)
{
	struct vec one = *list, more;

	list_init(looking, list);
	add_nothing(looking, list);
	for (unsigned i = 0; i < least && i < LEN; i++)
		follow(looking, list, &one);
	more = short_ones(looking, list);
	for (unsigned i = least; i < most && i < least + LEN; i++) {
		follow(looking, &more, &one);
		add_all(looking, list, &more);
		more = short_ones(looking, &more);
	}
}

/* --- reading -------------------------------------------------------------- */

static void
read_alternatives(struct looking *looking, struct vec *list);

static void
read_group(struct looking *looking, struct vec *list)
{
	struct reading *reading = &looking->reading;
	enum group_kind kind;

	if (reading_enter(reading, &kind)) {
		read_alternatives(looking, list);
		reading_leave(reading);
	}
	reading->is_lost |= kind == GROUP_ANYTHING;
	if (kind == GROUP_PLAIN)
		return;
	list_init(looking, list);
	add_nothing(looking, list);
}

static void
read_piece(struct looking *looking, struct vec *list)
{
	struct reading *reading = &looking->reading;
	unsigned least, most;
	struct shape shape;

	list_init(looking, list);
	if (reading_peek(reading, 0) == '(') {
		read_group(looking, list);
	} else {
		pattern_shape(reading, &shape);
		add(looking, list, &(struct beginning){
		    .len = shape.may_be_empty ? 0 : 1,
		    .sets = { shape.single } });
	}
	reading_quantifier(reading, &least, &most);
	if (!reading->is_lost && (least != 1 || most != 1))
		repeat(looking, list, least, most);
}

static bool
is_complete(const struct vec *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (((const struct beginning *)vec_at(list, i))->len < LEN)
			return false;
	return true;
}

static void
read_sequence(struct looking *looking, struct vec *list)
{
	struct reading *reading = &looking->reading;
	bool goes_on = true;

	list_init(looking, list);
	add_nothing(looking, list);
	while (!reading->is_lost) {
		int c = reading_peek(reading, 0);
		struct shape shape;
		struct vec piece;

		if (c < 0 || c == '|' || c == ')')
			return;
		goes_on = goes_on && !is_complete(list);
		if (goes_on) {
			read_piece(looking, &piece);
			follow(looking, list, &piece);
		} else {
			pattern_shape(reading, &shape);
		}
	}
}

static void
read_alternatives(struct looking *looking, struct vec *list)
{
	read_sequence(looking, list);
	while (!looking->reading.is_lost &&
	    reading_peek(&looking->reading, 0) == '|') {
		struct vec other;

		looking->reading.walk.at++;
		read_sequence(looking, &other);
		add_all(looking, list, &other);
	}
}

/* --- the table ------------------------------------------------------------ */

static inline unsigned
place_of(uint32_t octets)
{
	return (octets * UINT32_C(0x9e3779b1)) >> (32 - TABLE_BITS);
}

/* All that one beginning stands for; false: too many. */
static bool
enter(struct pattern_starts *starts, const struct beginning *beginning,
    unsigned *entries)
{
	unsigned char members[LEN][256];
	unsigned counts[LEN] = { 0 }, product = 1;

	for (unsigned i = 0; i < LEN; i++) {
		for (unsigned octet = 0; octet < 256; octet++)
			if (starts->fold[octet] == octet &&
			    octets_have(&beginning->sets[i], octet))
				members[i][counts[i]++] = (unsigned char)octet;
		if (counts[i] != 0 && product > ENTRIES_MOST / counts[i])
			return false;
		product *= counts[i];
	}
	*entries += product;
	for (unsigned n = 0; n < product; n++) {
		unsigned rest = n, place;
		uint32_t octets = 0;

		for (unsigned i = 0; i < LEN; i++) {
			octets = octets << 8 | members[i][rest % counts[i]];
			rest /= counts[i];
		}
		place = place_of(octets);
		starts->bits[place / 64] |= UINT64_C(1) << place % 64;
	}
	return *entries <= ENTRIES_MOST;
}

static bool
fill(struct pattern_starts *starts, const struct vec *list)
{
	unsigned entries = 0, used = 0;

	for (size_t i = 0; i < list->len; i++) {
		const struct beginning *beginning = vec_at(list, i);

		if (beginning->len < LEN ||
		    !enter(starts, beginning, &entries))
			return false;
	}
	for (size_t i = 0; i < (1 << TABLE_BITS) / 64; i++)
		used += (unsigned)__builtin_popcountll(starts->bits[i]);
	return used <= (1 << TABLE_BITS) / SPARSE;
}

struct pattern_starts *
pattern_starts_new(struct arena *arena, struct str text)
{
	struct looking looking = { .reading = { .walk = { .text = text } } };
	struct pattern_starts starts = { .fold = { 0 } }, *result = NULL;
	struct vec list;

	if (text.len > LONGEST)
		return NULL;
	for (unsigned i = 0; i < 256; i++)
		starts.fold[i] = (unsigned char)char_lower((char)i);
	looking.arena = arena_new(0);
	read_alternatives(&looking, &list);
	if (!looking.reading.is_lost && looking.reading.walk.at >= text.len &&
	    fill(&starts, &list))
		result = arena_memdup(arena, &starts, sizeof(starts));
	arena_free(&looking.arena);
	return result;
}

size_t
pattern_starts_find(const struct pattern_starts *starts, struct str text,
    size_t at)
{
	const unsigned char *data = (const unsigned char *)text.data;
	uint32_t octets = 0;

	if (text.len < LEN || at > text.len - LEN)
		return SIZE_MAX;
	for (unsigned i = 0; i < LEN - 1; i++)
		octets = octets << 8 | starts->fold[data[at + i]];
	for (; at <= text.len - LEN; at++) {
		unsigned place;

		octets = octets << 8 | starts->fold[data[at + LEN - 1]];
		place = place_of(octets);
		if ((starts->bits[place / 64] >> place % 64 & 1) != 0)
			return at;
	}
	return SIZE_MAX;
}
