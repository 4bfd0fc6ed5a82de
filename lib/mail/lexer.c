/* SPDX-License-Identifier: ISC */
/* lexer.c - the small pieces of RFC 5322 that parsers of header fields share. */
#include "mail/lexer.h"

void
lexer_init(struct lexer *lexer, struct str text)
{
	*lexer = (struct lexer){ .text = text };
}

/* Does a fold begin here: a line end with a blank behind it? How many bytes the
 * line end has, or 0. */
static size_t
fold_len(const struct lexer *lexer)
{
	struct str rest = str_from_pos(lexer->text, lexer->at);
	size_t len = rest.len > 1 && rest.data[0] == '\r' ? 1 : 0;

	if (rest.len < len + 2 || rest.data[len] != '\n')
		return 0;
	return rest.data[len + 1] == ' ' || rest.data[len + 1] == '\t'
	    ? len + 1 : 0;
}

/* One byte of a quoted string or comment, unquoted, or the line end of a fold,
 * which is nothing. Behind a backslash every byte stands for itself, NUL too
 * (RFC 5322 4.1 obs-qp). */
static void
take_content(struct lexer *lexer, struct buf *text)
{
	size_t fold = fold_len(lexer);

	if (fold != 0) {
		lexer->at += fold;
		return;
	}
	if (lexer_peek(lexer) == '\\' && lexer->at + 1 < lexer->text.len)
		lexer->at++;
	if (text != NULL)
		buf_add_char(text, lexer->text.data[lexer->at]);
	lexer->at++;
}

/* A stranger nests comments as deep as he likes: they are counted. */
static int
skip_comment(struct lexer *lexer, struct buf *text)
{
	size_t depth = 1;

	lexer->at++;
	for (;;) {
		int c = lexer_peek(lexer);

		if (c < 0)
			return -1;
		if (c == '(')
			depth++;
		if (c == ')' && --depth == 0)
			break;
		take_content(lexer, text);
	}
	lexer->at++;
	return 0;
}

int
lexer_skip_cfws(struct lexer *lexer, struct buf *comment)
{
	for (;;) {
		lexer_run(lexer, char_is_space);
		if (lexer_peek(lexer) != '(')
			return 0;
		if (comment != NULL && comment->len != 0)
			comment = NULL;
		if (skip_comment(lexer, comment) < 0)
			return -1;
	}
}

int
lexer_quoted(struct lexer *lexer, struct buf *text)
{
	lexer_take(lexer, '"');
	while (lexer_peek(lexer) >= 0) {
		if (lexer_take(lexer, '"'))
			return 0;
		take_content(lexer, text);
	}
	return -1;
}

const bool lexer_atext[256] = {
	['!'] = true, ['#' ... '\''] = true, ['*' ... '+'] = true,
	['-'] = true, ['/' ... '9'] = true, ['='] = true, ['?'] = true,
	['A' ... 'Z'] = true, ['^' ... '~'] = true, [0x80 ... 0xff] = true,
};

bool
lexer_is_dot_atom(struct str text)
{
	char before = '.';

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '.' ? before == '.' : !lexer_is_atext(c))
			return false;
		before = c;
	}
	return before != '.';
}
