/* SPDX-License-Identifier: ISC */
/* conf_plain.c - sections as they stand in a text, without tables. */
#include "base/conf_plain.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/conf_private.h"

/* One run; an include inside a section goes on with that section. */
struct reader {
	struct conf_parser parser;
	struct arena *arena;
	struct vec *sections;
	struct vec options;		/* struct conf_line: of the open one */
	bool is_open;
	unsigned more;			/* enum conf_plain_more */
};

static struct reader *
reader_of(struct conf_parser *parser)
{
	return (struct reader *)(void *)((char *)parser -
	    offsetof(struct reader, parser));
}

/* Words live with the file that is read, lines longer. */
static struct conf_line
keep_line(const struct reader *reader, const struct conf_statement *statement)
{
	const struct conf_place at = conf_word(statement, 0)->place;
	size_t count = statement->words.len;
	const char **words = arena_alloc(reader->arena,
	    count * sizeof(*words));
	bool *begins = arena_alloc(reader->arena, count * sizeof(*begins));

	for (size_t i = 0; i < count; i++) {
		const struct conf_token *word = conf_word(statement, i);

		words[i] = arena_strdup(reader->arena, word->text);
		begins[i] = word->begins_line && !word->is_quoted;
	}
	return (struct conf_line){ arena_printf(reader->arena, "%s:%u:%u",
	    at.file, at.line, at.column), count, words, begins };
}

/* The words that open a section stand in one line, or the ';' of an option
 * before them is missing. */
static int
check_head(struct conf_parser *parser,
    const struct conf_statement *statement)
{
	for (size_t i = 1; i < statement->words.len; i++)
		if (conf_word(statement, i)->begins_line)
			return conf_fail(parser, conf_word(statement,
			    i - 1)->place, "missing ';' after '%s'",
			    conf_word(statement, i - 1)->text);
	return 0;
}

static int
read_option(struct reader *reader, const struct conf_body *body,
    const struct conf_statement *statement)
{
	struct conf_parser *parser = &reader->parser;
	const struct conf_token *first;

	if (statement->words.len == 0)
		return conf_fail(parser, statement->end.place,
		    "';' without an option (none is needed behind '}')");
	first = conf_word(statement, 0);
	if (strcmp(first->text, "include") == 0 && !first->is_quoted)
		return statement->words.len == 2 ?
		    conf_include(parser, conf_word(statement, 1), body) :
		    conf_fail(parser, first->place,
		    "'include' takes one file name or pattern");
	if (!reader->is_open && (reader->more & CONF_PLAIN_OUTSIDE) != 0) {
		*(struct conf_plain *)vec_push(reader->sections) =
		    (struct conf_plain){ .head = keep_line(reader, statement),
		    .is_option = true };
		return 0;
	}
	if (!reader->is_open)
		return conf_fail(parser, first->place, "option '%s' outside "
		    "of a section", first->text);
	*(struct conf_line *)vec_push(&reader->options) =
	    keep_line(reader, statement);
	return 0;
}

static void
keep_section(struct reader *reader, struct conf_line head)
{
	struct conf_plain *section = vec_push(reader->sections);

	section->head = head;
	section->option_count = reader->options.len;
	section->options = arena_memdup(reader->arena, reader->options.items,
	    reader->options.len * sizeof(struct conf_line));
}

static int read_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body);

static int
read_section(struct reader *reader, struct conf_source *source,
    const struct conf_statement *statement)
{
	struct conf_parser *parser = &reader->parser;
	struct conf_body inner = { 0 };
	struct conf_token name;
	struct conf_line head;

	if (statement->words.len == 0)
		return conf_fail(parser, statement->end.place,
		    "'{' without the name of a section");
	name = *conf_word(statement, 0);
	if (check_head(parser, statement) < 0)
		return -1;
	if (reader->is_open)
		return conf_fail(parser, name.place, "section '%s' stands "
		    "inside of another one: is a '}' missing before it?",
		    name.text);
	head = keep_line(reader, statement);
	inner.opened = &name;
	reader->is_open = true;
	reader->options.len = 0;
	if (read_body(parser, source, &inner) < 0)
		return -1;
	reader->is_open = false;
	keep_section(reader, head);
	return 0;
}

static int
end_body(struct conf_parser *parser, const struct conf_body *body,
    const struct conf_token *end)
{
	if (end->kind == CONF_CLOSE && body->opened == NULL)
		return conf_fail(parser, end->place,
		    "'}' where no section is open");
	if (end->kind == CONF_END && body->opened != NULL)
		return conf_fail(parser, end->place, "missing '}': section "
		    "'%s' was opened in line %u", body->opened->text,
		    body->opened->place.line);
	return 0;
}

static int
read_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body)
{
	struct reader *reader = reader_of(parser);
	struct conf_statement statement;
	int result = 0;

	vec_init(&statement.words, source->arena, sizeof(struct conf_token));
	while (result == 0) {
		if (conf_read_statement(parser, source, &statement) < 0)
			return -1;
		if (statement.end.kind == CONF_SEMICOLON)
			result = read_option(reader, body, &statement);
		else if (statement.end.kind == CONF_OPEN)
			result = read_section(reader, source, &statement);
		else
			return end_body(parser, body, &statement.end);
	}
	return result;
}

static void
begin(struct reader *reader, unsigned more, struct arena *arena,
    struct vec *sections, const char **error_r)
{
	static const struct section *const no_tables[] = { NULL };

	*reader = (struct reader){
		.parser = {
			.conf = conf_new(no_tables),
			.read = read_body,
			.file_max = CONF_PLAIN_MAX,
			.has_raw = (more & CONF_PLAIN_RAW) != 0,
			.errors = arena,
			.error_r = error_r,
		},
		.arena = arena,
		.sections = sections,
		.more = more,
	};
	vec_init(&reader->options, arena, sizeof(struct conf_line));
}

static int
end(struct reader *reader, struct vec *warnings, int result)
{
	struct conf *conf = reader->parser.conf;

	for (size_t i = 0; i < conf->warnings.len; i++)
		*(const char **)vec_push(warnings) = arena_strdup(
		    reader->arena, conf_warning(conf, i));
	conf_unref(&conf);
	return result;
}

int
conf_plain_load(const char *path, unsigned more, struct arena *arena,
    struct vec *sections, struct vec *warnings, const char **error_r)
{
	const struct conf_body top = { 0 };
	struct reader reader;

	begin(&reader, more, arena, sections, error_r);
	return end(&reader, warnings, conf_parse_file(&reader.parser, path,
	    NULL, &top));
}

int
conf_plain_parse(const char *name, struct str text, unsigned more,
    struct arena *arena, struct vec *sections, struct vec *warnings,
    const char **error_r)
{
	const struct conf_body top = { 0 };
	struct conf_source source;
	struct reader reader;
	struct arena *words = arena_new(0);
	int result;

	begin(&reader, more, arena, sections, error_r);
	conf_source_init(&source, name, text, words);
	source.has_raw = reader.parser.has_raw;
	result = read_body(&reader.parser, &source, &top);
	arena_free(&words);
	return end(&reader, warnings, result);
}
