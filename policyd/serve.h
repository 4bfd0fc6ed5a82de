/* SPDX-License-Identifier: ISC */
/* serve.h - the running policyd: its rulebook, and what every answer feeds. */
#ifndef POLICYD_SERVE_H
#define POLICYD_SERVE_H

#include <stdbool.h>

struct arena;
struct buf;
struct loop;
struct policyd_settings;

/* The daemon. The rulebook changes at a reload; all else stands from start to
 * end. Belongs to the loop's thread. */
struct server;

/* Read the configuration and open all that it names: the event spool, the
 * control sockets, the sockets for Postfix. The path must outlive the server.
 * NULL with the reason. */
struct server *server_open(const char *conf_path, bool has_test_clock,
    struct loop *loop, struct arena *arena, const char **error_r);
void server_close(struct server **server);

/* The settings in force, until the next reload. */
const struct policyd_settings *server_settings(const struct server *server);

/* Read the configuration again, beside the requests. The new one is in force for
 * those that begin when it is read; or it is refused, which is logged, and the
 * old one stays. out: the answer of a verb that says CTL_LATER (ctl.h), or
 * NULL. */
void server_reload(struct server *server, struct buf *out);

/* Take no more connections, answer what has come, then end the loop. */
void server_stop(struct server *server);

#endif
