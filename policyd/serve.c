/* SPDX-License-Identifier: ISC */
/* serve.c - the running policyd: its rulebook, and what every answer feeds. */
#include "policyd/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "base/wait.h"
#include "daemon/configuration.h"
#include "daemon/events.h"
#include "directory/directory_settings.h"
#include "directory/served_directory.h"
#include "directory/served_lists.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "mail/sections.h"
#include "mail/txn.h"
#include "policyd/conn_policy.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/listen.h"
#include "policyd/notices.h"
#include "policyd/policy_event.h"
#include "policyd/policy_metrics.h"
#include "policyd/rulebook.h"
#include "policyd/serve_ctl.h"
#include "policyd/serve_limits.h"
#include "policyd/serve_reload.h"
#include "policyd/serve_socketmap.h"
#include "policyd/serve_store.h"
#include "policyd/settings.h"
#include "store/store_settings.h"

/* Three requests a message fill it; the budget of memory is small. */
#define POLICYD_HISTORY_BYTES ((size_t)4 * 1024 * 1024)
#define USUAL_EVENT_BYTES 1500
/* The resolver has memory for each question that may be under way, and rules
 * ask for no more than the SPF of senders. */
#define QUESTIONS_MAX 200
/* For control clients, files, the store and the like. */
#define OTHER_DESCRIPTORS 128
#define UNREAD_PAUSE_MS 1000
/* Beyond the deadline: for who sends a request in pieces. */
#define STOP_GRACE_MS 2000

struct server {
	const char *conf_path;
	struct loop *loop;
	struct rulebook *rulebook;
	struct conf *start_conf;	/* what holds until a restart */
	struct wait_queue *queue;
	struct serve_limits *limits;
	struct serve_reload *reload;
	struct instances *instances;
	struct serve_store *store;
	struct notices *notices;
	struct dns_settings dns_settings;
	struct dns_source *dns;
	struct served_directory *directory;
	struct served_lists *lists;	/* NULL: there is no directory */
	struct policy_service policy_service;
	struct conns *conns;
	struct listeners *listeners;
	struct serve_socketmap *socketmap;
	int stopping;			/* parts that have not ended yet */
	struct events *events;
	struct policy_metrics *metrics;
	struct ctl_server *ctl_admin, *ctl_plugin;
	int64_t started_ms;
	int64_t unread_told_ms;		/* the last line about it */
};

static struct rulebook *
rulebook_in_force(void *arg)
{
	const struct server *server = arg;

	return rulebook_ref(server->rulebook);
}

/* A plain DUNNO is for `why` alone: each message has three of them. */
static void
on_decided(void *arg, struct hearing *hearing, const struct ruling *ruling)
{
	struct server *server = arg;
	struct txn *txn = hearing_txn(hearing);
	struct buf event;

	buf_init(&event, txn->arena);
	buf_reserve(&event, USUAL_EVENT_BYTES);
	policy_event_write(&event, txn, ruling);
	events_add(server->events, txn->id, txn->queue_id, buf_str(&event),
	    policy_event_is_decision(ruling) ||
	    server_settings(server)->events == POLICY_EVENTS_ALL);
	policy_metrics_count(server->metrics, ruling);
	policy_event_log(txn, ruling);
}

static void
on_unread(void *arg, const char *reason)
{
	struct server *server = arg;

	policy_metrics_count_unread(server->metrics);
	/* Whoever writes such things writes many; the metrics count them. */
	if (clock_steady_ms() - server->unread_told_ms < UNREAD_PAUSE_MS)
		return;
	server->unread_told_ms = clock_steady_ms();
	log_warn(NULL, "what came is no request of Postfix's policy protocol: "
	    "%s; answered DUNNO", reason);
}

/* What a configuration changes without opening anything. */
static void
adjust(struct server *server)
{
	const struct policyd_settings *settings = server_settings(server);
	size_t wanted = (size_t)settings->max_connections;
	size_t limit = descriptors_limit();
	size_t possible = limit > 2 * OTHER_DESCRIPTORS
	    ? limit - OTHER_DESCRIPTORS : OTHER_DESCRIPTORS / 2;

	log_set_level((enum log_level)settings->common.log_level);
	notices_configure(server->notices, server->rulebook);
	if (possible < wanted)
		log_warn(NULL, "max_connections=%zu is too many for the limit "
		    "on descriptors=%zu: taking %zu", wanted, limit, possible);
	conns_limit(server->conns, possible < wanted ? possible : wanted,
	    settings->idle_timeout_ms);
}

/* What rules use, whatever the configuration. */
static void
lend(struct server *server, struct rulebook *rulebook)
{
	rulebook_set_ledger(rulebook, serve_store_ledger(server->store));
	rulebook_set_notices(rulebook, server->notices);
	rulebook_set_dns(rulebook, server->dns);
	rulebook_set_policies(rulebook,
	    served_directory_policies(server->directory));
}

static void
take_rulebook(struct server *server, struct rulebook *fresh)
{
	struct arena *arena = arena_new(0);
	/* The lists of the directory alone are others. */
	bool is_same = rulebook_conf(fresh) ==
	    rulebook_conf(server->rulebook);

	if (!is_same) {
		configuration_log_restart(server->start_conf,
		    rulebook_conf(fresh), arena);
		policy_metrics_count_reload(server->metrics, true);
	}
	arena_free(&arena);
	lend(server, fresh);
	rulebook_unref(&server->rulebook);
	server->rulebook = fresh;
	adjust(server);
	log_info(NULL, "the %s in force", is_same ? "new lists of the "
	    "directory are" : "new configuration is");
}

static void
on_reloaded(void *arg, struct rulebook *fresh, const char *error)
{
	struct server *server = arg;

	if (fresh != NULL) {
		take_rulebook(server, fresh);
	} else {
		policy_metrics_count_reload(server->metrics, false);
		log_error(NULL, "the new configuration is refused, the old one "
		    "stays in force: %s", error);
	}
	if (server->listeners != NULL)
		notify_state("READY=1");
}

static int
open_dns(struct server *server, struct arena *arena, const char **error_r)
{
	struct dns_settings *settings = &server->dns_settings;

	*settings = *(const struct dns_settings *)conf_get(server->start_conf,
	    &dns_section);
	if (settings->max_under_way > QUESTIONS_MAX)
		settings->max_under_way = QUESTIONS_MAX;
	server->dns = resolver_new(settings, arena, error_r);
	return server->dns == NULL ? -1 : 0;
}

static void
on_lists(void *arg)
{
	struct server *server = arg;

	serve_reload_lists(server->reload, server->rulebook,
	    served_lists_get(server->lists));
}

static int
open_directory(struct server *server, struct arena *arena,
    const char **error_r)
{
	const struct directory_settings *settings =
	    conf_get(server->start_conf, &directory_section);

	server->directory = served_directory_open(settings, rulebook_site(
	    server->rulebook)->recipient_delimiter, arena, error_r);
	if (server->directory == NULL)
		return -1;
	server->lists = served_lists_open(served_directory_inquiry(
	    server->directory), server->loop, settings->timeout_ms, on_lists,
	    server);
	return serve_reload_first(server->reload,
	    &server->rulebook, served_lists_get(server->lists), arena, error_r);
}

static int
open_conns(struct server *server, struct arena *arena, const char **error_r)
{
	struct conn_service service = {
		.loop = server->loop,
		.protocol = &policy_protocol,
		.arg = &server->policy_service,
	};

	server->queue = wait_queue_new();
	server->limits = serve_limits_new(server->loop);
	server->reload = serve_reload_new(server->loop, server->conf_path,
	    on_reloaded, server);
	if (server->queue == NULL || server->limits == NULL ||
	    server->reload == NULL) {
		*error_r = arena_printf(arena, "no descriptor is left: %s",
		    strerror(errno));
		return -1;
	}
	server->store = serve_store_open(conf_get(server->start_conf,
	    &store_section), server->loop, arena, error_r);
	if (server->store == NULL)
		return -1;
	server->notices = notices_new(server->loop,
	    serve_store_get(server->store));
	if (server->notices == NULL) {
		*error_r = arena_printf(arena, "no descriptor is left: %s",
		    strerror(errno));
		return -1;
	}
	if (open_dns(server, arena, error_r) < 0 ||
	    open_directory(server, arena, error_r) < 0)
		return -1;
	lend(server, server->rulebook);
	server->instances = instances_new(
	    (size_t)server_settings(server)->instance_memory);
	service.queue = server->queue;
	server->policy_service = (struct policy_service){
		.instances = server->instances,
		.rulebook = rulebook_in_force,
		.decided = on_decided,
		.unread = on_unread,
		.arg = server,
	};
	server->conns = conns_new(&service);
	adjust(server);
	return 0;
}

static int
open_ctl(struct server *server, bool has_test_clock, struct arena *arena,
    const char **error_r)
{
	const struct daemon_settings *settings =
	    &server_settings(server)->common;

	server->ctl_admin = ctl_open(server->loop, settings->ctl_admin, 0600,
	    serve_admin_verbs(has_test_clock), server, arena, error_r);
	if (server->ctl_admin == NULL)
		return -1;
	server->ctl_plugin = ctl_open(server->loop, settings->ctl_plugin, 0660,
	    serve_plugin_verbs(), server, arena, error_r);
	return server->ctl_plugin == NULL ? -1 : 0;
}

static int
open_listeners(struct server *server, struct arena *arena,
    const char **error_r)
{
	const struct policyd_settings *settings = server_settings(server);
	const struct listen_settings listen = { &settings->listen,
	    settings->listen_group, "policyd.listen_group" };

	server->socketmap = serve_socketmap_open(server->start_conf,
	    rulebook_site(server->rulebook)->recipient_delimiter,
	    served_directory_inquiry(server->directory), server->loop, arena,
	    error_r);
	if (server->socketmap == NULL)
		return -1;
	server->listeners = listeners_open(server->loop, &listen,
	    server->conns, arena, error_r);
	return server->listeners == NULL ? -1 : 0;
}

/* All that the configuration names; the sockets for Postfix at the end, when
 * requests can be answered. */
static int
open_parts(struct server *server, bool has_test_clock, struct arena *arena,
    const char **error_r)
{
	const struct policyd_settings *settings = server_settings(server);

	log_open("mailreeve-policyd",
	    settings->common.log_target == LOG_TARGET_SYSLOG);
	server->events = events_open(&settings->common,
	    conf_get(server->start_conf, &store_section), "policyd",
	    POLICYD_HISTORY_BYTES, arena, error_r);
	if (server->events == NULL ||
	    open_conns(server, arena, error_r) < 0 ||
	    open_ctl(server, has_test_clock, arena, error_r) < 0)
		return -1;
	return open_listeners(server, arena, error_r);
}

struct server *
server_open(const char *conf_path, bool has_test_clock, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		abort();
	server->conf_path = conf_path;
	server->loop = loop;
	server->started_ms = clock_steady_ms();
	server->unread_told_ms = server->started_ms - UNREAD_PAUSE_MS;
	server->metrics = policy_metrics_new();
	server->start_conf = configuration_load(conf_path,
	    rulebook_sections(), sections_not_of_policyd, arena, error_r);
	if (server->start_conf != NULL)
		server->rulebook = rulebook_new(server->start_conf, arena,
		    error_r);
	if (server->rulebook != NULL && open_parts(server, has_test_clock,
	    arena, error_r) == 0)
		return server;
	server_close(&server);
	return NULL;
}

void
server_close(struct server **server)
{
	struct server *old = *server;

	if (old == NULL)
		return;
	listeners_close(&old->listeners);
	serve_socketmap_close(&old->socketmap);
	conns_free(&old->conns);
	ctl_close(&old->ctl_admin);
	ctl_close(&old->ctl_plugin);
	serve_limits_free(&old->limits);
	serve_reload_free(&old->reload);
	notices_free(&old->notices);
	serve_store_close(&old->store);
	dns_source_free(&old->dns);
	served_lists_close(&old->lists);
	served_directory_close(&old->directory);
	wait_queue_free(&old->queue);
	instances_free(&old->instances);
	events_close(&old->events);
	rulebook_unref(&old->rulebook);
	conf_unref(&old->start_conf);
	policy_metrics_free(&old->metrics);
	free(old);
	*server = NULL;
}

static void
on_stopped(void *arg)
{
	struct server *server = arg;

	if (--server->stopping == 0)
		loop_stop(server->loop);
}

void
server_stop(struct server *server)
{
	server->stopping = 2;
	listeners_close(&server->listeners);
	serve_socketmap_stop(server->socketmap, STOP_GRACE_MS, on_stopped,
	    server);
	conns_stop(server->conns, server_settings(server)->deadline_ms +
	    STOP_GRACE_MS, on_stopped, server);
}

void
server_reload(struct server *server, struct buf *out)
{
	notify_reloading();
	serve_reload_begin(server->reload, out);
}

const struct policyd_settings *
server_settings(const struct server *server)
{
	return rulebook_settings(server->rulebook);
}

struct serve_limits *
server_limits(const struct server *server)
{
	return server->limits;
}

struct rulebook *
server_rulebook(const struct server *server)
{
	return server->rulebook;
}

struct events *
server_events(const struct server *server)
{
	return server->events;
}

const struct conns *
server_conns(const struct server *server)
{
	return server->conns;
}

const struct instances *
server_instances(const struct server *server)
{
	return server->instances;
}

const struct serve_store *
server_store(const struct server *server)
{
	return server->store;
}

const struct notices *
server_notices(const struct server *server)
{
	return server->notices;
}

struct dns_source *
server_dns(const struct server *server)
{
	return server->dns;
}

const struct served_directory *
server_directory(const struct server *server)
{
	return server->directory;
}

const struct policy_metrics *
server_metrics(const struct server *server)
{
	return server->metrics;
}

const struct serve_socketmap *
server_socketmap(const struct server *server)
{
	return server->socketmap;
}

int64_t
server_started_ms(const struct server *server)
{
	return server->started_ms;
}

const char *
server_conf_path(const struct server *server)
{
	return server->conf_path;
}
