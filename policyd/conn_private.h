/* SPDX-License-Identifier: ISC */
/* conn_private.h - a connection, and all of them: conn.c and conns.c. */
#ifndef POLICYD_CONN_PRIVATE_H
#define POLICYD_CONN_PRIVATE_H

#include <stdbool.h>

#include "policyd/conn.h"

struct conn {
	struct conns *conns;
	struct conn *older, *newer;	/* by the time of the last request */
	int64_t since_ms;
	int fd;
	struct loop_watch *watch;

	char *in;			/* request_max bytes, or NULL */
	size_t in_len, in_looked;
	char *out;			/* what the client did not take yet */
	size_t out_len, out_done;

	void *work;			/* the request under way */
	struct wait *wait;
	struct loop_timer *deadline;

	bool is_skipping;		/* in a request that is too long */
	bool is_deaf;			/* not watched for input */
	bool is_at_end;			/* the client sends no more */
	bool is_broken;
};

struct conns {
	struct conn_service service;
	struct loop_watch *queue_watch;
	struct conn *oldest, *newest;
	struct loop_timer *tick, *grace;
	size_t max;
	int64_t idle_ms;
	bool is_stopping;
	void (*stopped)(void *arg);
	void *stopped_arg;
	struct conns_stats stats;
};

/* Put a new one on the list / take it off / it has just had a request. */
void conn_enlist(struct conn *conn);
void conn_unlist(struct conn *conn);
void conn_touch(struct conn *conn);

/* The loop calls it with a connection that has something to read or takes more
 * of an answer. */
void conn_ready(void *arg, uint32_t events);
/* The loop calls it with struct conns when work has its answers. */
void conn_answered(void *arg, uint32_t events);

/* Whatever has happened: go on with what is there, close, or sleep. The
 * connection may be gone afterwards. */
void conn_settle(struct conn *conn);
void conn_close(struct conn *conn);

#endif
