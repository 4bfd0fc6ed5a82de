/* SPDX-License-Identifier: ISC */
/* serve.h - the running avscan: its pool, its socket, and who controls it. */
#ifndef AVSCAN_SERVE_H
#define AVSCAN_SERVE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct avscan_settings;
struct conns;
struct loop;
struct pool;
struct server;
struct verb_daemon;
struct zygote;

/* Read the configuration and open all that it names; the zygote stays the
 * caller's. NULL with the reason. */
struct server *server_open(const char *conf_path, bool has_test_clock,
    struct zygote *zygote, struct loop *loop, struct arena *arena,
    const char **error_r);
void server_close(struct server **server);

/* Read the configuration again; one that is wrong changes nothing. 0, or -1
 * with the reason. */
int server_reload(struct server *server, struct arena *arena,
    const char **error_r);
/* Take no more; stop the loop when all that has come is answered. */
void server_stop(struct server *server);

const struct avscan_settings *server_settings(const struct server *server);
const struct pool *server_pool(const struct server *server);
const struct conns *server_conns(const struct server *server);
const struct verb_daemon *server_self(const struct server *server);
/* How often it was read again: taken, refused. */
void server_count_reloads(const struct server *server, uint64_t *taken_r,
    uint64_t *refused_r);
/* The process of which workers are made is gone: nothing can be read. */
bool server_is_broken(const struct server *server);

#endif
