/* SPDX-License-Identifier: ISC */
/* policies.c - what holds for addresses, kept as long as it is true.
 *
 * The addresses stand in two halves. What is new, and what is used again, goes
 * into the young one; when that has half of the room, the old one is dropped
 * whole, with its memory, and the young one is the old. So what is not used
 * goes after one or two of these turns, and nothing is searched for it.
 *
 * Most users differ from others of their class in nothing: an address keeps its
 * name and a pointer to a set of values, which each half has once.
 */
#include "directory/policies.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/effective.h"
#include "directory/inquiry.h"
#include "directory/policies_shared.h"
#include "mail/address.h"

/* An answer is asked for again after this: aliases expire without a change. */
#define FRESH_MS 60000

struct entry {
	struct policy policy;		/* its texts in the half's arena */
	struct policies_shared *shared;	/* a reference of the half's */
	int64_t generation, asked_ms;
};

struct half {
	struct arena *arena;		/* NULL: there is none */
	struct map *entries;		/* by address */
	struct map *shared;		/* struct policies_shared, by its key */
	size_t used;			/* entries ever put in */
};

struct policies {
	struct inquiry *inquiry;
	char delimiter;
	size_t half_count;
	int64_t stale_ms;
	pthread_mutex_t lock;		/* of all below */
	struct half young, old;
	struct policies_stats stats;
};

struct policies_query {
	struct policies *policies;
	struct arena *arena;
	struct str key;
	const struct policy *policy;	/* NULL: not found yet */
	struct inquiry_call *call;	/* NULL: nothing had to be asked */
};

/* --- halves ---------------------------------------------------------------- */

static struct half
new_half(void)
{
	struct arena *arena = arena_new(0);

	return (struct half){ arena, map_new(arena), map_new(arena), 0 };
}

static void
drop_half(struct half *half)
{
	size_t at = 0;
	struct str key;
	void *shared;

	if (half->arena == NULL)
		return;
	while (map_next(half->shared, &at, &key, &shared))
		policies_shared_unref(shared);
	arena_free(&half->arena);
}

/* The values of a key as the half has them; NULL: it has none. */
static struct policies_shared *
find_shared(const struct half *half, struct str key)
{
	return half->arena != NULL ? map_find(half->shared, key) : NULL;
}

/* Takes the reference. */
static void
keep_shared(struct half *half, struct policies_shared *shared)
{
	map_put(half->shared, shared->key, shared);
}

static struct policies_shared *
share(struct policies *policies, struct arena *scratch,
    const struct policy_effective *effective)
{
	struct str key = policies_shared_key(scratch, effective);
	struct policies_shared *shared = find_shared(&policies->young, key);

	if (shared != NULL)
		return shared;
	shared = find_shared(&policies->old, key);
	shared = shared != NULL ? policies_shared_ref(shared) :
	    policies_shared_new(key, effective);
	keep_shared(&policies->young, shared);
	return shared;
}

static struct policy
copy_policy(const struct policy *policy, struct arena *arena,
    const struct policies_shared *shared)
{
	struct policy copy = *policy;

	copy.address = str_copy(arena, policy->address);
	copy.domain = str_copy(arena, policy->domain);
	if (policy->class_name != NULL)
		copy.class_name = arena_strdup(arena, policy->class_name);
	copy.values = &shared->effective->values;
	return copy;
}

static struct entry *
put(struct policies *policies, struct str key, const struct entry *entry)
{
	struct half *young = &policies->young;
	struct entry *copy;

	if (young->used == policies->half_count) {
		drop_half(&policies->old);
		policies->old = *young;
		*young = new_half();
		keep_shared(young, policies_shared_ref(entry->shared));
	}
	copy = arena_memdup(young->arena, entry, sizeof(*entry));
	copy->policy = copy_policy(&entry->policy, young->arena,
	    entry->shared);
	map_put(young->entries, key, copy);
	young->used++;
	return copy;
}

/* What is found in the old half moves to the young one, while that has room:
 * making some would take away what was found. */
static const struct entry *
find(struct policies *policies, struct str key)
{
	struct half *young = &policies->young;
	struct entry *entry = map_find(young->entries, key);

	if (entry != NULL || policies->old.arena == NULL)
		return entry;
	entry = map_find(policies->old.entries, key);
	if (entry == NULL || young->used == policies->half_count)
		return entry;
	if (find_shared(young, entry->shared->key) == NULL)
		keep_shared(young, policies_shared_ref(entry->shared));
	return put(policies, key, entry);
}

/* --- is it true? ----------------------------------------------------------- */

static bool
is_heard_of(const struct policies *policies)
{
	int64_t seen_ms = inquiry_seen_ms(policies->inquiry);

	return seen_ms != 0 &&
	    clock_steady_ms() - seen_ms <= policies->stale_ms;
}

static bool
is_fresh(const struct policies *policies, const struct entry *entry)
{
	return entry->generation == inquiry_generation(policies->inquiry) &&
	    clock_steady_ms() - entry->asked_ms < FRESH_MS &&
	    is_heard_of(policies);
}

/* --- queries --------------------------------------------------------------- */

static void
answer(struct policies_query *query, const struct entry *entry)
{
	struct policy *policy = arena_alloc(query->arena, sizeof(*policy));

	*policy = copy_policy(&entry->policy, query->arena, entry->shared);
	arena_on_free(query->arena, policies_shared_unref,
	    policies_shared_ref(entry->shared));
	query->policy = policy;
}

static bool
answer_fresh(struct policies_query *query)
{
	struct policies *policies = query->policies;
	const struct entry *entry;

	pthread_mutex_lock(&policies->lock);
	policies->stats.asked++;
	entry = find(policies, query->key);
	if (entry != NULL && is_fresh(policies, entry)) {
		policies->stats.hits++;
		answer(query, entry);
	}
	pthread_mutex_unlock(&policies->lock);
	return query->policy != NULL;
}

/* The last answer, when there is no other. */
static bool
answer_stale(struct policies_query *query)
{
	struct policies *policies = query->policies;
	const struct entry *entry = NULL;

	pthread_mutex_lock(&policies->lock);
	if (is_heard_of(policies))
		entry = find(policies, query->key);
	if (entry != NULL) {
		policies->stats.stale++;
		answer(query, entry);
	}
	pthread_mutex_unlock(&policies->lock);
	return query->policy != NULL;
}

static void
remember(struct policies_query *query, const struct inquiry_answer *found)
{
	struct policies *policies = query->policies;
	struct entry entry = {
		.policy = *(const struct policy *)found->data,
		.generation = found->generation,
		.asked_ms = clock_steady_ms(),
	};

	pthread_mutex_lock(&policies->lock);
	entry.shared = share(policies, query->arena,
	    (const struct policy_effective *)entry.policy.values);
	answer(query, put(policies, query->key, &entry));
	pthread_mutex_unlock(&policies->lock);
}

static void
let_go(void *arg)
{
	struct policies_query *query = arg;

	inquiry_call_unref(&query->call);
}

struct policies_query *
policies_ask(struct policies *policies, struct arena *arena,
    const struct address *address, int64_t now_ms, int64_t deadline_ms,
    struct wait *wait)
{
	struct policies_query *query = arena_zalloc(arena, sizeof(*query));
	const char delimiter[] = { policies->delimiter, '\0' };
	char now[CLOCK_TEXT_SIZE];
	const char *words[3];

	query->policies = policies;
	query->arena = arena;
	query->key = address_canonical(arena, address, '\0');
	if (answer_fresh(query))
		return query;
	if (inquiry_degraded(policies->inquiry, arena) != NULL &&
	    answer_stale(query))
		return query;
	words[0] = query->key.data;
	words[1] = delimiter;
	words[2] = clock_format(now_ms, now);
	query->call = inquiry_ask(policies->inquiry, &effective_question,
	    words, deadline_ms, wait);
	arena_on_free(arena, let_go, query);
	return query;
}

enum policies_result
policies_look(struct policies_query *query, bool is_late,
    const struct policy **policy_r, const char **error_r)
{
	const struct inquiry_answer *found = NULL;

	if (query->policy == NULL)
		found = inquiry_call_answer(query->call);
	if (found != NULL && found->error == NULL)
		remember(query, found);
	else if (query->policy == NULL && found == NULL && !is_late)
		return POLICIES_WAIT;
	if (query->policy == NULL && !answer_stale(query)) {
		*error_r = found != NULL ? found->error :
		    "the directory is unavailable: no answer in time";
		return POLICIES_UNAVAILABLE;
	}
	*policy_r = query->policy;
	return POLICIES_FOUND;
}

/* --- the whole ------------------------------------------------------------- */

struct policies *
policies_new(struct inquiry *inquiry, char delimiter, size_t most_count,
    int64_t stale_ms)
{
	struct policies *policies = calloc(1, sizeof(*policies));

	if (policies == NULL)
		abort();
	policies->inquiry = inquiry;
	policies->delimiter = delimiter;
	policies->half_count = most_count / 2 != 0 ? most_count / 2 : 1;
	policies->stale_ms = stale_ms;
	policies->young = new_half();
	pthread_mutex_init(&policies->lock, NULL);
	return policies;
}

void
policies_free(struct policies **policies)
{
	struct policies *old = *policies;

	*policies = NULL;
	if (old == NULL)
		return;
	drop_half(&old->young);
	drop_half(&old->old);
	pthread_mutex_destroy(&old->lock);
	free(old);
}

void
policies_count(struct policies *policies, struct policies_stats *stats_r)
{
	pthread_mutex_lock(&policies->lock);
	*stats_r = policies->stats;
	stats_r->count = map_len(policies->young.entries);
	stats_r->shared = map_len(policies->young.shared);
	if (policies->old.arena != NULL) {
		stats_r->count += map_len(policies->old.entries);
		stats_r->shared += map_len(policies->old.shared);
	}
	pthread_mutex_unlock(&policies->lock);
}
