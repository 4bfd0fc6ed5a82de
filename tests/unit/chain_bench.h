/* SPDX-License-Identifier: ISC */
/* chain_bench.h - for tests: a chain of checks over a DNS that is held. */
#ifndef TESTS_CHAIN_BENCH_H
#define TESTS_CHAIN_BENCH_H

#include "dns_held.h"
#include "milter/chain.h"

/* A transaction at its end. */
struct chain_bench {
	struct dns_held dns;
	struct txn txn;
	struct chain *chain;
};

/* Ends with chain_bench_end(). */
void chain_bench_begin(struct chain_bench *bench,
    const struct chain_entry *entries, size_t count);
void chain_bench_end(struct chain_bench *bench);

size_t chain_bench_count(struct chain_bench *bench);
const struct finding *chain_bench_finding(struct chain_bench *bench, size_t i);
/* Fails unless finding i is this one. */
void chain_bench_wants(struct chain_bench *bench, size_t i, const char *check,
    enum result result, const char *reason);

#endif
