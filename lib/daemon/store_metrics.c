/* SPDX-License-Identifier: ISC */
/* store_metrics.c - what a store has done, as Prometheus text. */
#include "daemon/store_metrics.h"

#include <inttypes.h>

#include "base/str.h"
#include "base/vec.h"
#include "daemon/verbs.h"
#include "store/store.h"

/* Upper ends of the buckets of store_stats.latency_counts, in seconds. */
static const char *const bounds[] = { "0.001", "0.004", "0.016", "0.064",
	"0.256", "1.024", "+Inf" };

static void
write_latency(const struct store_stats *stats, const char *daemon,
    struct buf *out)
{
	uint64_t sum = 0;

	buf_printf(out, "# HELP mailreeve_%s_store_seconds Time from an "
	    "operation to its answer.\n"
	    "# TYPE mailreeve_%s_store_seconds histogram\n", daemon, daemon);
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		sum += stats->latency_counts[i];
		buf_printf(out, "mailreeve_%s_store_seconds_bucket{le=\"%s\"} "
		    "%" PRIu64 "\n", daemon, bounds[i], sum);
	}
	buf_printf(out, "mailreeve_%s_store_seconds_sum %.6f\n"
	    "mailreeve_%s_store_seconds_count %" PRIu64 "\n", daemon,
	    (double)stats->latency_us / 1e6, daemon, sum);
}

void
store_metrics_write(const struct store_stats *stats, const char *daemon,
    struct buf *out)
{
	const struct verb_figure figures[] = {
		{ "store_asked_total", "counter", "Operations asked for.",
		    stats->asked },
		{ "store_done_total", "counter", "Operations done.",
		    stats->done },
		{ "store_timeouts_total", "counter",
		    "Operations without an answer in time.", stats->timeouts },
		{ "store_down_total", "counter",
		    "Operations while nobody was there.", stats->downs },
		{ "store_refused_total", "counter",
		    "Operations that the store refused.", stats->refusals },
		{ "store_repeated_total", "counter",
		    "Operations asked again on a new connection.",
		    stats->repeated },
		{ "store_connects_total", "counter", "Connections made.",
		    stats->connects },
		{ "store_disconnects_total", "counter", "Connections lost.",
		    stats->disconnects },
		{ "store_under_way", "gauge", "Operations under way now.",
		    stats->under_way },
	};

	verb_put_figures(out, daemon, figures, ARRAY_LEN(figures));
	write_latency(stats, daemon, out);
}
