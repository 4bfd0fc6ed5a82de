/* SPDX-License-Identifier: ISC */
/* alias_walk.c - does the mail of an alias come to an end?
 *
 * Addresses are compared as mail finds them: those of an alias domain are those
 * of the domain for which it stands. A circle leads through the alias that is
 * checked, for there was none before; so it is enough to come back to that.
 */
#include "directory/alias_walk.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "directory/directory_private.h"

#define DELIMITER '+'
/* So many aliases that lead into a domain are taken up at a time. */
#define PAGE 500

struct walk {
	struct directory *directory;
	struct arena *arena;
	struct db_error *error_r;
	const struct directory_domain *domain;	/* as if; NULL */
	const char *from;		/* the alias that is checked */
	struct map *seen;		/* path text, by address */
	struct vec todo;		/* addresses */
};

/* --- addresses -------------------------------------------------------------- */

/* The domain for which this one stands, itself for most; NULL: it is not in the
 * directory, and so no alias is in it. */
static int
find_domain(struct walk *walk, const char *name, const char **domain_r)
{
	const struct directory_domain *as_if = walk->domain;
	struct db_params params = { 0 };
	struct db_rows rows;
	const char *other;

	if (as_if != NULL && strcmp(as_if->name, name) == 0) {
		*domain_r = as_if->alias_of != NULL ? as_if->alias_of : name;
		return 0;
	}
	db_param_text(&params, name);
	if (db_run(walk->directory->db, walk->arena, "SELECT alias_of FROM "
	    "domains WHERE name = $1", &params, &rows, walk->error_r) < 0)
		return -1;
	other = rows.count != 0 ? db_value(&rows, 0, 0).data : NULL;
	*domain_r = rows.count == 0 ? NULL : other != NULL ? other : name;
	return 0;
}

/* *address_r NULL: it is elsewhere. */
static int
resolve(struct walk *walk, const char *text, const char **address_r)
{
	const char *at = strrchr(text, '@'), *domain;

	*address_r = NULL;
	if (find_domain(walk, at + 1, &domain) < 0)
		return -1;
	if (domain != NULL)
		*address_r = arena_printf(walk->arena, "%.*s@%s",
		    (int)(at - text), text, domain);
	return 0;
}

/* ann+news@… for which there is neither alias nor user is ann@…. */
static const char *
without_extension(struct arena *arena, const char *address)
{
	const char *at = strrchr(address, '@');
	const char *plus = memchr(address, DELIMITER, (size_t)(at - address));

	if (plus == NULL || plus == address)
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(plus - address), address,
	    at);
}

static int
find_alias(struct walk *walk, const char *address,
    struct directory_object **found_r)
{
	if (directory_find(walk->directory, walk->arena, &kind_alias,
	    &address, found_r, walk->error_r) < 0)
		return -1;
	if (*found_r != NULL)
		return 0;
	address = without_extension(walk->arena, address);
	if (address != NULL && strcmp(address, walk->from) == 0)
		return directory_refuse(walk->arena, walk->error_r, "to: the "
		    "alias leads back to itself, by an extension of %s",
		    address);
	return address == NULL ? 0 : directory_find(walk->directory,
	    walk->arena, &kind_alias, &address, found_r, walk->error_r);
}

/* --- the walk --------------------------------------------------------------- */

/* "a@x.example, b@y.example = b@x.example" */
static int
add_target(struct walk *walk, const char *path, const char *target)
{
	const char *address, *longer, *name;

	if (resolve(walk, target, &address) < 0)
		return -1;
	name = address != NULL ? address : target;
	longer = arena_printf(walk->arena, "%s, %s%s%s", path, target,
	    strcmp(name, target) == 0 ? "" : " = ",
	    strcmp(name, target) == 0 ? "" : name);
	if (strcmp(name, walk->from) == 0)
		return directory_refuse(walk->arena, walk->error_r,
		    "to: the alias leads back to itself: %s", longer);
	if (map_find(walk->seen, str_from(name)) != NULL)
		return 0;
	map_put(walk->seen, str_from(name), (void *)(uintptr_t)longer);
	if (map_len(walk->seen) > ALIAS_FAN_OUT_MAX)
		return directory_refuse(walk->arena, walk->error_r,
		    "to: the alias leads to more than %d addresses",
		    ALIAS_FAN_OUT_MAX);
	if (address != NULL)
		*(const char **)vec_push(&walk->todo) = address;
	return 0;
}

static int
add_targets(struct walk *walk, const char *path,
    const struct setting_list *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		if (add_target(walk, path, targets->texts[i]) < 0)
			return -1;
	return 0;
}

static int
follow(struct walk *walk, const struct directory_alias *alias)
{
	struct directory_object *found;

	if (resolve(walk, alias->address, &walk->from) < 0)
		return -1;
	if (walk->from == NULL)
		walk->from = alias->address;
	if (add_targets(walk, alias->address, &alias->to) < 0)
		return -1;
	for (size_t i = 0; i < walk->todo.len; i++) {
		const char *next = *(const char **)vec_at(&walk->todo, i);

		if (find_alias(walk, next, &found) < 0)
			return -1;
		if (found != NULL && add_targets(walk, map_find(walk->seen,
		    str_from(next)), &((const struct directory_alias *)
		    found->values)->to) < 0)
			return -1;
	}
	return 0;
}

static int
check(struct directory *directory, const struct directory_alias *alias,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	struct walk walk = { .directory = directory, .arena = arena,
	    .error_r = error_r, .domain = domain, .seen = map_new(arena) };

	vec_init(&walk.todo, arena, sizeof(const char *));
	return follow(&walk, alias);
}

int
alias_walk_check(struct directory *directory,
    const struct directory_alias *alias, struct arena *arena,
    struct db_error *error_r)
{
	return check(directory, alias, NULL, arena, error_r);
}

/* Whatever leads in a circle then leads through the other alias. */
int
alias_walk_check_gone(struct directory *directory,
    const struct directory_alias *gone, struct arena *arena,
    struct db_error *error_r)
{
	const char *address = without_extension(arena, gone->address);
	struct directory_object *found = NULL;

	if (address != NULL && directory_find(directory, arena, &kind_alias,
	    &address, &found, error_r) < 0)
		return -1;
	if (found == NULL ||
	    !((const struct directory_alias *)found->values)->has_extensions)
		return 0;
	if (alias_walk_check(directory, found->values, arena, error_r) == 0)
		return 0;
	return error_r->trouble != DB_REFUSED ? -1 : directory_refuse(arena,
	    error_r, "without alias %s its mail goes by alias %s: %s",
	    gone->address, address, error_r->text);
}

/* --- a domain --------------------------------------------------------------- */

/* No letter of a name means more than itself. */
static const char *
pattern_of(const char *domain, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, "%@");
	for (; *domain != '\0'; domain++) {
		if (*domain == '_' || *domain == '%' || *domain == '\\')
			buf_add_char(&out, '\\');
		buf_add_char(&out, *domain);
	}
	return out.data;
}

static int
check_page(struct directory *directory, const struct directory_domain *domain,
    const struct vec *aliases, struct arena *arena, struct db_error *error_r)
{
	for (size_t i = 0; i < aliases->len; i++) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(aliases, i);

		if (check(directory, object->values, domain, arena,
		    error_r) == 0)
			continue;
		return error_r->trouble != DB_REFUSED ? -1 : directory_refuse(
		    arena, error_r, "alias %s: %s", value_key(object, 0),
		    error_r->text);
	}
	return 0;
}

/* *after is the last one that was seen. */
static int
read_page(struct directory *directory, const char *pattern,
    const char *after, struct vec *aliases, struct db_error *error_r)
{
	struct db_params params = { 0 };

	db_param_text(&params, pattern);
	db_param_text(&params, after);
	return directory_read_objects(directory, aliases->arena, &kind_alias,
	    " WHERE address > $2 AND address IN (SELECT owner FROM aliases_to "
	    "WHERE value LIKE $1 ESCAPE '\\') ORDER BY address LIMIT 500",
	    &params, aliases, error_r);
}

int
alias_walk_check_domain(struct directory *directory,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	const char *pattern = pattern_of(domain->name, arena), *after = "";
	int count;

	do {
		struct arena *page = arena_new(0);
		struct vec aliases;

		vec_init(&aliases, page, sizeof(struct directory_object *));
		count = read_page(directory, pattern, after, &aliases,
		    error_r) < 0 || check_page(directory, domain, &aliases,
		    page, error_r) < 0 ? -1 : (int)aliases.len;
		if (count < 0)
			error_r->text = arena_strdup(arena, error_r->text);
		else if (count == PAGE)
			after = arena_strdup(arena, value_key(
			    *(struct directory_object **)vec_at(&aliases,
			    PAGE - 1), 0));
		arena_free(&page);
	} while (count == PAGE);
	return count < 0 ? -1 : 0;
}
