/* SPDX-License-Identifier: ISC */
/* lexer.h - the small pieces of RFC 5322 that parsers of header fields share. */
#ifndef MAIL_LEXER_H
#define MAIL_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* A place in a text that is read from left to right, without going back and
 * without recursion: every function here takes time in proportion to what it
 * passes over. */
struct lexer {
	struct str text;
	size_t at;
};

void lexer_init(struct lexer *lexer, struct str text);

/* The next byte as 0 to 255, or -1 at the end. */
static inline int
lexer_peek(const struct lexer *lexer)
{
	return lexer->at < lexer->text.len
	    ? (unsigned char)lexer->text.data[lexer->at] : -1;
}

/* Pass over the next byte when it is c. */
static inline bool
lexer_take(struct lexer *lexer, char c)
{
	if (lexer_peek(lexer) != (unsigned char)c)
		return false;
	lexer->at++;
	return true;
}

/* Pass over all bytes that belong; what they were. Here, for each caller's loop
 * asks its own question without a call. */
static inline struct str
lexer_run(struct lexer *lexer, bool (*belongs)(char c))
{
	size_t start = lexer->at, at = start;

	while (at < lexer->text.len && belongs(lexer->text.data[at]))
		at++;
	lexer->at = at;
	return str_sub(lexer->text, start, at - start);
}

/* Pass over blanks, folds and comments, nested ones too (RFC 5322 3.2.2). The
 * text of the first comment goes to comment, unquoted and unfolded, unless that
 * is NULL or has text already. 0, or -1: a comment does not end. */
int lexer_skip_cfws(struct lexer *lexer, struct buf *comment);

/* Pass over a quoted string, which begins here; its content, unquoted and
 * unfolded, goes to text (RFC 5322 3.2.4). 0, or -1: it does not end. */
int lexer_quoted(struct lexer *lexer, struct buf *text);

/* RFC 5322 3.2.3 atext, with the bytes of UTF-8 (RFC 6532 3.2). */
extern const bool lexer_atext[256];

static inline bool
lexer_is_atext(char c)
{
	return lexer_atext[(unsigned char)c];
}

/* Atext and single dots between (RFC 5322 3.2.3 dot-atom-text, RFC 5321 4.1.2
 * Dot-string). */
bool lexer_is_dot_atom(struct str text);

/* A byte below blank, or DEL. */
static inline bool
lexer_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

#endif
