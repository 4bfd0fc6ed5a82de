/* SPDX-License-Identifier: ISC */
/* db_sqlite.c - a directory in one file, through SQLite.
 *
 * The file is in WAL mode: who reads is never in the way of who writes. A
 * reader of another uid cannot make the -wal and -shm files that this needs,
 * so they stay when the last writer goes (PERSIST_WAL), and all three can be
 * read by their group, which is that of their folder (DESIGN 5.11). What root
 * makes belongs to the owner of the folder too.
 */
#include "directory/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"

#define FILE_MODE 0640
/* Between two tries of what SQLite does not wait for. */
#define TURN_US 5000

struct db_sqlite {
	struct db base;
	sqlite3 *handle;
	struct arena *arena;		/* of this connection: the statements */
	struct map *statements;		/* sqlite3_stmt, by their text */
	int64_t data_version;
	dev_t device;			/* of the file that is open */
	ino_t inode;
};

static struct db_sqlite *
sqlite_of(const struct db *db)
{
	return (struct db_sqlite *)(uintptr_t)db;
}

/* --- errors ---------------------------------------------------------------- */

static enum db_trouble
judge_io(sqlite3 *handle)
{
	int cause = handle != NULL ? sqlite3_system_errno(handle) : 0;

	if (cause == ENOSPC || cause == EDQUOT)
		return DB_FULL;
	return cause == EROFS || cause == EACCES || cause == EPERM ?
	    DB_READ_ONLY : DB_OTHER;
}

static enum db_trouble
judge_constraint(int code)
{
	if (code == SQLITE_CONSTRAINT_UNIQUE ||
	    code == SQLITE_CONSTRAINT_PRIMARYKEY)
		return DB_CONFLICT;
	return code == SQLITE_CONSTRAINT_FOREIGNKEY ? DB_REFERENCE : DB_OTHER;
}

/* code is an extended one: the kind of error is in its low byte. */
static enum db_trouble
judge(sqlite3 *handle, int code)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DB_BUSY;
	case SQLITE_CANTOPEN:
		return judge_io(handle) == DB_READ_ONLY ? DB_READ_ONLY :
		    DB_GONE;
	case SQLITE_FULL:
		return DB_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return DB_READ_ONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_CORRUPT;
	case SQLITE_IOERR:
		return judge_io(handle);
	case SQLITE_CONSTRAINT:
		return judge_constraint(code);
	default:
		return DB_OTHER;
	}
}

static int
fail(const struct db_sqlite *db, struct arena *arena, struct db_error *error_r)
{
	int code = sqlite3_extended_errcode(db->handle);

	return db_fail(&db->base, arena, error_r, judge(db->handle, code),
	    "%s", sqlite3_errmsg(db->handle));
}

/* --- opening --------------------------------------------------------------- */

/* SQLite gives -wal and -shm the mode of the file itself. */
static int
make_file(const struct db_sqlite *db, struct arena *arena,
    struct db_error *error_r)
{
	const char *path = db->base.settings->place;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	ptrdiff_t slash = str_find_last(str_from(path), '/');
	struct stat folder;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return db_fail(&db->base, arena, error_r, errno == ENOENT ?
		    DB_GONE : DB_READ_ONLY, "cannot make the file: %s",
		    strerror(errno));
	if (fchmod(fd, FILE_MODE) == 0 && stat(slash == 0 ? "/" :
	    arena_strndup(arena, path, (size_t)slash), &folder) == 0 &&
	    (fchown(fd, geteuid() == 0 ? folder.st_uid : (uid_t)-1,
	    folder.st_gid) == 0 || errno == EPERM)) {
		close(fd);
		return 0;
	}
	db_fail(&db->base, arena, error_r, DB_OTHER, "cannot give the file to "
	    "those who have its folder: %s", strerror(errno));
	close(fd);
	return -1;
}

/* A pragma that gives nothing, or whose answer does not matter. */
static int
pragma(struct db_sqlite *db, struct arena *arena, const char *sql,
    struct db_error *error_r)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return fail(db, arena, error_r);
}

/* Once in the life of a file. SQLite does not wait for its turn in it: of two
 * who would, each could wait for the other. Trying anew cannot. */
static int
switch_to_wal(struct db_sqlite *db, struct arena *arena,
    struct db_error *error_r)
{
	int64_t end = clock_steady_ms() + db->base.settings->timeout_ms;

	while (pragma(db, arena, "PRAGMA journal_mode = WAL", error_r) < 0) {
		if (error_r->trouble != DB_BUSY || clock_steady_ms() >= end)
			return -1;
		usleep(TURN_US);
	}
	return 0;
}

static int64_t
read_data_version(struct db_sqlite *db)
{
	sqlite3_stmt *statement;
	int64_t version = -1;

	if (sqlite3_prepare_v2(db->handle, "PRAGMA data_version", -1,
	    &statement, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

static int
set_up(struct db_sqlite *db, struct arena *arena, struct db_error *error_r)
{
	int on = 1;

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, (int)db->base.settings->timeout_ms);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL,
	    &on);
	if (pragma(db, arena, "PRAGMA trusted_schema = OFF", error_r) < 0 ||
	    pragma(db, arena, "PRAGMA foreign_keys = ON", error_r) < 0)
		return -1;
	/* What a command has reported as done outlives a loss of power. */
	return db->base.use == DB_READ ? 0 :
	    pragma(db, arena, "PRAGMA synchronous = FULL", error_r) < 0 ||
	    switch_to_wal(db, arena, error_r) < 0 ? -1 : 0;
}

static int
open_sqlite(struct db *base, struct arena *arena, struct db_error *error_r)
{
	struct db_sqlite *db = sqlite_of(base);
	const char *path = base->settings->place;
	int flags = SQLITE_OPEN_NOMUTEX | (base->use == DB_READ ?
	    SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	struct stat st;

	if (base->use == DB_CREATE && make_file(db, arena, error_r) < 0)
		return -1;
	db->arena = arena_new(0);
	db->statements = map_new(db->arena);
	if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
		return fail(db, arena, error_r);
	if (stat(path, &st) < 0)
		return db_fail(base, arena, error_r, DB_GONE, "%s",
		    strerror(errno));
	db->device = st.st_dev;
	db->inode = st.st_ino;
	if (set_up(db, arena, error_r) < 0)
		return -1;
	db->data_version = read_data_version(db);
	return 0;
}

static void
close_sqlite(struct db *base)
{
	struct db_sqlite *db = sqlite_of(base);
	size_t at = 0;
	struct str sql;
	void *statement;

	while (db->statements != NULL &&
	    map_next(db->statements, &at, &sql, &statement))
		sqlite3_finalize(statement);
	sqlite3_close(db->handle);
	db->handle = NULL;
	db->statements = NULL;
	arena_free(&db->arena);
}

static void
free_sqlite(struct db *base)
{
	free(sqlite_of(base));
}

/* --- statements ------------------------------------------------------------ */

/* To SQLite $1 is a name, whose place is where it first stands; ?1 is the first
 * parameter wherever it stands. */
static struct str
number_params(struct arena *arena, struct str sql)
{
	char *text = str_dup(arena, sql);

	for (size_t i = 0; i < sql.len; i++)
		if (text[i] == '$' && char_is_digit(text[i + 1]))
			text[i] = '?';
	return str_of(text, sql.len);
}

static sqlite3_stmt *
prepare(struct db_sqlite *db, struct str sql)
{
	sqlite3_stmt *statement = map_find(db->statements, sql);
	struct str numbered;

	if (statement != NULL)
		return statement;
	numbered = number_params(db->arena, sql);
	if (sqlite3_prepare_v3(db->handle, numbered.data,
	    (int)numbered.len + 1,
	    SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
		return NULL;
	map_put(db->statements, sql, statement);
	return statement;
}

static void
bind(sqlite3_stmt *statement, const struct db_params *params)
{
	for (size_t i = 0; i < params->count; i++) {
		const struct str *value = &params->items[i];

		/* The texts stay until the statement is reset. */
		if (value->data == NULL)
			sqlite3_bind_null(statement, (int)i + 1);
		else
			sqlite3_bind_text(statement, (int)i + 1, value->data,
			    (int)value->len, SQLITE_STATIC);
	}
}

static struct str
copy_column(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const void *text = sqlite3_column_text(statement, column);
	size_t len = (size_t)sqlite3_column_bytes(statement, column);

	if (text == NULL)
		return (struct str){ 0 };
	return str_copy(arena, str_of(text, len));
}

static int
collect(sqlite3_stmt *statement, struct arena *arena, struct db_rows *rows_r)
{
	int columns = sqlite3_column_count(statement), code;
	struct vec values;

	*rows_r = (struct db_rows){ .columns = (size_t)columns };
	vec_init(&values, arena, sizeof(struct str));
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		for (int i = 0; i < columns; i++)
			*(struct str *)vec_push(&values) =
			    copy_column(statement, i, arena);
		rows_r->count++;
	}
	rows_r->values = values.items;
	return code;
}

static int
run_sqlite(struct db *base, struct arena *arena, const char *sql,
    const struct db_params *params, struct db_rows *rows_r,
    struct db_error *error_r)
{
	struct db_sqlite *db = sqlite_of(base);
	sqlite3_stmt *statement = prepare(db, str_from(sql));
	int result = 0;

	if (statement == NULL)
		return fail(db, arena, error_r);
	bind(statement, params);
	if (collect(statement, arena, rows_r) != SQLITE_DONE)
		result = fail(db, arena, error_r);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

static int
script_sqlite(struct db *base, struct arena *arena, const char *sql,
    struct db_error *error_r)
{
	return pragma(sqlite_of(base), arena, sql, error_r);
}

/* IMMEDIATE: who begins to write waits for his turn here, and not in the middle
 * of what he does, where waiting would be in vain. */
static int
begin_sqlite(struct db *base, enum db_txn kind, struct arena *arena,
    struct db_error *error_r)
{
	return script_sqlite(base, arena, kind == DB_TXN_WRITE ?
	    "BEGIN IMMEDIATE" : "BEGIN", error_r);
}

/* A file that was put in the place of the one that is open is a change too. */
static int
has_changed_sqlite(struct db *base)
{
	struct db_sqlite *db = sqlite_of(base);
	int64_t before = db->data_version;
	struct stat st;

	if (stat(base->settings->place, &st) < 0 ||
	    st.st_dev != db->device || st.st_ino != db->inode)
		return -1;
	db->data_version = read_data_version(db);
	return db->data_version != before;
}

static void
hurry_sqlite(struct db *base, bool hurries)
{
	sqlite3_busy_timeout(sqlite_of(base)->handle,
	    hurries ? 0 : (int)base->settings->timeout_ms);
}

static int
no_fd(const struct db *base)
{
	(void)base;
	return -1;
}

static const struct db_backend backend = {
	.open = open_sqlite,
	.close = close_sqlite,
	.free = free_sqlite,
	.run = run_sqlite,
	.script = script_sqlite,
	.begin = begin_sqlite,
	.has_changed = has_changed_sqlite,
	.fd = no_fd,
	.hurry = hurry_sqlite,
	.has_table_sql = "SELECT count(*) FROM sqlite_schema "
	    "WHERE type = 'table' AND name = $1",
};

struct db *
db_sqlite_new(void)
{
	struct db_sqlite *db = calloc(1, sizeof(*db));

	if (db == NULL)
		abort();
	db->base.backend = &backend;
	return &db->base;
}
