/* SPDX-License-Identifier: ISC */
/* lane.c - many patterns that look at the same texts, in one pass. */
#include "rules/lane_private.h"

#include "base/arena.h"
#include "rules/lane_text.h"
#include "rules/pattern_octets.h"
#include "rules/pattern_perl.h"
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
/* So few of a text get no database: a rule set of few rules needs no cache. It
 * costs little: on 1 KB of text two of the stock patterns take 8 us by PCRE2 and
 * 2 us by a database; on a subject 0.6 and 0.4. Three on the Received fields of a
 * message already take 15 and 5. */
#define SMALL_PART 2

struct lane_scratch {
	struct lane_engine_scratch *engine;
	struct lane_marks marks;
	struct lane_seen seen;
	struct buf plain;
};

/* --- making --------------------------------------------------------------- */

struct lanes *
lanes_new(struct arena *arena)
{
	struct lanes *lanes = arena_zalloc(arena, sizeof(*lanes));

	lanes->arena = arena;
	vec_init(&lanes->lanes, arena, sizeof(struct lane *));
	return lanes;
}

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

/* A place for the pattern of this number. */
static struct lane_expression *
push_expression(struct lane_part *part, size_t number)
{
	struct lane_expression *expression = &part->expressions[part->count];

	part->numbers[part->count++] = number;
	*expression = (struct lane_expression){ .group = LANE_ANY };
	return expression;
}

static void
add_octets(struct arena *arena, struct lane *lane, size_t number)
{
	const struct pattern_source *source = &lane->patterns[number].source;
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, source, false, &octets);

	set_octets(arena, source, is_made ? &octets : NULL,
	    push_expression(&lane->parts[PART_OCTETS], number));
}

static void
add_utf(struct arena *arena, struct lane *lane, size_t number)
{
	const struct pattern_source *source = &lane->patterns[number].source;
	struct lane_expression *any = push_expression(&lane->parts[PART_UTF],
	    number);
	struct pattern_octets octets;
	bool is_made = pattern_octets(arena, source, false, &octets);

	if (is_made)
		set_utf(arena, &octets, REPEATS_MOST, any);
	is_made = pattern_octets(arena, source, true, &octets);
	if (is_made && octets.is_impossible) {
		any->group = LANE_WIDE;
		return;
	}
	any = push_expression(&lane->parts[PART_ASCII], number);
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

static void
make_parts(struct lanes *lanes, struct lane *lane)
{
	struct arena *arena = lanes->arena;
	size_t utf = 0;

	for (size_t i = 0; i < lane->count; i++)
		utf += (lane->patterns[i].source.flags & PATTERN_UTF) != 0;
	for (int kind = 0; kind < PART_COUNT; kind++)
		open_part(arena, &lane->parts[kind], kind == PART_OCTETS ?
		    lane->count - utf : utf);
	for (size_t i = 0; i < lane->count; i++)
		if ((lane->patterns[i].source.flags & PATTERN_UTF) != 0)
			add_utf(arena, lane, i);
		else
			add_octets(arena, lane, i);
	for (int kind = 0; kind < PART_COUNT; kind++) {
		struct lane_part *part = &lane->parts[kind];

		part->needs = lane_needs_new(arena, lane->patterns,
		    part->numbers, part->count, kind != PART_OCTETS);
		lane_part_settle(lanes, part);
	}
}

void
lane_part_settle(struct lanes *lanes, struct lane_part *part)
{
	if (part->alone == NULL)
		part->alone = arena_alloc(lanes->arena,
		    part->count * sizeof(size_t));
	part->alone_count = 0;
	part->windows = NULL;
	for (size_t i = 0; i < part->count; i++)
		if (part->expressions[i].way == LANE_ALONE)
			part->alone[part->alone_count++] = i;
}

void
lane_part_open_windows(struct lanes *lanes, struct lane_part *part)
{
	if (part->alone_count <= SMALL_PART)
		return;
	part->windows = lane_windows_new(lanes->arena);
	for (size_t i = 0; i < part->alone_count; i++) {
		const struct lane_expression *expression =
		    &part->expressions[part->alone[i]];

		lane_windows_add(part->windows, expression->windows,
		    expression->window_count);
	}
}

struct lane *
lanes_add(struct lanes *lanes, const struct lane_pattern *patterns,
    size_t count)
{
	struct lane *lane = arena_zalloc(lanes->arena, sizeof(*lane));

	lane->patterns = arena_memdup(lanes->arena, patterns,
	    count * sizeof(*patterns));
	lane->count = count;
	make_parts(lanes, lane);
	*(struct lane **)vec_push(&lanes->lanes) = lane;
	return lane;
}

void
lanes_each_part(const struct lanes *lanes,
    void (*function)(void *arg, struct lane_part *part), void *arg)
{
	for (size_t i = 0; i < lanes->lanes.len; i++) {
		struct lane *lane = *(struct lane **)vec_at(&lanes->lanes, i);

		for (int kind = 0; kind < PART_COUNT; kind++)
			if (lane->parts[kind].count > SMALL_PART)
				function(arg, &lane->parts[kind]);
	}
}

static size_t
bytes_of(const struct lane_part *part)
{
	size_t bytes = 0;

	for (size_t i = 0; i < part->databases.len; i++)
		bytes += lane_engine_bytes(*(struct lane_database **)vec_at(
		    &part->databases, i));
	return bytes;
}

static void
count_ways(const struct lane_part *part, struct lanes_facts *facts)
{
	for (size_t i = 0; i < part->count; i++) {
		facts->exact += part->expressions[i].way == LANE_EXACT;
		facts->prefiltered += part->expressions[i].way ==
		    LANE_CANDIDATE;
	}
	facts->alone += part->alone_count;
}

/* Patterns of UTF-8 count as they are to any text. */
struct lanes_facts
lanes_facts(const struct lanes *lanes)
{
	struct lanes_facts facts = { .bytes = 0 };

	for (size_t i = 0; i < lanes->lanes.len; i++) {
		struct lane *lane = *(struct lane **)vec_at(&lanes->lanes, i);

		for (int kind = 0; kind < PART_COUNT; kind++) {
			facts.bytes += bytes_of(&lane->parts[kind]);
			if (kind != PART_ASCII)
				count_ways(&lane->parts[kind], &facts);
		}
	}
	return facts;
}

static void
add_to_scratch(void *scratch, struct lane_part *part)
{
	for (size_t i = 0; i < part->databases.len; i++)
		lane_engine_scratch_add(scratch, *(struct lane_database **)
		    vec_at(&part->databases, i));
}

struct lane_scratch *
lane_scratch_new(const struct lanes *lanes, struct arena *arena)
{
	struct lane_scratch *scratch = arena_alloc(arena, sizeof(*scratch));

	scratch->engine = lane_engine_scratch_new(arena);
	buf_init(&scratch->plain, arena);
	lanes_each_part(lanes, add_to_scratch, scratch->engine);
	return scratch;
}

/* --- matching ------------------------------------------------------------- */

struct asking {
	const struct lane *lane;
	const struct lane_part *part;
	struct pattern_scratch *scratch;
	struct str text;
	void (*found)(void *arg, size_t number);
	void (*unknown)(void *arg, size_t number);
	void *arg;
};

static void
ask_pattern(const struct asking *asking, size_t i)
{
	size_t number = asking->part->numbers[i];

	if (asking->scratch == NULL) {
		asking->unknown(asking->arg, number);
		return;
	}
	switch (pattern_match(asking->lane->patterns[number].pattern,
	    asking->scratch, asking->text, NULL, NULL)) {
	case PATTERN_YES:
		asking->found(asking->arg, number);
		break;
	case PATTERN_LIMIT:
		asking->unknown(asking->arg, number);
		break;
	case PATTERN_NO:
		break;
	}
}

static void
on_candidate(void *arg, size_t i)
{
	const struct asking *asking = arg;

	if (asking->part->expressions[i].way == LANE_EXACT)
		asking->found(asking->arg, asking->part->numbers[i]);
	else
		ask_pattern(asking, i);
}

/* Of a text with strange letters: those that take them as they are. */
static void
on_strict(void *arg, size_t i)
{
	const struct asking *asking = arg;

	if (!asking->part->expressions[i].is_caseless)
		on_candidate(arg, i);
}

/* ... and those that take them for letters of ASCII. */
static void
on_caseless(void *arg, size_t i)
{
	const struct asking *asking = arg;

	if (asking->part->expressions[i].is_caseless)
		ask_pattern(asking, i);
}

static void
scan_databases(struct asking *asking, struct lane_scratch *scratch,
    struct str text, void (*found)(void *arg, size_t i))
{
	const struct vec *databases = &asking->part->databases;

	for (size_t i = 0; i < databases->len; i++)
		lane_engine_scan(*(struct lane_database **)vec_at(databases,
		    i), scratch->engine, text, found, asking);
}

static void
scan(struct asking *asking, struct lane_scratch *scratch, bool is_utf)
{
	struct str text = asking->text;

	if (!is_utf || !lane_text_is_strange(text)) {
		scan_databases(asking, scratch, text, on_candidate);
		return;
	}
	scan_databases(asking, scratch, text, on_strict);
	scan_databases(asking, scratch,
	    lane_text_plain(text, &scratch->plain), on_caseless);
}

static bool
may_match(const struct lane_part *part, size_t i,
    const struct lane_scratch *scratch)
{
	if (scratch->marks.is_open)
		return true;
	if (part->windows != NULL && !lane_windows_met(part->windows, i,
	    &scratch->seen))
		return false;
	return lane_needs_met(part->needs, part->alone[i], &scratch->marks);
}

/* Those that no database has. Of few, to look at the text takes longer than to
 * ask. */
static void
ask_alone(const struct asking *asking, struct lane_scratch *scratch)
{
	const struct lane_part *part = asking->part;
	bool has_marks = part->alone_count > SMALL_PART;

	if (has_marks)
		lane_needs_mark(part->needs, asking->text, &scratch->marks);
	if (has_marks && part->windows != NULL)
		lane_windows_look(part->windows, asking->text, &scratch->seen);
	for (size_t i = 0; i < part->alone_count; i++)
		if (!has_marks || may_match(part, i, scratch))
			ask_pattern(asking, part->alone[i]);
}

/* Those that have one, of a text that is too long for it. */
static void
ask_others(const struct asking *asking)
{
	for (size_t i = 0; i < asking->part->count; i++)
		if (asking->part->expressions[i].way != LANE_ALONE)
			ask_pattern(asking, i);
}

/* The part that reads this text of those that are of UTF-8. */
static enum lane_part_kind
utf_part_of(const struct lane *lane, struct str text)
{
	return lane->parts[PART_UTF].count != 0 && str_is_ascii(text) ?
	    PART_ASCII : PART_UTF;
}

void
lane_match(const struct lane *lane, struct lane_scratch *scratch,
    struct pattern_scratch *scratch_pcre, struct str text,
    void (*found)(void *arg, size_t number),
    void (*unknown)(void *arg, size_t number), void *arg)
{
	const enum lane_part_kind kinds[] = { PART_OCTETS,
		utf_part_of(lane, text) };
	struct asking asking = { .lane = lane, .scratch = scratch_pcre,
		.text = text, .found = found, .unknown = unknown, .arg = arg };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		asking.part = &lane->parts[kinds[i]];
		if (text.len > LANE_ENGINE_LONGEST)
			ask_others(&asking);
		else if (asking.part->databases.len != 0)
			scan(&asking, scratch, kinds[i] == PART_UTF);
		ask_alone(&asking, scratch);
	}
}
