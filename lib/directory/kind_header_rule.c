/* SPDX-License-Identifier: ISC */
/* kind_header_rule.c - header_rule: a field that is added, replaced, removed. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static const char *const action_words[] = {
	[HEADER_ADD] = "add",
	[HEADER_REPLACE] = "replace",
	[HEADER_REMOVE] = "remove",
	NULL,
};

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_header_rule *rule = values;

	return kind_spell_owned(&rule->name, &rule->owners, arena, key_r,
	    error_r);
}

/* RFC 5322 2.2: printable US-ASCII but the colon. */
static bool
is_field_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			return false;
	return name[0] != '\0';
}

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_header_rule *rule = values;

	(void)directory;
	(void)before;
	if (!is_field_name(rule->field))
		return directory_refuse(arena, error_r, "field: '%s' is not "
		    "the name of a header field", rule->field);
	if ((rule->value == NULL) != (rule->action == HEADER_REMOVE))
		return directory_refuse(arena, error_r, "value: add and "
		    "replace need one, remove has none");
	if (rule->value != NULL && strpbrk(rule->value, "\r\n") != NULL)
		return directory_refuse(arena, error_r, "value: it stands on "
		    "one line");
	return 0;
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_header_rule, name, NULL,
	    "Its name."),
	SETTING_LIST_ROW("for", struct directory_header_rule, owners, NULL,
	    "Whose mail it changes: ann@example.org, @example.org, or the "
	    "name of a class. Absent: everybody's."),
	SETTING_TEXT_ROW("field", struct directory_header_rule, field, NULL,
	    "The name of the field.", .flags = SETTING_REQUIRED),
	SETTING_WORD_ROW("action", struct directory_header_rule, action,
	    action_words, "add", "What becomes of the field."),
	SETTING_TEXT_ROW("value", struct directory_header_rule, value, NULL,
	    "What stands in it then."),
};

const struct directory_kind kind_header_rule = {
	.name = "header_rule",
	.word = "header-rule",
	.plural = "header rules",
	.table = "header_rules",
	.help = "A header field to be added, replaced or removed; it is kept, but "
	    "no mail is changed by it yet.",
	.size = sizeof(struct directory_header_rule),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.references = kind_owned_references,
	.spell = spell,
	.check = check,
};
