/* SPDX-License-Identifier: ISC */
/* policy_clients.h - many smtpd that ask one policy service, one loop. */
#ifndef BENCH_POLICY_CLIENTS_H
#define BENCH_POLICY_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "load_proc.h"
#include "load_stats.h"

/* What is asked about a message. */
enum policy_kind {
	POLICY_ASKS,		/* at RCPT alone: nothing is charged */
	POLICY_CHARGES,		/* at END-OF-MESSAGE alone */
	POLICY_MESSAGES,	/* both, one after the other */
	POLICY_STRANGERS,	/* both, without a login */
};

enum { POLICY_PIDS_MAX = 8 };

struct policy_plan {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	enum policy_kind kind;
	unsigned connections;
	uint64_t users;
	double warmup_seconds, seconds;
	uint64_t messages;		/* not 0: so many, whatever it takes */
	unsigned timeout_seconds;	/* for one answer */
	pid_t pids[POLICY_PIDS_MAX];
	size_t pid_count;
};

struct policy_usage {
	struct load_usage servers[POLICY_PIDS_MAX];
	double own_cpu_seconds;
};

struct policy_result {
	uint64_t answers;
	uint64_t dunno;			/* of them: nothing objected */
	uint64_t errors;		/* connections lost, answers late */
	double seconds;
	struct load_samples ask, charge;	/* at RCPT, at the end */
	struct policy_usage before, after;
};

/* Ask by PLAN. 0, or -1 with the reason on stderr: nothing was measured. */
int policy_clients_run(const struct policy_plan *plan,
    struct policy_result *result_r);

#endif
