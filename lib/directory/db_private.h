/* SPDX-License-Identifier: ISC */
/* db_private.h - what the databases share: one struct of functions for each. */
#ifndef DIRECTORY_DB_PRIVATE_H
#define DIRECTORY_DB_PRIVATE_H

#include "directory/db.h"
#include "directory/directory_settings.h"

/* All are called with the database open, but open and free. */
struct db_backend {
	int (*open)(struct db *db, struct arena *arena,
	    struct db_error *error_r);
	/* Of an open one, or of one whose open failed. */
	void (*close)(struct db *db);
	void (*free)(struct db *db);
	int (*run)(struct db *db, struct arena *arena, const char *sql,
	    const struct db_params *params, struct db_rows *rows_r,
	    struct db_error *error_r);
	int (*script)(struct db *db, struct arena *arena, const char *sql,
	    struct db_error *error_r);
	int (*begin)(struct db *db, enum db_txn kind, struct arena *arena,
	    struct db_error *error_r);
	/* 1: yes, 0: no, -1: the connection is of no use any more. */
	int (*has_changed)(struct db *db);
	int (*fd)(const struct db *db);
	void (*hurry)(struct db *db, bool hurries);	/* NULL: it cannot */
	bool can_expect;	/* run() heeds what is expected */
	const char *has_table_sql;	/* one row, a number; $1 */
	const char *notify_sql;		/* NULL: nobody listens */
};

struct db {
	const struct db_backend *backend;
	const struct directory_settings *settings;
	enum db_use use;
	const char *name;
	unsigned epoch;
	bool is_open;
	bool in_txn;
	bool is_broken;		/* the transaction has failed */
	const char *expected_sql;	/* NULL: nothing is */
	int64_t expected;
	bool is_as_expected;	/* since a statement said so */
};

struct db *db_sqlite_new(void);
struct db *db_pgsql_new(void);
/* By its SQLSTATE; NULL: there is none. */
enum db_trouble db_pgsql_judge(const char *state);

/* Say what is wrong: "NAME: REASON; REMEDY". Always -1. */
int db_fail(const struct db *db, struct arena *arena,
    struct db_error *error_r, enum db_trouble trouble, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
