/* SPDX-License-Identifier: ISC */
/* serve_ctl.c - the verbs that the running policyd answers. */
#include "policyd/serve_ctl.h"

#include "base/arena.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "base/json.h"
#include "base/vec.h"
#include "directory/served_directory.h"
#include "dns/dns_metrics.h"
#include "daemon/events.h"
#include "daemon/store_metrics.h"
#include "daemon/verbs.h"
#include "mail/verdict.h"
#include "policyd/conn.h"
#include "policyd/instances.h"
#include "policyd/ledger.h"
#include "policyd/notices.h"
#include "policyd/policy_metrics.h"
#include "policyd/rule/throttle.h"
#include "policyd/rulebook.h"
#include "policyd/serve_private.h"
#include "policyd/serve_limits.h"
#include "policyd/serve_socketmap.h"
#include "policyd/serve_store.h"
#include "policyd/settings.h"
#include "store/remote_server.h"
#include "store/store.h"

/* What is reserved waits for a milter that is not there: of Redis we do not see
 * who else asks it. */
static const char *
unconfirmed(const struct server *server)
{
	const struct remote_server *remote = serve_store_remote(server->store);
	const struct throttle_settings *settings = conf_get(rulebook_conf(
	    server->rulebook), &throttle_common_section);
	struct remote_server_stats stats;

	if (remote == NULL || !settings->milter_confirms)
		return NULL;
	remote_server_count(remote, &stats);
	return stats.conns != 0 ? NULL : "milter_confirms says yes, but no "
	    "milter uses the store: what it does not confirm is given back to "
	    "the limits";
}

/* What does not work right now, in sentences: how many; json may be NULL. */
static size_t
put_degraded(struct json_writer *json, const struct server *server,
    struct arena *arena)
{
	const char *store = serve_store_degraded(server->store);
	const char *texts[] = {
		store,
		served_directory_degraded(server->directory, arena),
		unconfirmed(server),
		notices_degraded(server->notices),
		events_degraded(server->events, store != NULL, arena),
	};

	return verb_put_texts(json, texts, ARRAY_LEN(texts));
}

/* "unix:/run/…, inet:…" */
static const char *
listen_text(struct arena *arena, const struct setting_list *list)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < list->count; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ", list->texts[i]);
	return list->count != 0 ? text.data : "nothing";
}

static int
run_status(void *arg, struct str request, struct buf *out,
    const char **error_r)
{
	const struct server *server = arg;
	const struct policyd_settings *settings = server_settings(server);
	struct json_writer json;
	struct conns_stats conns;

	(void)request;
	(void)error_r;
	conns_count(server->conns, &conns);
	verb_begin_status(&json, out, &server->self);
	json_put_text(&json, "mode",
	    mode_text((enum mode)settings->common.mode));
	json_put_text(&json, "listen", listen_text(out->arena,
	    &settings->listen));
	json_put_int(&json, "connections", (int64_t)conns.open);
	json_put_int(&json, "waiting", (int64_t)conns.busy);
	json_put_int(&json, "decisions",
	    (int64_t)policy_metrics_decisions(server->metrics));
	events_put_status(server->events, &json);
	json_begin_array(&json, "degraded");
	put_degraded(&json, server, out->arena);
	json_end_array(&json);
	verb_end_status(&json);
	return 0;
}

static void
put_conns(struct buf *out, const struct conns_stats *conns)
{
	const struct verb_figure figures[] = {
		{ "connections", "gauge", "Connections of Postfix now.",
		    conns->open },
		{ "requests_waiting", "gauge", "Requests that wait for "
		    "answers now.", conns->busy },
		{ "connections_total", "counter", "Connections taken.",
		    conns->accepted },
		{ "connections_idle_total", "counter",
		    "Connections closed because of idle_timeout.",
		    conns->idle_closed },
		{ "connections_pushed_out_total", "counter",
		    "Silent connections closed to make room for others.",
		    conns->pushed_out },
		{ "torn_total", "counter",
		    "Connections that ended within a request.", conns->torn },
	};

	verb_put_figures(out, "policyd", figures, ARRAY_LEN(figures));
}

/* Who else uses our memory. */
static void
put_remote(struct buf *out, const struct remote_server *remote)
{
	struct remote_server_stats stats;

	if (remote == NULL)
		return;
	remote_server_count(remote, &stats);
	verb_put_figure(out, "policyd", "store_clients", "gauge",
	    "Connections of other daemons to our memory.", stats.conns);
	verb_put_figure(out, "policyd", "store_client_requests_total",
	    "counter", "Operations that they asked for.", stats.requests);
	verb_put_figure(out, "policyd", "store_clients_unread_total",
	    "counter", "Connections closed for what they sent.",
	    stats.unread);
}

/* owed: what passed while the store was away, and is not counted there yet. */
static void
put_store(struct buf *out, const struct serve_store *serve)
{
	struct store_stats stats;
	struct ledger_stats ledger;

	store_count(serve_store_get(serve), &stats);
	ledger_count(serve_store_ledger(serve), &ledger);
	store_metrics_write(&stats, "policyd", out);
	verb_put_figure(out, "policyd", "charges_owed", "gauge",
	    "Charges that passed while the store was away.", ledger.owed);
	verb_put_figure(out, "policyd", "charges_paid_total", "counter",
	    "Of these, charged in the store when it was back.", ledger.paid);
	verb_put_figure(out, "policyd", "charges_lost_total", "counter",
	    "Of these, never charged.", ledger.lost);
	put_remote(out, serve_store_remote(serve));
}

static void
put_notices(struct buf *out, const struct notices *notices)
{
	struct notice_stats stats;

	notices_count(notices, &stats);
	verb_put_figure(out, "policyd", "notices_waiting", "gauge",
	    "Notices to users that are not sent yet.", stats.waiting);
	verb_put_figure(out, "policyd", "notices_sent_total", "counter",
	    "Notices that the server has taken.", stats.sent);
	verb_put_figure(out, "policyd", "notices_retries_total", "counter",
	    "Attempts to send one that failed for a time.", stats.retries);
	verb_put_figure(out, "policyd", "notices_refused_total", "counter",
	    "Notices that the server refused for good.", stats.refused);
	verb_put_figure(out, "policyd", "notices_dropped_total", "counter",
	    "Notices given up: too many, or for too long.", stats.dropped);
}

static int
run_metrics(void *arg, struct str json, struct buf *out, const char **error_r)
{
	const struct server *server = arg;
	struct conns_stats conns;

	(void)json;
	(void)error_r;
	conns_count(server->conns, &conns);
	policy_metrics_write(server->metrics, out);
	put_conns(out, &conns);
	put_store(out, server->store);
	put_notices(out, server->notices);
	serve_socketmap_write_metrics(server->socketmap, out);
	dns_metrics_write(server->dns, "policyd", out);
	served_directory_write_metrics(server->directory, "policyd", out);
	verb_put_figure(out, "policyd", "instances", "gauge",
	    "Messages whose recipients are remembered.",
	    instances_count(server->instances));
	verb_put_figure(out, "policyd", "instance_bytes", "gauge",
	    "What that takes.", instances_bytes(server->instances));
	verb_put_figure(out, "policyd", "degraded", "gauge",
	    "Things that do not work right now.",
	    put_degraded(NULL, server, out->arena));
	events_write_metrics(server->events, out);
	return 0;
}

static int
run_reload(void *arg, struct str json, struct buf *out, const char **error_r)
{
	(void)json;
	(void)error_r;
	server_reload(arg, out);
	return CTL_LATER;
}

static int
run_why(void *arg, struct str json, struct buf *out, const char **error_r)
{
	const struct server *server = arg;

	return events_why(server->events, json, out, error_r);
}

static int
run_limits(void *arg, struct str json, struct buf *out, const char **error_r)
{
	struct server *server = arg;

	return serve_limits_ask(server->limits, server->rulebook, false, json,
	    out, error_r);
}

static int
run_limit_reset(void *arg, struct str json, struct buf *out,
    const char **error_r)
{
	struct server *server = arg;

	return serve_limits_ask(server->limits, server->rulebook, true, json,
	    out, error_r);
}

const struct ctl_verb serve_verbs[] = {
	{ "ping", verb_ping, CTL_PLUGIN },
	{ "status", run_status, CTL_PLUGIN },
	{ "metrics", run_metrics, CTL_PLUGIN },
	{ "why", run_why, CTL_PLUGIN },
	{ "reload", run_reload, CTL_ADMIN },
	{ "limits", run_limits, CTL_ADMIN },
	{ "limit-reset", run_limit_reset, CTL_ADMIN },
	{ "clock", verb_clock, CTL_TEST },
	{ .name = NULL },
};
