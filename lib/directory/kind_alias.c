/* SPDX-License-Identifier: ISC */
/* kind_alias.c - alias: an address whose mail goes to others. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

/* To so many addresses an alias may lead, by way of others too: what one
 * message becomes has a bound. */
#define FAN_OUT_MAX 1000
#define DELIMITER '+'

/* --- spelling -------------------------------------------------------------- */

/* One spelling of a point in time, so that SQL can compare them. */
static int
spell_time(const char **field, struct arena *arena, const char **error_r)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t ms;

	if (*field == NULL)
		return 0;
	if (clock_parse(str_from(*field), &ms) < 0) {
		*error_r = arena_printf(arena, "'%s' is no point in time such "
		    "as 2027-01-31T00:00:00Z", *field);
		return -1;
	}
	*field = arena_strdup(arena, clock_format(ms, text));
	return 0;
}

static int
spell_targets(struct setting_list *list, struct arena *arena,
    const char **error_r)
{
	const char **texts = arena_alloc(arena, list->count * sizeof(*texts));
	struct map *seen = map_new(arena);

	*error_r = arena_printf(arena, "more than %d targets", FAN_OUT_MAX);
	if (list->count > FAN_OUT_MAX)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		texts[i] = list->texts[i];
		if (kind_spell_address(&texts[i], NULL, arena, error_r) < 0)
			return -1;
		*error_r = arena_printf(arena, "'%s' stands there twice",
		    texts[i]);
		if (map_put(seen, str_from(texts[i]), seen) != NULL)
			return -1;
	}
	list->texts = texts;
	return 0;
}

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_alias *alias = values;

	*key_r = "address";
	if (kind_spell_address(&alias->address, &alias->domain, arena,
	    error_r) < 0)
		return -1;
	*key_r = "to";
	if (spell_targets(&alias->to, arena, error_r) < 0)
		return -1;
	*key_r = "expires";
	return spell_time(&alias->expires, arena, error_r);
}

/* --- where it leads -------------------------------------------------------- */

struct walk {
	struct directory *directory;
	struct arena *arena;
	struct db_error *error_r;
	const char *from;		/* the alias that is checked */
	struct map *seen;		/* path text, by address */
	struct vec todo;		/* addresses */
};

static int
add_targets(struct walk *walk, const char *path,
    const struct setting_list *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		const char *target = targets->texts[i];
		const char *longer = arena_printf(walk->arena, "%s, %s", path,
		    target);

		if (strcmp(target, walk->from) == 0)
			return directory_refuse(walk->arena, walk->error_r,
			    "to: the alias leads back to itself: %s", longer);
		if (map_find(walk->seen, str_from(target)) != NULL)
			continue;
		map_put(walk->seen, str_from(target), (void *)(uintptr_t)
		    longer);
		if (map_len(walk->seen) > FAN_OUT_MAX)
			return directory_refuse(walk->arena, walk->error_r,
			    "to: the alias leads to more than %d addresses",
			    FAN_OUT_MAX);
		*(const char **)vec_push(&walk->todo) = target;
	}
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

static int
check_targets(struct walk *walk, const struct directory_alias *alias)
{
	struct directory_object *found;

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
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_alias *alias = values;
	struct walk walk = { .directory = directory, .arena = arena,
	    .error_r = error_r, .from = alias->address,
	    .seen = map_new(arena) };

	(void)before;
	if (kind_check_free(directory, &kind_user, alias->address, arena,
	    error_r) < 0)
		return -1;
	vec_init(&walk.todo, arena, sizeof(const char *));
	return check_targets(&walk, alias);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("address", struct directory_alias, address, NULL,
	    "The address."),
	SETTING_LIST_ROW("to", struct directory_alias, to, NULL,
	    "Where its mail goes: addresses of this host or of others.",
	    .flags = SETTING_REQUIRED),
	SETTING_WORD_ROW("status", struct directory_alias, status,
	    kind_status_words, "active", "Whether it is in use; "
	    "sending-suspended: its owners may not send as it."),
	SETTING_TEXT_ROW("expires", struct directory_alias, expires, NULL,
	    "When it ends: 2027-01-31T00:00:00Z."),
	SETTING_BOOL_ROW("extension", struct directory_alias, has_extensions,
	    "yes", "Whether it stands for its extensions too: "
	    "sales+autumn@ for sales@."),
	KIND_DESCRIPTION_ROW(struct directory_alias),
	SETTING_TEXT_ROW("domain", struct directory_alias, domain, NULL,
	    "The domain of the address."),
};

static const struct directory_reference references[] = {
	{ "domain", &kind_domain, REFERENCE_OWNER, "" },
	{ "to", &kind_user, REFERENCE_MENTIONS, "" },
	{ "to", &kind_alias, REFERENCE_MENTIONS, "" },
	{ NULL },
};

const struct directory_kind kind_alias = {
	.name = "alias",
	.plural = "aliases",
	.table = "aliases",
	.help = "An address whose mail goes to other addresses.",
	.size = sizeof(struct directory_alias),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.derived_count = 1,
	.domain_key = "domain",
	.is_address = true,
	.references = references,
	.spell = spell,
	.check = check,
};
