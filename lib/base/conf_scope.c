/* SPDX-License-Identifier: ISC */
/* conf_scope.c - which sections may stand where, and those that stand there. */
#include <assert.h>

#include "base/arena.h"
#include "base/conf_private.h"
#include "base/map.h"

void
conf_scope_init(struct conf_scope *scope, struct arena *arena,
    const struct section *const *sections)
{
	size_t count = 0;

	while (sections != NULL && sections[count] != NULL)
		count++;
	scope->count = count;
	scope->families = arena_zalloc(arena,
	    count * sizeof(*scope->families));
	for (size_t i = 0; i < count; i++) {
		scope->families[i].section = sections[i];
		vec_init(&scope->families[i].values, arena, sizeof(void *));
	}
}

struct conf_block *
conf_block_of(const void *values)
{
	return (struct conf_block *)((char *)values -
	    offsetof(struct conf_block, values));
}

static struct conf_block *
find(const struct conf_family *family, struct str folded)
{
	const void *values = NULL;

	if (family->by_name != NULL)
		values = map_find(family->by_name, folded);
	else if (family->values.len != 0)
		values = *(const void **)vec_at(&family->values, 0);
	return values != NULL ? conf_block_of(values) : NULL;
}

static struct conf_block *
new_block(const struct section *section, struct arena *arena)
{
	struct conf_block *block;

	block = arena_zalloc(arena, sizeof(*block) + section->size);
	block->section = section;
	block->marks = arena_zalloc(arena,
	    section->row_count * sizeof(*block->marks));
	for (size_t i = 0; i < section->row_count; i++)
		setting_default(&section->rows[i], block->values, arena);
	conf_scope_init(&block->inner, arena, section->inner);
	return block;
}

struct conf_block *
conf_scope_add(struct conf_family *family, struct arena *arena,
    const char *name, struct conf_mark mark, struct conf_block **old_r)
{
	const struct section *section = family->section;
	struct str folded = str_lower(arena, str_from(name));
	struct conf_block *block;

	assert(section->is_named == (name != NULL));
	*old_r = find(family, folded);
	if (*old_r != NULL)
		return NULL;
	block = new_block(section, arena);
	block->begin = mark;
	if (section->is_named) {
		*(const char **)(void *)block->values =
		    arena_strdup(arena, name);
		if (family->by_name == NULL)
			family->by_name = map_new(arena);
		map_put(family->by_name, folded, block->values);
	}
	*(const void **)vec_push(&family->values) = block->values;
	return block;
}
