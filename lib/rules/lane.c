/* SPDX-License-Identifier: ISC */
/* lane.c - many patterns that look at the same texts, in one pass. */
#include "rules/lane_private.h"

#include "base/arena.h"
#include "rules/lane_text.h"

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
	struct vec given;	/* size_t: of patterns in pieces, those that the
				 * text at hand has brought up */
};

/* --- lanes ----------------------------------------------------------------- */

struct lanes *
lanes_new(struct arena *arena)
{
	struct lanes *lanes = arena_zalloc(arena, sizeof(*lanes));

	lanes->arena = arena;
	vec_init(&lanes->lanes, arena, sizeof(struct lane *));
	return lanes;
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
	lane_make_parts(lanes, lane);
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

/* A pattern in pieces counts as its first one. */
static void
count_ways(const struct lane_part *part, struct lanes_facts *facts)
{
	for (size_t i = 0; i < part->count; i++) {
		unsigned char way = part->expressions[i].way;

		if (i > 0 && part->numbers[i] == part->numbers[i - 1])
			continue;
		facts->exact += way == LANE_EXACT;
		facts->prefiltered += way == LANE_CANDIDATE;
		facts->alone += way == LANE_ALONE;
	}
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
	vec_init(&scratch->given, arena, sizeof(size_t));
	lanes_each_part(lanes, add_to_scratch, scratch->engine);
	return scratch;
}

/* --- matching ------------------------------------------------------------- */

struct asking {
	const struct lane *lane;
	const struct lane_part *part;
	struct pattern_scratch *scratch;
	struct vec *given;
	struct str text;
	void (*found)(void *arg, size_t number);
	void (*unknown)(void *arg, size_t number);
	void *arg;
};

/* Of a pattern in pieces the first one answers for all. */
static bool
is_first(const struct asking *asking, size_t i)
{
	size_t number = asking->part->numbers[i];

	if (!asking->part->expressions[i].is_piece)
		return true;
	for (size_t j = 0; j < asking->given->len; j++)
		if (*(size_t *)vec_at(asking->given, j) == number)
			return false;
	*(size_t *)vec_push(asking->given) = number;
	return true;
}

static void
ask_pattern(const struct asking *asking, size_t i)
{
	size_t number = asking->part->numbers[i];

	if (!is_first(asking, i))
		return;
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

	if (asking->part->expressions[i].way != LANE_EXACT)
		ask_pattern(asking, i);
	else if (is_first(asking, i))
		asking->found(asking->arg, asking->part->numbers[i]);
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
		.given = &scratch->given, .text = text, .found = found, .unknown = unknown, .arg = arg };

	scratch->given.len = 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		asking.part = &lane->parts[kinds[i]];
		if (text.len > LANE_ENGINE_LONGEST)
			ask_others(&asking);
		else if (asking.part->databases.len != 0)
			scan(&asking, scratch, kinds[i] == PART_UTF);
		ask_alone(&asking, scratch);
	}
}
