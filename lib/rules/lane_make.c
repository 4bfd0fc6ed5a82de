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
/* Hyperscan takes patterns of 16,000 octets; of a list as long as this a weak form
 * is still a rare one. */
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

/* Of octets: one expression. */
static size_t
forms_of_octets(struct arena *arena, const struct pattern_source *source,
    struct lane_expression *forms)
{
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, source, false, &octets);

	set_octets(arena, source, is_made ? &octets : NULL, &forms[0]);
	return 1;
}

/* Of UTF-8: one for texts of any kind, and one for those of ASCII where it can
 * match any. */
static size_t
forms_of_utf(struct arena *arena, const struct pattern_source *source,
    struct lane_expression *forms)
{
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, source, false, &octets);

	if (is_made)
		set_utf(arena, &octets, REPEATS_MOST, &forms[0]);
	is_made = pattern_octets(arena, source, true, &octets);
	if (is_made && octets.is_impossible) {
		forms[0].group = LANE_WIDE;
		return 1;
	}
	if (is_made)
		set_utf(arena, &octets, REPEATS_OF_ASCII, &forms[1]);
	return 2;
}

/* --- parts ---------------------------------------------------------------- */

/* What a part will have. */
struct making {
	struct arena *arena;
	struct vec expressions[PART_COUNT];	/* struct lane_expression */
	struct vec numbers[PART_COUNT];		/* size_t */
};

static void
push(struct making *making, enum lane_part_kind kind,
    const struct lane_expression *expression, size_t number)
{
	*(struct lane_expression *)vec_push(&making->expressions[kind]) =
	    *expression;
	*(size_t *)vec_push(&making->numbers[kind]) = number;
}

/* Names side by side, and hardly a set: not letters in disguise, whose halves are
 * no quicker. */
static bool
is_list(struct str text)
{
	size_t bars = 0, sets = 0;

	for (size_t i = 0; i < text.len; i++) {
		bars += text.data[i] == '|';
		sets += text.data[i] == '[';
	}
	return bars > 4 * sets;
}

/* A list of hundreds is longer than Hyperscan takes it; its pieces are found as
 * other patterns are. */
static bool
is_long_list(const struct pattern_source *source, size_t longest)
{
	return source->text.len > longest &&
	    (source->flags & PATTERN_EXTENDED) == 0 && is_list(source->text);
}

static void
add(struct making *making, const struct pattern_source *source, size_t number,
    unsigned depth);

/* False: it cannot be taken apart. */
static bool
add_halves(struct making *making, const struct pattern_source *source,
    size_t number, unsigned depth)
{
	struct str halves[2];

	if (depth == SPLITS_MOST ||
	    !pattern_split(making->arena, source->text, halves))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(halves); i++)
		add(making, &(struct pattern_source){ halves[i],
		    source->flags }, number, depth + 1);
	return true;
}

static void
add(struct making *making, const struct pattern_source *source, size_t number,
    unsigned depth)
{
	bool is_utf = (source->flags & PATTERN_UTF) != 0;
	struct lane_expression forms[2] = { { .group = LANE_ANY },
		{ .group = LANE_ANY } };
	size_t count;

	if (is_long_list(source, 2 * LONGEST_PIECE) &&
	    add_halves(making, source, number, depth))
		return;
	count = (is_utf ? forms_of_utf : forms_of_octets)(making->arena,
	    source, forms);
	/* By windows it is found more quickly than by any form. */
	if (forms[0].window_count == 0 &&
	    is_long_list(source, LONGEST_PIECE) &&
	    add_halves(making, source, number, depth))
		return;
	forms[0].is_piece = forms[1].is_piece = depth > 0;
	push(making, is_utf ? PART_UTF : PART_OCTETS, &forms[0], number);
	if (count == 2)
		push(making, PART_ASCII, &forms[1], number);
}

void
lane_make_parts(struct lanes *lanes, struct lane *lane)
{
	struct making making = { .arena = lanes->arena };

	for (int kind = 0; kind < PART_COUNT; kind++) {
		vec_init(&making.expressions[kind], lanes->arena,
		    sizeof(struct lane_expression));
		vec_init(&making.numbers[kind], lanes->arena, sizeof(size_t));
	}
	for (size_t i = 0; i < lane->count; i++)
		add(&making, &lane->patterns[i].source, i, 0);
	for (int kind = 0; kind < PART_COUNT; kind++) {
		struct lane_part *part = &lane->parts[kind];

		part->expressions = making.expressions[kind].items;
		part->numbers = making.numbers[kind].items;
		part->count = making.numbers[kind].len;
		vec_init(&part->databases, lanes->arena,
		    sizeof(struct lane_database *));
		part->needs = lane_needs_new(lanes->arena, lane->patterns,
		    part->numbers, part->count, kind != PART_OCTETS);
		lane_part_settle(lanes, part);
	}
}
