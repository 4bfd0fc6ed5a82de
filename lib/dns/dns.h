/* SPDX-License-Identifier: ISC */
/* dns.h - questions to the DNS that never block, and the answers as data. */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct wait;

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

enum dns_status {
	DNS_FOUND,		/* at least one record */
	DNS_NODATA,		/* the name exists, without this type */
	DNS_NXDOMAIN,		/* the name does not exist */
	DNS_SERVFAIL,		/* refused, broken, bogus (DNSSEC), a loop */
	DNS_TIMEOUT,		/* no answer within the deadline of a query */
};

/* A: data is 4 bytes, AAAA: 16 bytes. NS, CNAME, PTR, MX: the name, lower
 * case, without the final dot ("" is the root), with odd bytes as \DDD. TXT:
 * all strings of the record joined; may hold any byte, NUL too. */
struct dns_record {
	struct str data;
	uint16_t preference;	/* MX */
};

struct dns_answer {
	enum dns_status status;
	bool is_secure;		/* validated by DNSSEC */
	bool is_bogus;		/* failed validation: SERVFAIL */
	uint32_t ttl_s;		/* when it came; a cache counts it down */
	const char *error;	/* SERVFAIL, TIMEOUT: why, in a few words */
	size_t count;
	const struct dns_record *records;
};

/* What a source has done since it began, for metrics. */
struct dns_stats {
	uint64_t asked;		/* questions of transactions: hits, ... */
	uint64_t hits;		/* ... answered by the cache, ... */
	uint64_t coalesced;	/* ... joined to one under way, ... */
	uint64_t sent;		/* ... or handed to the resolver */
	uint64_t timeouts;	/* not answered within the deadline */
	uint64_t failures;	/* SERVFAIL */
	uint64_t bogus;		/* of these by DNSSEC */
	uint64_t overloads;	/* of these unasked: too many at once */
	uint64_t late;		/* answers behind the deadline: cached */
	uint64_t latency_us;	/* sum over the questions sent and answered */
	/* How many of them took at most 1, 4, 16, 64, 256, 1024 ms; more. */
	uint64_t latency_counts[7];
	uint64_t under_way;	/* right now */
	uint64_t cache_entries;	/* right now */
	uint64_t cache_bytes;	/* right now */
	uint64_t evictions;	/* for want of room in the cache */
};

/* Where answers come from: a resolver (resolver.h), a zone file (zone.h), a
 * test. A question and its answer are one counted object. */
struct dns_source;
struct dns_query;

/* What a source is made of; its struct begins with this. */
struct dns_source {
	/* A reference to the query for name (lower case, no final dot) and
	 * type: an answered one, or one under way whose answer will post wait.
	 * Any thread. Never NULL. */
	struct dns_query *(*ask)(struct dns_source *source, struct str name,
	    enum dns_type type, struct wait *wait);
	/* Add what was counted so far; NULL: it counts nothing. Any thread. */
	void (*count)(struct dns_source *source, struct dns_stats *stats);
	/* Forget cached answers; NULL: it has none. Any thread. */
	void (*forget)(struct dns_source *source);
	void (*free)(struct dns_source *source);
};

/* The answer, or NULL while it is under way. It lives as long as the caller's
 * reference to the query. Any thread. */
const struct dns_answer *dns_query_answer(struct dns_query *query);
void dns_query_unref(struct dns_query **query);

/* All zero for a source that counts nothing. Any thread. */
void dns_source_count(struct dns_source *source, struct dns_stats *stats_r);
void dns_source_forget(struct dns_source *source);
/* No thread may ask any more; queries that are still held stay valid, those
 * under way are answered (SERVFAIL). */
void dns_source_free(struct dns_source **source);

/* The answers that one transaction has asked for. */
struct dns_view;

/* A new one; it lives in arena, keeps a reference to wait (which is posted at
 * each answer) and drops its references when the arena is freed. source may be
 * NULL (`scan` without DNS): every answer is then SERVFAIL "no DNS". */
struct dns_view *dns_view_new(struct arena *arena, struct dns_source *source,
    struct wait *wait);

/* The answer to (name, type), or NULL: it was asked for (once, however often
 * this is called) and has not come yet. An answer, once seen, is the same at
 * every later call. name in any case, a final dot is ignored, "\DDD" and "\X"
 * stand for a byte (RFC 1035 5.1). A name that cannot stand in the DNS (a label
 * over 63 bytes, empty labels, over 253 bytes, an unfinished "\") and the root
 * are NXDOMAIN at once. */
const struct dns_answer *dns_ask(struct dns_view *view, struct str name,
    enum dns_type type);

/* Stop waiting: what has not come by now, and what is asked from now on, is
 * DNS_TIMEOUT for this view. */
void dns_view_give_up(struct dns_view *view);

/* How many questions this view has asked, and how many are under way. */
size_t dns_view_asked(const struct dns_view *view);
size_t dns_view_pending(const struct dns_view *view);

/* "4.3.2.1.in-addr.arpa" or the ip6.arpa form (RFC 3596 2.5) of an address of
 * 4 or 16 bytes. Arena text. */
struct str dns_reverse_name(struct arena *arena, const uint8_t *address,
    size_t len);

const char *dns_status_text(enum dns_status status);
const char *dns_type_text(enum dns_type type);

/* The type of this name ("txt" in any case). False: none of ours. */
bool dns_type_find(struct str text, enum dns_type *type_r);

#endif
