/* SPDX-License-Identifier: ISC */
/* policy_bench.h - for tests: requests to policyd's engine, without sockets. */
#ifndef TESTS_POLICY_BENCH_H
#define TESTS_POLICY_BENCH_H

#include "base/str.h"

struct arena;
struct hearing;
struct instances;
struct rulebook;
struct ruling;
struct txn;
struct wait;

struct policy_bench {
	struct arena *arena;
	struct rulebook *rulebook;
	struct instances *instances;
	struct wait *wait;
	struct hearing *hearing;	/* the last one */
	const struct ruling *ruling;	/* its */
	struct txn *txn;		/* its */
};

/* A rulebook of this configuration; the section policyd with enforce mode comes
 * by itself unless the text begins with one. NULL with the reason. */
struct rulebook *policy_rulebook(struct arena *arena, const char *conf_text,
    const char **error_r);

/* A reason ends the program. */
void policy_bench_begin(struct policy_bench *bench, const char *conf_text);
void policy_bench_end(struct policy_bench *bench);

/* Ask with these lines ("sender=a@b\n…") behind request= and the client
 * 192.0.2.7; what was answered. Valid until the next one. */
const char *policy_bench_ask(struct policy_bench *bench, const char *lines);

#endif
