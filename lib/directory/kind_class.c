/* SPDX-License-Identifier: ISC */
/* kind_class.c - class: a named bundle of policy values. */
#include "base/vec.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_class, name, NULL,
	    "Its name."),
	KIND_DESCRIPTION_ROW(struct directory_class),
};

const struct directory_kind kind_class = {
	.name = "class",
	.plural = "classes",
	.table = "classes",
	.help = "A class of service: policy values that users and domains "
	    "share by its name.",
	.size = sizeof(struct directory_class),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.has_policy = true,
	.spell = kind_spell_first,
};
