/* SPDX-License-Identifier: ISC */
/* conn.h - who asks about a file: one connection, one question. */
#ifndef AVSCAN_CONN_H
#define AVSCAN_CONN_H

#include <stddef.h>
#include <stdint.h>

struct conns;
struct loop;
struct pool;

struct conns_stats {
	size_t open;
	uint64_t accepted;
	uint64_t torn;		/* ended before the request was whole */
	uint64_t gone;		/* ended before the answer was there */
};

/* All that are open. The pool stays the caller's and ends behind them. */
struct conns *conns_new(struct loop *loop, struct pool *pool);
/* Those that are open end without a word. */
void conns_free(struct conns **conns);

/* Of the settings: files larger than max_size bytes are refused, no file is read
 * for longer than deadline_ms, and beyond so many connections the answer is
 * "busy" at once. */
void conns_configure(struct conns *conns, uint64_t max_size,
    int64_t deadline_ms, size_t most);

/* Serve a new one; fd is non-blocking and the conns' now. */
void conns_add(struct conns *conns, int fd);

/* Call done(arg) when the last one has ended, which may be at once. */
void conns_drain(struct conns *conns, void (*done)(void *arg), void *arg);

void conns_count(const struct conns *conns, struct conns_stats *stats_r);

#endif
