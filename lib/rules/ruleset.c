/* SPDX-License-Identifier: ISC */
/* ruleset.c - a rule set from its draft to its end. */
#include "rules/ruleset_private.h"

#include "base/arena.h"
#include "base/map.h"
#include "rules/phrases.h"
#include "rules/expr.h"
#include "rules/places.h"
#include "rules/scratch.h"

const struct ruleset_options ruleset_default_options = {
	.score_set = 0,
	.match_limit = 100000,
	.max_text = 1 << 20,
};

static const char *const state_words[] = {
	[LANES_READY] = "all patterns at once",
	[LANES_COMPILING] = "one by one until all patterns are compiled",
	[LANES_WITHOUT] = "one by one, without Hyperscan",
	[LANES_FAILED] = "one by one, as the cache cannot be used",
};

/* Places get their lanes, and their patterns numbers among all. */
static void
add_lanes(struct ruleset *ruleset)
{
	ruleset->lanes = lanes_new(ruleset->arena);
	vec_init(&ruleset->lanes_of_places, ruleset->arena,
	    sizeof(struct ruleset_lane));
	for (uint32_t i = 0; i < ruleset->of_places.len; i++) {
		struct ruleset_place *place = vec_at(&ruleset->of_places, i);
		const struct vec *patterns = &place->patterns;

		place->first = ruleset->pattern_count;
		ruleset->pattern_count += patterns->len;
		if (patterns->len > 0)
			*(struct ruleset_lane *)vec_push(
			    &ruleset->lanes_of_places) = (struct ruleset_lane){
				i, (uint32_t)place->first,
				lanes_add(ruleset->lanes, patterns->items,
				    patterns->len) };
	}
}

/* What is looked for by number when a message is judged. */
static void
number_patterns(struct ruleset *ruleset)
{
	size_t number = 0;

	ruleset->patterns = arena_alloc(ruleset->arena,
	    ruleset->pattern_count * sizeof(*ruleset->patterns));
	for (size_t i = 0; i < ruleset->of_places.len; i++) {
		const struct vec *patterns = &((struct ruleset_place *)vec_at(
		    &ruleset->of_places, i))->patterns;

		for (size_t p = 0; p < patterns->len; p++)
			ruleset->patterns[number++] = ((struct lane_pattern *)
			    vec_at(patterns, p))->pattern;
	}
}

static void
number_pattern(struct ruleset *ruleset, struct ruleset_rule *rule)
{
	const struct ruleset_place *place = vec_at(&ruleset->of_places,
	    rule->place);

	rule->pattern += (uint32_t)place->first;
	if (rule->is_dear)
		ruleset->dear[rule->pattern / 64] |= UINT64_C(1) <<
		    rule->pattern % 64;
}

static void
number_rules(struct ruleset *ruleset)
{
	ruleset->shown = arena_zalloc(ruleset->arena,
	    ruleset_words(ruleset) * sizeof(*ruleset->shown));
	ruleset->dear = arena_zalloc(ruleset->arena,
	    (ruleset->pattern_count / 64 + 1) * sizeof(*ruleset->dear));
	for (size_t i = 0; i < ruleset->draft->rules.len; i++) {
		struct ruleset_rule *rule = &ruleset->rules[i];

		if (rule->kind == RULESET_OUT)
			continue;
		if (rule->kind == RULESET_PATTERN)
			number_pattern(ruleset, rule);
		if (!rule->is_inner)
			ruleset->shown[i / 64] |= UINT64_C(1) << i % 64;
		ruleset->count++;
	}
}

/* What a name in an expression is called from here on. */
static uint32_t
number_of_name(void *arg, uint32_t number)
{
	const struct ruleset_rule *rule = arg;
	const struct ruleset_name *name = &rule->names->names[number];

	if (name->count != 1 || name->constant < 0 || name->constant > 0)
		return RULESET_SUM | number;
	return rule->names->refs[name->first];
}

/* Names became rules, and rules that are needed patterns. */
static void
number_metas(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->draft->rules.len; i++) {
		struct ruleset_rule *rule = &ruleset->rules[i];

		if (rule->kind != RULESET_META)
			continue;
		expr_rename(rule->expr, number_of_name, rule);
		for (uint32_t n = 0; n < rule->need_count; n++)
			rule->needs[n] =
			    ruleset->rules[rule->needs[n]].pattern;
	}
}

static void
load_lanes(struct ruleset *ruleset)
{
	const char *error = NULL;

	ruleset->state = LANES_COMPILING;
	if (ruleset->options.cache_directory != NULL)
		ruleset->state = lanes_load(ruleset->lanes,
		    ruleset->options.cache_directory, &error);
	ruleset->words = state_words[ruleset->state];
	if (error != NULL)
		ruleset->words = arena_printf(ruleset->arena, "%s: %s",
		    ruleset->words, error);
}

static struct ruleset_rule *
rules_new(struct ruleset *ruleset)
{
	size_t size = ruleset->draft->rules.len * sizeof(struct ruleset_rule);
	char *memory = arena_zalloc(ruleset->arena, size + RULESET_LINE);
	size_t beyond = (uintptr_t)memory % RULESET_LINE;

	return (struct ruleset_rule *)(void *)(memory + RULESET_LINE - beyond);
}

static void
load(struct ruleset *ruleset)
{
	struct ruleset_load load = { .ruleset = ruleset,
		.arena = ruleset->arena, .draft = ruleset->draft };

	load.patterns = map_new(ruleset->arena);
	buf_init(&load.key, ruleset->arena);
	load.scratch = pattern_scratch_new(ruleset->arena,
	    ruleset->options.match_limit);
	load.book = phrase_book_new(ruleset->arena);
	ruleset->places = places_new(ruleset->arena);
	vec_init(&ruleset->of_places, ruleset->arena,
	    sizeof(struct ruleset_place));
	ruleset->rules = rules_new(ruleset);
	ruleset_load_rules(&load);
	ruleset_load_metas(&load);
}

struct ruleset *
ruleset_new(struct arena **arena, struct draft *draft,
    const struct ruleset_options *options)
{
	struct ruleset *ruleset = arena_zalloc(*arena, sizeof(*ruleset));

	ruleset->arena = *arena;
	ruleset->draft = draft;
	ruleset->options = *options;
	if (options->cache_directory != NULL)
		ruleset->options.cache_directory = arena_strdup(*arena,
		    options->cache_directory);
	atomic_init(&ruleset->references, 1);
	*arena = NULL;
	load(ruleset);
	add_lanes(ruleset);
	number_patterns(ruleset);
	number_rules(ruleset);
	number_metas(ruleset);
	ruleset_load_counts(ruleset);
	ruleset_load_wakes(ruleset);
	load_lanes(ruleset);
	ruleset->scratches = scratch_pool_new(ruleset->arena, ruleset->lanes,
	    options->match_limit);
	return ruleset;
}

struct ruleset *
ruleset_ref(struct ruleset *ruleset)
{
	atomic_fetch_add(&ruleset->references, 1);
	return ruleset;
}

void
ruleset_unref(struct ruleset **ruleset)
{
	struct ruleset *old = *ruleset;
	struct arena *arena;

	*ruleset = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) > 1)
		return;
	arena = old->arena;
	arena_free(&arena);
}

const struct draft *
ruleset_draft(const struct ruleset *ruleset)
{
	return ruleset->draft;
}

size_t
ruleset_count(const struct ruleset *ruleset)
{
	return ruleset->count;
}

bool
ruleset_has(const struct ruleset *ruleset, const struct draft_rule *rule)
{
	return ruleset->rules[rule->at].kind != RULESET_OUT;
}

double
ruleset_score(const struct ruleset *ruleset, const struct draft_rule *rule)
{
	return ruleset->rules[rule->at].score;
}

bool
ruleset_has_cache(const struct ruleset *ruleset)
{
	return ruleset->options.cache_directory != NULL;
}

struct lanes *
ruleset_lanes(const struct ruleset *ruleset)
{
	return ruleset->lanes;
}

enum lanes_state
ruleset_state(const struct ruleset *ruleset, const char **words_r)
{
	*words_r = ruleset->words;
	return ruleset->state;
}
