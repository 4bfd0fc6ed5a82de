/* SPDX-License-Identifier: ISC */
/* serve_private.h - the running policyd: serve.c, serve_open.c, serve_ctl.c. */
#ifndef POLICYD_SERVE_PRIVATE_H
#define POLICYD_SERVE_PRIVATE_H

#include <stdint.h>

#include "daemon/control.h"
#include "daemon/verbs.h"
#include "dns/dns_settings.h"
#include "policyd/conn_policy.h"
#include "policyd/serve.h"

struct server {
	struct verb_daemon self;
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
	struct control control;
	int64_t unread_told_ms;		/* the last line about it, or 0 */
};

/* serve.c, for who opens it all. */

/* What requests go by and what their answers feed. */
struct policy_service server_service(struct server *server);
/* Lend the rules of a rulebook what the server has, whatever they say. */
void server_lend(const struct server *server, struct rulebook *rulebook);
/* Take from the rulebook in force what it changes without opening anything. */
void server_adjust(struct server *server);
/* A serve_reload_taker (serve_reload.h). */
void server_take(void *arg, struct rulebook *fresh, const char *error);

#endif
