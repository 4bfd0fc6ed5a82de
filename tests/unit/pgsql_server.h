/* SPDX-License-Identifier: ISC */
/* pgsql_server.h - a real PostgreSQL for tests, in a folder of its own. */
#ifndef UNIT_PGSQL_SERVER_H
#define UNIT_PGSQL_SERVER_H

struct pgsql_server;

/* A folder with an empty cluster; nothing runs yet. As root it belongs to the
 * user postgres, since PostgreSQL does not run as root. NULL with the reason:
 * it is not installed. */
struct pgsql_server *pgsql_server_new(const char **reason_r);
/* Run it; it answers when this returns. A server that does not start ends the
 * program. */
void pgsql_server_start(struct pgsql_server *server);
/* End it at once, connections and all. */
void pgsql_server_stop(struct pgsql_server *server);
/* Stop it, remove its folder. */
void pgsql_server_free(struct pgsql_server **server);

/* The connection string. */
const char *pgsql_server_conninfo(const struct pgsql_server *server);

#endif
