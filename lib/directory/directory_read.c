/* SPDX-License-Identifier: ISC */
/* directory_read.c - objects out of the rows of their tables.
 *
 * What is in tables of its own, lists and policy, is asked for once for all
 * objects that are read at a time. These rows come in the order of their
 * owners, as the objects do, so each object takes its own from the front.
 */
#include <string.h>

#include "base/arena.h"
#include "directory/directory_private.h"
#include "mail/policy.h"

/* Rows of such a table: the owner, then what it has. */
struct owned {
	struct db_rows rows;
	size_t next;
};

/* What is asked for: the objects of this condition, or the one of this key. */
struct read {
	struct directory *directory;
	struct arena *arena;
	const struct directory_kind *kind;
	const char *condition;		/* "IN (SELECT …)"; NULL: one key */
	const struct db_params *params;	/* of the condition */
	const char *key;
	bool wants_policy;
	struct db_error *error_r;
};

/* Domains, classes and the global policy are what many ask for. */
int
directory_run_by_key(struct directory *directory, struct arena *arena,
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

/* Columns of a table that belongs to the kind's own. */
static int
read_owned(const struct read *read, const char *suffix, const char *columns,
    const char *order, struct owned *owned_r)
{
	const char *sql = arena_printf(read->arena, "SELECT owner, %s FROM "
	    "%s_%s WHERE owner %s ORDER BY owner, %s", columns,
	    read->kind->table, suffix, read->condition != NULL ?
	    read->condition : "= $1", order);

	owned_r->next = 0;
	return read->condition != NULL ? db_run(read->directory->db,
	    read->arena, sql, read->params, &owned_r->rows, read->error_r) :
	    directory_run_by_key(read->directory, read->arena, read->kind, sql,
	    &read->key, &owned_r->rows, read->error_r);
}

/* The rows of this owner, which are taken. */
static struct db_rows
take(struct owned *owned, const char *owner)
{
	struct db_rows rows = owned->rows;
	size_t first = owned->next;

	while (owned->next < rows.count &&
	    str_is(db_value(&rows, owned->next, 0), owner))
		owned->next++;
	rows.count = owned->next - first;
	if (rows.count > 0)
		rows.values += first * rows.columns;
	return rows;
}

static void
set_list(const struct directory_object *object, const struct setting *row,
    const struct db_rows *rows, struct arena *arena)
{
	const char **texts = arena_alloc(arena, rows->count * sizeof(*texts));

	for (size_t i = 0; i < rows->count; i++)
		texts[i] = db_value(rows, i, 1).data;
	*(struct setting_list *)(void *)((char *)object->values +
	    row->offset) = (struct setting_list){ rows->count, texts };
}

/* The values of one name from row first on; how many. */
static size_t
same_name(const struct db_rows *rows, size_t first, const char **texts)
{
	size_t count = 0;

	while (first + count < rows->count &&
	    str_eq(db_value(rows, first, 1), db_value(rows, first + count,
	    1))) {
		texts[count] = db_value(rows, first + count, 2).data;
		count++;
	}
	return count;
}

static int
set_policy(const struct read *read, struct directory_object *object,
    const struct db_rows *rows)
{
	struct arena *arena = read->arena;
	const char **texts = arena_alloc(arena, rows->count * sizeof(*texts));
	const char *reason;
	size_t count;

	for (size_t i = 0; i < rows->count; i += count) {
		count = same_name(rows, i, texts);
		if (directory_object_set(object, db_value(rows, i, 1).data,
		    texts, count, arena, &reason) == 0)
			continue;
		read->error_r->trouble = DB_OTHER;
		read->error_r->text = arena_printf(arena, "%s: %s %s: %s",
		    db_name(read->directory->db),
		    directory_kind_word(object->kind), value_key(object, 0),
		    reason);
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
		    db_name(directory->db), directory_kind_word(kind),
		    value_key(object, 0),
		    value.data != NULL ? value.data : "NULL", setting->key,
		    kind->table);
		return -1;
	}
	return 0;
}

static int
read_lists(const struct read *read, const struct setting *row,
    struct directory_object *const *objects, size_t count)
{
	struct owned owned;

	if (read_owned(read, row->key, "value", "position", &owned) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct db_rows rows = take(&owned, value_key(objects[i], 0));

		set_list(objects[i], row, &rows, read->arena);
	}
	return 0;
}

static int
read_policies(const struct read *read,
    struct directory_object *const *objects, size_t count)
{
	struct owned owned;

	if (read_owned(read, "setting", "name, value", "name, position",
	    &owned) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct db_rows rows = take(&owned, value_key(objects[i], 0));

		if (set_policy(read, objects[i], &rows) < 0)
			return -1;
	}
	return 0;
}

static int
read_rest(const struct read *read, struct directory_object *const *objects,
    size_t count)
{
	const struct directory_kind *kind = read->kind;

	for (size_t i = 0; i < kind->row_count; i++)
		if (!value_is_column(&kind->rows[i]) && read_lists(read,
		    &kind->rows[i], objects, count) < 0)
			return -1;
	return kind->has_policy && read->wants_policy ?
	    read_policies(read, objects, count) : 0;
}

int
directory_read_object(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct db_rows *rows, size_t row,
    bool wants_policy, struct directory_object **object_r,
    struct db_error *error_r)
{
	struct directory_object *object = directory_object_new(kind, arena);
	struct read read = { .directory = directory, .arena = arena,
	    .kind = kind, .wants_policy = wants_policy, .error_r = error_r };

	if (read_columns(directory, arena, object, rows, row, error_r) < 0)
		return -1;
	read.key = value_key(object, 0);
	*object_r = object;
	return read_rest(&read, &object, 1);
}

int
directory_read_objects(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *conditions,
    const struct db_params *params, struct vec *objects,
    struct db_error *error_r)
{
	size_t first = objects->len;
	struct read read = { .directory = directory, .arena = arena,
	    .kind = kind, .params = params, .error_r = error_r,
	    .wants_policy = true,
	    .condition = arena_printf(arena, "IN (SELECT \"%s\" FROM %s%s)",
	    kind->rows[0].key, kind->table, conditions) };
	struct db_rows rows;
	struct buf sql;

	buf_init(&sql, arena);
	sql_select(&sql, kind);
	buf_add_text(&sql, conditions);
	if (db_run(directory->db, arena, sql.data, params, &rows,
	    error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		struct directory_object *object = directory_object_new(kind,
		    arena);

		if (read_columns(directory, arena, object, &rows, i,
		    error_r) < 0)
			return -1;
		*(struct directory_object **)vec_push(objects) = object;
	}
	return rows.count == 0 ? 0 : read_rest(&read, (struct directory_object
	    *const *)vec_at(objects, first), rows.count);
}

size_t
directory_find_max(const struct directory_kind *kind)
{
	return DB_PARAMS_MAX / kind->key_count;
}

/* One statement for any number: the last key stands for those that are not. */
int
directory_find_many(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *const *keys,
    size_t count, struct vec *objects, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct buf sql;

	buf_init(&sql, arena);
	buf_printf(&sql, " WHERE %s IN (%s", sql_key_tuple(kind, 0, true,
	    arena), kind->key_count == 1 ? "" : "VALUES ");
	for (size_t i = 0; i < directory_find_max(kind); i++) {
		buf_printf(&sql, "%s%s", i != 0 ? ", " : "", sql_key_tuple(
		    kind, params.count + 1, true, arena));
		sql_param_key(&params, kind, keys[i < count ? i : count - 1]);
	}
	buf_printf(&sql, ") ORDER BY %s", sql_key_tuple(kind, 0, false,
	    arena));
	return directory_read_objects(directory, arena, kind, sql.data,
	    &params, objects, error_r);
}
