/* SPDX-License-Identifier: ISC */
/* directory_change.c - changes: put and delete, all or nothing.
 *
 * A change is a transaction of the database with a row of the audit for each
 * object, and one step of the generation for all of them. What is wrong with an
 * object is found before anything is written of it, so that a refusal leaves
 * the transaction as it was; the keys of the tables stand behind that.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "directory/directory_private.h"

/* So many objects that name another are taken up at a time. */
#define PAGE 100
/* And so many are named in a refusal. */
#define NAMED_MAX 5

int
directory_begin(struct directory *directory,
    const struct directory_author *author, struct arena *arena,
    struct db_error *error_r)
{
	const char *reason = directory_judge_text(author->who, true);

	if (reason != NULL)
		return directory_refuse(arena, error_r, "who makes the "
		    "change: %s", reason);
	if (db_begin(directory->db, DB_TXN_WRITE, arena, error_r) < 0)
		return -1;
	if (directory_ready(directory, arena, error_r) < 0) {
		db_rollback(directory->db);
		return -1;
	}
	arena_free(&directory->txn_arena);
	directory->txn_arena = arena_new(0);
	directory->author = *author;
	directory->author.who = arena_strdup(directory->txn_arena,
	    author->who);
	directory->changed = 0;
	return 0;
}

/* Once for each kind: the generation in which this happened. */
static int
mark_kinds(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++) {
		struct db_params params = { 0 };

		db_param_text(&params, directory_kinds[i]->name);
		if ((directory->changed >> i & 1) != 0 && db_run(
		    directory->db, arena, "INSERT INTO changes (kind, number) "
		    "SELECT $1, number FROM generation WHERE true "
		    "ON CONFLICT (kind) DO UPDATE SET number = "
		    "excluded.number", &params, NULL, error_r) < 0)
			return -1;
	}
	return 0;
}

static int
mark(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	return db_run(directory->db, arena,
	    "UPDATE generation SET number = number + 1", NULL, NULL,
	    error_r) < 0 || mark_kinds(directory, arena, error_r) < 0 ||
	    db_notify(directory->db, arena, error_r) < 0 ? -1 : 0;
}

int
directory_commit(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (directory->changed != 0 && mark(directory, arena, error_r) < 0) {
		db_rollback(directory->db);
		return -1;
	}
	return db_commit(directory->db, arena, error_r);
}

void
directory_rollback(struct directory *directory)
{
	db_rollback(directory->db);
}

/* --- put ------------------------------------------------------------------- */

int
directory_put(struct directory *directory, struct arena *arena,
    struct directory_object *object, enum directory_put how,
    struct db_error *error_r)
{
	struct directory_object *before;

	if (directory_find(directory, arena, object->kind,
	    value_keys(object, arena), &before, error_r) < 0)
		return -1;
	if (before != NULL && how == PUT_NEW)
		return directory_refuse(arena, error_r, "%s %s is there "
		    "already", directory_kind_word(object->kind),
		    directory_object_name(before, arena));
	if (before == NULL && how == PUT_CHANGE)
		return directory_refuse(arena, error_r, "there is no %s %s",
		    directory_kind_word(object->kind),
		    directory_object_name(object, arena));
	if (before != NULL && directory_is_same(before, object, arena))
		return 0;
	if (directory_validate(directory, before, object, arena, error_r) < 0)
		return -1;
	return directory_write(directory, arena, before, object,
	    error_r) < 0 ? -1 : directory_note(directory, arena,
	    before != NULL ? "set" : "add", before, object, error_r);
}

/* --- delete ---------------------------------------------------------------- */

/* "user ann@example.org, user bob@example.org and more" */
static const char *
name_some(const struct vec *dependents, bool only_needs)
{
	struct buf out;
	size_t count = 0;

	buf_init(&out, dependents->arena);
	for (size_t i = 0; i < dependents->len; i++) {
		const struct directory_dependent *one = vec_at(dependents, i);

		if (only_needs && one->reference->how != REFERENCE_NEEDS)
			continue;
		if (count == NAMED_MAX)
			buf_add_text(&out, " and more");
		else if (count < NAMED_MAX)
			buf_printf(&out, "%s%s %s", count != 0 ? ", " : "",
			    directory_kind_word(one->kind), one->name);
		count++;
	}
	return out.data;
}

static int
judge_dependents(const struct directory_object *object,
    const struct vec *dependents, bool with_dependents,
    struct db_error *error_r)
{
	struct arena *arena = dependents->arena;
	const char *kind = directory_kind_word(object->kind);
	const char *name = directory_object_name(object, arena);
	const char *needing = name_some(dependents, true);

	if (*needing != '\0')
		return directory_refuse(arena, error_r, "%s %s is in use by "
		    "%s: change these first", kind, name, needing);
	if (dependents->len == 0 || with_dependents)
		return 0;
	return directory_refuse(arena, error_r, "%s %s is named by %s: these "
	    "would go with it, or forget it", kind, name,
	    name_some(dependents, false));
}

/* Without one text. */
static void
take_out(struct setting_list *list, const char *text, struct arena *arena)
{
	const char **texts = arena_alloc(arena, list->count * sizeof(*texts));
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->texts[i], text) != 0)
			texts[count++] = list->texts[i];
	*list = (struct setting_list){ count, texts };
}

/* A list that has become empty would say something else: "for everybody". */
static int
forget(struct directory *directory, struct arena *arena,
    const struct directory_dependent *one, const char *name,
    struct db_error *error_r)
{
	const struct setting *row = directory_kind_row(one->kind,
	    one->reference->key);
	struct directory_object *before, *after;
	struct setting_list *list;

	if (directory_find(directory, arena, one->kind, one->key, &before,
	    error_r) < 0)
		return -1;
	if (before == NULL)
		return 0;
	after = directory_object_copy(before, arena);
	list = (void *)((char *)after->values + row->offset);
	if (value_is_column(row))
		*(const char **)(void *)list = NULL;
	else
		take_out(list, arena_printf(arena, "%s%s",
		    one->reference->prefix, name), arena);
	if (row < one->kind->rows + one->kind->key_count ||
	    (!value_is_column(row) && list->count == 0))
		return directory_remove(directory, arena, one->kind, one->key,
		    error_r);
	return directory_write(directory, arena, before, after,
	    error_r) < 0 ? -1 : directory_note(directory, arena, "set",
	    before, after, error_r);
}

/* Those that mention it when that is wanted, else the others. *count_r: so many
 * were there. */
static int
remove_dependents(struct directory *directory, struct arena *arena,
    const struct directory_object *object, const struct vec *dependents,
    bool wants_mentions, size_t *count_r, struct db_error *error_r)
{
	const char *name = value_key(object, 0);

	*count_r = 0;
	for (size_t i = 0; i < dependents->len; i++) {
		const struct directory_dependent *one = vec_at(dependents, i);
		enum reference_how how = one->reference->how;

		if ((how == REFERENCE_MENTIONS) != wants_mentions)
			continue;
		(*count_r)++;
		if ((how == REFERENCE_OWNER ? directory_remove(directory,
		    arena, one->kind, one->key, error_r) : forget(directory,
		    arena, one, name, error_r)) < 0)
			return -1;
	}
	return 0;
}

static int
remove_row(struct directory *directory, struct arena *arena,
    const struct directory_object *object, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct buf sql;

	buf_init(&sql, arena);
	buf_printf(&sql, "DELETE FROM %s", object->kind->table);
	sql_where_key(&sql, object->kind, 1);
	sql_param_key(&params, object->kind, value_keys(object, arena));
	return db_run(directory->db, arena, sql.data, &params, NULL,
	    error_r) < 0 ? -1 : directory_note(directory, arena, "delete",
	    object, NULL, error_r);
}

static bool
has_mentions(const struct vec *dependents)
{
	for (size_t i = 0; i < dependents->len; i++)
		if (((const struct directory_dependent *)vec_at(dependents,
		    i))->reference->how == REFERENCE_MENTIONS)
			return true;
	return false;
}

/* A page after the other, until there are no more; *mentions_r: but there are
 * some that mention it. */
static int
clear_dependents(struct directory *directory, struct arena *arena,
    const struct directory_object *object, bool wants_mentions,
    bool with_dependents, bool *mentions_r, struct db_error *error_r)
{
	struct vec dependents;
	size_t count;

	do
		if (directory_dependents(directory, arena, object->kind,
		    value_keys(object, arena), PAGE, &dependents,
		    error_r) < 0 || judge_dependents(object, &dependents,
		    with_dependents, error_r) < 0 || remove_dependents(
		    directory, arena, object, &dependents, wants_mentions,
		    &count, error_r) < 0)
			return -1;
	while (count != 0);
	*mentions_r = has_mentions(&dependents);
	return 0;
}

/* What only mentions it is seen to when its row has gone: so it ends, whatever
 * leads in a circle. */
static int
remove_object(struct directory *directory, struct arena *arena,
    const struct directory_object *object, bool with_dependents,
    struct db_error *error_r)
{
	bool is_mentioned;

	return clear_dependents(directory, arena, object, false,
	    with_dependents, &is_mentioned, error_r) < 0 ||
	    remove_row(directory, arena, object, error_r) < 0 ||
	    (is_mentioned && clear_dependents(directory, arena, object, true,
	    with_dependents, &is_mentioned, error_r) < 0) ||
	    directory_validate_gone(directory, object, arena, error_r) < 0 ?
	    -1 : 0;
}

int
directory_remove(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct db_error *error_r)
{
	struct directory_object *object;

	if (directory_find(directory, arena, kind, key, &object, error_r) < 0)
		return -1;
	return object == NULL ? 0 : remove_object(directory, arena, object,
	    true, error_r);
}

int
directory_delete(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    bool with_dependents, struct db_error *error_r)
{
	struct directory_object *object;

	if (directory_find(directory, arena, kind, key, &object, error_r) < 0)
		return -1;
	if (object == NULL)
		return directory_refuse(arena, error_r, "there is no %s %s",
		    directory_kind_word(kind), key[0]);
	return remove_object(directory, arena, object, with_dependents,
	    error_r);
}
