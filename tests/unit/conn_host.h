/* SPDX-License-Identifier: ISC */
/* conn_host.h - for tests: policyd's connections, with clients of theirs. */
#ifndef TESTS_CONN_HOST_H
#define TESTS_CONN_HOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "policyd/conn_policy.h"
#include "policyd/rulechain.h"

#define CONN_HOST_CLIENTS 4

/* A loop with connections, in a thread of its own. All are judged by the gate
 * (gate.h) alone. */
struct conn_host {
	struct arena *arena;
	struct rulebook *rulebook;
	struct rule_common common;
	struct rulechain_entry entry;
	struct instances *instances;
	struct wait_queue *queue;
	struct loop *loop;
	struct policy_service service;
	struct conns *conns;
	int clients[CONN_HOST_CLIENTS];
	int order[2];			/* a pipe: a byte stops it */
	int grace_ms;
	struct loop_watch *order_watch;
	pthread_t thread;
	atomic_int decided, unread;
	struct conns_stats stats;	/* at the end */
};

/* Rows of the section policyd, and the limits of conns_limit(). */
void conn_host_begin(struct conn_host *host, const char *settings, size_t max,
    int64_t idle_ms);
/* Tell it to stop; wait for its end; both. */
void conn_host_stop(struct conn_host *host);
void conn_host_join(struct conn_host *host);
void conn_host_end(struct conn_host *host);

/* A request about the recipient of this local part. Arena text. */
struct str conn_host_request(struct conn_host *host, const char *local);
void conn_host_say(struct conn_host *host, int client, struct str text);
void conn_host_ask(struct conn_host *host, int client, const char *local);
/* One answer up to its empty line; "" at the end of the connection. */
const char *conn_host_hear(struct conn_host *host, int client);
/* It is that of the gate to the recipient of this local part. */
void conn_host_expect(struct conn_host *host, int client, const char *local);
bool conn_host_is_silent(struct conn_host *host, int client);

#endif
