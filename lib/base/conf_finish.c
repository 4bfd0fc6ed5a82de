/* SPDX-License-Identifier: ISC */
/* conf_finish.c - when all is read: defaults, required settings, own checks. */
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"

const char *
conf_section_title(const struct section *section, struct arena *arena)
{
	if (section->label == NULL)
		return section->name;
	return arena_printf(arena, "%s %s", section->name, section->label);
}

const char *
conf_block_title(const struct conf_block *block, struct arena *arena)
{
	const struct section *section = block->section;

	if (!section->is_named)
		return conf_section_title(section, arena);
	return arena_printf(arena, "%s %s", section->name,
	    *(const char *const *)(const void *)block->values);
}

/* "file:line:column" of a mark, else of the section, else the file's name. */
static const char *
place_text(struct conf_parser *parser, const struct conf_block *block,
    const struct conf_mark *mark, const char *name)
{
	if (mark == NULL || mark->origin == NULL)
		mark = &block->begin;
	if (mark->origin == NULL)
		return name;
	return arena_printf(parser->errors, "%s:%u", mark->origin,
	    mark->column);
}

static int
check_required(struct conf_parser *parser, const struct conf_block *block,
    const char *name)
{
	for (size_t i = 0; i < block->section->row_count; i++) {
		const struct setting *row = &block->section->rows[i];

		if ((row->flags & SETTING_REQUIRED) == 0 ||
		    block->marks[i].origin != NULL)
			continue;
		return conf_fail_at(parser,
		    place_text(parser, block, NULL, name),
		    "section '%s' needs the option '%s', %s",
		    conf_block_title(block, parser->errors), row->key,
		    setting_describe(row, parser->errors));
	}
	return 0;
}

static const struct conf_mark *
find_mark(const struct conf_block *block, const char *key)
{
	for (size_t i = 0; key != NULL && i < block->section->row_count; i++)
		if (strcmp(block->section->rows[i].key, key) == 0)
			return &block->marks[i];
	return NULL;
}

static int
check_values(struct conf_parser *parser, struct conf_block *block,
    const char *name)
{
	const char *error = NULL, *key = NULL;

	if (block->section->check == NULL ||
	    block->section->check(block->values, parser->conf->arena, &key,
	    &error) == 0)
		return 0;
	return conf_fail_at(parser,
	    place_text(parser, block, find_mark(block, key), name),
	    "%s%s%s'%s': %s", key != NULL ? "'" : "", key != NULL ? key : "",
	    key != NULL ? "' in " : "",
	    conf_block_title(block, parser->errors), error);
}

/* As deep as the tables are. */
static int
finish_scope(struct conf_parser *parser, const struct conf_scope *scope,
    const char *name)
{
	for (size_t i = 0; i < scope->count; i++) {
		const struct vec *values = &scope->families[i].values;

		for (size_t j = 0; j < values->len; j++) {
			struct conf_block *block = conf_block_of(
			    *(const void **)vec_at(values, j));

			if (check_required(parser, block, name) < 0 ||
			    finish_scope(parser, &block->inner, name) < 0 ||
			    check_values(parser, block, name) < 0)
				return -1;
		}
	}
	return 0;
}

int
conf_finish(struct conf_parser *parser, const char *name)
{
	struct conf_scope *scope = &parser->conf->scope;
	struct conf_block *old;

	for (size_t i = 0; i < scope->count; i++) {
		struct conf_family *family = &scope->families[i];

		if (!family->section->is_named && family->values.len == 0)
			conf_scope_add(family, parser->conf->arena, NULL,
			    (struct conf_mark){ 0 }, &old);
	}
	return finish_scope(parser, scope, name);
}
