/* SPDX-License-Identifier: ISC */
/* directory_dependents.c - what names an object. */
#include "base/arena.h"
#include "directory/directory_private.h"

/* A way in which objects name one of this kind. */
struct way {
	const struct directory_kind *kind;
	const struct directory_reference *reference;
};

static void
find_ways(const struct directory_kind *to, struct vec *ways)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++) {
		const struct directory_reference *reference =
		    directory_kinds[i]->references;

		for (; reference != NULL && reference->key != NULL;
		    reference++)
			if (reference->to == to)
				*(struct way *)vec_push(ways) =
				    (struct way){ directory_kinds[i],
				    reference };
	}
}

/* What a reference says that names it. */
static const char *
text_of(const struct way *way, const char *name, struct arena *arena)
{
	return arena_printf(arena, "%s%s", way->reference->prefix, name);
}

/* Most objects are named by none, or in one way: a statement that tells which
 * ways there are saves a round trip for each of the others. */
static int
ask_ways(struct directory *directory, struct arena *arena,
    const struct vec *ways, const char *name, struct db_rows *rows_r,
    struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct buf sql;

	buf_init(&sql, arena);
	for (size_t i = 0; i < ways->len; i++) {
		const struct way *way = vec_at(ways, i);
		const struct setting *row = directory_kind_row(way->kind,
		    way->reference->key);
		bool is_column = value_is_column(row);

		db_param_text(&params, text_of(way, name, arena));
		buf_printf(&sql, "%s (SELECT 1 FROM %s%s%s WHERE \"%s\" = "
		    "$%zu LIMIT 1)", i == 0 ? "SELECT" : ",",
		    way->kind->table, is_column ? "" : "_",
		    is_column ? "" : row->key, is_column ? row->key : "value",
		    params.count);
	}
	return db_run(directory->db, arena, sql.data, &params, rows_r,
	    error_r);
}

/* Which objects name the one in $1. */
static const char *
build(const struct directory_kind *kind,
    const struct directory_reference *reference, struct arena *arena)
{
	const struct setting *row = directory_kind_row(kind, reference->key);
	struct buf columns;

	if (!value_is_column(row))
		return arena_printf(arena, "SELECT DISTINCT owner FROM %s_%s "
		    "WHERE value = $1 ORDER BY owner LIMIT $2", kind->table,
		    row->key);
	buf_init(&columns, arena);
	for (size_t i = 0; i < kind->key_count; i++)
		buf_printf(&columns, "%s\"%s\"", i != 0 ? ", " : "",
		    kind->rows[i].key);
	return arena_printf(arena, "SELECT %s FROM %s WHERE \"%s\" = $1 "
	    "ORDER BY %s LIMIT $2", columns.data, kind->table, row->key,
	    columns.data);
}

static void
add(struct vec *dependents, const struct directory_kind *kind,
    const struct directory_reference *reference, const struct db_rows *rows,
    size_t row)
{
	struct directory_dependent *one = vec_push(dependents);
	struct arena *arena = dependents->arena;
	const char **key = arena_alloc(arena,
	    kind->key_count * sizeof(*key));
	struct buf name;

	buf_init(&name, arena);
	for (size_t i = 0; i < kind->key_count; i++) {
		key[i] = db_value(rows, row, i).data;
		buf_printf(&name, "%s%s", i != 0 ? " " : "", key[i]);
	}
	*one = (struct directory_dependent){ kind, reference, key,
	    name.data };
}

static int
collect(struct directory *directory, struct vec *dependents,
    const struct way *way, const char *name, size_t limit,
    struct db_error *error_r)
{
	struct arena *arena = dependents->arena;
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_text(&params, text_of(way, name, arena));
	db_param_number(&params, arena, (int64_t)limit);
	if (db_run(directory->db, arena, build(way->kind, way->reference,
	    arena), &params, &rows, error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		add(dependents, way->kind, way->reference, &rows, i);
	return 0;
}

int
directory_dependents(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key, size_t limit,
    struct vec *dependents, struct db_error *error_r)
{
	struct db_rows rows;
	struct vec ways;

	vec_init(dependents, arena, sizeof(struct directory_dependent));
	vec_init(&ways, arena, sizeof(struct way));
	find_ways(kind, &ways);
	if (directory_spell_key(kind, key, arena, &key, error_r) < 0 ||
	    directory_ready(directory, arena, error_r) < 0)
		return -1;
	if (ways.len == 0)
		return 0;
	if (ask_ways(directory, arena, &ways, key[0], &rows, error_r) < 0)
		return -1;
	for (size_t i = 0; i < ways.len; i++)
		if (db_value(&rows, 0, i).data != NULL &&
		    collect(directory, dependents, vec_at(&ways, i), key[0],
		    limit, error_r) < 0)
			return -1;
	return 0;
}
