/* SPDX-License-Identifier: ISC */
/* serve.c - the running milter: its snapshot, and what every decision feeds. */
#include "milter/serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/asker.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/history.h"
#include "base/log.h"
#include "base/must.h"
#include "daemon/configuration.h"
#include "daemon/control.h"
#include "daemon/events.h"
#include "daemon/verbs.h"
#include "directory/directory_settings.h"
#include "directory/served_directory.h"
#include "directory/served_lists.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "milter/engine.h"
#include "milter/event.h"
#include "milter/limits.h"
#include "milter/metrics.h"
#include "milter/rule_hits.h"
#include "milter/serve_charges.h"
#include "milter/serve_ctl.h"
#include "milter/serve_rules.h"
#include "milter/settings.h"
#include "milter/threads.h"
#include "rules/load.h"
#include "rules/ruleset.h"
#include "rules/settings.h"
#include "store/store_settings.h"

/* Of most events, so that they are not copied as they grow. */
#define EVENT_USUAL_BYTES 4000

struct server {
	struct verb_daemon self;
	struct loop *loop;
	pthread_mutex_t lock;		/* of snapshot */
	struct snapshot *snapshot;
	struct conf *start_conf;	/* what holds until a restart */
	struct dns_source *dns;
	struct charges *charges;
	struct served_directory *directory;
	struct served_lists *lists;	/* NULL: there is no directory */
	struct served_rules *rules;
	char *refused;			/* why the last reload was; NULL */
	struct asker *asker;
	struct events *events;
	struct metrics *metrics;
	struct rule_hits *rule_hits;
	struct control control;
};

static void
log_degraded(const struct snapshot *snapshot)
{
	const char *text;

	for (size_t i = 0; (text = snapshot_degraded(snapshot, i)) != NULL;
	    i++)
		log_warn(NULL, "degraded: %s", text);
}

/* What a new configuration changes without opening anything. */
static void
adjust(const struct snapshot *snapshot)
{
	const struct milter_settings *settings = snapshot_settings(snapshot);

	log_set_level((enum log_level)settings->common.log_level);
	threads_limit(limits_sessions((size_t)settings->max_connections));
}

static void
put_snapshot(struct server *server, struct snapshot *fresh)
{
	struct snapshot *old;

	pthread_mutex_lock(&server->lock);
	old = server->snapshot;
	server->snapshot = fresh;
	pthread_mutex_unlock(&server->lock);
	snapshot_unref(&old);
}

/* The directory has other keys. */
static void
on_lists(void *arg)
{
	struct server *server = arg;
	struct arena *arena = arena_new(0);
	const char *error;
	struct snapshot *fresh = snapshot_new_again(server->snapshot,
	    served_lists_get(server->lists), arena, &error);

	if (fresh != NULL) {
		put_snapshot(server, fresh);
		log_info(NULL, "the new lists of the directory are in force");
		log_degraded(fresh);
	} else {
		log_error(NULL, "the new lists of the directory are refused: "
		    "%s", error);
	}
	arena_free(&arena);
}

/* Their databases have come. The files may have changed since, without a
 * reload: what is in force then stays. */
static void
on_rules(void *arg)
{
	struct server *server = arg;
	struct arena *arena = arena_new(0);
	struct ruleset *old = snapshot_rules(server->snapshot), *fresh = NULL;
	struct snapshot *snapshot = NULL;
	const char *error = "they are not the rules in force; a reload takes "
	    "them up";

	if (old != NULL)
		fresh = rules_load(conf_get(snapshot_conf(server->snapshot),
		    &rules_section), arena, &error);
	if (fresh != NULL && strcmp(lanes_cache_name(ruleset_lanes(fresh)),
	    lanes_cache_name(ruleset_lanes(old))) == 0)
		snapshot = snapshot_with_rules(server->snapshot, fresh, arena,
		    &error);
	if (snapshot != NULL) {
		put_snapshot(server, snapshot);
		served_rules_look(server->rules, fresh);
	} else if (old != NULL) {
		log_warn(NULL, "compiled rules are not taken up: %s", error);
	}
	ruleset_unref(&fresh);
	arena_free(&arena);
}

static int
open_directory(struct server *server, struct arena *arena,
    const char **error_r)
{
	const struct directory_settings *settings =
	    conf_get(server->start_conf, &directory_section);
	struct snapshot *fresh;

	server->directory = served_directory_open(settings, snapshot_site(
	    server->snapshot)->recipient_delimiter, arena, error_r);
	if (server->directory == NULL)
		return -1;
	server->lists = served_lists_open(served_directory_inquiry(
	    server->directory), server->loop, settings->timeout_ms, on_lists,
	    server);
	if (served_lists_get(server->lists) == NULL)
		return 0;
	fresh = snapshot_new_again(server->snapshot, served_lists_get(
	    server->lists), arena, error_r);
	if (fresh == NULL)
		return -1;
	put_snapshot(server, fresh);
	return 0;
}

/* All that the configuration names beside the snapshot. */
static int
open_parts(struct server *server, bool has_test_clock, struct arena *arena,
    const char **error_r)
{
	const struct daemon_settings *settings =
	    &snapshot_settings(server->snapshot)->common;

	log_open("mailreeve-milter", settings->log_target == LOG_TARGET_SYSLOG);
	adjust(server->snapshot);
	server->dns = resolver_new(conf_get(server->start_conf, &dns_section),
	    arena, error_r);
	if (server->dns == NULL)
		return -1;
	server->charges = charges_open(conf_get(server->start_conf,
	    &store_section), server->loop, arena, error_r);
	if (server->charges == NULL)
		return -1;
	if (open_directory(server, arena, error_r) < 0)
		return -1;
	server->rules = served_rules_open(server->loop, server->self.conf_path,
	    on_rules, server);
	served_rules_look(server->rules, snapshot_rules(server->snapshot));
	*error_r = "no descriptor is left";
	server->asker = asker_open(server->loop);
	if (server->asker == NULL)
		return -1;
	server->events = events_open(settings, conf_get(server->start_conf,
	    &store_section), "milter", HISTORY_BYTES, arena, error_r);
	if (server->events == NULL)
		return -1;
	return control_open(&server->control, server->loop, settings,
	    has_test_clock, serve_verbs, server, arena, error_r);
}

struct server *
server_open(const char *conf_path, bool has_test_clock, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct server *server = must(calloc(1, sizeof(*server)));

	pthread_mutex_init(&server->lock, NULL);
	server->self = (struct verb_daemon){ "milter", conf_path,
	    clock_steady_ms() };
	server->loop = loop;
	server->metrics = metrics_new();
	server->rule_hits = rule_hits_new();
	server->start_conf = configuration_load(conf_path, engine_sections(),
	    engine_other_sections(), arena, error_r);
	if (server->start_conf != NULL)
		server->snapshot = snapshot_new(server->start_conf, false,
		    arena, error_r);
	if (server->snapshot != NULL && open_parts(server, has_test_clock,
	    arena, error_r) == 0) {
		log_degraded(server->snapshot);
		return server;
	}
	server_close(&server);
	return NULL;
}

void
server_hide(struct server *server)
{
	control_close(&server->control);
}

void
server_close(struct server **server)
{
	struct server *old = *server;

	if (old == NULL)
		return;
	server_hide(old);
	events_close(&old->events);
	asker_close(&old->asker);
	served_rules_close(&old->rules);
	free(old->refused);
	charges_close(&old->charges);
	served_lists_close(&old->lists);
	served_directory_close(&old->directory);
	snapshot_unref(&old->snapshot);
	dns_source_free(&old->dns);
	conf_unref(&old->start_conf);
	metrics_free(&old->metrics);
	rule_hits_free(&old->rule_hits);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*server = NULL;
}

struct snapshot *
server_snapshot(struct server *server)
{
	struct snapshot *snapshot;

	pthread_mutex_lock(&server->lock);
	snapshot = snapshot_ref(server->snapshot);
	pthread_mutex_unlock(&server->lock);
	return snapshot;
}

struct dns_source *
server_dns(const struct server *server)
{
	return server->dns;
}

struct metrics *
server_metrics(const struct server *server)
{
	return server->metrics;
}

struct rule_hits *
server_rule_hits(const struct server *server)
{
	return server->rule_hits;
}

struct charges *
server_charges(const struct server *server)
{
	return server->charges;
}

const struct served_directory *
server_directory(const struct server *server)
{
	return server->directory;
}

struct asker *
server_asker(const struct server *server)
{
	return server->asker;
}

const struct served_rules *
server_rules(const struct server *server)
{
	return server->rules;
}

const char *
server_refused(const struct server *server)
{
	return server->refused;
}

struct events *
server_events(const struct server *server)
{
	return server->events;
}

const struct verb_daemon *
server_self(const struct server *server)
{
	return &server->self;
}

int
server_reload(struct server *server, struct arena *arena,
    const char **error_r)
{
	struct conf *conf = configuration_load(server->self.conf_path,
	    engine_sections(), engine_other_sections(), arena, error_r);
	struct snapshot *fresh = NULL;

	if (conf != NULL)
		fresh = snapshot_new_with(conf, served_lists_get(
		    server->lists), true, arena, error_r);
	conf_unref(&conf);
	metrics_count_reload(server->metrics, fresh != NULL);
	free(server->refused);
	server->refused = fresh != NULL ? NULL : strdup(*error_r);
	if (fresh == NULL) {
		log_error(NULL, "the new configuration is refused, the old one "
		    "stays in force: %s", *error_r);
		return -1;
	}
	adjust(fresh);
	configuration_log_restart(server->start_conf, snapshot_conf(fresh),
	    arena);
	put_snapshot(server, fresh);
	served_rules_look(server->rules, snapshot_rules(fresh));
	log_info(NULL, "the new configuration is in force");
	log_degraded(fresh);
	return 0;
}

void
server_decided(struct server *server, struct engine *engine,
    const struct outcome *outcome)
{
	struct txn *txn = engine_txn(engine);
	struct buf event;

	buf_init(&event, txn->arena);
	buf_reserve(&event, EVENT_USUAL_BYTES);
	event_write(&event, txn, outcome);
	events_add(server->events, txn->id, txn->queue_id, buf_str(&event),
	    true);
	metrics_count_decision(server->metrics, txn, outcome);
	rule_hits_count(server->rule_hits, outcome->findings,
	    outcome->verdict->score);
	event_log(txn, outcome);
}
