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
#include "base/hash.h"
#include "base/map.h"
#include "directory/effective.h"
#include "directory/inquiry.h"
#include "directory/policies_shared.h"
#include "mail/address.h"

/* An answer is asked for again after this: aliases expire without a change. */
#define FRESH_MS 60000
/* The young half turns when its entries were written so often each. */
#define REWRITES 4

struct entry {
	struct str key;			/* the address that was asked for */
	struct policy policy;		/* its texts in the half's arena */
	struct policies_shared *shared;	/* a reference of the half's */
	int64_t generation, asked_ms;
	struct entry *next;		/* in its bucket */
};

/* Buckets of its own, not a map: of these there may be a million. */
struct half {
	struct arena *arena;		/* NULL: there is none */
	struct entry **buckets;
	struct map *shared;		/* struct policies_shared, by its key */
	size_t count, written;		/* entries; and how often any was */
};

struct policies {
	struct inquiry *inquiry;
	char delimiter;
	size_t half_count, bucket_count;	/* the latter a power of two */
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
new_half(const struct policies *policies)
{
	struct arena *arena = arena_new(0);
	struct entry **buckets = calloc(policies->bucket_count,
	    sizeof(*buckets));

	if (buckets == NULL)
		abort();
	return (struct half){ arena, buckets, map_new(arena), 0, 0 };
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
	free(half->buckets);
	arena_free(&half->arena);
}

static struct entry **
bucket_of(const struct policies *policies, const struct half *half,
    struct str key)
{
	return &half->buckets[hash_bytes(key.data, key.len) &
	    (policies->bucket_count - 1)];
}

static struct entry *
find_in(const struct policies *policies, const struct half *half,
    struct str key)
{
	struct entry *entry = NULL;

	if (half->arena != NULL)
		entry = *bucket_of(policies, half, key);
	while (entry != NULL && !str_eq(entry->key, key))
		entry = entry->next;
	return entry;
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
    const struct policy *policy)
{
	struct str key = policies_shared_key(scratch, policy);
	struct policies_shared *shared = find_shared(&policies->young, key);

	if (shared != NULL)
		return shared;
	shared = find_shared(&policies->old, key);
	shared = shared != NULL ? policies_shared_ref(shared) :
	    policies_shared_new(key, policy);
	keep_shared(&policies->young, shared);
	return shared;
}

/* Most addresses are what was asked for, and their domain stands at their end:
 * each text is there once. */
static struct policy
copy_policy(const struct policy *policy, struct arena *arena, struct str key,
    const struct policies_shared *shared)
{
	struct policy copy = *policy;

	copy.address = str_eq(key, policy->address) ? key :
	    str_copy(arena, policy->address);
	copy.domain = str_has_suffix_nocase(copy.address, policy->domain) ?
	    str_from_pos(copy.address, copy.address.len -
	    policy->domain.len) : str_copy(arena, policy->domain);
	copy.class_name = shared->class_name;
	copy.values = &shared->effective->values;
	return copy;
}

static void
turn(struct policies *policies, struct policies_shared *shared)
{
	drop_half(&policies->old);
	policies->old = policies->young;
	policies->young = new_half(policies);
	keep_shared(&policies->young, policies_shared_ref(shared));
}

/* A new one of this key in the young half. */
static struct entry *
make_entry(struct policies *policies, struct str key)
{
	struct half *young = &policies->young;
	struct entry **bucket = bucket_of(policies, young, key);
	struct entry *entry = arena_zalloc(young->arena, sizeof(*entry));

	entry->key = str_copy(young->arena, key);
	entry->next = *bucket;
	*bucket = entry;
	young->count++;
	return entry;
}

/* What entries had before they were written anew takes room too. */
static bool
has_room(const struct policies *policies)
{
	return policies->young.count < policies->half_count &&
	    policies->young.written < REWRITES * policies->half_count;
}

static struct entry *
put(struct policies *policies, struct str key, const struct entry *from)
{
	struct half *young = &policies->young;
	struct entry *entry;

	if (!has_room(policies))
		turn(policies, from->shared);
	entry = find_in(policies, young, key);
	if (entry == NULL)
		entry = make_entry(policies, key);
	young->written++;
	entry->policy = copy_policy(&from->policy, young->arena, entry->key,
	    from->shared);
	entry->shared = from->shared;
	entry->generation = from->generation;
	entry->asked_ms = from->asked_ms;
	return entry;
}

/* What is found in the old half moves to the young one, while that has room:
 * making some would take away what was found. */
static const struct entry *
find(struct policies *policies, struct str key)
{
	struct half *young = &policies->young;
	struct entry *entry = find_in(policies, young, key);

	if (entry != NULL)
		return entry;
	entry = find_in(policies, &policies->old, key);
	if (entry == NULL || !has_room(policies))
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

	*policy = copy_policy(&entry->policy, query->arena, query->key,
	    entry->shared);
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
	entry.shared = share(policies, query->arena, &entry.policy);
	answer(query, put(policies, query->key, &entry));
	pthread_mutex_unlock(&policies->lock);
}

static void
let_go(void *arg)
{
	struct policies_query *query = arg;

	inquiry_call_unref(&query->call);
}

/* No canonical address has a newline. */
static struct str
key_of(struct arena *arena, struct str address, const char *login)
{
	if (login[0] == '\0')
		return address;
	return str_from(arena_printf(arena, "%.*s\n%s", STR_ARG(address),
	    login));
}

static struct str
name_of(struct arena *arena, const struct address *address)
{
	if (address->local.len != 0 || address->domain.len == 0)
		return address_canonical(arena, address, '\0');
	return str_from(arena_printf(arena, "@%.*s", STR_ARG(
	    str_lower(arena, address->domain))));
}

struct policies_query *
policies_ask(struct policies *policies, struct arena *arena,
    const struct address *address, int64_t now_ms, int64_t deadline_ms,
    struct wait *wait)
{
	return policies_ask_for(policies, arena, address, NULL, now_ms,
	    deadline_ms, wait);
}

struct policies_query *
policies_ask_for(struct policies *policies, struct arena *arena,
    const struct address *address, const char *login, int64_t now_ms,
    int64_t deadline_ms, struct wait *wait)
{
	struct policies_query *query = arena_zalloc(arena, sizeof(*query));
	const char delimiter[] = { policies->delimiter, '\0' };
	char now[CLOCK_TEXT_SIZE];
	const char *words[4];

	words[0] = str_dup(arena, name_of(arena, address));
	words[3] = login == NULL ? "" : str_dup_lower(arena, str_from(login));
	query->policies = policies;
	query->arena = arena;
	query->key = key_of(arena, str_from(words[0]), words[3]);
	if (answer_fresh(query))
		return query;
	if (inquiry_degraded(policies->inquiry, arena) != NULL &&
	    answer_stale(query))
		return query;
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
	policies->bucket_count = 1;
	while (policies->bucket_count < policies->half_count)
		policies->bucket_count *= 2;
	policies->stale_ms = stale_ms;
	policies->young = new_half(policies);
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
	stats_r->count = policies->young.count;
	stats_r->shared = map_len(policies->young.shared);
	if (policies->old.arena != NULL) {
		stats_r->count += policies->old.count;
		stats_r->shared += map_len(policies->old.shared);
	}
	pthread_mutex_unlock(&policies->lock);
}
