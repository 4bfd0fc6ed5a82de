/* SPDX-License-Identifier: ISC */
/* lane_make.c - the forms in which the engine gets the patterns of a lane. */
#include "rules/lane_private.h"

#include "base/arena.h"
#include "rules/pattern_octets.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_split.h"
#include "rules/pattern_tail.h"
#include "rules/pattern_weaken.h"
#include "rules/pattern_window.h"

/* Longer patterns of octets are letters in disguise as a rule: as they stand they
 * cost Hyperscan seconds and megabytes each, and a weak form of them serves. */
#define LONGEST_OCTETS 400
/* Plain forms of so many pieces, and patterns whose repeats are so many more,
 * cost more time than PCRE2 ever takes to confirm what is weaker. */
#define PIECES_MOST 2000
#define REPEATS_MOST 60
#define REPEATS_OF_ASCII 300
/* Hyperscan takes patterns of 16,000 octets at most; a weak form of one may be
 * longer than the pattern. */
#define LONGEST_PIECE 8000
#define SPLITS_MOST 10

/* --- forms ---------------------------------------------------------------- */

static const char *
weak_form(struct arena *arena, struct str text)
{
	struct str weak;

	return pattern_weaken(arena, text, &weak) ? weak.data : NULL;
}

/* To look for windows costs far less than a weak form does. */
static void
set_weak(struct arena *arena, struct str text,
    struct lane_expression *expression)
{
	expression->window_count = pattern_windows(arena, text,
	    &expression->windows);
	if (expression->window_count == 0)
		expression->weak = weak_form(arena, text);
	else
		expression->group = LANE_WINDOWS;
}

/* What begins as most texts do is found by its end. */
static void
set_plain(struct str text, struct lane_expression *expression)
{
	struct str tail;

	expression->plain = text.data;
	if (!pattern_tail(text, &tail))
		return;
	expression->exact = NULL;
	expression->plain = tail.data;
}

/* Patterns of UTF-8 are matched as octets, for the database's sake. */
static void
set_utf(struct arena *arena, const struct pattern_octets *octets,
    uint64_t repeats_most, struct lane_expression *expression)
{
	expression->flags = octets->flags;
	if (octets->is_exact && octets->repeats <= repeats_most)
		expression->exact = octets->text.data;
	if (octets->pieces <= PIECES_MOST)
		set_plain(octets->text, expression);
	set_weak(arena, octets->text, expression);
	expression->is_caseless = octets->is_caseless;
}

/* octets NULL: the pattern has none. */
static void
set_octets(struct arena *arena, const struct pattern_source *source,
    const struct pattern_octets *octets, struct lane_expression *expression)
{
	bool is_long = source->text.len > LONGEST_OCTETS, is_approximate;
	struct str text;

	expression->flags = octets != NULL ? octets->flags : source->flags;
	if (!pattern_perl_for_lane(arena, source, &text, &is_approximate))
		return;
	if (!is_long && !is_approximate &&
	    (octets == NULL || octets->repeats <= REPEATS_MOST))
		expression->exact = text.data;
	if ((source->flags & PATTERN_EXTENDED) == 0)
		set_weak(arena, text, expression);
	if (is_long && (expression->weak != NULL ||
	    expression->window_count != 0))
		return;
	if (octets == NULL)
		expression->plain = text.data;
	else if (octets->pieces <= PIECES_MOST)
		expression->plain = octets->text.data;
}

/* --- in pieces ------------------------------------------------------------ */

struct piece {
	struct pattern_source source;
	size_t number;			/* of the pattern */
	bool is_part;			/* it has others */
};

/* Lists of hundreds of names are longer than Hyperscan takes them. */
static void
add_pieces(struct arena *arena, struct piece piece, unsigned depth,
    struct vec *pieces)
{
	struct str halves[2];

	if (piece.source.text.len <= LONGEST_PIECE || depth == SPLITS_MOST ||
	    (piece.source.flags & PATTERN_EXTENDED) != 0 ||
	    !pattern_split(arena, piece.source.text, halves)) {
		*(struct piece *)vec_push(pieces) = piece;
		return;
	}
	piece.is_part = true;
	for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
		piece.source.text = halves[i];
		add_pieces(arena, piece, depth + 1, pieces);
	}
}

static struct lane_expression *
push_expression(struct lane_part *part, const struct piece *piece)
{
	struct lane_expression *expression = &part->expressions[part->count];

	part->numbers[part->count++] = piece->number;
	*expression = (struct lane_expression){ .group = LANE_ANY,
		.is_piece = piece->is_part };
	return expression;
}

static void
add_octets(struct arena *arena, struct lane *lane, const struct piece *piece)
{
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, &piece->source, false, &octets);

	set_octets(arena, &piece->source, is_made ? &octets : NULL,
	    push_expression(&lane->parts[PART_OCTETS], piece));
}

static void
add_utf(struct arena *arena, struct lane *lane, const struct piece *piece)
{
	struct lane_expression *any = push_expression(&lane->parts[PART_UTF],
	    piece);
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, &piece->source, false, &octets);

	if (is_made)
		set_utf(arena, &octets, REPEATS_MOST, any);
	is_made = pattern_octets(arena, &piece->source, true, &octets);
	if (is_made && octets.is_impossible) {
		any->group = LANE_WIDE;
		return;
	}
	any = push_expression(&lane->parts[PART_ASCII], piece);
	if (is_made)
		set_utf(arena, &octets, REPEATS_OF_ASCII, any);
}

static void
open_part(struct arena *arena, struct lane_part *part, size_t most)
{
	part->expressions = arena_alloc(arena,
	    most * sizeof(*part->expressions));
	part->numbers = arena_alloc(arena, most * sizeof(size_t));
	vec_init(&part->databases, arena, sizeof(struct lane_database *));
}

static bool
is_utf(const struct piece *piece)
{
	return (piece->source.flags & PATTERN_UTF) != 0;
}

static void
open_parts(struct arena *arena, struct lane *lane, const struct vec *pieces)
{
	size_t utf = 0;

	for (size_t i = 0; i < pieces->len; i++)
		utf += is_utf(vec_at(pieces, i));
	for (int kind = 0; kind < PART_COUNT; kind++)
		open_part(arena, &lane->parts[kind], kind == PART_OCTETS ?
		    pieces->len - utf : utf);
}

void
lane_make_parts(struct lanes *lanes, struct lane *lane)
{
	struct arena *arena = lanes->arena;
	struct vec pieces;

	vec_init(&pieces, arena, sizeof(struct piece));
	for (size_t i = 0; i < lane->count; i++)
		add_pieces(arena, (struct piece){ lane->patterns[i].source, i,
		    false }, 0, &pieces);
	open_parts(arena, lane, &pieces);
	for (size_t i = 0; i < pieces.len; i++) {
		const struct piece *piece = vec_at(&pieces, i);

		if (is_utf(piece))
			add_utf(arena, lane, piece);
		else
			add_octets(arena, lane, piece);
	}
	for (int kind = 0; kind < PART_COUNT; kind++) {
		struct lane_part *part = &lane->parts[kind];

		part->needs = lane_needs_new(arena, lane->patterns,
		    part->numbers, part->count, kind != PART_OCTETS);
		lane_part_settle(lanes, part);
	}
}
