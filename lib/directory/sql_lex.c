/* SPDX-License-Identifier: ISC */
/* sql_lex.c - the text of a dump as words, names, strings and marks. */
#include "directory/sql_lex.h"

#include <string.h>

#include "base/arena.h"

int
sql_fail(struct sql_lexer *lexer, const char *reason)
{
	size_t line = 1;

	for (size_t i = 0; i < lexer->at && i < lexer->text.len; i++)
		line += lexer->text.data[i] == '\n';
	*lexer->error_r = arena_printf(lexer->arena, "%s:%zu: %s",
	    lexer->name, line, reason);
	return -1;
}

static char
peek(const struct sql_lexer *lexer, size_t ahead)
{
	size_t at = lexer->at + ahead;

	return at < lexer->text.len ? lexer->text.data[at] : '\0';
}

bool
sql_is_at_end(const struct sql_lexer *lexer)
{
	return lexer->at >= lexer->text.len;
}

static void
skip_line(struct sql_lexer *lexer)
{
	while (!sql_is_at_end(lexer) && peek(lexer, 0) != '\n')
		lexer->at++;
}

static int
skip_comment(struct sql_lexer *lexer)
{
	const char *from = lexer->text.data + lexer->at;
	const char *end = memmem(from, lexer->text.len - lexer->at, "*/", 2);

	if (end == NULL)
		return sql_fail(lexer, "a comment does not end");
	lexer->at += (size_t)(end - from) + 2;
	return 0;
}

/* "-- ", "#", and all that MySQL alone would run, which is about how, not about
 * what. */
static int
skip_blanks(struct sql_lexer *lexer)
{
	while (!sql_is_at_end(lexer)) {
		char c = peek(lexer, 0);

		if (char_is_space(c))
			lexer->at++;
		else if (c == '#' || (c == '-' && peek(lexer, 1) == '-'))
			skip_line(lexer);
		else if (c != '/' || peek(lexer, 1) != '*')
			return 0;
		else if (skip_comment(lexer) < 0)
			return -1;
	}
	return 0;
}

/* To the quote that ends it. What a backslash means is known later; where a
 * string ends depends on it, so MySQL's way is told by its backquotes. */
static int
read_quoted(struct sql_lexer *lexer, bool has_backslash)
{
	struct sql_token *token = &lexer->token;
	char quote = peek(lexer, 0);
	size_t begin = ++lexer->at;

	for (;; lexer->at++) {
		if (sql_is_at_end(lexer))
			return sql_fail(lexer, "a text in quotes does not end");
		if (peek(lexer, 0) == '\\' && has_backslash) {
			token->has_escapes = true;
			lexer->at++;
		} else if (peek(lexer, 0) == quote) {
			if (peek(lexer, 1) != quote)
				break;
			token->has_escapes = true;
			lexer->at++;
		}
	}
	token->text = str_sub(lexer->text, begin, lexer->at - begin);
	lexer->at++;
	return 0;
}

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == '$' || c == '.' ||
	    c == '+' || c == '-' || c == '@' || (unsigned char)c >= 0x80;
}

int
sql_next(struct sql_lexer *lexer, bool has_backslash)
{
	struct sql_token *token = &lexer->token;
	size_t begin;
	char c;

	*token = (struct sql_token){ .kind = SQL_END };
	if (skip_blanks(lexer) < 0)
		return -1;
	if (sql_is_at_end(lexer))
		return 0;
	c = peek(lexer, 0);
	if (c == '\'') {
		token->kind = SQL_STRING;
		return read_quoted(lexer, has_backslash);
	}
	if (c == '`' || c == '"') {
		token->kind = SQL_NAME;
		token->quote = c;
		return read_quoted(lexer, false);
	}
	begin = lexer->at;
	token->kind = is_word(c) ? SQL_WORD : SQL_MARK;
	do
		lexer->at++;
	while (token->kind == SQL_WORD && is_word(peek(lexer, 0)));
	token->text = str_sub(lexer->text, begin, lexer->at - begin);
	return 0;
}

bool
sql_is_mark(const struct sql_lexer *lexer, char mark)
{
	return lexer->token.kind == SQL_MARK && lexer->token.text.data[0] == mark;
}

bool
sql_is_keyword(const struct sql_lexer *lexer, const char *word)
{
	return lexer->token.kind == SQL_WORD &&
	    str_is_nocase(lexer->token.text, word);
}

static char
unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' :
	    c == '0' ? '\0' : c == 'b' ? '\b' : c == 'Z' ? '\x1a' : c;
}

/* NUL-terminated. */
struct str
sql_string(struct sql_lexer *lexer, bool has_backslash)
{
	struct str text = lexer->token.text;
	struct buf out;

	if (!lexer->token.has_escapes)
		return str_copy(lexer->arena, text);
	buf_init(&out, lexer->arena);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\\' && has_backslash && i + 1 < text.len)
			c = unescape(text.data[++i]);
		else if (c == '\'' && i + 1 < text.len)
			i++;
		buf_add_char(&out, c);
	}
	return buf_str(&out);
}
