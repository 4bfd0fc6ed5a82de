/* SPDX-License-Identifier: ISC */
/* map_answers.c - what Postfix has looked up lately, kept as long as it is true.
 *
 * The answers stand in two halves, as policies do (policies.c): what is new or
 * used again goes into the young one; when that has half of the room, the old
 * one is dropped whole and the young one is the old. What strangers make up
 * (names that nobody has) takes no more room than that.
 */
#include "directory/map_answers.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/inquiry.h"

/* An answer is asked for again after this: aliases expire without a change. */
#define FRESH_MS 60000
/* No key that can be found is longer: an address in quotes, each octet of its
 * local part behind a backslash. */
#define KEY_MAX 1024

struct entry {
	struct map_answer answer;
	int64_t generation, asked_ms;
};

struct half {
	struct arena *arena;		/* NULL: there is none */
	struct map *entries;		/* by "map key" */
};

struct map_answers {
	struct inquiry *inquiry;
	struct map_site site;
	struct map_answers_limits limits;
	struct half young, old;
	struct map_answers_stats stats;
};

struct map_query {
	struct map_answers *answers;
	struct arena *arena;
	struct str name;		/* "map key" */
	struct map_answer answer;
	bool is_answered;
	struct inquiry_call *call;	/* NULL: nothing had to be asked */
};

/* --- halves ---------------------------------------------------------------- */

static struct half
new_half(void)
{
	struct arena *arena = arena_new(0);

	return (struct half){ arena, map_new(arena) };
}

static const struct entry *
put(struct map_answers *answers, struct str name, const struct entry *entry)
{
	struct half *young = &answers->young;
	struct entry *copy;

	if (arena_size(young->arena) > answers->limits.most_bytes / 2) {
		arena_free(&answers->old.arena);
		answers->old = *young;
		*young = new_half();
	}
	copy = arena_memdup(young->arena, entry, sizeof(*entry));
	if (entry->answer.text != NULL)
		copy->answer.text = arena_strdup(young->arena,
		    entry->answer.text);
	map_put(young->entries, name, copy);
	return copy;
}

/* What is found in the old half moves to the young one. */
static const struct entry *
find(struct map_answers *answers, struct str name)
{
	const struct entry *entry = map_find(answers->young.entries, name);
	struct entry copy;

	if (entry != NULL || answers->old.arena == NULL)
		return entry;
	entry = map_find(answers->old.entries, name);
	if (entry == NULL || arena_size(answers->young.arena) >
	    answers->limits.most_bytes / 2)
		return entry;
	copy = *entry;
	return put(answers, name, &copy);
}

/* --- is it true? ----------------------------------------------------------- */

static bool
is_heard_of(const struct map_answers *answers)
{
	int64_t seen_ms = inquiry_seen_ms(answers->inquiry);

	return seen_ms != 0 &&
	    clock_steady_ms() - seen_ms <= answers->limits.stale_ms;
}

static bool
is_fresh(const struct map_answers *answers, const struct entry *entry)
{
	return entry->generation == inquiry_generation(answers->inquiry) &&
	    clock_steady_ms() - entry->asked_ms < FRESH_MS &&
	    is_heard_of(answers);
}

/* --- queries --------------------------------------------------------------- */

static void
answer(struct map_query *query, const struct map_answer *found)
{
	query->answer = *found;
	if (found->text != NULL)
		query->answer.text = arena_strdup(query->arena, found->text);
	query->is_answered = true;
}

static void
answer_fresh(struct map_query *query)
{
	struct map_answers *answers = query->answers;
	const struct entry *entry = find(answers, query->name);

	answers->stats.asked++;
	if (entry == NULL || !is_fresh(answers, entry))
		return;
	answers->stats.hits++;
	answer(query, &entry->answer);
}

/* The last answer, when there is no other. */
static void
answer_stale(struct map_query *query)
{
	struct map_answers *answers = query->answers;
	const struct entry *entry = NULL;

	if (is_heard_of(answers))
		entry = find(answers, query->name);
	if (entry == NULL)
		return;
	answers->stats.stale++;
	answer(query, &entry->answer);
}

static void
remember(struct map_query *query, const struct inquiry_answer *found)
{
	const struct entry entry = {
		.answer = *(const struct map_answer *)found->data,
		.generation = found->generation,
		.asked_ms = clock_steady_ms(),
	};

	answer(query, &put(query->answers, query->name, &entry)->answer);
}

static void
let_go(void *arg)
{
	struct map_query *query = arg;

	inquiry_call_unref(&query->call);
}

static void
ask_directory(struct map_query *query, const struct directory_map *map,
    struct str key, int64_t now_ms, int64_t deadline_ms, struct wait *wait)
{
	const struct map_site *site = &query->answers->site;
	const char delimiter[] = { site->delimiter, '\0' };
	char now[CLOCK_TEXT_SIZE];
	const char *words[MAP_WORDS] = {
		map->name, str_dup(query->arena, key), delimiter,
		site->postmaster != NULL ? site->postmaster : "",
		clock_format(now_ms, now),
	};

	query->call = inquiry_ask(query->answers->inquiry, &map_question,
	    words, deadline_ms, wait);
	arena_on_free(query->arena, let_go, query);
}

struct map_query *
map_answers_ask(struct map_answers *answers, struct arena *arena,
    const struct directory_map *map, struct str key, int64_t now_ms,
    int64_t deadline_ms, struct wait *wait)
{
	struct map_query *query = arena_zalloc(arena, sizeof(*query));
	struct str folded = str_lower(arena, key);

	query->answers = answers;
	query->arena = arena;
	if (key.len > KEY_MAX || str_find(key, '\0') >= 0) {
		query->is_answered = true;
		query->answer.result = MAP_NOT_FOUND;
		return query;
	}
	query->name = str_from(arena_printf(arena, "%s %.*s", map->name,
	    STR_ARG(folded)));
	answer_fresh(query);
	if (!query->is_answered &&
	    inquiry_degraded(answers->inquiry, arena) != NULL)
		answer_stale(query);
	if (!query->is_answered)
		ask_directory(query, map, folded, now_ms, deadline_ms, wait);
	return query;
}

enum map_state
map_answers_look(struct map_query *query, bool is_late,
    struct map_answer *answer_r, const char **error_r)
{
	const struct inquiry_answer *found = NULL;

	if (!query->is_answered)
		found = inquiry_call_answer(query->call);
	if (found != NULL && found->error == NULL)
		remember(query, found);
	else if (!query->is_answered && found == NULL && !is_late)
		return MAP_WAIT;
	if (!query->is_answered)
		answer_stale(query);
	if (!query->is_answered) {
		query->answers->stats.unavailable++;
		*error_r = found != NULL ? found->error :
		    "the directory is unavailable: no answer in time";
		return MAP_UNAVAILABLE;
	}
	*answer_r = query->answer;
	return MAP_READY;
}

/* --- the whole ------------------------------------------------------------- */

struct map_answers *
map_answers_new(struct inquiry *inquiry, const struct map_site *site,
    const struct map_answers_limits *limits)
{
	struct map_answers *answers = calloc(1, sizeof(*answers));

	if (answers == NULL)
		abort();
	answers->inquiry = inquiry;
	answers->site = *site;
	answers->limits = *limits;
	answers->young = new_half();
	return answers;
}

void
map_answers_free(struct map_answers **answers)
{
	struct map_answers *old = *answers;

	*answers = NULL;
	if (old == NULL)
		return;
	arena_free(&old->young.arena);
	arena_free(&old->old.arena);
	free(old);
}

void
map_answers_count(const struct map_answers *answers,
    struct map_answers_stats *stats_r)
{
	const struct half *halves[] = { &answers->young, &answers->old };

	*stats_r = answers->stats;
	for (size_t i = 0; i < 2; i++) {
		if (halves[i]->arena == NULL)
			continue;
		stats_r->count += map_len(halves[i]->entries);
		stats_r->bytes += arena_size(halves[i]->arena);
	}
}
