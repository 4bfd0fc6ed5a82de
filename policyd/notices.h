/* SPDX-License-Identifier: ISC */
/* notices.h - mail to users whose limits are nearly used. */
#ifndef POLICYD_NOTICES_H
#define POLICYD_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct loop;
struct rulebook;
struct store;
struct txn;

/* Those that wait, and the one that is being sent. Belongs to the loop's
 * thread. Nothing here blocks. */
struct notices;

/* store is the caller's, and outlives it. NULL and errno when the process has
 * no descriptor left. */
struct notices *notices_new(struct loop *loop, struct store *store);
/* What waits is forgotten, and that is logged. */
void notices_free(struct notices **notices);
/* What holds from now on; keeps a reference. Before the first notice. */
void notices_configure(struct notices *notices, struct rulebook *rulebook);

struct notice {
	/* The address, or a login without a domain; NULL: who is told of what
	 * many share. */
	const char *to;
	const char *subject;		/* ASCII */
	const char *text;		/* UTF-8, lines end with LF */
	/* What it is about (charge.h): of all hosts the first within a window
	 * tells it. */
	struct str counter;
	int64_t window_ms;
	const char *id;			/* of the message that gave cause */
	int64_t now_ms;
};

/* Send it when it can be sent (copied). */
void notices_add(struct notices *notices, const struct notice *notice);

/* Is the request about a notice that is being sent right now? */
bool notices_are_asked_about(const struct notices *notices,
    const struct txn *txn);

/* NULL: they can be sent; else why not, since some time. */
const char *notices_degraded(const struct notices *notices);

struct notice_stats {
	size_t waiting;
	uint64_t sent;
	uint64_t retries;	/* attempts that failed for a time */
	uint64_t refused;	/* for good */
	uint64_t dropped;	/* no room, or given up */
};

void notices_count(const struct notices *notices,
    struct notice_stats *stats_r);

#endif
