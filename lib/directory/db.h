/* SPDX-License-Identifier: ISC */
/* db.h - a SQL database, SQLite or PostgreSQL, as one thread uses it.
 *
 * Statements take parameters $1, $2, … and no other values: what people write
 * never becomes SQL. All values are texts in UTF-8, numbers in decimal, truth
 * as 1 and 0 (it comes back as t and f from PostgreSQL). Statements are
 * prepared once for each connection, by their text.
 *
 * One change at a time: a transaction that writes begins when no other does, on
 * both databases, so it never has to be repeated for a conflict.
 */
#ifndef DIRECTORY_DB_H
#define DIRECTORY_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct db;
struct directory_settings;

enum db_trouble {
	DB_FINE,
	DB_BUSY,	/* others are in the way: later again */
	DB_GONE,	/* no server, no file, no answer in time */
	DB_FULL,	/* no room */
	DB_READ_ONLY,	/* no right to do this */
	DB_CORRUPT,
	DB_CONFLICT,	/* there is a row with this key already */
	DB_REFERENCE,	/* what a row names is not there, or rows name it */
	DB_SCHEMA,	/* older or newer than this program (schema.h) */
	DB_REFUSED,	/* what was asked for is wrong (directory.h) */
	DB_OTHER,
};

/* What went wrong: for programs, and a sentence with its remedy in the arena
 * of the call. */
struct db_error {
	enum db_trouble trouble;
	const char *text;
};

/* "busy", "gone", … for logs and metrics. */
const char *db_trouble_text(enum db_trouble trouble);

/* What a statement gave: rows one after another. */
struct db_rows {
	size_t count, columns;
	const struct str *values;
};

/* data is NULL where the database has NULL. NUL-terminated otherwise. */
struct str db_value(const struct db_rows *rows, size_t row, size_t column);
int64_t db_number(const struct db_rows *rows, size_t row, size_t column);

/* Values for $1, $2, …; the texts are not copied. */
#define DB_PARAMS_MAX 40
struct db_params {
	size_t count;
	struct str items[DB_PARAMS_MAX];
};
/* data NULL: NULL. */
void db_param(struct db_params *params, struct str value);
void db_param_text(struct db_params *params, const char *text);
void db_param_number(struct db_params *params, struct arena *arena,
    int64_t number);

enum db_use {
	DB_READ,	/* never writes, and hears of others' changes */
	DB_WRITE,
	DB_CREATE,	/* makes the file of SQLite when there is none */
};

/* Nothing is opened until the first statement, and again after the database was
 * gone. settings stay the caller's, and must live as long. */
struct db *db_new(const struct directory_settings *settings, enum db_use use);
void db_free(struct db **db);
/* Its path, or "the directory's PostgreSQL": nothing secret. */
const char *db_name(const struct db *db);
bool db_is_sqlite(const struct db *db);
/* How often it was opened: what was found out before holds no more. */
unsigned db_epoch(const struct db *db);

/* Run one statement; its rows (rows_r NULL: not wanted) live in arena. Outside
 * of a transaction it only reads, and is asked again over a new connection when
 * the old one turns out to be gone. 0 or -1. */
int db_run(struct db *db, struct arena *arena, const char *sql,
    const struct db_params *params, struct db_rows *rows_r,
    struct db_error *error_r);
/* Several statements without parameters, inside a transaction. */
int db_script(struct db *db, struct arena *arena, const char *sql,
    struct db_error *error_r);
int db_has_table(struct db *db, struct arena *arena, const char *name,
    bool *has_r, struct db_error *error_r);

enum db_txn {
	DB_TXN_READ,	/* all statements see the same state */
	DB_TXN_WRITE,
};

/* After an error inside of a transaction nothing more is done in it, and its
 * commit fails: all or nothing. */
int db_begin(struct db *db, enum db_txn kind, struct arena *arena,
    struct db_error *error_r);
/* -1: nothing was changed; but with DB_GONE nobody knows, and the text says
 * so. Either way the transaction has ended. */
int db_commit(struct db *db, struct arena *arena, struct db_error *error_r);
void db_rollback(struct db *db);
/* What the transaction has done so far is wrong: as after an error. */
void db_spoil(struct db *db);

/* From now on, until sql is NULL again, a statement fails with DB_BUSY where sql,
 * which is sent with it, does not give this number any more. So many see the
 * same state without a transaction, and each is one round trip. False: it is not
 * open, or no server, and a transaction costs nothing. */
bool db_expect(struct db *db, const char *sql, int64_t number);
/* Has a statement gone well since? */
bool db_is_as_expected(const struct db *db);

/* While it hurries, it does not wait for others: DB_BUSY at once. False: it is
 * not open, or a server, for whose answers one always waits. */
bool db_hurry(struct db *db, bool hurries);

/* In a transaction: tell those who listen, once it is committed. */
int db_notify(struct db *db, struct arena *arena, struct db_error *error_r);
/* Has another connection changed anything since this was last asked, as far as
 * one can tell without waiting? True when the connection is new. DB_READ. */
bool db_has_changed(struct db *db);
/* A descriptor that reads ready when db_has_changed() is worth asking; -1:
 * there is none (SQLite, not connected), ask from time to time. */
int db_fd(const struct db *db);

#endif
