/* SPDX-License-Identifier: ISC */
/* directory_change.c - changes: put, rename and delete, all or nothing.
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
	directory->is_changed = false;
	return 0;
}

int
directory_commit(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (directory->is_changed && (db_run(directory->db, arena,
	    "UPDATE generation SET number = number + 1", NULL, NULL,
	    error_r) < 0 || db_notify(directory->db, arena, error_r) < 0)) {
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

static int
find_before(struct directory *directory, struct arena *arena,
    const struct directory_object *object, struct directory_object **before_r,
    struct db_error *error_r)
{
	return directory_find(directory, arena, object->kind,
	    value_keys(object, arena), before_r, error_r);
}

int
directory_put(struct directory *directory, struct arena *arena,
    struct directory_object *object, enum directory_put how,
    struct db_error *error_r)
{
	struct directory_object *before;

	if (find_before(directory, arena, object, &before, error_r) < 0)
		return -1;
	if (before != NULL && how == PUT_NEW)
		return directory_refuse(arena, error_r, "%s %s is there "
		    "already", object->kind->name,
		    directory_object_name(before, arena));
	if (before == NULL && how == PUT_CHANGE)
		return directory_refuse(arena, error_r, "there is no %s %s",
		    object->kind->name, directory_object_name(object, arena));
	if (directory_validate(directory, before, object, arena, error_r) < 0)
		return -1;
	if (before != NULL && strcmp(directory_object_print(before, arena),
	    directory_object_print(object, arena)) == 0)
		return 0;
	return directory_write(directory, arena, before, object,
	    error_r) < 0 ? -1 : directory_note(directory, arena,
	    before != NULL ? "set" : "add", before, object, error_r);
}

/* --- rename ---------------------------------------------------------------- */

/* References with a foreign key follow by themselves (ON UPDATE CASCADE). */
static int
follow_one(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind,
    const struct directory_reference *reference, const char *name,
    const char *new_name, struct db_error *error_r)
{
	const struct setting *row = directory_kind_row(kind, reference->key);
	bool is_column = value_is_column(row);
	const char *column = is_column ? row->key : "value";
	struct db_params params = { 0 };

	db_param_text(&params, arena_printf(arena, "%s%s", reference->prefix,
	    name));
	db_param_text(&params, arena_printf(arena, "%s%s", reference->prefix,
	    new_name));
	return db_run(directory->db, arena, arena_printf(arena,
	    "UPDATE %s%s%s SET \"%s\" = $2 WHERE \"%s\" = $1", kind->table,
	    is_column ? "" : "_", is_column ? "" : row->key, column, column),
	    &params, NULL, error_r);
}

static int
follow_mentions(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *name,
    const char *new_name, struct db_error *error_r)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++) {
		const struct directory_reference *reference =
		    directory_kinds[i]->references;

		for (; reference != NULL && reference->key != NULL;
		    reference++)
			if (reference->to == kind &&
			    reference->how == REFERENCE_MENTIONS &&
			    follow_one(directory, arena, directory_kinds[i],
			    reference, name, new_name, error_r) < 0)
				return -1;
	}
	return 0;
}

static int
write_renamed(struct directory *directory, struct arena *arena,
    const struct directory_object *before,
    const struct directory_object *after, struct db_error *error_r)
{
	return directory_write(directory, arena, before, after,
	    error_r) < 0 || follow_mentions(directory, arena, after->kind,
	    value_key(before, 0), value_key(after, 0), error_r) < 0 ||
	    directory_note(directory, arena, "rename", before, after,
	    error_r) < 0 ? -1 : 0;
}

static struct directory_object *
with_key(const struct directory_object *before, const char *const *key,
    struct arena *arena)
{
	struct directory_object *after = directory_object_copy(before, arena);

	for (size_t i = 0; i < before->kind->key_count; i++)
		*(const char **)(void *)((char *)after->values +
		    before->kind->rows[i].offset) = key[i];
	return after;
}

/* ann@old.example, when its domain has become new.example. */
static int
move_address(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *address,
    const char *domain, struct db_error *error_r)
{
	struct directory_object *before, *after;
	const char *key = arena_printf(arena, "%.*s@%s",
	    (int)(strrchr(address, '@') - address), address, domain);
	const char *const *spelled;

	if (directory_find(directory, arena, kind, &address, &before,
	    error_r) < 0 || directory_spell_key(kind, &key, arena, &spelled,
	    error_r) < 0)
		return -1;
	after = with_key(before, spelled, arena);
	return write_renamed(directory, arena, before, after, error_r);
}

/* Those whose domain it is. Their column has followed, their addresses have
 * not. */
static int
move_addresses(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain,
    struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_text(&params, domain);
	if (db_run(directory->db, arena, arena_printf(arena, "SELECT \"%s\" "
	    "FROM %s WHERE \"%s\" = $1 ORDER BY 1", kind->rows[0].key,
	    kind->table, kind->domain_key), &params, &rows, error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		if (move_address(directory, arena, kind,
		    db_value(&rows, i, 0).data, domain, error_r) < 0)
			return -1;
	return 0;
}

/* An alias to where its domain is now would lead to itself. */
static int
check_moved(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain,
    struct db_error *error_r)
{
	const struct directory_query query = { .domain = domain };
	struct vec objects;

	vec_init(&objects, arena, sizeof(struct directory_object *));
	if (directory_list(directory, arena, kind, &query, &objects,
	    error_r) < 0)
		return -1;
	for (size_t i = 0; i < objects.len; i++) {
		struct directory_object *object =
		    *(struct directory_object **)vec_at(&objects, i);

		if (directory_validate(directory, object, object, arena,
		    error_r) < 0)
			return -1;
	}
	return 0;
}

/* What was written is not right any more: a refusal comes too late. */
static int
move_domain(struct directory *directory, struct arena *arena,
    const char *domain, struct db_error *error_r)
{
	int result = 0;

	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->is_address)
			result = move_addresses(directory, arena,
			    directory_kinds[i], domain, error_r);
	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->is_address)
			result = check_moved(directory, arena,
			    directory_kinds[i], domain, error_r);
	if (result < 0)
		db_spoil(directory->db);
	return result;
}

int
directory_rename(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    const char *const *new_key, struct db_error *error_r)
{
	struct directory_object *before, *after, *there;

	if (directory_find(directory, arena, kind, key, &before, error_r) < 0)
		return -1;
	if (before == NULL)
		return directory_refuse(arena, error_r, "there is no %s %s",
		    kind->name, key[0]);
	after = with_key(before, new_key, arena);
	if (find_before(directory, arena, after, &there, error_r) < 0)
		return -1;
	if (there != NULL)
		return directory_refuse(arena, error_r, "%s %s is there "
		    "already", kind->name, directory_object_name(there,
		    arena));
	if (directory_validate(directory, before, after, arena,
	    error_r) < 0 || write_renamed(directory, arena, before, after,
	    error_r) < 0)
		return -1;
	return kind != &kind_domain ? 0 : move_domain(directory, arena,
	    value_key(after, 0), error_r);
}

/* --- delete ---------------------------------------------------------------- */

static int remove_object(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    bool with_dependents, struct db_error *error_r);

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
			    one->kind->name, one->name);
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
	const char *kind = object->kind->name;
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
		return remove_object(directory, arena, one->kind, one->key,
		    true, error_r);
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
		if ((how == REFERENCE_OWNER ? remove_object(directory, arena,
		    one->kind, one->key, true, error_r) : forget(directory,
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

/* A page after the other, until there are no more. */
static int
clear_dependents(struct directory *directory, struct arena *arena,
    const struct directory_object *object, bool wants_mentions,
    bool with_dependents, struct db_error *error_r)
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
	return 0;
}

/* One that has gone with another already is no error. What only mentions it is
 * seen to when its row has gone: so it ends, whatever leads in a circle. */
static int
remove_object(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    bool with_dependents, struct db_error *error_r)
{
	struct directory_object *object;

	if (directory_find(directory, arena, kind, key, &object, error_r) < 0)
		return -1;
	if (object == NULL)
		return 0;
	return clear_dependents(directory, arena, object, false,
	    with_dependents, error_r) < 0 ||
	    remove_row(directory, arena, object, error_r) < 0 ||
	    clear_dependents(directory, arena, object, true, with_dependents,
	    error_r) < 0 ? -1 : 0;
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
		    kind->name, key[0]);
	return remove_object(directory, arena, kind, key, with_dependents,
	    error_r);
}
