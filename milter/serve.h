/* SPDX-License-Identifier: ISC */
/* serve.h - what the parts of the running milter share. */
#ifndef MILTER_SERVE_H
#define MILTER_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct asker;
struct charges;
struct dns_source;
struct engine;
struct events;
struct history;
struct loop;
struct metrics;
struct outcome;
struct snapshot;

/* The daemon. The snapshot changes at a reload; all else stands from start to
 * end. */
struct served_directory;
struct served_rules;
struct server;

/* Read the configuration and open all that it names: the resolver, the event
 * spool, the control sockets. The path must outlive the server. NULL with the
 * reason. */
struct server *server_open(const char *conf_path, bool has_test_clock,
    struct loop *loop, struct arena *arena, const char **error_r);
void server_close(struct server **server);
/* Take its control sockets away. All else stays, for sessions that are left
 * when the process ends. */
void server_hide(struct server *server);

/* The snapshot in force, as a reference of the caller's. Any thread. */
struct snapshot *server_snapshot(struct server *server);
struct dns_source *server_dns(const struct server *server);
struct metrics *server_metrics(const struct server *server);
struct charges *server_charges(const struct server *server);
const struct served_directory *server_directory(const struct server *server);
struct asker *server_asker(const struct server *server);
const struct served_rules *server_rules(const struct server *server);

/* Read the configuration again: 0 and the new one is in force for messages
 * that begin from now on, or -1 with the reason, logged, and the old one stays. */
int server_reload(struct server *server, struct arena *arena,
    const char **error_r);

/* Why the last reload was refused; NULL: it was not. Thread of the loop. */
const char *server_refused(const struct server *server);

/* A message is decided: the event, the log line, the figures, the history.
 * Any thread. */
void server_decided(struct server *server, struct engine *engine,
    const struct outcome *outcome);

#endif
