/* SPDX-License-Identifier: ISC */
/* engine_bench.h - for tests: one transaction over a configuration. */
#ifndef TESTS_ENGINE_BENCH_H
#define TESTS_ENGINE_BENCH_H

#include "milter/engine.h"
#include "milter/snapshot.h"

struct arena;

struct engine_bench {
	struct arena *arena;
	struct snapshot *snapshot;
	struct engine *engine;
	struct txn *txn;
	const struct outcome *outcome;
};

/* The configuration, without a check or an action. Ends with
 * engine_bench_end(). */
void engine_bench_begin(struct engine_bench *bench, const char *conf_text);
void engine_bench_end(struct engine_bench *bench);

/* Run these, which the caller keeps. */
void engine_bench_checks(struct engine_bench *bench,
    struct chain_entry *entries, size_t count);
void engine_bench_actions(struct engine_bench *bench,
    struct action_entry *entries, size_t count);

/* A message up to its recipient; the test may add to it until it is closed,
 * with a Subject and a body of 7 bytes, and judged. */
void engine_bench_open(struct engine_bench *bench, const char *rcpt);
void engine_bench_close(struct engine_bench *bench);
/* Both, for <b@example.net>. */
void engine_bench_message(struct engine_bench *bench);

/* Of the outcome, by name; NULL: absent. */
const struct finding *engine_bench_finding(const struct engine_bench *bench,
    const char *check);
const struct action_report *engine_bench_report(
    const struct engine_bench *bench, const char *action);

#endif
