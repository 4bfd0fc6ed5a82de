/* SPDX-License-Identifier: ISC */
/* kind_alias.c - alias: an address whose mail goes to others. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/alias_walk.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

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

	*error_r = arena_printf(arena, "more than %d targets", ALIAS_FAN_OUT_MAX);
	if (list->count > ALIAS_FAN_OUT_MAX)
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

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_alias *alias = values;

	(void)before;
	return kind_check_free(directory, &kind_user, alias->address, arena,
	    error_r) < 0 ? -1 : alias_walk_check(directory, alias, arena,
	    error_r);
}

static int
check_gone(struct directory *directory, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	return alias_walk_check_gone(directory, values, arena, error_r);
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
	.check_gone = check_gone,
};
