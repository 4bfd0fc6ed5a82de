/* SPDX-License-Identifier: ISC */
/* conf_parse.c - statements become sections and values, or an error that helps. */
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"
#include "base/utf8.h"

/* An error is one line of reasonable length, whatever text it quotes. */
static const char *
tidy(char *text)
{
	struct str rest = str_from(text);
	size_t len;

	for (; rest.len != 0; rest = str_from_pos(rest, len)) {
		char *c = text + (rest.data - text);

		len = utf8_char_len(rest);
		len = len != 0 ? len : 1;
		if ((unsigned char)*c < 0x20)
			*c = '?';
		if (rest.data - text > CONF_ERROR_MAX) {
			*c = '\0';
			break;
		}
	}
	return text;
}

static char *
format_at(struct arena *arena, struct conf_place place, const char *format,
    va_list args)
{
	return arena_printf(arena, "%s:%u:%u: %s", place.file, place.line,
	    place.column, tidy(arena_vprintf(arena, format, args)));
}

int
conf_fail(struct conf_parser *parser, struct conf_place place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*parser->error_r = format_at(parser->errors, place, format, args);
	va_end(args);
	return -1;
}

int
conf_fail_at(struct conf_parser *parser, const char *prefix,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*parser->error_r = arena_printf(parser->errors, "%s: %s", prefix,
	    tidy(arena_vprintf(parser->errors, format, args)));
	va_end(args);
	return -1;
}

void
conf_warn(struct conf_parser *parser, struct conf_place place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*(const char **)vec_push(&parser->conf->warnings) =
	    format_at(parser->conf->arena, place, format, args);
	va_end(args);
}

static struct conf_mark
make_mark(struct arena *arena, struct conf_place place)
{
	return (struct conf_mark){
		arena_printf(arena, "%s:%u", place.file, place.line),
		place.column,
	};
}

/* A word that begins a line and could begin a statement probably does: then the
 * one before it lacks its ';'. single: there is one value at most, so that any
 * further line is too much. */
static int
check_semicolons(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_statement *statement, bool is_single)
{
	for (size_t i = 1; i < statement->words.len; i++) {
		const struct conf_token *word = conf_word(statement, i);

		if (!word->begins_line || word->is_quoted)
			continue;
		if ((!is_single || i == 1) && !conf_is_known(body, word->text))
			continue;
		return conf_fail(parser, conf_word(statement, i - 1)->place,
		    "missing ';' after '%s'%s",
		    conf_word(statement, i - 1)->text, is_single ? ""
		    : " (or '\"' around the word in the next line)");
	}
	return 0;
}

static int
store(struct conf_parser *parser, struct conf_block *block,
    const struct setting *row, const struct conf_statement *statement)
{
	size_t count = statement->words.len - 1;
	const char **texts = arena_alloc(statement->words.arena,
	    (count + 1) * sizeof(*texts));
	const struct conf_token *at = conf_word(statement, count != 0);
	const char *error;

	for (size_t i = 0; i < count; i++)
		texts[i] = conf_word(statement, i + 1)->text;
	if (count > 1 && !at->is_quoted && strcmp(texts[0], "=") == 0)
		return conf_fail(parser, at->place,
		    "an option and its value have no '=' between them");
	if (setting_parse(row, block->values, texts, count,
	    parser->conf->arena, &error) < 0)
		return conf_fail(parser, at->place, "'%s' in '%s': %s",
		    row->key, conf_section_title(block->section,
		    parser->errors), error);
	return 0;
}

static int
parse_option(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_statement *statement)
{
	const struct conf_token *key = conf_word(statement, 0);
	const struct setting *row = conf_find_row(body, key->text);
	struct conf_mark *mark;

	if (row == NULL)
		return conf_refuse_option(parser, body, key);
	if (check_semicolons(parser, body, statement,
	    row->kind != SETTING_LIST) < 0)
		return -1;
	mark = &body->block->marks[row - body->block->section->rows];
	if (mark->origin != NULL)
		return conf_fail(parser, key->place, "repeated option '%s', "
		    "first set at %s%s", key->text, mark->origin,
		    row->kind == SETTING_LIST
		    ? " (all values of a list stand in one statement)" : "");
	if (store(parser, body->block, row, statement) < 0)
		return -1;
	*mark = make_mark(parser->conf->arena, key->place);
	return 0;
}

static int
parse_semicolon(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_statement *statement)
{
	const struct conf_token *first;

	if (statement->words.len == 0)
		return conf_fail(parser, statement->end.place,
		    "';' without an option (none is needed behind '}')");
	first = conf_word(statement, 0);
	if (strcmp(first->text, "include") != 0)
		return parse_option(parser, body, statement);
	if (check_semicolons(parser, body, statement, true) < 0)
		return -1;
	if (statement->words.len != 2)
		return conf_fail(parser, first->place,
		    "'include' takes one file name or pattern");
	return conf_include(parser, conf_word(statement, 1), body);
}

static bool
is_meant(const struct section *section, const struct conf_token *name,
    const struct conf_token *label)
{
	if (strcmp(section->name, name->text) != 0)
		return false;
	if (section->is_named)
		return label != NULL && label->text[0] != '\0';
	if (section->label == NULL || label == NULL)
		return section->label == NULL && label == NULL;
	return strcmp(section->label, label->text) == 0;
}

static struct conf_family *
find_family(const struct conf_scope *scope, const struct conf_token *name,
    const struct conf_token *label)
{
	for (size_t i = 0; i < scope->count; i++)
		if (is_meant(scope->families[i].section, name, label))
			return &scope->families[i];
	return NULL;
}

/* Does another daemon own it? What stands behind a name that is not ours at all
 * is that daemon's to judge. */
static bool
is_other(const struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *name, const struct conf_token *label)
{
	const struct section *const *other = parser->others;
	bool is_ours = conf_is_known(body, name->text);

	if (body->block != NULL)
		return false;
	for (; other != NULL && *other != NULL; other++)
		if (is_meant(*other, name, label) ||
		    (!is_ours && strcmp((*other)->name, name->text) == 0))
			return true;
	return false;
}

/* A label that this build does not know, in a family that it knows: it must say
 * `enabled no;`, or a check that was left out would be missed by nobody. */
static int
skip_unknown(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body, const struct conf_token *name,
    const struct conf_token *label)
{
	bool is_disabled;

	if (body->block != NULL || label == NULL ||
	    !conf_has_labels(body, name->text))
		return conf_refuse_section(parser, body, name, label);
	if (conf_skip_body(parser, source, name, &is_disabled) < 0)
		return -1;
	if (!is_disabled)
		return conf_refuse_section(parser, body, name, label);
	conf_warn(parser, name->place,
	    "'%s %s' is not known to this program and not enabled: passed over",
	    name->text, label->text);
	return 0;
}

static int
check_head(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_statement *statement)
{
	const struct conf_token *name;

	if (statement->words.len == 0)
		return conf_fail(parser, statement->end.place,
		    "'{' without the name of a section");
	name = conf_word(statement, 0);
	if (check_semicolons(parser, body, statement, true) < 0)
		return -1;
	if (conf_find_row(body, name->text) != NULL)
		return conf_fail(parser, name->place, "'%s' is an option: a "
		    "value and ';' follow it, not '{'", name->text);
	if (statement->words.len > 2)
		return conf_fail(parser, conf_word(statement, 2)->place,
		    "a section has at most one word behind '%s'", name->text);
	return 0;
}

static int
parse_section(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body, const struct conf_statement *statement)
{
	const struct conf_token *label = NULL;
	struct conf_body inner = { 0 };
	struct conf_family *family;
	struct conf_token name;
	struct conf_block *old;
	bool is_disabled;

	if (check_head(parser, body, statement) < 0)
		return -1;
	name = *conf_word(statement, 0);
	if (statement->words.len == 2)
		label = conf_word(statement, 1);
	family = find_family(body->scope, &name, label);
	if (family == NULL && is_other(parser, body, &name, label))
		return conf_skip_body(parser, source, &name, &is_disabled);
	if (family == NULL)
		return skip_unknown(parser, source, body, &name, label);
	inner.block = conf_scope_add(family, parser->conf->arena,
	    family->section->is_named ? label->text : NULL,
	    make_mark(parser->conf->arena, name.place), &old);
	if (inner.block == NULL)
		return conf_fail(parser, name.place, "section '%s' stands a "
		    "second time, first at %s",
		    conf_block_title(old, parser->errors), old->begin.origin);
	inner.scope = &inner.block->inner;
	inner.opened = &name;
	return conf_parse_body(parser, source, &inner);
}

static int
end_body(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *end)
{
	if (end->kind == CONF_CLOSE && body->opened == NULL)
		return conf_fail(parser, end->place,
		    "'}' where no section is open");
	if (end->kind == CONF_END && body->opened != NULL)
		return conf_fail(parser, end->place,
		    "missing '}': section '%s' was opened in line %u",
		    conf_block_title(body->block, parser->errors),
		    body->opened->place.line);
	return 0;
}

int
conf_parse_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body)
{
	struct conf_statement statement;
	int result = 0;

	vec_init(&statement.words, source->arena, sizeof(struct conf_token));
	while (result == 0) {
		if (conf_read_statement(parser, source, &statement) < 0)
			return -1;
		if (statement.end.kind == CONF_SEMICOLON)
			result = parse_semicolon(parser, body, &statement);
		else if (statement.end.kind == CONF_OPEN)
			result = parse_section(parser, source, body,
			    &statement);
		else
			return end_body(parser, body, &statement.end);
	}
	return result;
}
