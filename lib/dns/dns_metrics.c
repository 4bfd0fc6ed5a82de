/* SPDX-License-Identifier: ISC */
/* dns_metrics.c - what a DNS source counts, as Prometheus text. */
#include "dns/dns_metrics.h"

#include <inttypes.h>

#include "base/str.h"
#include "base/vec.h"
#include "dns/dns.h"

/* The upper ends of latency_counts, in seconds. */
static const char *const latency_ends[] = { "0.001", "0.004", "0.016",
	"0.064", "0.256", "1.024", "+Inf" };

_Static_assert(ARRAY_LEN(latency_ends) ==
    ARRAY_LEN(((struct dns_stats *)0)->latency_counts), "one end a count");

static const struct {
	const char *name, *type, *help;
	size_t offset;
} dns_figures[] = {
	{ "questions_total", "counter", "Questions of messages.",
	    offsetof(struct dns_stats, asked) },
	{ "cache_hits_total", "counter", "Questions the cache answered.",
	    offsetof(struct dns_stats, hits) },
	{ "coalesced_total", "counter", "Questions that joined an equal one.",
	    offsetof(struct dns_stats, coalesced) },
	{ "sent_total", "counter", "Questions handed to the resolver.",
	    offsetof(struct dns_stats, sent) },
	{ "timeouts_total", "counter", "Questions not answered in time.",
	    offsetof(struct dns_stats, timeouts) },
	{ "failures_total", "counter", "Answers SERVFAIL.",
	    offsetof(struct dns_stats, failures) },
	{ "bogus_total", "counter", "Answers that DNSSEC refused.",
	    offsetof(struct dns_stats, bogus) },
	{ "overloads_total", "counter", "Questions refused: too many at once.",
	    offsetof(struct dns_stats, overloads) },
	{ "evictions_total", "counter", "Answers that left the full cache.",
	    offsetof(struct dns_stats, evictions) },
	{ "under_way", "gauge", "Questions under way.",
	    offsetof(struct dns_stats, under_way) },
	{ "cache_entries", "gauge", "Answers in the cache.",
	    offsetof(struct dns_stats, cache_entries) },
	{ "cache_bytes", "gauge", "Bytes of the cache.",
	    offsetof(struct dns_stats, cache_bytes) },
};

static void
head(struct buf *out, const char *daemon, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP mailreeve_%s_dns_%s %s\n"
	    "# TYPE mailreeve_%s_dns_%s %s\n", daemon, name, help, daemon,
	    name, type);
}

static void
write_latency(const struct dns_stats *stats, const char *daemon,
    struct buf *out)
{
	uint64_t sum = 0;

	head(out, daemon, "seconds", "histogram",
	    "Time until the resolver answered.");
	for (size_t i = 0; i < ARRAY_LEN(latency_ends); i++) {
		sum += stats->latency_counts[i];
		buf_printf(out, "mailreeve_%s_dns_seconds_bucket{le=\"%s\"} %"
		    PRIu64 "\n", daemon, latency_ends[i], sum);
	}
	buf_printf(out, "mailreeve_%s_dns_seconds_sum %.6f\n"
	    "mailreeve_%s_dns_seconds_count %" PRIu64 "\n", daemon,
	    (double)stats->latency_us / 1e6, daemon, sum);
}

void
dns_metrics_write(struct dns_source *source, const char *daemon,
    struct buf *out)
{
	struct dns_stats stats;

	dns_source_count(source, &stats);
	for (size_t i = 0; i < ARRAY_LEN(dns_figures); i++) {
		const uint64_t *value = (const void *)
		    ((const char *)&stats + dns_figures[i].offset);

		head(out, daemon, dns_figures[i].name, dns_figures[i].type,
		    dns_figures[i].help);
		buf_printf(out, "mailreeve_%s_dns_%s %" PRIu64 "\n", daemon,
		    dns_figures[i].name, *value);
	}
	write_latency(&stats, daemon, out);
}
