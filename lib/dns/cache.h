/* SPDX-License-Identifier: ISC */
/* cache.h - answers by name and type, each until its time is over. */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include "dns/dns.h"

/* Entries are the queries themselves (dns_query.h): one that is under way is
 * joined by whoever asks the same. Settled entries take at most size_bytes
 * altogether; the longest unused go first. Any thread may call any function;
 * times are of the steady clock. */
struct dns_cache;

struct dns_cache *dns_cache_new(size_t size_bytes);
/* Drops the cache's references. */
void dns_cache_free(struct dns_cache **cache);

/* A reference to the query for name (canonical) and type that is answered and
 * fresh, or under way: its answer will then post wait. *is_new_r: there was
 * none, the caller must see to it that it is completed and settled. */
struct dns_query *dns_cache_ask(struct dns_cache *cache, struct str name,
    enum dns_type type, struct wait *wait, int64_t now_ms, bool *is_new_r);

/* An answered query stays until expires_ms, in place of one that may stand
 * there for the same name and type; one that is not after now_ms goes. */
void dns_cache_settle(struct dns_cache *cache, struct dns_query *query,
    int64_t expires_ms, int64_t now_ms);

/* Forget all that is settled. */
void dns_cache_clear(struct dns_cache *cache);

/* Fills in asked, hits, coalesced, cache_entries, cache_bytes, evictions. */
void dns_cache_count(struct dns_cache *cache, struct dns_stats *stats);

#endif
