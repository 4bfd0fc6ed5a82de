/* SPDX-License-Identifier: ISC */
/* schema.c - the tables of the directory, by numbered migrations. */
#include "directory/schema.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

/* In the order of their numbers, from 1 on: made from the .sql files. */
static const struct migration {
	const char *name;
	const char *sql;
} migrations[] = {
#include "directory/migrations.h"
};

/* What the databases call differently. TEXT is compared byte by byte, whatever
 * the locale of the database: so does SQLite, so do we. */
static const struct {
	const char *name, *sqlite, *pgsql;
} words[] = {
	{ "{text}", "TEXT", "TEXT COLLATE \"C\"" },
	{ "{int}", "INTEGER", "BIGINT" },
	{ "{bool}", "INTEGER", "BOOLEAN" },
	{ "{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT",
	  "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" },
	{ "{strict}", "STRICT", "" },
};

int64_t
schema_current(void)
{
	return ARRAY_LEN(migrations);
}

int
schema_read(struct db *db, struct arena *arena, int64_t *version_r,
    struct db_error *error_r)
{
	struct db_rows rows;
	bool has_table;

	*version_r = 0;
	if (db_has_table(db, arena, "schema", &has_table, error_r) < 0)
		return -1;
	if (!has_table)
		return 0;
	if (db_run(db, arena, "SELECT max(version) FROM schema", NULL, &rows,
	    error_r) < 0)
		return -1;
	*version_r = db_number(&rows, 0, 0);
	return 0;
}

static int
refuse_newer(struct db *db, struct arena *arena, int64_t version,
    struct db_error *error_r)
{
	error_r->trouble = DB_SCHEMA;
	error_r->text = arena_printf(arena, "%s: its schema %" PRId64 " is "
	    "newer than %" PRId64 ", which this program knows; install the "
	    "release that upgraded it on this host too, and restart",
	    db_name(db), version, schema_current());
	return -1;
}

int
schema_check(struct db *db, struct arena *arena, struct db_error *error_r)
{
	int64_t version;

	if (schema_read(db, arena, &version, error_r) < 0)
		return -1;
	if (version == schema_current())
		return 0;
	if (version > schema_current())
		return refuse_newer(db, arena, version, error_r);
	error_r->trouble = DB_SCHEMA;
	error_r->text = version == 0 ? arena_printf(arena, "%s: it is empty; "
	    "run 'mailreeve directory upgrade' to prepare it", db_name(db)) :
	    arena_printf(arena, "%s: its schema %" PRId64 " is older than "
	    "%" PRId64 ", which this program needs; run 'mailreeve directory "
	    "upgrade'", db_name(db), version, schema_current());
	return -1;
}

/* The text of a migration as this database takes it. */
static const char *
translate(const struct db *db, const char *sql, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	while (*sql != '\0') {
		size_t i = 0, plain = strcspn(sql, "{");

		buf_add(&out, sql, plain);
		sql += plain;
		if (*sql == '\0')
			break;
		while (i < ARRAY_LEN(words) && strncmp(sql, words[i].name,
		    strlen(words[i].name)) != 0)
			i++;
		if (i == ARRAY_LEN(words)) {
			buf_add_char(&out, *sql++);
			continue;
		}
		buf_add_text(&out, db_is_sqlite(db) ? words[i].sqlite :
		    words[i].pgsql);
		sql += strlen(words[i].name);
	}
	return out.data;
}

static int
migrate(struct db *db, struct arena *arena, int64_t version,
    struct db_error *error_r)
{
	const struct migration *migration = &migrations[version - 1];
	struct db_params params = { 0 };

	db_param_number(&params, arena, version);
	db_param_text(&params, migration->name);
	return db_script(db, arena, translate(db, migration->sql, arena),
	    error_r) < 0 || db_run(db, arena, "INSERT INTO schema "
	    "(version, name) VALUES ($1, $2)", &params, NULL, error_r) < 0 ?
	    -1 : 0;
}

static int
migrate_all(struct db *db, struct arena *arena, int64_t version,
    int64_t *from_r, struct db_error *error_r)
{
	if (db_script(db, arena, translate(db, "CREATE TABLE IF NOT EXISTS "
	    "schema (version {int} PRIMARY KEY, name {text} NOT NULL) "
	    "{strict}", arena), error_r) < 0 ||
	    schema_read(db, arena, from_r, error_r) < 0)
		return -1;
	if (*from_r > schema_current())
		return refuse_newer(db, arena, *from_r, error_r);
	for (int64_t next = *from_r + 1; next <= version; next++)
		if (migrate(db, arena, next, error_r) < 0)
			return -1;
	return db_notify(db, arena, error_r);
}

int
schema_upgrade_to(struct db *db, struct arena *arena, int64_t version,
    int64_t *from_r, struct db_error *error_r)
{
	if (db_begin(db, DB_TXN_WRITE, arena, error_r) < 0)
		return -1;
	if (migrate_all(db, arena, version, from_r, error_r) == 0)
		return db_commit(db, arena, error_r);
	db_rollback(db);
	return -1;
}

int
schema_upgrade(struct db *db, struct arena *arena, int64_t *from_r,
    struct db_error *error_r)
{
	return schema_upgrade_to(db, arena, schema_current(), from_r,
	    error_r);
}
