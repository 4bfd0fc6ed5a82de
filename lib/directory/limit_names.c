/* SPDX-License-Identifier: ISC */
/* limit_names.c - `limits` in the directory that are those of no throttle. */
#include "directory/limit_names.h"

#include "base/arena.h"
#include "base/map.h"
#include "directory/directory_private.h"
#include "mail/policy.h"

struct names {
	struct directory *directory;
	struct arena *arena;
	const struct limit_namer *namer;
	struct vec *sentences;
	struct db_error *error_r;
};

/* "out" of "out=5/1h" */
static const char *
name_of(const char *text, struct arena *arena)
{
	struct str rest = str_from(text), name;

	str_cut(&rest, '=', &name);
	return str_dup(arena, name);
}

/* 1, 0, or -1: the directory cannot be asked. */
static int
is_known(const struct names *names, const char *name)
{
	struct directory_object *found;

	if (names->namer->is_known(names->namer->arg, name))
		return 1;
	if (directory_find_bare(names->directory, names->arena,
	    &kind_throttle, &name, &found, names->error_r) == 0)
		return found != NULL;
	/* What can be no name of a throttle is none. */
	return names->error_r->trouble == DB_REFUSED ? 0 : -1;
}

static int
judge(const struct names *names, const char *owner, const char *name)
{
	int result = is_known(names, name);

	if (result == 0)
		*(const char **)vec_push(names->sentences) = arena_printf(
		    names->arena, "%s: limits: there is no throttle %s",
		    owner, name);
	return result < 0 ? -1 : 0;
}

int
limit_names_of(struct directory *directory, struct arena *arena,
    const struct directory_object *object, const struct limit_namer *namer,
    struct vec *sentences, struct db_error *error_r)
{
	const struct names names = { directory, arena, namer, sentences,
	    error_r };
	const struct setting_list *list;
	const char *owner;

	if (object->policy == NULL)
		return 0;
	list = &object->policy->limits;
	owner = arena_printf(arena, "%s %s",
	    directory_kind_word(object->kind),
	    directory_object_name(object, arena));
	for (size_t i = 0; i < list->count; i++)
		if (judge(&names, owner, name_of(list->texts[i], arena)) < 0)
			return -1;
	return 0;
}

/* --- all of them ----------------------------------------------------------- */

/* Who has a name: the first, and how many. */
struct owners {
	const char *first;
	int64_t count;
};

/* Many have the same few amounts: so each amount is read once. */
static int
collect(const struct names *names, const struct directory_kind *kind,
    struct map *by_name)
{
	struct arena *arena = names->arena;
	struct db_rows rows;

	if (db_run(names->directory->db, arena, arena_printf(arena,
	    "SELECT value, min(owner), count(*) FROM %s_setting WHERE "
	    "name = 'limits' GROUP BY value ORDER BY value", kind->table),
	    NULL, &rows, names->error_r) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		struct str name = str_from(name_of(db_value(&rows, i,
		    0).data, arena));
		struct owners *owners = map_find(by_name, name);

		if (owners == NULL) {
			owners = arena_zalloc(arena, sizeof(*owners));
			owners->first = db_value(&rows, i, 1).data;
			map_put(by_name, name, owners);
		}
		owners->count += db_number(&rows, i, 2);
	}
	return 0;
}

static int
judge_kind(const struct names *names, const struct directory_kind *kind)
{
	struct map *by_name = map_new(names->arena);
	struct str name;
	size_t at = 0;
	void *value;

	if (collect(names, kind, by_name) < 0)
		return -1;
	while (map_next(by_name, &at, &name, &value)) {
		const struct owners *owners = value;
		const char *more = owners->count == 1 ? "" : arena_printf(
		    names->arena, " and %lld more",
		    (long long)owners->count - 1);

		if (judge(names, arena_printf(names->arena, "%s %s%s",
		    directory_kind_word(kind), owners->first, more),
		    str_dup(names->arena, name)) < 0)
			return -1;
	}
	return 0;
}

int
limit_names_of_all(struct directory *directory, struct arena *arena,
    const struct limit_namer *namer, struct vec *sentences,
    struct db_error *error_r)
{
	const struct names names = { directory, arena, namer, sentences,
	    error_r };

	if (directory_ready(directory, arena, error_r) < 0)
		return -1;
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->has_policy &&
		    judge_kind(&names, directory_kinds[i]) < 0)
			return -1;
	return 0;
}
