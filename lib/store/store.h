/* SPDX-License-Identifier: ISC */
/* store.h - what daemons and hosts count and remember together. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct store_op;
struct wait;

/* One named operation (ops.list) with its values, as every store takes it. All
 * texts may hold any byte. Operations are atomic, and each of them may be asked
 * again when its answer was lost: its second run changes nothing and answers
 * the same. The time comes from the caller, as an argument. */
struct store_request {
	const struct store_op *op;
	/* Names of entries, all of the same place, as a rule by a "{tag}"
	 * (key.h): Redis Cluster keeps such on one node. */
	const struct str *keys;
	size_t key_count;
	const struct str *args;
	size_t arg_count;
};

enum store_status {
	STORE_DONE,
	STORE_TIMEOUT,		/* no answer in time: it may have been done */
	STORE_DOWN,		/* nobody there: not done */
	STORE_REFUSED,		/* it cannot: read-only, out of memory, no
				 * right, an answer that makes no sense */
};

const char *store_status_text(enum store_status status);

struct store_answer {
	enum store_status status;
	const char *error;	/* unless DONE: why, in a few words */
	size_t count;
	const struct str *values;
};

/* What a store has done since it was opened, for metrics. */
struct store_stats {
	uint64_t asked;
	uint64_t done;
	uint64_t timeouts, downs, refusals;
	uint64_t repeated;		/* asked again on a new connection */
	uint64_t connects, disconnects;
	uint64_t latency_us;		/* sum over those done */
	uint64_t latency_counts[7];	/* at most 1, 4, 16, 64, 256, 1024 ms;
					 * more */
	uint64_t under_way;		/* right now */
};

/* An open store: Redis (redis.h), this process's memory (memory.h), that of
 * another daemon (remote.h). Its struct begins with this. */
struct store {
	/* Never NULL, never blocks; the answer posts wait (NULL: nobody is
	 * told), but one that is there when this returns need not. From the
	 * thread that the store belongs to (redis.h, memory.h tell). */
	struct store_call *(*ask)(struct store *store,
	    const struct store_request *request, struct wait *wait);
	/* NULL: it works; else why not, in one sentence. */
	const char *(*degraded)(struct store *store);
	void (*count)(struct store *store, struct store_stats *stats);
	void (*free)(struct store *store);
	/* NULL: what is asked leaves when it likes. */
	void (*flush)(struct store *store);
};

/* One operation under way: counted by reference, because an answer may come
 * when the asker is gone. */
struct store_call;

/* What the request names is copied. Look for the answer before you wait: it may
 * be there already, and then wait need not be posted. */
struct store_call *store_ask(struct store *store,
    const struct store_request *request, struct wait *wait);
/* What was asked leaves now, not at the end of this turn of the loop: for who
 * goes on to tell others, who will ask the same server. */
void store_flush(struct store *store);
/* The answer, or NULL while it is under way. It lives as long as the caller's
 * reference. Any thread. */
const struct store_answer *store_call_answer(struct store_call *call);
void store_call_unref(struct store_call **call);

/* NULL: it works; else why not, in one sentence that lives as long as the
 * store. This and its figures: any thread, when the store is of Redis. */
const char *store_degraded(struct store *store);
void store_count(struct store *store, struct store_stats *stats_r);
/* Nobody may ask any more; what is under way is answered (STORE_DOWN). */
void store_free(struct store **store);

#endif
