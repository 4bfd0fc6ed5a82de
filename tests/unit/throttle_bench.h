/* SPDX-License-Identifier: ISC */
/* throttle_bench.h - for tests: messages that policyd counts in a store. */
#ifndef TESTS_THROTTLE_BENCH_H
#define TESTS_THROTTLE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy_bench.h"

struct ledger;
struct store;

/* The time at which every test begins: 2026-11-20T14:00:00Z. */
#define BENCH_START_MS INT64_C(1795183200000)

struct throttle_bench {
	struct policy_bench policy;
	struct ledger *ledger;
	size_t messages;	/* so far: names of instances */
};

/* What a client sends. Recipients are names with blanks between; NULL: rcpts
 * many, r0@example.com and so on. */
struct throttle_mail {
	const char *login;	/* NULL: none */
	const char *client;	/* NULL: 192.0.2.7 */
	const char *sender;	/* NULL: the login */
	const char *rcpts;
	size_t rcpt_count;	/* 0: 1 */
	size_t size;
	bool is_repeat;		/* END-OF-MESSAGE of the last one again */
	bool is_blind;		/* Postfix does not ask at RCPT */
	bool hides_size;	/* the client tells no SIZE at MAIL */
};

/* A rulebook of this text that counts in store, the caller's. Sets the clock to
 * the start. */
void throttle_bench_begin(struct throttle_bench *bench, const char *conf,
    struct store *store);
void throttle_bench_end(struct throttle_bench *bench);

/* Send it: what the first request was answered that was not DUNNO, with "[id]"
 * for the id, or else DUNNO. Valid until the next one. */
const char *throttle_bench_send(struct throttle_bench *bench,
    const struct throttle_mail *mail);
/* The time, in seconds from the start. */
void throttle_bench_at(int64_t seconds);

#endif
