/* SPDX-License-Identifier: ISC */
/* serve_ctl.c - the verbs that the running avscan answers. */
#include "avscan/serve_ctl.h"

#include <inttypes.h>

#include "avscan/conn.h"
#include "avscan/pool.h"
#include "avscan/serve.h"
#include "avscan/settings.h"
#include "base/json.h"
#include "base/vec.h"
#include "daemon/verbs.h"

#define PREFIX "mailreeve_avscan_"

static int
run_status(void *arg, struct str request, struct buf *out,
    const char **error_r)
{
	const struct server *server = arg;
	const char *degraded = pool_degraded(server_pool(server));
	struct json_writer json;
	struct pool_stats stats;
	struct conns_stats conns;

	(void)request;
	(void)error_r;
	pool_count(server_pool(server), &stats);
	conns_count(server_conns(server), &conns);
	verb_begin_status(&json, out, server_self(server));
	json_put_text(&json, "listen", server_settings(server)->socket);
	json_put_int(&json, "connections", (int64_t)conns.open);
	json_put_int(&json, "reading", (int64_t)stats.busy);
	json_put_int(&json, "waiting", (int64_t)stats.waiting);
	json_put_int(&json, "files", (int64_t)stats.read);
	json_begin_array(&json, "workers");
	pool_put_workers(server_pool(server), &json);
	json_end_array(&json);
	json_begin_array(&json, "degraded");
	verb_put_texts(&json, &degraded, 1);
	json_end_array(&json);
	verb_end_status(&json);
	return 0;
}

static void
put_pool(struct buf *out, const struct pool_stats *stats)
{
	const struct verb_figure figures[] = {
		{ "workers", "gauge", "Workers now.", stats->workers },
		{ "workers_busy", "gauge", "Workers that read a file now.",
		    stats->busy },
		{ "waiting", "gauge", "Files that wait for a worker now.",
		    stats->waiting },
		{ "files_total", "counter", "Files read.", stats->read },
		{ "bytes_total", "counter", "Bytes of these.", stats->bytes },
		{ "microseconds_total", "counter",
		    "Time that files took, waiting included.",
		    stats->busy_us },
		{ "workers_started_total", "counter", "Workers started.",
		    stats->started },
		{ "workers_killed_total", "counter",
		    "Workers killed because they were late, or spoke "
		    "nonsense.", stats->killed },
		{ "workers_crashed_total", "counter",
		    "Workers that ended within a file.", stats->crashed },
		{ "workers_failed_total", "counter",
		    "Workers that could not begin.", stats->failed_starts },
	};

	verb_put_figures(out, "avscan", figures, ARRAY_LEN(figures));
	buf_printf(out, "# HELP " PREFIX "unread_total Files not read, by "
	    "reason.\n# TYPE " PREFIX "unread_total counter\n");
	for (int i = SCAN_READ + 1; i < SCAN_UNREAD_COUNT; i++)
		buf_printf(out, PREFIX "unread_total{reason=\"%s\"} %" PRIu64
		    "\n", scan_unread_name((enum scan_unread)i),
		    stats->unread[i]);
}

static void
put_conns(struct buf *out, const struct conns_stats *conns)
{
	const struct verb_figure figures[] = {
		{ "connections", "gauge", "Connections now.", conns->open },
		{ "connections_total", "counter", "Connections taken.",
		    conns->accepted },
		{ "torn_total", "counter",
		    "Connections that ended within a request.", conns->torn },
		{ "gone_total", "counter",
		    "Connections that ended before their answer was there.",
		    conns->gone },
	};

	verb_put_figures(out, "avscan", figures, ARRAY_LEN(figures));
}

static int
run_metrics(void *arg, struct str json, struct buf *out, const char **error_r)
{
	const struct server *server = arg;
	uint64_t reloads, refused;
	struct pool_stats stats;
	struct conns_stats conns;

	(void)json;
	(void)error_r;
	pool_count(server_pool(server), &stats);
	conns_count(server_conns(server), &conns);
	server_count_reloads(server, &reloads, &refused);
	put_pool(out, &stats);
	put_conns(out, &conns);
	verb_put_figure(out, "avscan", "reloads_total", "counter",
	    "Configurations taken at a reload.", reloads);
	verb_put_figure(out, "avscan", "reloads_refused_total", "counter",
	    "Configurations refused at a reload.", refused);
	verb_put_figure(out, "avscan", "degraded", "gauge",
	    "Things that do not work right now.",
	    pool_degraded(server_pool(server)) != NULL);
	return 0;
}

static int
run_reload(void *arg, struct str json, struct buf *out, const char **error_r)
{
	const char *error;
	int result = server_reload(arg, out->arena, &error);

	(void)json;
	return verb_reloaded(result < 0 ? error : NULL, out, error_r);
}

const struct ctl_verb serve_verbs[] = {
	{ "ping", verb_ping, CTL_PLUGIN },
	{ "status", run_status, CTL_PLUGIN },
	{ "metrics", run_metrics, CTL_PLUGIN },
	{ "reload", run_reload, CTL_ADMIN },
	{ "clock", verb_clock, CTL_TEST },
	{ .name = NULL },
};
