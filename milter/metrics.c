/* SPDX-License-Identifier: ISC */
/* metrics.c - what the milter counts, as Prometheus text. */
#include "milter/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/str.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "milter/check.h"
#include "milter/engine.h"

#define DECISIONS (DECISION_REFUSE + 1)
#define DIRECTIONS (DIRECTION_FORWARDED + 1)
#define RESULTS (RESULT_TEMPERROR + 1)
#define CHECKS_MAX 64

/* Upper ends of the buckets, in microseconds. */
static const int64_t latency_us[] = { 500, 1000, 2500, 5000, 10000, 25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000 };

struct metrics {
	atomic_uint_fast64_t decisions[DIRECTIONS][DECISIONS];
	atomic_uint_fast64_t not_enforced;
	atomic_uint_fast64_t results[CHECKS_MAX][RESULTS];
	atomic_uint_fast64_t failed[CHECKS_MAX];
	atomic_uint_fast64_t aborts, reloads, reloads_refused;
	atomic_uint_fast64_t latency[ARRAY_LEN(latency_us) + 1];
	atomic_uint_fast64_t latency_sum_us, waited_sum_us;
};

struct metrics *
metrics_new(void)
{
	struct metrics *metrics = must(calloc(1, sizeof(*metrics)));

	return metrics;
}

void
metrics_free(struct metrics **metrics)
{
	free(*metrics);
	*metrics = NULL;
}

static void
count(atomic_uint_fast64_t *counter, uint64_t by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static uint64_t
read_counter(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* The place of a check in the table, or CHECKS_MAX. */
static size_t
check_place(const char *name)
{
	size_t i;

	for (i = 0; i < CHECKS_MAX && checks[i] != NULL; i++)
		if (strcmp(checks[i]->name, name) == 0)
			return i;
	return CHECKS_MAX;
}

static void
count_findings(struct metrics *metrics, const struct findings *findings)
{
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);
		size_t place = finding->is_rule ? CHECKS_MAX :
		    check_place(finding->check);

		if (place == CHECKS_MAX)
			continue;
		count(&metrics->results[place][finding->result], 1);
		if (finding->has_failed)
			count(&metrics->failed[place], 1);
	}
}

void
metrics_count_decision(struct metrics *metrics, const struct txn *txn,
    const struct outcome *outcome)
{
	const struct verdict *verdict = outcome->verdict;
	size_t bucket = 0;

	count(&metrics->decisions[txn->direction][verdict->decision], 1);
	if (verdict->done != verdict->decision)
		count(&metrics->not_enforced, 1);
	count_findings(metrics, outcome->findings);
	while (bucket < ARRAY_LEN(latency_us) &&
	    outcome->total_us > latency_us[bucket])
		bucket++;
	count(&metrics->latency[bucket], 1);
	count(&metrics->latency_sum_us, (uint64_t)outcome->total_us);
	count(&metrics->waited_sum_us, (uint64_t)outcome->waited_us);
}

void
metrics_count_abort(struct metrics *metrics)
{
	count(&metrics->aborts, 1);
}

void
metrics_count_reload(struct metrics *metrics, bool is_accepted)
{
	count(is_accepted ? &metrics->reloads : &metrics->reloads_refused, 1);
}

uint64_t
metrics_decisions(const struct metrics *metrics)
{
	uint64_t sum = 0;

	for (int i = 0; i < DIRECTIONS; i++)
		for (int j = 0; j < DECISIONS; j++)
			sum += read_counter(&metrics->decisions[i][j]);
	return sum;
}

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP mailreeve_milter_%s %s\n"
	    "# TYPE mailreeve_milter_%s %s\n", name, help, name, type);
}

static void
write_one(struct buf *out, const char *name, const char *help, uint64_t value)
{
	head(out, name, "counter", help);
	buf_printf(out, "mailreeve_milter_%s %" PRIu64 "\n", name, value);
}

static void
write_decisions(const struct metrics *metrics, struct buf *out)
{
	head(out, "decisions_total", "counter", "Messages decided.");
	for (int i = 0; i < DIRECTIONS; i++)
		for (int j = 0; j < DECISIONS; j++)
			buf_printf(out, "mailreeve_milter_decisions_total{"
			    "direction=\"%s\",decision=\"%s\"} %" PRIu64 "\n",
			    direction_text((enum direction)i),
			    decision_text((enum decision)j),
			    read_counter(&metrics->decisions[i][j]));
}

static void
write_checks(const struct metrics *metrics, struct buf *out)
{
	head(out, "check_results_total", "counter", "Findings by result.");
	for (size_t i = 0; i < CHECKS_MAX && checks[i] != NULL; i++)
		for (int j = 0; j < RESULTS; j++)
			buf_printf(out, "mailreeve_milter_check_results_total{"
			    "check=\"%s\",result=\"%s\"} %" PRIu64 "\n",
			    checks[i]->name, result_text((enum result)j),
			    read_counter(&metrics->results[i][j]));
	head(out, "check_failed_total", "counter",
	    "Times that a check could not run.");
	for (size_t i = 0; i < CHECKS_MAX && checks[i] != NULL; i++)
		buf_printf(out, "mailreeve_milter_check_failed_total{"
		    "check=\"%s\"} %" PRIu64 "\n", checks[i]->name,
		    read_counter(&metrics->failed[i]));
}

static void
write_latency(const struct metrics *metrics, struct buf *out)
{
	uint64_t sum = 0;

	head(out, "message_seconds", "histogram",
	    "Time from MAIL to the decision.");
	for (size_t i = 0; i <= ARRAY_LEN(latency_us); i++) {
		sum += read_counter(&metrics->latency[i]);
		buf_add_text(out,
		    "mailreeve_milter_message_seconds_bucket{le=\"");
		if (i < ARRAY_LEN(latency_us))
			buf_printf(out, "%g", (double)latency_us[i] / 1e6);
		else
			buf_add_text(out, "+Inf");
		buf_printf(out, "\"} %" PRIu64 "\n", sum);
	}
	buf_printf(out, "mailreeve_milter_message_seconds_sum %.6f\n"
	    "mailreeve_milter_message_seconds_count %" PRIu64 "\n",
	    (double)read_counter(&metrics->latency_sum_us) / 1e6, sum);
}

void
metrics_write(const struct metrics *metrics, struct buf *out)
{
	write_decisions(metrics, out);
	write_one(out, "not_enforced_total",
	    "Decisions that observe mode did not carry out.",
	    read_counter(&metrics->not_enforced));
	write_checks(metrics, out);
	write_latency(metrics, out);
	head(out, "waited_seconds_total", "counter",
	    "Time that messages waited for answers at their end.");
	buf_printf(out, "mailreeve_milter_waited_seconds_total %.6f\n",
	    (double)read_counter(&metrics->waited_sum_us) / 1e6);
	write_one(out, "aborts_total", "Messages that the client gave up.",
	    read_counter(&metrics->aborts));
	write_one(out, "reloads_total", "Configurations taken.",
	    read_counter(&metrics->reloads));
	write_one(out, "reloads_refused_total", "Configurations refused.",
	    read_counter(&metrics->reloads_refused));
}
