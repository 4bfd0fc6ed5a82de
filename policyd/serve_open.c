/* SPDX-License-Identifier: ISC */
/* serve_open.c - opens all that policyd's configuration names, and closes it. */
#include "policyd/serve_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/must.h"
#include "base/wait.h"
#include "daemon/configuration.h"
#include "daemon/control.h"
#include "daemon/events.h"
#include "daemon/verbs.h"
#include "directory/directory_settings.h"
#include "directory/served_directory.h"
#include "directory/served_lists.h"
#include "dns/dns.h"
#include "dns/resolver.h"
#include "mail/sections.h"
#include "mail/txn.h"
#include "policyd/conn.h"
#include "policyd/instances.h"
#include "policyd/listen.h"
#include "policyd/notices.h"
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
/* The resolver has memory for each question that may be under way, and rules
 * ask for no more than the SPF of senders. */
#define QUESTIONS_MAX 200

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
	server->reload = serve_reload_new(server->loop, server->self.conf_path,
	    server_take, server);
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
	server_lend(server, server->rulebook);
	server->instances = instances_new(
	    (size_t)server_settings(server)->instance_memory);
	service.queue = server->queue;
	server->policy_service = server_service(server);
	server->conns = conns_new(&service);
	server_adjust(server);
	return 0;
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
	    control_open(&server->control, server->loop, &settings->common,
	    has_test_clock, serve_verbs, server, arena, error_r) < 0)
		return -1;
	return open_listeners(server, arena, error_r);
}

struct server *
server_open(const char *conf_path, bool has_test_clock, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct server *server = must(calloc(1, sizeof(*server)));

	server->self = (struct verb_daemon){ "policyd", conf_path,
	    clock_steady_ms() };
	server->loop = loop;
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
	control_close(&old->control);
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
