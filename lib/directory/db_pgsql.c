/* SPDX-License-Identifier: ISC */
/* db_pgsql.c - a directory in PostgreSQL, which hosts share, through libpq.
 *
 * libpq would wait for a server that has stopped answering as long as TCP does.
 * So everything is sent and read without waiting, and poll() keeps the time: a
 * server that does not answer within `timeout` is gone.
 *
 * Who writes takes a lock of the whole directory first, as with SQLite. It
 * lasts until the transaction ends, and keeps nobody from reading.
 */
#include "directory/db_private.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "directory/pq.h"

#define CHANNEL "mailreeve_directory"
/* Any number that nobody else is likely to lock. */
#define LOCK_NUMBER "7236833745118923"
#define PASSWORD_MAX 1024

struct db_pgsql {
	struct db base;
	struct pq pq;			/* libpq, once it was opened */
	PGconn *conn;
	struct arena *arena;		/* of this connection */
	struct map *statements;		/* their names, by their text */
};

static struct db_pgsql *
pgsql_of(const struct db *db)
{
	return (struct db_pgsql *)(uintptr_t)db;
}

/* --- errors ---------------------------------------------------------------- */

static enum db_trouble
judge(const struct db_pgsql *db, const char *state)
{
	return db->pq.status(db->conn) == CONNECTION_BAD ? DB_GONE :
	    db_pgsql_judge(state);
}

/* The first line of what libpq says: the others are hints for its own tools. */
static int
fail(const struct db_pgsql *db, struct arena *arena, const PGresult *result,
    struct db_error *error_r)
{
	const char *state = db->pq.resultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = db->pq.resultErrorField(result,
	    PG_DIAG_MESSAGE_PRIMARY);
	struct str rest, line;

	if (text == NULL)
		text = db->pq.errorMessage(db->conn);
	rest = str_from(text);
	str_cut(&rest, '\n', &line);
	return db_fail(&db->base, arena, error_r, judge(db, state), "%.*s",
	    STR_ARG(line));
}

/* --- waiting --------------------------------------------------------------- */

static int64_t
deadline_of(const struct db_pgsql *db)
{
	return clock_steady_ms() + db->base.settings->timeout_ms;
}

/* 0, or -1: the time is up. */
static int
wait_for(const struct db_pgsql *db, short events, int64_t deadline_ms)
{
	struct pollfd fd = { .fd = db->pq.socket(db->conn), .events = events };
	int64_t left_ms = deadline_ms - clock_steady_ms();
	int count;

	do
		count = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);
	while (count < 0 && errno == EINTR);
	return count > 0 ? 0 : -1;
}

/* To libpq the connection is fine, to us it is not: it must be closed. */
static int
fail_late(const struct db_pgsql *db, struct arena *arena,
    struct db_error *error_r)
{
	return db_fail(&db->base, arena, error_r, DB_GONE,
	    "no answer within %" PRId64 " ms", db->base.settings->timeout_ms);
}

/* All of the answer to what was sent: its first error, else its last result.
 * NULL: too late. */
static PGresult *
read_result(struct db_pgsql *db, int64_t deadline_ms)
{
	const struct pq *pq = &db->pq;
	PGresult *kept = NULL, *next;

	for (;;) {
		while (pq->flush(db->conn) == 1 || pq->isBusy(db->conn)) {
			if (wait_for(db, POLLIN | (pq->flush(db->conn) == 1 ?
			    POLLOUT : 0), deadline_ms) < 0) {
				pq->clear(kept);
				return NULL;
			}
			if (pq->consumeInput(db->conn) == 0)
				break;
		}
		next = pq->getResult(db->conn);
		if (next == NULL)
			return kept;
		if (kept != NULL &&
		    pq->resultStatus(kept) == PGRES_FATAL_ERROR) {
			pq->clear(next);
			continue;
		}
		pq->clear(kept);
		kept = next;
	}
}

/* The answer to what was sent; was_sent false: it could not be. */
static int
finish(struct db_pgsql *db, struct arena *arena, bool was_sent,
    PGresult **result_r, struct db_error *error_r)
{
	PGresult *result = NULL;
	ExecStatusType status;

	if (was_sent) {
		result = read_result(db, deadline_of(db));
		if (result == NULL && db->pq.status(db->conn) == CONNECTION_OK)
			return fail_late(db, arena, error_r);
	}
	status = db->pq.resultStatus(result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		*result_r = result;
		return 0;
	}
	fail(db, arena, result, error_r);
	db->pq.clear(result);
	return -1;
}

static int
script_pgsql(struct db *base, struct arena *arena, const char *sql,
    struct db_error *error_r)
{
	struct db_pgsql *db = pgsql_of(base);
	PGresult *result = NULL;

	if (finish(db, arena, db->pq.sendQuery(db->conn, sql) == 1, &result,
	    error_r) < 0)
		return -1;
	db->pq.clear(result);
	return 0;
}

/* --- opening --------------------------------------------------------------- */

/* The first line of password_file; NULL: there is no such setting. */
static int
read_password(const struct db_pgsql *db, struct arena *arena,
    const char **password_r, struct db_error *error_r)
{
	const char *path = db->base.settings->password_file;
	char *line = arena_zalloc(arena, PASSWORD_MAX);
	FILE *file;

	*password_r = NULL;
	if (path == NULL)
		return 0;
	file = fopen(path, "re");
	if (file == NULL)
		return db_fail(&db->base, arena, error_r, DB_GONE,
		    "cannot read password_file %s: %s", path,
		    strerror(errno));
	if (fgets(line, PASSWORD_MAX, file) == NULL)
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	*password_r = line;
	return 0;
}

static int
connect_pgsql(struct db_pgsql *db, struct arena *arena,
    struct db_error *error_r)
{
	int64_t deadline_ms = deadline_of(db);
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	const char *password;

	if (read_password(db, arena, &password, error_r) < 0)
		return -1;
	db->conn = db->pq.connectStartParams(
	    (const char *const[]){ "dbname", "fallback_application_name",
	    "client_encoding", password != NULL ? "password" : NULL, NULL },
	    (const char *const[]){ db->base.settings->place, "mailreeve",
	    "UTF8", password, NULL }, 1);
	if (db->conn == NULL)
		abort();
	while (db->pq.status(db->conn) != CONNECTION_BAD &&
	    status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
		if (wait_for(db, status == PGRES_POLLING_WRITING ? POLLOUT :
		    POLLIN, deadline_ms) < 0)
			return fail_late(db, arena, error_r);
		status = db->pq.connectPoll(db->conn);
	}
	return status == PGRES_POLLING_OK ? 0 :
	    fail(db, arena, NULL, error_r);
}

/* The remedy for a server that is gone would not help. */
static int
load_library(struct db_pgsql *db, struct arena *arena,
    struct db_error *error_r)
{
	const char *reason;

	if (pq_load(&db->pq, arena, &reason) == 0)
		return 0;
	*error_r = (struct db_error){ DB_GONE, arena_printf(arena, "%s: %s",
	    db->base.name, reason) };
	return -1;
}

static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static int
open_pgsql(struct db *base, struct arena *arena, struct db_error *error_r)
{
	struct db_pgsql *db = pgsql_of(base);
	const char *encoding;

	db->arena = arena_new(0);
	db->statements = map_new(db->arena);
	if (load_library(db, arena, error_r) < 0 ||
	    connect_pgsql(db, arena, error_r) < 0)
		return -1;
	db->pq.setNoticeReceiver(db->conn, ignore_notice, NULL);
	db->pq.setnonblocking(db->conn, 1);
	encoding = db->pq.parameterStatus(db->conn, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return db_fail(base, arena, error_r, DB_OTHER, "the database "
		    "has the encoding %s; make one with ENCODING 'UTF8'",
		    encoding != NULL ? encoding : "?");
	/* Our statements are small: to translate one takes longer than it. */
	return script_pgsql(base, arena, base->use == DB_READ ?
	    "SET jit = off; LISTEN " CHANNEL : "SET jit = off", error_r);
}

static void
close_pgsql(struct db *base)
{
	struct db_pgsql *db = pgsql_of(base);

	if (db->conn != NULL)
		db->pq.finish(db->conn);
	db->conn = NULL;
	db->statements = NULL;
	arena_free(&db->arena);
}

static void
free_pgsql(struct db *base)
{
	free(pgsql_of(base));
}

/* --- statements ------------------------------------------------------------ */

static const char *
prepare(struct db_pgsql *db, struct arena *arena, const char *sql,
    struct db_error *error_r)
{
	struct str key = str_from(sql);
	char *name = map_find(db->statements, key);
	PGresult *result;

	if (name != NULL)
		return name;
	name = arena_printf(db->arena, "s%zu", map_len(db->statements));
	if (finish(db, arena, db->pq.sendPrepare(db->conn, name, sql, 0,
	    NULL) == 1, &result, error_r) < 0)
		return NULL;
	db->pq.clear(result);
	map_put(db->statements, key, name);
	return name;
}

static void
collect(const struct pq *pq, const PGresult *result, struct arena *arena,
    struct db_rows *rows_r)
{
	int count = pq->ntuples(result), columns = pq->nfields(result);
	struct str *values = arena_zalloc(arena, (size_t)count *
	    (size_t)columns * sizeof(*values));

	*rows_r = (struct db_rows){ (size_t)count, (size_t)columns, values };
	for (int row = 0; row < count; row++)
		for (int i = 0; i < columns; i++, values++)
			if (!pq->getisnull(result, row, i))
				*values = str_copy(arena, str_of(
				    pq->getvalue(result, row, i),
				    (size_t)pq->getlength(result, row, i)));
}

static bool
send_statement(struct db_pgsql *db, struct arena *arena, const char *name,
    const struct db_params *params)
{
	const char *texts[DB_PARAMS_MAX];

	for (size_t i = 0; i < params->count; i++)
		texts[i] = params->items[i].data == NULL ? NULL :
		    str_dup(arena, params->items[i]);
	return db->pq.sendQueryPrepared(db->conn, name, (int)params->count,
	    texts, NULL, NULL, 0) == 1;
}

/* The answers to a statement, to what is expected, and the end of both. */
static int
finish_both(struct db_pgsql *db, struct arena *arena, struct db_rows *rows_r,
    struct db_rows *expected_r, struct db_error *error_r)
{
	int64_t deadline_ms = deadline_of(db);
	PGresult *results[3];
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		results[i] = read_result(db, deadline_ms);
	if (db->pq.status(db->conn) == CONNECTION_BAD ||
	    db->pq.resultStatus(results[0]) == PGRES_FATAL_ERROR)
		result = fail(db, arena, results[0], error_r);
	else if (results[1] == NULL)
		result = fail_late(db, arena, error_r);
	else if (db->pq.resultStatus(results[1]) != PGRES_TUPLES_OK)
		result = fail(db, arena, results[1], error_r);
	if (db->pq.exitPipelineMode(db->conn) == 0) {
		if (result == 0)
			result = fail(db, arena, NULL, error_r);
		error_r->trouble = DB_GONE;
	}
	if (result == 0) {
		collect(&db->pq, results[0], arena, rows_r);
		collect(&db->pq, results[1], arena, expected_r);
	}
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		db->pq.clear(results[i]);
	return result;
}

/* What is expected is asked for behind the statement. It held before, and its
 * numbers only grow: when it still holds, it did for the statement. */
static int
run_expecting(struct db_pgsql *db, struct arena *arena, const char *name,
    const struct db_params *params, struct db_rows *rows_r,
    struct db_error *error_r)
{
	static const struct db_params none;
	const char *expected = prepare(db, arena, db->base.expected_sql,
	    error_r);
	struct db_rows rows;

	if (expected == NULL)
		return -1;
	if (db->pq.enterPipelineMode(db->conn) == 0 ||
	    !send_statement(db, arena, name, params) ||
	    !send_statement(db, arena, expected, &none) ||
	    db->pq.pipelineSync(db->conn) == 0)
		return db_fail(&db->base, arena, error_r, DB_GONE, "%s",
		    db->pq.errorMessage(db->conn));
	if (finish_both(db, arena, rows_r, &rows, error_r) < 0)
		return -1;
	if (rows.count != 1 || db_number(&rows, 0, 0) != db->base.expected)
		return db_fail(&db->base, arena, error_r, DB_BUSY,
		    "it has changed meanwhile");
	db->base.is_as_expected = true;
	return 0;
}

static int
run_pgsql(struct db *base, struct arena *arena, const char *sql,
    const struct db_params *params, struct db_rows *rows_r,
    struct db_error *error_r)
{
	struct db_pgsql *db = pgsql_of(base);
	const char *name = prepare(db, arena, sql, error_r);
	PGresult *result;

	if (name == NULL)
		return -1;
	if (base->expected_sql != NULL)
		return run_expecting(db, arena, name, params, rows_r, error_r);
	if (finish(db, arena, send_statement(db, arena, name, params),
	    &result, error_r) < 0)
		return -1;
	collect(&db->pq, result, arena, rows_r);
	db->pq.clear(result);
	return 0;
}

/* Its wait for the lock ends before ours for the answer does. Statements are
 * planned once; a plan that reads whole tables is right for those that are
 * empty, and slow for what the same change puts into them. */
static int
begin_pgsql(struct db *base, enum db_txn kind, struct arena *arena,
    struct db_error *error_r)
{
	if (kind == DB_TXN_READ)
		return script_pgsql(base, arena, "BEGIN ISOLATION LEVEL "
		    "REPEATABLE READ READ ONLY", error_r);
	return script_pgsql(base, arena, arena_printf(arena,
	    "BEGIN; SET LOCAL lock_timeout = %" PRId64 "; "
	    "SET LOCAL enable_seqscan = off; SELECT pg_advisory_xact_lock(" LOCK_NUMBER ")",
	    base->settings->timeout_ms * 3 / 4), error_r);
}

/* --- changes of others ----------------------------------------------------- */

static int
has_changed_pgsql(struct db *base)
{
	struct db_pgsql *db = pgsql_of(base);
	int has_changed = 0;
	PGnotify *notice;

	if (db->pq.consumeInput(db->conn) == 0 ||
	    db->pq.status(db->conn) == CONNECTION_BAD)
		return -1;
	while ((notice = db->pq.notifies(db->conn)) != NULL) {
		has_changed = 1;
		db->pq.freemem(notice);
	}
	return has_changed;
}

static int
fd_pgsql(const struct db *base)
{
	const struct db_pgsql *db = pgsql_of(base);

	return db->pq.socket(db->conn);
}

static const struct db_backend backend = {
	.open = open_pgsql,
	.close = close_pgsql,
	.free = free_pgsql,
	.run = run_pgsql,
	.script = script_pgsql,
	.begin = begin_pgsql,
	.has_changed = has_changed_pgsql,
	.fd = fd_pgsql,
	.can_expect = true,
	.has_table_sql = "SELECT count(*) FROM pg_catalog.pg_tables "
	    "WHERE schemaname = current_schema() AND tablename = $1",
	.notify_sql = "SELECT pg_notify('" CHANNEL "', '')",
};

struct db *
db_pgsql_new(void)
{
	struct db_pgsql *db = calloc(1, sizeof(*db));

	if (db == NULL)
		abort();
	db->base.backend = &backend;
	return &db->base;
}
