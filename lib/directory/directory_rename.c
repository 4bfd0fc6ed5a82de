/* SPDX-License-Identifier: ISC */
/* directory_rename.c - another name, and whatever names it follows.
 *
 * One rename may change an object several times: with a domain its users get
 * other addresses, and an alias to ten of them follows ten times. The audit
 * tells of each object once: as it was before, and as it is in the end.
 */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "directory/directory_private.h"
#include "directory/directory_walk.h"

/* What names an object is all taken up. */
#define NO_LIMIT INT32_MAX

/* An object that changes. */
struct touched {
	const struct directory_kind *kind;
	const char *name, *before;	/* as it was */
	const char *const *key;		/* as it is called now */
};

struct rename {
	struct directory *directory;
	struct arena *arena;
	struct db_error *error_r;
	struct vec touched;		/* struct touched *, in their order */
	struct map *by_name;		/* the same, by kind and key now */
};

/* One way in which an object follows another one. */
struct follower {
	struct touched *touched;
	const struct directory_reference *reference;
};

/* --- what changes ---------------------------------------------------------- */

static const char *
name_of(const struct directory_kind *kind, const char *const *key,
    struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, kind->name);
	for (size_t i = 0; i < kind->key_count; i++)
		buf_printf(&out, " %s", key[i]);
	return out.data;
}

static struct touched *
find_touched(const struct rename *rename, const struct directory_kind *kind,
    const char *const *key)
{
	return map_find(rename->by_name, str_from(name_of(kind, key,
	    rename->arena)));
}

static struct touched *
touch(struct rename *rename, const struct directory_object *before)
{
	struct arena *arena = rename->arena;
	const char *const *now = value_keys(before, arena);
	struct touched *touched = find_touched(rename, before->kind, now);
	const char **key;

	if (touched != NULL)
		return touched;
	key = arena_alloc(arena, before->kind->key_count * sizeof(*key));
	for (size_t i = 0; i < before->kind->key_count; i++)
		key[i] = arena_strdup(arena, now[i]);
	touched = arena_zalloc(arena, sizeof(*touched));
	touched->kind = before->kind;
	touched->name = directory_object_name(before, arena);
	touched->before = directory_object_print(before, arena);
	touched->key = key;
	*(struct touched **)vec_push(&rename->touched) = touched;
	map_put(rename->by_name, str_from(name_of(touched->kind, key, arena)),
	    touched);
	return touched;
}

static void
set_key(struct rename *rename, struct touched *touched, size_t word,
    const char *text)
{
	struct arena *arena = rename->arena;
	const char **key = arena_memdup(arena, touched->key,
	    touched->kind->key_count * sizeof(*key));

	map_put(rename->by_name, str_from(name_of(touched->kind, key, arena)),
	    NULL);
	key[word] = arena_strdup(arena, text);
	touched->key = key;
	map_put(rename->by_name, str_from(name_of(touched->kind, key, arena)),
	    touched);
}

/* --- followers ------------------------------------------------------------- */

/* So many objects of one kind, from `first` on, as they stand there. */
static int
touch_some(struct rename *rename, const struct vec *dependents, size_t first,
    size_t count)
{
	const struct directory_dependent *one = vec_at(dependents, first);
	const struct directory_kind *kind = one->kind;
	const char *const *keys[DB_PARAMS_MAX];
	struct arena *arena = arena_new(0);
	struct vec objects;
	int result;

	vec_init(&objects, arena, sizeof(struct directory_object *));
	for (size_t i = 0; i < count; i++)
		keys[i] = one[i].key;
	result = directory_find_many(rename->directory, arena, kind, keys,
	    count, &objects, rename->error_r);
	for (size_t i = 0; result == 0 && i < objects.len; i++)
		touch(rename, *(struct directory_object **)vec_at(&objects,
		    i));
	if (result < 0)
		rename->error_r->text = arena_strdup(rename->arena,
		    rename->error_r->text);
	arena_free(&arena);
	return result;
}

/* Addresses of a domain get other names themselves: move_addresses(). */
static bool
moves_itself(const struct directory_dependent *one)
{
	return one->kind->is_address &&
	    one->reference->how == REFERENCE_OWNER;
}

/* How many from `first` on can be read at a time. */
static size_t
count_alike(const struct vec *dependents, size_t first)
{
	const struct directory_dependent *one = vec_at(dependents, first);
	size_t most = directory_find_max(one->kind), count = 1;

	while (count < most && first + count < dependents->len &&
	    one[count].kind == one->kind)
		count++;
	return count;
}

/* Before the name changes: who will follow. */
static int
find_followers(struct rename *rename, const struct directory_object *object,
    struct vec *followers)
{
	struct vec dependents;
	size_t count;

	vec_init(followers, rename->arena, sizeof(struct follower));
	if (directory_dependents(rename->directory, rename->arena,
	    object->kind, value_keys(object, rename->arena), NO_LIMIT,
	    &dependents, rename->error_r) < 0)
		return -1;
	for (size_t i = 0; i < dependents.len; i += count) {
		const struct directory_dependent *one = vec_at(&dependents,
		    i);

		count = count_alike(&dependents, i);
		if (moves_itself(one))
			continue;
		if (touch_some(rename, &dependents, i, count) < 0)
			return -1;
		for (size_t j = 0; j < count; j++)
			*(struct follower *)vec_push(followers) =
			    (struct follower){ find_touched(rename,
			    one->kind, one[j].key), one[j].reference };
	}
	return 0;
}

/* References with a foreign key follow by themselves (ON UPDATE CASCADE). */
static int
follow_mention(struct rename *rename, const struct directory_kind *kind,
    const struct directory_reference *reference, const char *name,
    const char *new_name)
{
	const struct setting *row = directory_kind_row(kind, reference->key);
	bool is_column = value_is_column(row);
	const char *column = is_column ? row->key : "value";
	struct db_params params = { 0 };

	db_param_text(&params, arena_printf(rename->arena, "%s%s",
	    reference->prefix, name));
	db_param_text(&params, arena_printf(rename->arena, "%s%s",
	    reference->prefix, new_name));
	return db_run(rename->directory->db, rename->arena, arena_printf(
	    rename->arena, "UPDATE %s%s%s SET \"%s\" = $2 WHERE \"%s\" = $1",
	    kind->table, is_column ? "" : "_", is_column ? "" : row->key,
	    column, column), &params, NULL, rename->error_r);
}

/* The reference is in the key of the one that follows: it is called otherwise,
 * too. */
static void
follow_key(struct rename *rename, const struct follower *follower,
    const char *new_name)
{
	const struct directory_kind *kind = follower->touched->kind;
	size_t word = (size_t)(directory_kind_row(kind,
	    follower->reference->key) - kind->rows);

	if (word < kind->key_count)
		set_key(rename, follower->touched, word,
		    arena_printf(rename->arena, "%s%s",
		    follower->reference->prefix, new_name));
}

/* They stand by their references, so each of these is followed once. */
static int
follow(struct rename *rename, const struct vec *followers, const char *name,
    const char *new_name)
{
	const struct directory_reference *last = NULL;

	for (size_t i = 0; i < followers->len; i++) {
		const struct follower *one = vec_at(followers, i);

		if (one->reference != last &&
		    one->reference->how == REFERENCE_MENTIONS &&
		    follow_mention(rename, one->touched->kind,
		    one->reference, name, new_name) < 0)
			return -1;
		last = one->reference;
		follow_key(rename, one, new_name);
	}
	return 0;
}

/* --- names ----------------------------------------------------------------- */

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

static int
rename_one(struct rename *rename, const struct directory_object *before,
    const struct directory_object *after)
{
	struct touched *touched = touch(rename, before);
	struct vec followers;

	if (find_followers(rename, before, &followers) < 0 ||
	    directory_write(rename->directory, rename->arena, before, after,
	    rename->error_r) < 0)
		return -1;
	for (size_t i = 0; i < after->kind->key_count; i++)
		set_key(rename, touched, i, value_key(after, i));
	return follow(rename, &followers, value_key(before, 0),
	    value_key(after, 0));
}

/* ann@old.example, when its domain has become new.example. */
static int
move_address(struct rename *rename, const struct directory_kind *kind,
    const char *address, const char *domain)
{
	struct arena *arena = rename->arena;
	struct directory_object *before;
	const char *key = arena_printf(arena, "%.*s@%s",
	    (int)(strrchr(address, '@') - address), address, domain);
	const char *const *spelled;

	if (directory_find(rename->directory, arena, kind, &address, &before,
	    rename->error_r) < 0 || directory_spell_key(kind, &key, arena,
	    &spelled, rename->error_r) < 0)
		return -1;
	return rename_one(rename, before, with_key(before, spelled, arena));
}

/* Those whose domain it is. Their column has followed, their addresses have
 * not. */
static int
move_addresses(struct rename *rename, const struct directory_kind *kind,
    const char *domain)
{
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_text(&params, domain);
	if (db_run(rename->directory->db, rename->arena, arena_printf(
	    rename->arena, "SELECT \"%s\" FROM %s WHERE \"%s\" = $1 "
	    "ORDER BY 1", kind->rows[0].key, kind->table, kind->domain_key),
	    &params, &rows, rename->error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		if (move_address(rename, kind, db_value(&rows, i, 0).data,
		    domain) < 0)
			return -1;
	return 0;
}

/* An alias to where its domain is now would lead to itself. */
static int
check_moved(void *arg, const struct directory_object *object,
    struct arena *arena, struct db_error *error_r)
{
	return directory_validate(arg, object, directory_object_copy(object,
	    arena), arena, error_r);
}

static int
move_domain(struct rename *rename, const char *domain)
{
	int result = 0;

	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->is_address)
			result = move_addresses(rename, directory_kinds[i],
			    domain);
	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->is_address)
			result = directory_walk(rename->directory,
			    rename->arena, directory_kinds[i], domain,
			    check_moved, rename->directory, rename->error_r);
	return result;
}

/* --- the audit ------------------------------------------------------------- */

static int
note(struct rename *rename, const struct directory_object *after)
{
	struct arena *arena = rename->arena;
	const struct touched *touched = find_touched(rename, after->kind,
	    value_keys(after, arena));
	const char *text = directory_object_print(after, arena);

	if (strcmp(touched->before, text) == 0)
		return 0;
	return directory_note_texts(rename->directory, arena,
	    &(struct directory_audit){
		.action = strcmp(touched->name, directory_object_name(after,
		    arena)) == 0 ? "set" : "rename",
		.kind = touched->kind->name,
		.name = touched->name,
		.before = touched->before,
		.after = text,
	    }, rename->error_r);
}

/* As many of one kind as can be read at a time; how many they were. */
static int
note_some(struct rename *rename, size_t first)
{
	struct touched *const *one = vec_at(&rename->touched, first);
	size_t most = directory_find_max((*one)->kind), count = 0;
	const char *const *keys[DB_PARAMS_MAX];
	struct vec objects;

	vec_init(&objects, rename->arena, sizeof(struct directory_object *));
	for (; count < most && first + count < rename->touched.len &&
	    one[count]->kind == (*one)->kind; count++)
		keys[count] = one[count]->key;
	if (directory_find_many(rename->directory, rename->arena,
	    (*one)->kind, keys, count, &objects, rename->error_r) < 0)
		return -1;
	for (size_t i = 0; i < objects.len; i++)
		if (note(rename, *(struct directory_object **)vec_at(&objects,
		    i)) < 0)
			return -1;
	return (int)count;
}

static int
note_all(struct rename *rename)
{
	int count;

	for (size_t i = 0; i < rename->touched.len; i += (size_t)count) {
		count = note_some(rename, i);
		if (count < 0)
			return -1;
	}
	return 0;
}

/* --- the whole ------------------------------------------------------------- */

/* What was written is not right any more: a refusal comes too late. */
static int
rename_all(struct rename *rename, const struct directory_object *before,
    const struct directory_object *after)
{
	if (rename_one(rename, before, after) == 0 &&
	    (after->kind != &kind_domain || move_domain(rename,
	    value_key(after, 0)) == 0) && note_all(rename) == 0)
		return directory_validate_gone(rename->directory, before,
		    rename->arena, rename->error_r);
	db_spoil(rename->directory->db);
	return -1;
}

int
directory_rename(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    const char *const *new_key, struct db_error *error_r)
{
	struct rename rename = { .directory = directory, .arena = arena,
	    .error_r = error_r, .by_name = map_new(arena) };
	struct directory_object *before, *after, *there;

	vec_init(&rename.touched, arena, sizeof(struct touched *));
	if (directory_find(directory, arena, kind, key, &before, error_r) < 0)
		return -1;
	if (before == NULL)
		return directory_refuse(arena, error_r, "there is no %s %s",
		    directory_kind_word(kind), key[0]);
	after = with_key(before, new_key, arena);
	if (directory_find(directory, arena, kind, new_key, &there,
	    error_r) < 0)
		return -1;
	if (there != NULL)
		return directory_refuse(arena, error_r, "%s %s is there "
		    "already", directory_kind_word(kind),
		    directory_object_name(there, arena));
	return directory_validate(directory, before, after, arena,
	    error_r) < 0 ? -1 : rename_all(&rename, before, after);
}
