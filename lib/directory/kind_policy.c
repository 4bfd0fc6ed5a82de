/* SPDX-License-Identifier: ISC */
/* kind_policy.c - policy: what holds for every address, as one object. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/kind.h"

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct directory_policy *policy = values;

	*key_r = "name";
	if (strcmp(policy->name, "global") == 0)
		return 0;
	*error_r = arena_printf(arena, "'%s': there is one policy, 'global'; "
	    "others stand in classes, domains and users", policy->name);
	return -1;
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_policy, name, "global",
	    "There is one, for all: global."),
};

const struct directory_kind kind_policy = {
	.name = "policy",
	.word = "setting",
	.plural = "policies",
	.table = "policies",
	.help = "What holds where no user, class or domain says otherwise.",
	.size = sizeof(struct directory_policy),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.has_policy = true,
	.spell = spell,
};
