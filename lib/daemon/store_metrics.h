/* SPDX-License-Identifier: ISC */
/* store_metrics.h - what a store has done, as Prometheus text. */
#ifndef DAEMON_STORE_METRICS_H
#define DAEMON_STORE_METRICS_H

struct buf;
struct store_stats;

/* Append mailreeve_DAEMON_store_…. */
void store_metrics_write(const struct store_stats *stats, const char *daemon,
    struct buf *out);

#endif
