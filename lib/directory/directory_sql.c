/* SPDX-License-Identifier: ISC */
/* directory_sql.c - the statements that a kind's rows make. */
#include "base/arena.h"
#include "directory/directory_private.h"

/* The names of the columns, "" around them: some are words of SQL. */
static size_t
add_columns(struct buf *sql, const struct directory_kind *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < kind->row_count; i++)
		if (value_is_column(&kind->rows[i]))
			buf_printf(sql, "%s\"%s\"", count++ != 0 ? ", " : "",
			    kind->rows[i].key);
	return count;
}

void
sql_select(struct buf *sql, const struct directory_kind *kind)
{
	buf_add_text(sql, "SELECT ");
	add_columns(sql, kind);
	buf_printf(sql, " FROM %s", kind->table);
}

void
sql_where_key(struct buf *sql, const struct directory_kind *kind, size_t first)
{
	for (size_t i = 0; i < kind->key_count; i++)
		buf_printf(sql, " %s \"%s\" = $%zu", i == 0 ? "WHERE" : "AND",
		    kind->rows[i].key, first + i);
}

const char *
sql_key_tuple(const struct directory_kind *kind, size_t first,
    bool has_parens, struct arena *arena)
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

const char *
sql_insert(const struct directory_kind *kind, struct arena *arena)
{
	struct buf sql;
	size_t count;

	buf_init(&sql, arena);
	buf_printf(&sql, "INSERT INTO %s (", kind->table);
	count = add_columns(&sql, kind);
	buf_add_text(&sql, ") VALUES (");
	for (size_t i = 1; i <= count; i++)
		buf_printf(&sql, "%s$%zu", i != 1 ? ", " : "", i);
	buf_add_char(&sql, ')');
	return sql.data;
}

const char *
sql_update(const struct directory_kind *kind, struct arena *arena)
{
	struct buf sql;
	size_t count = 0;

	buf_init(&sql, arena);
	buf_printf(&sql, "UPDATE %s SET ", kind->table);
	for (size_t i = 0; i < kind->row_count; i++) {
		if (!value_is_column(&kind->rows[i]))
			continue;
		buf_printf(&sql, "%s\"%s\" = $%zu", count != 0 ? ", " : "",
		    kind->rows[i].key, count + 1);
		count++;
	}
	sql_where_key(&sql, kind, count + 1);
	return sql.data;
}

void
sql_param_columns(struct db_params *params,
    const struct directory_object *object, struct arena *arena)
{
	const struct directory_kind *kind = object->kind;

	for (size_t i = 0; i < kind->row_count; i++)
		if (value_is_column(&kind->rows[i]))
			db_param(params, value_to_column(&kind->rows[i],
			    object->values, arena));
}

void
sql_param_key(struct db_params *params, const struct directory_kind *kind,
    const char *const *key)
{
	for (size_t i = 0; i < kind->key_count; i++)
		db_param_text(params, key[i]);
}
