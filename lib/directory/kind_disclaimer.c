/* SPDX-License-Identifier: ISC */
/* kind_disclaimer.c - disclaimer: what is put below the mail of some. */
#include "base/vec.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_disclaimer *disclaimer = values;

	return kind_spell_owned(&disclaimer->name, &disclaimer->owners, arena, key_r,
	    error_r);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_disclaimer, name, NULL,
	    "Its name."),
	SETTING_LIST_ROW("for", struct directory_disclaimer, owners, NULL,
	    "Whose mail gets it: ann@example.org, @example.org, or the name "
	    "of a class. Absent: everybody's."),
	SETTING_TEXT_ROW("text", struct directory_disclaimer, text, NULL,
	    "What is added to plain text.", .flags = SETTING_REQUIRED),
	SETTING_TEXT_ROW("html", struct directory_disclaimer, html, NULL,
	    "What is added to HTML; absent: made from the text."),
};

const struct directory_kind kind_disclaimer = {
	.name = "disclaimer",
	.plural = "disclaimers",
	.table = "disclaimers",
	.help = "A text for below the mail of some or all users; it is kept, but "
	    "no mail gets it yet.",
	.size = sizeof(struct directory_disclaimer),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.references = kind_owned_references,
	.spell = spell,
};
