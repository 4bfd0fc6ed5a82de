/* SPDX-License-Identifier: ISC */
/* conn.h - the connections of Postfix: requests in, answers out, in order. */
#ifndef POLICYD_CONN_H
#define POLICYD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hearing;
struct instances;
struct loop;
struct rulebook;
struct ruling;
struct wait_queue;

/* What connections need of their daemon. All runs in the loop's thread. */
struct conn_service {
	struct loop *loop;
	struct wait_queue *queue;	/* answers to rules come by it */
	struct instances *instances;
	/* The rulebook in force, as a reference of the caller's. */
	struct rulebook *(*rulebook)(void *arg);
	/* A request is decided; its answer is about to leave. */
	void (*decided)(void *arg, struct hearing *hearing,
	    const struct ruling *ruling);
	/* What came was no request that we can read: why. */
	void (*unread)(void *arg, const char *reason);
	void *arg;
};

/* All connections. The requests of one are answered in their order, one at a
 * time; what waits in one holds up no other. A connection has memory for input
 * and output only while there is some. */
struct conns;

struct conns *conns_new(const struct conn_service *service);
/* Closes those that are left. */
void conns_free(struct conns **conns);

/* At most max connections (beyond it the one that was silent for the longest
 * goes, or the new one when all others wait); one without a whole request for
 * idle_ms goes. */
void conns_limit(struct conns *conns, size_t max, int64_t idle_ms);

/* A new connection: fd is non-blocking, and the connection's from now on. */
void conns_add(struct conns *conns, int fd);
/* Close the one that was silent for the longest, because others need what it
 * has. False: there is none, or all wait for answers. */
bool conns_push_out(struct conns *conns);

/* Answer what has come, then close; done(arg) once none is left, or after
 * grace_ms for those that send a request in pieces. */
void conns_stop(struct conns *conns, int64_t grace_ms,
    void (*done)(void *arg), void *arg);

struct conns_stats {
	size_t open;		/* now */
	size_t busy;		/* of these, with a request that waits */
	uint64_t accepted;
	uint64_t idle_closed, pushed_out;
	uint64_t torn;		/* gone in the middle of a request */
};

void conns_count(const struct conns *conns, struct conns_stats *stats_r);

#endif
