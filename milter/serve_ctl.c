/* SPDX-License-Identifier: ISC */
/* serve_ctl.c - the verbs that the running milter answers. */
#include "milter/serve_ctl.h"

#include "base/arena.h"
#include "base/conf.h"
#include "base/json.h"
#include "daemon/events.h"
#include "daemon/store_metrics.h"
#include "daemon/verbs.h"
#include "directory/served_directory.h"
#include "dns/dns_metrics.h"
#include "mail/verdict.h"
#include "milter/engine.h"
#include "milter/metrics.h"
#include "milter/rule_hits.h"
#include "milter/serve.h"
#include "milter/serve_charges.h"
#include "milter/serve_rules.h"
#include "milter/settings.h"
#include "milter/threads.h"
#include "rules/channel.h"
#include "rules/settings.h"
#include "store/store.h"

static const char *
channels_degraded(const struct snapshot *snapshot, struct arena *arena)
{
	const struct rules_settings *settings = conf_get(
	    snapshot_conf(snapshot), &rules_section);
	const char *failed = settings->channels.count == 0 ? NULL :
	    channel_failed(arena, settings->channel_directory);

	return failed == NULL ? NULL : arena_printf(arena, "the last update of "
	    "rules failed: %s", failed);
}

/* What does not work right now, in sentences: how many; json may be NULL. */
static size_t
put_degraded(struct json_writer *json, const struct server *server,
    const struct snapshot *snapshot, struct arena *arena)
{
	const char *store = store_degraded(
	    charges_store(server_charges(server)));
	const char *own[] = {
		threads_degraded(),
		store,
		served_directory_degraded(server_directory(server), arena),
		events_degraded(server_events(server), store != NULL, arena),
		served_rules_degraded(server_rules(server), arena),
		channels_degraded(snapshot, arena),
		server_refused(server) == NULL ? NULL : arena_printf(arena,
		    "the last reload was refused, what was before is in "
		    "force: %s", server_refused(server)),
	};
	size_t count = verb_put_texts(json, own, ARRAY_LEN(own));
	const char *text;

	for (size_t i = 0; (text = snapshot_degraded(snapshot, i)) != NULL;
	    i++)
		count += verb_put_texts(json, &text, 1);
	return count;
}

static int
run_status(void *arg, struct str request, struct buf *out,
    const char **error_r)
{
	struct server *server = arg;
	struct snapshot *snapshot = server_snapshot(server);
	const struct milter_settings *settings = snapshot_settings(snapshot);
	struct json_writer json;

	(void)request;
	(void)error_r;
	verb_begin_status(&json, out, server_self(server));
	json_put_text(&json, "mode",
	    mode_text((enum mode)settings->common.mode));
	json_put_text(&json, "listen", settings->listen);
	json_put_int(&json, "sessions", (int64_t)threads_sessions());
	json_put_int(&json, "sessions_refused", (int64_t)threads_refused());
	json_put_int(&json, "decisions",
	    (int64_t)metrics_decisions(server_metrics(server)));
	served_rules_put_status(&json, snapshot_rules(snapshot));
	events_put_status(server_events(server), &json);
	json_begin_array(&json, "degraded");
	put_degraded(&json, server, snapshot, out->arena);
	json_end_array(&json);
	verb_end_status(&json);
	snapshot_unref(&snapshot);
	return 0;
}

static void
put_store(struct buf *out, const struct charges *charges)
{
	struct store_stats stats;

	store_count(charges_store(charges), &stats);
	store_metrics_write(&stats, "milter", out);
	verb_put_figure(out, "milter", "charges_lost_total", "counter",
	    "Messages whose charges could not be settled.",
	    charges_lost(charges));
}

static int
run_metrics(void *arg, struct str json, struct buf *out, const char **error_r)
{
	struct server *server = arg;
	struct snapshot *snapshot = server_snapshot(server);
	size_t degraded = put_degraded(NULL, server, snapshot,
	    out->arena);

	(void)json;
	(void)error_r;
	metrics_write(server_metrics(server), out);
	served_rules_write_metrics(server_rules(server),
	    snapshot_rules(snapshot), out);
	rule_hits_write_metrics(server_rule_hits(server), out);
	snapshot_unref(&snapshot);
	verb_put_figure(out, "milter", "sessions", "gauge",
	    "SMTP sessions served now.", threads_sessions());
	verb_put_figure(out, "milter", "sessions_refused_total", "counter",
	    "SMTP sessions beyond max_connections.", threads_refused());
	verb_put_figure(out, "milter", "degraded", "gauge",
	    "Things that do not work right now.", degraded);
	events_write_metrics(server_events(server), out);
	dns_metrics_write(server_dns(server), "milter", out);
	put_store(out, server_charges(server));
	served_directory_write_metrics(server_directory(server), "milter",
	    out);
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

static int
run_why(void *arg, struct str json, struct buf *out, const char **error_r)
{
	return events_why(server_events(arg), json, out, error_r);
}

static int
run_rules(void *arg, struct str request, struct buf *out,
    const char **error_r)
{
	struct server *server = arg;
	struct json_writer json;

	(void)request;
	(void)error_r;
	verb_begin_status(&json, out, server_self(server));
	rule_hits_put(server_rule_hits(server), &json);
	verb_end_status(&json);
	return 0;
}

const struct ctl_verb serve_verbs[] = {
	{ "ping", verb_ping, CTL_PLUGIN },
	{ "status", run_status, CTL_PLUGIN },
	{ "metrics", run_metrics, CTL_PLUGIN },
	{ "why", run_why, CTL_PLUGIN },
	{ "rules", run_rules, CTL_PLUGIN },
	{ "reload", run_reload, CTL_ADMIN },
	{ "clock", verb_clock, CTL_TEST },
	{ .name = NULL },
};
