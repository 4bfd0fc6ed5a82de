/* SPDX-License-Identifier: ISC */
/* sql_lex.h - the text of a dump as words, names, strings and marks. */
#ifndef DIRECTORY_SQL_LEX_H
#define DIRECTORY_SQL_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

enum sql_token_kind { SQL_WORD, SQL_NAME, SQL_STRING, SQL_MARK, SQL_END };

struct sql_token {
	enum sql_token_kind kind;
	struct str text;	/* STRING: with its escapes */
	char quote;		/* of a NAME: ` or " */
	bool has_escapes;	/* or doubled quotes */
};

/* A text that is being read. */
struct sql_lexer {
	struct arena *arena;
	const char *name;	/* of the file, in errors */
	struct str text;
	size_t at;
	struct sql_token token;	/* the one to look at */
	const char **error_r;
};

/* Put "mail.sql:12: REASON" in *error_r and return -1. */
int sql_fail(struct sql_lexer *lexer, const char *reason);
/* Go on to the next token, over blanks and comments; has_backslash: strings
 * have escapes. */
int sql_next(struct sql_lexer *lexer, bool has_backslash);
bool sql_is_at_end(const struct sql_lexer *lexer);
/* Of the token: a single character, or a word without regard to case. */
bool sql_is_mark(const struct sql_lexer *lexer, char mark);
bool sql_is_keyword(const struct sql_lexer *lexer, const char *word);
/* What the STRING says. NUL-terminated, of arena. */
struct str sql_string(struct sql_lexer *lexer, bool has_backslash);

#endif
