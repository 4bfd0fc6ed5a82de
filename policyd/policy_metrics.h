/* SPDX-License-Identifier: ISC */
/* policy_metrics.h - what policyd counts, as Prometheus text. */
#ifndef POLICYD_POLICY_METRICS_H
#define POLICYD_POLICY_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct ruling;

/* Belongs to the loop's thread. */
struct policy_metrics;

struct policy_metrics *policy_metrics_new(void);
void policy_metrics_free(struct policy_metrics **metrics);

void policy_metrics_count(struct policy_metrics *metrics,
    const struct ruling *ruling);
void policy_metrics_count_unread(struct policy_metrics *metrics);
void policy_metrics_count_reload(struct policy_metrics *metrics,
    bool is_accepted);

/* Append everything in the text exposition format 0.0.4. */
void policy_metrics_write(const struct policy_metrics *metrics,
    struct buf *out);

uint64_t policy_metrics_decisions(const struct policy_metrics *metrics);

#endif
