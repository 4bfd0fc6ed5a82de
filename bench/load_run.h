/* SPDX-License-Identifier: ISC */
/* load_run.h - a whole run: threads of connections, phases, measurements. */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "load_proc.h"
#include "load_stats.h"

struct load_corpus;

enum { LOAD_PIDS_MAX = 64, LOAD_HOPS_MAX = 4 };

/* One server of those that Postfix asks in turn. */
struct load_hop {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	bool is_policy;			/* a policy service, not a milter */
};

struct load_plan {
	struct load_hop hops[LOAD_HOPS_MAX];
	size_t hop_count;
	unsigned connections;		/* to each of them */
	unsigned threads;
	double warmup_seconds;		/* played, but not counted */
	bool warms_all;			/* ... until each had an answer */
	double seconds;			/* 0: until `messages` are done */
	uint64_t messages;		/* 0: until `seconds` are over */
	uint64_t users;			/* so many send in turn; 0: as it is */
	unsigned timeout_seconds;	/* for an answer that is due */
	bool is_fresh;			/* a new connection for each message */
	bool is_idle;			/* one message each, then they stay */
	pid_t pids[LOAD_PIDS_MAX];
	size_t pid_count;
};

struct load_result {
	struct load_stats stats;
	double seconds;
	struct load_usage before;
	struct load_usage after;
};

/*
 * Plays CORPUS by PLAN.  0, or -1 with the reason on stderr: nothing could
 * be started.  What went wrong later stands in the errors of the result.
 * With is_idle `before` is read ahead of the first connection and `after`
 * when all are idle.
 */
int load_run(const struct load_plan *plan, const struct load_corpus *corpus,
    struct load_result *result_r);

#endif
