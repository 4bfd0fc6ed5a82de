/* SPDX-License-Identifier: ISC */
/* dns_query.h - a question and its answer, one counted object; for sources. */
#ifndef DNS_DNS_QUERY_H
#define DNS_DNS_QUERY_H

#include <stdatomic.h>

#include "dns/dns.h"

struct dns_waiter;

/* What the cache (cache.h) knows of an entry; guarded by its shard's lock. */
struct dns_cache_links {
	struct dns_query *hash_next;
	struct dns_query *newer, *older;	/* in order of use */
	uint64_t hash;
	int64_t expires_ms;
	bool is_listed;		/* in the hash table */
	bool is_settled;	/* answered, and expires_ms says until when */
};

struct dns_query {
	atomic_uint references;
	enum dns_type type;
	_Atomic(const struct dns_answer *) answer;
	_Atomic(struct dns_waiter *) waiters;
	struct dns_cache_links cache;
	size_t size;		/* bytes, with the answer once it is there */
	size_t name_len;
	char name[];		/* lower case, NUL-terminated */
};

/* A new one without an answer and with one reference. */
struct dns_query *dns_query_new(struct str name, enum dns_type type);
struct dns_query *dns_query_ref(struct dns_query *query);
struct str dns_query_name(const struct dns_query *query);

/* Let the answer post wait (a reference is kept until then). False: it is
 * there already, nothing will be posted. Any thread. */
bool dns_query_add_wait(struct dns_query *query, struct wait *wait);

/* Give the answer, once: it is copied, published and everybody who waits is
 * told. */
void dns_query_complete(struct dns_query *query,
    const struct dns_answer *answer);

#endif
