/* SPDX-License-Identifier: ISC */
/* policy_metrics.c - what policyd counts, as Prometheus text. */
#include "policyd/policy_metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/str.h"
#include "base/vec.h"
#include "daemon/verbs.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"
#include "policyd/rule.h"

#define DECISIONS (DECISION_REFUSE + 1)
#define RESULTS (RESULT_TEMPERROR + 1)
#define RULES_MAX 32
#define PREFIX "mailreeve_policyd_"

static const struct {
	enum policy_stage stage;
	const char *label;
} stages[] = {
	{ POLICY_OTHER, "other" },
	{ POLICY_RCPT, "rcpt" },
	{ POLICY_DATA, "data" },
	{ POLICY_END, "end_of_message" },
};

/* Upper ends of the buckets, in microseconds. */
static const int64_t latency_us[] = { 50, 100, 250, 500, 1000, 2500, 5000,
	10000, 25000, 50000, 100000, 250000, 500000, 1000000 };

struct policy_metrics {
	uint64_t decisions[ARRAY_LEN(stages)][DECISIONS];
	uint64_t not_enforced, late, unread, reloads, reloads_refused;
	uint64_t results[RULES_MAX][RESULTS];
	uint64_t failed[RULES_MAX], would[RULES_MAX];
	uint64_t latency[ARRAY_LEN(latency_us) + 1];
	uint64_t latency_sum_us;
};

struct policy_metrics *
policy_metrics_new(void)
{
	struct policy_metrics *metrics = must(calloc(1, sizeof(*metrics)));

	return metrics;
}

void
policy_metrics_free(struct policy_metrics **metrics)
{
	free(*metrics);
	*metrics = NULL;
}

/* The place of a rule in the table, or RULES_MAX. */
static size_t
rule_place(const char *name)
{
	for (size_t i = 0; i < RULES_MAX && rules[i] != NULL; i++)
		if (strcmp(rules[i]->name, name) == 0)
			return i;
	return RULES_MAX;
}

static void
count_finding(struct policy_metrics *metrics, const struct finding *finding)
{
	size_t place = rule_place(finding->check);

	if (place == RULES_MAX)
		return;
	metrics->results[place][finding->result]++;
	metrics->failed[place] += finding->has_failed;
	metrics->would[place] += finding->is_dry_run &&
	    finding->suggested != DECISION_HAM;
}

static size_t
stage_place(enum policy_stage stage)
{
	size_t i = ARRAY_LEN(stages) - 1;

	while (i > 0 && stages[i].stage != stage)
		i--;
	return i;
}

void
policy_metrics_count(struct policy_metrics *metrics,
    const struct ruling *ruling)
{
	const struct verdict *verdict = ruling->verdict;
	size_t bucket = 0;

	metrics->decisions[stage_place(ruling->request->stage)]
	    [verdict->decision]++;
	metrics->not_enforced += verdict->done != verdict->decision;
	metrics->late += ruling->is_late;
	for (size_t i = 0; i < ruling->findings->items.len; i++)
		count_finding(metrics, vec_at(&ruling->findings->items, i));
	while (bucket < ARRAY_LEN(latency_us) &&
	    ruling->total_us > latency_us[bucket])
		bucket++;
	metrics->latency[bucket]++;
	metrics->latency_sum_us += (uint64_t)ruling->total_us;
}

void
policy_metrics_count_unread(struct policy_metrics *metrics)
{
	metrics->unread++;
}

void
policy_metrics_count_reload(struct policy_metrics *metrics, bool is_accepted)
{
	if (is_accepted)
		metrics->reloads++;
	else
		metrics->reloads_refused++;
}

uint64_t
policy_metrics_decisions(const struct policy_metrics *metrics)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		for (size_t j = 0; j < DECISIONS; j++)
			sum += metrics->decisions[i][j];
	return sum;
}

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
	    name, help, name, type);
}

static void
write_decisions(const struct policy_metrics *metrics, struct buf *out)
{
	head(out, "decisions_total", "counter", "Requests decided.");
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		for (int j = 0; j < DECISIONS; j++)
			buf_printf(out, PREFIX "decisions_total{stage=\"%s\","
			    "decision=\"%s\"} %" PRIu64 "\n", stages[i].label,
			    decision_text((enum decision)j),
			    metrics->decisions[i][j]);
}

static void
write_by_rule(struct buf *out, const char *name, const char *help,
    const uint64_t *values)
{
	head(out, name, "counter", help);
	for (size_t i = 0; i < RULES_MAX && rules[i] != NULL; i++)
		buf_printf(out, PREFIX "%s{rule=\"%s\"} %" PRIu64 "\n", name,
		    rules[i]->name, values[i]);
}

static void
write_results(const struct policy_metrics *metrics, struct buf *out)
{
	head(out, "rule_results_total", "counter", "Findings by result.");
	for (size_t i = 0; i < RULES_MAX && rules[i] != NULL; i++)
		for (int j = 0; j < RESULTS; j++)
			buf_printf(out, PREFIX "rule_results_total{rule=\"%s\""
			    ",result=\"%s\"} %" PRIu64 "\n", rules[i]->name,
			    result_text((enum result)j),
			    metrics->results[i][j]);
}

static void
write_latency(const struct policy_metrics *metrics, struct buf *out)
{
	uint64_t sum = 0;

	head(out, "request_seconds", "histogram",
	    "Time from the request to its answer.");
	for (size_t i = 0; i <= ARRAY_LEN(latency_us); i++) {
		sum += metrics->latency[i];
		buf_add_text(out, PREFIX "request_seconds_bucket{le=\"");
		if (i < ARRAY_LEN(latency_us))
			buf_printf(out, "%g", (double)latency_us[i] / 1e6);
		else
			buf_add_text(out, "+Inf");
		buf_printf(out, "\"} %" PRIu64 "\n", sum);
	}
	buf_printf(out, PREFIX "request_seconds_sum %.6f\n"
	    PREFIX "request_seconds_count %" PRIu64 "\n",
	    (double)metrics->latency_sum_us / 1e6, sum);
}

void
policy_metrics_write(const struct policy_metrics *metrics, struct buf *out)
{
	write_decisions(metrics, out);
	write_results(metrics, out);
	write_by_rule(out, "rule_failed_total",
	    "Times that a rule could not run.", metrics->failed);
	write_by_rule(out, "rule_dry_run_total",
	    "Times that a dry run would have decided.", metrics->would);
	write_latency(metrics, out);
	verb_put_figure(out, "policyd", "not_enforced_total", "counter",
	    "Decisions that observe mode did not carry out.",
	    metrics->not_enforced);
	verb_put_figure(out, "policyd", "late_total", "counter",
	    "Requests that the deadline ended.", metrics->late);
	verb_put_figure(out, "policyd", "unread_total", "counter",
	    "What came and was no request.", metrics->unread);
	verb_put_figure(out, "policyd", "reloads_total", "counter",
	    "Configurations taken.", metrics->reloads);
	verb_put_figure(out, "policyd", "reloads_refused_total", "counter",
	    "Configurations refused.", metrics->reloads_refused);
}
