/* SPDX-License-Identifier: ISC */
/* serve.c - the running policyd: its rulebook, and what every answer feeds. */
#include "policyd/serve_private.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "daemon/configuration.h"
#include "daemon/events.h"
#include "directory/served_directory.h"
#include "mail/txn.h"
#include "policyd/conn.h"
#include "policyd/hearing.h"
#include "policyd/listen.h"
#include "policyd/notices.h"
#include "policyd/policy_event.h"
#include "policyd/policy_metrics.h"
#include "policyd/rulebook.h"
#include "policyd/serve_reload.h"
#include "policyd/serve_socketmap.h"
#include "policyd/serve_store.h"
#include "policyd/settings.h"

#define USUAL_EVENT_BYTES 1500
/* For control clients, files, the store and the like. */
#define OTHER_DESCRIPTORS 128
#define UNREAD_PAUSE_MS 1000
/* Beyond the deadline: for who sends a request in pieces. */
#define STOP_GRACE_MS 2000

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
	if (clock_is_due(&server->unread_told_ms, UNREAD_PAUSE_MS))
		log_warn(NULL, "what came is no request of Postfix's policy "
		    "protocol: %s; answered DUNNO", reason);
}

struct policy_service
server_service(struct server *server)
{
	return (struct policy_service){
		.instances = server->instances,
		.rulebook = rulebook_in_force,
		.decided = on_decided,
		.unread = on_unread,
		.arg = server,
	};
}

/* --- the rulebook ---------------------------------------------------------- */

void
server_adjust(struct server *server)
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

void
server_lend(const struct server *server, struct rulebook *rulebook)
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
	server_lend(server, fresh);
	rulebook_unref(&server->rulebook);
	server->rulebook = fresh;
	server_adjust(server);
	log_info(NULL, "the %s in force", is_same ? "new lists of the "
	    "directory are" : "new configuration is");
}

void
server_take(void *arg, struct rulebook *fresh, const char *error)
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

/* --- the end --------------------------------------------------------------- */

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
