/* SPDX-License-Identifier: ISC */
/* db.c - connections, transactions and errors alike for both databases. */
#include "directory/db_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static const struct {
	const char *name, *remedy;
} troubles[] = {
	[DB_FINE] = { "fine", NULL },
	[DB_BUSY] = { "busy", "another change is under way, try again when it "
	    "has ended" },
	[DB_GONE] = { "gone", NULL },
	[DB_FULL] = { "full", "make room on the disk of the database" },
	[DB_READ_ONLY] = { "read-only", "run this as the owner of the "
	    "database, or let this user write to it" },
	[DB_CORRUPT] = { "corrupt", "restore it from a backup" },
	[DB_CONFLICT] = { "conflict", NULL },
	[DB_REFERENCE] = { "reference", NULL },
	[DB_SCHEMA] = { "schema", NULL },
	[DB_REFUSED] = { "refused", NULL },
	[DB_OTHER] = { "other", NULL },
};

const char *
db_trouble_text(enum db_trouble trouble)
{
	return troubles[trouble].name;
}

static const char *
find_remedy(const struct db *db, enum db_trouble trouble)
{
	/* As a backup is, before its owner has opened it. */
	if (trouble == DB_READ_ONLY && db->use == DB_READ && db_is_sqlite(db))
		return "let this user read it and its folder; when its -wal "
		    "and -shm files are missing, 'mailreeve directory "
		    "upgrade', run by its owner, makes them";
	if (trouble != DB_GONE)
		return troubles[trouble].remedy;
	if (db_is_sqlite(db))
		return "is the path in 'where' right? 'mailreeve directory "
		    "upgrade' makes a new one";
	return "is the server running, and may we connect to it?";
}

int
db_fail(const struct db *db, struct arena *arena, struct db_error *error_r,
    enum db_trouble trouble, const char *format, ...)
{
	const char *remedy = find_remedy(db, trouble), *reason;
	va_list args;

	va_start(args, format);
	reason = arena_vprintf(arena, format, args);
	va_end(args);
	error_r->trouble = trouble;
	error_r->text = arena_printf(arena, "%s: %s%s%s", db->name, reason,
	    remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
	return -1;
}

/* --- values ---------------------------------------------------------------- */

struct str
db_value(const struct db_rows *rows, size_t row, size_t column)
{
	assert(row < rows->count && column < rows->columns);
	return rows->values[row * rows->columns + column];
}

int64_t
db_number(const struct db_rows *rows, size_t row, size_t column)
{
	struct str value = db_value(rows, row, column);

	return value.data != NULL ? strtoll(value.data, NULL, 10) : 0;
}

void
db_param(struct db_params *params, struct str value)
{
	assert(params->count < DB_PARAMS_MAX);
	params->items[params->count++] = value;
}

void
db_param_text(struct db_params *params, const char *text)
{
	db_param(params, text != NULL ? str_from(text) : (struct str){ 0 });
}

void
db_param_number(struct db_params *params, struct arena *arena, int64_t number)
{
	db_param_text(params, arena_printf(arena, "%" PRId64, number));
}

/* --- opening --------------------------------------------------------------- */

struct db *
db_new(const struct directory_settings *settings, enum db_use use)
{
	struct db *db;

	assert(settings->kind != DIRECTORY_NONE);
	db = settings->kind == DIRECTORY_SQLITE ? db_sqlite_new() :
	    db_pgsql_new();
	db->settings = settings;
	db->use = use;
	/* A connection string may hold a password. */
	db->name = settings->kind == DIRECTORY_SQLITE ? settings->place :
	    "the directory's PostgreSQL";
	return db;
}

static void
close_db(struct db *db)
{
	if (db->is_open)
		db->backend->close(db);
	db->is_open = false;
}

void
db_free(struct db **db)
{
	struct db *old = *db;

	*db = NULL;
	if (old == NULL)
		return;
	if (old->in_txn)
		db_rollback(old);
	close_db(old);
	old->backend->free(old);
}

const char *
db_name(const struct db *db)
{
	return db->name;
}

bool
db_is_sqlite(const struct db *db)
{
	return db->settings->kind == DIRECTORY_SQLITE;
}

unsigned
db_epoch(const struct db *db)
{
	return db->epoch;
}

static int
open_db(struct db *db, struct arena *arena, struct db_error *error_r)
{
	if (db->is_open)
		return 0;
	if (db->backend->open(db, arena, error_r) < 0) {
		db->backend->close(db);
		return -1;
	}
	db->is_open = true;
	db->epoch++;
	return 0;
}

/* --- statements ------------------------------------------------------------ */

/* A connection to something that is no more is of no use, and one to a file
 * that is broken does not see the backup that takes its place. */
static void
note_trouble(struct db *db, const struct db_error *error)
{
	db->is_broken = db->in_txn;
	if (error->trouble == DB_GONE || error->trouble == DB_CORRUPT)
		close_db(db);
}

static int
refuse_broken(struct db *db, struct arena *arena, struct db_error *error_r)
{
	return db_fail(db, arena, error_r, DB_OTHER,
	    "the transaction has failed before");
}

int
db_run(struct db *db, struct arena *arena, const char *sql,
    const struct db_params *params, struct db_rows *rows_r,
    struct db_error *error_r)
{
	static const struct db_params none;
	bool was_open = db->is_open;
	struct db_rows rows;

	if (params == NULL)
		params = &none;
	if (rows_r == NULL)
		rows_r = &rows;
	if (db->is_broken)
		return refuse_broken(db, arena, error_r);
	for (;; was_open = false) {
		if (open_db(db, arena, error_r) < 0)
			return -1;
		if (db->backend->run(db, arena, sql, params, rows_r,
		    error_r) == 0)
			return 0;
		note_trouble(db, error_r);
		if (db->in_txn || !was_open || db->is_open)
			return -1;
	}
}

int
db_script(struct db *db, struct arena *arena, const char *sql,
    struct db_error *error_r)
{
	assert(db->in_txn);
	if (db->is_broken)
		return refuse_broken(db, arena, error_r);
	if (db->backend->script(db, arena, sql, error_r) == 0)
		return 0;
	note_trouble(db, error_r);
	return -1;
}

int
db_has_table(struct db *db, struct arena *arena, const char *name,
    bool *has_r, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_text(&params, name);
	if (db_run(db, arena, db->backend->has_table_sql, &params, &rows,
	    error_r) < 0)
		return -1;
	*has_r = db_number(&rows, 0, 0) != 0;
	return 0;
}

/* --- transactions ---------------------------------------------------------- */

int
db_begin(struct db *db, enum db_txn kind, struct arena *arena,
    struct db_error *error_r)
{
	bool was_open = db->is_open;

	assert(!db->in_txn && db->expected_sql == NULL);
	assert(kind == DB_TXN_READ || db->use != DB_READ);
	for (;; was_open = false) {
		if (open_db(db, arena, error_r) < 0)
			return -1;
		if (db->backend->begin(db, kind, arena, error_r) == 0)
			break;
		note_trouble(db, error_r);
		if (db->is_open)
			db->backend->script(db, arena, "ROLLBACK",
			    &(struct db_error){ 0 });
		if (!was_open || db->is_open)
			return -1;
	}
	db->in_txn = true;
	return 0;
}

int
db_commit(struct db *db, struct arena *arena, struct db_error *error_r)
{
	assert(db->in_txn);
	if (db->is_broken) {
		db_rollback(db);
		return refuse_broken(db, arena, error_r);
	}
	if (db->backend->script(db, arena, "COMMIT", error_r) == 0) {
		db->in_txn = false;
		return 0;
	}
	if (error_r->trouble == DB_GONE)
		error_r->text = arena_printf(arena, "%s; whether the change "
		    "was made is not known: look before you repeat it",
		    error_r->text);
	note_trouble(db, error_r);
	db_rollback(db);
	return -1;
}

void
db_rollback(struct db *db)
{
	struct arena *arena = arena_new(0);
	struct db_error error;

	assert(db->in_txn);
	db->in_txn = false;
	db->is_broken = false;
	/* A connection that cannot even do this would carry the transaction
	 * into the next one. SQLite may have ended it already. */
	if (db->is_open &&
	    db->backend->script(db, arena, "ROLLBACK", &error) < 0)
		close_db(db);
	arena_free(&arena);
}

void
db_spoil(struct db *db)
{
	assert(db->in_txn);
	db->is_broken = true;
}

bool
db_expect(struct db *db, const char *sql, int64_t number)
{
	assert(!db->in_txn);
	if (sql != NULL && (!db->is_open || !db->backend->can_expect))
		return false;
	db->expected_sql = sql;
	db->expected = number;
	db->is_as_expected = false;
	return true;
}

bool
db_is_as_expected(const struct db *db)
{
	return db->is_as_expected;
}

bool
db_hurry(struct db *db, bool hurries)
{
	if (!db->is_open || db->backend->hurry == NULL)
		return false;
	db->backend->hurry(db, hurries);
	return true;
}

/* --- changes of others ----------------------------------------------------- */

int
db_notify(struct db *db, struct arena *arena, struct db_error *error_r)
{
	assert(db->in_txn);
	return db->backend->notify_sql == NULL ? 0 :
	    db_run(db, arena, db->backend->notify_sql, NULL, NULL, error_r);
}

bool
db_has_changed(struct db *db)
{
	int result = db->is_open ? db->backend->has_changed(db) : -1;

	assert(!db->in_txn);
	/* The file was replaced, or the server has hung up. */
	if (result < 0)
		close_db(db);
	return result != 0;
}

int
db_fd(const struct db *db)
{
	return db->is_open ? db->backend->fd(db) : -1;
}
