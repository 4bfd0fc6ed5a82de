/* SPDX-License-Identifier: ISC */
/* cache.c - a hash table and an order of use, in shards with a lock each. */
#include "dns/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dns/dns_query.h"

#define SHARD_COUNT 16		/* a power of two */
#define FIRST_BUCKETS 64	/* too */

/* What an entry takes besides: two blocks of the allocator, its buckets. */
#define ENTRY_OVERHEAD (2 * 16 + 2 * sizeof(struct dns_query *))

struct shard {
	pthread_mutex_t lock;
	struct dns_query **buckets;
	size_t bucket_count;
	size_t entry_count;
	struct dns_query *newest, *oldest;	/* of the settled ones */
	size_t bytes, bytes_max;		/* of the settled ones */
	uint64_t asked, hits, coalesced, evictions;
};

struct dns_cache {
	struct shard shards[SHARD_COUNT];
};

static void *
must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		abort();
	return memory;
}

struct dns_cache *
dns_cache_new(size_t size_bytes)
{
	struct dns_cache *cache = must_calloc(1, sizeof(*cache));

	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_init(&shard->lock, NULL);
		shard->bucket_count = FIRST_BUCKETS;
		shard->buckets = must_calloc(FIRST_BUCKETS,
		    sizeof(*shard->buckets));
		shard->bytes_max = size_bytes / SHARD_COUNT;
	}
	return cache;
}

static uint64_t
hash_question(struct str name, enum dns_type type)
{
	return hash_bytes(name.data, name.len) ^
	    (uint64_t)type * UINT64_C(0x9e3779b97f4a7c15);
}

static struct shard *
shard_of(struct dns_cache *cache, uint64_t hash)
{
	return &cache->shards[hash >> 60 & (SHARD_COUNT - 1)];
}

static struct dns_query **
bucket_of(const struct shard *shard, uint64_t hash)
{
	return &shard->buckets[hash & (shard->bucket_count - 1)];
}

static struct dns_query *
find(const struct shard *shard, uint64_t hash, struct str name,
    enum dns_type type)
{
	struct dns_query *query = *bucket_of(shard, hash);

	while (query != NULL && (query->cache.hash != hash ||
	    query->type != type || !str_eq(dns_query_name(query), name)))
		query = query->cache.hash_next;
	return query;
}

static void
double_buckets(struct shard *shard)
{
	struct dns_query **old = shard->buckets;
	size_t old_count = shard->bucket_count;

	shard->bucket_count *= 2;
	shard->buckets = must_calloc(shard->bucket_count, sizeof(*old));
	for (size_t i = 0; i < old_count; i++) {
		struct dns_query *query = old[i], *next;

		for (; query != NULL; query = next) {
			struct dns_query **bucket =
			    bucket_of(shard, query->cache.hash);

			next = query->cache.hash_next;
			query->cache.hash_next = *bucket;
			*bucket = query;
		}
	}
	free(old);
}

static void
list_entry(struct shard *shard, struct dns_query *query)
{
	struct dns_query **bucket;

	if (shard->entry_count >= shard->bucket_count)
		double_buckets(shard);
	bucket = bucket_of(shard, query->cache.hash);
	query->cache.hash_next = *bucket;
	query->cache.is_listed = true;
	*bucket = dns_query_ref(query);
	shard->entry_count++;
}

static size_t
entry_bytes(const struct dns_query *query)
{
	return query->size + ENTRY_OVERHEAD;
}

static void
link_newest(struct shard *shard, struct dns_query *query)
{
	query->cache.newer = NULL;
	query->cache.older = shard->newest;
	if (shard->newest != NULL)
		shard->newest->cache.newer = query;
	else
		shard->oldest = query;
	shard->newest = query;
}

static void
unlink_used(struct shard *shard, struct dns_query *query)
{
	if (query->cache.newer != NULL)
		query->cache.newer->cache.older = query->cache.older;
	else
		shard->newest = query->cache.older;
	if (query->cache.older != NULL)
		query->cache.older->cache.newer = query->cache.newer;
	else
		shard->oldest = query->cache.newer;
}

static void
remove_entry(struct shard *shard, struct dns_query *query)
{
	struct dns_query **at = bucket_of(shard, query->cache.hash);

	while (*at != query)
		at = &(*at)->cache.hash_next;
	*at = query->cache.hash_next;
	if (query->cache.is_settled) {
		unlink_used(shard, query);
		shard->bytes -= entry_bytes(query);
	}
	query->cache.is_listed = query->cache.is_settled = false;
	shard->entry_count--;
	dns_query_unref(&query);
}

static void
make_room(struct shard *shard)
{
	while (shard->bytes > shard->bytes_max) {
		remove_entry(shard, shard->oldest);
		shard->evictions++;
	}
}

/* The entry that answers the question, or NULL: none, or its time is over. */
static struct dns_query *
find_fresh(struct shard *shard, uint64_t hash, struct str name,
    enum dns_type type, int64_t now_ms)
{
	struct dns_query *query = find(shard, hash, name, type);

	if (query == NULL || !query->cache.is_settled)
		return query;
	if (query->cache.expires_ms <= now_ms) {
		remove_entry(shard, query);
		return NULL;
	}
	unlink_used(shard, query);
	link_newest(shard, query);
	return query;
}

struct dns_query *
dns_cache_ask(struct dns_cache *cache, struct str name, enum dns_type type,
    struct wait *wait, int64_t now_ms, bool *is_new_r)
{
	uint64_t hash = hash_question(name, type);
	struct shard *shard = shard_of(cache, hash);
	struct dns_query *query;

	pthread_mutex_lock(&shard->lock);
	query = find_fresh(shard, hash, name, type, now_ms);
	*is_new_r = query == NULL;
	if (query == NULL) {
		query = dns_query_new(name, type);
		query->cache.hash = hash;
		list_entry(shard, query);
	} else {
		dns_query_ref(query);
	}
	shard->asked++;
	/* Answered between its completion and its settling counts as a hit. */
	if (!dns_query_add_wait(query, wait))
		shard->hits++;
	else if (!*is_new_r)
		shard->coalesced++;
	pthread_mutex_unlock(&shard->lock);
	return query;
}

void
dns_cache_settle(struct dns_cache *cache, struct dns_query *query,
    int64_t expires_ms, int64_t now_ms)
{
	struct str name = dns_query_name(query);
	uint64_t hash = hash_question(name, query->type);
	struct shard *shard = shard_of(cache, hash);
	struct dns_query *old;

	pthread_mutex_lock(&shard->lock);
	old = find(shard, hash, name, query->type);
	if (expires_ms <= now_ms || entry_bytes(query) > shard->bytes_max) {
		if (old == query)
			remove_entry(shard, query);
	} else if (old == NULL || old == query || old->cache.is_settled) {
		if (old != NULL && old != query)
			remove_entry(shard, old);
		query->cache.hash = hash;
		if (old != query)
			list_entry(shard, query);
		query->cache.is_settled = true;
		query->cache.expires_ms = expires_ms;
		link_newest(shard, query);
		shard->bytes += entry_bytes(query);
		make_room(shard);
	}
	pthread_mutex_unlock(&shard->lock);
}

void
dns_cache_clear(struct dns_cache *cache)
{
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		while (shard->oldest != NULL)
			remove_entry(shard, shard->oldest);
		pthread_mutex_unlock(&shard->lock);
	}
}

void
dns_cache_count(struct dns_cache *cache, struct dns_stats *stats)
{
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		stats->asked += shard->asked;
		stats->hits += shard->hits;
		stats->coalesced += shard->coalesced;
		stats->evictions += shard->evictions;
		stats->cache_entries += shard->entry_count;
		stats->cache_bytes += shard->bytes;
		pthread_mutex_unlock(&shard->lock);
	}
}

void
dns_cache_free(struct dns_cache **cache)
{
	struct dns_cache *old = *cache;

	*cache = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &old->shards[i];

		for (size_t b = 0; b < shard->bucket_count; b++)
			while (shard->buckets[b] != NULL)
				remove_entry(shard, shard->buckets[b]);
		free(shard->buckets);
		pthread_mutex_destroy(&shard->lock);
	}
	free(old);
}
