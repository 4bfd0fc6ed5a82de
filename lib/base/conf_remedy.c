/* SPDX-License-Identifier: ISC */
/* conf_remedy.c - what an unknown option or section was probably meant to be. */
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"
#include "base/suggest.h"

/* So many places of an option are named when it stands outside of all. */
#define PLACES_MAX 3

const struct setting *
conf_find_row(const struct conf_body *body, const char *key)
{
	const struct section *section;

	if (body->block == NULL)
		return NULL;
	section = body->block->section;
	for (size_t i = 0; i < section->row_count; i++)
		if (strcmp(section->rows[i].key, key) == 0)
			return &section->rows[i];
	return NULL;
}

static const struct section *
find_section(const struct conf_scope *scope, const char *name)
{
	for (size_t i = 0; i < scope->count; i++)
		if (strcmp(scope->families[i].section->name, name) == 0)
			return scope->families[i].section;
	return NULL;
}

bool
conf_is_known(const struct conf_body *body, const char *word)
{
	return strcmp(word, "include") == 0 ||
	    conf_find_row(body, word) != NULL ||
	    find_section(body->scope, word) != NULL;
}

bool
conf_has_labels(const struct conf_body *body, const char *name)
{
	const struct section *section = find_section(body->scope, name);

	return section != NULL && section->label != NULL;
}

/* ", did you mean 'x'?", or nothing. */
static const char *
did_you_mean(const struct suggest *suggest, struct arena *arena)
{
	if (suggest_best(suggest) == NULL)
		return "";
	return arena_printf(arena, ", did you mean '%s'?",
	    suggest_best(suggest));
}

static bool
has_key(const struct section *section, const char *key)
{
	for (size_t i = 0; i < section->row_count; i++)
		if (strcmp(section->rows[i].key, key) == 0)
			return true;
	return false;
}

/* The sections that have this option: ", it belongs into 'a' or 'b'". */
static const char *
belongs_into(const struct conf_parser *parser, const char *key)
{
	size_t count = 0;
	struct buf out;

	buf_init(&out, parser->errors);
	for (size_t i = 0; parser->sections[i] != NULL; i++) {
		if (!has_key(parser->sections[i], key) || count == PLACES_MAX)
			continue;
		buf_printf(&out, "%s'%s'",
		    count++ == 0 ? ", it belongs into " : " or ",
		    conf_section_title(parser->sections[i], parser->errors));
	}
	return out.data;
}

int
conf_refuse_option(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *key)
{
	struct suggest suggest;
	const char *title;

	if (find_section(body->scope, key->text) != NULL)
		return conf_fail(parser, key->place, "'%s' is a section: its "
		    "options stand in { } behind it", key->text);
	if (body->block == NULL)
		return conf_fail(parser, key->place,
		    "option '%s' stands outside of a section%s", key->text,
		    belongs_into(parser, key->text));
	suggest_begin(&suggest, str_from(key->text));
	for (size_t i = 0; i < body->block->section->row_count; i++)
		suggest_offer(&suggest, body->block->section->rows[i].key);
	title = conf_section_title(body->block->section, parser->errors);
	return conf_fail(parser, key->place, "unknown option '%s' in '%s'%s",
	    key->text, title, suggest_best(&suggest) != NULL
	    ? did_you_mean(&suggest, parser->errors)
	    : belongs_into(parser, key->text));
}

/* A family with labels, but not with this one. */
static int
refuse_label(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *name, const struct conf_token *label)
{
	struct suggest suggest;

	suggest_begin(&suggest, str_from(label->text));
	for (size_t i = 0; i < body->scope->count; i++) {
		const struct section *section =
		    body->scope->families[i].section;

		if (strcmp(section->name, name->text) == 0)
			suggest_offer(&suggest, section->label);
	}
	return conf_fail(parser, label->place, "unknown %s '%s'%s", name->text,
	    label->text, suggest_best(&suggest) != NULL
	    ? did_you_mean(&suggest, parser->errors)
	    : ": this program has none, remove it or set 'enabled no;' in it");
}

/* A section whose name is right, but what stands behind it is not. */
static int
refuse_head(struct conf_parser *parser, const struct conf_body *body,
    const struct section *section, const struct conf_token *name,
    const struct conf_token *label)
{
	if (section->is_named)
		return conf_fail(parser, name->place,
		    "section '%s' needs a name: %s NAME { … }", name->text,
		    name->text);
	if (section->label == NULL)
		return conf_fail(parser, label->place,
		    "section '%s' has no name behind it", name->text);
	if (label == NULL)
		return conf_fail(parser, name->place,
		    "section '%s' needs to say which: %s %s { … }, for "
		    "example", name->text, name->text, section->label);
	return refuse_label(parser, body, name, label);
}

int
conf_refuse_section(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *name, const struct conf_token *label)
{
	const struct section *section = find_section(body->scope, name->text);
	const char *where = "";
	struct suggest suggest;

	if (section != NULL)
		return refuse_head(parser, body, section, name, label);
	if (body->block != NULL &&
	    find_section(&parser->conf->scope, name->text) != NULL)
		return conf_fail(parser, name->place, "section '%s' does not "
		    "stand inside of '%s': is a '}' missing before it?",
		    name->text,
		    conf_block_title(body->block, parser->errors));
	suggest_begin(&suggest, str_from(name->text));
	for (size_t i = 0; i < body->scope->count; i++)
		suggest_offer(&suggest, body->scope->families[i].section->name);
	for (size_t i = 0; body->block == NULL && parser->others != NULL &&
	    parser->others[i] != NULL; i++)
		suggest_offer(&suggest, parser->others[i]->name);
	if (body->block != NULL)
		where = arena_printf(parser->errors, " in '%s'",
		    conf_section_title(body->block->section, parser->errors));
	return conf_fail(parser, name->place, "unknown section '%s'%s%s",
	    name->text, where, did_you_mean(&suggest, parser->errors));
}
