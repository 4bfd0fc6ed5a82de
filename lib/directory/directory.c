/* SPDX-License-Identifier: ISC */
/* directory.c - the directory opened, and objects read from it. */
#include "directory/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "directory/directory_private.h"
#include "directory/schema.h"
#include "mail/policy.h"

/* Behind every text of UTF-8 that begins with the same bytes. */
#define LAST_CHAR "\xf4\x8f\xbf\xbf"

struct directory *
directory_open(const struct directory_settings *settings, enum db_use use)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		abort();
	directory->db = db_new(settings, use);
	return directory;
}

void
directory_close(struct directory **directory)
{
	struct directory *old = *directory;

	*directory = NULL;
	if (old == NULL)
		return;
	db_free(&old->db);
	directory_kept_drop(old);
	arena_free(&old->txn_arena);
	free(old);
}

struct db *
directory_db(struct directory *directory)
{
	return directory->db;
}

/* The schema is looked at once for each connection; an upgrade that comes later
 * is seen by inquiry.c, which hears of every change. */
int
directory_ready(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (directory->epoch != 0 &&
	    directory->epoch == db_epoch(directory->db))
		return 0;
	directory_kept_drop(directory);
	if (schema_check(directory->db, arena, error_r) < 0)
		return -1;
	directory->epoch = db_epoch(directory->db);
	return 0;
}

int
directory_read_begin(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (db_begin(directory->db, DB_TXN_READ, arena, error_r) < 0)
		return -1;
	if (directory_ready(directory, arena, error_r) < 0) {
		db_rollback(directory->db);
		return -1;
	}
	directory->is_reading = true;
	return 0;
}

void
directory_read_end(struct directory *directory)
{
	directory->is_reading = false;
	directory->read_generation = 0;
	db_rollback(directory->db);
}

/* --- objects --------------------------------------------------------------- */

/* Domains, classes and the global policy are what many ask for. */
static int
run_by_key(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *sql,
    const char *const *key, struct db_rows *rows_r, struct db_error *error_r)
{
	struct db_params params = { 0 };

	if (kind->has_policy && !kind->is_address &&
	    directory->read_generation != 0)
		return directory_run_kept(directory, arena, sql, key[0],
		    rows_r, error_r);
	sql_param_key(&params, kind, key);
	return db_run(directory->db, arena, sql, &params, rows_r, error_r);
}

/* A list: the values of its own table. */
static int
read_list(struct directory *directory, struct arena *arena,
    const struct directory_object *object, const struct setting *row,
    struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;
	const char **texts;

	db_param_text(&params, value_key(object, 0));
	if (db_run(directory->db, arena, arena_printf(arena, "SELECT value "
	    "FROM %s_%s WHERE owner = $1 ORDER BY position",
	    object->kind->table, row->key), &params, &rows, error_r) < 0)
		return -1;
	texts = arena_alloc(arena, rows.count * sizeof(*texts));
	for (size_t i = 0; i < rows.count; i++)
		texts[i] = db_value(&rows, i, 0).data;
	*(struct setting_list *)(void *)((char *)object->values +
	    row->offset) = (struct setting_list){ rows.count, texts };
	return 0;
}

/* The values of one name from row first on; how many. */
static size_t
same_name(const struct db_rows *rows, size_t first, const char **texts)
{
	size_t count = 0;

	while (first + count < rows->count &&
	    str_eq(db_value(rows, first, 0), db_value(rows, first + count,
	    0))) {
		texts[count] = db_value(rows, first + count, 1).data;
		count++;
	}
	return count;
}

static int
read_policy(struct directory *directory, struct arena *arena,
    struct directory_object *object, struct db_error *error_r)
{
	const char *sql = arena_printf(arena, "SELECT name, value FROM "
	    "%s_setting WHERE owner = $1 ORDER BY name, position",
	    object->kind->table);
	struct db_rows rows;
	const char **texts, *reason;
	size_t count;

	if (run_by_key(directory, arena, object->kind, sql,
	    (const char *const[]){ value_key(object, 0) }, &rows,
	    error_r) < 0)
		return -1;
	texts = arena_alloc(arena, rows.count * sizeof(*texts));
	for (size_t i = 0; i < rows.count; i += count) {
		count = same_name(&rows, i, texts);
		if (directory_object_set(object, db_value(&rows, i, 0).data,
		    texts, count, arena, &reason) == 0)
			continue;
		error_r->trouble = DB_OTHER;
		error_r->text = arena_printf(arena, "%s: %s %s: %s",
		    db_name(directory->db), object->kind->name,
		    value_key(object, 0), reason);
		return -1;
	}
	return 0;
}

static int
read_columns(struct directory *directory, struct arena *arena,
    struct directory_object *object, const struct db_rows *rows, size_t row,
    struct db_error *error_r)
{
	const struct directory_kind *kind = object->kind;
	size_t column = 0;

	for (size_t i = 0; i < kind->row_count; i++) {
		const struct setting *setting = &kind->rows[i];
		struct str value;

		if (!value_is_column(setting))
			continue;
		value = db_value(rows, row, column++);
		if (value_from_column(setting, object->values, value,
		    arena) == 0)
			continue;
		error_r->trouble = DB_OTHER;
		error_r->text = arena_printf(arena, "%s: %s %s has '%s' as "
		    "'%s', which makes no sense; mend it with 'UPDATE %s'",
		    db_name(directory->db), kind->name, value_key(object, 0),
		    value.data != NULL ? value.data : "NULL", setting->key,
		    kind->table);
		return -1;
	}
	return 0;
}

int
directory_read_object(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct db_rows *rows, size_t row,
    struct directory_object **object_r, struct db_error *error_r)
{
	struct directory_object *object = directory_object_new(kind, arena);

	if (read_columns(directory, arena, object, rows, row, error_r) < 0)
		return -1;
	for (size_t i = 0; i < kind->row_count; i++)
		if (!value_is_column(&kind->rows[i]) && read_list(directory,
		    arena, object, &kind->rows[i], error_r) < 0)
			return -1;
	*object_r = object;
	return kind->has_policy ? read_policy(directory, arena, object,
	    error_r) : 0;
}

int
directory_find(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct directory_object **object_r, struct db_error *error_r)
{
	struct db_rows rows;
	struct buf sql;

	*object_r = NULL;
	if (directory_spell_key(kind, key, arena, &key, error_r) < 0 ||
	    directory_ready(directory, arena, error_r) < 0)
		return -1;
	buf_init(&sql, arena);
	sql_select(&sql, kind);
	sql_where_key(&sql, kind, 1);
	if (run_by_key(directory, arena, kind, sql.data, key, &rows,
	    error_r) < 0)
		return -1;
	return rows.count == 0 ? 0 : directory_read_object(directory, arena,
	    kind, &rows, 0, object_r, error_r);
}

/* --- lists ----------------------------------------------------------------- */

static void
add_condition(struct buf *sql, const char *text)
{
	buf_printf(sql, " %s %s", strstr(sql->data, " WHERE ") == NULL ?
	    "WHERE" : "AND", text);
}

static int
add_domain(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const char *domain,
    struct arena *arena, struct db_error *error_r)
{
	const char *const *key;

	if (directory_spell_key(&kind_domain, &domain, arena, &key,
	    error_r) < 0)
		return -1;
	if (kind->domain_key == NULL)
		return directory_refuse(arena, error_r, "%s are not listed by "
		    "domain", kind->plural);
	db_param_text(params, key[0]);
	add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
	    kind->domain_key, params->count));
	return 0;
}

static void
add_prefix(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const char *prefix,
    struct arena *arena)
{
	const char *column = kind->rows[0].key;

	db_param_text(params, prefix);
	add_condition(sql, arena_printf(arena, "\"%s\" >= $%zu", column,
	    params->count));
	db_param_text(params, arena_printf(arena, "%s" LAST_CHAR, prefix));
	add_condition(sql, arena_printf(arena, "\"%s\" < $%zu", column,
	    params->count));
}

/* ("a", "b") with this between: of the columns of the key, or of $first on. */
static const char *
key_tuple(const struct directory_kind *kind, size_t first, bool has_parens,
    struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < kind->key_count; i++) {
		buf_add_text(&out, i != 0 ? ", " : has_parens ? "(" : "");
		if (first == 0)
			buf_printf(&out, "\"%s\"", kind->rows[i].key);
		else
			buf_printf(&out, "$%zu", first + i);
	}
	buf_add_text(&out, has_parens ? ")" : "");
	return out.data;
}

/* SQLite would look for anything, PostgreSQL refuses what is no text. */
static int
judge_query(const struct directory_kind *kind,
    const struct directory_query *query, struct arena *arena,
    struct db_error *error_r)
{
	const char *texts[] = { query->first, query->last, query->prefix,
	    query->after != NULL ? query->after[0] : NULL,
	    query->after != NULL && kind->key_count > 1 ? query->after[1] :
	    NULL };
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i] == NULL)
			continue;
		reason = directory_judge_text(texts[i], true);
		if (reason != NULL)
			return directory_refuse(arena, error_r, "%s: %s",
			    kind->rows[0].key, reason);
	}
	return 0;
}

static int
build_list(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const struct directory_query *query,
    struct db_error *error_r)
{
	struct arena *arena = sql->arena;

	sql_select(sql, kind);
	if (query->domain != NULL && add_domain(sql, params, kind,
	    query->domain, arena, error_r) < 0)
		return -1;
	if (query->first != NULL) {
		db_param_text(params, query->first);
		add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
		    kind->rows[0].key, params->count));
	}
	if (query->last != NULL) {
		db_param_text(params, query->last);
		add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
		    kind->rows[kind->key_count - 1].key, params->count));
	}
	if (query->prefix != NULL)
		add_prefix(sql, params, kind, query->prefix, arena);
	if (query->after != NULL) {
		add_condition(sql, arena_printf(arena, "%s > %s",
		    key_tuple(kind, 0, true, arena),
		    key_tuple(kind, params->count + 1, true, arena)));
		sql_param_key(params, kind, query->after);
	}
	buf_printf(sql, " ORDER BY %s", key_tuple(kind, 0, false, arena));
	if (query->limit != 0) {
		db_param_number(params, arena, (int64_t)query->limit);
		buf_printf(sql, " LIMIT $%zu", params->count);
	}
	return 0;
}

int
directory_list(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct directory_query *query,
    struct vec *objects, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;
	struct buf sql;

	buf_init(&sql, arena);
	if (directory_ready(directory, arena, error_r) < 0 ||
	    judge_query(kind, query, arena, error_r) < 0 ||
	    build_list(&sql, &params, kind, query, error_r) < 0 ||
	    db_run(directory->db, arena, sql.data, &params, &rows,
	    error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		struct directory_object *object;

		if (directory_read_object(directory, arena, kind, &rows, i,
		    &object, error_r) < 0)
			return -1;
		*(struct directory_object **)vec_push(objects) = object;
	}
	return 0;
}

int
directory_count(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain, int64_t *count_r,
    struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;
	struct buf sql;

	buf_init(&sql, arena);
	buf_printf(&sql, "SELECT count(*) FROM %s", kind->table);
	if (directory_ready(directory, arena, error_r) < 0 ||
	    (domain != NULL && add_domain(&sql, &params, kind, domain, arena,
	    error_r) < 0) || db_run(directory->db, arena, sql.data, &params,
	    &rows, error_r) < 0)
		return -1;
	*count_r = db_number(&rows, 0, 0);
	return 0;
}

int
directory_generation(struct directory *directory, struct arena *arena,
    int64_t *generation_r, struct db_error *error_r)
{
	struct db_rows rows;

	if (directory_ready(directory, arena, error_r) < 0 ||
	    db_run(directory->db, arena, "SELECT number FROM generation",
	    NULL, &rows, error_r) < 0)
		return -1;
	*generation_r = rows.count != 0 ? db_number(&rows, 0, 0) : 0;
	if (directory->is_reading)
		directory->read_generation = *generation_r;
	return 0;
}
