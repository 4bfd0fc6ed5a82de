/* SPDX-License-Identifier: ISC */
/* conf_restart.c - what a reload leaves as it was when the daemon started. */
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/conf_private.h"

static void
compare(const struct conf_block *running, const struct conf_block *fresh,
    struct vec *texts)
{
	const struct section *section = fresh->section;
	struct arena *arena = texts->arena;

	for (size_t i = 0; i < section->row_count; i++) {
		const struct setting *row = &section->rows[i];
		const char *old, *new;

		if ((row->flags & SETTING_AT_START) == 0)
			continue;
		old = setting_print(row, running->values, arena);
		new = setting_print(row, fresh->values, arena);
		if (strcmp(old, new) == 0)
			continue;
		*(const char **)vec_push(texts) = arena_printf(arena,
		    "'%s' in '%s' is %s until the daemon restarts", row->key,
		    conf_section_title(section, arena),
		    *old != '\0' ? old : "not set");
	}
}

size_t
conf_restart_wanted(const struct conf *running, const struct conf *fresh,
    struct arena *arena, const char *const **texts_r)
{
	struct vec texts;

	vec_init(&texts, arena, sizeof(const char *));
	for (size_t i = 0; i < fresh->scope.count; i++) {
		const struct section *section =
		    fresh->scope.families[i].section;

		if (!section->is_named)
			compare(conf_block_of(conf_get(running, section)),
			    conf_block_of(conf_get(fresh, section)), &texts);
	}
	*texts_r = texts.items;
	return texts.len;
}
