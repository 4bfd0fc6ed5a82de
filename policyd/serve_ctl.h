/* SPDX-License-Identifier: ISC */
/* serve_ctl.h - the verbs that the running policyd answers. */
#ifndef POLICYD_SERVE_CTL_H
#define POLICYD_SERVE_CTL_H

#include <stdbool.h>
#include <stdint.h>

struct conns;
struct ctl_verb;
struct served_directory;
struct events;
struct instances;
struct notices;
struct policy_metrics;
struct serve_store;
struct rulebook;
struct serve_limits;
struct serve_socketmap;
struct server;

/* Their argument is the struct server. Each table ends with a NULL name. */
const struct ctl_verb *serve_admin_verbs(bool has_test_clock);
const struct ctl_verb *serve_plugin_verbs(void);

/* What only these verbs want to know of a server (serve.c). */
struct serve_limits *server_limits(const struct server *server);
/* The one in force; the server's. */
struct rulebook *server_rulebook(const struct server *server);
struct events *server_events(const struct server *server);
const struct conns *server_conns(const struct server *server);
const struct instances *server_instances(const struct server *server);
const struct serve_store *server_store(const struct server *server);
const struct notices *server_notices(const struct server *server);
const struct serve_socketmap *server_socketmap(const struct server *server);
struct dns_source *server_dns(const struct server *server);
const struct served_directory *server_directory(const struct server *server);
const struct policy_metrics *server_metrics(const struct server *server);
/* By the steady clock. */
int64_t server_started_ms(const struct server *server);
const char *server_conf_path(const struct server *server);

#endif
