/* SPDX-License-Identifier: ISC */
/* conf_statement.c - words up to the mark that ends them. */
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"

const struct conf_token *
conf_word(const struct conf_statement *statement, size_t i)
{
	return vec_at(&statement->words, i);
}

static int
add_word(struct conf_parser *parser, struct conf_statement *statement)
{
	if (statement->words.len == CONF_WORDS_MAX)
		return conf_fail(parser, statement->end.place,
		    "more than %d values in one statement", CONF_WORDS_MAX);
	*(struct conf_token *)vec_push(&statement->words) = statement->end;
	return 0;
}

int
conf_read_statement(struct conf_parser *parser, struct conf_source *source,
    struct conf_statement *statement)
{
	struct conf_place place;
	const char *error;

	statement->words.len = 0;
	for (;;) {
		const struct conf_token *last;

		if (conf_lex(source, &statement->end, &place, &error) < 0)
			return conf_fail(parser, place, "%s", error);
		if (statement->end.kind == CONF_WORD) {
			if (add_word(parser, statement) < 0)
				return -1;
			continue;
		}
		if (statement->words.len == 0 ||
		    statement->end.kind == CONF_SEMICOLON ||
		    statement->end.kind == CONF_OPEN)
			return 0;
		last = conf_word(statement, statement->words.len - 1);
		return conf_fail(parser, last->place, "missing ';' after '%s'",
		    last->text);
	}
}

static bool
says_disabled(const struct conf_statement *statement)
{
	return statement->words.len == 2 &&
	    strcmp(conf_word(statement, 0)->text, "enabled") == 0 &&
	    strcmp(conf_word(statement, 1)->text, "no") == 0;
}

int
conf_skip_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_token *opened, bool *is_disabled_r)
{
	struct conf_statement statement;
	size_t open = 1;

	*is_disabled_r = false;
	vec_init(&statement.words, source->arena, sizeof(struct conf_token));
	while (open != 0) {
		if (conf_read_statement(parser, source, &statement) < 0)
			return -1;
		if (statement.end.kind == CONF_END)
			return conf_fail(parser, statement.end.place,
			    "missing '}': section '%s' was opened in line %u",
			    opened->text, opened->place.line);
		if (statement.end.kind == CONF_OPEN)
			open++;
		else if (statement.end.kind == CONF_CLOSE)
			open--;
		else if (open == 1 && says_disabled(&statement))
			*is_disabled_r = true;
	}
	return 0;
}
