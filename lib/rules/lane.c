/* SPDX-License-Identifier: ISC */
/* lane.c - many patterns that look at the same texts, in one pass. */
#include "rules/lane_private.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_weaken.h"

/* Longer patterns cost Hyperscan seconds and megabytes each: a weak form of them
 * serves. */
#define LONGEST_EXPRESSION 400
/* Of so few, PCRE2 is asked one by one in the time of a scan. */
#define SMALL_PART 4

struct lane_scratch {
	struct lane_engine_scratch *engine;
	struct lane_marks marks;
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

static enum lane_part_kind
part_of(const struct pattern_source *source)
{
	return (source->flags & PATTERN_UTF) != 0 ? PART_UTF : PART_OCTETS;
}

static void
set_expression(struct arena *arena, const struct pattern_source *source,
    struct lane_expression *expression)
{
	struct str text, weak;
	bool is_weak;

	expression->flags = source->flags;
	if (!pattern_perl_for_lane(arena, source, &text,
	    &expression->is_approximate))
		return;
	is_weak = (source->flags & (PATTERN_UTF | PATTERN_EXTENDED)) == 0 &&
	    pattern_weaken(arena, text, &weak);
	if (source->text.len <= LONGEST_EXPRESSION)
		expression->text = text.data;
	if (is_weak)
		expression->weak = weak.data;
}

static void
make_part(struct lanes *lanes, struct lane *lane, enum lane_part_kind kind)
{
	struct lane_part *part = &lane->parts[kind];
	struct arena *arena = lanes->arena;

	for (size_t i = 0; i < lane->count; i++)
		part->count += part_of(&lane->patterns[i].source) == kind;
	part->expressions = arena_zalloc(arena,
	    part->count * sizeof(*part->expressions));
	part->numbers = arena_alloc(arena, part->count * sizeof(size_t));
	part->count = 0;
	for (size_t i = 0; i < lane->count; i++) {
		const struct pattern_source *source =
		    &lane->patterns[i].source;

		if (part_of(source) != kind)
			continue;
		part->numbers[part->count] = i;
		set_expression(arena, source,
		    &part->expressions[part->count++]);
	}
	vec_init(&part->databases, arena, sizeof(struct lane_database *));
	part->needs = lane_needs_new(arena, lane->patterns, part->numbers,
	    part->count, kind == PART_UTF);
	lane_part_settle(lanes, part);
}

void
lane_part_settle(struct lanes *lanes, struct lane_part *part)
{
	if (part->alone == NULL)
		part->alone = arena_alloc(lanes->arena,
		    part->count * sizeof(size_t));
	part->alone_count = 0;
	for (size_t i = 0; i < part->count; i++)
		if (part->expressions[i].way == LANE_ALONE)
			part->alone[part->alone_count++] = i;
}

struct lane *
lanes_add(struct lanes *lanes, const struct lane_pattern *patterns,
    size_t count)
{
	struct lane *lane = arena_zalloc(lanes->arena, sizeof(*lane));

	lane->patterns = arena_memdup(lanes->arena, patterns,
	    count * sizeof(*patterns));
	lane->count = count;
	for (int kind = 0; kind < PART_COUNT; kind++)
		make_part(lanes, lane, (enum lane_part_kind)kind);
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

struct lanes_facts
lanes_facts(const struct lanes *lanes)
{
	struct lanes_facts facts = { .bytes = 0 };

	for (size_t i = 0; i < PART_COUNT * lanes->lanes.len; i++) {
		struct lane *lane = *(struct lane **)vec_at(&lanes->lanes,
		    i / PART_COUNT);
		const struct lane_part *part = &lane->parts[i % PART_COUNT];

		for (size_t j = 0; j < part->databases.len; j++)
			facts.bytes += lane_engine_bytes(*(struct lane_database
			    **)vec_at(&part->databases, j));
		for (size_t j = 0; j < part->count; j++) {
			facts.exact += part->expressions[j].way == LANE_EXACT;
			facts.prefiltered += part->expressions[j].way ==
			    LANE_CANDIDATE;
		}
		facts.alone += part->alone_count;
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
	void (*limit)(void *arg, size_t number);
	void *arg;
};

static void
ask_pattern(const struct asking *asking, size_t i)
{
	size_t number = asking->part->numbers[i];

	switch (pattern_match(asking->lane->patterns[number].pattern,
	    asking->scratch, asking->text, NULL, NULL)) {
	case PATTERN_YES:
		asking->found(asking->arg, number);
		break;
	case PATTERN_LIMIT:
		asking->limit(asking->arg, number);
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

static bool
is_utf8(struct str text)
{
	while (text.len > 0) {
		uint64_t eight;
		size_t len;

		if (text.len >= sizeof(eight)) {
			memcpy(&eight, text.data, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				text = str_from_pos(text, sizeof(eight));
				continue;
			}
		}
		len = utf8_char_len(text);
		if (len == 0)
			return false;
		text = str_from_pos(text, len);
	}
	return true;
}

/* False: it is not known what matches, and nothing was said. */
static bool
scan(struct asking *asking, struct lane_scratch *scratch, bool is_utf)
{
	const struct vec *databases = &asking->part->databases;

	if (databases->len == 0 || asking->text.len > LANE_ENGINE_LONGEST ||
	    (is_utf && !is_utf8(asking->text)))
		return false;
	for (size_t i = 0; i < databases->len; i++)
		lane_engine_scan(*(struct lane_database **)vec_at(databases,
		    i), scratch->engine, asking->text, on_candidate, asking);
	return true;
}

/* Of few, to look at the text takes longer than to ask. */
static void
ask_part(const struct asking *asking, struct lane_marks *marks, bool is_scanned)
{
	const struct lane_part *part = asking->part;
	size_t count = is_scanned ? part->alone_count : part->count;
	bool has_marks = count > SMALL_PART;

	if (has_marks)
		lane_needs_mark(part->needs, asking->text, marks);
	for (size_t i = 0; i < count; i++) {
		size_t place = is_scanned ? part->alone[i] : i;

		if (!has_marks || lane_needs_met(part->needs, place, marks))
			ask_pattern(asking, place);
	}
}

void
lane_match(const struct lane *lane, struct lane_scratch *scratch,
    struct pattern_scratch *scratch_pcre, struct str text,
    void (*found)(void *arg, size_t number),
    void (*limit)(void *arg, size_t number), void *arg)
{
	struct asking asking = { .lane = lane, .scratch = scratch_pcre,
		.text = text, .found = found, .limit = limit, .arg = arg };

	for (int kind = 0; kind < PART_COUNT; kind++) {
		asking.part = &lane->parts[kind];
		if (asking.part->count != 0)
			ask_part(&asking, &scratch->marks,
			    scan(&asking, scratch, kind == PART_UTF));
	}
}
