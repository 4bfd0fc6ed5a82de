/* SPDX-License-Identifier: ISC */
/* redis_server.h - a real Redis for tests, in a folder of its own. */
#ifndef UNIT_REDIS_SERVER_H
#define UNIT_REDIS_SERVER_H

#include <stdbool.h>

struct arena;
struct redis_server;
struct store;

/* A folder and two ports for it; nothing runs yet. NULL with the reason: Redis
 * is not installed. */
struct redis_server *redis_server_new(const char **reason_r);
/* Run it with these lines of configuration more (paths are relative to the
 * folder); it answers when this returns. A server that does not start ends the
 * program. */
void redis_server_start(struct redis_server *server, const char *conf);
/* End it at once (SIGKILL); redis_server_start() runs it again, empty. */
void redis_server_kill(struct redis_server *server);
/* Stop it in the middle of what it does (SIGSTOP), and let it go on. */
void redis_server_pause(struct redis_server *server);
void redis_server_resume(struct redis_server *server);
/* Kill it, remove its folder. */
void redis_server_free(struct redis_server **server);

const char *redis_server_folder(const struct redis_server *server);
/* Its socket, and the text of the setting `where` for it. */
const char *redis_server_path(const struct redis_server *server);
const char *redis_server_where(const struct redis_server *server);
unsigned redis_server_port(const struct redis_server *server);
/* A free port that it takes when conf says so (tls-port). */
unsigned redis_server_tls_port(const struct redis_server *server);

/* Wait until a store is connected, which another thread sees to: who asks it
 * before that fails with the first attempt. */
void redis_server_await(struct store *store);

/* Say a command, and give the reply: a status or error, a number, a bulk
 * string ("" for none). Several lines are said one after another, the last
 * reply counts. Arena text. */
const char *redis_server_say(const struct redis_server *server,
    struct arena *arena, const char *lines);

#endif
