/* SPDX-License-Identifier: ISC */
/* import.c - people of another system as objects of the directory. */
#include "directory/import.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "directory/db.h"
#include "directory/directory_private.h"
#include "directory/directory_settings.h"
#include "directory/directory_text.h"
#include "directory/sql_dump.h"

#define TIMEOUT_MS 30000

#define IMPORTER(name) extern const struct importer importer_##name;
#include "directory/imports.list"
#undef IMPORTER

const struct importer *const importers[] = {
#define IMPORTER(name) &importer_##name,
#include "directory/imports.list"
#undef IMPORTER
	NULL
};

const struct importer *
importer_find(const char *name)
{
	for (size_t i = 0; importers[i] != NULL; i++)
		if (strcmp(importers[i]->name, name) == 0)
			return importers[i];
	return NULL;
}

int
import_fail(struct import *import, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	import->error = arena_vprintf(import->arena, format, args);
	va_end(args);
	return -1;
}

void
import_leave(struct import *import, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*(const char **)vec_push(&import->left) =
	    arena_vprintf(import->arena, format, args);
	va_end(args);
}

/* --- objects --------------------------------------------------------------- */

static const char *
name_of(const struct import *import, const struct directory_kind *kind,
    const char *const *key)
{
	return arena_printf(import->arena, "%s %s%s%s", kind->name, key[0],
	    kind->key_count > 1 ? " " : "", kind->key_count > 1 ? key[1] : "");
}

struct directory_object *
import_object(struct import *import, const struct directory_kind *kind,
    const char *key, const char *key_2)
{
	const char *const typed[] = { key, key_2 };
	struct directory_object *object;
	const char *const *spelled;
	const char *name, *error;
	struct db_error trouble;

	if (directory_spell_key(kind, typed, import->arena, &spelled,
	    &trouble) < 0) {
		import_leave(import, "%s %s: %s", kind->name, key,
		    trouble.text);
		return NULL;
	}
	name = name_of(import, kind, spelled);
	object = map_find(import->by_name, str_from(name));
	if (object != NULL)
		return object;
	object = directory_object_new(kind, import->arena);
	for (size_t i = 0; i < kind->key_count; i++)
		directory_object_set(object, kind->rows[i].key, &spelled[i], 1,
		    import->arena, &error);
	map_put(import->by_name, str_from(name), object);
	*(struct directory_text *)vec_push(&import->objects) =
	    (struct directory_text){ object, NULL, name };
	return object;
}

struct directory_object *
import_find(const struct import *import, const struct directory_kind *kind,
    const char *key)
{
	const char *const *spelled;
	struct db_error trouble;

	if (directory_spell_key(kind, &key, import->arena, &spelled,
	    &trouble) < 0)
		return NULL;
	return map_find(import->by_name, str_from(name_of(import, kind,
	    spelled)));
}

void
import_forget(struct import *import, const struct directory_object *object)
{
	for (size_t i = 0; i < import->objects.len; i++) {
		struct directory_text *text = vec_at(&import->objects, i);

		if (text->object == object)
			text->object = NULL;
	}
}

/* As it would be judged when it is written. */
static const char *
judge(struct import *import, struct directory_object *object)
{
	const char *key = NULL, *error = NULL;

	return object->kind->spell(object->values, import->arena, &key,
	    &error) == 0 ? NULL : error;
}

static const char *
judge_texts(const char *const *texts, size_t count)
{
	const char *reason = NULL;

	for (size_t i = 0; reason == NULL && i < count; i++)
		reason = directory_judge_text(texts[i], false);
	return reason;
}

/* What does not do leaves the old value. */
void
import_set_list(struct import *import, struct directory_object *object,
    const char *key, const char *const *texts, size_t count)
{
	const struct setting *row = directory_kind_row(object->kind, key);
	struct setting_list old = value_texts(row, object->values,
	    import->arena);
	const char *reason = judge_texts(texts, count), *unused;

	if (count == 0)
		return;
	if (reason == NULL && directory_object_set(object, key, texts, count,
	    import->arena, &reason) == 0) {
		reason = judge(import, object);
		if (reason != NULL)
			directory_object_set(object, key, old.texts,
			    old.count, import->arena, &unused);
	}
	if (reason != NULL)
		import_leave(import, "%s %s: %s: %s", object->kind->name,
		    directory_object_name(object, import->arena), key, reason);
}

void
import_set(struct import *import, struct directory_object *object,
    const char *key, const char *text)
{
	import_set_list(import, object, key, &text,
	    text != NULL && *text != '\0');
}

void
import_add(struct import *import, struct directory_object *object,
    const char *key, const char *text)
{
	const struct setting *row = directory_kind_row(object->kind, key);
	struct setting_list old = value_texts(row, object->values,
	    import->arena);
	const char **texts = arena_alloc(import->arena,
	    (old.count + 1) * sizeof(*texts));

	for (size_t i = 0; i < old.count; i++)
		texts[i] = old.texts[i];
	texts[old.count] = text;
	import_set_list(import, object, key, texts, old.count + 1);
}

/* --- tables ---------------------------------------------------------------- */

static int
select_rows(struct import *import, const char *table,
    const char *const *columns, size_t count, struct db_rows *rows_r)
{
	struct db_error error;
	struct buf sql;
	bool has;

	if (db_has_table(import->db, import->arena, table, &has, &error) < 0)
		return import_fail(import, "%s", error.text);
	if (!has)
		return false;
	/* Without its table, a column that is not there is a text to SQLite. */
	buf_init(&sql, import->arena);
	for (size_t i = 0; i < count; i++)
		buf_printf(&sql, "%s \"%s\".\"%s\"", i != 0 ? "," : "SELECT",
		    table, columns[i]);
	buf_printf(&sql, " FROM \"%s\" ORDER BY 1", table);
	if (db_run(import->db, import->arena, sql.data, NULL, rows_r,
	    &error) < 0)
		return import_fail(import, "%s", error.text);
	return true;
}

int
import_rows(struct import *import, const char *table,
    const char *const *columns, size_t count, struct db_rows *rows_r)
{
	*rows_r = (struct db_rows){ 0 };
	if (import->db != NULL)
		return select_rows(import, table, columns, count, rows_r);
	return sql_dump_rows(import->dump, table, columns, count,
	    import->arena, rows_r);
}

bool
import_is_true(struct str value)
{
	return value.data != NULL && value.len != 0 && !str_is(value, "0") &&
	    !str_is(value, "f");
}

int
import_leave_rows(struct import *import, const char *table,
    const char *column, const char *what)
{
	struct db_rows rows;

	if (import_rows(import, table, &column, 1, &rows) < 0)
		return -1;
	if (rows.count != 0)
		import_leave(import, "%s: %zu: %s", table, rows.count, what);
	return 0;
}

/* --- the whole ------------------------------------------------------------- */

static int
open_database(struct import *import, struct directory_settings *settings)
{
	*settings = (struct directory_settings){ .where = import->name,
	    .timeout_ms = TIMEOUT_MS };
	import->error = directory_settings_parse(settings, import->arena);
	if (import->error != NULL)
		return -1;
	import->db = db_new(settings, DB_READ);
	return 0;
}

static bool
is_whole(const struct directory_object *object, struct arena *arena)
{
	for (size_t i = 0; i < object->kind->row_count; i++) {
		const struct setting *row = &object->kind->rows[i];

		if ((row->flags & SETTING_REQUIRED) != 0 &&
		    value_texts(row, object->values, arena).count == 0)
			return false;
	}
	return true;
}

/* Those that others name first, as they are written down. */
static void
sort_objects(struct import *import)
{
	struct vec sorted;

	vec_init(&sorted, import->arena, sizeof(struct directory_text));
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		for (size_t j = 0; j < import->objects.len; j++) {
			const struct directory_text *text =
			    vec_at(&import->objects, j);

			if (text->object != NULL &&
			    text->object->kind == directory_kinds[i] &&
			    is_whole(text->object, import->arena))
				*(struct directory_text *)vec_push(&sorted) =
				    *text;
		}
	import->objects = sorted;
}

static int
run(struct import *import, const struct importer *importer)
{
	struct db_error error;
	int result;

	if (importer->tables != NULL && import->db == NULL) {
		import->dump = sql_dump_read(import->name, import->text,
		    importer->tables, import->arena, &import->error);
		if (import->dump == NULL)
			return -1;
	}
	if (import->db != NULL && db_begin(import->db, DB_TXN_READ,
	    import->arena, &error) < 0)
		return import_fail(import, "%s", error.text);
	result = importer->run(import);
	if (import->db != NULL)
		db_rollback(import->db);
	return result;
}

int
import_run(struct import *import, const struct importer *importer,
    const char *name, struct str text, struct arena *arena)
{
	struct directory_settings settings;
	int result;

	*import = (struct import){ .arena = arena, .name = name, .text = text,
	    .by_name = map_new(arena) };
	vec_init(&import->objects, arena, sizeof(struct directory_text));
	vec_init(&import->left, arena, sizeof(const char *));
	if (text.data == NULL && !importer->may_connect)
		return import_fail(import, "%s reads a file, not a database",
		    importer->name);
	if (text.data == NULL && open_database(import, &settings) < 0)
		return -1;
	result = run(import, importer);
	db_free(&import->db);
	sort_objects(import);
	if (import->passwords != 0)
		import_leave(import, "passwords: %zu: they stay where they "
		    "are, with what asks for them", import->passwords);
	return result;
}
