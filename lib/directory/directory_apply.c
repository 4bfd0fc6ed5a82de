/* SPDX-License-Identifier: ISC */
/* directory_apply.c - the directory made what a text says.
 *
 * Some changes need others to be made before: an alias takes the address of a
 * user that goes, a class goes when its users have another. There is no one
 * order for all of that. So what is refused is tried again behind the rest, as
 * long as that helps; refusals leave a change as it was. A deletion takes along
 * what cannot be without the object, or names it; what of that is to stand
 * there is put again. What has changed in the end is what the audit says, one
 * line for an object.
 */
#include "directory/directory_apply.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "directory/directory_private.h"
#include "directory/directory_text.h"
#include "directory/directory_walk.h"

/* So many rows of the audit are read at a time. */
#define PAGE 500

/* A step: an object to be put, or one to be removed. */
struct step {
	const struct directory_text *put;
	const struct directory_kind *kind;	/* to be removed */
	const char *const *key;
	bool is_done;
};

struct run {
	struct directory *directory;
	struct arena *arena;
	const struct directory_apply *apply;
	struct map *wanted;		/* by name */
	struct vec steps;
	struct db_error *error_r;
};

/* --- what is to go --------------------------------------------------------- */

static int
visit_present(void *arg, const struct directory_object *object,
    struct arena *page, struct db_error *error_r)
{
	struct run *run = arg;
	const struct directory_kind *kind = object->kind;
	const char *name = arena_printf(page, "%s %s", kind->name,
	    directory_object_name(object, page));
	struct step *step;
	const char **key;

	(void)error_r;
	if (map_find(run->wanted, str_from(name)) != NULL)
		return 0;
	key = arena_alloc(run->arena, kind->key_count * sizeof(*key));
	for (size_t i = 0; i < kind->key_count; i++)
		key[i] = arena_strdup(run->arena, value_key(object, i));
	step = vec_push(&run->steps);
	step->kind = kind;
	step->key = key;
	return 0;
}

/* Those that others name go last. */
static int
plan_removals(struct run *run)
{
	size_t count = 0;

	while (directory_kinds[count] != NULL)
		count++;
	while (run->apply->wants_prune && count-- > 0) {
		const struct directory_kind *kind = directory_kinds[count];

		if (directory_walk(run->directory, run->arena, kind,
		    run->apply->domain, visit_present, run, run->error_r) < 0)
			return -1;
	}
	return 0;
}

/* Those that others name come first. */
static void
plan_puts(struct run *run)
{
	const struct vec *objects = run->apply->objects;

	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		for (size_t j = 0; j < objects->len; j++) {
			const struct directory_text *text =
			    vec_at(objects, j);

			if (text->object->kind == directory_kinds[i])
				((struct step *)vec_push(&run->steps))->put =
				    text;
		}
}

/* --- the steps ------------------------------------------------------------- */

/* Its trouble, with the place, is run's. */
static int
do_step(struct run *run, const struct step *step)
{
	struct arena *arena = arena_new(0);
	struct db_error *error = run->error_r;
	int result;

	result = step->put == NULL ? directory_remove(run->directory, arena,
	    step->kind, step->key, error) : directory_put(run->directory, arena, directory_object_copy(
	    step->put->object, arena), PUT_ANY, error);
	if (result < 0)
		error->text = error->trouble == DB_REFUSED &&
		    step->put != NULL ? directory_text_blame(step->put,
		    error->text, run->arena) :
		    arena_strdup(run->arena, error->text);
	arena_free(&arena);
	return result;
}

/* Steps from `first` on that put objects of one kind: as many as can be read at
 * a time. 0: there are none. */
static size_t
count_puts(const struct run *run, size_t first)
{
	const struct step *step = vec_at(&run->steps, first);
	const struct directory_kind *kind;
	size_t count = 0;

	if (step->put == NULL)
		return 0;
	kind = step->put->object->kind;
	while (count < directory_find_max(kind) &&
	    first + count < run->steps.len && step[count].put != NULL &&
	    step[count].put->object->kind == kind)
		count++;
	return count;
}

/* Nothing is to be done where an object stands there as the text has it. */
static void
skip_same(struct step *step, const struct map *present, struct arena *arena)
{
	const struct directory_object *before = map_find(present,
	    str_from(step->put->name));

	if (before != NULL && directory_is_same(before, directory_object_copy(
	    step->put->object, arena), arena))
		step->is_done = true;
}

/* What stands there, by name; a statement for all, where each would take
 * several. What cannot be called so is told by its own step. */
static int
find_present(struct run *run, const struct step *step, size_t count,
    struct arena *arena, struct map *present)
{
	const struct directory_kind *kind = step->put->object->kind;
	const char *const *keys[DB_PARAMS_MAX];
	struct vec objects;
	struct db_error error;

	for (size_t i = 0; i < count; i++)
		if (directory_spell_key(kind, value_keys(step[i].put->object,
		    arena), arena, &keys[i], &error) < 0)
			return 0;
	vec_init(&objects, arena, sizeof(struct directory_object *));
	if (directory_find_many(run->directory, arena, kind, keys, count,
	    &objects, run->error_r) < 0)
		return -1;
	for (size_t i = 0; i < objects.len; i++) {
		struct directory_object *object =
		    *(struct directory_object **)vec_at(&objects, i);

		map_put(present, str_from(arena_printf(arena, "%s %s",
		    kind->name, directory_object_name(object, arena))),
		    object);
	}
	return 0;
}

/* Puts do not change one another, so what is read holds until the last of
 * these. */
static int
skip_all_same(struct run *run, size_t first, size_t count)
{
	struct step *step = vec_at(&run->steps, first);
	struct arena *arena = arena_new(0);
	struct map *present = map_new(arena);
	int result = find_present(run, step, count, arena, present);

	for (size_t i = 0; result == 0 && i < count; i++)
		skip_same(&step[i], present, arena);
	if (result < 0)
		run->error_r->text = arena_strdup(run->arena,
		    run->error_r->text);
	arena_free(&arena);
	return result;
}

/* One way through what is not done yet; 1: something was done. */
struct pass {
	size_t done, refused, removed;
	struct db_error first;		/* refusal */
};

static int
do_pass(struct run *run, struct pass *pass)
{
	size_t looked = 0, count;

	*pass = (struct pass){ 0 };
	for (size_t i = 0; i < run->steps.len; i++) {
		struct step *step = vec_at(&run->steps, i);

		if (step->is_done)
			continue;
		count = i < looked ? 0 : count_puts(run, i);
		if (count != 0 && skip_all_same(run, i, count) < 0)
			return -1;
		looked = count != 0 ? i + count : looked;
		if (step->is_done) {
			pass->done++;
			continue;
		}
		if (do_step(run, step) == 0) {
			step->is_done = true;
			pass->done++;
			pass->removed += step->put == NULL;
		} else if (run->error_r->trouble != DB_REFUSED) {
			return -1;
		} else if (pass->refused++ == 0) {
			pass->first = *run->error_r;
		}
	}
	return 0;
}

static void
put_again(struct run *run)
{
	for (size_t i = 0; i < run->steps.len; i++) {
		struct step *step = vec_at(&run->steps, i);

		step->is_done = step->put == NULL;
	}
}

static int
do_steps(struct run *run)
{
	bool is_first = true, is_late = false;
	struct pass pass;

	for (;;) {
		if (do_pass(run, &pass) < 0)
			return -1;
		if (pass.refused != 0 && pass.done == 0) {
			*run->error_r = pass.first;
			return -1;
		}
		/* A removal behind a put may have changed what was put. */
		is_late |= !is_first && pass.removed != 0;
		is_first = false;
		if (pass.refused != 0)
			continue;
		if (!is_late)
			return 0;
		is_late = false;
		put_again(run);
	}
}

/* --- what has changed ------------------------------------------------------ */

/* Newest first: the last one that is met says what stood there before. */
static void
note_change(struct map *changes, const struct directory_audit *row,
    struct arena *arena)
{
	const char *key = arena_printf(arena, "%s %s", row->kind, row->name);
	struct directory_audit *change = map_find(changes, str_from(key));

	if (change == NULL) {
		change = arena_zalloc(arena, sizeof(*change));
		change->kind = row->kind;
		change->name = row->name;
		change->after = row->after;
		map_put(changes, str_from(key), change);
	}
	change->before = row->before;
}

static int
last_audit(struct directory *directory, struct arena *arena, int64_t *id_r,
    struct db_error *error_r)
{
	struct vec rows;

	vec_init(&rows, arena, sizeof(struct directory_audit));
	if (directory_audit_list(directory, arena, NULL, NULL, 0, 1, &rows,
	    error_r) < 0)
		return -1;
	*id_r = rows.len == 0 ? 0 :
	    ((struct directory_audit *)vec_at(&rows, 0))->id;
	return 0;
}

static int
read_changes(struct directory *directory, struct arena *arena, int64_t since,
    struct map *changes, struct db_error *error_r)
{
	int64_t below = 0;

	for (;;) {
		struct vec rows;

		vec_init(&rows, arena, sizeof(struct directory_audit));
		if (directory_audit_list(directory, arena, NULL, NULL, below,
		    PAGE, &rows, error_r) < 0)
			return -1;
		for (size_t i = 0; i < rows.len; i++) {
			const struct directory_audit *row = vec_at(&rows, i);

			if (row->id <= since)
				return 0;
			note_change(changes, row, arena);
			below = row->id;
		}
		if (rows.len < PAGE)
			return 0;
	}
}

static bool
is_same(const char *before, const char *after)
{
	return before == NULL || after == NULL ? before == after :
	    strcmp(before, after) == 0;
}

static bool
keep_change(struct directory_applied *applied, struct directory_audit *change)
{
	if (is_same(change->before, change->after))
		return false;
	if (change->before == NULL) {
		change->action = "add";
		applied->added++;
	} else if (change->after == NULL) {
		change->action = "delete";
		applied->removed++;
	} else {
		change->action = "set";
		applied->changed++;
	}
	*(struct directory_audit *)vec_push_front(&applied->changes) =
	    *change;
	return true;
}

static int
collect(struct run *run, int64_t since, struct directory_applied *applied)
{
	struct map *changes = map_new(run->arena);
	size_t at = 0;
	struct str key;
	void *change;

	if (read_changes(run->directory, run->arena, since, changes,
	    run->error_r) < 0)
		return -1;
	applied->unchanged = run->apply->objects->len;
	while (map_next(changes, &at, &key, &change))
		if (keep_change(applied, change) &&
		    map_find(run->wanted, key) != NULL)
			applied->unchanged--;
	return 0;
}

int
directory_apply(struct directory *directory, struct arena *arena,
    const struct directory_apply *apply, struct directory_applied *applied_r,
    struct db_error *error_r)
{
	struct run run = { .directory = directory, .arena = arena,
	    .apply = apply, .wanted = map_new(arena), .error_r = error_r };
	int64_t since;

	*applied_r = (struct directory_applied){ 0 };
	vec_init(&applied_r->changes, arena, sizeof(struct directory_audit));
	vec_init(&run.steps, arena, sizeof(struct step));
	for (size_t i = 0; i < apply->objects->len; i++) {
		const struct directory_text *text = vec_at(apply->objects, i);

		map_put(run.wanted, str_from(text->name),
		    (void *)(uintptr_t)text);
	}
	if (last_audit(directory, arena, &since, error_r) < 0 ||
	    plan_removals(&run) < 0)
		return -1;
	plan_puts(&run);
	return do_steps(&run) < 0 || collect(&run, since, applied_r) < 0 ?
	    -1 : 0;
}
