/* SPDX-License-Identifier: ISC */
/* milter_load.c - puts a milter under load as Postfix would; prints JSON. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "load_corpus.h"
#include "load_options.h"
#include "load_run.h"
#include "load_session.h"
#include "load_stats.h"

static void
print_string(const char *text)
{
	putchar('"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else if ((unsigned char)*c < ' ')
			printf("\\u%04x", (unsigned)*c);
		else
			putchar(*c);
	}
	putchar('"');
}

static void
print_latency(const char *name, struct load_samples *samples,
    const char *behind)
{
	load_samples_sort(samples);
	printf("    \"%s\": {\"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, "
	    "\"max\": %.3f, \"count\": %zu}%s\n", name,
	    load_samples_ms(samples, 50), load_samples_ms(samples, 90),
	    load_samples_ms(samples, 99), load_samples_ms(samples, 100),
	    samples->count, behind);
}

/* Only what happened: a counter that is 0 is left out. */
static void
print_endings(const struct load_stats *stats)
{
	const char *comma = "";

	printf("  \"replies\": {");
	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		if (stats->verdicts[i] == 0)
			continue;
		printf("%s\"%s\": %llu", comma,
		    load_verdict_name((enum load_verdict)i),
		    (unsigned long long)stats->verdicts[i]);
		comma = ", ";
	}
	comma = "";
	printf("},\n  \"ended_at\": {");
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		if (stats->ended_at[i] == 0)
			continue;
		printf("%s\"%s\": %llu", comma,
		    load_stage_name((enum load_stage)i),
		    (unsigned long long)stats->ended_at[i]);
		comma = ", ";
	}
	printf("},\n");
}

static void
print_errors(const struct load_stats *stats)
{
	printf("  \"errors\": {\"connect\": %llu, \"closed\": %llu, "
	    "\"protocol\": %llu, \"timeout\": %llu, \"trouble\": ",
	    (unsigned long long)stats->errors_connect,
	    (unsigned long long)stats->errors_closed,
	    (unsigned long long)stats->errors_protocol,
	    (unsigned long long)stats->errors_timeout);
	if (stats->trouble != NULL)
		print_string(stats->trouble);
	else
		printf("null");
	printf("}");
}

static void
print_server(const struct load_plan *plan, const struct load_result *result)
{
	const struct load_usage *after = &result->after;
	double cpu = after->cpu_seconds - result->before.cpu_seconds;
	double messages = (double)result->stats.messages;

	printf(",\n  \"server\": {\"processes\": %d, \"cpu_seconds\": %.2f, "
	    "\"cpu_ms_per_message\": %.5f,\n    \"rss_kb_before\": %ld, "
	    "\"rss_kb\": %ld, \"rss_peak_kb\": %ld, \"pss_kb\": ",
	    after->processes, cpu, messages > 0 ? 1000 * cpu / messages : 0,
	    result->before.rss_kb, after->rss_kb, after->rss_peak_kb);
	if (after->pss_kb >= 0)
		printf("%ld", after->pss_kb);
	else
		printf("null");
	if (plan->is_idle)
		printf(", \"bytes_per_idle_connection\": %.0f",
		    1024.0 * (double)(after->rss_kb - result->before.rss_kb) /
		    plan->connections);
	printf("}");
}

static void
print_result(const struct load_options *options,
    const struct load_corpus *corpus, struct load_result *result)
{
	const struct load_plan *plan = &options->plan;
	struct load_stats *stats = &result->stats;
	double seconds = result->seconds > 0 ? result->seconds : 1;

	printf("{\n  \"sockets\": ");
	for (size_t i = 0; i < plan->hop_count; i++) {
		printf(i == 0 ? "[" : ", ");
		print_string(options->sockets[i]);
	}
	printf("]");
	printf(",\n  \"corpus\": ");
	print_string(options->corpus != NULL ? options->corpus : "made");
	printf(",\n  \"corpus_messages\": %zu, \"corpus_bytes\": %zu,\n"
	    "  \"connections\": %u, \"threads\": %u, "
	    "\"new_connection\": %s, \"idle\": %s,\n",
	    corpus->count, corpus->bytes, plan->connections, plan->threads,
	    plan->is_fresh ? "true" : "false",
	    plan->is_idle ? "true" : "false");
	printf("  \"played\": %llu, \"messages\": %llu, \"seconds\": %.3f, "
	    "\"messages_per_second\": %.1f,\n  \"megabytes\": %.3f, "
	    "\"edits\": %llu, \"connections_opened\": %llu,\n",
	    (unsigned long long)stats->played,
	    (unsigned long long)stats->messages, result->seconds,
	    (double)stats->messages / seconds, (double)stats->bytes / 1e6,
	    (unsigned long long)stats->edits,
	    (unsigned long long)stats->connections);
	printf("  \"latency_ms\": {\n");
	print_latency("message", &stats->message, ",");
	print_latency("end_of_message", &stats->eom, "");
	printf("  },\n  \"under_way\": {\"messages\": %llu, "
	    "\"oldest_ms\": %.3f},\n", (unsigned long long)stats->under_way,
	    (double)stats->oldest_us / 1000);
	print_endings(stats);
	print_errors(stats);
	if (plan->pid_count > 0)
		print_server(plan, result);
	printf("\n}\n");
}

static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int
read_corpus(const struct load_options *options, struct load_corpus *corpus_r)
{
	if (options->corpus == NULL)
		load_corpus_make(options->made_size, corpus_r);
	else if (load_corpus_read(options->corpus, options->corpus_limit,
	    corpus_r) != 0)
		return -1;
	if (options->envelopes != NULL &&
	    load_corpus_envelopes(corpus_r, options->envelopes) < 0)
		return -1;
	load_corpus_defaults(corpus_r, &options->envelope);
	return 0;
}

int
main(int argc, char **argv)
{
	struct load_options options;
	struct load_corpus corpus = { 0 };
	struct load_result result = { 0 };
	int rc = load_options_parse(argc, argv, &options);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	raise_file_limit();
	signal(SIGPIPE, SIG_IGN);
	rc = 2;
	if (read_corpus(&options, &corpus) == 0 &&
	    load_run(&options.plan, &corpus, &result) == 0) {
		print_result(&options, &corpus, &result);
		rc = result.stats.messages == 0 ||
		    load_stats_errors(&result.stats) > 0;
	}
	load_stats_done(&result.stats);
	load_corpus_done(&corpus);
	return rc;
}
