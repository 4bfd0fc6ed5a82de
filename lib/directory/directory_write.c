/* SPDX-License-Identifier: ISC */
/* directory_write.c - one object written, with its row of the audit. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "directory/directory_private.h"
#include "mail/policy.h"

/* --- lists and policy ------------------------------------------------------ */

static int
insert_values(struct directory *directory, struct arena *arena,
    const char *sql, const char *owner, const char *name,
    const struct setting_list *texts, struct db_error *error_r)
{
	for (size_t i = 0; i < texts->count; i++) {
		struct db_params params = { 0 };

		db_param_text(&params, owner);
		db_param_number(&params, arena, (int64_t)i);
		db_param_text(&params, texts->texts[i]);
		if (name != NULL)
			db_param_text(&params, name);
		if (db_run(directory->db, arena, sql, &params, NULL,
		    error_r) < 0)
			return -1;
	}
	return 0;
}

static int
delete_values(struct directory *directory, struct arena *arena,
    const char *table, const char *suffix, const char *owner,
    struct db_error *error_r)
{
	struct db_params params = { 0 };

	db_param_text(&params, owner);
	return db_run(directory->db, arena, arena_printf(arena,
	    "DELETE FROM %s_%s WHERE owner = $1", table, suffix), &params,
	    NULL, error_r);
}

/* A new object has nothing yet that were to go. */
static int
write_list(struct directory *directory, struct arena *arena, bool is_new,
    const struct directory_object *object, const struct setting *row,
    struct db_error *error_r)
{
	struct setting_list texts = value_texts(row, object->values, arena);
	const char *table = object->kind->table;
	const char *owner = value_key(object, 0);

	return (!is_new && delete_values(directory, arena, table, row->key,
	    owner, error_r) < 0) ? -1 : insert_values(directory, arena,
	    arena_printf(arena, "INSERT INTO %s_%s (owner, position, value) "
	    "VALUES ($1, $2, $3)", table, row->key), owner, NULL, &texts,
	    error_r);
}

static int
write_policy(struct directory *directory, struct arena *arena, bool is_new,
    const struct directory_object *object, struct db_error *error_r)
{
	const char *table = object->kind->table;
	const char *owner = value_key(object, 0);
	const char *sql = arena_printf(arena, "INSERT INTO %s_setting (owner, "
	    "position, value, name) VALUES ($1, $2, $3, $4)", table);
	size_t count;
	const struct setting *rows = policy_rows(&count);

	if (!is_new && delete_values(directory, arena, table, "setting",
	    owner, error_r) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct setting_list texts = value_texts(&rows[i],
		    object->policy, arena);

		if (object->has_policy[i] && insert_values(directory, arena,
		    sql, owner, rows[i].key, &texts, error_r) < 0)
			return -1;
	}
	return 0;
}

/* --- objects --------------------------------------------------------------- */

int
directory_write(struct directory *directory, struct arena *arena,
    const struct directory_object *before,
    const struct directory_object *after, struct db_error *error_r)
{
	const struct directory_kind *kind = after->kind;
	struct db_params params = { 0 };

	sql_param_columns(&params, after, arena);
	if (before != NULL)
		sql_param_key(&params, kind, value_keys(before, arena));
	if (db_run(directory->db, arena, before != NULL ?
	    sql_update(kind, arena) : sql_insert(kind, arena), &params, NULL,
	    error_r) < 0)
		return -1;
	for (size_t i = 0; i < kind->row_count; i++)
		if (!value_is_column(&kind->rows[i]) && write_list(directory,
		    arena, before == NULL, after, &kind->rows[i],
		    error_r) < 0)
			return -1;
	return kind->has_policy ? write_policy(directory, arena,
	    before == NULL, after, error_r) : 0;
}

/* NULL: there is no such state. */
static const char *
print_state(const struct directory_object *object, struct arena *arena)
{
	return object != NULL ? directory_object_print(object, arena) : NULL;
}

static void
note_kind(struct directory *directory, const char *name)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (strcmp(directory_kinds[i]->name, name) == 0)
			directory->changed |= UINT64_C(1) << i;
}

int
directory_note_texts(struct directory *directory, struct arena *arena,
    const struct directory_audit *entry, struct db_error *error_r)
{
	struct db_params params = { 0 };
	char at[CLOCK_TEXT_SIZE];

	note_kind(directory, entry->kind);
	db_param_text(&params, clock_format(directory->author.now_ms, at));
	db_param_text(&params, directory->author.who);
	db_param_text(&params, entry->action);
	db_param_text(&params, entry->kind);
	db_param_text(&params, entry->name);
	db_param_text(&params, entry->before);
	db_param_text(&params, entry->after);
	return db_run(directory->db, arena, "INSERT INTO audit (at, who, "
	    "action, kind, name, before, after) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7)", &params, NULL, error_r);
}

int
directory_note(struct directory *directory, struct arena *arena,
    const char *action, const struct directory_object *before,
    const struct directory_object *after, struct db_error *error_r)
{
	const struct directory_object *any = before != NULL ? before : after;

	return directory_note_texts(directory, arena,
	    &(struct directory_audit){
		.action = action,
		.kind = any->kind->name,
		.name = directory_object_name(any, arena),
		.before = print_state(before, arena),
		.after = print_state(after, arena),
	    }, error_r);
}

int
directory_audit_list(struct directory *directory, struct arena *arena,
    const char *kind, const char *name, int64_t below_id, size_t limit,
    struct vec *entries, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_number(&params, arena, below_id != 0 ? below_id : INT64_MAX);
	db_param_number(&params, arena, (int64_t)limit);
	if (kind != NULL) {
		db_param_text(&params, kind);
		db_param_text(&params, name);
	}
	if (directory_ready(directory, arena, error_r) < 0 ||
	    db_run(directory->db, arena, arena_printf(arena, "SELECT id, at, "
	    "who, action, kind, name, before, after FROM audit WHERE id < $1 "
	    "%s ORDER BY id DESC LIMIT $2", kind == NULL ? "" :
	    "AND kind = $3 AND name = $4"), &params, &rows, error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		*(struct directory_audit *)vec_push(entries) =
		    (struct directory_audit){
			.id = db_number(&rows, i, 0),
			.at = db_value(&rows, i, 1).data,
			.who = db_value(&rows, i, 2).data,
			.action = db_value(&rows, i, 3).data,
			.kind = db_value(&rows, i, 4).data,
			.name = db_value(&rows, i, 5).data,
			.before = db_value(&rows, i, 6).data,
			.after = db_value(&rows, i, 7).data,
		    };
	return 0;
}
