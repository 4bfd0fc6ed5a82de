/* SPDX-License-Identifier: ISC */
/* session.h - one connection from Postfix, which is one SMTP session. */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include "mail/txn.h"
#include "milter/serve_charges.h"

struct engine;
struct server;

/* More than any host name has (RFC 1035 2.3.4), cut before what is longer. */
#define SESSION_HELO_SIZE 512

struct session {
	struct arena *arena;		/* for what stays as long as it does */
	struct client client;		/* is_local, login: of a message */
	struct engine *engine;		/* NULL: no message under way */
	struct charges *charges;	/* of the server, once one began */
	struct charged charged;		/* what policyd reserved for it */
	char helo[SESSION_HELO_SIZE];
};

struct session *session_new(void);
void session_free(struct session **session);

/* HELO: what is under way had the old name, and is over. A client may greet as
 * often as it likes: nothing grows by that. */
void session_greet(struct session *session, const char *helo);

/* MAIL: a message begins, by the configuration in force; what was under way is
 * over. Its facts, those of the client taken over. */
struct txn *session_begin(struct session *session, struct server *server);
void session_end(struct session *session);

/* The sender as the client gave it. Postfix goes on with what it makes of a
 * path that is no address, of "<ann@example.org(x>" ann@example.org, of "<(x>"
 * nobody: meant, NULL if it does not tell. Who judges the sender must mean the
 * same one. */
void session_set_sender(struct txn *txn, const char *path, const char *meant);

#endif
