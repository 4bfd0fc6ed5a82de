/* SPDX-License-Identifier: ISC */
/* conf.c - a configuration from its first reader to its last. */
#include "base/conf.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"

struct conf *
conf_new(const struct section *const *sections)
{
	struct arena *arena = arena_new(0);
	struct conf *conf = arena_zalloc(arena, sizeof(*conf));

	atomic_init(&conf->references, 1);
	conf->arena = arena;
	conf_scope_init(&conf->scope, arena, sections);
	vec_init(&conf->warnings, arena, sizeof(const char *));
	return conf;
}

struct conf *
conf_ref(struct conf *conf)
{
	atomic_fetch_add(&conf->references, 1);
	return conf;
}

void
conf_unref(struct conf **conf)
{
	struct conf *old = *conf;
	struct arena *arena;

	*conf = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) != 1)
		return;
	arena = old->arena;
	arena_free(&arena);
}

static void
begin(struct conf_parser *parser, const struct section *const *sections,
    const struct section *const *others, struct arena *errors,
    const char **error_r)
{
	*parser = (struct conf_parser){
		.conf = conf_new(sections),
		.read = conf_parse_body,
		.file_max = CONF_FILE_MAX,
		.sections = sections,
		.others = others,
		.errors = errors,
		.error_r = error_r,
	};
}

static struct conf *
end(struct conf_parser *parser, const char *name, int result)
{
	if (result == 0)
		result = conf_finish(parser, name);
	if (result < 0)
		conf_unref(&parser->conf);
	return parser->conf;
}

struct conf *
conf_load(const char *path, const struct section *const *sections,
    const struct section *const *others, struct arena *arena,
    const char **error_r)
{
	struct conf_parser parser;
	struct conf_body top = { 0 };

	begin(&parser, sections, others, arena, error_r);
	top.scope = &parser.conf->scope;
	return end(&parser, path,
	    conf_parse_file(&parser, path, NULL, &top));
}

struct conf *
conf_parse(const char *name, const char *text,
    const struct section *const *sections, const struct section *const *others,
    struct arena *arena, const char **error_r)
{
	struct conf_parser parser;
	struct conf_source source;
	struct conf_body top = { 0 };
	struct arena *words = arena_new(0);
	int result;

	begin(&parser, sections, others, arena, error_r);
	top.scope = &parser.conf->scope;
	conf_source_init(&source, name, str_from(text), words);
	result = conf_parse_body(&parser, &source, &top);
	arena_free(&words);
	return end(&parser, name, result);
}

static const struct conf_family *
find_family(const struct conf_scope *scope, const struct section *section)
{
	for (size_t i = 0; i < scope->count; i++)
		if (scope->families[i].section == section)
			return &scope->families[i];
	assert(!"the section was not given to conf_load");
	return NULL;
}

const void *
conf_get(const struct conf *conf, const struct section *section)
{
	const struct conf_family *family = find_family(&conf->scope, section);

	assert(!section->is_named);
	return *(const void **)vec_at(&family->values, 0);
}

size_t
conf_list(const struct conf *conf, const struct section *section,
    const void *parent, const void *const **items_r)
{
	const struct conf_scope *scope = parent != NULL
	    ? &conf_block_of(parent)->inner : &conf->scope;
	const struct conf_family *family = find_family(scope, section);

	*items_r = family->values.items;
	return family->values.len;
}

const char *
conf_origin(const struct conf *conf, const void *values, const char *key)
{
	const struct conf_block *block = conf_block_of(values);

	(void)conf;
	if (key == NULL)
		return block->begin.origin;
	for (size_t i = 0; i < block->section->row_count; i++)
		if (strcmp(block->section->rows[i].key, key) == 0)
			return block->marks[i].origin;
	assert(!"the section has no setting of this key");
	return NULL;
}

const char *
conf_warning(const struct conf *conf, size_t i)
{
	return i < conf->warnings.len
	    ? *(const char **)vec_at(&conf->warnings, i) : NULL;
}
