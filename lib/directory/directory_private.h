/* SPDX-License-Identifier: ISC */
/* directory_private.h - what reading and changing the directory share. */
#ifndef DIRECTORY_DIRECTORY_PRIVATE_H
#define DIRECTORY_DIRECTORY_PRIVATE_H

#include "base/str.h"
#include "directory/directory.h"

/* Rows of one generation, by statement and parameter (directory_kept.c). */
struct directory_kept {
	struct arena *arena;	/* NULL: there are none */
	struct map *rows;	/* struct db_rows */
	int64_t generation, until_ms;
};

struct directory {
	struct db *db;
	unsigned epoch;		/* of the db whose schema was looked at */
	bool is_reading;	/* between read_begin and read_end */
	int64_t read_generation;	/* of what is read; 0: not known */
	struct directory_kept kept;
	struct arena *txn_arena;	/* of the change that is under way */
	struct directory_author author;
	uint64_t changed;	/* kinds of which it has changed something, a
				 * bit for each of directory_kinds */
};

/* The database is there, and its schema is ours. */
int directory_ready(struct directory *directory, struct arena *arena,
    struct db_error *error_r);

/* Read without a transaction what is there in this generation: a statement fails
 * with DB_BUSY when there is a newer one (db_expect()). False: it is not that
 * simple, use directory_read_begin(). */
bool directory_glance_begin(struct directory *directory, int64_t generation);
/* Was anything read, or all of it kept? */
bool directory_glance_end(struct directory *directory);

/* --- what is kept (directory_kept.c) --- */

/* As db_run() with one parameter, in a read transaction whose generation is
 * known: what was asked in this generation before is not asked again. */
int directory_run_kept(struct directory *directory, struct arena *arena,
    const char *sql, const char *param, struct db_rows *rows_r,
    struct db_error *error_r);
/* It is another database, or it has changed. */
void directory_kept_drop(struct directory *directory);

/* --- values and columns (directory_value.c) --- */

/* Rows that are columns: all but lists. */
bool value_is_column(const struct setting *row);
/* The value as the database has it; data NULL: NULL. */
struct str value_to_column(const struct setting *row, const void *values,
    struct arena *arena);
/* -1: no such value, as another program may have written. */
int value_from_column(const struct setting *row, void *values,
    struct str column, struct arena *arena);
/* The texts by which setting_parse() gives the value again. */
struct setting_list value_texts(const struct setting *row,
    const void *values, struct arena *arena);
/* Of a key row. */
const char *value_key(const struct directory_object *object, size_t i);
const char *const *value_keys(const struct directory_object *object,
    struct arena *arena);

/* --- statements (directory_sql.c) --- */

/* "a", "b", …: the columns of a kind; with FROM and its table. */
void sql_select(struct buf *sql, const struct directory_kind *kind);
/* WHERE "a" = $first AND … */
void sql_where_key(struct buf *sql, const struct directory_kind *kind,
    size_t first);
/* ("a", "b"): the columns of the key; first not 0: ($first, …). */
const char *sql_key_tuple(const struct directory_kind *kind, size_t first,
    bool has_parens, struct arena *arena);
const char *sql_insert(const struct directory_kind *kind,
    struct arena *arena);
/* The columns are $1 on, the key they had behind them. */
const char *sql_update(const struct directory_kind *kind,
    struct arena *arena);
void sql_param_columns(struct db_params *params,
    const struct directory_object *object, struct arena *arena);
void sql_param_key(struct db_params *params,
    const struct directory_kind *kind, const char *const *key);

/* --- objects (directory_object.c, directory_read.c, directory_write.c) --- */

/* What is wrong with a text that is to be kept, or asked for: bytes that the
 * databases or the configuration's text cannot hold. NULL: nothing. */
const char *directory_judge_text(const char *text, bool is_key);

/* A key to its one spelling; DB_REFUSED when it has none. */
int directory_spell_key(const struct directory_kind *kind,
    const char *const *key, struct arena *arena,
    const char *const **spelled_r, struct db_error *error_r);
/* A row of a SELECT as an object, lists included, and policy where wanted. */
int directory_read_object(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct db_rows *rows, size_t row,
    bool wants_policy, struct directory_object **object_r,
    struct db_error *error_r);
/* All objects of " WHERE … ORDER BY …", by their key, with a statement for each
 * table and not for each object. Appends them. */
int directory_read_objects(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *conditions,
    const struct db_params *params, struct vec *objects,
    struct db_error *error_r);
/* Those of these keys, in the order of their keys; at most
 * directory_find_max(). What is not there is left out. Appends them. */
int directory_find_many(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *const *keys,
    size_t count, struct vec *objects, struct db_error *error_r);
size_t directory_find_max(const struct directory_kind *kind);
/* By the words of the key, the first parameters. What many ask for (domains,
 * classes, the global policy) by directory_run_kept() where that may be. */
int directory_run_by_key(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *sql,
    const char *const *key, struct db_rows *rows_r, struct db_error *error_r);
/* Is this what stands there? Brings object to its spelling. What is there
 * already need not be judged again. */
bool directory_is_same(const struct directory_object *before,
    struct directory_object *object, struct arena *arena);
/* Spelling, what is required, what it names, and its own check. before: as it
 * stands there; NULL: it is new. */
int directory_validate(struct directory *directory,
    const struct directory_object *before, struct directory_object *object,
    struct arena *arena, struct db_error *error_r);
/* It has gone from under its name, with what hung on it. A refusal comes too
 * late: the transaction is spoilt then. */
int directory_validate_gone(struct directory *directory,
    const struct directory_object *object, struct arena *arena,
    struct db_error *error_r);
/* before NULL: it is new. */
int directory_write(struct directory *directory, struct arena *arena,
    const struct directory_object *before,
    const struct directory_object *after, struct db_error *error_r);
/* directory_delete() with all that hangs on it; none is no error. */
int directory_remove(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct db_error *error_r);
/* A row of the audit; before or after NULL. */
int directory_note(struct directory *directory, struct arena *arena,
    const char *action, const struct directory_object *before,
    const struct directory_object *after, struct db_error *error_r);
/* The same, of its texts; id, at and who are those of the change. */
int directory_note_texts(struct directory *directory, struct arena *arena,
    const struct directory_audit *entry, struct db_error *error_r);

#endif
