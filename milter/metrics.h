/* SPDX-License-Identifier: ISC */
/* metrics.h - what the milter counts, as Prometheus text. */
#ifndef MILTER_METRICS_H
#define MILTER_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct outcome;
struct txn;

struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics **metrics);

/* Any thread. */
void metrics_count_decision(struct metrics *metrics, const struct txn *txn,
    const struct outcome *outcome);
void metrics_count_abort(struct metrics *metrics);
void metrics_count_reload(struct metrics *metrics, bool is_accepted);

/* Append everything in the text exposition format 0.0.4. */
void metrics_write(const struct metrics *metrics, struct buf *out);

uint64_t metrics_decisions(const struct metrics *metrics);

#endif
