/* SPDX-License-Identifier: ISC */
/* conn.h - the connections of Postfix: requests in, answers out, in order.
 *
 * What a request is, and who answers it, is the protocol's: policy
 * (conn_policy.h), or socketmap (conn_socketmap.h).
 */
#ifndef POLICYD_CONN_H
#define POLICYD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct loop;
struct wait;
struct wait_queue;

/* Bytes for the client; is_last: the connection ends behind them. */
struct conn_answer {
	struct str bytes;
	bool is_last;
};

/* How a request is read and answered; arg is the service's. */
struct conn_protocol {
	size_t request_max;	/* no request has more bytes */
	/* How many bytes the first request in text has, as request_len(). */
	size_t (*len)(struct str text, size_t *looked_r);
	/* request_max bytes have no end: how many of them to pass over now;
	 * *is_over_r: this was its end, and the answer is due. NULL: len()
	 * knows earlier. */
	size_t (*skip)(void *arg, struct str text, bool *is_over_r,
	    struct conn_answer *answer_r);
	/* Begin one: work that posts wait when it is worth a run; NULL: it has
	 * its answer (a text that stays) already. */
	void *(*begin)(void *arg, struct str request, struct wait *wait,
	    struct conn_answer *answer_r);
	/* True when nothing is waited for any more. Never blocks. */
	bool (*run)(void *work);
	int64_t (*deadline_ms)(const void *work);
	/* When run() gave true, or the deadline is over. Goes with work. */
	struct conn_answer (*end)(void *arg, void *work);
	void (*free)(void *work);
};

/* What connections need of their daemon. All runs in the loop's thread. */
struct conn_service {
	struct loop *loop;
	struct wait_queue *queue;	/* of these connections alone */
	const struct conn_protocol *protocol;
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
