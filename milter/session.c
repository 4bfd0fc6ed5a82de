/* SPDX-License-Identifier: ISC */
/* session.c - one connection from Postfix, which is one SMTP session. */
#include "milter/session.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "directory/served_directory.h"
#include "milter/engine.h"
#include "milter/serve.h"
#include "milter/threads.h"

struct session *
session_new(void)
{
	struct arena *arena = arena_new(1024);
	struct session *session = arena_zalloc(arena, sizeof(*session));

	session->arena = arena;
	return session;
}

void
session_free(struct session **session)
{
	struct arena *arena = (*session)->arena;

	session_end(*session);
	*session = NULL;
	arena_free(&arena);
}

void
session_greet(struct session *session, const char *helo)
{
	session_end(session);
	snprintf(session->helo, sizeof(session->helo), "%s", helo);
	session->client.helo = session->helo;
}

struct txn *
session_begin(struct session *session, struct server *server)
{
	struct snapshot *snapshot;
	struct txn *txn;

	session_end(session);
	threads_begin_message();
	snapshot = server_snapshot(server);
	session->engine = engine_new(snapshot, server_dns(server),
	    clock_now_ms());
	snapshot_unref(&snapshot);
	engine_serve(session->engine, server_asker(server));
	engine_consult(session->engine, served_directory_policies(
	    server_directory(server)));
	session->charges = server_charges(server);
	txn = engine_txn(session->engine);
	txn->client = session->client;
	return txn;
}

void
session_end(struct session *session)
{
	if (session->engine == NULL)
		return;
	charges_end(session->charges, &session->charged,
	    engine_txn(session->engine));
	engine_free(&session->engine);
	threads_end_message();
}

void
session_set_sender(struct txn *txn, const char *path, const char *meant)
{
	const char *error;

	if (txn_set_sender(txn, path, &error) == 0)
		return;
	log_info(&txn->log, "sender=%s is no address: %s", log_wire(txn->arena,
	    str_from(path), 200), error);
	if (meant != NULL)
		txn_set_sender(txn, arena_printf(txn->arena, "<%s>", meant),
		    &error);
}
